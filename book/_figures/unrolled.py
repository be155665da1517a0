"""The cell unrolled over the steps of a sequence, forward, or backward with the steps that the gradient has reached."""

from __future__ import annotations

from dataclasses import dataclass

from .drawing import Drawing, Source, choice, first, known, split, whole
from .svg import Picture, arrow, group, math_text, plain_text, rectangle

KINDS = ("x", "cell", "h", "c", "output", "loss")
LOSS_Y, OUTPUT_Y, TOP, BOTTOM, INPUT_Y = 22, 80, 146, 214, 262
C_Y, H_Y = 164, 198


@dataclass(frozen=True)
class Layout:
    """Horizontal measures of one layout: margins for the states that enter and leave, cell width, gap."""

    use: str
    steps: int
    margin: float
    cell: float
    gap: float

    @property
    def width(self) -> float:
        return 2 * self.margin + self.steps * self.cell + (self.steps - 1) * self.gap

    def left(self, step: int) -> float:
        return self.margin + (step - 1) * (self.cell + self.gap)

    def middle(self, step: int) -> float:
        return self.left(step) + self.cell / 2

    @property
    def label(self) -> float:
        """Size of the state labels, which stand in the gaps."""
        return 16 if self.gap >= 40 else 15 if self.gap >= 34 else 13


def layouts(steps: int) -> tuple[Layout, Layout]:
    """The wide and the narrow layout for a number of steps."""
    margin, gap = (36, 36) if steps <= 4 else (28, 28)
    return (
        Layout("wide", steps, 56, min(120, (588 - 56 * (steps - 1)) / steps), 56),
        Layout("narrow", steps, margin, min(90, (350 - 2 * margin - gap * (steps - 1)) / steps), gap),
    )


def part_names(steps: int) -> list[str]:
    """Every part that can be lit: a kind for all steps, or one step of it (the states also at step 0)."""
    numbered = [f"{kind}_{t}" for kind in KINDS for t in range(0 if kind in "hc" else 1, steps + 1)]
    return [*KINDS, *numbered]


def lit_parts(lit: tuple[str, ...], reached: tuple[int, ...], steps: int) -> set[str]:
    """The numbered parts that are lit."""
    known(lit, part_names(steps), "part")
    known(map(str, reached), [str(t) for t in range(1, steps + 1)], "step")
    parts = set()
    for name in lit:
        parts |= {f"{name}_{t}" for t in range(steps + 1)} if name in KINDS else {name}
    for t in reached:
        # The gradient comes into step t through its own h and c, and goes on to its input.
        parts |= {f"{kind}_{t}" for kind in ("cell", "x", "h", "c", "output", "loss")}
    if reached:
        parts.discard(f"c_{steps}")  # nothing behind the last step uses its c
    return parts


