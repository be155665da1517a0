"""One step of a cell, forward and backward, under every option: a line an equation.

Row-wise: x (B, D), h (B, R), c (B, H). Each function reads the values it needs from a tape `t` and writes there what it
computes, in the names of the book; `w` are the weights. A forward step leaves `h` (and `c`); a backward step takes
`d_h` (and `d_c_next`, what the step after hands back) and leaves `d_x`, `d_h_prev` (and `d_c_prev`) and its share of
every weight's gradient.

A bar on the page, `clipped_` here, is a value after a cut; `seen_f` is what the forget gate's activation reads: the
pre-activation, after its cut where there is one.
"""

import numpy as np

from lstmderiv.arithmetic import above, below, constant, filled
from lstmderiv.interchange.network import Weights
from lstmderiv.interchange.options import Options
from lstmderiv.tape import Tape
from lstmderiv.types import Array

__all__ = [
    "BACKWARD",
    "FORWARD",
    "gru_step",
    "gru_step_backward",
    "input_backward",
    "lstm_step",
    "lstm_step_backward",
    "rnn_step",
    "rnn_step_backward",
]


def _blocks(array, count):
    """The blocks of weights, one for each gate."""
    if array is None:
        return [None] * count
    size = len(array) // count
    return [array[k * size : (k + 1) * size] for k in range(count)]


def _columns(array, count):
    """The blocks of pre-activations (B, GH), one for each gate."""
    size = array.shape[-1] // count
    return [array[..., k * size : (k + 1) * size] for k in range(count)]


def _clipped(x, bound):
    return np.where(above(x, bound), filled(bound, x), np.where(below(x, -bound), filled(-bound, x), x))


def _inside(d, x, bound):
    """The gradient `d` where `x` was not cut, zero elsewhere."""
    return np.where(above(x, bound) | below(x, -bound), filled(0, d), d)


def _product(states, W, b):
    product = states @ W.T
    return product if b is None else product + b


def input_backward(t: Tape, w: Weights, d_q: Array) -> None:
    """Backward through the product with the input, which every cell has in the same form.

    Parameters
    ----------
    t : Tape
        Reads x (B, D); writes d_x, the share d_W_x, and d_b_x where there is this bias.
    w : Weights
    d_q : ndarray (B, GH)
        With respect to the product and its bias, for G gates.
    """
    t.d_x = d_q @ w.W_x
    t.d_W_x = d_q.T @ t.x
    if w.b_x is not None:
        t.d_b_x = d_q.sum(axis=0)


def rnn_step(t: Tape, w: Weights, options: Options) -> None:
    """A simple recurrent network: h = A(a_h).

    Parameters
    ----------
    t : Tape
        Reads x (B, D) and h_prev (B, H); writes a_h and h, (B, H).
    w : Weights
    options : Options
    """
    activations = options.activations
    q = _product(t.x, w.W_x, w.b_x)
    k = _product(t.h_prev, w.W_h, w.b_h)
    t.a_h = q + k
    seen_h = t.a_h
    if options.clip is not None:
        t.clipped_a_h = _clipped(t.a_h, options.clip)
        seen_h = t.clipped_a_h
    t.h = activations["h"].value(seen_h)


def rnn_step_backward(t: Tape, w: Weights, options: Options) -> None:
    """Backward through `rnn_step`.

    Parameters
    ----------
    t : Tape
        What `rnn_step` left, and d_h (B, H); writes d_a_h and d_h_prev, (B, H), d_x (B, D), and the shares of the
        weights' gradients.
    w : Weights
    options : Options
    """
    activations = options.activations
    if options.clip is None:
        t.d_a_h = t.d_h * activations["h"].slope(t.a_h, t.h)
    else:
        t.d_clipped_a_h = t.d_h * activations["h"].slope(t.clipped_a_h, t.h)
        t.d_a_h = _inside(t.d_clipped_a_h, t.a_h, options.clip)
    input_backward(t, w, t.d_a_h)
    t.d_W_h = t.d_a_h.T @ t.h_prev
    if w.b_h is not None:
        t.d_b_h = t.d_a_h.sum(axis=0)
    t.d_h_prev = t.d_a_h @ w.W_h


