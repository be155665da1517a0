"""An LSTM with peephole connections, forward and backward: the gates see the cell state.

Beside the input and the hidden state, the forget gate and the input gate read the previous cell state, and the output
gate reads the new one, each unit its own entry and no other. Everything else is as in `lstmderiv.lstm_cell`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lstmderiv._cell import bias, first_tape, gradient_of, last_tape, written
from lstmderiv._parameters import Parameters
from lstmderiv.activations import sigmoid
from lstmderiv.checks import floating, instance, real_scalar
from lstmderiv.lstm_cell import LSTMCellGradientValues, LSTMGradientValues, LSTMParameters, LSTMValues
from lstmderiv.sequence import (
    SequenceGradients,
    SequenceTrace,
    checked_sequence,
    run_cell,
    run_cell_backward,
    state_over_time,
)
from lstmderiv.tape import Tape, Trace
from lstmderiv.types import Array, ArrayLike, Computed, Real

__all__ = [
    "PeepholeCellGradients",
    "PeepholeCellTrace",
    "PeepholeGradients",
    "PeepholeParameters",
    "PeepholeTrace",
    "peephole_lstm",
    "peephole_lstm_backward",
    "peephole_lstm_cell",
    "peephole_lstm_cell_backward",
    "peephole_lstm_cell_step",
    "peephole_lstm_cell_step_backward",
]


@dataclass(frozen=True, eq=False)
class PeepholeParameters(Parameters):
    """Weights and biases of an LSTM layer with peephole connections.

    Copies of what is given: nothing that happens to the arguments later changes them.

    Parameters
    ----------
    W : array_like (4H, D + H)
        The gates' blocks stacked in the order f, i, g, o. Columns: input first, then previous hidden state.
    b : array_like (4H,)
        One bias for each row of `W`.
    p_f, p_i : array_like (H,)
        Peephole weights: how forget gate and input gate read the previous cell state, each unit its own entry.
    p_o : array_like (H,)
        Peephole weights: how the output gate reads the new cell state.

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
    The candidate has no peephole. Source: Gers and Schmidhuber (2000).
    """

    W: Array
    b: Array
    p_f: Array
    p_i: Array
    p_o: Array

    if TYPE_CHECKING:

        def __init__(self, W: ArrayLike, b: ArrayLike, p_f: ArrayLike, p_i: ArrayLike, p_o: ArrayLike) -> None: ...

    def __post_init__(self) -> None:
        plain = LSTMParameters(self.W, self.b)
        object.__setattr__(self, "W", plain.W)
        object.__setattr__(self, "b", plain.b)
        for name in ("p_f", "p_i", "p_o"):
            weights = floating(name, getattr(self, name), ("H",), H=plain.hidden_size)
            object.__setattr__(self, name, weights.copy())

    @property
    def hidden_size(self) -> int:
        return self.W.shape[0] // 4

    @property
    def input_size(self) -> int:
        return self.W.shape[1] - self.hidden_size

    _block = LSTMParameters._block
    W_f: ClassVar[Computed[Array]] = LSTMParameters.W_f
    W_i: ClassVar[Computed[Array]] = LSTMParameters.W_i
    W_g: ClassVar[Computed[Array]] = LSTMParameters.W_g
    W_o: ClassVar[Computed[Array]] = LSTMParameters.W_o
    b_f: ClassVar[Computed[Array]] = LSTMParameters.b_f
    b_i: ClassVar[Computed[Array]] = LSTMParameters.b_i
    b_g: ClassVar[Computed[Array]] = LSTMParameters.b_g
    b_o: ClassVar[Computed[Array]] = LSTMParameters.b_o


class _PeepholeValues(LSTMValues):
    _lines: ClassVar[str] = "lstmderiv.peephole:peephole_lstm_cell_step"


class PeepholeCellTrace(_PeepholeValues):
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
        Pre-activations, peepholes included; `a_f` includes the forget bias too.
    f, i, g, o : ndarray (B, H)
        Forget gate, input gate, candidate, output gate.
    c, tanh_c, h : ndarray (B, H)
        New cell state, its tanh, new hidden state.
    """


class _PeepholeGradientValues(LSTMGradientValues):
    _lines: ClassVar[str] = "lstmderiv.peephole:peephole_lstm_cell_step_backward"


