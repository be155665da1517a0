"""Layer normalisation and the LSTM with it once more, for JAX; `proveq.jax_gradients` says what `at` is."""

from lstmderiv.verify.automatic.sequence import over_time, unmoved

__all__ = ["layer_norm", "layer_norm_lstm", "layer_norm_lstm_cell"]


def _normalised(x, epsilon):
    import jax.numpy as jnp

    return (x - x.mean(axis=-1, keepdims=True)) / jnp.sqrt(x.var(axis=-1, keepdims=True) + float(epsilon))


def layer_norm(v, at):
    import jax.numpy as jnp

    x = at("x", v["x"])
    mean = at("mean", x.mean(axis=-1, keepdims=True))
    deviation = at("deviation", x - mean)
    variance = at("variance", (deviation**2).mean(axis=-1, keepdims=True))
    root = at("root", jnp.sqrt(variance + float(v["epsilon"])))
    normalised = at("normalised", deviation / root)
    return {"y": normalised * at("gain", v["gain"]) + at("shift", v["shift"])}


def _layer_norm_cell(x, h_prev, c_prev, W, gain, shift, forget_bias, epsilon, at):
    import jax
    import jax.numpy as jnp

    places = "figoc"
    gain, shift = (
        {p: at(f"{name}_{p}", row) for p, row in zip(places, rows)} for name, rows in (("gain", gain), ("shift", shift))
    )
    z = at("z", jnp.hstack([at("x", x), at("h_prev", h_prev)]))
    value = {}
    for gate, W_gate in zip("figo", jnp.split(W, 4)):
        s = at(f"s_{gate}", jnp.einsum("bk,hk->bh", z, at(f"W_{gate}", W_gate)))
        a = at(f"n_{gate}", _normalised(s, epsilon)) * gain[gate] + shift[gate] + (forget_bias if gate == "f" else 0)
        value[gate] = at(gate, (jnp.tanh if gate == "g" else jax.nn.sigmoid)(at(f"a_{gate}", a)))
    s_c = at("s_c", value["f"] * at("c_prev", c_prev) + value["i"] * value["g"])
    c = at("c", at("n_c", _normalised(s_c, epsilon)) * gain["c"] + shift["c"])
    return at("h", value["o"] * at("tanh_c", jnp.tanh(c))), c


def layer_norm_lstm_cell(v, at):
    W, gain, shift = at("W", v["W"]), at("gain", v["gain"]), at("shift", v["shift"])
    h, c = _layer_norm_cell(v["x"], v["h_prev"], v["c_prev"], W, gain, shift, v["forget_bias"], v["epsilon"], at)
    return {"h": h, "c": c}


def layer_norm_lstm(v, at):
    x, *states = (at(name, v[name]) for name in ("x", "h0", "c0"))
    W, gain, shift = at("W", v["W"]), at("gain", v["gain"]), at("shift", v["shift"])

    def cell(x, h, c):
        return _layer_norm_cell(x, h, c, W, gain, shift, v["forget_bias"], v["epsilon"], unmoved)

    h, (h_last, c_last) = over_time(cell, x, states, v, v.get("reverse"))
    return {"h": h, "h_last": h_last, "c_last": c_last}