def lstm_step(t: Tape, w: Weights, options: Options) -> None:
    """An LSTM under every option; c before its clipping is `unclipped_c`, h before its projection is `m`.

    Parameters
    ----------
    t : Tape
        Reads x (B, D), h_prev (B, R), c_prev (B, H); writes pre-activations, gates and c, (B, H), and h, (B, R).
    w : Weights
    options : Options
    """
    activations = options.activations
    q = _product(t.x, w.W_x, w.b_x)
    k = _product(t.h_prev, w.W_h, w.b_h)
    s = q + k
    s_f, s_i, s_g, s_o = _columns(s, 4)
    if options.forget_bias:
        s_f = s_f + constant(options.forget_bias, s)
    if options.peepholes:
        s_f = s_f + w.p_f * t.c_prev
        s_i = s_i + w.p_i * t.c_prev
    if options.coupled != "f":
        t.a_f = s_f
        seen_f = t.a_f
        if options.clip is not None:
            t.clipped_a_f = _clipped(t.a_f, options.clip)
            seen_f = t.clipped_a_f
        t.f = activations["f"].value(seen_f)
    if options.coupled != "i":
        t.a_i = s_i
        seen_i = t.a_i
        if options.clip is not None:
            t.clipped_a_i = _clipped(t.a_i, options.clip)
            seen_i = t.clipped_a_i
        t.i = activations["i"].value(seen_i)
    t.a_g = s_g
    seen_g = t.a_g
    if options.clip is not None:
        t.clipped_a_g = _clipped(t.a_g, options.clip)
        seen_g = t.clipped_a_g
    t.g = activations["g"].value(seen_g)
    if options.coupled == "f":
        t.f = 1 - t.i
    if options.coupled == "i":
        t.i = 1 - t.f

    if options.cell_clip is None:
        t.c = t.f * t.c_prev + t.i * t.g
    else:
        t.unclipped_c = t.f * t.c_prev + t.i * t.g
        t.c = _clipped(t.unclipped_c, options.cell_clip)
    if options.peepholes:
        s_o = s_o + w.p_o * t.c
    t.a_o = s_o
    seen_o = t.a_o
    if options.clip is not None:
        t.clipped_a_o = _clipped(t.a_o, options.clip)
        seen_o = t.clipped_a_o
    t.o = activations["o"].value(seen_o)
    t.activated_c = activations["c"].value(t.c)
    if not options.projection:
        t.h = t.o * t.activated_c
        return
    t.m = t.o * t.activated_c
    if options.projection_clip is None:
        t.h = _product(t.m, w.W_p, w.b_p)
    else:
        t.unclipped_h = _product(t.m, w.W_p, w.b_p)
        t.h = _clipped(t.unclipped_h, options.projection_clip)


