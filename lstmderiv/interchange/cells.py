"""One step of a cell, forward and backward, under every option.

Row-wise: x (B, D), h (B, R), c (B, H). Each function reads the values it needs from a tape and writes there what it
computes, in the names of the book. A forward step leaves `h` (and `c`); a backward step takes `d_h` (and `d_c_next`,
what the step after hands back) and leaves `d_x`, `d_h_prev` (and `d_c_prev`) and its share of every weight's gradient.
"""

import numpy as np

from lstmderiv.interchange.activations import above, below, constant, filled

__all__ = ["BACKWARD", "FORWARD"]


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


def _through(tape, name, gate, bound, activations):
    """From the pre-activation a_<gate> on the tape to the value `name`: clipping, then the activation."""
    a = tape[f"a_{gate}"]
    if bound is not None:
        a = tape.note(f"clipped_a_{gate}", _clipped(a, bound))
    return tape.note(name, activations[gate].value(a))


def _back_through(tape, name, gate, bound, activations):
    """From d_<name> on the tape to the gradient of the pre-activation a_<gate>."""
    a, d = tape[f"a_{gate}"], tape[f"d_{name}"]
    seen = a if bound is None else tape[f"clipped_a_{gate}"]
    d_seen = d * activations[gate].slope(seen, tape[name])
    if bound is not None:
        d_seen = _inside(tape.note(f"d_clipped_a_{gate}", d_seen), a, bound)
    return tape.note(f"d_a_{gate}", d_seen)


def _product(states, W, b):
    product = states @ W.T
    return product if b is None else product + b


def _share(tape, weights, d_a_x, d_a_h, h_read):
    """Gradients that every cell has in the same form: of x, and the shares of W_x, W_h and the biases.

    `d_a_x` and `d_a_h` are the gradients of the two products, `h_read` what the second one multiplies.
    """
    tape.note("d_x", d_a_x @ weights.W_x)
    tape["d_W_x"], tape["d_W_h"] = d_a_x.T @ tape["x"], d_a_h.T @ h_read
    if weights.b_x is not None:
        tape["d_b_x"] = d_a_x.sum(axis=0)
    if weights.b_h is not None:
        tape["d_b_h"] = d_a_h.sum(axis=0)


def rnn_step(tape, weights, options):
    """A simple recurrent network: h = A(a_h)."""
    x, h_prev = tape["x"], tape["h_prev"]
    tape.note("a_h", _product(x, weights.W_x, weights.b_x) + _product(h_prev, weights.W_h, weights.b_h))
    _through(tape, "h", "h", options.clip, options.activations)


def rnn_step_backward(tape, weights, options):
    """Backward through `rnn_step`."""
    d_a = _back_through(tape, "h", "h", options.clip, options.activations)
    _share(tape, weights, d_a, d_a, tape["h_prev"])
    tape.note("d_h_prev", d_a @ weights.W_h)


def lstm_step(tape, weights, options):
    """An LSTM under every option; c before its clipping is `unclipped_c`, h before its projection is `m`."""
    x, h_prev, c_prev = tape["x"], tape["h_prev"], tape["c_prev"]
    a = _product(x, weights.W_x, weights.b_x) + _product(h_prev, weights.W_h, weights.b_h)
    a_f, a_i, a_g, a_o = _columns(a, 4)
    if options.forget_bias:
        a_f = a_f + constant(options.forget_bias, a)
    if options.peepholes:
        a_f = a_f + weights.p_f * c_prev
        a_i = a_i + weights.p_i * c_prev
    for gate, value in (("f", a_f), ("i", a_i), ("g", a_g)):
        if gate != options.coupled:
            tape.note(f"a_{gate}", value)
            _through(tape, gate, gate, options.clip, options.activations)
    if options.coupled is not None:
        other = {"f": "i", "i": "f"}[options.coupled]
        tape.note(options.coupled, 1 - tape[other])

    c = tape["f"] * c_prev + tape["i"] * tape["g"]
    if options.cell_clip is not None:
        c = _clipped(tape.note("unclipped_c", c), options.cell_clip)
    c = tape.note("c", c)
    tape.note("a_o", a_o + weights.p_o * c if options.peepholes else a_o)
    _through(tape, "o", "o", options.clip, options.activations)
    tape.note("activated_c", options.activations["c"].value(c))
    m = tape["o"] * tape["activated_c"]
    if not options.projection:
        tape.note("h", m)
        return
    h = _product(tape.note("m", m), weights.W_p, weights.b_p)
    if options.projection_clip is not None:
        h = _clipped(tape.note("unclipped_h", h), options.projection_clip)
    tape.note("h", h)


