"""A gated recurrent unit (GRU), forward and backward, under both conventions for its reset gate.

Row-wise throughout: x (B, D), h (B, H), z = [x, h_prev] (B, D + H). Order r, u, g: reset gate, update gate, candidate.
The update gate says how much of the old state is kept: h = (1 - u) * g + u * h_prev.
"""

import numpy as np

from lstmderiv._gru_tape import GRUCellGradients, GRUCellTrace, GRUGradients, GRUParameters, GRUTrace
from lstmderiv._steps import active_steps, checked_sequence, run_backward, run_forward, total, upstream
from lstmderiv.activations import sigmoid
from lstmderiv.checks import ArgumentError, check_shape, floating, instance
from lstmderiv.types import ArrayLike

__all__ = [
    "GRUCellGradients",
    "GRUCellTrace",
    "GRUGradients",
    "GRUParameters",
    "GRUTrace",
    "gru",
    "gru_backward",
    "gru_cell",
    "gru_cell_backward",
]


def gru_cell(x: ArrayLike, h: ArrayLike, parameters: GRUParameters) -> GRUCellTrace:
    """One step of a GRU, Equations :eq:`eq:gru-z` to :eq:`eq:gru-h`.

    Parameters
    ----------
    x : array_like (B, D)
        Input. B may be 0.
    h : array_like (B, H)
        Hidden state of the step before.
    parameters : GRUParameters
        W (3H, D + H), b (3H,), b_gh (H,) or None; they say which convention for the reset gate they belong to.

    Returns
    -------
    GRUCellTrace
        Every intermediate; the new state is `.h`. Dtype: NumPy's promotion of all arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, or an argument holds NaN or infinities.

    Notes
    -----
    Source: Cho et al. (2014).
    """
    instance("parameters", parameters, GRUParameters)
    x = floating("x", x, ("B", "D"), D=parameters.input_size)
    h_prev = floating("h", h, ("B", "H"), B=x.shape[0], H=parameters.hidden_size)
    W_r, W_u, W_g = parameters.W_r, parameters.W_u, parameters.W_g
    b_r, b_u, b_g, b_gh = parameters.b_r, parameters.b_u, parameters.b_g, parameters.b_gh
    W_gx, W_gh = parameters.W_gx, parameters.W_gh

    z = np.concatenate([x, h_prev], axis=-1)
    a_r = z @ W_r.T + b_r
    a_u = z @ W_u.T + b_u
    r = sigmoid(a_r)
    u = sigmoid(a_u)
    if parameters.reset == "before":
        s = r * h_prev
        z_g = np.concatenate([x, s], axis=-1)
        a_g = z_g @ W_g.T + b_g
        only = {"s": s, "z_g": z_g, "v": None}
    else:
        v = h_prev @ W_gh.T + b_gh
        a_g = x @ W_gx.T + b_g + r * v
        only = {"s": None, "z_g": None, "v": v}
    g = np.tanh(a_g)
    h = (1 - u) * g + u * h_prev
    return GRUCellTrace(x=x.copy(), h_prev=h_prev.copy(), z=z, a_r=a_r, a_u=a_u, a_g=a_g, r=r, u=u, g=g, h=h, **only)


