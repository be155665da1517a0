"""A framework's own names, for a diagnosis: what it calls outputs, states, parameters and their gradients."""

from collections.abc import Collection
from typing import Any

import numpy as np

from lstmderiv.interchange.arrays import ARRAYS, GATED
from lstmderiv.interchange.conversion.conventions import convention
from lstmderiv.interchange.conversion.convert import gradients_to_framework
from lstmderiv.interchange.diagnosis.mistakes.kind import array_name
from lstmderiv.interchange.diagnosis.mistakes.reading import gradient_name
from lstmderiv.interchange.network import Network, Weights
from lstmderiv.types import Array, Tensors

__all__ = ["OwnNames"]

# More names than this are not listed one by one.
_SHOWN = 2


class OwnNames:
    """How the gradients of a network are called, and laid out, in a framework.

    Parameters
    ----------
    framework : str
    network : Network

    Raises
    ------
    TypeError, ValueError
        As for `gradients_to_framework`.
    """

    framework: str
    network: Network
    labels: dict[str, Array]
    others: dict[str, str]

    def __init__(self, framework: str, network: Network) -> None:
        self.framework, self.network = framework, network
        self.labels, self._sources = self._labels(), self._numbered()
        called = convention(framework).called
        self.others = {**called, **{f"d_{theirs}": f"d_{ours}" for theirs, ours in called.items()}}

    def _layers(self, array):
        """The weights' gradients of every layer and direction, `array` being a function of prefix, name and weight."""
        K = len(self.network.options.directions)
        layers = [[None] * K for _ in self.network.layers]
        for n, k, prefix in self.network.places():
            own = self.network.layers[n][k].arrays()
            layers[n][k] = Weights._of({name: array(prefix, name, weight) for name, weight in own.items()})
        return tuple(map(tuple, layers))

    def _labels(self):
        """For each entry which one of ours it is: (place, gate, unit) as one number above 0, or 0 if it has no gate."""
        gates, H = self.network.options.gates, self.network.hidden_size
        numbers = {prefix: p for p, (_, _, prefix) in enumerate(self.network.places())}

        def label(prefix, name, weight):
            first = numbers[prefix] * len(gates) * H
            if name in GATED:
                rows = np.arange(len(gates) * H)
            elif (gate := ARRAYS[name].gate) is not None:
                rows = gates.index(gate) * H + np.arange(H)
            else:
                return np.zeros(weight.shape)
            rows = (1.0 + first + rows).reshape(-1, *[1] * (weight.ndim - 1))
            return np.broadcast_to(rows, weight.shape).copy()

        return gradients_to_framework(self.framework, self.network, self._layers(label))

    def ours(self, name: str) -> str | None:
        """The name of the tensor that `name` means; None if it is none of the framework's.

        A gradient may be written weight_ih_l0, weight_ih_l0.grad, d_weight_ih_l0 or grad_weight_ih_l0.
        """
        if name in self.labels:
            return name
        bare = name.removesuffix(".grad").removeprefix("grad_").removeprefix("d_")
        if bare != name:
            return bare if bare in self.labels else self.others.get(f"d_{bare}")
        return self.others.get(name)

    def legend(self, arrays: Collection[str], places: Collection[tuple[int, int]] | None) -> str:
        """In which arrays of the framework some of ours lie, those of some layers and directions (None: all)."""
        everything = self.network.places()
        wanted = [prefix for n, k, prefix in everything if places is None or (n, k) in places]
        theirs = self._stored()
        found = {}
        for ours in arrays:
            names = list(dict.fromkeys(name for prefix in wanted for name in theirs.get(prefix + ours, ())))
            if names and names != [ours]:
                found[array_name(self.network, ours)] = ", ".join(names[:_SHOWN]) + (
                    " and so on" if len(names) > _SHOWN else ""
                )
        if not found:
            return ""
        title = convention(self.framework).title
        return f"In {title}: " + "; ".join(f"{ours} is {names}" for ours, names in found.items())

    def _stored(self):
        """From flat names of weights to the framework's arrays that hold them."""
        numbers = {name: k for k, name in enumerate(self.network.arrays(), 1)}
        layers = self._layers(lambda prefix, name, weight: np.full(weight.shape, float(numbers[prefix + name])))
        names, found = {k: name for name, k in numbers.items()}, {}
        for theirs, array in gradients_to_framework(self.framework, self.network, layers).items():
            for k in np.unique(array):
                if k in names:
                    found.setdefault(names[k], []).append(theirs)
        return found

    def place(self, name: str, index: tuple[int, ...]) -> dict[str, Any]:
        """Layer, direction, gate and unit of an entry, as far as it has them."""
        code = int(self.labels[name][index]) - 1
        options, H = self.network.options, self.network.hidden_size
        if code < 0:
            return {}
        place, row = divmod(code, len(options.gates) * H)
        n, k, _ = self.network.places()[place]
        gate = options.gates[row // H]
        return {"layer": n, "direction": options.directions[k], "gate": gate, "unit": row % H}

    def _numbered(self):
        """For each entry which one it is of all our gradients in a row, counted from 1; 0 where it is none of them."""
        places, count = {}, 1
        for name, weight in self.network.arrays().items():
            places[name] = np.arange(count, count + weight.size, dtype=np.float64).reshape(weight.shape)
            count += weight.size
        layers = self._layers(lambda prefix, name, weight: places[prefix + name])
        numbered = gradients_to_framework(self.framework, self.network, layers)
        return {name: array.astype(np.int64) for name, array in numbered.items()}

    def view(self, tensors: Tensors) -> dict[str, Array]:
        """Tensors, and the gradients among them under the framework's names: each entry is a copy of one of ours."""
        ours = (tensors[gradient_name(name)] for name in self.network.arrays())
        row = np.concatenate([[0.0], *(array.ravel() for array in ours)])
        return {**tensors, **{name: row[source] for name, source in self._sources.items()}}
