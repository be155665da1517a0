"""The plain recurrent network once more, for JAX; `proveq.jax_gradients` says what `at` is."""

from lstmderiv.verify.automatic.sequence import over_time, unmoved

__all__ = ["rnn", "rnn_cell"]


def _plain_cell(x, h_prev, W, b, at):
    import jax.numpy as jnp

    z = at("z", jnp.hstack([at("x", x), at("h_prev", h_prev)]))
    return at("h", jnp.tanh(at("a", jnp.einsum("bk,hk->bh", z, W) + b)))


def rnn_cell(v, at):
    return {"h": _plain_cell(v["x"], v["h_prev"], at("W", v["W"]), at("b", v["b"]), at)}


def rnn(v, at):
    x, h, W, b = (at(name, v[name]) for name in ("x", "h0", "W", "b"))

    def cell(x, h):
        return (_plain_cell(x, h, W, b, unmoved),)

    h, (h_last,) = over_time(cell, x, [h], v, v.get("reverse"))
    return {"h": h, "h_last": h_last}
