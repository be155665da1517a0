r"""Shapes that a page states of its symbols, in tables and in sentences.

A row of a table that begins with symbols and has a cell of shapes, "| $h_{t-1}$, $h_t$ | (B, H) | 1 × 5 |", says of
each of them that it has that shape; so does a sentence in which the shape follows the symbol, "$x_t$ (B, D)". What is
stated is compared with the symbol table, and with the arrays of the page's scopes. Numbers in a further cell are sizes:
within a table a letter stands for one number, and sums must come out; a row of ones may be left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from docutils import nodes

from . import evaluate
from .domain import Page, Problem
from .inline import Judge, Refused
from .parse import parse
from .reading import Reading
from .table import sizes_of

__all__ = ["FOLLOWS", "SHAPE", "SHAPES", "collect"]

_LETTER = r"(?:\d*[A-Z](?:_\w)?|\d+)"
_AXIS = rf"{_LETTER}(?:\s*[+−-]\s*{_LETTER})*"
SHAPE = re.compile(rf"\((?:{_AXIS},|{_AXIS}(?:,\s*{_AXIS})+)\)")
SHAPES = re.compile(rf"{SHAPE.pattern}(?:(?:,| and)\s*{SHAPE.pattern})*")
FOLLOWS = re.compile(rf",? (?:of shape |of )?({SHAPE.pattern})")
_NUMBERS = re.compile(r"\d+(?:\s*×\s*\d+)*(?:,\s*\d+(?:\s*×\s*\d+)*)*")
_BETWEEN = re.compile(r"[\s,]*(?:and)?[\s,]*")


def collect(
    doctree: nodes.document,
    at: dict[int, tuple[int, int]],
    docname: str,
    judge: Judge,
    names: list[str],
    page: Page,
    examples: Mapping[str, Mapping[str, int]],
) -> set[int]:
    """Compare what the page just read states of shapes; `at` is where each formula stands.

    `examples` has the sizes of each example that the head of a column may name. The cells of tables that were compared
    are returned, by `id`.
    """
    held: set[int] = set()

    def compare(symbols, shapes):
        page.shapes += len(symbols)
        for message in _held([symbol.astext() for symbol in symbols], shapes, judge, names):
            page.problems.append(Problem(docname, at[id(symbols[0])][0], message))

    for table in doctree.findall(nodes.table):
        heads = {head.astext() for row in table.findall(nodes.thead) for head in row.findall(nodes.entry)}
        sizes = dict(next((examples[head] for head in sorted(heads & examples.keys())), {}))
        for row in table.findall(nodes.row):
            symbols, shapes, numbers = _row(row)
            if symbols and shapes:
                compare(symbols, shapes)
            if shapes and (symbols or numbers):
                held |= {id(cell) for cell in row.children[1:] if _is_of_sizes(cell)}
                line = at[id(symbols[0])][0] if symbols else row.line or table.line or 1
                page.problems += [Problem(docname, line, message) for message in _sizes(shapes, numbers, sizes)]
    for formula in doctree.findall(nodes.math):
        after = formula.next_node(descend=False, siblings=True)
        if isinstance(after, nodes.Text) and (follows := FOLLOWS.match(after.astext())):
            compare([formula], [follows[1]])
    return held


def _is_of_sizes(cell: nodes.Element) -> bool:
    """Whether there is a shape in it, or sizes, and nothing else."""
    return bool(SHAPES.fullmatch(cell.astext().strip()) or _NUMBERS.fullmatch(cell.astext().strip()))


def _row(row: nodes.row) -> tuple[list[nodes.math], list[str], list[str]]:
    """The symbols that a row begins with, the shapes in it, the numbers after them."""
    cells = list(row.children)
    symbols = list(_leading(cells[0]))
    for place, cell in enumerate(cells[1:], start=1):
        stated = SHAPES.match(cell.astext())
        if stated:
            rest = cells[place + 1].astext() if place + 1 < len(cells) else ""
            numbers = re.split(r",\s*", rest) if _NUMBERS.fullmatch(rest.strip()) else []
            return symbols, SHAPE.findall(stated[0]), numbers
    return symbols, [], []


def _leading(cell: nodes.Element) -> Iterator[nodes.math]:
    """The formulas that a cell begins with, up to the first word."""
    for paragraph in cell.findall(nodes.paragraph):
        for child in paragraph.children:
            if isinstance(child, nodes.math):
                yield child
            elif not _BETWEEN.fullmatch(child.astext()):
                return


def _held(symbols: list[str], shapes: list[str], judge: Judge, names: list[str]) -> Iterator[str]:
    """What is wrong with the shapes that are stated of some symbols."""
    if len(shapes) not in (1, len(symbols)):
        yield f"states {len(shapes)} shapes for {len(symbols)} symbols: {', '.join(shapes)}"
        return
    for tex, shape in zip(symbols, shapes * len(symbols) if len(shapes) == 1 else shapes):
        if wrong := _wrong(tex, shape, judge, names):
            yield f"${tex}$ is stated to be {shape}: {wrong}"


def _wrong(tex: str, shape: str, judge: Judge, names: list[str]) -> str:
    """What contradicts a stated shape; "" if nothing does."""
    try:
        readable = list(judge.readable(tex, names))
    except Refused as refused:
        return str(refused)
    compared = 0
    for _name, scopes in readable:
        for scope in scopes:
            view = judge.symbols.within(getattr(scope, "chapter", ""))
            entry = _entry(tex, view, scope)
            # H_f + H_b says more than H: the arrays decide.
            if entry is not None and _letters(entry.shape) != _letters(shape) and not _says_more(shape, entry.shape):
                return f"{judge.symbols.path.name} says {entry.shape}"
            try:
                actual = evaluate.compute(tex, judge.symbols, scope)
            except (evaluate.EquationError, evaluate.NotApplicable, TypeError, ValueError):
                continue
            expected = sizes_of(shape, scope.sizes)
            if None in expected:
                continue
            compared += 1
            if [size for size in expected if size != 1] != [size for size in actual if size != 1]:
                known = ", ".join(f"{letter} = {size}" for letter, size in scope.sizes.items() if letter in shape)
                return f"on scope {scope.name}, with {known}, it is {actual}"
        if compared:
            break
    if "_" in shape and not compared:
        return f"no scope of {', '.join(names)} has its letters"
    return ""


def _entry(tex, view, scope):
    """The symbol's line of the table, if the formula is a symbol, or a relation that begins with one."""
    (equality, *_) = parse(tex, alone=True)
    reference = Reading(equality, view, scope.sizes).references.get(id(equality.sides[0]))
    plain = reference is not None and reference.kind == "symbol" and not (reference.index or reference.powers)
    return view.entries[reference.name] if plain else None


