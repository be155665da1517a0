"""A case: a network with inputs and upstream gradients, and every tensor that follows from them, by name."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lstmderiv.checks import ArgumentError, ArgumentTypeError, instance, number_type
from lstmderiv.interchange.network import Network
from lstmderiv.interchange.recurrent import RecurrentGradients, RecurrentTrace, recurrent, recurrent_backward
from lstmderiv.tape import Intervene
from lstmderiv.types import Array, ArrayLike, DTypeLike

__all__ = ["SECTIONS", "Case"]

SECTIONS = ("inputs", "parameters", "forward", "upstream", "backward")


@dataclass(frozen=True, eq=False)
class Case:
    """A network, what goes into it, and the gradients of the loss with respect to what comes out.

    Parameters
    ----------
    name : str
        What the case is called: letters, digits, "_", "-" and ".".
    network : Network
    x : array_like (B, T, D), or (T, B, D) with layout "time_first"
    h0 : array_like (L, K, B, R), optional
    c0 : array_like (L, K, B, H), optional
    lengths : array_like of integers (B,), optional
    d_y : array_like (B, T, KR), or (T, B, KR) with layout "time_first", optional
    d_h_last : array_like (L, K, B, R), optional
    d_c_last : array_like (L, K, B, H), optional
        What is left out is zero; `lengths` that are left out are T.
    description : str, optional
        One sentence.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, a length is out of range, or an argument holds NaN or infinities.
    """

    name: str
    network: Network
    x: Array
    h0: Array = None
    c0: Array | None = None
    lengths: Array | None = None
    d_y: Array = None
    d_h_last: Array = None
    d_c_last: Array | None = None
    description: str = ""

    if TYPE_CHECKING:

        def __init__(
            self,
            name: str,
            network: Network,
            x: ArrayLike,
            h0: ArrayLike | None = None,
            c0: ArrayLike | None = None,
            lengths: ArrayLike | None = None,
            d_y: ArrayLike | None = None,
            d_h_last: ArrayLike | None = None,
            d_c_last: ArrayLike | None = None,
            description: str = "",
        ) -> None: ...

    def __post_init__(self) -> None:
        instance("name", self.name, str)
        if not self.name or not all(c.isascii() and (c.isalnum() or c in "_-.") for c in self.name):
            raise ArgumentError("name", "letters, digits, '_', '-' and '.'", repr(self.name))
        instance("description", self.description, str)
        trace = recurrent(self.x, self.network, self.h0, self.c0, lengths=self.lengths)
        recurrent_backward(self.d_y, trace, self.d_h_last, self.d_c_last)
        zeros = {"d_y": trace.y, "d_h_last": trace.h_last, "d_c_last": trace.c_last}
        for name in ("x", "h0", "c0", "lengths"):
            object.__setattr__(self, name, getattr(trace, name))
        for name, like in zeros.items():
            given = getattr(self, name)
            if given is not None and np.iscomplexobj(given) and not np.iscomplexobj(like):
                raise ArgumentTypeError(name, "real numbers, as all others of the case", "complex ones")
            if like is not None:
                object.__setattr__(self, name, np.zeros_like(like) if given is None else np.array(given, like.dtype))

    def run(self, intervene: Intervene | None = None) -> tuple[RecurrentTrace, RecurrentGradients]:
        """Run the case forward and backward.

        Parameters
        ----------
        intervene : callable, optional
            As for `recurrent`.

        Returns
        -------
        trace : RecurrentTrace
        gradients : RecurrentGradients

        Raises
        ------
        TypeError, ValueError
            What `intervene` raises.
        """
        trace = recurrent(self.x, self.network, self.h0, self.c0, lengths=self.lengths, intervene=intervene)
        return trace, recurrent_backward(self.d_y, trace, self.d_h_last, self.d_c_last, intervene=intervene)

    def sections(self, intervene: Intervene | None = None) -> dict[str, dict[str, Array]]:
        """Every tensor of the case, by section and name; no name stands in two sections.

        Parameters
        ----------
        intervene : callable, optional
            As for `recurrent`.

        Returns
        -------
        dict of dict of ndarray
            "inputs": x, h0, c0, lengths. "parameters": "layer0.forward.W_x" and so on. "forward": every intermediate,
            then y, h_last, c_last. "upstream": d_y, d_h_last, d_c_last. "backward": every intermediate gradient and
            those of the parameters, then d_x, d_h0, d_c0. What the case does not have is left out.

        Raises
        ------
        TypeError, ValueError
            What `intervene` raises.
        """
        trace, gradients = self.run(intervene)
        found = {
            "inputs": {name: getattr(self, name) for name in ("x", "h0", "c0", "lengths")},
            "parameters": self.network.arrays(),
            "forward": {**trace.tensors, "y": trace.y, "h_last": trace.h_last, "c_last": trace.c_last},
            "upstream": {name: getattr(self, name) for name in ("d_y", "d_h_last", "d_c_last")},
            "backward": {**gradients.tensors, "d_x": gradients.x, "d_h0": gradients.h0, "d_c0": gradients.c0},
        }
        return {
            section: {name: array for name, array in tensors.items() if array is not None}
            for section, tensors in found.items()
        }

    def tensors(self, intervene: Intervene | None = None) -> dict[str, Array]:
        """Every tensor of the case in one dictionary, see `sections`.

        Parameters
        ----------
        intervene : callable, optional

        Returns
        -------
        dict of ndarray

        Raises
        ------
        TypeError, ValueError
            What `intervene` raises.
        """
        return {name: array for part in self.sections(intervene).values() for name, array in part.items()}

    def astype(self, dtype: DTypeLike | Callable[[Array], Array]) -> "Case":
        """The case with every array of floating-point numbers of another dtype.

        Parameters
        ----------
        dtype : dtype or callable
            A callable takes each array and returns its replacement, an array of objects for instance.

        Returns
        -------
        Case

        Raises
        ------
        TypeError
            If `dtype` is neither one of numbers nor a callable.
        ValueError
            If a weight does not fit into it.
        """
        if callable(dtype) and not isinstance(dtype, type):
            convert = dtype
        else:
            kind = number_type("dtype", dtype)

            def convert(array: Array) -> Array:
                return array.astype(kind)

        names = ("x", "h0", "c0", "d_y", "d_h_last", "d_c_last")

        def converted(array):
            found = convert(array)
            if np.shape(found) != array.shape or not isinstance(found, np.ndarray):
                raise ArgumentTypeError("dtype", "a function from an array to one of its shape", type(found).__name__)
            return found

        arrays = {name: converted(array) for name in names if (array := getattr(self, name)) is not None}
        weights = {name: converted(array) for name, array in self.network.arrays().items()}
        found = copy(self)  # its shapes have been checked: checking is a run of the network, and numbers may be slow
        for name, value in (arrays | {"network": Network.from_arrays(self.network.options, weights)}).items():
            object.__setattr__(found, name, value)
        return found
