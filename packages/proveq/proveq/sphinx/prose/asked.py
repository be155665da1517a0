"""What a page asks of its run, read from its source before the cells are run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..regions import regions
from .sentences import ROLE

__all__ = ["BELOW", "Asked", "asked_in", "split_format"]

#: Ends a role that speaks of the next cell, where its names had other values before.
BELOW = " @ below"
_FORMAT = re.compile(r"(.*):([,+]?(?:\.\d+)?[defg%])\s*", re.DOTALL)


@dataclass(frozen=True)
class Asked:
    """One expression of a page.

    Attributes
    ----------
    kind : str
        "value", "shown" or "typed".
    text : str
        What stands in the role; of what is typed, its words.
    expression : str
    extra : str
        The format of a value; the number that is typed.
    after : int
        How many cells run before it is evaluated: those that stand above it, and one more if it says `@ below`.
    line, column : int
        Where it stands, from 1.
    """

    kind: str
    text: str
    expression: str
    extra: str
    after: int
    line: int
    column: int

    def request(self, place: int) -> dict[str, str | int]:
        """What the kernel is told."""
        name = {"value": "format", "typed": "number"}.get(self.kind, "extra")
        return {
            "place": place,
            "kind": self.kind,
            "expression": self.expression,
            name: self.extra,
            "after": self.after,
        }


def asked_in(source: str) -> Iterator[Asked]:
    """The roles of a page, in the order in which they stand."""
    parts = sorted(regions(source), key=lambda part: part.start)
    cells = [part.end for part in parts if part.kind == "code-cell"]
    for part in parts:
        start, end = (part.options, part.start) if part.kind == "code-cell" else (part.start, part.end)
        for found in ROLE.finditer(source, start, end) if part.kind != "equation" else ():
            if found[1] != "unshown":
                yield _asked(source, found, sum(cell <= found.start() for cell in cells))


def _asked(source: str, found: re.Match[str], above: int) -> Asked:
    """What a role asks, below so many cells."""
    kind, text = found[1], " ".join(found[2].split())
    told, below = text.removesuffix(BELOW), text.endswith(BELOW)
    expression, spec = split_format(told) if kind == "value" else (told, "")
    line = source.count("\n", 0, found.start()) + 1
    column = found.start() - source.rfind("\n", 0, found.start())
    return Asked(kind, text, expression, spec, above + below, line, column)


def split_format(text: str) -> tuple[str, str]:
    """Expression and format of a value; a slice has a colon too.

    >>> split_format("loss[1:3].mean():.2f"), split_format("loss[0]")
    (('loss[1:3].mean()', '.2f'), ('loss[0]', ''))
    """
    found = _FORMAT.fullmatch(text)
    return (found[1].strip(), found[2]) if found else (text, "")
