"""Layer normalisation: each row brought to mean 0 and variance 1, then given a gain and a shift.

The last axis is the row; every leading axis counts as batch.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstmderiv.checks import ArgumentError, floating, having, instance, real_scalar
from lstmderiv.types import Array, ArrayLike, Real

__all__ = ["LayerNormGradients", "LayerNormTrace", "layer_norm", "layer_norm_backward"]


@dataclass(frozen=True, eq=False)
class LayerNormTrace:
    """Every intermediate of a layer normalisation: the tape that the backward pass reads.

    Attributes
    ----------
    mean : ndarray (..., 1)
        Mean of each row.
    deviation : ndarray (..., H)
        Entries less the mean of their row.
    variance : ndarray (..., 1)
        Mean of the squared deviations of each row.
    root : ndarray (..., 1)
        Square root of variance plus epsilon: what each row is divided by.
    normalised : ndarray (..., H)
        Deviations over the root.
    y : ndarray (..., H)
        With gain and shift: the result.
    gain : ndarray (H,)
        As given.
    """

    mean: Array
    deviation: Array
    variance: Array
    root: Array
    normalised: Array
    y: Array
    gain: Array


@dataclass(frozen=True, eq=False)
class LayerNormGradients:
    """Gradients of a layer normalisation: those of the arguments, and every intermediate one.

    Attributes
    ----------
    x : ndarray (..., H)
    gain, shift : ndarray (H,)
        Sums over all leading axes.
    d_normalised : ndarray (..., H)
    d_root, d_variance : ndarray (..., 1)
    d_deviation : ndarray (..., H)
        Through both paths: its own normalised entry, and the variance.
    d_mean : ndarray (..., 1)
    """

    x: Array
    gain: Array
    shift: Array
    d_normalised: Array
    d_root: Array
    d_variance: Array
    d_deviation: Array
    d_mean: Array


def layer_norm(x: ArrayLike, gain: ArrayLike, shift: ArrayLike, *, epsilon: Real = 1e-12) -> LayerNormTrace:
    """Normalise each row, Equations :eq:`eq:layer-norm-mean` to :eq:`eq:layer-norm-y`.

    Parameters
    ----------
    x : array_like (..., H)
        Rows, H >= 1.
    gain, shift : array_like (H,)
        Factor and summand of each normalised entry; TensorFlow's gamma and beta.
    epsilon : float, optional
        Added to the variance below the root, so that a row of equal entries is not divided by zero. More than 0.

    Returns
    -------
    LayerNormTrace
        The result is `.y`. Dtype: NumPy's promotion of `x`, `gain` and `shift`.

    Raises
    ------
    TypeError
        If an argument does not hold numbers.
    ValueError
        If shapes do not fit, an argument holds NaN or infinities, or `epsilon` is not positive in the dtype.

    Notes
    -----
    Source: Ba, Kiros and Hinton (2016), who add no epsilon; TensorFlow 1, `tf.contrib.layers.layer_norm`
    (contrib/layers/python/layers/layers.py), which takes the biased variance and 1e-12, a constant of its source.
    """
    x = floating("x", x, ("...", "H"))
    H = x.shape[-1]
    if H == 0:
        raise ArgumentError("x", "(..., H) with H >= 1", x.shape)
    gain = floating("gain", gain, ("H",), H=H)
    shift = floating("shift", shift, ("H",), H=H)
    having("sqrt", x=x)
    epsilon = positive_epsilon(epsilon, np.result_type(x, gain, shift))

    mean = x.sum(axis=-1, keepdims=True) / H
    deviation = x - mean
    variance = (deviation * deviation).sum(axis=-1, keepdims=True) / H
    root = np.sqrt(variance + epsilon)
    normalised = deviation / root
    y = normalised * gain + shift
    return LayerNormTrace(mean, deviation, variance, root, normalised, y, gain.copy())


def layer_norm_backward(d_y: ArrayLike, trace: LayerNormTrace) -> LayerNormGradients:
    """Gradients of a layer normalisation, Equations :eq:`eq:layer-norm-d-normalised` to :eq:`eq:layer-norm-d-x`.

    Parameters
    ----------
    d_y : array_like (..., H)
        Gradient of the loss with respect to the result.
    trace : LayerNormTrace
        What `layer_norm` returned.

    Returns
    -------
    LayerNormGradients
        `.x`, `.gain`, `.shift` for the arguments of `layer_norm`, and every intermediate gradient by name. Dtype:
        NumPy's promotion of both arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, or `d_y` holds NaN or infinities.

    Notes
    -----
    Source: Ba, Kiros and Hinton (2016) give no backward pass; the derivation is this book's.
    """
    instance("trace", trace, LayerNormTrace)
    d_y = floating("d_y", d_y, ("...", "H"))
    normalised = floating("trace.normalised", trace.normalised, ("...", "H"), finite=False)
    if d_y.shape != normalised.shape:
        raise ArgumentError("d_y", f"{normalised.shape}, the shape of the result", d_y.shape)
    *leading, H = d_y.shape
    for name, expected in (("deviation", (*leading, H)), ("root", (*leading, 1)), ("gain", (H,))):
        if np.shape(getattr(trace, name)) != expected:
            raise ArgumentError(f"trace.{name}", expected, np.shape(getattr(trace, name)))
    # Every leading axis counts as batch.
    rows = math.prod(leading)
    d_y, normalised = d_y.reshape(rows, H), normalised.reshape(rows, H)
    deviation, root, gain = trace.deviation.reshape(rows, H), trace.root.reshape(rows, 1), trace.gain

    d_gain = (d_y * normalised).sum(axis=0)
    d_shift = d_y.sum(axis=0)
    d_normalised = d_y * gain
    d_root = -(d_normalised * deviation).sum(axis=-1, keepdims=True) / (root * root)
    d_variance = d_root / (2 * root)
    d_deviation = d_normalised / root + 2 * d_variance * deviation / H
    d_mean = -d_deviation.sum(axis=-1, keepdims=True)
    d_x = d_deviation + d_mean / H
    wide, narrow = (*leading, H), (*leading, 1)
    return LayerNormGradients(
        x=d_x.reshape(wide), gain=d_gain, shift=d_shift, d_normalised=d_normalised.reshape(wide),
        d_root=d_root.reshape(narrow), d_variance=d_variance.reshape(narrow), d_deviation=d_deviation.reshape(wide),
        d_mean=d_mean.reshape(narrow),
    )  # fmt: skip


def row_mean(x: Array) -> Array:
    """Mean of each row, (..., H) -> (..., 1)."""
    return x.sum(axis=-1, keepdims=True) / x.shape[-1]


def positive_epsilon(epsilon: Real, dtype: np.dtype[Any]) -> Any:
    """Return `epsilon` as a number to be added to arrays of `dtype`, where it must not round to zero."""
    number = real_scalar("epsilon", epsilon, above=0, dtype=dtype)
    if dtype.kind in "fc" and dtype.type(number) == 0:
        raise ArgumentError("epsilon", f"a number that does not round to 0 in {dtype}", number)
    return number
