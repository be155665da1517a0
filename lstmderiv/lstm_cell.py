"""One step of an LSTM, forward and backward: the literal derivation, a line an equation.

Row-wise throughout: x (B, D), h and c (B, H), z = [x, h_prev] (B, D + H). Gate order f, i, g, o, where g is the
candidate (the series' c~ or "cproj").
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lstmderiv._cell import bias, first_tape, gradient_of, last_tape, written
from lstmderiv._parameters import Parameters
from lstmderiv.activations import sigmoid
from lstmderiv.checks import ArgumentError, floating
from lstmderiv.tape import Tape, Trace
from lstmderiv.types import Array, ArrayLike, Computed, Real

__all__ = [
    "LSTMCellGradients",
    "LSTMCellTrace",
    "LSTMParameters",
    "lstm_cell",
    "lstm_cell_backward",
    "lstm_cell_step",
    "lstm_cell_step_backward",
]


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


class LSTMValues(Trace):
    """The names of what a step computes: of one step, or of all steps with an axis of time."""

    _lines: ClassVar[str] = "lstmderiv.lstm_cell:lstm_cell_step"

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


class LSTMCellTrace(LSTMValues):
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


class LSTMGradientValues(Trace):
    """The names of the gradients of what a step computes, likewise."""

    _lines: ClassVar[str] = "lstmderiv.lstm_cell:lstm_cell_step_backward"

    d_h: Array
    d_c_next: Array
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
    d_x: Array
    d_h_prev: Array
    d_c_prev: Array


class LSTMCellGradientValues(LSTMGradientValues):
    """Those of one step: beside the others the shares of weights and biases, and the gradients of the arguments."""

    d_W_f: Array
    d_W_i: Array
    d_W_g: Array
    d_W_o: Array
    d_b_f: Array
    d_b_i: Array
    d_b_g: Array
    d_b_o: Array
    d_W: Array
    d_b: Array

    x: ClassVar[Computed[Array]] = gradient_of("x", "d_x")
    h: ClassVar[Computed[Array]] = gradient_of("h", "d_h_prev")
    c: ClassVar[Computed[Array]] = gradient_of("c", "d_c_prev")
    W: ClassVar[Computed[Array]] = gradient_of("W", "d_W")
    b: ClassVar[Computed[Array]] = gradient_of("b", "d_b")


class LSTMCellGradients(LSTMCellGradientValues):
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
    d_c_next : ndarray (B, H)
        What the next step handed back for the new cell state, as given.
    d_c : ndarray (B, H)
        With respect to the new cell state, through both paths: its own hidden state and the next step.
    d_tanh_c, d_o, d_f, d_i, d_g : ndarray (B, H)
        With respect to tanh(c) and to the gate values.
    d_a_f, d_a_i, d_a_g, d_a_o : ndarray (B, H)
        With respect to the pre-activations.
    d_z : ndarray (B, D + H)
        With respect to [x, h_prev].
    d_x : ndarray (B, D)
    d_h_prev, d_c_prev : ndarray (B, H)
        The same as `.x`, `.h` and `.c`, under the names of the page.
    d_W_f, d_W_i, d_W_g, d_W_o : ndarray (H, D + H)
    d_b_f, d_b_i, d_b_g, d_b_o : ndarray (H,)
        With respect to the gates' own weights and biases.
    d_W, d_b
        The same as `.W` and `.b`, under the names of the page.
    """


