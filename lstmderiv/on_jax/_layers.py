"""The layers around the LSTM on JAX: the package's own lines, forward and, as JAX's rule, backward."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from lstmderiv.cross_entropy import cross_entropy, cross_entropy_backward
from lstmderiv.dense import dense, dense_backward
from lstmderiv.on_jax.lines import rebound

__all__ = ["AUTOMATIC", "DERIVED", "Layers"]


class Layers(NamedTuple):
    """What a language model has beside its LSTM, as functions on JAX.

    Attributes
    ----------
    embedding : callable
        embedding(ids, table), Equation :eq:`eq:d-z-embedding`.
    dense : callable
        dense(x, W, b), Equation :eq:`eq:output-layer-logits`.
    cross_entropy : callable
        cross_entropy(logits, labels, mask), Equation :eq:`eq:cross-entropy-loss`. The mask has no gradient.
    """

    embedding: Callable[..., Any]
    dense: Callable[..., Any]
    cross_entropy: Callable[..., Any]


_dense_backward, _cross_entropy_backward = rebound(dense_backward), rebound(cross_entropy_backward)


def _d_table(kept, d_x):
    ids, table = kept
    # `embedding_backward` adds to an array in place; here the sum is a new one.
    return None, jnp.zeros_like(table).at[ids].add(d_x)


def _d_dense(kept, d_y):
    x, W, _ = kept
    return tuple(_dense_backward(d_y, x, W))


def _d_logits(kept, d_losses):
    logits, labels, mask = kept
    # A gradient of the loss is a weight of the position, as the mask is.
    return _cross_entropy_backward(logits, labels, d_losses * mask), None, None


def _with_rule(forward, backward):
    """A function that JAX differentiates by `backward`, which is given the arguments and the result's gradient."""
    function = jax.custom_vjp(forward)
    function.defvjp(lambda *arguments: (forward(*arguments), arguments), backward)
    return function


#: JAX differentiates the forward lines.
AUTOMATIC = Layers(lambda ids, table: table[ids], rebound(dense), rebound(cross_entropy))
#: JAX takes the derived backward lines.
DERIVED = Layers(*map(_with_rule, AUTOMATIC, (_d_table, _d_dense, _d_logits)))
