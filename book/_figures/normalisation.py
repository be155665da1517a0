"""Layer normalisation of one row as a flow diagram, forward or backward: who reads what."""

from __future__ import annotations

from .drawing import Drawing, Source, choice, names
from .svg import Picture, Point, arrow, group, math_text, rectangle

WIDTH, HEIGHT, ABOVE, BELOW = 350, 150, 36, 112
# Middle of each box, half its width, its label (accents as combining characters), and the class that colours it.
NODES: dict[str, tuple[Point, float, str, str]] = {
    "x": ((28, BELOW), 24, "x", "d-input"),
    "mean": ((72, ABOVE), 24, "\U0001d707", "d-gate-f"),
    "deviation": ((116, BELOW), 24, "x\u0303", "d-input"),
    "variance": ((172, ABOVE), 28, r"\var", "d-gate-g"),
    "root": ((236, ABOVE), 24, "\U0001d70c", "d-gate-g"),
    "normalised": ((236, BELOW), 24, "x\u0302", "d-input"),
    "result": ((322, BELOW), 24, "\U0001d701", "d-state"),
}
EDGES: dict[tuple[str, str], list[Point]] = {
    ("x", "mean"): [(28, BELOW - 15), (28, ABOVE), (48, ABOVE)],
    ("mean", "deviation"): [(96, ABOVE), (104, ABOVE), (104, BELOW - 15)],
    ("x", "deviation"): [(52, BELOW), (92, BELOW)],
    ("deviation", "variance"): [(124, BELOW - 15), (124, ABOVE), (144, ABOVE)],
    ("variance", "root"): [(200, ABOVE), (212, ABOVE)],
    ("root", "normalised"): [(236, ABOVE + 15), (236, BELOW - 15)],
    ("deviation", "normalised"): [(140, BELOW), (212, BELOW)],
    ("normalised", "result"): [(260, BELOW), (298, BELOW)],
}


def draw_normalisation(source: Source, *, lit: tuple[str, ...] = (), direction: str = "forward") -> list[Picture]:
    """One layout that fits a narrow page, too.  An edge is lit between two nodes that are."""
    backward = direction == "backward"

    def state(*ends: str) -> str:
        return "" if not lit else "d-lit" if set(ends) <= set(lit) else "d-dim"

    body = []
    for ends, points in EDGES.items():
        colour = f"d-gradient {state(*ends)}" if backward else state(*ends)
        body.append(arrow(points[::-1] if backward else points, colour.strip()))
    for name, (at, half, text, kind) in NODES.items():
        box = rectangle(at[0] - half, at[1] - 15, 2 * half, 30, "d-shape", 7)
        label = math_text(at, (r"\delta " if backward else "") + text)
        body.append(group(box, label, class_=f"d-node {kind} {state(name)}".strip()))
    return [Picture(WIDTH, HEIGHT, "".join(body))]


NORMALISATION = Drawing(
    draw_normalisation,
    "layer normalisation",
    {"lit": names(NODES), "direction": choice("forward", "backward")},
)
