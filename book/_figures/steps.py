"""How big a gradient is at each step: one gradient in full, or the norms of many.

A row is one line of text high and reads left to right, so that a table or a script can be laid out the same way: the
classes ``d-bar`` (with the class of the name's kind, which colours it) and ``d-track`` mark a bar and its full scale.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .drawing import Drawing, Source, figure, one, split, whole
from .heat import cells, scale
from .names import kind_of, label_of
from .svg import Picture, arrow, group, math_text, plain_text, rectangle

# The order in which one step of the backward pass computes them.
ORDER = (
    *("d_h", "d_o", "d_a_o", "d_tanh_c", "d_c", "d_g", "d_a_g", "d_f", "d_a_f", "d_i", "d_a_i"),
    *("d_z", "d_x", "d_h_prev", "d_c_prev", "d_W_f", "d_W_i", "d_W_g", "d_W_o"),
)
BAR = 12


def bar(x: float, middle: float, full: float, share: float, name: str) -> str:
    """A bar of ``share`` of the full length, in the colour of a name, on a track that shows the full length."""
    track = rectangle(x, middle - BAR / 2, full, BAR, "d-track")
    if share == 0:
        return track  # nothing at all: a hairline would read as something small
    return track + rectangle(x, middle - BAR / 2, share * full, BAR, f"d-bar {kind_of(name)}")


def norms_of(source: Source, name: str, steps: int) -> list[float]:
    """The Euclidean norm of a name's array at every step."""
    return [float(np.linalg.norm(source.array(name, t))) for t in range(1, steps + 1)]


def count_of(source: Source, steps: int | None) -> int:
    """The number of steps: as told, or as the values have."""
    found = steps or source.size("T")
    if found is None:
        raise ValueError("the values do not say how many steps there are; use the option 'steps'")
    return found


@dataclass(frozen=True)
class Layout:
    """The columns of ``steps``: left edges of the word, the strip, the bar and the bar's number."""

    use: str
    width: float
    word: float
    strip: tuple[float, float]  # left edge and greatest width
    shape: float
    bar: tuple[float, float]
    cell: float
    size: float


WIDE = Layout("wide", 660, 34, (92, 270), 376, (446, 140), 18, 13)
NARROW = Layout("narrow", 350, 16, (54, 110), 171, (212, 84), 14, 11)
ROW, HEAD = 34, 40


def draw_steps(source: Source, *, gradient: str, steps: int | None = None, cut: str = "") -> list[Picture]:
    """One gradient at every step: its entries as shades on one scale, its shape, its norm as a bar and as a number.

    ``cut`` names a size: a mark stands behind that many entries.
    """
    count = count_of(source, steps)
    arrays = [np.atleast_2d(source.array(gradient, t)) for t in range(1, count + 1)]
    if any(array.ndim != 2 or len(array) != 1 for array in arrays):
        raise ValueError(f"'{gradient}' has the shape {arrays[0].shape}; a row of this drawing shows one vector")
    behind = source.size(cut) if cut else None
    if cut and behind is None:
        raise ValueError(f"option 'cut': the values have no size '{cut}'")
    norms = norms_of(source, gradient, count)
    largest, longest = max(float(np.abs(array).max()) for array in arrays), max(norms)
    pictures = []
    for layout in (WIDE, NARROW):
        entries = max(array.shape[1] for array in arrays)
        cell = min(layout.cell, layout.strip[1] / entries)
        left, (at, full) = layout.strip[0], layout.bar
        small = layout.use == "narrow"
        shown = label_of(gradient)
        body = [
            math_text((left + entries * cell / 2, 16), shown, 17),
            plain_text((at + full / 2, 16), "norm", layout.size, "d-size"),
        ]
        for k, (array, norm) in enumerate(zip(arrays, norms, strict=True)):
            y = HEAD + ROW * k + ROW / 2
            rows, columns = array.shape
            parts = [
                plain_text((layout.word, y), f"{k + 1}" if small else f"step {k + 1}", layout.size, "", "start"),
                cells(array, left, y - cell / 2, cell, largest),
                plain_text((layout.shape, y), f"{rows} × {columns}", layout.size, "d-size", "start"),
                bar(at, y, full, norm / longest if longest else 0.0, gradient),
                plain_text((at + full + 6, y), figure(norm, 3 if small else 4), layout.size, "", "start"),
            ]
            if behind is not None:
                x = left + behind * cell
                parts.append(rectangle(x - 1, y - cell / 2 - 4, 2, cell + 8, "d-cut"))
            body.append(group(*parts, class_="d-row"))
        foot = HEAD + ROW * count
        # The way of the gradient: the last step is reached first.
        body.append(arrow([(layout.word - 12, foot - 8), (layout.word - 12, HEAD + 8)], "d-gradient"))
        if small:
            body.append(plain_text((layout.word, 16), "step", layout.size, "d-size", "start"))
        body.append(scale(left + 53, foot + 10, largest))
        pictures.append(Picture(layout.width, foot + 28, "".join(body), layout.use))
    return pictures


