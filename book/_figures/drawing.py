"""What a drawing is: its options, how each is read, and where its numbers come from.

Every mistake of an author is a ``ValueError`` whose message names what was written and what would have been right;
the directive adds file and line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from .svg import Panel, Picture


@dataclass(frozen=True)
class Source:
    """What the configuration hands to every drawing.

    ``values`` is the provider that ``:values:`` names, or None.  It answers ``value(name, step)`` with an array,
    raises KeyError for a name it does not have, and may hold ``sizes``, a mapping such as ``{"D": 10, "H": 5}``.
    """

    values: object | None = None
    values_name: str = ""
    equations: Mapping[str, str] = field(default_factory=dict)
    math: Callable[[str], str] | None = None

    def array(self, name: str, step: int | None = None) -> np.ndarray:
        """The array called ``name``, as the provider holds it."""
        if self.values is None:
            raise ValueError(f"the drawing shows {name}, which needs the option :values:")
        try:
            return np.asarray(self.values.value(name, step), dtype=float)
        except KeyError:
            at = "" if step is None else f" at step {step}"
            raise ValueError(f"the values '{self.values_name}' hold no '{name}'{at}") from None

    def size(self, name: str) -> int | None:
        """A size such as D or H, or None without values."""
        return None if self.values is None else getattr(self.values, "sizes", {}).get(name)


@dataclass(frozen=True)
class Drawing:
    """A drawing function with the converters of its options; ``title`` is the short name of what it shows."""

    draw: Callable[..., list[Picture] | Panel]
    title: str
    options: Mapping[str, Callable[[str], object]]


def split(text: str | None) -> list[str]:
    """The entries of a comma-separated list."""
    return [entry.strip() for entry in (text or "").split(",") if entry.strip()]


def known(entries: Iterable[str], names: Iterable[str], what: str = "name") -> tuple[str, ...]:
    """``entries`` unchanged, or an error that lists what they may be."""
    entries, names = tuple(entries), list(names)
    wrong = [entry for entry in entries if entry not in names]
    if wrong:
        raise ValueError(f"unknown {what} {', '.join(map(repr, wrong))}; known: {', '.join(names)}")
    return entries


def names(allowed: Iterable[str], **groups: Iterable[str]) -> Callable[[str], tuple[str, ...]]:
    """A list of names out of ``allowed``; a group (``all`` is always one) stands for several."""
    allowed = tuple(allowed)
    table = {"all": allowed, **{name.replace("_", "-"): tuple(of) for name, of in groups.items()}}

    def convert(text: str) -> tuple[str, ...]:
        entries = known(split(text), [*allowed, *table])
        return tuple(dict.fromkeys(name for entry in entries for name in table.get(entry, (entry,))))

    return convert


def one(text: str) -> str:
    """The name of exactly one array."""
    entries = split(text)
    if len(entries) != 1:
        raise ValueError("expected the name of one array")
    return entries[0]


def choice(*allowed: str) -> Callable[[str], str]:
    """Exactly one of several words."""
    return lambda text: known([(text or "").strip()], allowed, "value")[0]


def whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number between two limits."""

    def convert(text: str) -> int:
        try:
            value = int(text)
        except (TypeError, ValueError):
            raise ValueError(f"expected a whole number, got {text!r}") from None
        if not low <= value <= high:
            raise ValueError(f"expected a whole number from {low} to {high}, got {value}")
        return value

    return convert


def figure(value: float, digits: int = 4) -> str:
    """A number in a few significant digits, short enough for a drawing: 0.1671, −0.001234, 8.947e−4."""
    if value == round(value) and abs(value) < 1e4:
        return str(round(value)).replace("-", "−")
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")  # rounded first: 0.99999 has the exponent of 1.000
    power = int(exponent)
    text = f"{value:.{max(digits - 1 - power, 0)}f}" if -3 <= power <= 3 else f"{mantissa}e{power}"
    return text.replace("-", "−")


def first(array: np.ndarray, digits: int = 4) -> str:
    """The first component of a vector, as a short text."""
    flat = np.ravel(array)
    if flat.size == 0:
        raise ValueError("an empty array has no number to show")
    return figure(float(flat[0]), digits)
