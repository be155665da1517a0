"""An LSTM with peephole connections, forward and backward: the gates see the cell state.

Beside the input and the hidden state, the forget gate and the input gate read the previous cell state, and the output
gate reads the new one, each unit its own entry and no other. Everything else is as in `lstmderiv.lstm_cell`.
"""

import numpy as np

from lstmderiv._peephole_tape import (
    PeepholeCellGradients,
    PeepholeCellTrace,
    PeepholeGradients,
    PeepholeParameters,
    PeepholeTrace,
)
from lstmderiv._steps import active_steps, checked_sequence, run_backward, run_forward, total, upstream
from lstmderiv.activations import sigmoid
from lstmderiv.checks import check_shape, floating, instance, real_scalar
from lstmderiv.types import ArrayLike, Real

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
]


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
    instance("parameters", parameters, PeepholeParameters)
    x = floating("x", x, ("B", "D"), D=parameters.input_size)
    states = {"B": x.shape[0], "H": parameters.hidden_size}
    h_prev = floating("h", h, ("B", "H"), **states)
    c_prev = floating("c", c, ("B", "H"), **states)
    dtype = np.result_type(x, h_prev, c_prev, *_arrays(parameters))
    forget_bias = real_scalar("forget_bias", forget_bias, dtype=dtype)
    W_f, W_i, W_g, W_o = parameters.W_f, parameters.W_i, parameters.W_g, parameters.W_o
    b_f, b_i, b_g, b_o = parameters.b_f, parameters.b_i, parameters.b_g, parameters.b_o
    p_f, p_i, p_o = parameters.p_f, parameters.p_i, parameters.p_o

    z = np.concatenate([x, h_prev], axis=-1)
    a_f = z @ W_f.T + p_f * c_prev + b_f + forget_bias
    a_i = z @ W_i.T + p_i * c_prev + b_i
    a_g = z @ W_g.T + b_g
    f = sigmoid(a_f)
    i = sigmoid(a_i)
    g = np.tanh(a_g)
    c = f * c_prev + i * g
    a_o = z @ W_o.T + p_o * c + b_o
    o = sigmoid(a_o)
    tanh_c = np.tanh(c)
    h = o * tanh_c
    kept = (x.copy(), h_prev.copy(), c_prev.copy())
    return PeepholeCellTrace(*kept, z, a_f, a_i, a_g, a_o, f, i, g, o, c, tanh_c, h)


def peephole_lstm_cell_backward(
    d_h: ArrayLike, d_c: ArrayLike, trace: PeepholeCellTrace, parameters: PeepholeParameters
) -> PeepholeCellGradients:
    """Backward through one step with peepholes, Equations :eq:`eq:peephole-d-c` to :eq:`eq:peephole-d-c-prev`.

    Parameters
    ----------
    d_h : array_like (B, H)
        Gradient of the loss with respect to the new hidden state: everything that reads it, the next step included.
    d_c : array_like (B, H)
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
        If shapes do not fit, or `d_h` or `d_c` holds NaN or infinities.

    Notes
    -----
    Source: own derivation; the gradients of Gers and Schmidhuber (2000) are cut off inside the cell, these are not.
    """
    instance("parameters", parameters, PeepholeParameters)
    instance("trace", trace, PeepholeCellTrace)
    z = floating("trace.z", trace.z, ("B", "D + H"), finite=False, **{"D + H": parameters.W.shape[1]})
    states = {"B": z.shape[0], "H": parameters.hidden_size}
    for name in ("c_prev", "f", "i", "g", "o", "c", "tanh_c"):
        check_shape(f"trace.{name}", np.shape(getattr(trace, name)), ("B", "H"), states)
    d_h = floating("d_h", d_h, ("B", "H"), **states)
    d_c = floating("d_c", d_c, ("B", "H"), **states)
    c_prev, f, i, g, o, c, tanh_c = trace.c_prev, trace.f, trace.i, trace.g, trace.o, trace.c, trace.tanh_c
    W_f, W_i, W_g, W_o = parameters.W_f, parameters.W_i, parameters.W_g, parameters.W_o
    p_f, p_i, p_o = parameters.p_f, parameters.p_i, parameters.p_o
    D = parameters.input_size

    d_o = d_h * tanh_c
    d_a_o = d_o * o * (1 - o)
    d_tanh_c = d_h * o
    d_c_total = d_tanh_c * (1 - tanh_c * tanh_c) + d_a_o * p_o + d_c
    d_g = d_c_total * i
    d_a_g = d_g * (1 - g * g)
    d_f = d_c_total * c_prev
    d_a_f = d_f * f * (1 - f)
    d_i = d_c_total * g
    d_a_i = d_i * i * (1 - i)
    d_p_f = (d_a_f * c_prev).sum(axis=0)
    d_p_i = (d_a_i * c_prev).sum(axis=0)
    d_p_o = (d_a_o * c).sum(axis=0)
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
    d_c_prev = d_c_total * f + d_a_f * p_f + d_a_i * p_i
    return PeepholeCellGradients(
        x=d_x, h=d_h_prev, c=d_c_prev, p_f=d_p_f, p_i=d_p_i, p_o=d_p_o,
        W=np.concatenate([d_W_f, d_W_i, d_W_g, d_W_o]), b=np.concatenate([d_b_f, d_b_i, d_b_g, d_b_o]),
        d_h=d_h.copy(), d_c=d_c_total, d_tanh_c=d_tanh_c, d_o=d_o, d_f=d_f, d_i=d_i, d_g=d_g,
        d_a_f=d_a_f, d_a_i=d_a_i, d_a_g=d_a_g, d_a_o=d_a_o, d_z=d_z,
    )  # fmt: skip


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
    x, (h0, c0) = checked_sequence(x, parameters, _arrays(parameters), h0=h0, c0=c0)
    forget_bias = real_scalar("forget_bias", forget_bias)
    active = active_steps(lengths, *x.shape[:2])

    def cell(x, h, c):
        return peephole_lstm_cell(x, h, c, parameters, forget_bias=forget_bias)

    steps, (h_last, c_last) = run_forward(cell, x, {"h": h0, "c": c0}, active, reverse)
    return PeepholeTrace(steps, x, h0, c0, h_last, c_last, parameters, active, bool(reverse))


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
    d_h, d_h_next, d_c_next = upstream(trace, d_h, d_h_last=d_h_last, d_c_last=d_c_last)
    parameters = trace.parameters

    def cell_backward(d_h, d_c, step):
        return peephole_lstm_cell_backward(d_h, d_c, step, parameters)

    steps, (d_h0, d_c0) = run_backward(cell_backward, trace, d_h, {"h": d_h_next, "c": d_c_next})
    d_x = np.stack([step.x for step in steps], axis=1) if steps else trace.x.astype(d_h.dtype)
    names = ("W", "b", "p_f", "p_i", "p_o")
    totals = [total(steps, name, np.zeros(getattr(parameters, name).shape, d_h.dtype)) for name in names]
    return PeepholeGradients(d_x, d_h0, d_c0, *totals, steps)


def _arrays(parameters):
    return parameters.W, parameters.b, parameters.p_f, parameters.p_i, parameters.p_o
