"""One cell and its sequence: the loop beside the same loop unrolled, and the array that the sequence reads."""

from __future__ import annotations

import numpy as np

from .drawing import Drawing, Source, split, whole
from .heat import shade
from .svg import Picture, Point, arrow, element, group, line, math_text, plain_text, rectangle


def _box(at: Point, half: Point, kind: str, text: str, plain: bool = False) -> str:
    shape = rectangle(at[0] - half[0], at[1] - half[1], 2 * half[0], 2 * half[1], "d-shape", 7)
    inside = plain_text(at, text, 14 if half[0] > 30 else 12) if plain else math_text(at, text)
    return group(shape, inside, class_=f"d-node {kind}")


def _loop(left: float, top: float) -> list[str]:
    """One cell whose states come back to it: c over it, h below it."""
    x, y = left + 134, top + 88
    enter, leave = x - 48, x + 48
    return [
        _box((left + 24, y), (24, 15), "d-input", "x_t"),
        arrow([(left + 48, y), (enter, y)], ""),
        _box((x, y), (48, 38), "d-cell", "LSTM", plain=True),
        arrow([(leave, y), (left + 220, y)], ""),
        _box((left + 244, y), (24, 15), "d-state", "h_t"),
        arrow(
            [
                (leave, y - 24),
                (x + 70, y - 24),
                (x + 70, top + 26),
                (x - 70, top + 26),
                (x - 70, y - 24),
                (enter, y - 24),
            ],
            "",
        ),
        math_text((x, top + 12), "c_t", 16),
        math_text((x - 76, y - 36), "c_{t-1}", 14, "", "end"),
        arrow([(x + 62, y), (x + 62, top + 150), (x - 70, top + 150), (x - 70, y + 24), (enter, y + 24)], ""),
        math_text((x, top + 164), "h_t", 16),
        math_text((x - 76, y + 38), "h_{t-1}", 14, "", "end"),
    ]


def _chain(left: float, top: float, steps: int, pitch: float, cell: float) -> list[str]:
    """The same cell drawn once for every step."""
    out, y = [], top + 88
    for t in range(steps + 1):
        start = left + t * pitch - (pitch - cell)
        for kind, at, label_at in (("c", y - 16, y - 30), ("h", y + 18, y + 32)):
            out.append(arrow([(start, at), (start + pitch - cell, at)], ""))
            out.append(math_text((start + (pitch - cell) / 2, label_at), f"{kind}_{t}", 14))
    for t in range(1, steps + 1):
        x = left + (t - 1) * pitch + cell / 2
        out += [
            arrow([(x, y + 76), (x, y + 38)], ""),
            _box((x, y + 91), (18, 14), "d-input", f"x_{t}"),
            _box((x, y), (cell / 2, 38), "d-cell", "LSTM", plain=True),
            arrow([(x, y - 38), (x, y - 62)], ""),
            math_text((x, y - 74), f"h_{t}", 14),
        ]
    return out


def draw_loop(_source: Source, *, steps: int = 3) -> list[Picture]:
    """The loop over time beside the same loop unrolled: one cell, one set of weights, as many turns as steps."""
    word = plain_text
    wide = [
        *_loop(0, 0),
        math_text((298, 88), "=", 20),
        *_chain(346, 0, steps, min(114.0, 330 / steps), 66 if steps < 4 else 44),
    ]
    narrow = [
        *_loop(40, 0),
        word((175, 186), "unrolled:", 13, "d-size"),
        *_chain(36, 192, steps, min(105.0, 314 / steps), 68 if steps < 4 else 40),
    ]
    return [Picture(690, 200, "".join(wide), "wide"), Picture(350, 392, "".join(narrow), "narrow")]


def _brace(points: list[Point]) -> str:
    return line(points, "d-brace")


def draw_inputs(source: Source, *, steps: int = 3, inputs: tuple[str, ...] = ()) -> list[Picture]:
    """The input array of a sequence below the cells that read it: one column of entries for each step."""
    if inputs and len(inputs) != steps:
        raise ValueError(f"option 'inputs': {len(inputs)} words for {steps} steps")
    columns = [np.atleast_2d(source.array("x", t)) for t in range(1, steps + 1)]
    batch, size = columns[0].shape
    if batch != 1 or size > 24:
        raise ValueError(f"x has the shape {columns[0].shape}; this drawing shows one example of up to 24 entries")
    largest = max(float(np.abs(column).max()) for column in columns)
    pictures = []
    for use, width, left, entry in (("wide", 600, 108, 15), ("narrow", 350, 68, 14)):
        pitch = (width - 2 * left) / (steps - 1) if steps > 1 else 0
        cell, top, bottom = min(100.0, 0.66 * (pitch or 150)), 76, 76 + size * entry
        body = []
        for t, column in enumerate(columns):
            x = left + t * pitch
            body += [
                arrow([(x, top - 4), (x, 54)], ""),
                _box((x, 28), (cell / 2, 24), "d-cell", "LSTM", plain=True),
                math_text((x + entry / 2 + 6, top + 8), f"x_{t + 1}", 16, "", "start"),
            ]
            body += [
                rectangle(x - entry / 2, top + k * entry, entry, entry, f"d-cell-shade {shade(float(value), largest)}")
                for k, value in enumerate(column[0])
            ]
            body.append(element("rect", x=x - entry / 2, y=top, width=entry, height=size * entry, class_="d-outline"))
            if t:
                for y in (20, 36):
                    body.append(arrow([(x - pitch + cell / 2, y), (x - cell / 2, y)], ""))
            if inputs:
                body.append(plain_text((x, bottom + 14), inputs[t], 13, "d-word"))
        side, foot = left - entry / 2 - 10, bottom + (28 if inputs else 8)
        body += [
            _brace([(side + 4, top), (side, top), (side, bottom), (side + 4, bottom)]),
            plain_text((side - 6, (top + bottom) / 2), f"D = {size}", 12, "d-size", "end"),
            _brace([(left, foot), (left, foot + 5), (width - left, foot + 5), (width - left, foot)]),
            plain_text((width / 2, foot + 17), f"T = {steps}", 12, "d-size"),
            plain_text((width / 2, foot + 37), f"input: (B, T, D) = ({batch}, {steps}, {size})", 13),
        ]
        pictures.append(Picture(width, foot + 48, "".join(body), use))
    return pictures


LOOP = Drawing(draw_loop, "The loop over time, and the same unrolled", {"steps": whole(1, 4)})
INPUTS = Drawing(
    draw_inputs,
    "The input of a sequence",
    {"steps": whole(1, 4), "inputs": lambda text: tuple(split(text))},
)
