"""What is known of frameworks that refuse or differ: data with reasons, which every run holds to be true."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from crosscheck.variations import CELLS

__all__ = ["KNOWN", "Known", "known_of", "not_run"]

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
    with_axes: frozenset = frozenset()
    without: frozenset = frozenset()
    error: str = ""
    measured: bool = True
    at_most: float = float("inf")

    def explains(self, cell, varied):
        """Whether a case of a cell and variations is among those that this is about."""
        labels, axes = {v.label for v in varied}, {v.axis for v in varied}
        return (
            cell in self.cells
            and self.with_all <= labels
            and (not self.with_any or bool(self.with_any & labels))
            and self.with_axes <= axes
            and not self.without & labels
        )

    def fits(self, result, error):
        """Whether that is what happened, to a result with the text of an error."""
        errors = [result[key] for key in ("forward", "backward") if key in result]
        return self.outcome == result["outcome"] and self.error in error and max(errors, default=0) <= self.at_most


def known_of(framework, path=KNOWN):
    """The entries of one framework."""
    with open(path, "rb") as file:
        entries = tomllib.load(file).get("known", [])
    listed = {"with_all", "with_any", "with_axes", "without"}
    return [
        Known(**{k: frozenset(v) if k in listed else tuple(v) if k == "cells" else v for k, v in entry.items()})
        for entry in entries
        if entry["framework"] == framework
    ]


def not_run(path=KNOWN):
    """What is not run at all, each with the reason."""
    with open(path, "rb") as file:
        return tomllib.load(file).get("not_run", [])
