"""Stacks of layers and both directions once more, for JAX; `proveq.jax_gradients` says what `at` is."""

from lstmderiv.verify.automatic.network import sequence

__all__ = ["bidirectional_lstm", "stacked_lstm"]


def _layers(x, v, at, way, reverse):
    """A stack whose arguments end in `way` and the number of the layer."""
    last = {}
    for n in range(1, 1 + sum(name.startswith(f"W{way}_") for name in v)):
        # The first time only: the name stands for what the lowest layer hands up.
        x = at("h_below", x) if n == 2 and not way else x
        arguments = [at(f"{k}{way}_{n}", v[f"{k}{way}_{n}"]) for k in ("h0", "c0", "W", "b")]
        x, last[f"h_last{way}_{n}"], last[f"c_last{way}_{n}"] = sequence(x, *arguments, v, reverse)
    return x, last


def stacked_lstm(v, at):
    h, last = _layers(at("x", v["x"]), v, at, "", v.get("reverse"))
    return {"h": h, **last}


def bidirectional_lstm(v, at):
    import jax.numpy as jnp

    x = at("x", v["x"])
    sides, last = [], {}
    for way, reverse in (("_forward", False), ("_backward", True)):
        h, states = _layers(x, v, at, way, reverse)
        sides.append(at(f"h{way}", h))
        last |= states
    return {"h": jnp.concatenate(sides, axis=-1), **last}
