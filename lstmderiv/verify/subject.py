"""What a subject of a proof is."""

from collections.abc import Callable
from dataclasses import dataclass

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
    """

    forward: Callable
    backward: Callable
    shapes: dict
    fixed: dict
    call: Callable
    outputs: Callable
    call_backward: Callable
    results: Callable

    @property
    def name(self):
        return self.forward.__name__
