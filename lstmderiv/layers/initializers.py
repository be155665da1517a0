"""Initializers of parameters: from a shape to an array."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lstmderiv.checks import ArgumentError, ArgumentTypeError, affordable, floating, instance, integer_in, real_scalar
from lstmderiv.types import Array, ArrayLike, Initializer, Real, Shape

__all__ = ["Constant", "Uniform"]

#: An array of NumPy has no more.
_AXES = 64


class Constant:
    """Initializer that fills an array with one number, or with given ones.

    Parameters
    ----------
    value : float or array_like
        An array must have exactly the shape that the layer asks for.

    Raises
    ------
    TypeError, ValueError
        If `value` does not hold finite numbers; when called, if its shape is not the one asked for.
    """

    value: Array

    def __init__(self, value: ArrayLike) -> None:
        self.value = floating("value", value, ("...",))

    def __call__(self, shape: Shape) -> Array:
        shape = _shape(shape, self.value.dtype)
        if self.value.ndim and self.value.shape != shape:
            raise ArgumentError("value", f"{shape}, the shape asked for", self.value.shape)
        return np.broadcast_to(self.value, shape).copy()


class Uniform:
    """Initializer that draws from the uniform distribution on [-limit, limit).

    Parameters
    ----------
    limit : float
        Finite and >= 0.
    rng : numpy.random.Generator
        The only source of randomness.

    Raises
    ------
    TypeError, ValueError
        If `limit` is not such a number or `rng` is not a Generator.
    """

    limit: Any
    rng: np.random.Generator

    def __init__(self, limit: Real, rng: np.random.Generator) -> None:
        self.limit = real_scalar("limit", limit, minimum=0)
        self.rng = instance("rng", rng, np.random.Generator)

    def __call__(self, shape: Shape) -> Array:
        return self.rng.uniform(-self.limit, self.limit, _shape(shape, np.float64))


def _shape(shape, dtype):
    """What an initializer is called with: a shape that an array can have."""
    if not isinstance(shape, (list, tuple)):
        raise ArgumentTypeError("shape", "a tuple of integers >= 0", type(shape).__name__)
    shape = tuple(integer_in(f"shape[{k}]", size, 0, math.inf, bounds=">= 0") for k, size in enumerate(shape))
    if len(shape) > _AXES:
        raise ArgumentError("shape", f"at most {_AXES} sizes", len(shape))
    affordable("shape", shape, dtype)
    return shape


def width(x: ArrayLike, dims: Sequence[str]) -> int:
    """The last size of a layer's first input, which parameters are made for."""
    x = floating("x", x, dims)
    if x.shape[-1] == 0:
        raise ArgumentError("x", f"({', '.join(dims)}) with {dims[-1]} >= 1", x.shape)
    return x.shape[-1]


def checked_initializer(name: str, initializer: Initializer | None) -> Initializer:
    """Return `initializer`, or the one that fills with zeros."""
    if initializer is None:
        return Constant(0.0)
    if not callable(initializer):
        raise ArgumentTypeError(name, "a callable from a shape to an array", type(initializer).__name__)
    return initializer


def initial(name: str, initializer: Initializer, shape: Shape) -> Array:
    """Return what an initializer makes for a shape, checked."""
    array = floating(name, initializer(shape), ("...",))
    if array.shape != shape:
        raise ArgumentError(name, f"an array of shape {shape}", array.shape)
    return array
