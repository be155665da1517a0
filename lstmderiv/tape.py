"""What one step writes down: every intermediate by name, each open to intervention where it is computed.

A step is written a line an equation, `t.f = sigmoid(t.a_f)`: the assignment is what notes the value. `Tape` is what it
writes on; `Trace` is what a caller gets: the same values, closed.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import FrozenInstanceError
from html import escape
from inspect import get_annotations
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, NoReturn, Self, TypeAlias, get_origin

import numpy as np

from lstmderiv.checks import ArgumentError

__all__ = ["Intervene", "Place", "Shown", "Tape", "Trace"]

_SHOWN = 16
_STRIP = 20


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


class Shown:
    """Shows its values: short in a console, with a strip of shades for each in a notebook."""

    __slots__ = ()

    #: The function whose lines the values are from, module:name: a book can link a value to the equation of its line.
    _lines: ClassVar[str] = ""

    def _values(self) -> Mapping[str, Any]:
        return {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray | np.generic)}

    def _title(self):
        return type(self).__name__

    def _rows(self):
        """(names, value) of what is shown: neighbours of one shape and dtype together, in the order of computation."""
        rows = []
        for name, value in self._values().items():
            kind = (np.shape(value), np.asarray(value).dtype)
            if rows and rows[-1][0] == kind:
                rows[-1][1].append(name)
            else:
                rows.append((kind, [name]))
        return rows

    def __repr__(self) -> str:
        rows = self._rows()
        lines = [f"{self._title()} of {len(self._values())} values"]
        lines += [f"  {', '.join(names)}: {shape} {dtype}" for (shape, dtype), names in rows[:_SHOWN]]
        if hidden := sum(len(names) for _, names in rows[_SHOWN:]):
            lines.append(f"  and {hidden} more")
        return "\n".join(lines)

    def _repr_html_(self):
        head = "<tr><th>value</th><th>shape</th><th>dtype</th><th>entries</th></tr>"
        rows = [
            f"<tr><td>{self._named(escape(name))}</td><td>{np.shape(value)}</td>"
            f"<td>{np.asarray(value).dtype}</td><td>{_strip(np.asarray(value))}</td></tr>"
            for name, value in self._values().items()
        ]
        return f"<table>{head}{''.join(rows)}</table>"

    def _named(self, name):
        return f'<code data-line="{self._lines} {name}">{name}</code>' if self._lines else f"<code>{name}</code>"


class Tape(Shown, MutableMapping[str, Any]):
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

    def _values(self) -> Mapping[str, Any]:
        return vars(self)

    def _title(self):
        return "Tape"


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


class Trace(Shown):
    """Values that have been written down, by name. Nothing is changed afterwards: `replace` gives another one.

    A subclass declares the values, in the order of the computation, as annotations.

    Parameters
    ----------
    values : mapping
        By name, in the order of the computation.
    """

    #: Names that are None where the computation has no such value.
    _optional: ClassVar[frozenset[str]] = frozenset()
    #: The shapes of values in symbols, where they are not (B, H).
    _shapes: ClassVar[Mapping[str, tuple[str, ...]]] = {"x": ("B", "D"), "z": ("B", "D + H")}

    def __init__(self, values: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> None:
        vars(self).update(values)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    # Hidden from type checkers: what a class does not declare is a mistake.
    if not TYPE_CHECKING:

        def __getattr__(self, name):
            if name in type(self)._optional:
                return None
            raise AttributeError(f"{type(self).__name__} has no value {name!r}", name=name, obj=self)

    def replace(self, **values: Any) -> Self:
        """Another one, with other values in the place of some.

        Parameters
        ----------
        **values
            By name.

        Returns
        -------
        Trace
            Of the same type.

        Raises
        ------
        ValueError
            If there is no value of that name.
        """
        for name in values:
            if name not in vars(self):
                raise ArgumentError(name, f"one of {sorted(vars(self))}", "no value of this trace")
        return type(self)(vars(self) | values)

    @classmethod
    def _declared(cls) -> list[str]:
        """The names of the values, in the order of the computation."""
        bases = [base for base in reversed(cls.__mro__) if issubclass(base, Trace)]
        kinds = {name: kind for base in bases for name, kind in get_annotations(base).items()}
        return [name for name, kind in kinds.items() if get_origin(kind) is not ClassVar]


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
