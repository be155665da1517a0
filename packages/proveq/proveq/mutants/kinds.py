"""The kinds of mutants: what is changed, and whether the build alone has to notice it.

A kind finds its edits in the text of one file. What the build says of them is the same for all kinds of a page, and for
all of the package: a new kind of what pages print is a function here that yields edits, and a line of `KINDS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ..sphinx import EquationError, parse
from ..sphinx.equations.inline import Judge
from ..sphinx.equations.stated_shapes import FOLLOWS, SHAPE, SHAPES
from ..sphinx.equations.symbols import Symbols
from ..sphinx.regions import formulas, regions
from . import prose, python, tex
from .mutant import Edit

__all__ = ["KINDS", "Around", "Kind"]

#: Before a blank line, an entry of a list, a row of a table.
_PARAGRAPH_ENDS = re.compile(r"\n(?=\s*\n|\s*[-*|] |\s*\d+\. )")


@dataclass(frozen=True)
class Around:
    """What finding edits needs to know beside the text of a file.

    Attributes
    ----------
    symbols : Symbols
        The symbol table.
    printed : frozenset of int
        Lines of the file, from 1, that pages print as equations.
    """

    symbols: Symbols
    printed: frozenset[int] = field(default=frozenset())


@dataclass(frozen=True)
class Kind:
    """A kind of mutants.

    Attributes
    ----------
    name : str
    what : str
        What is changed, in a few words.
    pages : bool
        Whether it is found in pages; otherwise in modules of the package.
    tests : bool
        Whether the tests may be what notices it; otherwise the build has to.
    find : callable
        From a text and an `Around` to edits.
    """

    name: str
    what: str
    pages: bool
    tests: bool
    find: Callable[[str, Around], Iterator[Edit]]


def _equations(text: str, _around: Around) -> Iterator[Edit]:
    for one in regions(text):
        if one.kind == "equation" and ":unevaluated:" not in text[one.options : one.start]:
            typed = text[one.start : one.end].rstrip()
            yield from _mistakes(typed, one.start, alone=False)


def _relations(text: str, around: Around) -> Iterator[Edit]:
    """Formulas in sentences that claim something: with two sides, and about more than an index.

    A supposition claims nothing by itself: it is changed where its paragraph goes on with such a formula.
    """
    judge = Judge(around.symbols, {})
    for region in regions(text):
        found = (
            [one for one in formulas(text, region) if _relates(one.tex, alone=True)] if region.kind == "prose" else []
        )
        claims = [one for one in found if one.role in ("", "holds") and not judge.is_count(one.tex)]
        for one in found:
            after = _PARAGRAPH_ENDS.search(text, one.start, region.end)
            rests = any(one.start < other.start < (after.start() if after else region.end) for other in claims)
            if one in claims or (one.role == "given" and rests):
                yield from _mistakes(one.tex, one.start, alone=True)


def _relates(formula: str, alone: bool) -> bool:
    """Whether a formula can be read and has two sides."""
    try:
        return any(len(one.sides) > 1 for one in parse(formula, alone=alone))
    except EquationError:
        return False


def _mistakes(formula: str, offset: int, alone: bool) -> Iterator[Edit]:
    for changed, change in tex.mutations(formula, alone).items() if _relates(formula, alone) else ():
        yield Edit.between(formula, changed, change, offset)


def _shapes(text: str, around: Around) -> Iterator[Edit]:
    """Shapes that tables, sentences and equations state of a symbol."""
    letters = sorted(around.symbols.sizes)
    for region in regions(text):
        if region.kind == "equation":
            for stated in re.finditer(r"^:shape:(.*)$", text[region.options : region.start], re.MULTILINE):
                for shape in SHAPE.finditer(stated[1]):
                    yield from _other_shapes(shape, region.options + stated.start(1), letters)
        elif region.kind == "prose":
            for formula in formulas(text, region):
                after = formula.start + len(formula.tex) + 1
                if follows := FOLLOWS.match(text[after : region.end]):
                    yield from _other_shapes(SHAPE.search(follows[0]), after, letters)
            for row in re.finditer(r"^\|\s*\$.*\|\s*$", text[region.start : region.end], re.MULTILINE):
                yield from _of_row(row, region.start, letters)


def _of_row(row: re.Match[str], offset: int, letters: list[str]) -> Iterator[Edit]:
    start = row.start() + offset
    for cell in re.finditer(r"(?<=\|)[^|]*(?=\|)", row[0]):
        inside = cell[0].lstrip()
        if stated := SHAPES.match(inside):
            begins = start + cell.end() - len(inside)
            for shape in SHAPE.finditer(stated[0]):
                yield from _other_shapes(shape, begins, letters)
            return


def _other_shapes(shape: re.Match[str], offset: int, letters: list[str]) -> Iterator[Edit]:
    text = shape[0]
    axes = [one for one in text.strip("()").split(",") if one.strip()]
    changed = {}
    if len(axes) > 1:
        changed[f"({', '.join(axis.strip() for axis in reversed(axes))})"] = "axes exchanged"
        changed[f"({axes[0]},)"] = "axis dropped"
    for found in re.finditer(r"[A-Z]", text):
        other = letters[(letters.index(found[0]) + 1) % len(letters)] if found[0] in letters else letters[0]
        changed[text[: found.start()] + other + text[found.end() :]] = f"{found[0]} -> {other}"
    changed.pop(text, None)
    start = offset + shape.start()
    for new, change in changed.items():
        yield Edit.between(text, new, change, start)


def _numbers(text: str, _around: Around) -> Iterator[Edit]:
    return prose.numbers(text)


def _words(text: str, _around: Around) -> Iterator[Edit]:
    return prose.words(text)


def _printed(text: str, around: Around) -> Iterator[Edit]:
    return (edit for edit in python.mutations(text) if _line(text, edit) in around.printed)


def _lines(text: str, around: Around) -> Iterator[Edit]:
    return (edit for edit in python.mutations(text) if _line(text, edit) not in around.printed)


def _line(text: str, edit: Edit) -> int:
    return text.count("\n", 0, edit.start) + 1


KINDS = {
    kind.name: kind
    for kind in (
        Kind("equation", "typed equations", pages=True, tests=False, find=_equations),
        Kind("inline", "relations in sentences", pages=True, tests=False, find=_relations),
        Kind("shape", "stated shapes", pages=True, tests=False, find=_shapes),
        Kind("number", "numbers in sentences", pages=True, tests=False, find=_numbers),
        Kind("word", "words that compare", pages=True, tests=False, find=_words),
        Kind("printed", "lines of code that a page prints", pages=False, tests=False, find=_printed),
        Kind("line", "other lines of code", pages=False, tests=True, find=_lines),
    )
}
