"""A plain recurrent network: its parameters, one step forward and backward, and a sequence.

Row-wise throughout: x (B, D), h (B, H), z = [x, h_prev] (B, D + H). The new hidden state is tanh of one product.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lstmderiv._cell import first_tape, gradient_of, last_tape, written
from lstmderiv._parameters import Parameters
from lstmderiv.checks import ArgumentError, floating, instance
from lstmderiv.sequence import (
    SequenceGradients,
    SequenceTrace,
    checked_sequence,
    run_cell,
    run_cell_backward,
    state_over_time,
)
from lstmderiv.tape import Tape, Trace
from lstmderiv.types import Array, ArrayLike, Computed

__all__ = [
    "RNNCellGradients",
    "RNNCellTrace",
    "RNNGradients",
    "RNNParameters",
    "RNNTrace",
    "rnn",
    "rnn_backward",
    "rnn_cell",
    "rnn_cell_backward",
    "rnn_cell_step",
    "rnn_cell_step_backward",
]


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


class _RNNValues(Trace):
    _lines: ClassVar[str] = "lstmderiv.rnn:rnn_cell_step"

    x: Array
    h_prev: Array
    z: Array
    a: Array
    h: Array


class RNNCellTrace(_RNNValues):
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


class _RNNGradientValues(Trace):
    _lines: ClassVar[str] = "lstmderiv.rnn:rnn_cell_step_backward"

    d_h: Array
    d_a: Array
    d_z: Array
    d_x: Array
    d_h_prev: Array


class RNNCellGradients(_RNNGradientValues):
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
    d_x : ndarray (B, D)
    d_h_prev : ndarray (B, H)
        The same as `.x` and `.h`, under the names of the page.
    d_W, d_b
        The same as `.W` and `.b`, under the names of the page.
    """

    d_W: Array
    d_b: Array

    x: ClassVar[Computed[Array]] = gradient_of("x", "d_x")
    h: ClassVar[Computed[Array]] = gradient_of("h", "d_h_prev")
    W: ClassVar[Computed[Array]] = gradient_of("W", "d_W")
    b: ClassVar[Computed[Array]] = gradient_of("b", "d_b")


class RNNTrace(_RNNValues, SequenceTrace):
    """Every intermediate of a forward pass over a sequence: the tape that the backward pass reads.

    Every value of `RNNCellTrace` has an axis of time here: `a` is (B, T, H).

    Attributes
    ----------
    steps : tuple of RNNCellTrace
        The steps in the order of time. At a padded step `.h` is the state handed on.
    parameters : RNNParameters
    active : ndarray of bool (T, B, 1), or None
        False at the padded steps of a row, where its state is handed on unchanged. None: no step is padded.
    reverse : bool
    x : ndarray (B, T, D)
    h : ndarray (B, T, H)
        State after each step, zero at padded steps.
    h0, h_last : ndarray (B, H)
        States before the first and after the last step of each row.
    a, h_prev : ndarray (B, T, H)
    z : ndarray (B, T, D + H)
    """

    steps: tuple[RNNCellTrace, ...]
    parameters: RNNParameters

    _step: ClassVar[type[Trace]] = RNNCellTrace
    h: ClassVar[Computed[Array]] = state_over_time("h")  # type: ignore[misc]


class RNNGradients(_RNNGradientValues, SequenceGradients):
    """Gradients of a backward pass over a sequence: those of the arguments, and every per-step one.

    Every gradient of `RNNCellGradients` has an axis of time here: `d_a` is (B, T, H).

    Attributes
    ----------
    steps : tuple of RNNCellGradients
        The steps in the order of time. At a padded step `.d_h_prev` is the carry handed on.
    x : ndarray (B, T, D)
    h0 : ndarray (B, H)
    W : ndarray (H, D + H)
    b : ndarray (H,)
    d_h : ndarray (B, T, H)
        With respect to the state after each step, through every path; zero at padded steps.
    d_a : ndarray (B, T, H)
        With respect to the pre-activation of each step.
    d_z : ndarray (B, T, D + H)
    d_x : ndarray (B, T, D)
    d_h_prev : ndarray (B, T, H)
        What each step hands back to the one that ran before it.
    """

    steps: tuple[RNNCellGradients, ...]
    W: Array
    b: Array

    _step: ClassVar[type[Trace]] = RNNCellGradients


