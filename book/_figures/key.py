"""The key: what each colour of the drawings means."""

from __future__ import annotations

from .drawing import Drawing, Source
from .names import GATES, kind_of, label_of
from .svg import Picture, arrow, group, math_text, plain_text, rectangle

# A name whose colour is shown, and the words beside it.
KINDS = (
    ("x", "input"),
    ("h", "states"),
    *zip(GATES, ("forget gate", "input gate", "candidate", "output gate"), strict=True),
    ("W_y", "other parameters"),
    ("p", "logits, probabilities, labels"),
    ("E", "loss"),
)
PITCH = 38


def draw_key(_source: Source) -> list[Picture]:
    """Every kind of node in its colour, the gradient's arrow, and the shades of values."""
    pictures = []
    for use, columns, width in (("wide", (8, 208, 408), 620), ("narrow", (8,), 350)):
        per_column = -(-(len(KINDS) + 2) // len(columns))
        body = []
        for k in range(len(KINDS) + 2):
            x, y = columns[k // per_column], PITCH * (k % per_column + 0.5)
            if k < len(KINDS):
                name, words = KINDS[k]
                shape = rectangle(x, y - 14, 48, 28, "d-shape", 7)
                body.append(group(shape, math_text((x + 24, y), label_of(name)), class_=f"d-node {kind_of(name)}"))
            elif k == len(KINDS):
                words = "way of a gradient"
                body.append(arrow([(x + 48, y), (x, y)], "d-gradient d-lit"))
            else:
                words = "values, − to +"
                body += [rectangle(x + 7 * n, y - 6, 7, 12, f"d-cell-shade d-s{n - 4}") for n in range(9)]
            indent = 72 if k > len(KINDS) else 58
            body.append(plain_text((x + indent, y), words, 12.5, "", "start"))
        pictures.append(Picture(width, PITCH * per_column, "".join(body), use))
    return pictures


KEY = Drawing(draw_key, "The colours of the drawings", {})
