"""The language model once more, for JAX; `proveq.jax_gradients` says what `at` is."""

from lstmderiv.verify.automatic.network import lstm

__all__ = ["language_model"]


def language_model(v, at):
    import jax
    import jax.numpy as jnp

    x = at("table", v["table"])[v["ids"]]
    h = at("h", lstm({**v, "x": x}, at)["h"])
    logits = at("logits", jnp.einsum("bth,hn->btn", h, at("W_y", v["W_y"])) + at("b_y", v["b_y"]))
    log_p = jax.nn.log_softmax(logits, axis=-1)
    losses = at("step_losses", -jnp.take_along_axis(log_p, v["targets"][..., None], axis=-1)[..., 0])
    counts = jnp.ones(losses.shape) if "lengths" not in v else jnp.arange(losses.shape[1]) < v["lengths"][:, None]
    return {"mean_loss": jnp.average(losses, weights=counts)[None]}
