"""A foreign oracle: the forward passes written once more for JAX, whose automatic differentiation does the rest.

Every intermediate `name` is shifted by `shift[name]` where it is given; the gradient with respect to the shift at
zero is the gradient of the loss with respect to `name`. Needs the package `jax`, which `lstmderiv` itself does not.
"""

import numpy as np

__all__ = ["gradients"]


def gradients(forward, arguments, upstream, names):
    """Gradients of sum(upstream * outputs) with respect to named intermediates, by JAX in float64.

    Parameters
    ----------
    forward : str
        "softmax", "cross_entropy", "dense", "lstm_cell", "lstm", "sigmoid", "tanh", "embedding", "stacked_lstm" or
        "bidirectional_lstm".
    arguments : dict
        Arrays by name, as the package's function takes them (parameters as "W" and "b").
    upstream : dict
        Gradient of the loss with respect to each output.
    names : sequence of str
        Intermediates or arguments of the forward pass.

    Returns
    -------
    dict of ndarray
        Gradient by name, float64.

    Raises
    ------
    ValueError
        If `forward` is not known or has no such intermediate.
    """
    import jax

    if forward not in _FORWARD:
        raise ValueError(f"forward: expected one of {sorted(_FORWARD)}, got {forward!r}")
    with jax.enable_x64(True):
        shapes = {}

        def record(name, value):
            shapes[name] = np.shape(value)
            return value

        _FORWARD[forward](arguments, record)
        unknown = [name for name in names if name not in shapes]
        if unknown:
            raise ValueError(f"names: expected intermediates of {forward}, {sorted(shapes)}, got {unknown}")

        def loss(shift):
            outputs = _FORWARD[forward](arguments, lambda name, v: v + shift[name] if name in shift else v)
            return sum((upstream[name] * outputs[name]).sum() for name in upstream)

        result = jax.grad(loss)({name: jax.numpy.zeros(shapes[name]) for name in names})
        return {name: np.asarray(value) for name, value in result.items()}


def _sigmoid(v, at):
    import jax

    return {"y": at("y", jax.nn.sigmoid(at("x", v["x"])))}


def _tanh(v, at):
    import jax.numpy as jnp

    return {"y": at("y", jnp.tanh(at("x", v["x"])))}


def _softmax(v, at):
    import jax

    return {"p": at("p", jax.nn.softmax(at("logits", v["logits"]), axis=-1))}


def _cross_entropy(v, at):
    import jax
    import jax.numpy as jnp

    log_p = jax.nn.log_softmax(at("logits", v["logits"]), axis=-1)
    return {"loss": -jnp.take_along_axis(log_p, v["labels"][..., None], axis=-1)[..., 0]}


def _dense(v, at):
    import jax.numpy as jnp

    return {"y": jnp.einsum("...k,kn->...n", at("x", v["x"]), at("W", v["W"])) + at("b", v["b"])}


def _embedding(v, at):
    return {"x": at("table", v["table"])[v["ids"]]}


def _cell(x, h_prev, c_prev, W, b, forget_bias, at):
    import jax
    import jax.numpy as jnp

    H = h_prev.shape[1]
    blocks = {
        gate: (at(f"W_{gate}", W[k * H : (k + 1) * H]), at(f"b_{gate}", b[k * H : (k + 1) * H]))
        for k, gate in enumerate("figo")
    }
    z = at("z", jnp.hstack([at("x", x), at("h_prev", h_prev)]))
    a = {gate: jnp.einsum("bk,hk->bh", z, W_gate) + b_gate for gate, (W_gate, b_gate) in blocks.items()}
    a["f"] = a["f"] + forget_bias
    value = {gate: at(gate, (jnp.tanh if gate == "g" else jax.nn.sigmoid)(at(f"a_{gate}", a[gate]))) for gate in a}
    c = at("c", value["f"] * at("c_prev", c_prev) + value["i"] * value["g"])
    return at("h", value["o"] * at("tanh_c", jnp.tanh(c))), c


def _lstm_cell(v, at):
    h, c = _cell(v["x"], v["h"], v["c"], at("W", v["W"]), at("b", v["b"]), v["forget_bias"], at)
    return {"h": h, "c": c}


def _sequence(x, h, c, W, b, v, reverse):
    import jax.numpy as jnp

    T = x.shape[1]
    lengths = v.get("lengths")
    outputs = [None] * T
    for t in reversed(range(T)) if reverse else range(T):
        h_new, c_new = _cell(x[:, t], h, c, W, b, v["forget_bias"], lambda name, value: value)
        active = True if lengths is None else (t < lengths)[:, None]
        h, c = jnp.where(active, h_new, h), jnp.where(active, c_new, c)
        outputs[t] = jnp.where(active, h, 0.0)
    return jnp.stack(outputs, axis=1), h, c


def _lstm(v, at):
    arguments = (at(name, v[name]) for name in ("x", "h0", "c0", "W", "b"))
    return dict(zip(("h", "h_last", "c_last"), _sequence(*arguments, v, v.get("reverse"))))


def _layers(x, v, at, way, reverse):
    """A stack whose arguments end in `way` and the number of the layer."""
    last = {}
    for n in range(1, 1 + sum(name.startswith(f"W{way}_") for name in v)):
        # The first time only: the name stands for what the lowest layer hands up.
        x = at("h_below", x) if n == 2 and not way else x
        arguments = [at(f"{k}{way}_{n}", v[f"{k}{way}_{n}"]) for k in ("h0", "c0", "W", "b")]
        x, last[f"h_last{way}_{n}"], last[f"c_last{way}_{n}"] = _sequence(x, *arguments, v, reverse)
    return x, last


def _stacked_lstm(v, at):
    h, last = _layers(at("x", v["x"]), v, at, "", v.get("reverse"))
    return {"h": h, **last}


def _bidirectional_lstm(v, at):
    import jax.numpy as jnp

    x = at("x", v["x"])
    sides, last = [], {}
    for way, reverse in (("_forward", False), ("_backward", True)):
        h, states = _layers(x, v, at, way, reverse)
        sides.append(at(f"h{way}", h))
        last |= states
    return {"h": jnp.concatenate(sides, axis=-1), **last}


_FORWARD = {
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "softmax": _softmax,
    "cross_entropy": _cross_entropy,
    "dense": _dense,
    "embedding": _embedding,
    "lstm_cell": _lstm_cell,
    "lstm": _lstm,
    "stacked_lstm": _stacked_lstm,
    "bidirectional_lstm": _bidirectional_lstm,
}