def lstm_step_backward(t: Tape, w: Weights, options: Options) -> None:
    """Backward through `lstm_step`.

    Parameters
    ----------
    t : Tape
        What `lstm_step` left, d_h (B, R) and d_c_next (B, H); writes the gradient of every intermediate, in its shape,
        d_x, d_h_prev, d_c_prev, and the shares of the weights' gradients.
    w : Weights
    options : Options
    """
    activations = options.activations
    d_m = t.d_h
    if options.projection:
        d_unclipped_h = t.d_h
        if options.projection_clip is not None:
            t.d_unclipped_h = _inside(t.d_h, t.unclipped_h, options.projection_clip)
            d_unclipped_h = t.d_unclipped_h
        t.d_W_p = d_unclipped_h.T @ t.m
        if w.b_p is not None:
            t.d_b_p = d_unclipped_h.sum(axis=0)
        t.d_m = d_unclipped_h @ w.W_p
        d_m = t.d_m
    t.d_o = d_m * t.activated_c
    if options.clip is None:
        t.d_a_o = t.d_o * activations["o"].slope(t.a_o, t.o)
    else:
        t.d_clipped_a_o = t.d_o * activations["o"].slope(t.clipped_a_o, t.o)
        t.d_a_o = _inside(t.d_clipped_a_o, t.a_o, options.clip)
    t.d_activated_c = d_m * t.o
    d_c = t.d_c_next + t.d_activated_c * activations["c"].slope(t.c, t.activated_c)
    if options.peepholes:
        d_c = d_c + t.d_a_o * w.p_o
    t.d_c = d_c
    d_unclipped_c = t.d_c
    if options.cell_clip is not None:
        t.d_unclipped_c = _inside(t.d_c, t.unclipped_c, options.cell_clip)
        d_unclipped_c = t.d_unclipped_c

    # A coupled gate has no pre-activation of its own: what reaches it goes on to the other gate.
    if options.coupled == "i":
        t.d_i = d_unclipped_c * t.g
        t.d_f = d_unclipped_c * t.c_prev - t.d_i
    else:
        t.d_f = d_unclipped_c * t.c_prev
    d_a_f = d_a_i = filled(0, t.d_f)
    if options.coupled != "f":
        if options.clip is None:
            t.d_a_f = t.d_f * activations["f"].slope(t.a_f, t.f)
        else:
            t.d_clipped_a_f = t.d_f * activations["f"].slope(t.clipped_a_f, t.f)
            t.d_a_f = _inside(t.d_clipped_a_f, t.a_f, options.clip)
        d_a_f = t.d_a_f
    if options.coupled == "f":
        t.d_i = d_unclipped_c * t.g - t.d_f
    elif options.coupled is None:
        t.d_i = d_unclipped_c * t.g
    if options.coupled != "i":
        if options.clip is None:
            t.d_a_i = t.d_i * activations["i"].slope(t.a_i, t.i)
        else:
            t.d_clipped_a_i = t.d_i * activations["i"].slope(t.clipped_a_i, t.i)
            t.d_a_i = _inside(t.d_clipped_a_i, t.a_i, options.clip)
        d_a_i = t.d_a_i
    t.d_g = d_unclipped_c * t.i
    if options.clip is None:
        t.d_a_g = t.d_g * activations["g"].slope(t.a_g, t.g)
    else:
        t.d_clipped_a_g = t.d_g * activations["g"].slope(t.clipped_a_g, t.g)
        t.d_a_g = _inside(t.d_clipped_a_g, t.a_g, options.clip)

    d_s = np.concatenate([d_a_f, d_a_i, t.d_a_g, t.d_a_o], axis=-1)
    input_backward(t, w, d_s)
    t.d_W_h = d_s.T @ t.h_prev
    if w.b_h is not None:
        t.d_b_h = d_s.sum(axis=0)
    t.d_h_prev = d_s @ w.W_h
    if options.peepholes:
        t.d_p_f = (d_a_f * t.c_prev).sum(axis=0)
        t.d_p_i = (d_a_i * t.c_prev).sum(axis=0)
        t.d_p_o = (t.d_a_o * t.c).sum(axis=0)
        t.d_c_prev = d_unclipped_c * t.f + d_a_f * w.p_f + d_a_i * w.p_i
    else:
        t.d_c_prev = d_unclipped_c * t.f


