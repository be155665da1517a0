"""The LSTM cell as a flow diagram, forward or backward.

Positions are written in flow coordinates (along, across): the wide layout runs left to right, the narrow one is the
same diagram turned to run top to bottom, so both share every node, edge and rule for what is lit.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .cell_layout import EXITS, NARROW, OPERATIONS, WIDE, Layout
from .drawing import Drawing, Source, choice, first, names, whole
from .names import GATES, gradient_of, kind_of, label_of
from .svg import Picture, arrow, circle, group, math_text, plain_text, rectangle

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
        (lit if bright else dim).append(arrow(points, f"{colour} {state}".strip(), data_needs=f"{start} {end}"))
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
            sign = math_text(at, mark, 13 if wide else 16)
            out.append(group(shape, sign, class_=f"d-operation {state}".strip(), data_needs=name))
            continue
        text = label_of(gradient_of(name) if backward else name)
        shape = rectangle(at[0] - width, at[1] - height, 2 * width, 2 * height, "d-shape", 7)
        classes = f"d-node {kind_of(name)} {state}".strip()
        shown = gradient_of(name) if backward else name
        out.append(group(shape, math_text(at, text), class_=classes, data_needs=name, data_name=shown))
    return out


def _squares(layout: Layout, places: tuple[str, ...], parts: set[str], any_lit: bool, backward: bool) -> list[str]:
    """A square on the edge on which a row is normalised: before a pre-activation, or before the cell state."""
    out = []
    for place in places:
        start, end = ("add", "c") if place == "c" else ("z", f"a_{place}")
        (first, across), (last, _) = layout.port(start, "+u", end), layout.port(end, "-u", start)
        head = -4 if not backward else 4  # the arrow's head stays in sight
        at = layout.point((first + last + head) / 2, across)
        state = "" if not any_lit else "d-lit" if {start, end} <= parts else "d-dim"
        square = rectangle(at[0] - 6, at[1] - 6, 12, 12, "d-shape")
        out.append(group(square, class_=f"d-node d-param {state}".strip()))
    return out


def _words(layout: Layout, parts: set[str], any_lit: bool, backward: bool) -> list[str]:
    out = []
    for name, (x, y, anchor) in layout.words.items():
        state = "" if not any_lit else "d-lit" if name in parts else "d-dim"
        if name == "output":
            size = 12 if layout.turned else 13
            out.append(plain_text((x, y), "output layer", size, state, anchor, data_needs=name))
        else:
            handed_back = label_of("d_c_next" if name == "c_next" else "d_h_next")
            text, size = (handed_back, 16) if backward else (r"t\,+\,1", 14)
            out.append(math_text((x, y), text, size, state, anchor, data_needs=name))
    if backward:
        # A factor belongs to the edge between its product and the node, so it is lit with that edge.
        product = {"c_prev": "keep", "f": "keep", "i": "write", "g": "write", "o": "show", "tanh_c": "show"}
        for name, (x, y, anchor) in layout.factors.items():
            bright = {name, product[name]} <= parts
            state = "" if not any_lit else "d-lit" if bright else "d-dim"
            size = 15 if layout.turned else 16
            classes, needs = f"d-factor {state}".strip(), f"{name} {product[name]}"
            out.append(math_text((x, y), r"\odot\," + FACTORS[name], size, classes, anchor, data_needs=needs))
    return out


def _shape(array: np.ndarray) -> str:
    """The shape of a value as rows times columns; a vector is one row."""
    return " × ".join(map(str, np.atleast_2d(array).shape))


def _numbers(
    layout: Layout, source: Source, shown: tuple[str, ...], backward: bool, step: int | None, shapes: bool
) -> list[str]:
    out, differ = [], False
    for name in shown:
        value = gradient_of(name) if backward else name
        found = source.array(value, step)
        array = np.ravel(found)
        text = _shape(found) if shapes else first(array, 3 if layout.turned else 4)
        differ = differ or not (shapes or np.allclose(array, array[0], rtol=1e-9, atol=0))
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
                data_number=value,
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
    show: str = "numbers",
    normalised: tuple[str, ...] = (),
    layouts: tuple[Layout, ...] = (WIDE, NARROW),
    more: Callable[[Layout, set[str], bool, bool], list[str]] | None = None,
) -> list[Picture]:
    """The cell in both layouts.  With values, every lit node (or those in ``numbers``) carries its number, or shape.

    A variation of the cell gives layouts of its own, and draws ``more`` below the nodes.
    """
    backward = direction == "backward"
    parts, any_lit = lit_parts(lit), bool(lit)
    shown: tuple[str, ...] = ()
    if numbers is not None:
        shown = numbers
    elif source.values is not None:
        shown = tuple(name for name in (lit or VALUES) if name in VALUES)
    pictures = []
    for layout in layouts:
        body = [rectangle(*layout.frame, "d-frame", 12)]
        for part in (_edges, *([more] if more else []), _nodes, _words):
            body += part(layout, parts, any_lit, backward)
        body += _squares(layout, normalised, parts, any_lit, backward)
        body += _numbers(layout, source, shown, backward, step, show == "shapes")
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
        "show": choice("numbers", "shapes"),
        "normalised": names((*GATES, "c"), gates=GATES),
    },
)
