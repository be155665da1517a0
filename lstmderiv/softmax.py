"""Softmax over the last axis, its Jacobian, and its vector-Jacobian product."""

import numpy as np

from lstmderiv.checks import ArgumentError, affordable, floating, having
from lstmderiv.types import Array, ArrayLike

__all__ = ["log_softmax", "softmax", "softmax_backward", "softmax_jacobian"]


def softmax(logits: ArrayLike) -> Array:
    """Softmax over the last axis, Equation :eq:`eq:softmax-stable`.

    The largest logit is subtracted first: the value is the same, and no exponential overflows.

    Parameters
    ----------
    logits : array_like (..., N)
        Float, complex or object array with N >= 1. An entry of -inf gives probability 0.

    Returns
    -------
    ndarray (..., N)
        Probabilities `p`, positive and summing to 1, dtype of `logits` (integers give float64).

    Raises
    ------
    TypeError
        If `logits` does not hold numbers.
    ValueError
        If there is no last axis, if N = 0, if an entry is NaN or +inf, or if a whole row is -inf.

    Notes
    -----
    Source: article "Softmax and its gradient"; Bridle (1990).
    """
    shifted = _shifted(logits)
    # Far below the maximum the exponential is 0 to working precision: that is the right answer, not an accident.
    with np.errstate(under="ignore"):
        exponentials = np.exp(shifted)
        p = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return p


def log_softmax(logits: ArrayLike) -> Array:
    """Logarithm of the softmax, Equation :eq:`eq:cross-entropy-log-softmax`.

    Stays finite where `log(softmax(logits))` is already -inf.

    Parameters
    ----------
    logits : array_like (..., N)
        As for `softmax`.

    Returns
    -------
    ndarray (..., N)
        Log-probabilities, dtype of `logits` (integers give float64).

    Raises
    ------
    TypeError, ValueError
        As for `softmax`.
    """
    shifted = _shifted(logits)
    with np.errstate(under="ignore"):
        log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return log_p


def softmax_jacobian(p: ArrayLike) -> Array:
    """Jacobian of the softmax, Equation :eq:`eq:softmax-jacobian`.

    Parameters
    ----------
    p : array_like (..., N)
        The value that `softmax` returned.

    Returns
    -------
    ndarray (..., N, N)
        Entry (i, j) is the derivative of p_i with respect to logit j. Symmetric. Dtype of `p`.

    Raises
    ------
    TypeError
        If `p` does not hold numbers.
    ValueError
        If `p` has no last axis, holds NaN or infinities, or has a last axis whose Jacobian does not fit into memory.

    Notes
    -----
    Source: article "Softmax and its gradient", eq-1.
    """
    p = floating("p", p, ("...", "N"))
    affordable("p", (*p.shape, p.shape[-1]), p.dtype, also=p.nbytes * p.shape[-1])
    identity = np.eye(p.shape[-1], dtype=np.int8)
    jacobian = p[..., :, None] * (identity - p[..., None, :])
    return jacobian.astype(p.dtype, copy=False)


def softmax_backward(d_p: ArrayLike, p: ArrayLike) -> Array:
    """Gradient through p = softmax(logits), Equation :eq:`eq:softmax-backward`.

    The vector-Jacobian product without the Jacobian: N operations in place of N squared.

    Parameters
    ----------
    d_p : array_like (..., N)
        Gradient of the loss with respect to `p`.
    p : array_like (..., N)
        The value that `softmax` returned, same shape.

    Returns
    -------
    ndarray (..., N)
        Gradient with respect to the logits, dtype of the arguments.

    Raises
    ------
    TypeError
        If an argument does not hold numbers.
    ValueError
        If the shapes differ, or an argument holds NaN or infinities.
    """
    p = floating("p", p, ("...", "N"))
    d_p = floating("d_p", d_p, ("...", "N"), N=p.shape[-1])
    if d_p.shape != p.shape:
        raise ArgumentError("d_p", f"the shape of p, {p.shape}", d_p.shape)
    d_logits = p * (d_p - (d_p * p).sum(axis=-1, keepdims=True))
    return d_logits


def _shifted(logits):
    """Logits (..., N) less the largest of their row, after the checks that make the softmax meaningful."""
    logits = floating("logits", logits, ("...", "N"), finite=False)
    if logits.shape[-1] == 0:
        raise ArgumentError("logits", "(..., N) with N >= 1", logits.shape)
    if logits.dtype.kind == "O":
        having("exp", logits=logits)
        return logits - np.max(logits, axis=-1, keepdims=True)
    real = logits.real
    if np.isnan(logits).any() or np.isposinf(real).any():
        bad = np.argwhere(np.isnan(logits) | np.isposinf(real))[0]
        first = tuple(int(k) for k in bad)
        raise ArgumentError("logits", "numbers below +inf", f"{logits[first]} at index {first}")
    largest = real.max(axis=-1, keepdims=True)
    if np.isneginf(largest).any():
        row = tuple(int(k) for k in np.argwhere(np.isneginf(largest[..., 0]))[0])
        raise ArgumentError("logits", "a finite entry in every row", f"only -inf in row {row}")
    # Two logits may lie further apart than the largest number: their difference is then -inf, and p is 0 as it should.
    with np.errstate(over="ignore"):
        return logits - largest
