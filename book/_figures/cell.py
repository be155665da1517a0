"""The LSTM cell as a flow diagram, forward or backward.

Positions are written in flow coordinates (along, across): the wide layout runs left to right, the narrow one is the
same diagram turned to run top to bottom, so both share every node, edge and rule for what is lit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .drawing import Drawing, Source, choice, first, names, whole
from .names import GATES, gradient_of, kind_of, label_of
from .svg import Picture, Point, arrow, circle, group, math_text, plain_text, rectangle

VALUES = (
    "x",
    "h_prev",
    "c_prev",
    "z",
    *(f"a_{gate}" for gate in GATES),
    *GATES,
    "c",
    "tanh_c",
    "h",
)
EXITS = ("c_next", "h_next", "output")
OPERATIONS = {
    **{f"act_{gate}": r"\tanh" if gate == "g" else r"\sigma" for gate in GATES},
    "keep": r"\odot",
    "write": r"\odot",
    "add": "+",
    "tanh": r"\tanh",
    "show": r"\odot",
}
# (from, side it leaves by, to, side it enters by); sides are along (u) or across (v) the flow.
EDGES = (
    ("x", "+u", "z", "-u"),
    ("h_prev", "+u", "z", "-u"),
    *((("z", "+u", f"a_{gate}", "-u")) for gate in GATES),
    *((f"a_{gate}", "+u", f"act_{gate}", "-u") for gate in GATES),
    *((f"act_{gate}", "+u", gate, "-u") for gate in GATES),
    ("c_prev", "+u", "keep", "-u"),
    ("f", "+u", "keep", "+v"),
    ("i", "+u", "write", "-v"),
    ("g", "+u", "write", "+v"),
    ("keep", "+u", "add", "-u"),
    ("write", "+u", "add", "+v"),
    ("add", "+u", "c", "-u"),
    ("c", "+v", "tanh", "-v"),
    ("tanh", "+v", "tanh_c", "-v"),
    ("tanh_c", "+v", "show", "-v"),
    ("o", "+u", "show", "-u"),
    ("show", "+u", "h", "-u"),
    ("c", "+u", "c_next", "-u"),
    ("h", "+u", "h_next", "-u"),
    ("h", "-v", "output", "+v"),
)
# What a product multiplies the gradient by on its way back to each of its factors.
FACTORS = {"c_prev": "f_t", "f": "c_{t-1}", "i": "g_t", "g": "i_t", "o": r"\tanh(c_t)", "tanh_c": "o_t"}


@dataclass(frozen=True)
class Layout:
    """Where everything stands: ``along`` and ``across`` give flow coordinates by name, the rest is in pixels."""

    use: str
    size: tuple[float, float]
    along: dict[str, float]
    across: dict[str, float]
    factors: dict[str, tuple[float, float, str]]
    numbers: dict[str, tuple[float, float, str]]  # offset from the node, and anchor
    words: dict[str, tuple[float, float, str]]
    number_size: float
    z_ends: tuple[float, float]
    frame: tuple[float, float, float, float]
    note: Point

    @property
    def turned(self) -> bool:
        return self.use == "narrow"

    def point(self, u: float, v: float) -> Point:
        return (v, u) if self.turned else (u, v)

    def flow(self, name: str) -> tuple[float, float]:
        """Flow coordinates of a node."""
        column = name if name in self.along else name.split("_")[0]  # a_f and act_f share their column's entry
        row = name if name in self.across else name.rsplit("_", 1)[-1]
        return self.along.get(column, self.along["gate"]), self.across[row]

    def half(self, name: str) -> tuple[float, float]:
        """Half the extent of a node in pixels."""
        if name in EXITS:
            return (0.0, 0.0)
        if name in OPERATIONS:
            return (19, 13) if OPERATIONS[name] == r"\tanh" else (13, 13)
        if name == "z":
            reach = (self.z_ends[1] - self.z_ends[0]) / 2
            return (reach, 16) if self.turned else (21, reach)
        return (41, 15) if name == "tanh_c" else (24, 15)

    def port(self, name: str, side: str, other: str) -> tuple[float, float]:
        """The point, in flow coordinates, where an edge meets a node; the bar z is met opposite the other node."""
        u, v = self.flow(name)
        if name == "z":
            v = self.flow(other)[1]
        half_u, half_v = self.half(name)[::-1] if self.turned else self.half(name)
        sign = 1 if side[0] == "+" else -1
        return (u + sign * half_u, v) if side[1] == "u" else (u, v + sign * half_v)


WIDE = Layout(
    use="wide",
    size=(720, 356),
    along={
        "x": 34,
        "h_prev": 34,
        "c_prev": 34,
        "z": 108,
        "a": 182,
        "act": 244,
        "gate": 306,
        "keep": 366,
        "write": 420,
        "add": 474,
        "c": 548,
        "tanh": 548,
        "tanh_c": 548,
        "show": 548,
        "h": 636,
        "output": 636,
        "c_next": 714,
        "h_next": 714,
    },
    across={
        "c_prev": 48,
        "c": 48,
        "keep": 48,
        "add": 48,
        "c_next": 48,
        "f": 122,
        "i": 182,
        "g": 242,
        "o": 302,
        "write": 212,
        "x": 162,
        "h_prev": 262,
        "z": 212,
        "tanh": 112,
        "tanh_c": 182,
        "show": 302,
        "h": 302,
        "h_next": 302,
        "output": 244,
    },
    factors={
        "c_prev": (210, 35, "middle"),
        "f": (373, 92, "start"),
        "i": (374, 170, "middle"),
        "g": (374, 255, "middle"),
        "o": (432, 290, "middle"),
        "tanh_c": (555, 250, "start"),
    },
    numbers={"c": (0, -25, "middle"), "tanh_c": (46, 0, "start"), "z": (0, 111, "middle")},
    words={"c_next": (714, 33, "end"), "h_next": (716, 318, "end"), "output": (636, 232, "middle")},
    number_size=12.5,
    z_ends=(112, 312),
    frame=(72, 8, 526, 340),
    note=(578, 335),
)
NARROW = Layout(
    use="narrow",
    size=(350, 612),
    along={
        "x": 24,
        "h_prev": 24,
        "c_prev": 24,
        "z": 92,
        "a": 152,
        "act": 208,
        "gate": 260,
        "keep": 314,
        "write": 358,
        "add": 410,
        "c": 464,
        "tanh": 464,
        "tanh_c": 464,
        "show": 464,
        "h": 534,
        "output": 534,
        "c_next": 590,
        "h_next": 590,
    },
    across={
        "c_prev": 30,
        "c": 30,
        "keep": 30,
        "add": 30,
        "c_next": 30,
        "f": 93,
        "i": 155,
        "g": 217,
        "o": 279,
        "write": 186,
        "x": 150,
        "h_prev": 236,
        "z": 186,
        "tanh": 94,
        "tanh_c": 177,
        "show": 279,
        "h": 279,
        "h_next": 279,
        "output": 217,
    },
    factors={
        "c_prev": (36, 190, "start"),
        "f": (62, 301, "middle"),
        "i": (149, 330, "end"),
        "g": (223, 330, "start"),
        "o": (272, 394, "end"),
        "tanh_c": (242, 451, "middle"),
    },
    numbers={
        "c": (6, 26, "start"),
        "tanh_c": (0, 25, "middle"),
        "h": (-6, 26, "end"),
        "z": (110, 0, "end"),
        "a_i": (5, 36, "start"),
        "a_o": (5, 36, "start"),
        "i": (5, 36, "start"),
        "o": (5, 36, "start"),
        "x": (-28, 0, "end"),
        "h_prev": (28, 0, "start"),
    },
    words={"c_next": (38, 582, "start"), "h_next": (271, 582, "end"), "output": (212, 534, "end")},
    number_size=11,
    z_ends=(69, 303),
    frame=(0.5, 58, 349, 438),
    note=(244, 603),
)


def lit_parts(lit: tuple[str, ...]) -> set[str]:
    """The nodes that are lit: those named, and each operation between what is lit."""
    chosen = set(lit)
    parts = set(chosen)
    for gate in GATES:
        if {gate, f"a_{gate}"} <= chosen:
            parts.add(f"act_{gate}")
    if "c" in chosen:
        parts |= {"keep"} if chosen & {"f", "c_prev"} else set()
        parts |= {"write"} if chosen & {"i", "g"} else set()
        parts |= {"add"} if parts & {"keep", "write"} else set()
        parts |= {"tanh"} if "tanh_c" in chosen else set()
    if "h" in chosen and chosen & {"o", "tanh_c"}:
        parts.add("show")
    return parts


def _edges(layout: Layout, parts: set[str], any_lit: bool, backward: bool) -> list[str]:
    dim, lit = [], []
    for start, leave, end, enter in EDGES:
        first, last = layout.port(start, leave, end), layout.port(end, enter, start)
        flow = [first, last] if leave[1] == enter[1] else [first, (last[0], first[1]), last]
        points = [layout.point(*at) for at in (flow[::-1] if backward else flow)]
        bright = any_lit and start in parts and end in parts
        state = "d-lit" if bright else "d-dim" if any_lit else ""
        colour = "d-gradient" if backward else ""
        (lit if bright else dim).append(arrow(points, f"{colour} {state}".strip()))
    return dim + lit  # lit edges last: they stay whole where a dim one touches them


def _nodes(layout: Layout, parts: set[str], any_lit: bool, backward: bool) -> list[str]:
    out = []
    for name in (*VALUES, *OPERATIONS):
        state = "" if not any_lit else "d-lit" if name in parts else "d-dim"
        at = layout.point(*layout.flow(name))
        width, height = layout.half(name)
        if name in OPERATIONS:
            symbol = OPERATIONS[name]
            wide = symbol == r"\tanh"
            mark = symbol + r"^\prime" if backward and (wide or symbol == r"\sigma") else symbol
            shape = (
                rectangle(at[0] - width, at[1] - height, 2 * width, 2 * height, "d-shape", height)
                if wide
                else circle(at, width, "d-shape")
            )
            out.append(group(shape, math_text(at, mark, 13 if wide else 16), class_=f"d-operation {state}".strip()))
            continue
        text = label_of(gradient_of(name) if backward else name)
        shape = rectangle(at[0] - width, at[1] - height, 2 * width, 2 * height, "d-shape", 7)
        out.append(group(shape, math_text(at, text), class_=f"d-node {kind_of(name)} {state}".strip()))
    return out


def _words(layout: Layout, parts: set[str], any_lit: bool, backward: bool) -> list[str]:
    out = []
    for name, (x, y, anchor) in layout.words.items():
        state = "" if not any_lit else "d-lit" if name in parts else "d-dim"
        if name == "output":
            out.append(plain_text((x, y), "output layer", 12 if layout.turned else 13, state, anchor))
        else:
            handed_back = label_of("d_c" if name == "c_next" else "d_h_next")
            text, size = (handed_back, 16) if backward else (r"t\,+\,1", 14)
            out.append(math_text((x, y), text, size, state, anchor))
    if backward:
        # A factor belongs to the edge between its product and the node, so it is lit with that edge.
        product = {"c_prev": "keep", "f": "keep", "i": "write", "g": "write", "o": "show", "tanh_c": "show"}
        for name, (x, y, anchor) in layout.factors.items():
            bright = {name, product[name]} <= parts
            state = "" if not any_lit else "d-lit" if bright else "d-dim"
            size = 15 if layout.turned else 16
            out.append(math_text((x, y), r"\odot\," + FACTORS[name], size, f"d-factor {state}".strip(), anchor))
    return out


def _numbers(layout: Layout, source: Source, shown: tuple[str, ...], backward: bool, step: int | None) -> list[str]:
    out, differ = [], False
    for name in shown:
        array = np.ravel(source.array(gradient_of(name) if backward else name, step))
        text = first(array, 3 if layout.turned else 4)
        differ = differ or not np.allclose(array, array[0], rtol=1e-9, atol=0)
        at = layout.point(*layout.flow(name))
        dx, dy, anchor = layout.numbers.get(name, (5, 23, "start") if layout.turned else (0, 27, "middle"))
        inside = layout.turned and name == "z"
        out.append(
            plain_text(
                (at[0] + dx, at[1] + dy),
                text,
                layout.number_size,
                "d-number d-inside" if inside else "d-number",
                anchor,
            )
        )
    if differ:
        out.append(plain_text(layout.note, "numbers: first component", 11 if layout.turned else 12, "d-note", "end"))
    return out


def draw_cell(
    source: Source,
    *,
    lit: tuple[str, ...] = (),
    direction: str = "forward",
    step: int | None = None,
    numbers: tuple[str, ...] | None = None,
) -> list[Picture]:
    """The cell in both layouts.  With values, every lit node (or those in ``numbers``) carries its number."""
    backward = direction == "backward"
    parts, any_lit = lit_parts(lit), bool(lit)
    shown: tuple[str, ...] = ()
    if numbers is not None:
        shown = numbers
    elif source.values is not None:
        shown = tuple(name for name in (lit or VALUES) if name in VALUES)
    pictures = []
    for layout in (WIDE, NARROW):
        body = [rectangle(*layout.frame, "d-frame", 12)]
        for part in (_edges, _nodes, _words):
            body += part(layout, parts, any_lit, backward)
        body += _numbers(layout, source, shown, backward, step)
        pictures.append(Picture(*layout.size, "".join(body), layout.use))
    return pictures


CELL = Drawing(
    draw_cell,
    "LSTM cell",
    {
        "lit": names((*VALUES, *EXITS), gates=GATES, pre_activations=[f"a_{gate}" for gate in GATES]),
        "direction": choice("forward", "backward"),
        "step": whole(1, 10_000),
        "numbers": names(VALUES),
    },
)
