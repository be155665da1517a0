"""One step of a plain recurrent network, forward and backward: the literal derivation, a line an equation.

Row-wise throughout: x (B, D), h (B, H), z = [x, h_prev] (B, D + H). The new hidden state is tanh of one product.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lstmderiv._parameters import Parameters
from lstmderiv.checks import ArgumentError, check_shape, floating, instance
from lstmderiv.types import Array, ArrayLike, Computed

__all__ = ["RNNCellGradients", "RNNCellTrace", "RNNParameters", "rnn_cell", "rnn_cell_backward"]


@dataclass(frozen=True, eq=False)
class RNNParameters(Parameters):
    """Weights and biases of a plain recurrent layer.

    Copies of what is given: nothing that happens to the arguments later changes them.

    Parameters
    ----------
    W : array_like (H, D + H)
        Columns: input first, then previous hidden state.
    b : array_like (H,)
        One bias for each row of `W`.

    Attributes
    ----------
    hidden_size, input_size : int
        H and D.
    W_x : ndarray (H, D)
        The columns of `W` that meet the input.
    W_h : ndarray (H, H)
        The columns of `W` that meet the previous hidden state.

    Raises
    ------
    TypeError
        If an argument does not hold numbers.
    ValueError
        If shapes do not fit, or an argument holds NaN or infinities.
    """

    W: Array
    b: Array

    if TYPE_CHECKING:

        def __init__(self, W: ArrayLike, b: ArrayLike) -> None: ...

    def __post_init__(self) -> None:
        W = floating("W", self.W, ("H", "D + H"))
        rows, columns = W.shape
        if rows == 0 or columns <= rows:
            raise ArgumentError("W", "(H, D + H) with H >= 1 and D >= 1", W.shape)
        b = floating("b", self.b, ("H",), H=rows)
        object.__setattr__(self, "W", W.copy())
        object.__setattr__(self, "b", b.copy())

    @property
    def hidden_size(self) -> int:
        return self.W.shape[0]

    @property
    def input_size(self) -> int:
        return self.W.shape[1] - self.W.shape[0]

    W_x: ClassVar[Computed[Array]] = Computed(lambda self: self.W[:, : self.input_size])
    W_h: ClassVar[Computed[Array]] = Computed(lambda self: self.W[:, self.input_size :])


@dataclass(frozen=True, eq=False)
class RNNCellTrace:
    """Every intermediate of one forward step: the tape that the backward step reads. Inputs are copied onto it.

    Attributes
    ----------
    x : ndarray (B, D)
        Input.
    h_prev : ndarray (B, H)
        Hidden state of the step before.
    z : ndarray (B, D + H)
        [x, h_prev].
    a : ndarray (B, H)
        Pre-activation.
    h : ndarray (B, H)
        New hidden state.
    """

    x: Array
    h_prev: Array
    z: Array
    a: Array
    h: Array


@dataclass(frozen=True, eq=False)
class RNNCellGradients:
    """Gradients of one backward step: those of the arguments, and every intermediate one.

    Attributes
    ----------
    x : ndarray (B, D)
        With respect to the input.
    h : ndarray (B, H)
        With respect to the state that came in, h_prev: what the step before receives.
    W : ndarray (H, D + H)
    b : ndarray (H,)
    d_h : ndarray (B, H)
        With respect to the new hidden state, as given.
    d_a : ndarray (B, H)
        With respect to the pre-activation.
    d_z : ndarray (B, D + H)
        With respect to [x, h_prev].
    """

    x: Array
    h: Array
    W: Array
    b: Array
    d_h: Array
    d_a: Array
    d_z: Array


def rnn_cell(x: ArrayLike, h: ArrayLike, parameters: RNNParameters) -> RNNCellTrace:
    """One step of a plain recurrent network, Equations :eq:`eq:rnn-z` to :eq:`eq:rnn-h`.

    Parameters
    ----------
    x : array_like (B, D)
        Input. B may be 0.
    h : array_like (B, H)
        Hidden state of the step before.
    parameters : RNNParameters
        W (H, D + H) and b (H,).

    Returns
    -------
    RNNCellTrace
        Every intermediate; the new state is `.h`. Dtype: NumPy's promotion of all arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, or an argument holds NaN or infinities.

    Notes
    -----
    Source: Elman (1990).
    """
    instance("parameters", parameters, RNNParameters)
    x = floating("x", x, ("B", "D"), D=parameters.input_size)
    h_prev = floating("h", h, ("B", "H"), B=x.shape[0], H=parameters.hidden_size)
    W, b = parameters.W, parameters.b

    z = np.concatenate([x, h_prev], axis=-1)
    a = z @ W.T + b
    h = np.tanh(a)
    return RNNCellTrace(x.copy(), h_prev.copy(), z, a, h)


def rnn_cell_backward(d_h: ArrayLike, trace: RNNCellTrace, parameters: RNNParameters) -> RNNCellGradients:
    """Backward through one step of a plain recurrent network, Equations :eq:`eq:rnn-d-a` to :eq:`eq:rnn-d-h-prev`.

    Parameters
    ----------
    d_h : array_like (B, H)
        Gradient of the loss with respect to the new hidden state: everything that reads it, the next step included.
    trace : RNNCellTrace
        What `rnn_cell` returned.
    parameters : RNNParameters
        The parameters it was given.

    Returns
    -------
    RNNCellGradients
        `.x`, `.h`, `.W`, `.b` for the arguments of `rnn_cell`, and every intermediate gradient by name. Dtype: NumPy's
        promotion of all arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, or `d_h` holds NaN or infinities.

    Notes
    -----
    Source: Werbos (1990).
    """
    instance("parameters", parameters, RNNParameters)
    instance("trace", trace, RNNCellTrace)
    z = floating("trace.z", trace.z, ("B", "D + H"), finite=False, **{"D + H": parameters.W.shape[1]})
    states = {"B": z.shape[0], "H": parameters.hidden_size}
    check_shape("trace.h", np.shape(trace.h), ("B", "H"), states)
    d_h = floating("d_h", d_h, ("B", "H"), **states)
    W, h, D = parameters.W, trace.h, parameters.input_size

    d_a = d_h * (1 - h * h)
    d_W = d_a.T @ z
    d_b = d_a.sum(axis=0)
    d_z = d_a @ W
    d_x = d_z[:, :D]
    d_h_prev = d_z[:, D:]
    return RNNCellGradients(x=d_x, h=d_h_prev, W=d_W, b=d_b, d_h=d_h.copy(), d_a=d_a, d_z=d_z)
