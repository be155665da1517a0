"""A dense layer as an object."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from lstmderiv.checks import affordable, flag, instance, positive_integer
from lstmderiv.dense import DenseGradients, dense, dense_backward
from lstmderiv.layers._log import log
from lstmderiv.layers.initializers import checked_initializer, initial, width
from lstmderiv.types import Array, ArrayLike, Initializer

__all__ = ["Dense", "DenseTrace"]


@dataclass(frozen=True, eq=False)
class DenseTrace:
    """What a `Dense` layer's backward pass needs.

    Attributes
    ----------
    x : ndarray (..., K)
    W : ndarray (K, N)
    y : ndarray (..., N)
    """

    x: Array
    W: Array
    y: Array


class Dense:
    """A dense layer as an object, Listing-1 of the article "LSTM Part 3".

    Parameters
    ----------
    size : int
        N, the number of outputs.
    kernel_initializer, bias_initializer : callable, optional
        From a shape to an array; zeros if not given. Used once, when the first input tells K.
    debug, backpassdebug : bool, optional
        Log every intermediate of the forward or of the backward pass.

    Attributes
    ----------
    W : ndarray (K, N) or None
    b : ndarray (N,) or None
        None until the first forward pass or `build`. Assign what an optimizer returns.

    Raises
    ------
    TypeError, ValueError
        If `size` is not a positive integer.
    """

    size: int
    kernel_initializer: Initializer
    bias_initializer: Initializer
    debug: bool
    backpassdebug: bool
    W: Array | None
    b: Array | None

    def __init__(
        self,
        size: int,
        *,
        kernel_initializer: Initializer | None = None,
        bias_initializer: Initializer | None = None,
        debug: bool = False,
        backpassdebug: bool = False,
    ) -> None:
        self.size = positive_integer("size", size)
        self.kernel_initializer = checked_initializer("kernel_initializer", kernel_initializer)
        self.bias_initializer = checked_initializer("bias_initializer", bias_initializer)
        self.debug, self.backpassdebug = flag("debug", debug), flag("backpassdebug", backpassdebug)
        self.W = self.b = None

    def build(self, input_size: int) -> Self:
        """Make the parameters for inputs of size K = `input_size`.

        Raises
        ------
        TypeError, ValueError
            If `input_size` is not a positive integer, or an initializer's array has another shape.
        """
        K, N = positive_integer("input_size", input_size), self.size
        affordable("input_size", (K, N))
        self.W = initial("kernel_initializer", self.kernel_initializer, (K, N))
        self.b = initial("bias_initializer", self.bias_initializer, (N,))
        return self

    def forward(self, x: ArrayLike) -> DenseTrace:
        """Apply the layer; argument and errors are those of `dense`.

        Returns
        -------
        DenseTrace
            Output `.y` (..., N), dtype as of `dense`.
        """
        if self.W is None:
            self.build(width(x, ("...", "K")))
        y = dense(x, self.W, self.b)
        trace = DenseTrace(np.array(x), self.W, y)
        if self.debug:
            log("Dense forward", {"x": trace.x, "W": self.W, "b": self.b, "y": trace.y})
        return trace

    def backward(self, d_y: ArrayLike, trace: DenseTrace) -> DenseGradients:
        """Gradients of the layer; errors are those of `dense_backward`.

        Parameters
        ----------
        d_y : array_like (..., N)
        trace : DenseTrace

        Returns
        -------
        DenseGradients
        """
        instance("trace", trace, DenseTrace)
        gradients = dense_backward(d_y, trace.x, trace.W)
        if self.backpassdebug:
            named = {"d_y": np.asarray(d_y), "d_W": gradients.W, "d_b": gradients.b, "d_x": gradients.x}
            log("Dense backward", named)
        return gradients
