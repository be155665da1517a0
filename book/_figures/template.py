"""The weight template: stacked gate weights times z plus biases, and the states, each block with its size."""

from __future__ import annotations

from dataclasses import dataclass

from .drawing import Drawing, Source, choice, names
from .names import GATES, gradient_of, label_of
from .svg import Picture, group, line, math_text, plain_text, rectangle

BLOCKS = (
    *(f"W_{gate}" for gate in GATES),
    *(f"b_{gate}" for gate in GATES),
    *(f"a_{gate}" for gate in GATES),
    "W_x",
    "W_h",
    "x",
    "h_prev",
    "c",
    "h",
)


@dataclass(frozen=True)
class Layout:
    """Left edges and widths of the five columns, and the height of the stack of four gates."""

    use: str
    width: float
    weights: tuple[float, float]
    columns: tuple[float, float, float, float]  # left edges of z, b, a, states
    column: float
    stack: float
    size: float

    top: float = 58


WIDE = Layout("wide", 640, (44, 270), (346, 426, 506, 586), 46, 224, 16)
NARROW = Layout("narrow", 350, (24, 124), (158, 210, 264, 316), 30, 200, 14)


class _Drawer:
    def __init__(self, layout: Layout, lit: tuple[str, ...], backward: bool, sizes: tuple[int | None, int | None]):
        self.layout, self.lit, self.backward = layout, lit, backward
        self.known = None not in sizes
        # Without sizes the running example's proportions (two thirds input) keep the picture readable.
        self.inputs, self.units = (sizes[0] or 2, sizes[1] or 1)

    def text(self, name: str) -> str:
        return label_of(gradient_of(name) if self.backward else name)

    def state(self, *blocks: str) -> str:
        if not self.lit:
            return ""
        return "d-lit" if any(block in self.lit for block in blocks) else "d-dim"

    def size(self, rows: str, columns: str) -> str:
        """A size in numbers if they are known, in letters if not."""
        table = {"H": self.units, "4H": 4 * self.units, "D": self.inputs, "D+H": self.inputs + self.units, "1": 1}
        if self.known:
            return f"{table[rows]} × {table[columns]}"
        return f"{rows} × ({columns})" if "+" in columns else rows

    def block(self, x: float, y: float, width: float, height: float, kind: str, *names: str, text: str = "") -> str:
        inside = math_text((x + width / 2, y + height / 2), text, self.layout.size) if text else ""
        shape = rectangle(x, y, width, height, "d-shape")
        return group(shape, inside, class_=f"d-node {kind} {self.state(*names)}".strip())

    def foot(self, x: float, y: float, text: str) -> str:
        return plain_text((x, y), text, 12 if self.layout.use == "wide" else 11, "d-size")

    def weights(self) -> list[str]:
        left, width = self.layout.weights
        top, row = self.layout.top, self.layout.stack / 4
        cut = left + width * self.inputs / (self.inputs + self.units)
        out = []
        for k, gate in enumerate(GATES):
            y, kind = top + k * row, f"d-gate-{gate}"
            for x, end, column in ((left, cut, "W_x"), (cut, left + width, "W_h")):
                out.append(self.block(x, y, end - x, row, kind, f"W_{gate}", column))
            if self.known and self.inputs + self.units <= 40:
                out.append(self.grid(left, y, width, row))
            name = f"W_{gate}"
            out.append(
                math_text(
                    ((left + cut) / 2, y + row / 2),
                    self.text(name),
                    self.layout.size + 2,
                    f"d-plate {self.state(name, 'W_x', 'W_h')}".strip(),
                )
            )
            out.append(self.foot(left - 13, y + row / 2, str(self.units) if self.known else "H"))
        for start, end, name, size in ((left, cut, "x", self.inputs), (cut, left + width, "h", self.units)):
            shown = f"{size}" if self.known else {"x": "D", "h": "H"}[name]
            out.append(
                line([(start + 2, top - 4), (start + 2, top - 9), (end - 2, top - 9), (end - 2, top - 4)], "d-brace")
            )
            out.append(self.foot((start + end) / 2, top - 18, shown))
        out.append(math_text((left + width / 2, top - 40), self.text("W"), self.layout.size + 2))
        out.append(self.foot(left + width / 2, top + self.layout.stack + 16, self.size("4H", "D+H")))
        return out

    def grid(self, left: float, top: float, width: float, height: float) -> str:
        """The single weights of one gate's block, as hairlines."""
        columns, rows = self.inputs + self.units, self.units
        across = [
            line([(left, top + height * k / rows), (left + width, top + height * k / rows)], "d-hair")
            for k in range(1, rows)
        ]
        down = [
            line([(left + width * k / columns, top), (left + width * k / columns, top + height)], "d-hair")
            for k in range(1, columns)
        ]
        return group(*across, *down)

    def vectors(self) -> list[str]:
        layout, top, row = self.layout, self.layout.top, self.layout.stack / 4
        z, b, a, states = layout.columns
        mid = layout.column / 2
        tall = layout.stack * 0.75
        cut = tall * self.inputs / (self.inputs + self.units)
        out = [
            self.block(z, top, layout.column, cut, "d-input", "x", text=self.text("x")),
            self.block(
                z,
                top + cut,
                layout.column,
                tall - cut,
                "d-state",
                "h_prev",
                text="" if layout.use == "narrow" else self.text("h_prev"),
            ),
            math_text((z + mid, top - 40), self.text("z"), layout.size + 2),
            self.foot(z + mid, top + tall + 16, self.size("D+H", "1")),
        ]
        if layout.use == "narrow":  # too wide for its block: it stands below the size
            out.append(math_text((z + mid, top + tall + 36), self.text("h_prev"), 15, self.state("h_prev")))
        for left, prefix, head in ((b, "b", "b"), (a, "a", "a_t")):
            for k, gate in enumerate(GATES):
                name = f"{prefix}_{gate}"
                out.append(
                    self.block(
                        left,
                        top + k * row,
                        layout.column,
                        row,
                        f"d-gate-{gate}",
                        name,
                        text=self.text(name).replace(",t", "") if layout.use == "narrow" else self.text(name),
                    )
                )
            out.append(math_text((left + mid, top - 40), (r"\delta " if self.backward else "") + head, layout.size + 2))
            out.append(self.foot(left + mid, top + layout.stack + 16, self.size("4H", "1")))
        for y, name in ((top, "c"), (top + 2 * row, "h")):
            out.append(self.block(states, y, layout.column, row, "d-state", name, text=self.text(name)))
            out.append(self.foot(states + mid, y + row + 14, self.size("H", "1")))
        # Gradients do not add up to one another: the signs belong to the forward pass.
        signs = () if self.backward else (((z + layout.column + b) / 2, "+"), ((b + layout.column + a) / 2, "="))
        return out + [math_text((x, top + layout.stack / 2), sign, 16) for x, sign in signs]


def draw_template(source: Source, *, lit: tuple[str, ...] = (), direction: str = "forward") -> list[Picture]:
    """The template in both layouts; sizes are numbers if the values know D and H, letters otherwise."""
    sizes = (source.size("D"), source.size("H"))
    pictures = []
    for layout in (WIDE, NARROW):
        drawer = _Drawer(layout, lit, direction == "backward", sizes)
        body = drawer.weights() + drawer.vectors()
        pictures.append(Picture(layout.width, layout.top + layout.stack + 28, "".join(body), layout.use))
    return pictures


TEMPLATE = Drawing(
    draw_template,
    "Weight template of the LSTM cell",
    {
        "lit": names(
            BLOCKS,
            W=[f"W_{gate}" for gate in GATES],
            b=[f"b_{gate}" for gate in GATES],
            a=[f"a_{gate}" for gate in GATES],
            z=("x", "h_prev"),
        ),
        "direction": choice("forward", "backward"),
    },
)
