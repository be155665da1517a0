"""Where two runs of a case differ first: the order of computation, and the place of an entry in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstmderiv.interchange.arrays import GATED
from lstmderiv.interchange.case import Case
from lstmderiv.interchange.diagnosis.own_names import OwnNames
from lstmderiv.interchange.names import TENSORS, base_of, kind_of, place_of
from lstmderiv.interchange.network import Network
from lstmderiv.interchange.options import Options
from lstmderiv.types import Array, Tensors

__all__ = ["Difference", "Disagreement", "Order"]


@dataclass(frozen=True)
class Difference:
    """The first entry that differs.

    Attributes
    ----------
    tensor : str
    index : tuple of int
        Of the entry in the tensor.
    layer, direction : int, str or None
    step : int or None
        Its place on the tensor's axis of time.
    run : int or None
        How many steps of this direction ran before it: in the reverse direction, the last step runs first.
    row : int or None
        Of the batch.
    unit : int or None
    gate : str or None
    mine, expected : float
    error : float
        The absolute error.
    ulp : float
        The error in units in the last place of `mine`'s dtype at `expected`.
    """

    tensor: str
    index: tuple[int, ...]
    layer: int | None
    direction: str | None
    step: int | None
    run: int | None
    row: int | None
    unit: int | None
    gate: str | None
    mine: float
    expected: float
    error: float
    ulp: float


@dataclass(frozen=True)
class Disagreement:
    """A tensor's largest error.

    Attributes
    ----------
    tensor : str
    agrees : bool
        Whether rounding explains every difference.
    error : float
        The largest absolute error; NaN if the tensor holds one.
    ulp : float
        The same in units in the last place at its largest entry.
    wrong, size : int
        Entries that differ by more than rounding, of how many.
    """

    tensor: str
    agrees: bool
    error: float
    ulp: float
    wrong: int
    size: int


def ulps(error: float, expected: float, dtype: np.dtype[Any]) -> float:
    """An error in units in the last place at `expected`."""
    if dtype.kind != "f":
        return float(error)
    with np.errstate(all="ignore"):
        return float(error / np.spacing(np.abs(np.asarray(expected).astype(dtype))).astype(np.float64))


class Order:
    """The order in which the tensors of a case are computed.

    Parameters
    ----------
    case : Case
    tensors : dict
        All that the case computes, in its order.
    own : OwnNames, optional
        The names of a framework's gradients.
    """

    own: OwnNames | None
    network: Network
    lengths: Array | None
    options: Options
    rank: dict[str, int]
    given: set[str]
    axes: tuple[str, str]
    T: int
    L: int
    K: int

    def __init__(self, case: Case, tensors: Tensors, own: OwnNames | None = None) -> None:
        self.own = own
        self.network, self.lengths = case.network, case.lengths
        self.options = case.network.options
        self.rank = {name: k for k, name in enumerate(tensors)}
        self.given = {"x", "h0", "c0", "lengths", "d_y", "d_h_last", "d_c_last", *case.network.arrays()}
        batch_first = self.options.layout == "batch_first"
        self.axes = ("row", "step") if batch_first else ("step", "row")
        self.T = case.x.shape[1 if batch_first else 0]
        self.L, self.K = len(self.network.layers), len(self.options.directions)

    def place(self, name: str, index: Sequence[Any]) -> dict[str, Any]:
        """Layer, direction, step, run, row, unit and gate of an entry, as far as it has them."""
        found = dict.fromkeys(("layer", "direction", "step", "run", "row", "unit", "gate"))
        index = tuple(int(k) for k in index)
        H, R = self.network.hidden_size, self.network.state_size
        if self._owned(name):
            return found | self.own.place(name, index)
        own = base_of(name)
        if name in ("h0", "c0", "h_last", "c_last", "d_h0", "d_c0", "d_h_last", "d_c_last"):
            layer, k, row, unit = index
            return found | {"layer": layer, "direction": self.options.directions[k], "row": row, "unit": unit}
        if (place := place_of(name)) is not None:
            found |= dict(zip(("layer", "direction"), place))
        if own in GATED:
            return found | {"gate": self.options.gates[index[0] // H], "unit": index[0] % H}
        if len(index) == 3:
            found |= dict(zip(self.axes, index)) | {"unit": index[2]}
            if own == "y":
                found |= {"layer": self.L - 1, "direction": self.options.directions[index[2] // R]}
                found["unit"] = index[2] % R
            found["run"] = self._run(found)
        elif own == "lengths":
            return found | {"row": index[0]}
        else:
            found["unit"] = index[0]
        return found | {"gate": TENSORS[own].gate}

    def _owned(self, name):
        return self.own is not None and name in self.own.labels

    def _run(self, found):
        step, row = found["step"], found["row"]
        if found["direction"] != "reverse":
            return step if found["direction"] else None
        length = self.T if self.lengths is None else int(self.lengths[row])
        return length - 1 - step if step < length else step

    def key(self, name: str, place: Mapping[str, Any]) -> tuple[int, int, int, int, int]:
        """What sorts entries in the order of their computation."""
        rank = self.rank[name]
        if name in self.given:
            return 0, 0, 0, 0, rank
        backward = self._owned(name) or kind_of(name) == "gradients"
        layer = self.L if place["layer"] is None else place["layer"]
        k = 0 if place["direction"] is None else self.options.directions.index(place["direction"])
        if not backward:
            return 1, layer, k, self.T if place["run"] is None else place["run"], rank
        if name == "d_x":
            return 2, self.L, 0, self.T - 1 - place["step"], rank
        # The backward pass goes from the last layer, direction and step to the first.
        return (
            2,
            self.L - 1 - layer,
            self.K - 1 - k,
            self.T if place["run"] is None else self.T - 1 - place["run"],
            rank,
        )

    def first(self, mine: Tensors, tensors: Tensors, wrong: Tensors) -> Difference:
        """The `Difference` that is computed first; `wrong` maps names to arrays of booleans."""
        best = None
        for name, entries in wrong.items():
            for index in np.argwhere(entries):
                place = self.place(name, index)
                key = (*self.key(name, place), *(int(k) for k in index))
                if best is None or key < best[0]:
                    best = key, name, tuple(int(k) for k in index), place
        _, name, index, place = best
        value, expected = mine[name][index], tensors[name][index]
        error = float(abs(np.float64(value) - np.float64(expected)))
        ulp = ulps(error, expected, mine[name].dtype)
        return Difference(name, index, **place, mine=float(value), expected=float(expected), error=error, ulp=ulp)
