"""What the build and the tests say of a package with a mistake in one of its lines.

The package is imported anew for every check, from a copy of the project, in a process that is forked from one which has
imported all that is large and none of the project. The checks come in this order, until one fails:

- equations that pages set from the module are set and evaluated;
- pages whose cells read the module run their cells, and evaluate their equations: those that show the module first;
- where tests may be what notices it, the quick tests of modules that import it: the module's own tests first.

Of two that are equal in this, that which has noticed more comes first, then that which takes less time.
"""

from __future__ import annotations

import importlib
import io
import json
import linecache
import math
import os
import re
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sphinx.config import eval_config_file

from ..sphinx.equations import evidence
from ..sphinx.equations.domain import Equation
from ..sphinx.equations.pages import PageEquation, equations_of
from ..sphinx.equations.symbols import load
from ..sphinx.freshness.imports import Imports
from ..sphinx.regions import code_cells
from .kinds import KINDS
from .mutant import Mutant
from .settings import Settings
from .verdict import Unusable, Verdict
from .workplace import Died, OutOfTime, call, edited

__all__ = ["PackageJudge", "Printed", "printed_lines"]

#: Seconds of the processor that a page or a file of tests may take.
LIMIT = 150
QUICK = "not slow and not browser"
#: Letters in which the name of a test and that of a folder agree: test_diagnose.py is of diagnosis/.
_NEAR = 6


@dataclass(frozen=True)
class Printed:
    """An equation of a page, and the file and the lines that it is set from; no lines for one that is typed."""

    equation: PageEquation
    path: str = ""
    lines: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Check:
    """One thing that may notice a mutant: "build" or "tests", its name, and what says what is wrong, or ""."""

    by: str
    name: str
    run: Callable[[], str]


def printed_lines(place: Path, settings: Settings) -> list[Printed]:
    """All equations of the book, with the lines that they are set from; imports the package, in another process."""

    def found() -> list[Printed]:
        table = load(place / enter(place)["proveq_symbols"])
        return [_printed(one, table, place) for one in equations_of(place / settings.pages)]

    return call(found, LIMIT)


def _printed(equation: PageEquation, table: Any, place: Path) -> Printed:
    quote = equation.typeset(table)
    if quote is None:
        return Printed(equation)
    lines = {line for part in (quote, *quote.substituted) for line in range(part.lineno, part.end_lineno + 1)}
    return Printed(equation, Path(quote.path).relative_to(place).as_posix(), frozenset(lines))


def enter(place: Path) -> dict[str, Any]:
    """Stand in a copy, import from it before anywhere else, and return what its `conf.py` sets."""
    os.chdir(place)
    sys.path.insert(0, str(place))
    return conf(place)


def conf(place: Path) -> dict[str, Any]:
    """What a project's `conf.py` sets."""
    return eval_config_file(place / "conf.py", None)


