"""One step of an LSTM, forward and backward: the literal derivation, a line an equation.

Row-wise throughout: x (B, D), h and c (B, H), z = [x, h_prev] (B, D + H). Gate order f, i, g, o, where g is the
candidate (the series' c~ or "cproj").
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lstmderiv._parameters import Parameters
from lstmderiv.activations import sigmoid
from lstmderiv.checks import ArgumentError, check_shape, floating, instance, real_scalar
from lstmderiv.types import Array, ArrayLike, Computed, Real

__all__ = ["LSTMCellGradients", "LSTMCellTrace", "LSTMParameters", "lstm_cell", "lstm_cell_backward"]


@dataclass(frozen=True, eq=False)
class LSTMParameters(Parameters):
    """Weights and biases of an LSTM layer, the four gates stacked in the order f, i, g, o.

    Copies of what is given: nothing that happens to the arguments later changes them.

    Parameters
    ----------
    W : array_like (4H, D + H)
        Columns: input first, then previous hidden state.
    b : array_like (4H,)
        One bias for each row of `W`.

    Attributes
    ----------
    hidden_size, input_size : int
        H and D.
    W_f, W_i, W_g, W_o : ndarray (H, D + H)
        The gates' blocks of `W`.
    b_f, b_i, b_g, b_o : ndarray (H,)
        The gates' blocks of `b`.

    Raises
    ------
    TypeError
        If an argument does not hold numbers.
    ValueError
        If shapes do not fit, or an argument holds NaN or infinities.

    Notes
    -----
    Source: article "LSTM Part 2" (weights 20 x 15, biases 20).
    """

    W: Array
    b: Array

    if TYPE_CHECKING:

        def __init__(self, W: ArrayLike, b: ArrayLike) -> None: ...

    def __post_init__(self) -> None:
        W = floating("W", self.W, ("4H", "D + H"))
        rows, columns = W.shape
        if rows == 0 or rows % 4 or columns <= rows // 4:
            leaves = f" (H = {rows // 4} leaves D = {columns - rows // 4})" if rows and rows % 4 == 0 else ""
            raise ArgumentError("W", "(4H, D + H) with H >= 1 and D >= 1", f"{W.shape}{leaves}")
        b = floating("b", self.b, ("4H",), **{"4H": rows})
        object.__setattr__(self, "W", W.copy())
        object.__setattr__(self, "b", b.copy())

    @property
    def hidden_size(self) -> int:
        return self.W.shape[0] // 4

    @property
    def input_size(self) -> int:
        return self.W.shape[1] - self.hidden_size

    def _block(self, k):
        return slice(k * self.hidden_size, (k + 1) * self.hidden_size)

    W_f: ClassVar[Computed[Array]] = Computed(lambda self: self.W[self._block(0)])
    W_i: ClassVar[Computed[Array]] = Computed(lambda self: self.W[self._block(1)])
    W_g: ClassVar[Computed[Array]] = Computed(lambda self: self.W[self._block(2)])
    W_o: ClassVar[Computed[Array]] = Computed(lambda self: self.W[self._block(3)])
    b_f: ClassVar[Computed[Array]] = Computed(lambda self: self.b[self._block(0)])
    b_i: ClassVar[Computed[Array]] = Computed(lambda self: self.b[self._block(1)])
    b_g: ClassVar[Computed[Array]] = Computed(lambda self: self.b[self._block(2)])
    b_o: ClassVar[Computed[Array]] = Computed(lambda self: self.b[self._block(3)])


@dataclass(frozen=True, eq=False)
class LSTMCellTrace:
    """Every intermediate of one forward step: the tape that the backward step reads. Inputs are copied onto it.

    Attributes
    ----------
    x : ndarray (B, D)
        Input.
    h_prev, c_prev : ndarray (B, H)
        Hidden and cell state of the step before.
    z : ndarray (B, D + H)
        [x, h_prev].
    a_f, a_i, a_g, a_o : ndarray (B, H)
        Pre-activations; `a_f` includes the forget bias.
    f, i, g, o : ndarray (B, H)
        Forget gate, input gate, candidate, output gate.
    c, tanh_c, h : ndarray (B, H)
        New cell state, its tanh, new hidden state.
    """

    x: Array
    h_prev: Array
    c_prev: Array
    z: Array
    a_f: Array
    a_i: Array
    a_g: Array
    a_o: Array
    f: Array
    i: Array
    g: Array
    o: Array
    c: Array
    tanh_c: Array
    h: Array


@dataclass(frozen=True, eq=False)
class LSTMCellGradients:
    """Gradients of one backward step: those of the arguments, and every intermediate one.

    Attributes
    ----------
    x : ndarray (B, D)
        With respect to the input.
    h, c : ndarray (B, H)
        With respect to the states that came in, h_prev and c_prev: what the step before receives.
    W : ndarray (4H, D + H)
    b : ndarray (4H,)
    d_h : ndarray (B, H)
        With respect to the new hidden state, as given.
    d_c : ndarray (B, H)
        With respect to the new cell state, through both paths: its own hidden state and the next step.
    d_tanh_c, d_o, d_f, d_i, d_g : ndarray (B, H)
        With respect to tanh(c) and to the gate values.
    d_a_f, d_a_i, d_a_g, d_a_o : ndarray (B, H)
        With respect to the pre-activations.
    d_z : ndarray (B, D + H)
        With respect to [x, h_prev].
    """

    x: Array
    h: Array
    c: Array
    W: Array
    b: Array
    d_h: Array
    d_c: Array
    d_tanh_c: Array
    d_o: Array
    d_f: Array
    d_i: Array
    d_g: Array
    d_a_f: Array
    d_a_i: Array
    d_a_g: Array
    d_a_o: Array
    d_z: Array


def lstm_cell(
    x: ArrayLike, h: ArrayLike, c: ArrayLike, parameters: LSTMParameters, *, forget_bias: Real = 0.0
) -> LSTMCellTrace:
    """One step of an LSTM, Equations :eq:`eq:lstm-cell-z` to :eq:`eq:lstm-cell-h`.

    Parameters
    ----------
    x : array_like (B, D)
        Input. B may be 0.
    h, c : array_like (B, H)
        Hidden and cell state of the step before.
    parameters : LSTMParameters
        W (4H, D + H) and b (4H,).
    forget_bias : float, optional
        Added to the forget gate's pre-activation. The series' example passes 1.0.

    Returns
    -------
    LSTMCellTrace
        Every intermediate; the new states are `.h` and `.c`. Dtype: NumPy's promotion of all arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, or an argument holds NaN or infinities.

    Notes
    -----
    Source: Hochreiter and Schmidhuber (1997), with the forget gate of Gers et al. (2000); article "LSTM Part 2".
    """
    instance("parameters", parameters, LSTMParameters)
    x = floating("x", x, ("B", "D"), D=parameters.input_size)
    states = {"B": x.shape[0], "H": parameters.hidden_size}
    h_prev = floating("h", h, ("B", "H"), **states)
    c_prev = floating("c", c, ("B", "H"), **states)
    dtype = np.result_type(x, h_prev, c_prev, parameters.W, parameters.b)
    forget_bias = real_scalar("forget_bias", forget_bias, dtype=dtype)
    W_f, W_i, W_g, W_o = parameters.W_f, parameters.W_i, parameters.W_g, parameters.W_o
    b_f, b_i, b_g, b_o = parameters.b_f, parameters.b_i, parameters.b_g, parameters.b_o

    z = np.concatenate([x, h_prev], axis=-1)
    a_f = z @ W_f.T + b_f + forget_bias
    a_i = z @ W_i.T + b_i
    a_g = z @ W_g.T + b_g
    a_o = z @ W_o.T + b_o
    f = sigmoid(a_f)
    i = sigmoid(a_i)
    g = np.tanh(a_g)
    o = sigmoid(a_o)
    c = f * c_prev + i * g
    tanh_c = np.tanh(c)
    h = o * tanh_c
    kept = (x.copy(), h_prev.copy(), c_prev.copy())
    return LSTMCellTrace(*kept, z, a_f, a_i, a_g, a_o, f, i, g, o, c, tanh_c, h)


def lstm_cell_backward(
    d_h: ArrayLike, d_c: ArrayLike, trace: LSTMCellTrace, parameters: LSTMParameters
) -> LSTMCellGradients:
    """Backward through one step of an LSTM, Equations :eq:`eq:d-o-value` to :eq:`eq:d-c-prev-recurrence`.

    Parameters
    ----------
    d_h : array_like (B, H)
        Gradient of the loss with respect to the new hidden state: everything that reads it, the next step included.
    d_c : array_like (B, H)
        What the next step hands back for the new cell state (the series' dc_next); zero at the last step.
    trace : LSTMCellTrace
        What `lstm_cell` returned.
    parameters : LSTMParameters
        The parameters it was given.

    Returns
    -------
    LSTMCellGradients
        `.x`, `.h`, `.c`, `.W`, `.b` for the arguments of `lstm_cell`, and every intermediate gradient by name.
        Dtype: NumPy's promotion of all arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, or `d_h` or `d_c` holds NaN or infinities.

    Notes
    -----
    Source: article "LSTM Part 3", step 2.
    """
    instance("parameters", parameters, LSTMParameters)
    instance("trace", trace, LSTMCellTrace)
    z = floating("trace.z", trace.z, ("B", "D + H"), finite=False, **{"D + H": parameters.W.shape[1]})
    states = {"B": z.shape[0], "H": parameters.hidden_size}
    for name in ("c_prev", "f", "i", "g", "o", "tanh_c"):
        check_shape(f"trace.{name}", np.shape(getattr(trace, name)), ("B", "H"), states)
    d_h = floating("d_h", d_h, ("B", "H"), **states)
    d_c = floating("d_c", d_c, ("B", "H"), **states)
    c_prev, f, i, g, o, tanh_c = trace.c_prev, trace.f, trace.i, trace.g, trace.o, trace.tanh_c
    W_f, W_i, W_g, W_o = parameters.W_f, parameters.W_i, parameters.W_g, parameters.W_o
    D = parameters.input_size

    d_o = d_h * tanh_c
    d_a_o = d_o * o * (1 - o)
    d_tanh_c = d_h * o
    d_c_total = d_tanh_c * (1 - tanh_c * tanh_c) + d_c
    d_g = d_c_total * i
    d_a_g = d_g * (1 - g * g)
    d_f = d_c_total * c_prev
    d_a_f = d_f * f * (1 - f)
    d_i = d_c_total * g
    d_a_i = d_i * i * (1 - i)
    d_W_f = d_a_f.T @ z
    d_W_i = d_a_i.T @ z
    d_W_g = d_a_g.T @ z
    d_W_o = d_a_o.T @ z
    d_b_f = d_a_f.sum(axis=0)
    d_b_i = d_a_i.sum(axis=0)
    d_b_g = d_a_g.sum(axis=0)
    d_b_o = d_a_o.sum(axis=0)
    d_z = d_a_f @ W_f + d_a_i @ W_i + d_a_g @ W_g + d_a_o @ W_o
    d_x = d_z[:, :D]
    d_h_prev = d_z[:, D:]
    d_c_prev = d_c_total * f
    return LSTMCellGradients(
        x=d_x, h=d_h_prev, c=d_c_prev,
        W=np.concatenate([d_W_f, d_W_i, d_W_g, d_W_o]), b=np.concatenate([d_b_f, d_b_i, d_b_g, d_b_o]),
        d_h=d_h.copy(), d_c=d_c_total, d_tanh_c=d_tanh_c, d_o=d_o, d_f=d_f, d_i=d_i, d_g=d_g,
        d_a_f=d_a_f, d_a_i=d_a_i, d_a_g=d_a_g, d_a_o=d_a_o, d_z=d_z,
    )  # fmt: skip
