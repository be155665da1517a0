"""The arrays of a network by name: the shape of each in symbols, and under which options there is one."""

from collections.abc import Callable
from typing import NamedTuple

__all__ = ["ARRAYS", "GATED", "Array", "arrays_of"]


class Array(NamedTuple):
    """What is known of an array of `Weights` by its name.

    Attributes
    ----------
    dims : tuple of str
        Its shape in the symbols of `Weights`; GH where it has a block for each gate.
    when : callable
        Whether a network has it under some `Options`.
    gate : str or None
        The gate that it belongs to alone.
    """

    dims: tuple
    when: Callable
    gate: str | None = None


ARRAYS = {
    "W_x": Array(("GH", "D"), lambda options: True),
    "W_h": Array(("GH", "R"), lambda options: True),
    "b_x": Array(("GH",), lambda options: options.biases >= 1),
    "b_h": Array(("GH",), lambda options: options.biases == 2),
    "p_f": Array(("H",), lambda options: options.peepholes, "f"),
    "p_i": Array(("H",), lambda options: options.peepholes, "i"),
    "p_o": Array(("H",), lambda options: options.peepholes, "o"),
    "W_p": Array(("P", "H"), lambda options: options.projection),
    "b_p": Array(("P",), lambda options: options.projection_bias),
}
GATED = tuple(name for name, array in ARRAYS.items() if "GH" in array.dims)


def arrays_of(options):
    """The names of the arrays that each direction of a network has.

    Parameters
    ----------
    options : Options

    Returns
    -------
    list of str
    """
    return [name for name, array in ARRAYS.items() if array.when(options)]
