"""A layer-normalised LSTM over a sequence, forward and backward through time: the cell of one step, in a loop.

Each step waits for the mean and variance of its own sums, so little could be taken out of the loop: here it is plain.
"""

import numpy as np

from lstmderiv._layer_norm_lstm_tape import LayerNormLSTMGradients, LayerNormLSTMTrace
from lstmderiv._validation import flag, floating, instance, integers, real_scalar
from lstmderiv.layer_norm import positive_epsilon
from lstmderiv.layer_norm_lstm_cell import (
    LayerNormLSTMParameters,
    layer_norm_lstm_cell,
    layer_norm_lstm_cell_backward,
)

__all__ = ["LayerNormLSTMGradients", "LayerNormLSTMTrace", "layer_norm_lstm", "layer_norm_lstm_backward"]


def layer_norm_lstm(
    x, parameters, h0=None, c0=None, *, forget_bias=0.0, epsilon=1e-12, lengths=None, reverse=False
):  # fmt: skip
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
    H = parameters.hidden_size
    x = floating("x", x, ("B", "T", "D"), D=parameters.input_size)
    B, T, _ = x.shape
    given = {
        name: floating(name, state, ("B", "H"), B=B, H=H)
        for name, state in (("h0", h0), ("c0", c0))
        if state is not None
    }
    dtype = np.result_type(x, parameters.W, parameters.gain, parameters.shift, *given.values())
    forget_bias = real_scalar("forget_bias", forget_bias, dtype=dtype)
    epsilon = positive_epsilon(epsilon, dtype)
    reverse = flag("reverse", reverse)
    active = None
    if lengths is not None:
        lengths = integers("lengths", lengths, ("B",), 0, T + 1, bounds=f"in 0..T with T = {T}", B=B)
        active = (np.arange(T)[:, None] < lengths)[..., None]

    h, c = (np.array(given.get(name, np.zeros((B, H), dtype)), dtype) for name in ("h0", "c0"))
    outputs, states = np.zeros((T, B, H), dtype), np.zeros((T, B, H), dtype)
    steps = [None] * T
    for t in reversed(range(T)) if reverse else range(T):
        steps[t] = layer_norm_lstm_cell(x[:, t], h, c, parameters, forget_bias=forget_bias, epsilon=epsilon)
        runs = True if active is None else active[t]
        h, c = np.where(runs, steps[t].h, h), np.where(runs, steps[t].c, c)
        outputs[t], states[t] = np.where(runs, h, 0 * h), np.where(runs, c, 0 * c)
    outputs, states = np.swapaxes(outputs, 0, 1), np.swapaxes(states, 0, 1)
    return LayerNormLSTMTrace(outputs, states, h, c, tuple(steps), parameters, active, reverse)


def layer_norm_lstm_backward(d_h, trace, d_h_last=None, d_c_last=None):
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
    (B, T, H), parameters = trace.h.shape, trace.parameters
    given = {"d_h": (d_h, ("B", "T", "H")), "d_h_last": (d_h_last, ("B", "H")), "d_c_last": (d_c_last, ("B", "H"))}
    checked = [
        None if value is None else floating(name, value, dims, B=B, T=T, H=H) for name, (value, dims) in given.items()
    ]
    dtype = np.result_type(trace.h, *(value for value in checked if value is not None))
    d_h, d_h_next, d_c_next = (
        np.zeros(shape, dtype) if value is None else np.array(value, dtype)
        for value, shape in zip(checked, [(B, T, H), (B, H), (B, H)])
    )
    d_x = np.zeros((B, T, parameters.input_size), dtype)
    d_W, d_gain, d_shift = (np.zeros(array.shape, dtype) for array in (parameters.W, parameters.gain, parameters.shift))
    steps = [None] * T
    for t in reversed(list(trace._order())):
        runs = True if trace.active is None else trace.active[t]
        d_h_t, d_c_t = d_h[:, t] + d_h_next, d_c_next
        # A padded row gets nothing, and hands on what came to it.
        d_h_t, d_c_t = np.where(runs, d_h_t, 0 * d_h_t), np.where(runs, d_c_t, 0 * d_c_t)
        steps[t] = layer_norm_lstm_cell_backward(d_h_t, d_c_t, trace.steps[t], parameters)
        d_h_next, d_c_next = np.where(runs, steps[t].h, d_h_next), np.where(runs, steps[t].c, d_c_next)
        d_x[:, t] = steps[t].x
        d_W, d_gain, d_shift = d_W + steps[t].W, d_gain + steps[t].gain, d_shift + steps[t].shift
    return LayerNormLSTMGradients(d_x, d_h_next, d_c_next, d_W, d_gain, d_shift, tuple(steps))
