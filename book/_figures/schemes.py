"""Schemes without geometry of their own: sequence organisations, the softmax chain, the equations in reverse."""

from __future__ import annotations

from html import escape

import numpy as np

from .drawing import Drawing, Source, choice, figure, known, names, split
from .svg import Panel, Picture, arrow, group, math_text, plain_text, rectangle

# Which steps have an input and which an output, out of how many.
ORGANISATIONS = {
    "one-to-one": (1, (0,), (0,)),
    "one-to-many": (3, (0,), (0, 1, 2)),
    "many-to-one": (3, (0, 1, 2), (2,)),
    "many-to-many": (5, (0, 1, 2), (2, 3, 4)),
    "many-to-many-aligned": (3, (0, 1, 2), (0, 1, 2)),
}
CAPTIONS = {
    "many-to-many": ("many-to-many,", "one after the other"),
    "many-to-many-aligned": ("many-to-many,", "step by step"),
}


def _organisation(name: str, middle: float, top: float, state: str) -> str:
    steps, inputs, outputs = ORGANISATIONS[name]
    box, pitch = 20, 30
    first = middle - (steps - 1) * pitch / 2
    out = []
    for t in range(steps):
        x = first + t * pitch
        rows = [(top + 48, "d-cell")]
        if t in inputs:
            rows.append((top + 96, "d-input"))
            out.append(arrow([(x, top + 86), (x, top + 58)], state, 6))
        if t in outputs:
            rows.append((top, "d-output"))
            out.append(arrow([(x, top + 38), (x, top + 10)], state, 6))
        if t:
            out.append(arrow([(x - pitch + box / 2, top + 48), (x - box / 2, top + 48)], state, 6))
        out += [
            group(rectangle(x - box / 2, y - box / 2, box, box, "d-shape", 4), class_=f"d-node {kind} {state}".strip())
            for y, kind in rows
        ]
    for k, words in enumerate(CAPTIONS.get(name, (name,))):
        out.append(plain_text((middle, top + 124 + 16 * k), words, 12, state))
    return group(*out)


def draw_organisations(_source: Source, *, lit: tuple[str, ...] = ()) -> list[Picture]:
    """The five ways to tie a sequence of inputs to outputs: inputs below, cells in the middle, outputs above."""
    wide = dict(zip(ORGANISATIONS, ((50, 14), (165, 14), (295, 14), (455, 14), (620, 14)), strict=True))
    narrow = dict(zip(ORGANISATIONS, ((48, 14), (164, 14), (290, 14), (92, 186), (272, 186)), strict=True))
    pictures = []
    for use, size, places in (("wide", (690, 166), wide), ("narrow", (350, 338), narrow)):
        body = [
            _organisation(name, x, y, "" if not lit else "d-lit" if name in lit else "d-dim")
            for name, (x, y) in places.items()
        ]
        pictures.append(Picture(*size, "".join(body), use))
    return pictures


def _column(
    left: float, width: float, top: float, texts: list[str], kind: str, lit_row: int | None, size: float
) -> str:
    out = []
    for k, text in enumerate(texts):
        state = "" if lit_row is None else "d-lit" if k == lit_row else "d-dim"
        y = top + 26 * k
        out.append(
            group(
                rectangle(left, y, width, 24, "d-shape", 4),
                plain_text((left + width / 2, y + 12), text, size),
                class_=f"d-node {kind} {state}".strip(),
            )
        )
    return group(*out)


