"""The two activations of an LSTM, the logistic sigmoid and tanh, each with its derivative.

Both derivatives are written in the value, not in the argument: a forward pass that keeps the values has all that its
backward pass needs.
"""

import numpy as np

from lstmderiv.checks import ArgumentError, floating, having
from lstmderiv.types import Array, ArrayLike

__all__ = ["sigmoid", "sigmoid_backward", "tanh", "tanh_backward"]


def sigmoid(x: ArrayLike) -> Array:
    """Logistic sigmoid, Equation :eq:`eq:activations-sigmoid`.

    Computed as (1 + tanh(x / 2)) / 2, which never overflows and works on complex arguments.

    Parameters
    ----------
    x : array_like (...)
        Float, complex or object array. Infinities saturate, NaN passes through.

    Returns
    -------
    ndarray (...)
        Values in [0, 1], dtype of `x` (integers give float64).

    Raises
    ------
    TypeError
        If `x` does not hold numbers, or objects without a method `tanh`.
    ValueError
        If entries of `x` are masked.

    Notes
    -----
    Source: Hochreiter and Schmidhuber (1997), appendix A.1; article "LSTM Part 2".
    """
    x = floating("x", x, ("...",), finite=False)
    having("tanh", x=x)
    return (1 + np.tanh(x / 2)) / 2


def sigmoid_backward(d_y: ArrayLike, y: ArrayLike) -> Array:
    """Gradient through y = sigmoid(x), Equation :eq:`eq:activations-sigmoid-backward`.

    Parameters
    ----------
    d_y : array_like (...)
        Gradient of the loss with respect to `y`.
    y : array_like (...)
        The value that `sigmoid` returned, same shape.

    Returns
    -------
    ndarray (...)
        Gradient with respect to `x`, dtype of the arguments.

    Raises
    ------
    TypeError
        If an argument does not hold numbers.
    ValueError
        If the shapes differ, or entries are masked.
    """
    d_y, y = _value_and_gradient(d_y, y)
    d_x = d_y * y * (1 - y)
    return d_x


def tanh(x: ArrayLike) -> Array:
    """Hyperbolic tangent, Equation :eq:`eq:activations-tanh`.

    Parameters
    ----------
    x : array_like (...)
        Float, complex or object array. Infinities saturate, NaN passes through.

    Returns
    -------
    ndarray (...)
        Values in [-1, 1], dtype of `x` (integers give float64).

    Raises
    ------
    TypeError
        If `x` does not hold numbers, or objects without a method `tanh`.
    ValueError
        If entries of `x` are masked.
    """
    x = floating("x", x, ("...",), finite=False)
    having("tanh", x=x)
    return np.tanh(x)


def tanh_backward(d_y: ArrayLike, y: ArrayLike) -> Array:
    """Gradient through y = tanh(x), Equation :eq:`eq:activations-tanh-backward`.

    Parameters
    ----------
    d_y : array_like (...)
        Gradient of the loss with respect to `y`.
    y : array_like (...)
        The value that `tanh` returned, same shape.

    Returns
    -------
    ndarray (...)
        Gradient with respect to `x`, dtype of the arguments.

    Raises
    ------
    TypeError
        If an argument does not hold numbers.
    ValueError
        If the shapes differ, or entries are masked.
    """
    d_y, y = _value_and_gradient(d_y, y)
    d_x = d_y * (1 - y * y)
    return d_x


def _value_and_gradient(d_y, y):
    y = floating("y", y, ("...",), finite=False)
    d_y = floating("d_y", d_y, ("...",), finite=False)
    if d_y.shape != y.shape:
        raise ArgumentError("d_y", f"the shape of y, {y.shape}", d_y.shape)
    return d_y, y
