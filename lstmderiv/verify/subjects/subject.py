"""What a subject of a proof is, and the sizes that they share."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

__all__ = ["LENGTHS", "WEIGHTS", "B", "D", "H", "Subject", "T"]

# Sizes at which everything is proved, weights of an LSTM; rows of different lengths, one of them empty.
B, T, D, H = 3, 4, 2, 3
WEIGHTS = {"W": (4 * H, D + H), "b": (4 * H,)}
LENGTHS = np.array([4, 0, 2])


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
        Whether it runs over several steps.
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

    @property
    def name(self):
        return self.forward.__name__