def draw_norms(source: Source, *, gradients: tuple[str, ...] = ORDER, steps: int | None = None) -> list[Picture]:
    """The norms of many gradients: a row each, a column for every step, all bars on one scale."""
    count = count_of(source, steps)
    table = {name: norms_of(source, name, count) for name in gradients}
    longest = max(norm for row in table.values() for norm in row)
    pictures = []
    for use, margin, width, size, pitch in (("wide", 92, 670, 13, 25), ("narrow", 70, 350, 11, 27)):
        column = (width - margin) / count
        number = 62 if use == "wide" else 44
        full = column - number - 10
        if full < 20:
            raise ValueError(f"{count} steps leave no room for bars; show fewer")
        body = [plain_text((margin + k * column, 12), f"step {k + 1}", size, "d-size", "start") for k in range(count)]
        # The way of the gradient: the last step is reached first.
        body += [
            arrow([(margin + k * column - 8, 12), (margin + (k - 1) * column + 50, 12)], "d-gradient")
            for k in range(1, count)
        ]
        for r, (name, norms) in enumerate(table.items()):
            y = 28 + pitch * r + pitch / 2
            parts = [math_text((2, y), label_of(name), 16 if use == "wide" else 14, "", "start")]
            for k, norm in enumerate(norms):
                x = margin + k * column
                parts.append(bar(x, y, full, norm / longest if longest else 0.0, name))
                text = figure(norm, 4 if use == "wide" else 3)
                parts.append(plain_text((x + full + 5, y), text, size, "", "start"))
            body.append(group(*parts, class_="d-row"))
        pictures.append(Picture(width, 32 + pitch * len(table), "".join(body), use))
    return pictures


def draw_vectors(source: Source, *, names: tuple[str, ...], step: int | None = None) -> list[Picture]:
    """Several vectors of one length below each other, on one scale, each with its shape."""
    arrays = {name: np.atleast_2d(source.array(name, step)) for name in names}
    shapes = {array.shape for array in arrays.values()}
    if len(shapes) != 1 or next(iter(shapes))[0] != 1:
        found = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise ValueError(f"the vectors are not one row each, of one length: {found}")
    entries, largest = next(iter(shapes))[1], max(float(np.abs(array).max()) for array in arrays.values())
    pictures = []
    for use, width, left, most in (("wide", 560, 90, 30.0), ("narrow", 350, 58, 24.0)):
        cell = min(most, (width - left - 62) / entries)
        body = []
        for k, (name, array) in enumerate(arrays.items()):
            y = (cell + 16) * (k + 0.5)
            right = left + entries * cell
            body += [
                math_text((left - 10, y), label_of(name), 17, "", "end"),
                cells(array, left, y - cell / 2, cell, largest),
                plain_text((right + 8, y), f"1 × {entries}", 12, "d-size", "start"),
            ]
        foot = (cell + 16) * len(arrays)
        body.append(scale(left + entries * cell / 2 - 63, foot + 4, largest))
        pictures.append(Picture(left + entries * cell + 62, foot + 22, "".join(body), use))
    return pictures


def _listed(text: str) -> tuple[str, ...]:
    entries = tuple(split(text))
    if not entries:
        raise ValueError("expected the names of arrays")
    return entries


STEPS = Drawing(draw_steps, "A gradient at every step", {"gradient": one, "steps": whole(1, 12), "cut": one})
NORMS = Drawing(draw_norms, "Norms of gradients at every step", {"gradients": _listed, "steps": whole(1, 4)})
VECTORS = Drawing(draw_vectors, "Vectors side by side", {"names": _listed, "step": whole(1, 10_000)})