class PeepholeCellGradients(_PeepholeGradientValues, LSTMCellGradientValues):
    """Gradients of one backward step: those of the arguments, and every intermediate one.

    Attributes
    ----------
    x : ndarray (B, D)
        With respect to the input.
    h, c : ndarray (B, H)
        With respect to the states that came in, h_prev and c_prev: what the step before receives.
    W : ndarray (4H, D + H)
    b : ndarray (4H,)
    p_f, p_i, p_o : ndarray (H,)
    d_h : ndarray (B, H)
        With respect to the new hidden state, as given.
    d_c_next : ndarray (B, H)
        What the next step handed back for the new cell state, as given.
    d_c : ndarray (B, H)
        With respect to the new cell state, through three paths: its tanh, the output gate's peephole, the next step.
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
    d_W, d_b, d_p_f, d_p_i, d_p_o
        The gradients of the parameters once more, under the names of the page.
    """

    d_p_f: Array
    d_p_i: Array
    d_p_o: Array

    p_f: ClassVar[Computed[Array]] = gradient_of("p_f", "d_p_f")
    p_i: ClassVar[Computed[Array]] = gradient_of("p_i", "d_p_i")
    p_o: ClassVar[Computed[Array]] = gradient_of("p_o", "d_p_o")


class PeepholeTrace(_PeepholeValues, SequenceTrace):
    """Every intermediate of a forward pass over a sequence: the tape that the backward pass reads.

    Attributes
    ----------
    steps : tuple of PeepholeCellTrace
        The steps in the order of time. At a padded step `.h` and `.c` are the states handed on.
    x : ndarray (B, T, D)
    h0, c0, h_last, c_last : ndarray (B, H)
        States before the first and after the last step of each row.
    parameters : PeepholeParameters
    active : ndarray of bool (T, B, 1), or None
        False at the padded steps of a row, where its states are handed on unchanged. None: no step is padded.
    reverse : bool
    h, c : ndarray (B, T, H)
        States after each step, zero at padded steps.
    f, i, g, o, a_f, a_i, a_g, a_o, tanh_c, h_prev, c_prev : ndarray (B, T, H)
    """

    steps: tuple[PeepholeCellTrace, ...]
    parameters: PeepholeParameters
    c0: Array
    c_last: Array

    _step: ClassVar[type[Trace]] = PeepholeCellTrace
    h: ClassVar[Computed[Array]] = state_over_time("h")  # type: ignore[misc]
    c: ClassVar[Computed[Array]] = state_over_time("c")  # type: ignore[misc]


class PeepholeGradients(_PeepholeGradientValues, SequenceGradients):
    """Gradients of a backward pass over a sequence: those of the arguments, and every per-step one.

    Attributes
    ----------
    x : ndarray (B, T, D)
    h0, c0 : ndarray (B, H)
    W : ndarray (4H, D + H)
    b : ndarray (4H,)
    p_f, p_i, p_o : ndarray (H,)
    steps : tuple of PeepholeCellGradients
        The steps in the order of time. At a padded step `.h` and `.c` are the carries handed on.
    d_h, d_c : ndarray (B, T, H)
        With respect to the states after each step, through every path; zero at padded steps.
    d_f, d_i, d_g, d_o, d_a_f, d_a_i, d_a_g, d_a_o : ndarray (B, T, H)
        With respect to gate values and pre-activations of each step.
    d_h_prev, d_c_prev : ndarray (B, T, H)
        What each step hands back to the one that ran before it.
    """

    steps: tuple[PeepholeCellGradients, ...]
    c0: Array
    W: Array
    b: Array
    p_f: Array
    p_i: Array
    p_o: Array

    _step: ClassVar[type[Trace]] = PeepholeCellGradients


