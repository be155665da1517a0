"""Where the parts of the cell stand: lying on a wide page, standing on a narrow one."""

from __future__ import annotations

from dataclasses import dataclass

from .names import GATES
from .svg import Point

EXITS = ("c_next", "h_next", "output")
OPERATIONS = {
    **{f"act_{gate}": r"\tanh" if gate == "g" else r"\sigma" for gate in GATES},
    "keep": r"\odot",
    "write": r"\odot",
    "add": "+",
    "tanh": r"\tanh",
    "show": r"\odot",
}


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
