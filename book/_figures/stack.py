"""Layers of cells on top of each other, unrolled over time, in one direction of time or in both."""

from __future__ import annotations

from dataclasses import dataclass

from .drawing import Drawing, Source, choice, first, known, split, whole
from .svg import Picture, arrow, group, math_text, plain_text, rectangle

LOSS_Y, OUTPUT_Y = 22, 80
CELL, BETWEEN = 60, 44
C_Y, H_Y = 15, 45  # below the upper edge of a cell


@dataclass(frozen=True)
class Row:
    """One layer of one direction; rows are counted from the bottom."""

    name: str
    label: str
    layer: int
    backward_in_time: bool
    top: bool


def rows_of(layers: int, both: bool) -> list[Row]:
    """The rows of a drawing from the bottom to the top, the forward direction below."""
    rows = []
    for way, sign in (("f", "→"), ("b", "←")) if both else (("", ""),):
        for n in range(1, layers + 1):
            label = f"{sign}[{n}]" if layers > 1 or not both else sign
            rows.append(Row(f"{way}{n}", label, n, way == "b", n == layers))
    return rows


def part_names(rows: list[Row], steps: int) -> set[str]:
    """The single parts: what stands at a step, and what stands at a step of a row."""
    names = {f"{kind}_{t}" for kind in ("x", "join", "output", "loss") for t in range(1, steps + 1)}
    for row in rows:
        kinds = ("cell", "up", "in") if row.layer == 1 else ("cell", "up")
        names |= {f"{kind}_{row.name}_{t}" for kind in kinds for t in range(1, steps + 1)}
        # A state has the number of the step that it comes from; the initial one that of the step before the first.
        states = range(1, steps + 2) if row.backward_in_time else range(steps + 1)
        names |= {f"{kind}_{row.name}_{t}" for kind in "hc" for t in states}
    return names


def lit_parts(lit: tuple[str, ...], reached: tuple[int, ...], rows: list[Row], steps: int) -> set[str]:
    """The single parts that are lit; a beginning such as ``h`` or ``cell_2`` stands for all parts that have it."""
    every = part_names(rows, steps)
    beginnings = {name.rsplit("_", count)[0] for name in every for count in (1, 2)}
    known(lit, sorted(beginnings) + sorted(every), "part")
    known(map(str, reached), [str(t) for t in range(1, steps + 1)], "step")
    parts = {part for part in every for name in lit if part == name or part.startswith(f"{name}_")}
    for t in reached:
        parts |= {f"{kind}_{t}" for kind in ("x", "output", "loss")}
        parts |= {f"{kind}_{row.name}_{t}" for kind in ("cell", "up") for row in rows}
        # Behind the last step nothing uses its states.
        parts |= {f"{kind}_{row.name}_{t}" for kind in "hc" for row in rows if t < steps}
    # An input lights its arrows; one of these lights the input alone.
    parts |= {name for name in every if name.startswith("in_") and f"x_{name.rsplit('_', 1)[1]}" in parts}
    return parts | {f"x_{name.rsplit('_', 1)[1]}" for name in parts if name.startswith("in_")}


@dataclass(frozen=True)
class Layout:
    """Measures of one layout; a column holds one cell, or one for each direction side by side."""

    use: str
    steps: int
    rows: int
    both: bool
    heads: bool
    margin: float
    column: float
    gap: float

    @property
    def width(self) -> float:
        return 2 * self.margin + self.steps * self.column + (self.steps - 1) * self.gap

    @property
    def cell(self) -> float:
        return (self.column - 6) / 2 if self.both else self.column

    @property
    def first_row(self) -> float:
        """Upper edge of the highest row."""
        return (146 if self.heads else 46) + (56 if self.both else 0)

    @property
    def join_y(self) -> float:
        return self.first_row - 64

    @property
    def input_y(self) -> float:
        return self.edge(0) + CELL + 48

    def edge(self, row: int) -> float:
        """Upper edge of a row, counted from the bottom."""
        return self.first_row + (self.rows - 1 - row) * (CELL + BETWEEN)

    def left(self, row: Row, t: int) -> float:
        offset = self.column - self.cell if row.backward_in_time else 0
        return self.margin + (t - 1) * (self.column + self.gap) + offset

    def middle(self, t: int) -> float:
        return self.margin + (t - 1) * (self.column + self.gap) + self.column / 2


def layouts(steps: int, rows: int, both: bool, heads: bool) -> tuple[Layout, Layout]:
    """The wide and the narrow layout."""
    wide, narrow = (130, 80) if both else (104, 84)
    gap = 36 if steps <= 3 and not both else 26
    fit = (350 - 2 * 28 - gap * (steps - 1)) / steps
    return (
        Layout("wide", steps, rows, both, heads, 56, min(wide, (508 - 44 * (steps - 1)) / steps), 44),
        Layout("narrow", steps, rows, both, heads, 28, min(narrow, fit), gap),
    )