def peephole_lstm_cell_step(t: Tape, w: PeepholeParameters, forget_bias: Real = 0.0) -> None:
    """One step, Equations :eq:`eq:peephole-a-f` to :eq:`eq:peephole-a-o`.

    Parameters
    ----------
    t : Tape
        Reads x (B, D), h_prev and c_prev (B, H); writes the other values of `PeepholeCellTrace`.
    w : PeepholeParameters
    forget_bias : float, optional
    """
    t.z = np.concatenate([t.x, t.h_prev], axis=-1)
    t.a_f = t.z @ w.W_f.T + w.p_f * t.c_prev + w.b_f + forget_bias
    t.a_i = t.z @ w.W_i.T + w.p_i * t.c_prev + w.b_i
    t.a_g = t.z @ w.W_g.T + w.b_g
    t.f = sigmoid(t.a_f)
    t.i = sigmoid(t.a_i)
    t.g = np.tanh(t.a_g)
    t.c = t.f * t.c_prev + t.i * t.g
    t.a_o = t.z @ w.W_o.T + w.p_o * t.c + w.b_o
    t.o = sigmoid(t.a_o)
    t.tanh_c = np.tanh(t.c)
    t.h = t.o * t.tanh_c


def peephole_lstm_cell_step_backward(t: Tape, w: PeepholeParameters) -> None:
    """Backward through `peephole_lstm_cell_step`, Equations :eq:`eq:peephole-d-c` to :eq:`eq:peephole-d-c-prev`.

    Parameters
    ----------
    t : Tape
        What `peephole_lstm_cell_step` left, d_h and d_c_next (B, H); writes the other values of
        `PeepholeCellGradients`.
    w : PeepholeParameters
    """
    D = w.input_size
    t.d_o = t.d_h * t.tanh_c
    t.d_a_o = t.d_o * t.o * (1 - t.o)
    t.d_tanh_c = t.d_h * t.o
    t.d_c = t.d_tanh_c * (1 - t.tanh_c * t.tanh_c) + t.d_a_o * w.p_o + t.d_c_next
    t.d_g = t.d_c * t.i
    t.d_a_g = t.d_g * (1 - t.g * t.g)
    t.d_f = t.d_c * t.c_prev
    t.d_a_f = t.d_f * t.f * (1 - t.f)
    t.d_i = t.d_c * t.g
    t.d_a_i = t.d_i * t.i * (1 - t.i)
    t.d_p_f = (t.d_a_f * t.c_prev).sum(axis=0)
    t.d_p_i = (t.d_a_i * t.c_prev).sum(axis=0)
    t.d_p_o = (t.d_a_o * t.c).sum(axis=0)
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
    t.d_c_prev = t.d_c * t.f + t.d_a_f * w.p_f + t.d_a_i * w.p_i
    t.d_W = np.concatenate([t.d_W_f, t.d_W_i, t.d_W_g, t.d_W_o])
    t.d_b = np.concatenate([t.d_b_f, t.d_b_i, t.d_b_g, t.d_b_o])


def peephole_lstm_cell(
    x: ArrayLike, h: ArrayLike, c: ArrayLike, parameters: PeepholeParameters, *, forget_bias: Real = 0.0
) -> PeepholeCellTrace:
    """One step of an LSTM with peepholes, Equations :eq:`eq:peephole-a-f` to :eq:`eq:peephole-a-o`.

    Parameters
    ----------
    x : array_like (B, D)
        Input. B may be 0.
    h, c : array_like (B, H)
        Hidden and cell state of the step before.
    parameters : PeepholeParameters
        W (4H, D + H), b (4H,), p_f, p_i and p_o (H,).
    forget_bias : float, optional
        Added to the forget gate's pre-activation.

    Returns
    -------
    PeepholeCellTrace
        Every intermediate; the new states are `.h` and `.c`. Dtype: NumPy's promotion of all arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, or an argument holds NaN or infinities.

    Notes
    -----
    Source: Gers and Schmidhuber (2000); Gers, Schraudolph and Schmidhuber (2002).
    """
    t = first_tape(PeepholeParameters, parameters, x, h=h, c=c)
    peephole_lstm_cell_step(t, parameters, bias(forget_bias, t, parameters))
    return PeepholeCellTrace(t)


