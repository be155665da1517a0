"""The dense (fully connected) layer: the output layer of the series."""

import math
from typing import NamedTuple

from lstmderiv.checks import ArgumentError, floating
from lstmderiv.types import Array, ArrayLike

__all__ = ["DenseGradients", "dense", "dense_backward"]


class DenseGradients(NamedTuple):
    """Gradients of a dense layer, in the order of its arguments.

    Attributes
    ----------
    x : ndarray (..., K)
    W : ndarray (K, N)
    b : ndarray (N,)
    """

    x: Array
    W: Array
    b: Array


def dense(x: ArrayLike, W: ArrayLike, b: ArrayLike) -> Array:
    """Affine map of the last axis, Equation :eq:`eq:output-layer-logits`.

    Parameters
    ----------
    x : array_like (..., K)
        Inputs.
    W : array_like (K, N)
        Weights.
    b : array_like (N,)
        Biases.

    Returns
    -------
    ndarray (..., N)
        x W + b, in NumPy's promotion of the three dtypes.

    Raises
    ------
    TypeError
        If an argument does not hold numbers.
    ValueError
        If shapes do not fit, or an argument holds NaN or infinities.

    Notes
    -----
    Source: article "LSTM Part 1", the output layer (Wy, by).
    """
    x, W = _inputs_and_weights(x, W)
    b = floating("b", b, ("N",), N=W.shape[1])
    return x @ W + b


def dense_backward(d_y: ArrayLike, x: ArrayLike, W: ArrayLike) -> DenseGradients:
    """Gradients of a dense layer: :eq:`eq:output-layer-d-w`, :eq:`eq:output-layer-d-b` and :eq:`eq:output-layer-d-x`.

    Parameters
    ----------
    d_y : array_like (..., N)
        Gradient of the loss with respect to the layer's result.
    x : array_like (..., K)
        The layer's inputs.
    W : array_like (K, N)
        Its weights.

    Returns
    -------
    DenseGradients
        (d_x, d_W, d_b): shapes (..., K), (K, N), (N,). The gradients of `W` and `b` are sums over all leading axes.

    Raises
    ------
    TypeError
        If an argument does not hold numbers.
    ValueError
        If shapes do not fit, or an argument holds NaN or infinities.

    Notes
    -----
    Source: article "LSTM Part 3", step 1 (DWy, DBy).
    """
    x, W = _inputs_and_weights(x, W)
    d_y = floating("d_y", d_y, ("...", "N"), N=W.shape[1])
    leading = x.shape[:-1]
    if d_y.shape[:-1] != leading:
        raise ArgumentError("d_y", f"{(*leading, W.shape[1])}, one row for each row of x", d_y.shape)
    # Every leading axis counts as batch.
    rows = math.prod(leading)
    x, d_y = x.reshape(rows, W.shape[0]), d_y.reshape(rows, W.shape[1])
    d_x = d_y @ W.T
    d_W = x.T @ d_y
    d_b = d_y.sum(axis=0)
    return DenseGradients(d_x.reshape(*leading, W.shape[0]), d_W, d_b)


def _inputs_and_weights(x, W):
    W = floating("W", W, ("K", "N"))
    x = floating("x", x, ("...", "K"), K=W.shape[0])
    return x, W
