"""A plain recurrent network over a sequence, forward and backward through time.

The same derivation as `lstmderiv.rnn_cell`, arranged for speed: the input's product with the weights is taken once for
all steps, and so are the gradients of weights, biases and inputs. The tape is stored step-major: axis 0 is time.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lstmderiv._sequence_arguments import common_dtype, initial_states, steps_to_run, upstream_arguments
from lstmderiv._sequence_tape import SequenceTape, batch_first
from lstmderiv.checks import floating, instance
from lstmderiv.rnn_cell import RNNCellTrace, RNNParameters
from lstmderiv.types import Array, ArrayLike, Computed

__all__ = ["RNNGradients", "RNNTrace", "rnn", "rnn_backward"]


@dataclass(frozen=True, eq=False)
class RNNTrace(SequenceTape):
    """Every intermediate of a forward pass over a sequence: the tape that the backward pass reads.

    The tape is step-major and contiguous; the properties show it batch first, as views.

    Attributes
    ----------
    x_steps : ndarray (T, B, D)
        Inputs.
    a_steps : ndarray (T, B, H)
        Pre-activations.
    h_steps : ndarray (T + 1, B, H)
        States between the steps: forward, step t leads from entry t to t + 1; reversed, from t + 1 to t.
    parameters : RNNParameters
    active : ndarray of bool (T, B, 1), or None
        False at the padded steps of a row, where its state is handed on unchanged. None: no step is padded.
    reverse : bool
    h : ndarray (B, T, H)
        State after each step, zero at padded steps.
    h0, h_last : ndarray (B, H)
        States before the first and after the last step of each row.
    a, h_prev : ndarray (B, T, H)
    x : ndarray (B, T, D)
    """

    x_steps: Array
    a_steps: Array
    h_steps: Array
    parameters: RNNParameters
    active: Array | None
    reverse: bool

    a: ClassVar[Computed[Array]] = Computed(lambda self: batch_first(self.a_steps))

    def step(self, t: int) -> RNNCellTrace:
        """Trace of one step, as `rnn_cell` would have returned it.

        Parameters
        ----------
        t : int
            Step in time, 0..T-1 (or negative, from the end).

        Returns
        -------
        RNNCellTrace
            Of views of shape (B, D), (B, H) and so on. At a padded step, `.h` is the state handed on.

        Raises
        ------
        TypeError
            If `t` is not an integer.
        ValueError
            If there is no such step.
        """
        t = self._index(t)
        x, h_prev = self.x_steps[t], self._before(self.h_steps)[t]
        z = np.concatenate([x, h_prev], axis=-1)
        return RNNCellTrace(x, h_prev, z, self.a_steps[t], self._after(self.h_steps)[t])


@dataclass(frozen=True, eq=False)
class RNNGradients:
    """Gradients of a backward pass over a sequence: those of the arguments, and every per-step one.

    Attributes
    ----------
    x : ndarray (B, T, D)
    h0 : ndarray (B, H)
    W : ndarray (H, D + H)
    b : ndarray (H,)
    d_h : ndarray (B, T, H)
        With respect to the state after each step, through every path; zero at padded steps.
    d_a : ndarray (B, T, H)
        With respect to the pre-activation of each step.
    d_h_prev : ndarray (B, T, H)
        What each step hands back to the one that ran before it.
    d_h_steps, d_a_steps, d_h_prev_steps : ndarray (T, B, H)
        The same, step-major, as stored.
    parameters : RNNParameters
    """

    x: Array
    h0: Array
    W: Array
    b: Array
    d_h_steps: Array
    d_a_steps: Array
    d_h_prev_steps: Array
    parameters: RNNParameters

    d_h: ClassVar[Computed[Array]] = Computed(lambda self: batch_first(self.d_h_steps))
    d_a: ClassVar[Computed[Array]] = Computed(lambda self: batch_first(self.d_a_steps))
    d_h_prev: ClassVar[Computed[Array]] = Computed(lambda self: batch_first(self.d_h_prev_steps))


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
    D, H = parameters.input_size, parameters.hidden_size
    x = floating("x", x, ("B", "T", "D"), D=D)
    B, T, _ = x.shape
    (h0,) = initial_states({"h0": h0}, B, H)
    dtype = common_dtype(x, parameters.W, parameters.b, h0)
    active, reverse = steps_to_run(lengths, reverse, B, T)

    # The tape owns what it holds: a copy, even where B = 1 and the swapped axes are contiguous already.
    x_steps = np.array(np.swapaxes(x, 0, 1), dtype=dtype, order="C")
    W_h_transposed = np.ascontiguousarray(parameters.W_h.T)
    a_steps = (x_steps.reshape(T * B, D) @ parameters.W_x.T + parameters.b).astype(dtype, copy=False).reshape(T, B, H)
    h_steps = np.empty((T + 1, B, H), dtype)
    trace = RNNTrace(x_steps, a_steps, h_steps, parameters, active, reverse)
    trace.h0[...] = 0 if h0 is None else h0
    h_before, h_after = trace._before(h_steps), trace._after(h_steps)
    for t in trace._order():
        a, h = a_steps[t], h_after[t]
        a += h_before[t] @ W_h_transposed
        np.tanh(a, out=h)
        if active is not None:
            np.copyto(h, h_before[t], where=~active[t])
    return trace


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
    T, B, D = trace.x_steps.shape
    H = trace.parameters.hidden_size
    d_h, (d_h_next,), dtype = upstream_arguments(d_h, {"d_h_last": d_h_last}, (B, T, H), trace.h_steps)
    W_x, W_h = trace.parameters.W_x, np.ascontiguousarray(trace.parameters.W_h)

    h_before, h_after = trace._before(trace.h_steps), trace._after(trace.h_steps)
    # The derivative of the tanh needs no recursion: once for all steps.
    slopes = 1 - h_after * h_after
    d_h_steps, d_a, d_h_prev = (np.empty((T, B, H), dtype) for _ in range(3))
    for t in reversed(list(trace._order())):
        d_h_t = d_h[:, t] + d_h_next
        if trace.active is not None:
            padded = ~trace.active[t]
            np.copyto(d_h_t, 0, where=padded)
        d_h_steps[t] = d_h_t
        np.multiply(d_h_t, slopes[t], out=d_a[t])
        np.matmul(d_a[t], W_h, out=d_h_prev[t])
        if trace.active is not None:
            np.copyto(d_h_prev[t], d_h_next, where=padded)
        d_h_next = d_h_prev[t]

    rows = d_a.reshape(T * B, H)
    d_W_x = rows.T @ trace.x_steps.reshape(T * B, D)
    d_W_h = rows.T @ h_before.reshape(T * B, H)
    d_b = np.ones(T * B, dtype) @ rows
    d_x = (rows @ W_x).reshape(T, B, D)
    return RNNGradients(
        x=batch_first(d_x), h0=d_h_next.copy(), W=np.concatenate([d_W_x, d_W_h], axis=1), b=d_b,
        d_h_steps=d_h_steps, d_a_steps=d_a, d_h_prev_steps=d_h_prev, parameters=trace.parameters,
    )  # fmt: skip