def gru_step(t: Tape, w: Weights, options: Options) -> None:
    """A GRU: `v` is the candidate's recurrent product (reset "after"), `s` the state after the reset ("before").

    Parameters
    ----------
    t : Tape
        Reads x (B, D) and h_prev (B, H); writes pre-activations, gates, v or s, and h, (B, H).
    w : Weights
    options : Options
    """
    activations = options.activations
    q = _product(t.x, w.W_x, w.b_x)
    q_r, q_u, q_g = _columns(q, 3)
    W_r, W_u, W_g = _blocks(w.W_h, 3)
    b_r, b_u, b_g = _blocks(w.b_h, 3)
    t.a_r = q_r + _product(t.h_prev, W_r, b_r)
    seen_r = t.a_r
    if options.clip is not None:
        t.clipped_a_r = _clipped(t.a_r, options.clip)
        seen_r = t.clipped_a_r
    t.r = activations["r"].value(seen_r)
    t.a_u = q_u + _product(t.h_prev, W_u, b_u)
    seen_u = t.a_u
    if options.clip is not None:
        t.clipped_a_u = _clipped(t.a_u, options.clip)
        seen_u = t.clipped_a_u
    t.u = activations["u"].value(seen_u)
    if options.reset == "after":
        t.v = _product(t.h_prev, W_g, b_g)
        t.a_g = q_g + t.r * t.v
    else:
        t.s = t.r * t.h_prev
        t.a_g = q_g + _product(t.s, W_g, b_g)
    seen_g = t.a_g
    if options.clip is not None:
        t.clipped_a_g = _clipped(t.a_g, options.clip)
        seen_g = t.clipped_a_g
    t.g = activations["g"].value(seen_g)
    t.h = (1 - t.u) * t.g + t.u * t.h_prev


def gru_step_backward(t: Tape, w: Weights, options: Options) -> None:
    """Backward through `gru_step`.

    Parameters
    ----------
    t : Tape
        What `gru_step` left, and d_h (B, H); writes the gradient of every intermediate, in its shape, d_x, d_h_prev,
        and the shares of the weights' gradients.
    w : Weights
    options : Options
    """
    activations = options.activations
    W_r, W_u, W_g = _blocks(w.W_h, 3)
    t.d_u = t.d_h * (t.h_prev - t.g)
    if options.clip is None:
        t.d_a_u = t.d_u * activations["u"].slope(t.a_u, t.u)
    else:
        t.d_clipped_a_u = t.d_u * activations["u"].slope(t.clipped_a_u, t.u)
        t.d_a_u = _inside(t.d_clipped_a_u, t.a_u, options.clip)
    t.d_g = t.d_h * (1 - t.u)
    if options.clip is None:
        t.d_a_g = t.d_g * activations["g"].slope(t.a_g, t.g)
    else:
        t.d_clipped_a_g = t.d_g * activations["g"].slope(t.clipped_a_g, t.g)
        t.d_a_g = _inside(t.d_clipped_a_g, t.a_g, options.clip)
    if options.reset == "after":
        t.d_v = t.d_a_g * t.r
        t.d_r = t.d_a_g * t.v
        d_h_g = t.d_v @ W_g
        d_b_g = t.d_v.sum(axis=0)
        d_W_g = t.d_v.T @ t.h_prev
    else:
        t.d_s = t.d_a_g @ W_g
        t.d_r = t.d_s * t.h_prev
        d_h_g = t.d_s * t.r
        d_b_g = t.d_a_g.sum(axis=0)
        d_W_g = t.d_a_g.T @ t.s
    if options.clip is None:
        t.d_a_r = t.d_r * activations["r"].slope(t.a_r, t.r)
    else:
        t.d_clipped_a_r = t.d_r * activations["r"].slope(t.clipped_a_r, t.r)
        t.d_a_r = _inside(t.d_clipped_a_r, t.a_r, options.clip)

    d_q = np.concatenate([t.d_a_r, t.d_a_u, t.d_a_g], axis=-1)
    input_backward(t, w, d_q)
    # The candidate's block reads the state after the reset, not h_prev, if the reset comes before.
    d_W_r = t.d_a_r.T @ t.h_prev
    d_W_u = t.d_a_u.T @ t.h_prev
    t.d_W_h = np.concatenate([d_W_r, d_W_u, d_W_g])
    if w.b_h is not None:
        d_b_r = t.d_a_r.sum(axis=0)
        d_b_u = t.d_a_u.sum(axis=0)
        t.d_b_h = np.concatenate([d_b_r, d_b_u, d_b_g])
    t.d_h_prev = t.d_h * t.u + t.d_a_r @ W_r + t.d_a_u @ W_u + d_h_g


FORWARD = {"lstm": lstm_step, "gru": gru_step, "rnn": rnn_step}
BACKWARD = {"lstm": lstm_step_backward, "gru": gru_step_backward, "rnn": rnn_step_backward}
