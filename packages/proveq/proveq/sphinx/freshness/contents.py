"""Digests of files: names and bytes, never time stamps."""

from __future__ import annotations

import glob
import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from sphinx.errors import ConfigError

__all__ = ["Contents", "files"]

IGNORED = ("__pycache__", ".pyc")


def files(root: str | Path, patterns: list[str], setting: str = "proveq_freshness_sources") -> list[Path]:
    """All files which the patterns name, folders with everything in them.

    Raises
    ------
    ConfigError
        If a pattern names none: a misspelt one would protect nothing.
    """
    found: set[Path] = set()
    for pattern in patterns:
        matches = {Path(match) for match in glob.glob(os.path.join(root, pattern), recursive=True)}
        matches |= {inner for match in matches if match.is_dir() for inner in match.rglob("*")}
        matches = {path for path in matches if path.is_file() and not set(IGNORED) & {*path.parts, path.suffix}}
        if not matches:
            raise ConfigError(f"{setting}: {pattern!r} names no file")
        found |= matches
    return sorted(found)


class Contents:
    """The digests of files as they were when each was first asked for.

    Names are relative to `root`, with slashes. A file that changes later in the same build keeps its first digest, so
    that the next build sees the change.
    """

    def __init__(self, root: str | Path):
        self.root = Path(root)
        self._known: dict[str, str] = {}

    def name(self, path: str | Path) -> str:
        """The name of a file."""
        return Path(os.path.relpath(path, self.root)).as_posix()

    def one(self, name: str) -> str:
        """The digest of a file; of one that is not there, "absent"."""
        if name not in self._known:
            try:
                self._known[name] = hashlib.sha256((self.root / name).read_bytes()).hexdigest()
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                self._known[name] = "absent"
        return self._known[name]

    def of(self, names: Iterable[str], *more: str) -> str:
        """One digest for several files and texts, and for the interpreter."""
        state = hashlib.sha256(sys.version.encode())
        for text in more:
            state.update(f"\0{len(text)}\0{text}".encode())
        for name in sorted(set(names)):
            state.update(f"\0{name}\0{self.one(name)}".encode())
        return state.hexdigest()
