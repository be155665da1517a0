"""Which page, how many are left, how long it took: said as long as a build runs that is quiet otherwise.

Pages are read in several processes. Each adds a byte to one file, whose length is the number of pages that are done.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

__all__ = ["SHOWN", "setup"]

#: The environment variable under which it is said.
SHOWN = "PROVEQ_PROGRESS"


def say(text: str, last: bool = False) -> None:
    """Say it in a line of its own, or, on a terminal, in the place of what was said before."""
    stream = sys.__stdout__
    if os.environ.get(SHOWN) and stream is not None:
        before, after = ("\r\x1b[K", "\n" if last else "") if stream.isatty() else ("", "\n")
        stream.write(f"{before}{text}{after}")
        stream.flush()


def begin(app: Sphinx, _env: Any, docnames: list[str]) -> None:
    """Say how many pages are to be read."""
    app.proveq_pages = len(docnames)
    counter(app).write_bytes(b"")
    if docnames:
        say(f"Reading {len(docnames)} page{'s' * (len(docnames) > 1)}.")


def start(app: Sphinx, _docname: str, _source: list[str]) -> None:
    """A page is being read."""
    app.proveq_started = time.monotonic()


def done(app: Sphinx, _doctree: Any) -> None:
    """A page was read."""
    with counter(app).open("ab") as file:
        file.write(b".")
    taken = time.monotonic() - app.proveq_started
    say(f"{counter(app).stat().st_size} of {app.proveq_pages} read: {app.env.docname}, {taken:.1f} s")


def counter(app: Sphinx) -> Path:
    """The file whose length is the number of pages that were read."""
    return Path(app.doctreedir, "progress")


def writing(_app: Sphinx, _builder: Any) -> None:
    """All are read."""
    say("Writing the site.", last=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("env-before-read-docs", begin, priority=1000)
    app.connect("source-read", start, priority=1)
    app.connect("doctree-read", done, priority=1000)
    app.connect("write-started", writing)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
