"""Where a page has its prose, its equations and its formulas, as offsets in its source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Formula", "Region", "code_cells", "formulas", "regions"]

_FENCE = re.compile(r"[ \t]*(`{3,})[ \t]*(?:\{([\w-]+)\}[ \t]*(\S*))?")
#: Of a cell also those of a mapping within, as `:  image:`.
_OPTION = re.compile(r"[ \t]*:(?!::)")
#: Directives whose content is no prose of this page.
_NO_PROSE = {"code-cell", "code-block", "literalinclude", "toctree", "raw", "math", "bibliography", "equations"}
_SPOKEN = re.compile(
    r"\{(?P<role>[\w:-]+)\}`(?P<content>[^`]*)`"
    r"|(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)"
    r"|(?<![\\$])\$(?P<tex>[^$`]+?)\$(?!\d)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Region:
    """A part of a page: "prose", the "options" of a directive with prose, an "equation" or a "code-cell".

    `start` and `end` are those of its content, `options` is where its options begin. Alternative texts are options.
    """

    kind: str
    name: str
    options: int
    start: int
    end: int


@dataclass(frozen=True)
class Formula:
    """An inline formula: where its TeX begins, and the role that it has, "" between dollars."""

    tex: str
    start: int
    role: str


def regions(text: str) -> list[Region]:
    """The parts of a page, in the order in which they end."""
    opening = re.match(r"---\n.*?\n---\n", text, re.DOTALL)
    return list(_regions(text, opening.end() if opening else 0, len(text)))


def _regions(text: str, start: int, end: int) -> Iterator[Region]:
    place = prose = start
    while place < end:
        after = _next_line(text, place, end)
        fence = _FENCE.match(text, place, after)
        if not fence:
            place = after
            continue
        yield Region("prose", "", prose, prose, place)
        content, closing = after, _closing(text, fence[1], after, end)
        options = content
        while content < closing and _OPTION.match(text, content):
            content = _next_line(text, content, closing)
        kind = fence[2] or "code"
        if kind in ("equation", "code-cell"):
            yield Region(kind, fence[3], options, content, closing)
        elif fence[2] and kind not in _NO_PROSE:
            yield Region("options", fence[3], options, options, content)
            yield from _regions(text, content, closing)
        place = prose = _next_line(text, closing, end)
    yield Region("prose", "", prose, prose, end)


def _next_line(text: str, place: int, end: int) -> int:
    found = text.find("\n", place, end)
    return end if found < 0 else found + 1


def _closing(text: str, fence: str, start: int, end: int) -> int:
    """Where the line begins that closes a fence."""
    found = re.compile(rf"^[ \t]*{fence}`*[ \t]*$", re.MULTILINE).search(text, start, end)
    return found.start() if found else end


def formulas(text: str, region: Region) -> Iterator[Formula]:
    """The inline formulas of a part with prose, in their order; what stands in code is none."""
    for found in _SPOKEN.finditer(text, region.start, region.end):
        if found["tex"] and not re.search(r"\n\s*\n", found["tex"]):
            yield Formula(found["tex"], found.start("tex"), "")
        elif found["role"] in ("given", "holds", "wrong", "quoted"):
            yield Formula(re.split(r"\s+@", found["content"])[0], found.start("content"), found["role"])


def code_cells(text: str) -> list[str]:
    """The code of a page's cells."""
    return [text[one.start : one.end] for one in regions(text) if one.kind == "code-cell"]
