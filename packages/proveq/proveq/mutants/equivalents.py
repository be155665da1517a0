"""The list of mutants that change nothing, each with a reason.

A TOML file of tables `[[equivalent]]`: `path`, the file; `before` and `after`, the lines that the mutant changes,
without the space around them; `reason`, a sentence. Lines, not numbers of lines: an entry lasts as long as its line.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .mutant import Mutant

__all__ = ["Equivalents"]

_KEYS = {"path", "before", "after", "reason"}


@dataclass(frozen=True)
class Equivalents:
    """The reasons, by path, lines before, and lines after."""

    reasons: dict[tuple[str, str, str], str]

    @classmethod
    def read(cls, path: Path) -> Equivalents:
        """The list in a file.

        Raises
        ------
        ValueError
            If an entry lacks something, has more, gives no reason, or stands twice.
        """
        reasons: dict[tuple[str, str, str], str] = {}
        for entry in tomllib.loads(path.read_text(encoding="utf-8")).get("equivalent", ()):
            if entry.keys() != _KEYS or not all(isinstance(text, str) and text.strip() for text in entry.values()):
                raise ValueError(f"{path.name}: expected {', '.join(sorted(_KEYS))}, each a text, got {entry}")
            key = entry["path"], entry["before"].strip(), entry["after"].strip()
            if key in reasons:
                raise ValueError(f"{path.name}: stands twice: {key}")
            reasons[key] = entry["reason"]
        return cls(reasons)

    def reason(self, mutant: Mutant) -> str:
        """Why a mutant changes nothing; "" if it is not in the list."""
        return self.reasons.get((mutant.path, mutant.before, mutant.after), "")

    def stale(self, mutants: Iterable[Mutant]) -> list[str]:
        """The entries that no mutant has, as messages."""
        there = {(one.path, one.before, one.after) for one in mutants}
        return [
            f"{path}: no such mutant: `{before}` -> `{after}`"
            for path, before, after in self.reasons
            if (path, before, after) not in there
        ]
