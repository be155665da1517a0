"""The GRU as a flow diagram, forward or backward, under either convention for its reset gate.

As in the drawing of the LSTM cell, places are written in flow coordinates (along, across): the wide layout runs left to
right, the narrow one is the same diagram turned.
"""

from __future__ import annotations

import numpy as np

from .drawing import Drawing, Source, choice, first, names, whole
from .gru_layout import EXITS, GATES, NARROW, OPERATIONS, WIDE, Plan
from .names import gradient_of, label_of
from .svg import Picture, arrow, circle, group, math_text, plain_text, rectangle

COMMON = ("x", "h_prev", "z", *(f"a_{gate}" for gate in GATES), *GATES, "h")
ONLY = {"before": ("s", "z_g"), "after": ("v",)}
KINDS = {"r": "d-gate-i", "u": "d-gate-f", "g": "d-gate-g"}
STATES = ("h_prev", "h", "s", "v")
# (from, side it leaves by, to, side it enters by); sides are along (u) or across (v) the flow.
EDGES = (
    ("h_prev", "+v", "z", "-u"),
    ("x", "-v", "z", "-u"),
    *(("z", "+u", f"a_{gate}", "-u") for gate in "ru"),
    *((f"a_{gate}", "+u", f"act_{gate}", "-u") for gate in GATES),
    *((f"act_{gate}", "+u", gate, "-u") for gate in GATES),
    ("h_prev", "+u", "keep", "-u"),
    ("u", "+u", "keep", "+v"),
    ("u", "+u", "flip", "-u"),
    ("r", "+u", "reset", "-u"),
    ("flip", "+v", "write", "-v"),
    ("g", "+u", "write", "-u"),
    ("keep", "+u", "add", "-u"),
    ("write", "+u", "add", "+v"),
    ("add", "+u", "h", "-u"),
    ("h", "+u", "h_next", "-u"),
    ("h", "+v", "output", "-v"),
)
EDGES_OF = {
    "before": (
        ("h_prev", "+u", "reset", "-v"),
        ("reset", "+v", "s", "-v"),
        ("s", "+u", "z_g", "-u"),
        ("x", "+u", "z_g", "-u"),
        ("z_g", "+u", "a_g", "-u"),
    ),
    "after": (
        ("h_prev", "+u", "v", "-v"),
        ("v", "+v", "reset", "-v"),
        ("reset", "+u", "a_g", "-v"),
        ("x", "+u", "a_g", "-u"),
    ),
}


def lit_parts(lit: tuple[str, ...], reset: str) -> set[str]:
    """The nodes that are lit: those named, and each operation between what is lit."""
    chosen = set(lit)
    parts = chosen | {f"act_{gate}" for gate in GATES if {gate, f"a_{gate}"} <= chosen}
    if "r" in chosen and chosen & ({"s"} if reset == "before" else {"v", "a_g"}):
        parts.add("reset")
    if "h" in chosen:
        parts |= {"keep"} if chosen & {"u", "h_prev"} else set()
        parts |= {"write"} if chosen & {"u", "g"} else set()
        parts |= {"flip"} if "u" in chosen else set()
        parts |= {"add"} if parts & {"keep", "write"} else set()
    return parts


def _edges(plan: Plan, parts: set[str], any_lit: bool, backward: bool, reset: str) -> list[str]:
    dim, lit = [], []
    for start, leave, end, enter in (*EDGES, *EDGES_OF[reset]):
        first, last = plan.port(start, leave, end), plan.port(end, enter, start)
        if start == "h_prev" and end in ("v", "reset"):
            first = (last[0], first[1])  # it branches off the line of the old state
        corner = (last[0], first[1]) if leave[1] == "u" else (first[0], last[1])
        flow = [first, last] if leave[1] == enter[1] and first[1] == last[1] else [first, corner, last]
        if first[0] == last[0]:
            flow = [first, last]
        points = [plan.point(*at) for at in (flow[::-1] if backward else flow)]
        bright = any_lit and start in parts and end in parts
        state = "d-lit" if bright else "d-dim" if any_lit else ""
        (lit if bright else dim).append(arrow(points, f"{'d-gradient' if backward else ''} {state}".strip()))
    return dim + lit  # lit edges last: they stay whole where a dim one touches them


def _kind(name: str) -> str:
    return KINDS.get(name.removeprefix("a_"), "d-state" if name in STATES else "d-input")


