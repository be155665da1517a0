"""The weights beside what uses them: the biases as one more column, and each gate's block beside its equations."""

from __future__ import annotations

from html import escape

from .drawing import Drawing, Source
from .names import GATES, label_of
from .svg import Panel, Picture, group, line, math_text, plain_text, rectangle


def sizes_of(source: Source) -> tuple[int, int]:
    """D and H of the values."""
    found = source.size("D"), source.size("H")
    if found[0] is None or found[1] is None:
        raise ValueError("the drawing shows the sizes D and H, which needs the option :values: with both")
    return found[0], found[1]


def _block(x: float, y: float, width: float, height: float, kind: str, text: str = "", size: float = 16) -> str:
    inside = math_text((x + width / 2, y + height / 2), text, size) if text else ""
    return group(rectangle(x, y, width, height, "d-shape"), inside, class_=f"d-node {kind}")


def draw_joined(source: Source) -> list[Picture]:
    """Weights and biases in one matrix: the biases are the last column, and meet a 1 below z."""
    inputs, units = sizes_of(source)
    weights = source.array("W")
    if weights.shape != (4 * units, inputs + units):
        raise ValueError(f"W has the shape {weights.shape}, not that of four gates, {(4 * units, inputs + units)}")
    pictures = []
    for use, left, entry, stack, gap, size in (("wide", 60, 19.0, 216, 44, 16), ("narrow", 26, 9.6, 200, 30, 14)):
        top, row = 48, stack / 4
        body_width, small = entry * (inputs + units), 12 if use == "wide" else 11
        bias = max(entry, 26)  # wide enough for its label
        body = []
        for k, gate in enumerate(GATES):
            y = top + k * row
            body.append(_block(left, y, body_width, row, f"d-gate-{gate}", label_of(f"W_{gate}"), size + 2))
            body.append(_block(left + body_width, y, bias, row, f"d-gate-{gate}", label_of(f"b_{gate}"), size))
            body.append(plain_text((left - 13, y + row / 2), str(units), small, "d-size"))
        right = left + body_width + bias
        for start, end, text in ((left, left + body_width, str(inputs + units)), (right - bias, right, "1")):
            body.append(
                line([(start + 2, top - 4), (start + 2, top - 9), (end - 2, top - 9), (end - 2, top - 4)], "d-brace")
            )
            body.append(plain_text(((start + end) / 2, top - 19), text, small, "d-size"))
        foot = top + stack + 14
        body.append(plain_text(((left + right) / 2, foot), f"{4 * units} × {inputs + units + 1}", small, "d-size"))
        x, column = right + gap, 44 if use == "wide" else 34
        tall, one = stack * 0.72, 24
        upper = tall * inputs / (inputs + units)
        body += [
            math_text((right + gap / 2, top + stack / 2), r"\cdot", 18),
            _block(x, top, column, upper, "d-input", "x_t", size),
            _block(x, top + upper, column, tall - upper, "d-state", "h_{t-1}", size - 2),
            _block(x, top + tall, column, one, "d-param", "1", size),
            plain_text((x + column / 2, top + tall + one + 14), f"{inputs + units + 1} × 1", small, "d-size"),
            math_text((x + column + gap / 2, top + stack / 2), "=", 18),
        ]
        x += column + gap
        for k, gate in enumerate(GATES):
            shown = label_of(f"a_{gate}") if use == "wide" else label_of(f"a_{gate}").replace(",t", "")
            body.append(_block(x, top + k * row, column, row, f"d-gate-{gate}", shown, size))
        body.append(plain_text((x + column / 2, foot), f"{4 * units} × 1", small, "d-size"))
        pictures.append(Picture(x + column + 12, foot + 12, "".join(body), use))
    return pictures


def draw_gates(source: Source) -> Panel:
    """A row for every gate: its weights and biases with their sizes, and the two equations that use them.

    The equations come from the configuration, so they are those of the code.
    """
    inputs, units = sizes_of(source)
    for gate in GATES:
        for name in (gate, f"a_{gate}"):
            if name not in source.equations:
                raise ValueError(f"the configuration value drawings_equations holds no '{name}'")
    rows = []
    for gate in GATES:
        kind = f"d-gate-{gate}"
        body = [
            _block(2, 6, 120, 40, kind, label_of(f"W_{gate}"), 17),
            _block(134, 6, 26, 40, kind, label_of(f"b_{gate}"), 15),
            plain_text((62, 57), f"{units} × {inputs + units}", 12, "d-size"),
            plain_text((147, 57), f"{units} × 1", 12, "d-size"),
        ]
        # The sizes and names stand in the picture as text, so it needs no description beside that of the whole panel.
        svg = (
            '<svg class="drawing-picture" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 164 66" width="164"'
            f' height="66" role="presentation">{"".join(body)}</svg>'
        )
        shown = [source.equations[name] for name in (f"a_{gate}", gate)]
        maths = "".join(
            f"<div>{source.math(tex) if source.math else f'<code>{escape(tex)}</code>'}</div>" for tex in shown
        )
        rows.append(f"<li>{svg}<div>{maths}</div></li>")
    return Panel(f'<ul class="drawing-gates">{"".join(rows)}</ul>')


JOINED = Drawing(draw_joined, "Weights and biases in one matrix", {})
GATE_EQUATIONS = Drawing(draw_gates, "The equations beside the weights they use", {})
