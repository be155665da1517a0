"""What a subject of a proof is: a forward and a backward function, and how to run both on any numbers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

__all__ = ["Subject"]


@dataclass(frozen=True)
class Subject:
    """A forward function, its backward function, and how to call both.

    Attributes
    ----------
    forward, backward : function
    shapes : dict
        Shape of each argument that is a number, by name.
    fixed : dict
        Arguments that are not numbers to be varied: labels, lengths, flags.
    call : callable
        call(forward, arguments) -> its result.
    outputs : callable
        outputs(result) -> dict of the arrays that the loss sees.
    call_backward : callable
        call_backward(backward, upstream, result, arguments) -> its result.
    results : callable
        results(backward's result) -> dict of gradients by name, beside those that the function assigns by name.
    sequence : bool
        Whether it runs over several steps: rationals would grow too long there, so only the finite field is used.
    jax : callable, optional
        The forward function once more, for JAX: jax(arguments, at) -> dict of outputs, as `jax_gradients` takes it.
    names : mapping, optional
        Gradient's name in the backward function -> name in the forward function, where it is not `d_` and that name.
    parts : mapping, optional
        Name -> (argument, positions in it, counted along all axes): what is no argument of its own, but a part of one.
    """

    forward: Callable
    backward: Callable
    shapes: dict
    fixed: dict
    call: Callable
    outputs: Callable
    call_backward: Callable
    results: Callable
    sequence: bool = False
    jax: Callable | None = None
    names: Mapping = field(default_factory=dict)
    parts: Mapping = field(default_factory=dict)

    @property
    def name(self):
        """Name of the forward function."""
        return self.forward.__name__

    def forward_name(self, gradient):
        """The forward function's name of the value that a gradient belongs to."""
        return self.names.get(gradient, gradient.removeprefix("d_"))

    def moved(self, arguments, name, move):
        """The arguments with `move` added to one of them, or to a part of one; None if there is no such argument."""
        if name in arguments:
            return {**arguments, name: arguments[name] + move}
        if name not in self.parts:
            return None
        argument, positions = self.parts[name]
        whole = np.array(arguments[argument], np.result_type(arguments[argument], move))
        whole.reshape(-1)[positions] += move
        return {**arguments, argument: whole}
