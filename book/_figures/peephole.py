"""The LSTM cell with its three peephole connections, forward or backward."""

from __future__ import annotations

from dataclasses import replace

from .cell import CELL, draw_cell
from .cell_layout import NARROW, WIDE, Layout
from .drawing import Drawing, Source
from .svg import Picture, arrow, math_text

# Gate -> (the state it reads, the way from the state's own line to the pre-activation in flow coordinates, and where
# the weight is written, in pixels).
LOWER = 24  # how far the output gate's row moves down in the wide layout, to leave room for its peephole
WAYS = {
    "wide": {
        "f": ("c_prev", [(182, 48), (182, 107)], (189, 79, "start")),
        "i": ("c_prev", [(143, 48), (143, 174), (158, 174)], (138, 79, "end")),
        "o": ("c", [(500, 48), (500, 285), (182, 285), (182, 311)], (456, 275, "middle")),
    },
    "narrow": {
        "f": ("c_prev", [(152, 30), (152, 69)], (66, 141, "end")),
        "i": ("c_prev", [(120, 30), (120, 143), (137, 143)], (66, 109, "end")),
        "o": ("c", [(437, 30), (437, 338), (152, 338), (152, 303)], (332, 340, "end")),
    },
}
LOWERED = ("o", "show", "h", "h_next")
WIDER = replace(
    WIDE,
    size=(WIDE.size[0], WIDE.size[1] + LOWER),
    across={**WIDE.across, **{name: WIDE.across[name] + LOWER for name in LOWERED}, "z": WIDE.across["z"] + LOWER / 2},
    factors={**WIDE.factors, "o": (432, 290 + LOWER, "middle")},
    numbers={**WIDE.numbers, "z": (0, 111 + LOWER / 2, "middle")},
    words={**WIDE.words, "h_next": (716, 318 + LOWER, "end")},
    z_ends=(WIDE.z_ends[0], WIDE.z_ends[1] + LOWER),
    frame=(*WIDE.frame[:3], WIDE.frame[3] + LOWER),
    note=(WIDE.note[0], WIDE.note[1] + LOWER),
)


def _connections(layout: Layout, parts: set[str], any_lit: bool, backward: bool) -> list[str]:
    out = []
    for gate, (state, way, (x, y, anchor)) in WAYS[layout.use].items():
        bright = any_lit and {state, f"a_{gate}"} <= parts
        light = "d-lit" if bright else "d-dim" if any_lit else ""
        points = [layout.point(*at) for at in (way[::-1] if backward else way)]
        out.append(arrow(points, f"{'d-gradient' if backward else ''} {light}".strip()))
        text, kind = (r"\odot\," if backward else "") + rf"\pi_{gate}", "d-factor " if backward else ""
        out.append(math_text((x, y), text, 15, f"{kind}{light}".strip(), anchor))
    return out


def draw_peephole(source: Source, **options: object) -> list[Picture]:
    """The cell with peepholes in both layouts; options as those of the cell."""
    return draw_cell(source, layouts=(WIDER, NARROW), more=_connections, **options)


PEEPHOLE = Drawing(draw_peephole, "LSTM cell with peephole connections", CELL.options)
