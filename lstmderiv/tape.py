"""What one step writes down: every intermediate by name, each open to intervention where it is computed.

A step is written a line an equation, `t.f = sigmoid(t.a_f)`: the assignment is what notes the value.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, MutableMapping
from html import escape
from typing import Any, NamedTuple, TypeAlias

import numpy as np

__all__ = ["Intervene", "Place", "Tape"]

_SHOWN = 16
_STRIP = 48


class Place(NamedTuple):
    """Where in a network a value is computed.

    Attributes
    ----------
    layer : int
    direction : str
        "forward" or "reverse".
    step : int or None
        0 for the step that runs first, whatever the direction; None for what is summed over all steps.
    """

    layer: int
    direction: str
    step: int | None


#: Called for each value as it is noted: `intervene(place, name, value, tape)` returns what takes its place.
Intervene: TypeAlias = Callable[[Place, str, Any, "Tape"], Any]


class Tape(MutableMapping[str, Any]):
    """The values of one step, in the order in which they were computed.

    A value is read as an attribute, `t.f`, and noted by assigning to one. As a mapping the tape gives values by names
    that are computed; what is put in by `t["f"] = ...` does not pass through `intervene`.

    Parameters
    ----------
    place : Place, optional
    intervene : callable, optional
        Called as intervene(place, name, value, tape) for each value; what it returns is used in its place. This is how
        a number format rounds every value, and how a mistake is tried without a second program.
    known : mapping, optional
        What there is at the beginning; not passed through `intervene`.
    shares : collection of str, optional
        Names of one step's shares in a sum over the steps. They are noted as they are: it is the sum that is one value.

    Attributes
    ----------
    place, intervene
        As given.
    """

    place: Place | None
    intervene: Intervene | None

    # The values are the attributes themselves: without an intervention the tape costs a step nothing.
    __slots__ = ("__dict__", "_shares", "intervene", "place")

    def __new__(cls, place: Place | None = None, intervene: Intervene | None = None, *_: Any, **__: Any) -> "Tape":
        return super().__new__(cls if intervene is None else _Intervened)

    def __init__(
        self,
        place: Place | None = None,
        intervene: Intervene | None = None,
        known: Mapping[str, Any] | Iterable[tuple[str, Any]] = (),
        *,
        shares: Collection[str] = frozenset(),
    ) -> None:
        self.place, self.intervene, self._shares = place, intervene, frozenset(shares)
        vars(self).update(vars(known) if isinstance(known, Tape) else known)

    def __getattr__(self, name: str) -> Any:
        # Asked only for what is not there.
        raise AttributeError(f"Tape has no value {name!r}", name=name, obj=self)

    def __getitem__(self, name: str) -> Any:
        return self.__dict__[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self.__dict__[name] = value

    def __delitem__(self, name: str) -> None:
        del self.__dict__[name]

    def __contains__(self, name: object) -> bool:
        return name in self.__dict__

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __len__(self) -> int:
        return len(self.__dict__)

    def _rows(self):
        """(names, value) of what is shown: neighbours of one shape and dtype together, in the order of computation."""
        rows = []
        for name, value in vars(self).items():
            kind = (np.shape(value), np.asarray(value).dtype)
            if rows and rows[-1][0] == kind:
                rows[-1][1].append(name)
            else:
                rows.append((kind, [name]))
        return rows

    def __repr__(self) -> str:
        rows = self._rows()
        lines = [f"Tape of {len(self)} values"]
        lines += [f"  {', '.join(names)}: {shape} {dtype}" for (shape, dtype), names in rows[:_SHOWN]]
        if hidden := sum(len(names) for _, names in rows[_SHOWN:]):
            lines.append(f"  and {hidden} more")
        return "\n".join(lines)

    def _repr_html_(self):
        head = "<tr><th>value</th><th>shape</th><th>dtype</th><th>entries</th></tr>"
        rows = [
            f"<tr><td><code>{escape(name)}</code></td><td>{np.shape(value)}</td>"
            f"<td>{np.asarray(value).dtype}</td><td>{_strip(np.asarray(value))}</td></tr>"
            for name, value in vars(self).items()
        ]
        return f"<table>{head}{''.join(rows)}</table>"


class _Intervened(Tape):
    """A tape whose every value passes through `intervene`."""

    __slots__ = ()

    def __setattr__(self, name: str, value: Any) -> None:
        if name in Tape.__slots__:
            object.__setattr__(self, name, value)
            return
        if name not in self._shares:
            value = self.intervene(self.place, name, value, self)
        self.__dict__[name] = value


def _strip(array):
    """The first entries as shades, blue below zero and red above, against the greatest magnitude of them all."""
    if array.dtype.kind not in "iuf" or not array.size:
        return ""
    entries = array.ravel()[:_STRIP].astype(float)
    largest = np.abs(array[np.isfinite(array)]).max(initial=0.0).astype(float)
    cells = []
    for k, entry in enumerate(entries):
        strength = 1.0 if not np.isfinite(entry) else abs(entry) / largest if largest else 0.0
        colour = "176,32,32" if entry > 0 else "32,64,176"
        box = f'x="{6 * k}" width="6" height="12" fill="rgba({colour},{strength:.3f})"'
        cells.append(f"<rect {box}><title>{entry:.6g}</title></rect>")
    label = f"{len(entries)} of {array.size} entries, the largest magnitude {largest:.6g}"
    return f'<svg role="img" aria-label="{label}" width="{6 * len(entries)}" height="12">{"".join(cells)}</svg>'
