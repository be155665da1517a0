"""A layer-normalised LSTM over a sequence, forward and backward through time: the cell of one step, in a loop.

Each step waits for the mean and variance of its own sums, so little could be taken out of the loop: here it is plain.
"""

import numpy as np

from lstmderiv._layer_norm_lstm_tape import LayerNormLSTMGradients, LayerNormLSTMTrace
from lstmderiv._steps import active_steps, checked_sequence, run_backward, run_forward, total, upstream
from lstmderiv.checks import instance, real_scalar
from lstmderiv.layer_norm import positive_epsilon
from lstmderiv.layer_norm_lstm_cell import (
    LayerNormLSTMParameters,
    layer_norm_lstm_cell,
    layer_norm_lstm_cell_backward,
)
from lstmderiv.types import ArrayLike, Real

__all__ = ["LayerNormLSTMGradients", "LayerNormLSTMTrace", "layer_norm_lstm", "layer_norm_lstm_backward"]


def layer_norm_lstm(
    x: ArrayLike,
    parameters: LayerNormLSTMParameters,
    h0: ArrayLike | None = None,
    c0: ArrayLike | None = None,
    *,
    forget_bias: Real = 0.0,
    epsilon: Real = 1e-12,
    lengths: ArrayLike | None = None,
    reverse: bool = False,
) -> LayerNormLSTMTrace:
    """Layer-normalised LSTM over a sequence: `layer_norm_lstm_cell`, step after step.

    Parameters
    ----------
    x : array_like (B, T, D)
        Inputs. B and T may be 0; with T = 0 the last states are the initial ones.
    parameters : LayerNormLSTMParameters
        W (4H, D + H), gain and shift (5, H).
    h0, c0 : array_like (B, H), optional
        Initial states; zeros if not given.
    forget_bias, epsilon : float, optional
        As for `layer_norm_lstm_cell`.
    lengths : array_like of integers (B,), optional
        Steps of each row, 0..T. Later steps are padding: outputs there are zero and the states are handed on. What
        the input holds there has no influence, but must be finite.
    reverse : bool, optional
        Run from each row's own last step to its first. Outputs stay aligned in time with the inputs.

    Returns
    -------
    LayerNormLSTMTrace
        Outputs `.h` (B, T, H), last states `.h_last` and `.c_last` (B, H), and the trace of every step. Dtype: NumPy's
        promotion of all arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, a length is out of range, an argument holds NaN or infinities, or `epsilon` is not
        positive in the dtype.

    Notes
    -----
    Source: TensorFlow 1, `tf.contrib.rnn.LayerNormBasicLSTMCell`, unrolled.
    """
    instance("parameters", parameters, LayerNormLSTMParameters)
    arrays = (parameters.W, parameters.gain, parameters.shift)
    x, (h0, c0) = checked_sequence(x, parameters, arrays, h0=h0, c0=c0)
    forget_bias = real_scalar("forget_bias", forget_bias, dtype=x.dtype)
    epsilon = positive_epsilon(epsilon, x.dtype)
    active = active_steps(lengths, *x.shape[:2])

    def cell(x, h, c):
        return layer_norm_lstm_cell(x, h, c, parameters, forget_bias=forget_bias, epsilon=epsilon)

    steps, (h_last, c_last) = run_forward(cell, x, {"h": h0, "c": c0}, active, reverse)
    return LayerNormLSTMTrace(steps, x, h0, c0, h_last, c_last, parameters, active, bool(reverse))


def layer_norm_lstm_backward(
    d_h: ArrayLike | None,
    trace: LayerNormLSTMTrace,
    d_h_last: ArrayLike | None = None,
    d_c_last: ArrayLike | None = None,
) -> LayerNormLSTMGradients:
    """Back-propagation through time: `layer_norm_lstm_cell_backward`, from the last step that ran to the first.

    Parameters
    ----------
    d_h : array_like (B, T, H), or None
        Gradient of the loss with respect to the outputs, step by step; None for zero. Padded steps are ignored.
    trace : LayerNormLSTMTrace
        What `layer_norm_lstm` returned.
    d_h_last, d_c_last : array_like (B, H), optional
        Gradients with respect to the last states, in addition to `d_h`; zero if not given.

    Returns
    -------
    LayerNormLSTMGradients
        `.x`, `.h0`, `.c0`, `.W`, `.gain`, `.shift` for the arguments of `layer_norm_lstm`, and every step's gradients.
        Dtype: NumPy's promotion of all arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, or an argument holds NaN or infinities.

    Notes
    -----
    Source: Werbos (1990) for the recursion.
    """
    instance("trace", trace, LayerNormLSTMTrace)
    d_h, d_h_next, d_c_next = upstream(trace, d_h, d_h_last=d_h_last, d_c_last=d_c_last)
    parameters = trace.parameters

    def cell_backward(d_h, d_c, step):
        return layer_norm_lstm_cell_backward(d_h, d_c, step, parameters)

    steps, (d_h0, d_c0) = run_backward(cell_backward, trace, d_h, {"h": d_h_next, "c": d_c_next})
    d_x = np.stack([step.x for step in steps], axis=1) if steps else trace.x.astype(d_h.dtype)
    names = ("W", "gain", "shift")
    walked = steps if trace.reverse else steps[::-1]  # added in the order of the walk, whichever way time runs
    totals = [total(walked, name, np.zeros(getattr(parameters, name).shape, d_h.dtype)) for name in names]
    return LayerNormLSTMGradients(d_x, d_h0, d_c0, *totals, steps)
