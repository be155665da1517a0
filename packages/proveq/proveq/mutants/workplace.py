"""Copies of a project to put mutants into, and processes to run them in, which end at a limit."""

from __future__ import annotations

import os
import pickle
import resource
import select
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

__all__ = ["Died", "OutOfTime", "call", "copied", "edited"]

#: Of what was built, what a page that is read again asks for.
_BUILT = ("cells", "compiled", "evaluated")
#: Waiting counts less than computing: how many seconds may pass for each one of the processor.
_PATIENCE = 5


class OutOfTime(Exception):
    """A process took more than its share of the processor."""


class Died(Exception):
    """A process ended without an answer."""


def copied(project: Path, place: Path) -> None:
    """Copy a project, with what its build has kept, into a new folder."""
    apart = {"__pycache__", "node_modules"}

    def left_out(folder: str, names: list[str]) -> set[str]:
        top = Path(folder) == project
        return {name for name in names if name in apart or (top and (name == "build" or name.startswith(".")))}

    shutil.copytree(project, place, ignore=left_out)
    for name in _BUILT:
        if (project / "build" / name).is_dir():
            shutil.copytree(project / "build" / name, place / "build" / name)


@contextmanager
def edited(path: Path, text: str) -> Iterator[None]:
    """A file with another text, for a while."""
    before = path.read_bytes()
    path.write_text(text, encoding="utf-8")
    try:
        yield
    finally:
        path.write_bytes(before)


def call(function: Callable[[], Any], seconds: int) -> Any:
    """What a function returns in a process of its own.

    It sees everything that is here, changes nothing here, and is not heard.

    Raises
    ------
    OutOfTime
        If it took more than so many seconds of the processor, or waited for several times as long.
    Died
        If the process ended without an answer.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _answer(function, writing, seconds)
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as stream:
            said, late = _all_of(stream, time.monotonic() + _PATIENCE * seconds)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    if late or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU):
        raise OutOfTime(f"took more than {seconds} s")
    if not said:
        raise Died("the process ended without an answer")
    return pickle.loads(said)


def _answer(function: Callable[[], Any], writing: int, seconds: int) -> None:
    """Run in the new process; does not return."""
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        said = pickle.dumps(function())
        with os.fdopen(writing, "wb") as stream:
            stream.write(said)
    finally:
        os._exit(0)


def _all_of(stream: Any, until: float) -> tuple[bytes, bool]:
    """What comes from a pipe, and whether it came too late."""
    parts = []
    while (left := until - time.monotonic()) > 0:
        if select.select([stream], [], [], left)[0]:
            part = os.read(stream.fileno(), 1 << 16)
            if not part:
                return b"".join(parts), False
            parts.append(part)
    return b"", True
