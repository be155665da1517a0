"""Draw mutants, hand them out to processes that judge them, and count what becomes of them."""

from __future__ import annotations

import hashlib
import multiprocessing
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..sphinx.equations.symbols import load
from .equivalents import Equivalents
from .kinds import KINDS, Around
from .mutant import Mutant
from .package_judge import PackageJudge, Printed, conf, printed_lines
from .page_judge import PageJudge
from .settings import Settings
from .verdict import Unusable, Verdict
from .workplace import copied

__all__ = ["Result", "drawn", "found", "run"]

#: Python's own way to start a process: what is imported here is there at once.
_PROCESSES = multiprocessing.get_context("fork")
_ATTEMPTS = 5


@dataclass
class Result:
    """What has become of mutants.

    Attributes
    ----------
    there : Counter
        How many there are, by kind.
    verdicts : list of (Mutant, Verdict, str)
        Each one that was tried, who noticed it, and the reason that the list of equivalents gives.
    problems : list of str
        What is wrong with that list, or with a check.
    """

    there: Counter[str]
    verdicts: list[tuple[Mutant, Verdict, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def alive(self) -> list[Mutant]:
        """Those that nobody has noticed, and of which the list says nothing."""
        return [mutant for mutant, verdict, reason in self.verdicts if not (verdict.by or reason)]

    def note(self, mutant: Mutant, verdict: Verdict, reason: str) -> None:
        """Count a mutant; one that the list excuses must live."""
        self.verdicts.append((mutant, verdict, reason))
        if verdict.by and reason:
            self.problems.append(f"listed as equivalent, but {verdict.where} notices it ({verdict.said}): {mutant}")

    def table(self) -> str:
        """The numbers, by kind."""
        head = ("kind", "there are", "tried", "build", "tests", "equivalent", "alive")
        rows = [head, *(self._row(kind) for kind in self.there)]
        widths = [max(len(row[place]) for row in rows) for place in range(len(head))]
        return "\n".join("  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows)

    def _row(self, kind: str) -> tuple[str, ...]:
        mine = [(verdict.by, reason) for mutant, verdict, reason in self.verdicts if mutant.kind == kind]
        by = Counter(who for who, _ in mine)
        excused = sum(1 for who, reason in mine if not who and reason)
        tests = f"{by['tests']:,}" if KINDS[kind].tests else "-"
        numbers = self.there[kind], len(mine), by["build"], tests, excused, by[""] - excused
        return kind, *(number if isinstance(number, str) else f"{number:,}" for number in numbers)


def found(project: Path, settings: Settings, kinds: Iterable[str], printed: list[Printed]) -> Iterator[Mutant]:
    """All mutants of some kinds, in the order of their files."""
    symbols = load(project / conf(project)["proveq_symbols"])
    for kind in map(KINDS.__getitem__, kinds):
        folder, pattern = (settings.pages, "*.md") if kind.pages else (settings.package, "*.py")
        for file in sorted((project / folder).rglob(pattern)):
            text, path = file.read_text(encoding="utf-8"), file.relative_to(project).as_posix()
            lines = frozenset().union(*(one.lines for one in printed if one.path == path))
            for edit in kind.find(text, Around(symbols, lines)):
                yield Mutant.of(kind.name, path, text, edit)


def drawn(mutants: Iterable[Mutant], seed: int) -> list[Mutant]:
    """The mutants in a random order, the kinds in turn.

    The place of each depends on the seed and on itself alone: others that come and go do not shuffle those that stay.
    """

    def lot(mutant: Mutant) -> str:
        text = "\0".join((str(seed), mutant.kind, mutant.path, mutant.before, mutant.after))
        return hashlib.sha256(text.encode()).hexdigest()

    order: dict[str, list[Mutant]] = {}
    for mutant in sorted(mutants, key=lot):
        order.setdefault(mutant.kind, []).append(mutant)
    ranked = [(rank, kind, mutant) for kind, those in order.items() for rank, mutant in enumerate(those)]
    return [mutant for _, _, mutant in sorted(ranked, key=lambda one: one[:2])]


class _Worker:
    """A process that judges one mutant after the other, in a copy of its own."""

    def __init__(self, place: Path, settings: Settings, printed: list[Printed] | None):
        self.connection, theirs = _PROCESSES.Pipe()
        self.process = _PROCESSES.Process(target=_judging, args=(theirs, place, settings, printed), daemon=True)
        self.process.start()
        theirs.close()

    def end(self) -> None:
        """End the process, and what it has started with it."""
        for _ in range(_ATTEMPTS):  # a callback of the interpreter may have swallowed the exception
            self.process.terminate()
            self.process.join(1)
            if not self.process.is_alive():
                return
        self.process.kill()
        self.process.join()


def _judging(connection: Connection, place: Path, settings: Settings, printed: list[Printed] | None) -> None:
    """The work of a process: pages where there are no printed lines, else the package."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what it has started is ended too
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    judge: Any = PageJudge(place, settings.pages) if printed is None else PackageJudge(place, settings, printed)
    try:
        while True:
            mutant = connection.recv()
            try:
                said: Verdict | Unusable = judge.judge(mutant)
            except Unusable as unusable:
                said = unusable
            connection.send(said)
    except EOFError:
        pass
    finally:
        judge.close()


def run(
    project: Path, kinds: list[str], seed: int, seconds: float | None, processes: int, only: str = ""
) -> Iterator[Result]:
    """Judge mutants until the time is over, or, without one, until all are judged; yields the result as it grows.

    Raises
    ------
    ValueError
        If the settings, or the list of equivalents, are not as they should be.
    """
    settings = Settings.read(project)
    equivalents = Equivalents.read(project / settings.equivalents)
    start = time.monotonic()
    with TemporaryDirectory(prefix="mutants-") as folder:
        places = [Path(folder).resolve() / str(number) for number in range(processes)]
        for place in places:
            copied(project, place)
        printed = printed_lines(places[0], settings)
        everything = list(found(project, settings, KINDS, printed))
        chosen = [one for one in everything if one.kind in kinds and one.path.startswith(only)]
        result = Result(Counter({kind: sum(one.kind == kind for one in chosen) for kind in kinds}))
        result.problems += equivalents.stale(everything)
        until = None if seconds is None else start + seconds
        yield result
        for mutant, verdict in _judged(drawn(chosen, seed), places, settings, printed, until):
            if isinstance(verdict, Unusable):
                result.problems += {str(verdict)} - {*result.problems}
            else:
                result.note(mutant, verdict, equivalents.reason(mutant))
            yield result


def _judged(
    mutants: list[Mutant], places: list[Path], settings: Settings, printed: list[Printed], until: float | None
) -> Iterator[tuple[Mutant, Verdict | Unusable]]:
    """Each mutant with what was said of it, in the order in which that is known."""
    # A file goes to one place as long as there is enough for the others: what is known of it is known there.
    queues: list[list[Mutant]] = [[] for _ in places]
    for mutant in reversed(mutants):
        queues[int(hashlib.sha256(mutant.path.encode()).hexdigest(), 16) % len(places)].append(mutant)
    workers: dict[tuple[int, bool], _Worker] = {}
    busy: dict[Connection, tuple[int, Mutant]] = {}

    def hand_out(number: int) -> None:
        queue = queues[number] or max(queues, key=len)
        if queue:
            mutant = queue.pop()
            pages = KINDS[mutant.kind].pages
            if (number, pages) not in workers:
                workers[number, pages] = _Worker(places[number], settings, None if pages else printed)
            connection = workers[number, pages].connection
            connection.send(mutant)
            busy[connection] = number, mutant

    try:
        for number in range(len(places)):
            hand_out(number)
        while busy:
            left = None if until is None else max(0.0, until - time.monotonic())
            ready = wait(list(busy), left)
            if not ready:
                return
            for connection in ready:
                number, mutant = busy.pop(connection)
                try:
                    yield mutant, connection.recv()
                except EOFError:
                    raise Unusable(f"the process that judges {mutant.path} has ended") from None
                hand_out(number)
    finally:
        for worker in workers.values():
            worker.end()
