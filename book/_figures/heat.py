"""Arrays as shades: the shape strip of a product, and a square matrix with its numbers.

A shade is one of nine classes, ``d-s-4`` to ``d-s4``, so that the theme decides the colours.
"""

from __future__ import annotations

import numpy as np

from .drawing import Drawing, Source, figure, names, split, whole
from .names import label_of
from .svg import Picture, element, group, math_text, plain_text, rectangle


def shade(value: float, largest: float) -> str:
    """The class of a value on a scale from ``-largest`` to ``largest``; any value but 0 leaves the middle."""
    if value == 0 or largest == 0:
        return "d-s0"
    level = max(1, min(4, int(np.ceil(4 * abs(value) / largest - 1e-9))))
    return f"d-s{level if value > 0 else -level}"


def cells(array: np.ndarray, left: float, top: float, size: float) -> str:
    """A matrix as a grid of shaded squares, scaled by its own largest entry."""
    largest = float(np.abs(array).max())
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


def _scale(left: float, y: float, largest: float) -> str:
    """The legend: nine steps between minus and plus the largest entry."""
    steps = "".join(rectangle(left + 14 * k, y, 14, 10, f"d-cell-shade d-s{k - 4}") for k in range(9))
    right = left + 14 * 9
    return group(
        steps,
        plain_text((left - 6, y + 5), figure(-largest), 11, "d-size", "end"),
        plain_text((right + 6, y + 5), figure(largest), 11, "d-size", "start"),
    )


def draw_strip(source: Source, *, left: str, right: str, result: str, step: int | None = None) -> list[Picture]:
    """The product of two arrays with its shapes; refused if the numbers are not those of the product."""
    parts = [operand(source, text, step) for text in (left, right, result)]
    (_, a), (_, b), (_, c) = parts
    shapes = " ".join(f"{text} {array.shape}" for text, (_, array) in zip((left, right, result), parts, strict=True))
    if a.shape[1] != b.shape[0] or c.shape != (a.shape[0], b.shape[1]):
        raise ValueError(f"the shapes do not make a product: {shapes}")
    if not np.allclose(a @ b, c, rtol=1e-9, atol=1e-12 * float(np.abs(c).max())):
        raise ValueError(f"'{result}' is not the product of '{left}' and '{right}'")
    columns = a.shape[1] + b.shape[1] + c.shape[1]
    wide, narrow = (
        min(20.0, (680 - 150) / columns),
        min(20.0, (350 - 90) / (a.shape[1] + b.shape[1]), (350 - 40) / c.shape[1]),
    )
    tall = max(array.shape[0] for _, array in parts)
    pictures = []
    for use, size in (("wide", wide), ("narrow", narrow)):
        body, x, top = [], 26.0, 34.0
        height = top + tall * size
        for index, (text, array) in enumerate(parts):
            if index == 2 and use == "narrow":
                x, top = 34.0, height + 64
                height = top + array.shape[0] * size
                body.append(math_text((16, top + array.shape[0] * size / 2), "=", 18))
            elif index:
                body.append(math_text((x + 22, 34 + tall * size / 2), "=" if index == 2 else r"\cdot", 18))
                x += 44
            rows, count = array.shape
            y = top if index == 2 and use == "narrow" else top + (tall - rows) * size / 2
            body.append(cells(array, x, y, size))
            middle = x + count * size / 2
            body.append(math_text((middle, y - 17), text, 17))
            body.append(plain_text((middle, y + rows * size + 14), f"{rows} × {count}", 12, "d-size"))
            x += count * size
        legend, middle = height + 30, max(x - c.shape[1] * size / 2, 133)  # 70: the number beside the scale
        body.append(_scale(middle - 63, legend, float(np.abs(c).max())))
        width = max(x + 26, middle + 63 + 70, 350 if use == "narrow" else 0)
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


def _one(text: str) -> str:
    entries = split(text)
    if len(entries) != 1:
        raise ValueError("expected the name of one array")
    return entries[0]


STRIP = Drawing(
    draw_strip, "Shapes of a product", {"left": _one, "right": _one, "result": _one, "step": whole(1, 10_000)}
)
JACOBIAN = Drawing(
    draw_jacobian,
    "Jacobian matrix",
    {"matrix": _one, "vector": _one, "lit": names(("diagonal", "off-diagonal")), "step": whole(1, 10_000)},
)
