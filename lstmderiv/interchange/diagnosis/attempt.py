"""A case as some implementation computes it: the reference operator, with what that implementation does otherwise."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from lstmderiv.interchange.case import Case
from lstmderiv.interchange.network import Network, Weights
from lstmderiv.interchange.options import Options
from lstmderiv.interchange.recurrent import RecurrentGradients, RecurrentTrace, recurrent, recurrent_backward
from lstmderiv.tape import Place, Tape
from lstmderiv.types import Array

__all__ = ["Attempt", "Step"]


@dataclass(frozen=True, eq=False)
class Step:
    """What a change in the middle of a step sees: the value about to be written down, and all that was before it.

    `memory` is a dictionary for each layer and direction, which lives as long as a pass.
    """

    place: Place
    name: str
    value: Array
    tape: Tape
    network: Network
    memory: dict[str, Any]

    @property
    def options(self) -> Options:
        return self.network.options

    @property
    def weights(self) -> Weights:
        """The `Weights` of this layer and direction."""
        return self.network.layers[self.place.layer][self.options.directions.index(self.place.direction)]

    def block(self, name: str, gate: str) -> Array | float:
        """The block of a gate in an array of weights; zero if the network has no such array."""
        array = getattr(self.weights, name)
        G = self.options.gates
        return 0.0 if array is None else np.split(array, len(G))[G.index(gate)]


@dataclass(frozen=True, eq=False)
class Attempt:
    """A way to compute a case: what it reads, what it changes in the middle of a step, and what it makes of results.

    Attributes
    ----------
    network : Network
        The weights as they are used, under the options that are followed.
    x, h0, c0, lengths, d_y, d_h_last, d_c_last : ndarray or None
        As they are used.
    parameters : dict
        The weights as the implementation would show them.
    hooks : tuple of dict
        From names of intermediates to functions of a `Step`, which return what takes the value's place.
    outputs, gradients : tuple of callable
        Each takes the tensors of a pass, forward or backward, and returns those that the implementation would show.
    """

    network: Network
    x: Array | None
    h0: Array | None
    c0: Array | None
    lengths: Array | None
    d_y: Array | None
    d_h_last: Array | None
    d_c_last: Array | None
    parameters: dict[str, Array]
    hooks: tuple[Mapping[str, Callable[[Step], Any]], ...] = ()
    outputs: tuple[Callable[[dict[str, Array]], dict[str, Array]], ...] = ()
    gradients: tuple[Callable[[dict[str, Array]], dict[str, Array]], ...] = ()
    given: dict[str, Array] = field(default_factory=dict)

    @classmethod
    def of(cls, case: Case) -> "Attempt":
        """The right way."""
        inputs = {name: getattr(case, name) for name in ("x", "h0", "c0", "lengths")}
        upstream = {name: getattr(case, name) for name in ("d_y", "d_h_last", "d_c_last")}
        given = {name: array for name, array in {**inputs, **upstream}.items() if array is not None}
        return cls(case.network, **inputs, **upstream, parameters=case.network.arrays(), given=given)

    def but(self, **changes: Any) -> "Attempt":
        """This way with some attributes changed; hooks, outputs and gradients are added to those there are."""
        for name in ("hooks", "outputs", "gradients"):
            if name in changes:
                changes[name] = (*getattr(self, name), changes[name])
        return replace(self, **changes)

    def _intervene(self):
        if not self.hooks:
            return None
        memory = {}

        def intervene(place, name, value, tape):
            for hook in self.hooks:
                if name in hook:
                    own = memory.setdefault((id(hook), place.layer, place.direction), {})
                    value = hook[name](Step(place, name, value, tape, self.network, own))
            return value

        return intervene

    def same_pass(self, other: "Attempt") -> bool:
        """Whether both ways compute the same, forward and backward, and only show it in another way."""
        names = ("network", "x", "h0", "c0", "lengths", "d_y", "d_h_last", "d_c_last")
        return self.hooks == other.hooks and all(getattr(self, name) is getattr(other, name) for name in names)

    def run(self) -> RecurrentTrace:
        """The forward pass, a `RecurrentTrace`."""
        return recurrent(self.x, self.network, self.h0, self.c0, lengths=self.lengths, intervene=self._intervene())

    def run_backward(self, trace: RecurrentTrace) -> RecurrentGradients:
        """The backward pass of a trace, `RecurrentGradients`."""
        return recurrent_backward(self.d_y, trace, self.d_h_last, self.d_c_last, intervene=self._intervene())

    def shown(self, trace: RecurrentTrace, *, intermediates: bool = True) -> dict[str, Array]:
        """What was given, and all that a forward pass computes, by name; on request without its intermediates."""
        # A change of outputs may read any intermediate.
        inner = trace.tensors if intermediates or self.outputs else {}
        tensors = {**self.given, **self.parameters, **inner, "y": trace.y, "h_last": trace.h_last}
        if trace.c_last is not None:
            tensors["c_last"] = trace.c_last
        for change in self.outputs:
            tensors = change(tensors)
        return tensors

    def shown_backward(self, found: RecurrentGradients, *, intermediates: bool = True) -> dict[str, Array]:
        """All that a backward pass computes, by name; on request without its intermediates."""
        tensors = dict(found.tensors if intermediates else found.totals())
        tensors |= {"d_x": found.x, "d_h0": found.h0}
        if found.c0 is not None:
            tensors["d_c0"] = found.c0
        # What was changed first on the way in comes last on the way out.
        for change in reversed(self.gradients):
            tensors = change(tensors)
        return tensors
