"""The plain recurrent network once more, for JAX; `proveq.jax_gradients` says what `at` is."""

__all__ = ["rnn", "rnn_cell"]


def _plain_cell(x, h_prev, W, b, at):
    import jax.numpy as jnp

    z = at("z", jnp.hstack([at("x", x), at("h_prev", h_prev)]))
    return at("h", jnp.tanh(at("a", jnp.einsum("bk,hk->bh", z, W) + b)))


def rnn_cell(v, at):
    return {"h": _plain_cell(v["x"], v["h_prev"], at("W", v["W"]), at("b", v["b"]), at)}


def rnn(v, at):
    import jax.numpy as jnp

    x, h, W, b = (at(name, v[name]) for name in ("x", "h0", "W", "b"))
    T = x.shape[1]
    lengths = v.get("lengths")
    outputs = [None] * T
    for t in reversed(range(T)) if v.get("reverse") else range(T):
        active = True if lengths is None else (t < lengths)[:, None]
        h = jnp.where(active, _plain_cell(x[:, t], h, W, b, lambda name, value: value), h)
        outputs[t] = jnp.where(active, h, 0.0)
    return {"h": jnp.stack(outputs, axis=1), "h_last": h}