def lstm_step_backward(tape, weights, options):
    """Backward through `lstm_step`."""
    d_m = tape["d_h"]
    if options.projection:
        d_h = d_m
        if options.projection_clip is not None:
            d_h = tape.note("d_unclipped_h", _inside(d_h, tape["unclipped_h"], options.projection_clip))
        tape["d_W_p"] = d_h.T @ tape["m"]
        if weights.b_p is not None:
            tape["d_b_p"] = d_h.sum(axis=0)
        d_m = tape.note("d_m", d_h @ weights.W_p)
    tape.note("d_o", d_m * tape["activated_c"])
    d_a_o = _back_through(tape, "o", "o", options.clip, options.activations)
    tape.note("d_activated_c", d_m * tape["o"])
    d_c = tape["d_c_next"] + tape["d_activated_c"] * options.activations["c"].slope(tape["c"], tape["activated_c"])
    if options.peepholes:
        d_c = d_c + d_a_o * weights.p_o
    d_c = tape.note("d_c", d_c)
    if options.cell_clip is not None:
        d_c = tape.note("d_unclipped_c", _inside(d_c, tape["unclipped_c"], options.cell_clip))

    d = {"f": d_c * tape["c_prev"], "i": d_c * tape["g"], "g": d_c * tape["i"]}
    if options.coupled is not None:
        tape.note(f"d_{options.coupled}", d[options.coupled])
        other = {"f": "i", "i": "f"}[options.coupled]
        d[other] = d[other] - tape[f"d_{options.coupled}"]
    d_a = {"o": d_a_o}
    for gate in "fig":
        if gate == options.coupled:
            d_a[gate] = filled(0, d[gate])
            continue
        tape.note(f"d_{gate}", d[gate])
        d_a[gate] = _back_through(tape, gate, gate, options.clip, options.activations)

    joined = np.concatenate([d_a[gate] for gate in options.gates], axis=-1)
    _share(tape, weights, joined, joined, tape["h_prev"])
    tape.note("d_h_prev", joined @ weights.W_h)
    d_c_prev = d_c * tape["f"]
    if options.peepholes:
        tape["d_p_f"], tape["d_p_i"] = ((d_a[gate] * tape["c_prev"]).sum(axis=0) for gate in "fi")
        tape["d_p_o"] = (d_a_o * tape["c"]).sum(axis=0)
        d_c_prev = d_c_prev + d_a["f"] * weights.p_f + d_a["i"] * weights.p_i
    tape.note("d_c_prev", d_c_prev)


def gru_step(tape, weights, options):
    """A GRU: `v` is the candidate's recurrent product (reset "after"), `s` the state after the reset ("before")."""
    x, h_prev = tape["x"], tape["h_prev"]
    x_r, x_u, x_g = _columns(_product(x, weights.W_x, weights.b_x), 3)
    W_r, W_u, W_g = _blocks(weights.W_h, 3)
    b_r, b_u, b_g = _blocks(weights.b_h, 3)
    tape.note("a_r", x_r + _product(h_prev, W_r, b_r))
    _through(tape, "r", "r", options.clip, options.activations)
    tape.note("a_u", x_u + _product(h_prev, W_u, b_u))
    _through(tape, "u", "u", options.clip, options.activations)
    if options.reset == "after":
        recurrent = tape["r"] * tape.note("v", _product(h_prev, W_g, b_g))
    else:
        recurrent = _product(tape.note("s", tape["r"] * h_prev), W_g, b_g)
    tape.note("a_g", x_g + recurrent)
    _through(tape, "g", "g", options.clip, options.activations)
    tape.note("h", (1 - tape["u"]) * tape["g"] + tape["u"] * h_prev)


def gru_step_backward(tape, weights, options):
    """Backward through `gru_step`."""
    h_prev, d_h = tape["h_prev"], tape["d_h"]
    W_r, W_u, W_g = _blocks(weights.W_h, 3)
    tape.note("d_u", d_h * (h_prev - tape["g"]))
    d_a_u = _back_through(tape, "u", "u", options.clip, options.activations)
    tape.note("d_g", d_h * (1 - tape["u"]))
    d_a_g = _back_through(tape, "g", "g", options.clip, options.activations)
    if options.reset == "after":
        d_v = tape.note("d_v", d_a_g * tape["r"])
        tape.note("d_r", d_a_g * tape["v"])
        d_h_g, d_product, read = d_v @ W_g, d_v, h_prev
    else:
        d_s = tape.note("d_s", d_a_g @ W_g)
        tape.note("d_r", d_s * h_prev)
        d_h_g, d_product, read = d_s * tape["r"], d_a_g, tape["s"]
    d_a_r = _back_through(tape, "r", "r", options.clip, options.activations)

    d_a_x = np.concatenate([d_a_r, d_a_u, d_a_g], axis=-1)
    d_a_h = np.concatenate([d_a_r, d_a_u, d_product], axis=-1)
    _share(tape, weights, d_a_x, d_a_h, h_prev)
    # The candidate's block reads the state after the reset, not h_prev, if the reset comes before.
    tape["d_W_h"] = np.concatenate([d_a_r.T @ h_prev, d_a_u.T @ h_prev, d_product.T @ read])
    tape.note("d_h_prev", d_h * tape["u"] + d_a_r @ W_r + d_a_u @ W_u + d_h_g)


FORWARD = {"lstm": lstm_step, "gru": gru_step, "rnn": rnn_step}
BACKWARD = {"lstm": lstm_step_backward, "gru": gru_step_backward, "rnn": rnn_step_backward}
