"""One step of each cell once more, for JAX: a second program, written from what the options say.

States are vectors, or rows of a batch. Weights are read gate by gate. Every value passes through `keep(name, value)`,
and the step goes on with what that returns.
"""

__all__ = ["CELLS", "chapter_step", "separately", "step"]

_GATES = {"lstm": "figo", "gru": "rug", "rnn": "h"}


def step(options, names):
    """A step with the operator's weights, as a program that `proveq.jax_gradients` takes.

    Parameters
    ----------
    options : lstmderiv.interchange.Options
    names : sequence of str
        Of the weights among the subject's arguments.

    Returns
    -------
    callable
    """

    def program(v, at):
        weights = {name: at(name, v[name]) for name in names}
        states = {name: v[f"{name}_prev"] for name in "hc" if f"{name}_prev" in v}
        return CELLS[options.cell](options, weights, separately(options, weights), at, at("x", v["x"]), states)

    return program


def chapter_step(options, at, x, states, W, b, b_gh=None, **weights):
    """A step with the chapters' weights, which stand side by side: W (GH, D + H) reads z, the input beside h.

    Parameters
    ----------
    options : lstmderiv.interchange.Options
    at : callable
        Called with the chapters' names.
    x : array (B, D)
    states : dict
        "h", and "c" where the cell has it: (B, H).
    W, b : array
    b_gh : array (H,), optional
        Of a GRU that resets after the product.
    **weights
        Peepholes.

    Returns
    -------
    dict
        The new states.
    """
    import jax.numpy as jnp

    D, cell = x.shape[1], options.cell
    weights = {name: at(name, array) for name, array in weights.items()}

    def reads(gate, x, h):
        W_gate, b_gate = at(f"W_{gate}", _block(cell, W, gate)), at(f"b_{gate}", _block(cell, b, gate))
        if x is None:
            return h @ at("W_gh", W_gate[:, D:]).T + at("b_gh", b_gh)
        if h is None:
            return x @ at("W_gx", W_gate[:, :D]).T + b_gate
        z = at("z_g" if (cell, gate) == ("gru", "g") else "z", jnp.hstack([x, h]))
        return z @ W_gate.T + b_gate

    def keep(name, value):
        return at({"activated_c": "tanh_c", "a_h": "a"}.get(name, name), value)

    return CELLS[cell](options, weights, reads, keep, at("x", x), states)


def separately(options, weights):
    """How the operator's gates read: reads(gate, x, h) is the sum of both products, or one where the other is None."""

    def product(gate, kind, states):
        part = states @ _block(options.cell, weights[f"W_{kind}"], gate).T
        return part + _block(options.cell, weights[f"b_{kind}"], gate) if f"b_{kind}" in weights else part

    def reads(gate, x, h):
        parts = [product(gate, kind, states) for kind, states in (("x", x), ("h", h)) if states is not None]
        return sum(parts[1:], parts[0])

    return reads


def _block(cell, array, gate):
    size = len(array) // len(_GATES[cell])
    return array[_GATES[cell].index(gate) * size :][:size]


def _activated(options, keep, gate, a):
    import jax.numpy as jnp

    a = keep(f"a_{gate}", a)
    if options.clip is not None:
        a = keep(f"clipped_a_{gate}", jnp.clip(a, -options.clip, options.clip))
    return keep(gate, _function(options, gate)(a))


def _lstm(options, weights, reads, keep, x, states):
    import jax.numpy as jnp

    h, c = keep("h_prev", states["h"]), keep("c_prev", states["c"])
    beside = {"f": options.forget_bias, "i": 0.0, "g": 0.0}
    if options.peepholes:
        beside["f"] += weights["p_f"] * c
        beside["i"] += weights["p_i"] * c

    def gate(name):
        return _activated(options, keep, name, reads(name, x, h) + beside[name])

    if options.coupled == "f":
        i = gate("i")
        f = keep("f", 1.0 - i)
    elif options.coupled == "i":
        f = gate("f")
        i = keep("i", 1.0 - f)
    else:
        f, i = gate("f"), gate("i")
    c = f * c + i * gate("g")
    if options.cell_clip is not None:
        c = jnp.clip(keep("unclipped_c", c), -options.cell_clip, options.cell_clip)
    c = keep("c", c)
    beside["o"] = weights["p_o"] * c if options.peepholes else 0.0
    h = gate("o") * keep("activated_c", _function(options, "c")(c))
    if options.projection:
        h = keep("m", h) @ weights["W_p"].T + weights.get("b_p", 0.0)
        if options.projection_clip is not None:
            h = jnp.clip(keep("unclipped_h", h), -options.projection_clip, options.projection_clip)
    return {"h": keep("h", h), "c": keep("c_next", c)}


def _gru(options, weights, reads, keep, x, states):
    h = keep("h_prev", states["h"])
    r, u = (_activated(options, keep, gate, reads(gate, x, h)) for gate in "ru")
    if options.reset == "after":
        a_g = reads("g", x, None) + r * keep("v", reads("g", None, h))
    else:
        a_g = reads("g", x, keep("s", r * h))
    g = _activated(options, keep, "g", a_g)
    return {"h": keep("h", g + u * (h - g))}


def _rnn(options, weights, reads, keep, x, states):
    return {"h": _activated(options, keep, "h", reads("h", x, keep("h_prev", states["h"])))}


CELLS = {"lstm": _lstm, "gru": _gru, "rnn": _rnn}


def _function(options, gate):
    """An activation with its constants, as JAX has it."""
    import jax
    import jax.numpy as jnp

    chosen = options.activations[gate]
    alpha, beta = chosen.alpha, chosen.beta
    return {
        "sigmoid": jax.nn.sigmoid,
        "tanh": jnp.tanh,
        "relu": jax.nn.relu,
        "softsign": jax.nn.soft_sign,
        "softplus": jax.nn.softplus,
        "leaky_relu": lambda x: jax.nn.leaky_relu(x, alpha),
        "thresholded_relu": lambda x: jnp.where(x > alpha, x, 0.0),
        "elu": lambda x: jax.nn.elu(x, alpha),
        "affine": lambda x: alpha * x + beta,
        "scaled_tanh": lambda x: alpha * jnp.tanh(beta * x),
        "hard_sigmoid": lambda x: jnp.clip(alpha * x + beta, 0.0, 1.0),
    }[chosen.name]
