"""What a clean build was made of, and what it made: if both are as they were, there is nothing to do.

Needs nothing but the standard library, so that it is known at once.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import sys
from pathlib import Path

__all__ = ["Stamp", "environment", "tree"]

#: Folders, anywhere, that no build reads.
APART = {"__pycache__", "node_modules"}


def tree(root: str | Path, apart: tuple[str, ...] = ()) -> dict[str, str]:
    """The digest of every file below a folder, by its name there; `apart`: names at the top that are left out.

    Names at the top that begin with a dot are left out too.
    """
    found = {}
    waiting = [os.fspath(root)]
    while waiting:
        folder = waiting.pop()
        top = folder == os.fspath(root)
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name in APART or (top and (entry.name in apart or entry.name.startswith("."))):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                elif entry.is_file():
                    with open(entry.path, "rb") as file:
                        digest = hashlib.file_digest(file, "sha256").hexdigest()
                    found[os.path.relpath(entry.path, root)] = digest
    return found


def environment() -> list[str]:
    """What a build depends on besides files of the project: the interpreter, what is installed, settings."""
    prefixes = ("PYTHON", "OMP_", "OPENBLAS_", "MKL_", "JAX_", "XLA_", "SPHINX", "LC_", "LANG")
    settings = sorted(f"{name}={value}" for name, value in os.environ.items() if name.startswith(prefixes))
    installed = sorted(f"{found.name} {found.version}" for found in importlib.metadata.distributions())
    return [sys.version, sys.executable, *installed, *settings]


class Stamp:
    """The record of the last clean build.

    Parameters
    ----------
    path : path-like
        Where it is kept.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        try:
            self._kept = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._kept = {}

    def holds(self, inputs: dict[str, str], around: list[str], site: dict[str, str]) -> bool:
        """Whether nothing has changed since."""
        return self._kept == {"inputs": inputs, "around": around, "site": site, "said": self.said}

    @property
    def said(self) -> str:
        """What the build said of itself."""
        return self._kept.get("said", "")

    def strays(self, site: dict[str, str]) -> list[str]:
        """Files of the site that are not as the build left them."""
        kept = self._kept.get("site", {})
        return sorted(name for name, digest in site.items() if kept.get(name) != digest)

    def forget(self) -> None:
        """Keep nothing until the next clean build."""
        self.path.unlink(missing_ok=True)

    def keep(self, inputs: dict[str, str], around: list[str], site: dict[str, str], said: str) -> None:
        """Record a clean build."""
        self._kept = {"inputs": inputs, "around": around, "site": site, "said": said}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(self._kept), encoding="utf-8")