def draw_dataflow(source: Source, *, direction: str = "forward") -> list[Picture]:
    """Logits to softmax to the product with the one-hot label to the sum, with numbers; backward adds the gradient."""
    logits, p, y = (np.ravel(source.array(name)) for name in ("logits", "p", "y"))
    loss = float(np.ravel(source.array("loss"))[0])
    if not logits.shape == p.shape == y.shape:
        raise ValueError(f"logits {logits.shape}, p {p.shape} and y {y.shape} must be of one length")
    true = int(np.argmax(y))
    # The one-hot label picks one logarithm: the others are multiplied by 0.
    terms = [
        "0" if chosen == 0 else figure(-float(chosen) * float(np.log(value)))
        for chosen, value in zip(y, p, strict=True)
    ]
    count, pictures = len(logits), []
    for use, widths, gaps, size in (
        ("wide", (84, 84, 34, 84, 84), (92, 44, 52, 60), 13),
        ("narrow", (56, 56, 20, 54, 48), (48, 20, 20, 28), 11),
    ):
        lefts = [4.0]
        for width, gap in zip(widths, gaps, strict=False):
            lefts.append(lefts[-1] + width + gap)
        top, middle = 50, 50 + 13 * count - 1
        body = [
            _column(lefts[0], widths[0], top, [figure(float(v)) for v in logits], "d-output", None, size),
            _column(lefts[1], widths[1], top, [figure(float(v)) for v in p], "d-output", None, size),
            _column(lefts[2], widths[2], top, [figure(float(v)) for v in y], "d-output", true, size),
            _column(lefts[3], widths[3], top, terms, "d-loss", true, size),
            _column(lefts[4], widths[4], middle - 12, [figure(loss)], "d-loss", None, size),
        ]
        heads = (r"\ell", "p", "y", r"-y\,\log p", "E")
        body += [
            math_text((lefts[k] + widths[k] / 2, 20 if k < 4 else middle - 32), text, 15 if use == "narrow" else 17)
            for k, text in enumerate(heads)
        ]
        for k, sign in enumerate(("softmax", r"\odot", "", r"\sum")):
            start, end = lefts[k] + widths[k], lefts[k + 1]
            centre = (start + end) / 2
            if sign == r"\odot":
                body.append(math_text((centre, middle), sign, 16))
                continue
            body.append(arrow([(start + 3, middle), (end - 3, middle)], ""))
            if sign == "softmax":
                body.append(math_text((centre, middle - 11), r"\softmax", 12 if use == "narrow" else 15))
            elif sign:
                body.append(math_text((centre, middle - 15), sign, 16))
        right = lefts[4] + widths[4]
        bottom = top + 26 * count
        if direction == "backward":
            back = np.ravel(source.array("d_logits"))
            if back.shape != p.shape or not np.allclose(back, p - y, rtol=1e-9, atol=1e-12):
                raise ValueError("the values' d_logits is not p - y, which the drawing says it is")
            gradient = [figure(float(v)) for v in back]
            low = bottom + 40
            body.append(_column(lefts[0], widths[0], low, gradient, "d-output", None, size))
            body.append(math_text((lefts[0] + widths[0] / 2, low - 18), r"\delta \ell", 15 if use == "narrow" else 17))
            level, x = low + 13 * count - 1, lefts[4] + widths[4] / 2
            body.append(arrow([(x, middle + 15), (x, level), (lefts[0] + widths[0] + 4, level)], "d-gradient d-lit"))
            centre = ((lefts[0] + widths[0] + x) / 2, level - 15)
            body.append(math_text(centre, r"\delta \ell\, = p - y", 16, "d-gradient"))
            bottom = low + 26 * count
        pictures.append(Picture(right + 4, bottom + 4, "".join(body), use))
    return pictures


def draw_backwards(source: Source, *, lit: tuple[str, ...] = (), only: tuple[str, ...] = ()) -> Panel:
    """The forward equations from last to first, some lit: the order in which the chain rule meets them."""
    if not source.equations:
        raise ValueError("the configuration value drawings_equations is empty")
    known((*lit, *only), source.equations, "equation")
    rows = []
    for name, tex in reversed(source.equations.items()):
        if only and name not in only:
            continue
        state = "" if not lit else "d-lit" if name in lit else "d-dim"
        shown = source.math(tex) if source.math else f"<code>{escape(tex)}</code>"
        current = ' aria-current="true"' if state == "d-lit" else ""
        rows.append(f'<li class="{state}"{current}>{shown}</li>' if state else f"<li>{shown}</li>")
    return Panel(f'<ol class="drawing-equations">{"".join(rows)}</ol>')


def _listed(text: str) -> tuple[str, ...]:
    return tuple(split(text))


ORGANISATION = Drawing(draw_organisations, "Organisations of a sequence task", {"lit": names(ORGANISATIONS)})
DATAFLOW = Drawing(draw_dataflow, "Softmax and cross-entropy", {"direction": choice("forward", "backward")})
BACKWARDS = Drawing(draw_backwards, "The forward equations in reverse", {"lit": _listed, "only": _listed})