def _says_more(stated: str, shape: str) -> bool:
    return "_" in stated and "_" not in shape


def _letters(shape: str) -> str:
    return "".join(re.sub(r"_\w", "", shape).replace("−", "-").split())


def _sizes(shapes: list[str], numbers: list[str], sizes: dict[str, int]) -> Iterator[str]:
    """What is wrong with the sizes of a row, given those of the rows before, which it adds to."""
    for shape, text in zip(shapes, numbers):
        axes = [axis.strip() for axis in shape.strip("()").split(",") if axis.strip()]
        given = [int(number) for number in text.split("×")]
        if axes[0] == "B" and len(given) == len(axes) == 2 and given[1] == 1:
            given.reverse()  # a column, as the series writes the row of one example
        for axis, number in zip(axes, given):
            if len(axes) == len(given) and re.fullmatch(r"[A-Z](?:_\w)?", axis):
                sizes.setdefault(axis, number)
        expected = [_number(axis, sizes) for axis in axes]
        if None not in expected and [n for n in expected if n != 1] != [n for n in given if n != 1]:
            known = ", ".join(f"{letter} = {size}" for letter, size in sizes.items() if letter in shape)
            yield f"{text} is no {shape} with {known}"


def _number(axis: str, sizes: dict[str, int]) -> int | None:
    total = 0
    for sign, factor, letter in re.findall(r"([+−-]?)\s*(\d*)([A-Z](?:_\w)?)?(?=\s|[+−-]|$)", axis):
        if not (factor or letter):
            continue
        if letter and letter not in sizes:
            return None
        term = int(factor or 1) * (sizes[letter] if letter else 1)
        total += -term if sign in ("-", "−") else term
    return total