class _Drawer:
    """One layout being drawn."""

    def __init__(self, layout: Layout, rows: list[Row], parts: set[str], any_lit: bool, backward: bool, loss: str):
        self.layout, self.rows, self.parts, self.any_lit = layout, rows, parts, any_lit
        self.backward, self.loss = backward, loss
        self.delta = r"\delta " if backward else ""
        self.label = 16 if layout.gap >= 40 else 14

    def state(self, name: str) -> str:
        return ("d-lit" if name in self.parts else "d-dim") if self.any_lit else ""

    def arrow(self, points: list[tuple[float, float]], name: str) -> str:
        colour = "d-gradient" if self.backward else ""
        return arrow(points[::-1] if self.backward else points, f"{colour} {self.state(name)}".strip())

    def box(self, centre: tuple[float, float], half: tuple[float, float], kind: str, name: str, inside: str) -> str:
        shape = rectangle(centre[0] - half[0], centre[1] - half[1], 2 * half[0], 2 * half[1], "d-shape", 7)
        return group(shape, inside, class_=f"d-node {kind} {self.state(name)}".strip())

    def head_at(self, t: int) -> bool:
        return self.loss == "every" or (self.loss == "last" and t == self.layout.steps)

    def states(self, k: int, row: Row) -> list[str]:
        """The arrows of c and h along a row, in the direction in which it runs, and its label."""
        layout, top = self.layout, self.layout.edge(k)
        out = [plain_text((1, top + CELL / 2), row.label, 12 if layout.use == "wide" else 11, "d-size", "start")]
        for t in range(layout.steps + 1):
            left = layout.left(row, t) + layout.cell if t else 0
            right = layout.left(row, t + 1) if t < layout.steps else layout.width
            ends = (right, left) if row.backward_in_time else (left, right)
            step = t + 1 if row.backward_in_time else t
            last = step == (1 if row.backward_in_time else layout.steps)
            # Backward, nothing comes from behind the last step.
            delta = "" if last else self.delta
            for kind, y, label_y in (("c", C_Y, C_Y - 13), ("h", H_Y, H_Y + 14)):
                name = f"{kind}_{row.name}_{step}"
                out.append(self.arrow([(ends[0], top + y), (ends[1], top + y)], name))
                text = "0" if self.backward and last else f"{delta}{kind}_{step}"
                out.append(
                    math_text((self.label_x(row, t, left, right), top + label_y), text, self.label, self.state(name))
                )
        return out

    def label_x(self, row: Row, t: int, left: float, right: float) -> float:
        """Where the label of an arrow from left to right stands: beside the other direction's way up or down."""
        layout = self.layout
        if layout.both and row.backward_in_time and t < layout.steps:
            right = layout.middle(t + 1) - layout.column / 2 + layout.cell / 2
        elif layout.both and not row.backward_in_time and t:
            left = layout.middle(t) + layout.column / 2 - layout.cell / 2
        return (left + right) / 2

    def cell(self, k: int, row: Row, t: int, number: str) -> list[str]:
        """One cell, and the arrow that leads up from it."""
        layout, top, left = self.layout, self.layout.edge(k), self.layout.left(row, t)
        x, name = left + layout.cell / 2, f"up_{row.name}_{t}"
        shape = rectangle(left, top, layout.cell, CELL, "d-shape", 9)
        text = plain_text((x, top + CELL / 2), "LSTM", 13 if layout.cell > 50 else 11)
        out = [group(shape, text, class_=f"d-node d-cell {self.state(f'cell_{row.name}_{t}')}".strip())]
        if not row.top:
            end = top - BETWEEN
        elif layout.both:
            end = layout.join_y + 16
        else:
            end = OUTPUT_Y + 16 if self.head_at(t) else top - 34
        # Without a loss of its own a step hands nothing back through its outputs.
        if row.top and self.backward and not self.head_at(t):
            return out
        out.append(self.arrow([(x, top), (x, end)], name))
        at = top - (BETWEEN if not row.top else 34) / 2
        if not (layout.both or (self.backward and row.top and self.loss == "every")):
            symbol = "x" if self.backward and not row.top else "h"
            out.append(math_text((x - 7, at), f"{self.delta}{symbol}_{t}", self.label, self.state(name), "end"))
        if number and layout.column >= 60:
            size = 13 if layout.use == "wide" else 11
            # The upper row of two directions has its room on the left.
            side = (x - 7, "end") if row.backward_in_time else (x + 7, "start")
            out.append(plain_text((side[0], at), number, size, "d-number", side[1]))
        return out

    def column(self, t: int, word: str) -> list[str]:
        """Input, joined output, output layer and loss of a step."""
        layout, x = self.layout, self.layout.middle(t)
        half = (layout.column - layout.cell) / 2 + 6 if layout.both else 24
        inside = math_text((x, layout.input_y), f"{self.delta}x_{t}", self.label)
        out = [self.box((x, layout.input_y), (half, 15), "d-input", f"x_{t}", inside)]
        for row in self.rows:
            if row.layer == 1:
                at, k = layout.left(row, t) + layout.cell / 2, self.rows.index(row)
                out.append(self.arrow([(at, layout.input_y - 15), (at, layout.edge(k) + CELL)], f"in_{row.name}_{t}"))
        if word:
            out.append(plain_text((x, layout.input_y + 28), word, 13, f"d-word {self.state(f'x_{t}')}".strip()))
        if layout.both and (self.head_at(t) or not self.backward):
            text = math_text((x, layout.join_y), f"{self.delta}h_{t}", self.label)
            out.append(self.box((x, layout.join_y), (half, 16), "d-state", f"join_{t}", text))
        return out + (self.head(t) if self.head_at(t) else [])

    def head(self, t: int) -> list[str]:
        layout, x, wide = self.layout, self.layout.middle(t), self.layout.column >= 90
        half = min(56.0, layout.column / 2) if self.loss == "every" else 56.0 if wide else 46.0
        at = min(x, layout.width - half - 2)
        out = []
        if layout.both:
            out.append(self.arrow([(x, layout.join_y - 16), (x, OUTPUT_Y + 16)], f"join_{t}"))
        words = plain_text((at, OUTPUT_Y), "output layer" if half > 40 else "out", 13 if half > 50 else 12)
        symbol = math_text((x, LOSS_Y), f"E_{t}" if self.loss == "every" else "E", 16)
        out.append(self.arrow([(x, OUTPUT_Y - 16), (x, LOSS_Y + 15)], f"loss_{t}"))
        return [
            *out,
            self.box((at, OUTPUT_Y), (half, 16), "d-param", f"output_{t}", words),
            self.box((x, LOSS_Y), (22, 15), "d-loss", f"loss_{t}", symbol),
        ]


