"""Arrays as shades: the shape strip of a product, and a square matrix with its numbers.

A shade is one of nine classes, ``d-s-4`` to ``d-s4``, so that the theme decides the colours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .drawing import Drawing, Source, figure, names, one, whole
from .names import label_of
from .svg import Picture, element, group, math_text, plain_text, rectangle


def shade(value: float, largest: float) -> str:
    """The class of a value on a scale from ``-largest`` to ``largest``; any value but 0 leaves the middle."""
    if value == 0 or largest == 0:
        return "d-s0"
    level = max(1, min(4, int(np.ceil(4 * abs(value) / largest - 1e-9))))
    return f"d-s{level if value > 0 else -level}"


def cells(array: np.ndarray, left: float, top: float, size: float, largest: float | None = None) -> str:
    """A matrix as a grid of shaded squares, on a scale up to ``largest``: its own largest entry unless given."""
    largest = float(np.abs(array).max()) if largest is None else largest
    squares = [
        rectangle(left + j * size, top + i * size, size, size, f"d-cell-shade {shade(float(value), largest)}")
        for (i, j), value in np.ndenumerate(array)
    ]
    rows, columns = array.shape
    return group(*squares, element("rect", x=left, y=top, width=columns * size, height=rows * size, class_="d-outline"))


def operand(source: Source, text: str, step: int | None) -> tuple[str, np.ndarray]:
    """The label and the matrix of a name, transposed if the name ends in ``^T``; a vector is one row."""
    name, transposed = text.removesuffix("^T"), text.endswith("^T")
    array = np.atleast_2d(source.array(name, step))
    if array.ndim != 2:
        raise ValueError(f"'{name}' has {array.ndim} axes; a strip shows vectors and matrices")
    return label_of(name) + (r"^\top" if transposed else ""), array.T if transposed else array


def scale(left: float, y: float, largest: float) -> str:
    """The legend: nine steps between minus and plus the largest entry."""
    steps = "".join(rectangle(left + 14 * k, y, 14, 10, f"d-cell-shade d-s{k - 4}") for k in range(9))
    right = left + 14 * 9
    return group(
        steps,
        plain_text((left - 6, y + 5), figure(-largest), 11, "d-size", "end"),
        plain_text((right + 6, y + 5), figure(largest), 11, "d-size", "start"),
    )


@dataclass(frozen=True)
class Piece:
    """One array of a strip: the sign before it, its label, its axes, and whether a narrow page breaks before it."""

    sign: str
    label: str
    array: np.ndarray
    begins_line: bool = False
    axes: int = 2


def _checked(parts: list[tuple[str, np.ndarray]], plus: np.ndarray | None, bias: np.ndarray | None) -> None:
    """Refuse a strip whose numbers are not those of the product that it draws."""
    (left, a), (right, b), (result, c) = parts
    if a.shape[1] != b.shape[0] or c.shape != (a.shape[0], b.shape[1]):
        raise ValueError("the shapes do not make a product: " + " ".join(f"{n} {array.shape}" for n, array in parts))
    whole = a @ b if plus is None else a @ b + plus
    if not np.allclose(whole, c, rtol=1e-9, atol=1e-12 * float(np.abs(c).max())):
        more = "" if plus is None else ", with what is added,"
        raise ValueError(f"'{result}' is not the product of '{left}' and '{right}'{more}".removesuffix(","))
    if bias is not None and (bias.ndim != 1 or not np.allclose(a.sum(axis=1), bias, rtol=1e-9, atol=1e-15)):
        raise ValueError(f"the option 'bias' is not the sum of the columns of '{left}'")


def draw_strip(
    source: Source, *, left: str, right: str, result: str, plus: str = "", bias: str = "", step: int | None = None
) -> list[Picture]:
    """The product of two arrays with its shapes; refused if the numbers are not those of the product.

    ``plus`` is added to the product; ``bias``, the sum of the left factor's columns, stands beside the result.
    """
    parts = [operand(source, text, step) for text in (left, right, result)]
    added = operand(source, plus, step) if plus else None
    beside = source.array(bias, step) if bias else None
    arrays = [(text, array) for text, (_, array) in zip((left, right, result), parts, strict=True)]
    _checked(arrays, added[1] if added else None, beside)
    (_, a), (_, b), (_, c) = parts
    pieces = [Piece("", *parts[0]), Piece(r"\cdot", *parts[1]), Piece("=", *parts[2], begins_line=True)]
    if added:
        pieces.insert(2, Piece("+", *added, begins_line=True))
    if beside is not None:
        pieces.append(Piece("", label_of(bias), beside[:, None], axes=1))
    columns, gaps = sum(piece.array.shape[1] for piece in pieces), 62 + 44 * (len(pieces) - 1)
    last = c.shape[1] + (0 if beside is None else 1)
    wide, narrow = (
        min(20.0, (680 - gaps) / columns),
        min(20.0, (350 - 90) / (a.shape[1] + b.shape[1]), (350 - 40 - 44 * (beside is not None)) / last),
    )
    pictures = []
    for use, size in (("wide", wide), ("narrow", narrow)):
        lines: list[list[Piece]] = [[]]
        for piece in pieces:
            if piece.begins_line and use == "narrow":
                lines.append([])
            lines[-1].append(piece)
        body, top, right_edge = [], 34.0, 0.0
        for number, line in enumerate(lines):
            x, tall = 34.0 if number else 26.0, max(len(piece.array) for piece in line)
            for k, piece in enumerate(line):
                if piece.sign:
                    body.append(math_text((x + 22 if k else 16, top + tall * size / 2), piece.sign, 18))
                x += 44 if k else 0
                rows, count = piece.array.shape
                y, middle = top + (tall - rows) * size / 2, x + count * size / 2
                body.append(cells(piece.array, x, y, size))
                body.append(math_text((middle, y - 17), piece.label, 17))
                shape = f"{rows} × {count}" if piece.axes == 2 else f"{rows}"
                body.append(plain_text((middle, y + rows * size + 14), shape, 12, "d-size"))
                x += count * size
                if piece.sign == "=":
                    centre = middle
            right_edge, top = max(right_edge, x), top + tall * size + 64
        legend, middle = top - 34, max(centre, 133)  # 70: the number beside the scale
        body.append(scale(middle - 63, legend, float(np.abs(c).max())))
        width = max(right_edge + 26, middle + 63 + 70, 350 if use == "narrow" else 0)
        pictures.append(Picture(width, legend + 18, "".join(body), use))
    return pictures


def draw_jacobian(
    source: Source, *, matrix: str = "jacobian", vector: str = "", lit: tuple[str, ...] = (), step: int | None = None
) -> list[Picture]:
    """A square matrix as a heat grid with numbers; ``vector`` names the values it is made of, set along both sides."""
    array = source.array(matrix, step)
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise ValueError(f"'{matrix}' has shape {array.shape}; this drawing needs a square matrix")
    count = len(array)
    if count > 12:
        raise ValueError(f"'{matrix}' has {count} rows; the grid stays legible up to 12")
    sides = np.ravel(source.array(vector, step)) if vector else None
    if sides is not None and len(sides) != count:
        raise ValueError(f"'{vector}' has {len(sides)} entries for {count} rows of '{matrix}'")
    largest = float(np.abs(array).max())
    pictures = []
    for use, width, size in (("wide", 560, 13), ("narrow", 350, 11)):
        margin = (72 if use == "wide" else 66) if sides is not None else 40
        cell = min(92.0, (width - margin - 4) / count)
        height = min(42.0, cell)
        numbers = cell >= 5.2 * size  # room for eight characters
        body, top = [], 30 if sides is None else 52
        for k in range(count):
            column, row = (margin + (k + 0.5) * cell, 14), (margin - 8, top + (k + 0.5) * height)
            body.append(math_text(column, f"{label_of(vector)}_{{{k + 1}}}" if vector else rf"j\,=\,{k + 1}", 15))
            body.append(
                math_text(
                    (row[0], row[1] - (9 if vector else 0)),
                    f"{label_of(vector)}_{{{k + 1}}}" if vector else rf"i\,=\,{k + 1}",
                    15,
                    "",
                    "end",
                )
            )
            if sides is not None:
                shown = figure(float(sides[k]))
                if numbers:
                    body.append(plain_text((column[0], 36), shown, size, "d-size"))
                body.append(plain_text((row[0], row[1] + 9), shown, size, "d-size", "end"))
        for (i, j), value in np.ndenumerate(array):
            place = "diagonal" if i == j else "off-diagonal"
            state = "" if not lit else "d-lit" if place in lit else "d-dim"
            x, y = margin + j * cell, top + i * height
            text = plain_text((x + cell / 2, y + height / 2), figure(float(value)), size) if numbers else ""
            square = rectangle(x + 1, y + 1, cell - 2, height - 2, "d-shape", 3)
            body.append(group(square, text, class_=f"d-entry {shade(float(value), largest)} {state}".strip()))
        pictures.append(Picture(margin + count * cell + 4, top + 4 + count * height, "".join(body), use))
    return pictures


STRIP = Drawing(
    draw_strip,
    "Shapes of a product",
    {**dict.fromkeys(("left", "right", "result", "plus", "bias"), one), "step": whole(1, 10_000)},
)
JACOBIAN = Drawing(
    draw_jacobian,
    "Jacobian matrix",
    {"matrix": one, "vector": one, "lit": names(("diagonal", "off-diagonal")), "step": whole(1, 10_000)},
)
