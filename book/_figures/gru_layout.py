"""Where the parts of the GRU stand, lying or standing; both conventions share the places."""

from __future__ import annotations

from dataclasses import dataclass

from .svg import Point

GATES = ("r", "u", "g")
EXITS = ("h_next", "output")
OPERATIONS = {
    "act_r": r"\sigma",
    "act_u": r"\sigma",
    "act_g": r"\tanh",
    "reset": r"\odot",
    "keep": r"\odot",
    "flip": "1-",
    "write": r"\odot",
    "add": "+",
}


@dataclass(frozen=True)
class Plan:
    """``places`` are flow coordinates (along, across) by name; words and offsets of numbers are in pixels."""

    use: str
    size: tuple[float, float]
    places: dict[str, Point]
    bars: dict[str, float]  # half the reach of a joined vector, across the flow
    factors: dict[str, tuple[float, float, str]]
    numbers: dict[str, tuple[float, float, str]]
    words: dict[str, tuple[float, float, str]]
    number_size: float
    frame: tuple[float, float, float, float]
    note: Point

    @property
    def turned(self) -> bool:
        return self.use == "narrow"

    def point(self, u: float, v: float) -> Point:
        return (v, u) if self.turned else (u, v)

    def half(self, name: str) -> tuple[float, float]:
        """Half the extent of a node in pixels."""
        if name in EXITS:
            return (0.0, 0.0)
        if name in OPERATIONS:
            return (19, 13) if OPERATIONS[name] == r"\tanh" else (13, 13)
        if name in self.bars:
            return (self.bars[name], 16) if self.turned else (21, self.bars[name])
        return (24, 15)

    def port(self, name: str, side: str, other: str) -> Point:
        """The point, in flow coordinates, where an edge meets a node; a bar is met opposite the other node."""
        u, v = self.places[name]
        if name in self.bars:
            # The two that are joined enter the first bar opposite the two gates.
            v = self.places[{"h_prev": "a_u", "x": "a_r"}.get(other, other) if name == "z" else other][1]
        half_u, half_v = self.half(name)[::-1] if self.turned else self.half(name)
        sign = 1 if side[0] == "+" else -1
        return (u + sign * half_u, v) if side[1] == "u" else (u, v + sign * half_v)


WIDE = Plan(
    use="wide",
    size=(724, 334),
    places={
        "x": (36, 284),
        "h_prev": (36, 48),
        "z": (92, 158),
        "a_u": (152, 122),
        "act_u": (204, 122),
        "u": (256, 122),
        "a_r": (152, 194),
        "act_r": (204, 194),
        "r": (256, 194),
        "v": (330, 86),
        "reset": (330, 194),
        "s": (330, 242),
        "z_g": (382, 260),
        "a_g": (438, 284),
        "act_g": (490, 284),
        "g": (542, 284),
        "keep": (510, 48),
        "flip": (592, 122),
        "write": (592, 284),
        "add": (624, 48),
        "h": (672, 48),
        "h_next": (720, 48),
        "output": (672, 128),
    },
    bars={"z": 66, "z_g": 44},
    factors={
        "h_prev": (430, 35, "middle"),
        "u": (517, 88, "start"),
        "flip": (586, 200, "end"),
        "g": (585, 258, "end"),
        "r": (317, 168, "end"),
        "reset": (337, 150, "start"),
    },
    numbers={
        "h_prev": (0, -25, "middle"),
        "h": (0, -25, "middle"),
        "v": (29, 0, "start"),
        "z": (0, 80, "middle"),
        "s": (-29, 0, "end"),
        "z_g": (-9, 58, "middle"),
    },
    words={"h_next": (722, 77, "end"), "output": (672, 138, "middle")},
    number_size=12.5,
    frame=(66, 8, 576, 320),
    note=(636, 19),
)
NARROW = Plan(
    use="narrow",
    size=(350, 772),
    places={
        "x": (24, 290),
        "h_prev": (24, 30),
        "z": (100, 140),
        "a_u": (164, 100),
        "act_u": (218, 100),
        "u": (268, 100),
        "a_r": (164, 190),
        "act_r": (218, 190),
        "r": (268, 190),
        "v": (340, 64),
        "reset": (340, 190),
        "s": (340, 242),
        "z_g": (400, 262),
        "a_g": (462, 290),
        "act_g": (516, 290),
        "g": (566, 290),
        "keep": (590, 30),
        "flip": (626, 100),
        "write": (626, 290),
        "add": (660, 30),
        "h": (708, 30),
        "h_next": (758, 30),
        "output": (708, 118),
    },
    bars={"z": 76, "z_g": 56},
    factors={
        "h_prev": (36, 480, "start"),
        "u": (64, 574, "middle"),
        "flip": (195, 612, "middle"),
        "g": (281, 602, "end"),
        "r": (179, 306, "end"),
        "reset": (134, 326, "middle"),
    },
    numbers={
        "h_prev": (6, 23, "start"),
        "h": (30, 20, "start"),
        "x": (-6, 23, "end"),
        "z": (66, 0, "end"),
        "z_g": (-60, 0, "end"),
        "v": (-22, 23, "start"),
        "s": (0, -24, "middle"),
        "r": (5, 25, "start"),
    },
    words={"h_next": (40, 752, "start"), "output": (124, 708, "start")},
    number_size=11,
    frame=(0.5, 62, 349, 614),
    note=(346, 764),
)
