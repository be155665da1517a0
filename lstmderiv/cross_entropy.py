"""Cross-entropy of a softmax with an integer label, and its gradient with respect to the logits."""

import math

import numpy as np

from lstmderiv.checks import (
    ArgumentError,
    ArgumentTypeError,
    affordable,
    floating,
    integers,
    number_type,
    positive_integer,
)
from lstmderiv.softmax import log_softmax, softmax
from lstmderiv.types import Array, ArrayLike, DTypeLike

__all__ = ["cross_entropy", "cross_entropy_backward", "one_hot"]


def one_hot(labels: ArrayLike, size: int, dtype: DTypeLike = np.float64) -> Array:
    """One-hot rows, Equation :eq:`eq:cross-entropy-one-hot`.

    Parameters
    ----------
    labels : array_like of integers (...)
        Each in 0..N-1. Nothing wraps round: -1 is an error, not the last class.
    size : int
        N, the number of classes.
    dtype : dtype, optional
        Of the result.

    Returns
    -------
    ndarray (..., N)
        1 at the label, 0 elsewhere.

    Raises
    ------
    TypeError
        If `labels` are not integers, `size` is not an integer or `dtype` is not one of numbers.
    ValueError
        If a label is out of range, `size` < 1, or so many numbers do not fit into memory.
    """
    size = positive_integer("size", size)
    labels = integers("labels", labels, ("...",), 0, size, bounds=f"in 0..N-1 with N = {size}")
    dtype = number_type("dtype", dtype)
    affordable("size", (*labels.shape, size), dtype, also=(2 * math.prod(labels.shape) + 8) * size)
    # By way of integers: an object array is to hold 0 and 1, not False and True.
    return (labels[..., None] == np.arange(size)).astype(np.int8).astype(dtype)


def cross_entropy(logits: ArrayLike, labels: ArrayLike, mask: ArrayLike | None = None) -> Array:
    """Cross-entropy of softmax(logits) with the labels, Equation :eq:`eq:cross-entropy-loss`.

    Taken from `log_softmax`, so that a logit of -1e4 gives a loss of 1e4 and no infinity. Nothing is averaged.

    Parameters
    ----------
    logits : array_like (..., N)
        As for `softmax`.
    labels : array_like of integers (...)
        Each in 0..N-1.
    mask : array_like (...), optional
        Weight of each position, finite and >= 0; usually 0 or 1. Where it is 0 the loss is exactly 0, and neither
        the label nor the logits there are looked at.

    Returns
    -------
    ndarray (...)
        Loss `E` of each position in nats, dtype of `logits` (integers give float64).

    Raises
    ------
    TypeError
        If `labels` are not integers, or another argument does not hold numbers.
    ValueError
        If shapes do not fit, a label is out of range, the logits are not meaningful (see `softmax`), or the mask
        holds NaN, infinities or negative numbers.

    Notes
    -----
    Source: article "Softmax and cross-entropy".
    """
    logits, labels, mask = _arguments(logits, labels, mask)
    log_p = log_softmax(logits)
    loss = -np.take_along_axis(log_p, labels[..., None], axis=-1)[..., 0]
    return loss if mask is None else np.where(mask == 0, 0 * mask, loss * mask).astype(loss.dtype, copy=False)


def cross_entropy_backward(logits: ArrayLike, labels: ArrayLike, mask: ArrayLike | None = None) -> Array:
    """Gradient of the cross-entropy with respect to the logits, Equation :eq:`eq:cross-entropy-gradient`.

    Parameters
    ----------
    logits, labels, mask
        As for `cross_entropy`.

    Returns
    -------
    ndarray (..., N)
        p - y, times the mask; dtype of `logits` (integers give float64).

    Raises
    ------
    TypeError, ValueError
        As for `cross_entropy`.

    Notes
    -----
    Source: article "Softmax and cross-entropy", eq-3.
    """
    logits, labels, mask = _arguments(logits, labels, mask)
    p = softmax(logits)
    y = one_hot(labels, p.shape[-1], dtype=np.int8)
    d_logits = p - y
    d_logits = d_logits.astype(p.dtype, copy=False)
    return d_logits if mask is None else (d_logits * mask[..., None]).astype(p.dtype, copy=False)


def _arguments(logits, labels, mask):
    logits = floating("logits", logits, ("...", "N"), finite=False)
    size = logits.shape[-1]
    if size == 0:
        raise ArgumentError("logits", "(..., N) with N >= 1", logits.shape)
    positions = logits.shape[:-1]
    if mask is not None:
        mask = floating("mask", mask, ("...",))
        if mask.dtype.kind == "c":
            raise ArgumentTypeError("mask", "real weights", f"dtype {mask.dtype}")
        if mask.shape != positions:
            raise ArgumentError("mask", f"{positions}, the shape of logits without N", mask.shape)
        if (mask < 0).any():
            raise ArgumentError("mask", "weights >= 0", mask.min())
    used = None if mask is None else mask != 0
    labels = integers(
        "labels", labels, ("...",), 0, size,
        bounds=f"in 0..N-1 with N = {size}", shape=(positions, "the shape of logits without N"), where=used,
    )  # fmt: skip
    if mask is not None:
        blank = np.zeros((), logits.dtype)
        if logits.dtype.kind == "O" and used.any():
            blank = 0 * logits[used][0, 0]  # a zero of the kind of number that the others are
        logits = np.where(used[..., None], logits, blank)
        labels = np.where(used, labels, 0)
    return logits, labels, mask
