"""The forward passes of the network once more, for JAX; `proveq.jax_gradients` says what `at` is."""

from lstmderiv.interchange.options import Options
from lstmderiv.verify.automatic.cells import chapter_step
from lstmderiv.verify.automatic.sequence import over_time, unmoved

__all__ = ["cross_entropy", "dense", "embedding", "lstm", "lstm_cell", "sequence", "sigmoid", "softmax", "tanh"]


def sigmoid(v, at):
    import jax

    return {"y": at("y", jax.nn.sigmoid(at("x", v["x"])))}


def tanh(v, at):
    import jax.numpy as jnp

    return {"y": at("y", jnp.tanh(at("x", v["x"])))}


def softmax(v, at):
    import jax

    return {"p": at("p", jax.nn.softmax(at("logits", v["logits"]), axis=-1))}


def cross_entropy(v, at):
    import jax
    import jax.numpy as jnp

    log_p = jax.nn.log_softmax(at("logits", v["logits"]), axis=-1)
    return {"loss": -jnp.take_along_axis(log_p, v["labels"][..., None], axis=-1)[..., 0]}


def dense(v, at):
    import jax.numpy as jnp

    return {"y": jnp.einsum("...k,kn->...n", at("x", v["x"]), at("W", v["W"])) + at("b", v["b"])}


def embedding(v, at):
    return {"x": at("table", v["table"])[v["ids"]]}


def _cell(x, h, c, W, b, forget_bias, at):
    states = chapter_step(Options(forget_bias=forget_bias), at, x, {"h": h, "c": c}, W, b)
    return states["h"], states["c"]


def lstm_cell(v, at):
    h, c = _cell(v["x"], v["h_prev"], v["c_prev"], at("W", v["W"]), at("b", v["b"]), v["forget_bias"], at)
    return {"h": h, "c": c}


def sequence(x, h, c, W, b, v, reverse):
    def cell(x, h, c):
        return _cell(x, h, c, W, b, v["forget_bias"], unmoved)

    h, (h_last, c_last) = over_time(cell, x, [h, c], v, reverse)
    return h, h_last, c_last


def lstm(v, at):
    arguments = (at(name, v[name]) for name in ("x", "h0", "c0", "W", "b"))
    return dict(zip(("h", "h_last", "c_last"), sequence(*arguments, v, v.get("reverse"))))