def peephole_lstm_cell_backward(
    d_h: ArrayLike, d_c_next: ArrayLike, trace: PeepholeCellTrace, parameters: PeepholeParameters
) -> PeepholeCellGradients:
    """Backward through one step with peepholes, Equations :eq:`eq:peephole-d-c` to :eq:`eq:peephole-d-c-prev`.

    Parameters
    ----------
    d_h : array_like (B, H)
        Gradient of the loss with respect to the new hidden state: everything that reads it, the next step included.
    d_c_next : array_like (B, H)
        What the next step hands back for the new cell state; zero at the last step.
    trace : PeepholeCellTrace
        What `peephole_lstm_cell` returned.
    parameters : PeepholeParameters
        The parameters it was given.

    Returns
    -------
    PeepholeCellGradients
        `.x`, `.h`, `.c`, `.W`, `.b`, `.p_f`, `.p_i`, `.p_o` for the arguments of `peephole_lstm_cell`, and every
        intermediate gradient by name. Dtype: NumPy's promotion of all arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, or `d_h` or `d_c_next` holds NaN or infinities.

    Notes
    -----
    Source: own derivation; the gradients of Gers and Schmidhuber (2000) are cut off inside the cell, these are not.
    """
    t = last_tape(PeepholeParameters, parameters, PeepholeCellTrace, trace, d_h=d_h, d_c_next=d_c_next)
    peephole_lstm_cell_step_backward(t, parameters)
    return written(PeepholeCellGradients, t, trace)


def peephole_lstm(
    x: ArrayLike,
    parameters: PeepholeParameters,
    h0: ArrayLike | None = None,
    c0: ArrayLike | None = None,
    *,
    forget_bias: Real = 0.0,
    lengths: ArrayLike | None = None,
    reverse: bool = False,
) -> PeepholeTrace:
    """An LSTM with peepholes over a sequence: `peephole_lstm_cell`, step by step, Equation :eq:`eq:lstm-recurrence`.

    Parameters
    ----------
    x : array_like (B, T, D)
        Inputs. B and T may be 0; with T = 0 the last states are the initial ones.
    parameters : PeepholeParameters
    h0, c0 : array_like (B, H), optional
        Initial states; zeros if not given.
    forget_bias : float, optional
        Added to the forget gate's pre-activation at every step.
    lengths : array_like of integers (B,), optional
        Steps of each row, 0..T. Later steps are padding: outputs there are zero and the states are handed on. What
        the input holds there has no influence, but must be finite.
    reverse : bool, optional
        Run from each row's own last step to its first. Outputs stay aligned in time with the inputs.

    Returns
    -------
    PeepholeTrace
        Outputs `.h` (B, T, H), last states `.h_last` and `.c_last` (B, H), and every intermediate. Dtype: NumPy's
        promotion of all arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, a length is out of range, or an argument holds NaN or infinities.

    Notes
    -----
    Source: Gers and Schmidhuber (2000).
    """
    instance("parameters", parameters, PeepholeParameters)
    x, states = checked_sequence(x, parameters, h0=h0, c0=c0)
    forget_bias = real_scalar("forget_bias", forget_bias, dtype=x.dtype)

    def step(t):
        peephole_lstm_cell_step(t, parameters, forget_bias)

    return run_cell(PeepholeTrace, step, x, states, parameters, lengths, reverse)


def peephole_lstm_backward(
    d_h: ArrayLike | None, trace: PeepholeTrace, d_h_last: ArrayLike | None = None, d_c_last: ArrayLike | None = None
) -> PeepholeGradients:
    """Back-propagation through time, Equation :eq:`eq:peephole-d-p-total` beside those of the plain LSTM.

    Parameters
    ----------
    d_h : array_like (B, T, H), or None
        Gradient of the loss with respect to the outputs, step by step; None for zero. Padded steps are ignored.
    trace : PeepholeTrace
        What `peephole_lstm` returned.
    d_h_last, d_c_last : array_like (B, H), optional
        Gradients with respect to the last states, in addition to `d_h`; zero if not given.

    Returns
    -------
    PeepholeGradients
        `.x`, `.h0`, `.c0`, `.W`, `.b`, `.p_f`, `.p_i`, `.p_o` for the arguments of `peephole_lstm`, and every per-step
        gradient. Dtype: NumPy's promotion of all arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, or an argument holds NaN or infinities.

    Notes
    -----
    Source: Werbos (1990).
    """
    instance("trace", trace, PeepholeTrace)

    def step_backward(t):
        peephole_lstm_cell_step_backward(t, trace.parameters)

    return run_cell_backward(PeepholeGradients, step_backward, trace, d_h, {"h": d_h_last, "c": d_c_last})
