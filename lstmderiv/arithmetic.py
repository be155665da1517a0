"""What arithmetic on any kind of number needs: real and complex arrays, and arrays of number objects.

A constant becomes a `Fraction` among number objects, so that exact arithmetic stays exact; branches are chosen by the
real part.
"""

from fractions import Fraction
from typing import Any

import numpy as np

from lstmderiv.types import Array, Real

__all__ = ["above", "below", "constant", "filled"]


def constant(value: Any, like: Array) -> Any:
    """A Python number that can be combined with the array `like` without changing its dtype."""
    return Fraction(value) if like.dtype.kind == "O" else value


def filled(value: Any, like: Array) -> Array:
    """An array of one Python number, of the shape and dtype of `like`.

    Among number objects it is made by arithmetic, so that dual numbers stay dual; elsewhere it is not, as zero times
    what has overflowed is NaN.
    """
    return 0 * like + constant(value, like) if like.dtype.kind == "O" else np.full_like(like, value)


def _real(x):
    return x.real if x.dtype.kind == "c" else x


def above(x: Array, bound: Real) -> Array:
    """Where the real part of `x` is greater than a number, as booleans."""
    return np.asarray(_real(x) > constant(bound, x), dtype=bool)


def below(x: Array, bound: Real) -> Array:
    """Where the real part of `x` is less than a number, as booleans."""
    return np.asarray(-_real(x) > constant(-bound, x), dtype=bool)
