"""Checks at the public boundary: one clear error, naming the argument, what was given and what was expected."""

import cmath
import math
import numbers

import numpy as np

__all__ = ["floating", "instance", "real_floating", "real_scalar"]


def floating(name, value):
    """Return `value` as an array that arithmetic preserves, of any shape, if its numbers are finite.

    float16, float32, float64 and complex arrays keep their dtype, arrays of Python number objects (`Fraction`s, for
    instance) stay as they are, integers become float64.
    """
    array = _as_array(name, value)
    if array.dtype.kind in "iub":
        array = array.astype(np.float64)
    if array.dtype.kind == "O":
        strays = [v for v in array.flat if not all(hasattr(type(v), f"__{verb}__") for verb in ("add", "sub", "mul"))]
        if strays:
            raise TypeError(f"{name}: expected numbers, got an object array holding {type(strays[0]).__name__}")
    elif array.dtype.kind not in "fc":
        raise TypeError(f"{name}: expected an array of numbers, got dtype {array.dtype}")
    if not (is_finite := _is_finite(array)).all():
        first = tuple(int(k) for k in np.argwhere(~is_finite)[0])
        raise ValueError(f"{name}: expected finite numbers, got {array[first]} at index {first}")
    return array


def real_floating(name, value):
    """Return `value` as a float64 array of any shape if it holds finite real numbers."""
    array = floating(name, value)
    if array.dtype.kind == "c":
        raise TypeError(f"{name}: expected real numbers, got dtype {array.dtype}")
    return array.astype(np.float64)


def _is_finite(array):
    if array.dtype.kind != "O":
        return np.isfinite(array)
    # Among number objects, only floats can be NaN or infinite.
    wrong = [isinstance(v, (float, complex)) and not cmath.isfinite(v) for v in array.flat]
    return ~np.array(wrong, dtype=bool).reshape(array.shape)


def _as_array(name, value):
    try:
        return np.asarray(value)
    except ValueError:
        raise ValueError(
            f"{name}: expected a rectangular array of numbers, got nested sequences of unequal length"
        ) from None


def real_scalar(name, value, *, minimum=None, above=None):
    """Return `value` as a Python number if it is one finite real number, >= `minimum` and > `above`."""
    if isinstance(value, (np.ndarray, np.generic)) and value.ndim == 0:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        kind = f"shape {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
        raise TypeError(f"{name}: expected a real number, got {kind}")
    bounds = "" if minimum is None else f" >= {minimum}"
    bounds += "" if above is None else f" > {above}"
    try:
        finite = math.isfinite(value)
    except OverflowError:
        finite = False
    if not finite or (minimum is not None and value < minimum) or (above is not None and value <= above):
        raise ValueError(f"{name}: expected a finite number{bounds}, got {value}")
    return value


def instance(name, value, cls):
    """Return `value` if it is a `cls`."""
    if not isinstance(value, cls):
        raise TypeError(f"{name}: expected {cls.__name__}, got {type(value).__name__}")
    return value