def rnn_cell_step(t: Tape, w: RNNParameters) -> None:
    """One step, Equations :eq:`eq:rnn-z` to :eq:`eq:rnn-h`.

    Parameters
    ----------
    t : Tape
        Reads x (B, D) and h_prev (B, H); writes the other values of `RNNCellTrace`.
    w : RNNParameters
    """
    t.z = np.concatenate([t.x, t.h_prev], axis=-1)
    t.a = t.z @ w.W.T + w.b
    t.h = np.tanh(t.a)


def rnn_cell_step_backward(t: Tape, w: RNNParameters) -> None:
    """Backward through `rnn_cell_step`, Equations :eq:`eq:rnn-d-a` to :eq:`eq:rnn-d-h-prev`.

    Parameters
    ----------
    t : Tape
        What `rnn_cell_step` left, and d_h (B, H); writes the other values of `RNNCellGradients`.
    w : RNNParameters
    """
    D = w.input_size
    t.d_a = t.d_h * (1 - t.h * t.h)
    t.d_W = t.d_a.T @ t.z
    t.d_b = t.d_a.sum(axis=0)
    t.d_z = t.d_a @ w.W
    t.d_x = t.d_z[:, :D]
    t.d_h_prev = t.d_z[:, D:]


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
    t = first_tape(RNNParameters, parameters, x, h=h)
    rnn_cell_step(t, parameters)
    return RNNCellTrace(t)


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
    t = last_tape(RNNParameters, parameters, RNNCellTrace, trace, d_h=d_h)
    rnn_cell_step_backward(t, parameters)
    return written(RNNCellGradients, t, trace)


def rnn(
    x: ArrayLike,
    parameters: RNNParameters,
    h0: ArrayLike | None = None,
    *,
    lengths: ArrayLike | None = None,
    reverse: bool = False,
) -> RNNTrace:
    """Plain recurrent network over a sequence, Equation :eq:`eq:rnn-recurrence`.

    Parameters
    ----------
    x : array_like (B, T, D)
        Inputs. B and T may be 0; with T = 0 the last state is the initial one.
    parameters : RNNParameters
        W (H, D + H) and b (H,).
    h0 : array_like (B, H), optional
        Initial state; zeros if not given.
    lengths : array_like of integers (B,), optional
        Steps of each row, 0..T. Later steps are padding: outputs there are zero and the state is handed on. What the
        input holds there has no influence, but must be finite.
    reverse : bool, optional
        Run from each row's own last step to its first. Outputs stay aligned in time with the inputs.

    Returns
    -------
    RNNTrace
        Outputs `.h` (B, T, H), last state `.h_last` (B, H), and every intermediate. Dtype: NumPy's promotion of all
        arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, a length is out of range, or an argument holds NaN or infinities.

    Notes
    -----
    Source: Elman (1990).
    """
    instance("parameters", parameters, RNNParameters)
    x, states = checked_sequence(x, parameters, h0=h0)
    return run_cell(RNNTrace, lambda t: rnn_cell_step(t, parameters), x, states, parameters, lengths, reverse)


def rnn_backward(d_h: ArrayLike | None, trace: RNNTrace, d_h_last: ArrayLike | None = None) -> RNNGradients:
    """Back-propagation through time, Equations :eq:`eq:rnn-d-h` to :eq:`eq:rnn-d-b-total`.

    Parameters
    ----------
    d_h : array_like (B, T, H), or None
        Gradient of the loss with respect to the outputs, step by step; None for zero. Padded steps are ignored.
    trace : RNNTrace
        What `rnn` returned.
    d_h_last : array_like (B, H), optional
        Gradient with respect to the last state, in addition to `d_h`; zero if not given.

    Returns
    -------
    RNNGradients
        `.x`, `.h0`, `.W`, `.b` for the arguments of `rnn`, and every per-step gradient. Dtype: NumPy's promotion of
        all arguments.

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
    instance("trace", trace, RNNTrace)
    parameters = trace.parameters
    return run_cell_backward(RNNGradients, lambda t: rnn_cell_step_backward(t, parameters), trace, d_h, {"h": d_h_last})