def gru_cell_backward(d_h: ArrayLike, trace: GRUCellTrace, parameters: GRUParameters) -> GRUCellGradients:
    """Backward through one step of a GRU, Equations :eq:`eq:gru-d-u` to :eq:`eq:gru-d-h-prev-after`.

    Parameters
    ----------
    d_h : array_like (B, H)
        Gradient of the loss with respect to the new hidden state: everything that reads it, the next step included.
    trace : GRUCellTrace
        What `gru_cell` returned.
    parameters : GRUParameters
        The parameters it was given.

    Returns
    -------
    GRUCellGradients
        `.x`, `.h`, `.W`, `.b`, `.b_gh` for the arguments of `gru_cell`, and every intermediate gradient by name.
        Dtype: NumPy's promotion of all arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, `d_h` holds NaN or infinities, or the trace is one of the other convention.

    Notes
    -----
    Source: own derivation.
    """
    instance("parameters", parameters, GRUParameters)
    instance("trace", trace, GRUCellTrace)
    z = floating("trace.z", trace.z, ("B", "D + H"), finite=False, **{"D + H": parameters.W.shape[1]})
    states = {"B": z.shape[0], "H": parameters.hidden_size}
    recurrent = "s" if parameters.reset == "before" else "v"
    if getattr(trace, recurrent) is None:
        raise ArgumentError("trace", f"one made with reset {parameters.reset!r}", "one of the other convention")
    for name in ("h_prev", "r", "u", "g", recurrent):
        check_shape(f"trace.{name}", np.shape(getattr(trace, name)), ("B", "H"), states)
    d_h = floating("d_h", d_h, ("B", "H"), **states)
    x, h_prev, r, u, g, z_g, v = trace.x, trace.h_prev, trace.r, trace.u, trace.g, trace.z_g, trace.v
    W_r, W_u, W_g, W_gx, W_gh = parameters.W_r, parameters.W_u, parameters.W_g, parameters.W_gx, parameters.W_gh
    D = parameters.input_size

    d_u = d_h * (h_prev - g)
    d_a_u = d_u * u * (1 - u)
    d_g = d_h * (1 - u)
    d_a_g = d_g * (1 - g * g)
    if parameters.reset == "before":
        d_z_g = d_a_g @ W_g
        d_s = d_z_g[:, D:]
        d_r = d_s * h_prev
        d_x_g = d_z_g[:, :D]
        d_h_g = d_s * r
        d_W_g = d_a_g.T @ z_g
        only = {"b_gh": None, "d_s": d_s, "d_z_g": d_z_g, "d_v": None}
    else:
        d_v = d_a_g * r
        d_r = d_a_g * v
        d_x_g = d_a_g @ W_gx
        d_h_g = d_v @ W_gh
        d_W_gx = d_a_g.T @ x
        d_W_gh = d_v.T @ h_prev
        d_b_gh = d_v.sum(axis=0)
        d_W_g = np.concatenate([d_W_gx, d_W_gh], axis=-1)
        only = {"b_gh": d_b_gh, "d_s": None, "d_z_g": None, "d_v": d_v}
    d_a_r = d_r * r * (1 - r)
    d_W_r = d_a_r.T @ z
    d_W_u = d_a_u.T @ z
    d_b_r = d_a_r.sum(axis=0)
    d_b_u = d_a_u.sum(axis=0)
    d_b_g = d_a_g.sum(axis=0)
    d_z = d_a_r @ W_r + d_a_u @ W_u
    d_x = d_z[:, :D] + d_x_g
    d_h_prev = d_h * u + d_z[:, D:] + d_h_g
    return GRUCellGradients(
        x=d_x, h=d_h_prev, W=np.concatenate([d_W_r, d_W_u, d_W_g]), b=np.concatenate([d_b_r, d_b_u, d_b_g]),
        d_h=d_h.copy(), d_r=d_r, d_u=d_u, d_g=d_g, d_a_r=d_a_r, d_a_u=d_a_u, d_a_g=d_a_g, d_z=d_z, **only,
    )  # fmt: skip


def gru(
    x: ArrayLike,
    parameters: GRUParameters,
    h0: ArrayLike | None = None,
    *,
    lengths: ArrayLike | None = None,
    reverse: bool = False,
) -> GRUTrace:
    """A GRU over a sequence: `gru_cell`, step by step.

    Parameters
    ----------
    x : array_like (B, T, D)
        Inputs. B and T may be 0; with T = 0 the last state is the initial one.
    parameters : GRUParameters
    h0 : array_like (B, H), optional
        Initial state; zeros if not given.
    lengths : array_like of integers (B,), optional
        Steps of each row, 0..T. Later steps are padding: outputs there are zero and the state is handed on. What the
        input holds there has no influence, but must be finite.
    reverse : bool, optional
        Run from each row's own last step to its first. Outputs stay aligned in time with the inputs.

    Returns
    -------
    GRUTrace
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
    Source: Cho et al. (2014).
    """
    instance("parameters", parameters, GRUParameters)
    arrays = [array for array in (parameters.W, parameters.b, parameters.b_gh) if array is not None]
    x, (h0,) = checked_sequence(x, parameters, arrays, h0=h0)
    active = active_steps(lengths, *x.shape[:2])
    steps, (h_last,) = run_forward(lambda x, h: gru_cell(x, h, parameters), x, {"h": h0}, active, reverse)
    return GRUTrace(steps, x, h0, h_last, parameters, active, bool(reverse))


def gru_backward(d_h: ArrayLike | None, trace: GRUTrace, d_h_last: ArrayLike | None = None) -> GRUGradients:
    """Back-propagation through time, Equation :eq:`eq:gru-through-time`.

    Parameters
    ----------
    d_h : array_like (B, T, H), or None
        Gradient of the loss with respect to the outputs, step by step; None for zero. Padded steps are ignored.
    trace : GRUTrace
        What `gru` returned.
    d_h_last : array_like (B, H), optional
        Gradient with respect to the last state, in addition to `d_h`; zero if not given.

    Returns
    -------
    GRUGradients
        `.x`, `.h0`, `.W`, `.b`, `.b_gh` for the arguments of `gru`, and every per-step gradient. Dtype: NumPy's
        promotion of all arguments.

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
    instance("trace", trace, GRUTrace)
    d_h, d_h_next = upstream(trace, d_h, d_h_last=d_h_last)
    parameters = trace.parameters

    def cell_backward(d_h, step):
        return gru_cell_backward(d_h, step, parameters)

    steps, (d_h0,) = run_backward(cell_backward, trace, d_h, {"h": d_h_next})
    d_x = np.stack([step.x for step in steps], axis=1) if steps else trace.x.astype(d_h.dtype)
    names = ("W", "b") if parameters.b_gh is None else ("W", "b", "b_gh")
    totals = {name: total(steps, name, np.zeros(getattr(parameters, name).shape, d_h.dtype)) for name in names}
    return GRUGradients(x=d_x, h0=d_h0, steps=steps, **{"b_gh": None, **totals})