def lstm_cell_step(t: Tape, w: LSTMParameters, forget_bias: Real = 0.0) -> None:
    """One step, Equations :eq:`eq:lstm-cell-z` to :eq:`eq:lstm-cell-h`.

    Parameters
    ----------
    t : Tape
        Reads x (B, D), h_prev and c_prev (B, H); writes the other values of `LSTMCellTrace`.
    w : LSTMParameters
    forget_bias : float, optional
    """
    t.z = np.concatenate([t.x, t.h_prev], axis=-1)
    t.a_f = t.z @ w.W_f.T + w.b_f + forget_bias
    t.a_i = t.z @ w.W_i.T + w.b_i
    t.a_g = t.z @ w.W_g.T + w.b_g
    t.a_o = t.z @ w.W_o.T + w.b_o
    t.f = sigmoid(t.a_f)
    t.i = sigmoid(t.a_i)
    t.g = np.tanh(t.a_g)
    t.o = sigmoid(t.a_o)
    t.c = t.f * t.c_prev + t.i * t.g
    t.tanh_c = np.tanh(t.c)
    t.h = t.o * t.tanh_c


def lstm_cell_step_backward(t: Tape, w: LSTMParameters) -> None:
    """Backward through `lstm_cell_step`, Equations :eq:`eq:d-o-value` to :eq:`eq:d-c-prev-recurrence`.

    Parameters
    ----------
    t : Tape
        What `lstm_cell_step` left, d_h and d_c_next (B, H); writes the other values of `LSTMCellGradients`.
    w : LSTMParameters
    """
    D = w.input_size
    t.d_o = t.d_h * t.tanh_c
    t.d_a_o = t.d_o * t.o * (1 - t.o)
    t.d_tanh_c = t.d_h * t.o
    t.d_c = t.d_tanh_c * (1 - t.tanh_c * t.tanh_c) + t.d_c_next
    t.d_g = t.d_c * t.i
    t.d_a_g = t.d_g * (1 - t.g * t.g)
    t.d_f = t.d_c * t.c_prev
    t.d_a_f = t.d_f * t.f * (1 - t.f)
    t.d_i = t.d_c * t.g
    t.d_a_i = t.d_i * t.i * (1 - t.i)
    t.d_W_f = t.d_a_f.T @ t.z
    t.d_W_i = t.d_a_i.T @ t.z
    t.d_W_g = t.d_a_g.T @ t.z
    t.d_W_o = t.d_a_o.T @ t.z
    t.d_b_f = t.d_a_f.sum(axis=0)
    t.d_b_i = t.d_a_i.sum(axis=0)
    t.d_b_g = t.d_a_g.sum(axis=0)
    t.d_b_o = t.d_a_o.sum(axis=0)
    t.d_z = t.d_a_f @ w.W_f + t.d_a_i @ w.W_i + t.d_a_g @ w.W_g + t.d_a_o @ w.W_o
    t.d_x = t.d_z[:, :D]
    t.d_h_prev = t.d_z[:, D:]
    t.d_c_prev = t.d_c * t.f
    t.d_W = np.concatenate([t.d_W_f, t.d_W_i, t.d_W_g, t.d_W_o])
    t.d_b = np.concatenate([t.d_b_f, t.d_b_i, t.d_b_g, t.d_b_o])


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
    t = first_tape(LSTMParameters, parameters, x, h=h, c=c)
    lstm_cell_step(t, parameters, bias(forget_bias, t, parameters))
    return LSTMCellTrace(t)


def lstm_cell_backward(
    d_h: ArrayLike, d_c_next: ArrayLike, trace: LSTMCellTrace, parameters: LSTMParameters
) -> LSTMCellGradients:
    """Backward through one step of an LSTM, Equations :eq:`eq:d-o-value` to :eq:`eq:d-c-prev-recurrence`.

    Parameters
    ----------
    d_h : array_like (B, H)
        Gradient of the loss with respect to the new hidden state: everything that reads it, the next step included.
    d_c_next : array_like (B, H)
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
        If shapes do not fit, or `d_h` or `d_c_next` holds NaN or infinities.

    Notes
    -----
    Source: article "LSTM Part 3", step 2.
    """
    t = last_tape(LSTMParameters, parameters, LSTMCellTrace, trace, d_h=d_h, d_c_next=d_c_next)
    lstm_cell_step_backward(t, parameters)
    return written(LSTMCellGradients, t, trace)