class PackageJudge:
    """Judges mutants of the package.

    Parameters
    ----------
    place : Path
        A copy of the project.
    settings : Settings
    printed : list of Printed
    """

    def __init__(self, place: Path, settings: Settings, printed: list[Printed]):
        self._place, self._settings, self._printed = place, settings, printed
        self._conf = enter(place)
        for module in ("pytest", "IPython.display", *self._conf.get("proveq_preload", ())):
            importlib.import_module(module)
        self._reads = {page: _reads(place, page, settings) for page in {one.equation.path for one in printed}}
        self._reads |= {page: _reads(place, page, settings) for page in _pages_with_cells(place, settings)}
        self._tests = sorted(
            path.relative_to(place).as_posix() for path in place.glob(f"{settings.tests}/**/test_*.py")
        )
        folders = {str((place / test).parent) for test in self._tests}
        self._imports = Imports(place, [*sys.path, *sorted(folders)])
        self._kills: Counter[str] = Counter()
        self._seconds: dict[str, float] = {}
        self._sound: set[str] = set()

    def judge(self, mutant: Mutant) -> Verdict:
        """Who notices a mutant, if anybody."""
        path = self._place / mutant.path
        original = path.read_text(encoding="utf-8")
        for check in self._checks(mutant, KINDS[mutant.kind].tests):
            with edited(path, mutant.applied(original)):
                said = self._run(check)
            if said:
                self._hold(check)
                self._kills[check.name] += 1
                return Verdict(check.by, check.name, said)
        return Verdict()

    def close(self) -> None:
        """There is nothing to end: what it runs has ended."""

    def _run(self, check: Check) -> str:
        start = time.monotonic()
        try:
            return call(check.run, LIMIT)
        except (OutOfTime, Died) as ended:
            return str(ended)
        finally:
            self._seconds[check.name] = time.monotonic() - start

    def _hold(self, check: Check) -> None:
        """A check that fails must hold without a mutant, or it says nothing."""
        if check.name not in self._sound:
            if said := self._run(check):
                raise Unusable(f"{check.name} does not hold as it is: {said}")
            self._sound.add(check.name)

    def _checks(self, mutant: Mutant, tests: bool) -> Iterator[Check]:
        shown = [one.equation for one in self._printed if one.path == mutant.path]
        own = {equation.path for equation in shown}
        if shown:
            # Those set from the very line first.
            shown.sort(key=lambda one: mutant.line not in self._lines(one))
            yield Check("build", f"equations of {mutant.path}", lambda: self._evaluated(shown))
        pages = [page for page, reads in self._reads.items() if reads is None or mutant.path in reads]
        for page in sorted({*pages, *own}, key=lambda page: self._rank(page, page not in own)):
            yield Check("build", page, lambda page=page: self._page(page))
        if tests:
            for test in self._selected(mutant.path):
                yield Check("tests", test, lambda test=test: self._test(test))

    def _rank(self, page: str, foreign: bool) -> tuple[Any, ...]:
        reads = self._reads[page]
        return (
            foreign,
            -self._kills[page],
            self._seconds.get(page, 0.0),
            math.inf if reads is None else len(reads),
            page,
        )

    def _selected(self, path: str) -> list[str]:
        """The tests of a module: named as it, or as a folder that it is in, or speaking of what it defines."""
        concerned = [test for test in self._tests if self._concerns(test, path)]
        stems = [part.strip("_") for part in Path(path).with_suffix("").parts]
        source = (self._place / path).read_text(encoding="utf-8")
        names = {stems[-1], *re.findall(r"^(?:def|class) ([A-Za-z]\w+)", source, re.MULTILINE)}
        ranks = {}
        for test in concerned:
            named = Path(test).stem.removeprefix("test_")
            words = set(re.findall(r"\w+", (self._place / test).read_text(encoding="utf-8")))
            near = named[:_NEAR] in {stem[:_NEAR] for stem in stems if len(stem) >= _NEAR}
            if named == stems[-1] or near or names & words:
                ranks[test] = named != stems[-1], not near, -self._kills[test], -len(names & words), test
        return sorted(ranks, key=ranks.__getitem__)

    def _lines(self, equation: PageEquation) -> frozenset[int]:
        return next(one.lines for one in self._printed if one.equation is equation)

    def _concerns(self, test: str, path: str) -> bool:
        behind = self._imports.behind(Path(test).stem)
        return behind is None or (self._place / path).resolve() in behind

    def _evaluated(self, equations: list[PageEquation]) -> str:
        """What is wrong with equations, set and evaluated as on their page; "" if nothing is."""
        table = load(self._place / self._conf["proveq_symbols"])
        book = SimpleNamespace(symbols=table, scopes=evidence.Scopes.imported(self._conf["proveq_scopes"]))
        for one in equations:
            try:
                quote = one.typeset(table)
            except Exception as error:  # as the directive says it
                return f"{one.label}: {error}"
            shape = one.options.get("shape", quote.shape if quote and quote.symbol else "")
            unevaluated = one.options.get("unevaluated", "")
            tex = quote.tex if quote else one.text
            equation = Equation(one.label, one.kind, one.path, one.line, tex, shape=shape, unevaluated=unevaluated)
            outcome = evidence.evaluate_equation(equation, one.given or self._conf["proveq_default_scope"], book)
            if outcome.problem or not (outcome.evidence or unevaluated):
                return f"{one.label}: {outcome.problem or 'evaluated on no scope'}"
        return ""

    def _page(self, page: str) -> str:
        """What is wrong with a page's cells and equations."""
        path = self._place / self._settings.pages / page
        os.chdir(path.parent)
        if said := run_cells(code_cells(path.read_text(encoding="utf-8"))):
            return said
        os.chdir(self._place)
        return self._evaluated([one.equation for one in self._printed if one.equation.path == page])

    def _test(self, test: str) -> str:
        """The first test of a file that fails."""
        import pytest

        class First:
            said = ""

            def pytest_runtest_logreport(self, report: Any) -> None:
                if report.failed and not self.said:
                    self.said = f"{report.nodeid}: {getattr(report.longrepr, 'reprcrash', report.longrepr)}"

        first = First()
        status = pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-m", QUICK, test], [first])
        held = status in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
        return "" if held else first.said or f"{test} cannot be collected"


def run_cells(cells: list[str]) -> str:
    """Run a page's cells in one namespace: what the first says that fails, or that writes to standard error; or ""."""
    namespace = {"__name__": "__main__"}
    wrong = io.StringIO()
    with redirect_stdout(io.StringIO()), redirect_stderr(wrong):
        for number, source in enumerate(cells, start=1):
            name = f"<cell {number}>"
            linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
            try:
                exec(compile(_without_options(source), name, "exec"), namespace)
            except BaseException as error:
                return f"cell {number}: {''.join(traceback.format_exception_only(error)).strip()}"
            if wrong.getvalue():
                return f"cell {number} writes to standard error: {wrong.getvalue().splitlines()[0]}"
    return ""


def _without_options(source: str) -> str:
    return re.sub(r"^:", "#:", source, flags=re.MULTILINE)


def _pages_with_cells(place: Path, settings: Settings) -> list[str]:
    pages = place / settings.pages
    return [path.relative_to(pages).as_posix() for path in sorted(pages.rglob("*.md")) if code_cells(path.read_text())]


def _reads(place: Path, page: str, settings: Settings) -> frozenset[str] | None:
    """The files of the project that a page's cells have read in the last build; None if that is not known."""
    record = place / "build" / "cells" / Path(page).with_suffix("") / "reads.json"
    try:
        files = json.loads(record.read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError):
        return None
    return None if files is None else frozenset(files)