def value_name(row: Row, backward: bool, both: bool) -> str:
    """What the number beside the arrow that leads up from a row is one entry of."""
    which = ("backward" if row.backward_in_time else "forward") if both else row.layer
    if not backward:
        return f"h_{which}"
    return f"d_h_ext_{which}" if row.top else f"d_x_{row.layer + 1}"


def draw_stack(
    source: Source,
    *,
    layers: int | None = None,
    steps: int = 3,
    ways: str = "one",
    direction: str = "forward",
    loss: str = "last",
    lit: tuple[str, ...] = (),
    reached: tuple[int, ...] = (),
    inputs: tuple[str, ...] = (),
    target: str = "",
) -> list[Picture]:
    """Rows of cells.  With values, each arrow that leads up carries one entry of what it hands on."""
    backward, both = direction == "backward", ways == "both"
    if reached and (not backward or both):
        raise ValueError("the option 'reached' needs ':direction: backward' and ':ways: one'")
    if inputs and len(inputs) != steps:
        raise ValueError(f"option 'inputs': {len(inputs)} words for {steps} steps")
    if target and loss == "none":
        raise ValueError("the option 'target' needs a loss")
    rows = rows_of((1 if both else 2) if layers is None else layers, both)
    if source.values is not None and len(rows) != 2:
        raise ValueError("numbers are shown for two rows only: leave out the option 'values'")
    parts, pictures = lit_parts(lit, reached, rows, steps), []
    for layout in layouts(steps, len(rows), both, loss != "none"):
        drawer = _Drawer(layout, rows, parts, bool(lit or reached), backward, loss)
        body = [part for k, row in enumerate(rows) for part in drawer.states(k, row)]
        for t in range(1, steps + 1):
            body += drawer.column(t, inputs[t - 1] if inputs else "")
            for k, row in enumerate(rows):
                number = ""
                if source.values is not None:
                    # With two directions the number stands between two arrows, close together in the narrow layout.
                    digits = 4 - both - (layout.use == "narrow")
                    number = first(source.array(value_name(row, backward, both), t), digits)
                body += drawer.cell(k, row, t, number)
        if target:
            body.append(plain_text((layout.middle(steps) - 30, LOSS_Y), f"target: {target}", 13, "d-word", "end"))
        pictures.append(Picture(layout.width, layout.input_y + (42 if inputs else 18), "".join(body), layout.use))
    return pictures


def _listed(text: str) -> tuple[str, ...]:
    return tuple(split(text))


STACK = Drawing(
    draw_stack,
    "Layers of LSTM cells over a sequence",
    {
        "layers": whole(1, 4),
        "steps": whole(1, 4),
        "ways": choice("one", "both"),
        "direction": choice("forward", "backward"),
        "loss": choice("last", "every", "none"),
        "lit": _listed,
        "reached": lambda text: tuple(whole(1, 10_000)(entry) for entry in split(text)),
        "inputs": _listed,
        "target": str,
    },
)
