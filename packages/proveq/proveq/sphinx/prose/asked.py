"""What a page asks of its run, read from its source before the cells are run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .sentences import ROLE

__all__ = ["BELOW", "Asked", "asked_in", "split_format"]

_FENCE = re.compile(r"^(`{3,}|~{3,})[ \t]*(\{?[\w-]*\}?).*$", re.MULTILINE)
#: Fenced blocks whose text is no prose: code, of cells and others, and formulas.
_VERBATIM = re.compile(r"(?!\{)[\w-]*|\{(?:code-cell|code-block|raw-cell|raw|math|equations?|literalinclude|toctree)\}")
#: Ends a role that speaks of the next cell, where its names had other values before.
BELOW = " @ below"
#: The options of a cell, captions and alternative texts among them.
_OPTIONS = re.compile(r"(?:\n:.*)*")
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
    prose, cells = _without_verbatim(source)
    for found in ROLE.finditer(prose):
        kind, text = found[1], " ".join(found[2].split())
        if kind == "unshown":
            continue
        told, below = text.removesuffix(BELOW), text.endswith(BELOW)
        expression, spec = split_format(told) if kind == "value" else (told, "")
        line = source.count("\n", 0, found.start()) + 1
        column = found.start() - source.rfind("\n", 0, found.start())
        above = sum(end <= found.start() for end in cells)
        yield Asked(kind, text, expression, spec, above + below, line, column)


def split_format(text: str) -> tuple[str, str]:
    """Expression and format of a value; a slice has a colon too.

    >>> split_format("loss[1:3].mean():.2f"), split_format("loss[0]")
    (('loss[1:3].mean()', '.2f'), ('loss[0]', ''))
    """
    found = _FORMAT.fullmatch(text)
    return (found[1].strip(), found[2]) if found else (text, "")


def _without_verbatim(source: str) -> tuple[str, list[int]]:
    """The source with blanks for what is no prose, and where its code cells end."""
    cells: list[int] = []
    opened: list[str] = []
    start = 0
    while fence := _FENCE.search(source, start):
        start = fence.end()
        if opened and not fence[2] and fence[1].startswith(opened[-1]):
            opened.pop()
        elif not _VERBATIM.fullmatch(fence[2]):
            opened.append(fence[1])  # a directive, whose text is prose
        else:
            closed = re.compile(rf"^{fence[1]}[{fence[1][0]}]*[ \t]*$", re.MULTILINE).search(source, start)
            start = closed.end() if closed else len(source)
            if fence[2] == "{code-cell}":
                cells.append(start)
            first = _OPTIONS.match(source, fence.end()).end() if fence[2] == "{code-cell}" else fence.start()
            source = source[:first] + re.sub(r"[^\n]", " ", source[first:start]) + source[start:]
    return source, cells
