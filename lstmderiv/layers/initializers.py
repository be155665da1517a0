"""Initializers of parameters: from a shape to an array."""

from typing import Any

import numpy as np

from lstmderiv.checks import ArgumentError, ArgumentTypeError, floating, instance, real_scalar
from lstmderiv.types import Array, ArrayLike, Initializer, Real, Shape

__all__ = ["Constant", "Uniform"]


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
        if self.value.ndim and self.value.shape != tuple(shape):
            raise ArgumentError("value", tuple(shape), self.value.shape)
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
        return self.rng.uniform(-self.limit, self.limit, shape)


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
