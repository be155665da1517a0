"""Flax Linen on JAX, in float64: nn.RNN and nn.Bidirectional over the cells."""

import jax

jax.config.update("jax_enable_x64", True)

import flax.linen as nn  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from flax.traverse_util import unflatten_dict  # noqa: E402

TITLE = "Flax Linen"
CONVENTION = "flax"
PACKAGES = ("flax", "jax")
DTYPE = "float64"
# Every case is compiled anew, about a second each: no pairs, but all that agrees at a time.
HOME = {"labels": (), "finished": ("computed",), "pairs": False}

_CELLS = {"lstm": nn.OptimizedLSTMCell, "gru": nn.GRUCell, "rnn": nn.SimpleCell}
_OF_RNN = ("reverse", "time_major")


def run(case, weights):
    """(outputs, gradients) of a case, by name."""
    options, L = case.network.options, len(case.network.layers)
    settings = {name: value for name, value in weights.settings.items() if name not in _OF_RNN}
    for name in ("gate_fn", "activation_fn"):
        if name in settings:
            settings[name] = jnp.tanh if settings[name] == "tanh" else getattr(jax.nn, settings[name])
    of_rnn = {name: weights.settings[name] for name in _OF_RNN if name in weights.settings}
    layer = _layer(_CELLS[options.cell], settings, of_rnn, options.direction)
    given = {"x": case.x, "h0": case.h0} | ({} if case.c0 is None else {"c0": case.c0})

    def loss(tensors):
        y, ends = tensors["x"], []
        for n in range(L):
            prefix = f"layers_{n}/" if L > 1 else ""
            held = {k.removeprefix(prefix): v for k, v in tensors.items() if "/" in k and k.startswith(prefix)}
            carries = [_carry(tensors, n, k) for k in range(len(options.directions))]
            last, y = layer.apply(
                {"params": unflatten_dict(held, sep="/")},
                y,
                initial_carry=tuple(carries) if len(carries) > 1 else carries[0],
                seq_lengths=case.lengths,
                return_carry=True,
            )
            ends.append(last if len(carries) > 1 else (last,))
        found = {"y": y} | _last(ends)
        upstream = {"y": case.d_y, "h_last": case.d_h_last, "c_last": case.d_c_last}
        return sum(jnp.sum(value * upstream[name]) for name, value in found.items()), found

    gradients, found = jax.grad(loss, has_aux=True)({**given, **weights.arrays})
    return tuple({name: np.asarray(t) for name, t in group.items()} for group in (found, gradients))


def _layer(cell, settings, of_rnn, direction):
    def one(reverse):
        return nn.RNN(cell(**settings, param_dtype=jnp.float64), **{**of_rnn, "reverse": reverse}, keep_order=reverse)

    # nn.Bidirectional reverses its second layer itself.
    shared = {"time_major": of_rnn["time_major"]} if "time_major" in of_rnn else {}
    return (
        nn.Bidirectional(one(False), one(False), **shared)
        if direction == "bidirectional"
        else one(direction == "reverse")
    )


def _carry(tensors, n, k):
    """Flax's carry of one layer and direction: (c, h), or h alone."""
    return (tensors["c0"][n, k], tensors["h0"][n, k]) if "c0" in tensors else tensors["h0"][n, k]


def _last(ends):
    if not isinstance(ends[0][0], tuple):
        return {"h_last": jnp.stack([jnp.stack(layer) for layer in ends])}
    return {
        name: jnp.stack([jnp.stack([carry[place] for carry in layer]) for layer in ends])
        for name, place in (("h_last", 1), ("c_last", 0))
    }