class _Drawer:
    """One layout being drawn: holds what every part needs to know."""

    def __init__(self, layout: Layout, parts: set[str], any_lit: bool, backward: bool, every: bool) -> None:
        self.layout, self.parts, self.any_lit = layout, parts, any_lit
        self.backward, self.every = backward, every
        self.delta = r"\delta " if backward else ""

    def state(self, name: str) -> str:
        if not self.any_lit:
            return ""
        return "d-lit" if name in self.parts else "d-dim"

    def arrow(self, points: list[tuple[float, float]], name: str) -> str:
        colour = "d-gradient" if self.backward else ""
        ends = points[::-1] if self.backward else points
        return arrow(ends, f"{colour} {self.state(name)}".strip(), data_needs=name)

    def box(self, x: float, y: float, half: tuple[float, float], kind: str, name: str, text: str) -> str:
        shape = rectangle(x - half[0], y - half[1], 2 * half[0], 2 * half[1], "d-shape", 7)
        classes = f"d-node {kind} {self.state(name)}".strip()
        return group(shape, math_text((x, y), text), class_=classes, data_needs=name)

    def states(self) -> list[str]:
        """The arrows of c and h from cell to cell, into the first and out of the last."""
        layout, out = self.layout, []
        for t in range(layout.steps + 1):
            start = layout.left(t) + layout.cell if t else 0
            end = layout.left(t + 1) if t < layout.steps else layout.width
            for kind, y, label_y in (("c", C_Y, C_Y - 13), ("h", H_Y, H_Y + 14)):
                name = f"{kind}_{t}"
                # h of the last step is lit by its way up to the output layer, not by this arrow, when going backward.
                lit_by = "" if self.backward and t == layout.steps else name
                delta = "" if self.backward and t == layout.steps else self.delta
                out.append(self.arrow([(start, y), (end, y)], lit_by))
                text = "0" if self.backward and t == layout.steps else f"{delta}{kind}_{t}"
                at = ((start + end) / 2, label_y)
                out.append(math_text(at, text, layout.label, self.state(lit_by), data_needs=lit_by))
        return out

    def step(self, t: int, word: str) -> list[str]:
        """One step: its cell, input and output."""
        layout, x = self.layout, self.layout.middle(t)
        cell = f"cell_{t}"
        out = [
            self.arrow([(x, INPUT_Y - 15), (x, BOTTOM)], f"x_{t}"),
            self.box(x, INPUT_Y, (24, 15), "d-input", f"x_{t}", f"{self.delta}x_{t}"),
            group(
                rectangle(layout.left(t), TOP, layout.cell, BOTTOM - TOP, "d-shape", 9),
                plain_text((x, (TOP + BOTTOM) / 2), "LSTM", 14 if layout.cell > 50 else 11),
                class_=f"d-node d-cell {self.state(cell)}".strip(),
                data_needs=cell,
            ),
        ]
        if word:
            classes = f"d-word {self.state(f'x_{t}')}".strip()
            out.append(plain_text((x, INPUT_Y + 28), word, 13, classes, data_needs=f"x_{t}", data_word=t))
        heads = self.every or t == layout.steps
        end = OUTPUT_Y + 16 if heads else OUTPUT_Y + 30
        # Without a loss of its own a step hands nothing back through its output.
        if heads or not self.backward:
            out.append(self.arrow([(x, TOP), (x, end)], f"h_{t}"))
            # With a loss at every step this arrow carries only a part of the gradient of h, so it has no name.
            if not (self.backward and self.every):
                at, name = (x - 7, (TOP + end) / 2), f"h_{t}"
                label = f"{self.delta}{name}"
                out.append(math_text(at, label, layout.label, self.state(name), "end", data_needs=name))
        return out + (self.head(t) if heads else [])

    def head(self, t: int) -> list[str]:
        """Output layer and loss above a step."""
        x, wide = self.layout.middle(t), self.layout.cell >= 90
        half = min(56.0, self.layout.cell / 2) if self.every else 56.0 if wide else 46.0
        x_box = min(x, self.layout.width - half - 2)
        name, loss = f"output_{t}", f"loss_{t}"
        text = plain_text((x_box, OUTPUT_Y), "output layer" if half > 40 else "out", 13 if half > 50 else 12)
        index = f"E_{t}" if self.every else "E"
        return [
            self.arrow([(x, OUTPUT_Y - 16), (x, LOSS_Y + 15)], loss),
            group(
                rectangle(x_box - half, OUTPUT_Y - 16, 2 * half, 32, "d-shape", 7),
                text,
                class_=f"d-node d-param {self.state(name)}".strip(),
                data_needs=name,
            ),
            self.box(x, LOSS_Y, (22, 15), "d-loss", loss, index),
        ]


def draw_unrolled(
    source: Source,
    *,
    steps: int = 3,
    lit: tuple[str, ...] = (),
    direction: str = "forward",
    reached: tuple[int, ...] = (),
    loss: str = "last",
    inputs: tuple[str, ...] = (),
    target: str = "",
) -> list[Picture]:
    """The unrolled sequence.  With values, the h of every step (backward: its gradient) carries its number."""
    backward = direction == "backward"
    if reached and not backward:
        raise ValueError("the option 'reached' needs ':direction: backward'")
    if inputs and len(inputs) != steps:
        raise ValueError(f"option 'inputs': {len(inputs)} words for {steps} steps")
    parts = lit_parts(lit, reached, steps)
    pictures = []
    for layout in layouts(steps):
        drawer = _Drawer(layout, parts, bool(lit or reached), backward, loss == "every")
        body = drawer.states()
        for t in range(1, steps + 1):
            body += drawer.step(t, inputs[t - 1] if inputs else "")
            shown = source.values is not None and (not backward or (loss == "last" and t == steps))
            if shown and layout.cell >= 60:
                name = "d_h" if backward else "h"
                text = first(source.array(name, t))
                y = (TOP + OUTPUT_Y) / 2 + (8 if loss == "every" or t == steps else 15)
                body.append(
                    plain_text(
                        (layout.middle(t) + 7, y),
                        text,
                        11 if layout.use == "narrow" else 13,
                        "d-number",
                        "start",
                        data_number=f"{name}@{t}",
                    )
                )
        if target:
            at = (layout.middle(steps) - 30, LOSS_Y)
            body.append(plain_text(at, f"target: {target}", 13, "d-word", "end", data_target=target))
        pictures.append(Picture(layout.width, INPUT_Y + (42 if inputs else 18), "".join(body), layout.use))
    return pictures


def _steps(text: str) -> tuple[int, ...]:
    return tuple(whole(1, 10_000)(entry) for entry in split(text))


UNROLLED = Drawing(
    draw_unrolled,
    "LSTM unrolled over a sequence",
    {
        "steps": whole(1, 5),
        "lit": lambda text: tuple(split(text)),
        "direction": choice("forward", "backward"),
        "reached": _steps,
        "loss": choice("last", "every"),
        "inputs": lambda text: tuple(split(text)),
        "target": str,
    },
)
