"""Sampling from a language model: softmax with a temperature, and words drawn one after the other."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lstmderiv.checks import (
    ArgumentError,
    ArgumentTypeError,
    affordable,
    floating,
    instance,
    integers,
    positive_integer,
    real_scalar,
)
from lstmderiv.dense import dense
from lstmderiv.embedding import embedding
from lstmderiv.language_model import checked_layers
from lstmderiv.lstm import lstm
from lstmderiv.softmax import softmax
from lstmderiv.types import Array, ArrayLike, Real

__all__ = ["sample", "softmax_with_temperature"]


def softmax_with_temperature(logits: ArrayLike, temperature: Real) -> Array:
    """Softmax of logits divided by a temperature, Equation :eq:`eq:language-model-temperature`.

    Parameters
    ----------
    logits : array_like (..., N)
        Real, N >= 1.
    temperature : float
        Finite and > 0. Below 1 it favours the likely classes, above 1 the unlikely ones; towards 0 all probability
        goes to the greatest logit. However small it is, nothing overflows.

    Returns
    -------
    ndarray (..., N)
        Probabilities, dtype of `logits` (integers give float64).

    Raises
    ------
    TypeError
        If `logits` does not hold real numbers, or `temperature` is not one.
    ValueError
        If there is no last axis, N = 0, a number is NaN or infinite, or `temperature` is not positive.
    """
    logits = floating("logits", logits, ("...", "N"))
    if logits.dtype.kind != "f":
        raise ArgumentTypeError("logits", "real numbers", f"dtype {logits.dtype}")
    if logits.shape[-1] == 0:
        raise ArgumentError("logits", "(..., N) with N >= 1", logits.shape)
    temperature = real_scalar("temperature", temperature, above=0, dtype=np.dtype(np.float64))
    # In float64, which holds every temperature that is given. The greatest logit is taken off before the division: the
    # others may then overflow, to -inf, which is probability 0.
    wide = logits.astype(np.float64)
    with np.errstate(over="ignore"):
        scaled = (wide - wide.max(axis=-1, keepdims=True)) / temperature
    return softmax(scaled).astype(logits.dtype, copy=False)


def sample(
    parameters: Mapping[str, Any],
    start: ArrayLike,
    length: int,
    temperature: Real,
    rng: np.random.Generator,
    *,
    forget_bias: Real = 1.0,
) -> Array:
    """Let a language model write: each word is drawn from its probabilities, and read by the next step.

    Parameters
    ----------
    parameters : dict
        As for `language_model`; real.
    start : array_like of integers (L,)
        The words to begin with, L >= 1, each in 0..V-1.
    length : int
        How many words to draw.
    temperature : float
        As for `softmax_with_temperature`.
    rng : numpy.random.Generator
    forget_bias : float, optional
        As for `lstm`.

    Returns
    -------
    ndarray of integers (length,)
        The words drawn, those of `start` not among them.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, `start` is empty, or something is out of range.
    """
    table, W_y, b_y = checked_layers(parameters)
    V = table.shape[0]
    start = integers("start", start, ("L",), 0, V, bounds=f"in 0..V-1 with V = {V}")
    if start.size == 0:
        raise ArgumentError("start", "at least one word", f"shape {start.shape}")
    length = positive_integer("length", length)
    affordable("length", (length,), np.int64)
    instance("rng", rng, np.random.Generator)
    drawn = np.empty(length, dtype=np.int64)
    words, h, c = start, None, None
    for k in range(length):
        trace = lstm(embedding(words[None], table), parameters["lstm"], h, c, forget_bias=forget_bias)
        h, c = trace.h_last, trace.c_last
        logits = dense(h, W_y, b_y)[0]
        p = softmax_with_temperature(logits.astype(np.promote_types(logits.dtype, np.float64)), temperature)
        drawn[k] = rng.choice(V, p=p)
        words = drawn[k : k + 1]
    return drawn
