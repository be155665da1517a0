"""Checks at the public boundary: one clear error, naming the argument, what was given and what was expected."""

import math
import numbers
from collections.abc import Mapping

import numpy as np


def _expected(dims, sizes):
    known = [f"{dim} = {sizes[dim]}" for dim in dims if dim in sizes]
    return f"({', '.join(dims)}{',' if len(dims) == 1 else ''})" + (
        f" with {', '.join(known)}" if known else ""
    )


def check_shape(name, shape, dims, sizes):
    """Raise ValueError unless `shape` fits the symbols `dims` under the known `sizes`.

    A leading "..." in `dims` stands for any number of leading axes.
    """
    free = dims[0] == "..."
    named = dims[1:] if free else dims
    fits = len(shape) >= len(named) if free else len(shape) == len(named)
    tail = shape[len(shape) - len(named) :] if fits else ()
    if not fits or any(size != sizes.get(dim, size) for dim, size in zip(named, tail)):
        raise ValueError(f"{name}: expected {_expected(dims, sizes)}, got {tuple(shape)}")


def _as_array(name, value):
    try:
        return np.asarray(value)
    except ValueError:
        raise ValueError(
            f"{name}: expected a rectangular array of numbers, got nested sequences of unequal length"
        ) from None


def floating(name, value, dims, *, finite=True, **sizes):
    """Return `value` as an array that arithmetic preserves, of shape `dims`.

    float16, float32, float64 and complex arrays keep their dtype, arrays of Python number objects (`Fraction`s, for
    instance) stay as they are, integers become float64. With `finite`, NaN and infinities are refused.
    """
    array = _as_array(name, value)
    if array.dtype.kind in "iub":
        array = array.astype(np.float64)
    if array.dtype.kind == "O":
        stray = next((v for v in array.flat if isinstance(v, str) or not hasattr(v, "__mul__")), None)
        if stray is not None or any(v is None for v in array.flat):
            raise TypeError(f"{name}: expected numbers, got an object array holding {type(stray).__name__}")
    elif array.dtype.kind not in "fc":
        raise TypeError(f"{name}: expected an array of numbers, got dtype {array.dtype}")
    check_shape(name, array.shape, dims, sizes)
    if finite and array.dtype.kind != "O" and not np.isfinite(array).all():
        first = tuple(int(k) for k in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name}: expected finite numbers, got {array[first]} at index {first}")
    return array


def integers(name, value, dims, low, high, *, bounds, where=None, **sizes):
    """Return `value` as an integer array with low <= entries < high (checked only where `where` holds)."""
    array = _as_array(name, value)
    if array.size == 0 and array.dtype.kind == "f":
        array = array.astype(np.int64)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name}: expected integers, got dtype {array.dtype}")
    check_shape(name, array.shape, dims, sizes)
    wrong = (array < low) | (array >= high)
    if where is not None:
        wrong = wrong & where
    if wrong.any():
        first = tuple(int(k) for k in np.argwhere(wrong)[0])
        raise ValueError(f"{name}: expected integers {bounds}, got {array[first]} at index {first}")
    return array


def real_scalar(name, value, *, minimum=None):
    """Return `value` unchanged if it is one finite real number, not below `minimum`."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name}: expected a real number, got {type(value).__name__}")
    wanted = "a finite number" if minimum is None else f"a finite number >= {minimum}"
    if not math.isfinite(value) or (minimum is not None and value < minimum):
        raise ValueError(f"{name}: expected {wanted}, got {value}")
    return value


def positive_integer(name, value):
    """Return `value` as an int if it is an integer of at least 1."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name}: expected an integer >= 1, got {type(value).__name__}")
    if value < 1:
        raise ValueError(f"{name}: expected an integer >= 1, got {value}")
    return int(value)


def instance(name, value, cls):
    """Return `value` if it is a `cls`."""
    if not isinstance(value, cls):
        raise TypeError(f"{name}: expected {cls.__name__}, got {type(value).__name__}")
    return value


def same_keys(name, given, expected):
    """Raise ValueError unless two mappings hold the same keys."""
    if not isinstance(given, Mapping):
        raise TypeError(f"{name}: expected a mapping, got {type(given).__name__}")
    if set(given) != set(expected):
        raise ValueError(f"{name}: expected the keys {sorted(expected)}, got {sorted(given)}")
