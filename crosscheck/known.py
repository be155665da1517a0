"""What is known of frameworks that refuse or differ: data with reasons, which every run holds to be true."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from crosscheck.variations import CELLS

__all__ = ["KNOWN", "Known", "known_of"]

KNOWN = Path(__file__).with_name("known.toml")


@dataclass(frozen=True)
class Known:
    """One entry: the cases that it explains, what happens to them, and why."""

    framework: str
    outcome: str
    reason: str
    cells: tuple = CELLS
    with_all: frozenset = frozenset()
    with_any: frozenset = frozenset()
    without: frozenset = frozenset()
    error: str = ""

    def explains(self, cell, labels):
        """Whether a case of a cell and variations is among those that this is about."""
        labels = set(labels)
        return (
            cell in self.cells
            and self.with_all <= labels
            and (not self.with_any or bool(self.with_any & labels))
            and not self.without & labels
        )


def known_of(framework, path=KNOWN):
    """The entries of one framework."""
    with open(path, "rb") as file:
        entries = tomllib.load(file).get("known", [])
    listed = {"with_all", "with_any", "without"}
    return [
        Known(**{k: frozenset(v) if k in listed else tuple(v) if k == "cells" else v for k, v in entry.items()})
        for entry in entries
        if entry["framework"] == framework
    ]
