"""The derivative of one state of a recurrent network by an earlier one: one step's Jacobian, and products over time.

A Jacobian has a row for each entry of the new state and a column for each entry of the old one. The state of an LSTM
is s = [h, c], 2H entries; that of a plain recurrent network is h.
"""

import numpy as np

from lstmderiv.checks import ArgumentError, check_shape, floating, instance
from lstmderiv.lstm_cell import LSTMCellTrace, LSTMParameters
from lstmderiv.rnn import RNNCellTrace, RNNParameters
from lstmderiv.types import Array, ArrayLike

__all__ = ["lstm_state_jacobian", "rnn_state_jacobian", "state_jacobian_products"]


def diagonal(rows: Array) -> Array:
    """Diagonal matrices (..., H, H) with the entries of rows (..., H)."""
    return rows[..., None] * np.eye(rows.shape[-1], dtype=rows.dtype)


def rnn_state_jacobian(trace: RNNCellTrace, parameters: RNNParameters) -> Array:
    """Jacobian of one step of a plain recurrent network, Equation :eq:`eq:vanishing-gradients-rnn`.

    Parameters
    ----------
    trace : RNNCellTrace
        What `rnn_cell` returned, or a step of what `rnn` returned.
    parameters : RNNParameters
        The parameters it was given.

    Returns
    -------
    ndarray (B, H, H)
        For each row of the batch, the derivative of h by h_prev.

    Raises
    ------
    TypeError
        If an argument is of the wrong type.
    ValueError
        If shapes do not fit.

    Notes
    -----
    Source: Pascanu, Mikolov and Bengio (2013).
    """
    instance("trace", trace, RNNCellTrace)
    instance("parameters", parameters, RNNParameters)
    check_shape("trace.h", np.shape(trace.h), ("B", "H"), {"H": parameters.hidden_size})
    h, W_h = trace.h, parameters.W_h

    h_by_h_prev = diagonal(1 - h * h) @ W_h
    return h_by_h_prev


def lstm_state_jacobian(trace: LSTMCellTrace, parameters: LSTMParameters) -> Array:
    """Jacobian of one step of an LSTM, Equation :eq:`eq:vanishing-gradients-lstm`.

    Parameters
    ----------
    trace : LSTMCellTrace
        What `lstm_cell` returned, or a step of what `lstm` returned.
    parameters : LSTMParameters
        The parameters it was given.

    Returns
    -------
    ndarray (B, 2H, 2H)
        For each row of the batch, the derivative of [h, c] by [h_prev, c_prev], in four blocks.

    Raises
    ------
    TypeError
        If an argument is of the wrong type.
    ValueError
        If shapes do not fit.
    """
    instance("trace", trace, LSTMCellTrace)
    instance("parameters", parameters, LSTMParameters)
    D, H = parameters.input_size, parameters.hidden_size
    for name in ("c_prev", "f", "i", "g", "o", "tanh_c"):
        sizes = {"B": np.shape(trace.c_prev)[0] if np.ndim(trace.c_prev) else 0, "H": H}
        check_shape(f"trace.{name}", np.shape(getattr(trace, name)), ("B", "H"), sizes)
    c_prev, f, i, g, o, tanh_c = trace.c_prev, trace.f, trace.i, trace.g, trace.o, trace.tanh_c
    W_f_h, W_i_h = parameters.W_f[:, D:], parameters.W_i[:, D:]
    W_g_h, W_o_h = parameters.W_g[:, D:], parameters.W_o[:, D:]

    c_by_c_prev = diagonal(f)
    through_f = diagonal(c_prev * f * (1 - f)) @ W_f_h
    through_i = diagonal(g * i * (1 - i)) @ W_i_h
    through_g = diagonal(i * (1 - g * g)) @ W_g_h
    c_by_h_prev = through_f + through_i + through_g
    h_by_c = diagonal(o * (1 - tanh_c * tanh_c))
    h_by_c_prev = h_by_c @ c_by_c_prev
    h_by_h_prev = diagonal(tanh_c * o * (1 - o)) @ W_o_h + h_by_c @ c_by_h_prev
    return np.block([[h_by_h_prev, h_by_c_prev], [c_by_h_prev, c_by_c_prev]])


def state_jacobian_products(jacobians: ArrayLike) -> Array:
    """Derivatives of the last state by every earlier one, Equation :eq:`eq:vanishing-gradients-recursion`.

    Parameters
    ----------
    jacobians : array_like (T, B, S, S)
        One step's Jacobian for each step, in the order in which the steps ran. S is H or 2H.

    Returns
    -------
    ndarray (T + 1, B, S, S)
        Entry t: the derivative of the state after the last step by the state before step t, counted from 0. The last
        entry is the identity. The norms of the entries show whether the gradient vanishes or explodes.

    Raises
    ------
    TypeError
        If `jacobians` does not hold numbers.
    ValueError
        If its shape does not fit, or it holds NaN or infinities.

    Notes
    -----
    Source: Hochreiter (1991); Bengio, Simard and Frasconi (1994).
    """
    jacobians = floating("jacobians", jacobians, ("T", "B", "S", "S"))
    T, B, S, columns = jacobians.shape
    if columns != S:
        raise ArgumentError("jacobians", "(T, B, S, S), square in the last two axes", jacobians.shape)
    products = np.empty((T + 1, B, S, S), jacobians.dtype)
    products[T] = np.eye(S, dtype=jacobians.dtype)
    for t in reversed(range(T)):
        products[t] = products[t + 1] @ jacobians[t]
    return products