def _nodes(plan: Plan, parts: set[str], any_lit: bool, backward: bool, shown: tuple[str, ...]) -> list[str]:
    out = []
    for name in (*shown, *OPERATIONS):
        state = "" if not any_lit else "d-lit" if name in parts else "d-dim"
        (x, y), (width, height) = plan.point(*plan.places[name]), plan.half(name)
        if name in OPERATIONS:
            symbol = OPERATIONS[name]
            wide = symbol == r"\tanh"
            mark = symbol
            if backward:
                mark = "-" if name == "flip" else symbol + r"^\prime" if wide or symbol == r"\sigma" else symbol
            round_one = circle((x, y), width, "d-shape")
            shape = rectangle(x - width, y - height, 2 * width, 2 * height, "d-shape", height) if wide else round_one
            out.append(group(shape, math_text((x, y), mark, 13 if wide else 16), class_=f"d-operation {state}".strip()))
            continue
        shape = rectangle(x - width, y - height, 2 * width, 2 * height, "d-shape", 7)
        text = math_text((x, y), label_of(gradient_of(name) if backward else name))
        out.append(group(shape, text, class_=f"d-node {_kind(name)} {state}".strip()))
    return out


def _words(plan: Plan, parts: set[str], any_lit: bool, backward: bool, reset: str) -> list[str]:
    out = []
    for name, (x, y, anchor) in plan.words.items():
        state = "" if not any_lit else "d-lit" if name in parts else "d-dim"
        if name == "output":
            out.append(plain_text((x, y), "output layer", 12 if plan.turned else 13, state, anchor))
        else:
            text, size = (label_of("d_h_next"), 16) if backward else (r"t\,+\,1", 14)
            out.append(math_text((x, y), text, size, state, anchor))
    if not backward:
        return out
    # What a product multiplies the gradient by on its way back to each of its factors.
    factors = {
        "h_prev": ("u_t", "keep", "h_prev"),
        "u": ("h_{t-1}", "keep", "u"),
        "flip": ("g_t", "write", "flip"),
        "g": ("(1-u_t)", "write", "g"),
        "r": ("v_t" if reset == "after" else "h_{t-1}", "reset", "r"),
        "reset": ("r_t", "reset", "v" if reset == "after" else "h_prev"),
    }
    for name, (text, *ends) in factors.items():
        x, y, anchor = plan.factors[name]
        state = "" if not any_lit else "d-lit" if set(ends) <= parts else "d-dim"
        out.append(math_text((x, y), r"\odot\," + text, 15, f"d-factor {state}".strip(), anchor))
    return out


def _numbers(plan: Plan, source: Source, shown: tuple[str, ...], backward: bool, step: int | None) -> list[str]:
    out, differ = [], False
    for name in shown:
        array = np.ravel(source.array(gradient_of(name) if backward else name, step))
        differ = differ or not np.allclose(array, array[0], rtol=1e-9, atol=0)
        x, y = plan.point(*plan.places[name])
        dx, dy, anchor = plan.numbers.get(name, (5, 23, "start") if plan.turned else (0, 27, "middle"))
        inside = " d-inside" if plan.turned and name == "z" else ""
        text = first(array, 3 if plan.turned else 4)
        out.append(plain_text((x + dx, y + dy), text, plan.number_size, f"d-number{inside}", anchor))
    if differ:
        out.append(plain_text(plan.note, "numbers: first component", 11 if plan.turned else 12, "d-note", "end"))
    return out


def draw_gru(
    source: Source,
    *,
    reset: str = "after",
    lit: tuple[str, ...] = (),
    direction: str = "forward",
    step: int | None = None,
) -> list[Picture]:
    """The cell in both layouts.  With values, every lit node carries its number."""
    values = (*COMMON, *ONLY[reset])
    other = set(lit) - {*values, *EXITS}
    if other and set(lit) != {*COMMON, *ONLY["before"], *ONLY["after"], *EXITS}:
        raise ValueError(f"option 'lit': with reset {reset} there is no {', '.join(sorted(other))}")
    backward, any_lit, parts = direction == "backward", bool(lit), lit_parts(lit, reset)
    shown = tuple(name for name in values if source.values is not None and (name in lit or not lit))
    pictures = []
    for plan in (WIDE, NARROW):
        body = [rectangle(*plan.frame, "d-frame", 12)]
        body += _edges(plan, parts, any_lit, backward, reset)
        body += _nodes(plan, parts, any_lit, backward, values)
        body += _words(plan, parts, any_lit, backward, reset)
        body += _numbers(plan, source, shown, backward, step)
        pictures.append(Picture(*plan.size, "".join(body), plan.use))
    return pictures


GRU = Drawing(
    draw_gru,
    "GRU cell",
    {
        "reset": choice("after", "before"),
        "lit": names((*COMMON, *ONLY["before"], *ONLY["after"], *EXITS), gates=("r", "u")),
        "direction": choice("forward", "backward"),
        "step": whole(1, 10_000),
    },
)
