"""Checks at the public boundary: one clear error, naming the argument, what was given and what was expected."""

import cmath
import math
import numbers
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from lstmderiv.types import Array, Shape

Instance = TypeVar("Instance")


class _Refusal(Exception):
    """What both errors share; the message is made here and nowhere else."""

    def __init__(self, name, expected, got):
        # Text, and all of it in `args`: an error can be pickled whatever the argument was.
        super().__init__(str(name), str(expected), str(got))

    @property
    def name(self):
        return self.args[0]

    @property
    def expected(self):
        return self.args[1]

    @property
    def got(self):
        return self.args[2]

    def __str__(self):
        return f"{self.name}: expected {self.expected}, got {self.got}"

    def renamed(self, name):
        """The same error of an argument that the caller knows by another name.

        Parameters
        ----------
        name : str

        Returns
        -------
        ArgumentError or ArgumentTypeError
        """
        return type(self)(name, self.expected, self.got)


class ArgumentError(_Refusal, ValueError):
    """An argument whose value cannot be used.

    The message is made of the attributes: "x: expected (B, T, D) with D = 10, got (3, 7)".

    Attributes
    ----------
    name : str
        The argument, or the part of it, that is refused: "x", "layers[1]".
    expected : str
        What it has to be: "(B, T, D) with D = 10".
    got : str
        What it is: "(3, 7)".
    """


class ArgumentTypeError(_Refusal, TypeError):
    """An argument of a type that cannot be used.

    Attributes
    ----------
    name, expected, got : str
        As in `ArgumentError`.
    """


def _expected(dims, sizes):
    known = [f"{dim} = {sizes[dim]}" for dim in dims if dim in sizes]
    return f"({', '.join(dims)}{',' if len(dims) == 1 else ''})" + (f" with {', '.join(known)}" if known else "")


def check_shape(name: str, shape: Sequence[int], dims: Sequence[str], sizes: Mapping[str, int]) -> None:
    """Raise ValueError unless `shape` fits the symbols `dims` under the known `sizes`.

    A leading "..." in `dims` stands for any number of leading axes.
    """
    free = dims[0] == "..."
    named = dims[1:] if free else dims
    fits = len(shape) >= len(named) if free else len(shape) == len(named)
    tail = shape[len(shape) - len(named) :] if fits else ()
    if not fits or any(size != sizes.get(dim, size) for dim, size in zip(named, tail)):
        raise ArgumentError(name, _expected(dims, sizes), tuple(shape))


def _as_array(name, value):
    try:
        return np.asarray(value)
    except ValueError:
        raise ArgumentError(name, "a rectangular array of numbers", "nested sequences of unequal length") from None


def floating(name: str, value: Any, dims: Sequence[str], *, finite: bool = True, **sizes: int) -> Array:
    """Return `value` as an array that arithmetic preserves, of shape `dims`.

    float16, float32, float64 and complex arrays keep their dtype, arrays of Python number objects (`Fraction`s, for
    instance) stay as they are, integers become float64. With `finite`, NaN and infinities are refused.
    """
    array = _as_array(name, value)
    if array.dtype.kind in "iub":
        array = array.astype(np.float64)
    if array.dtype.kind == "O":
        strays = [v for v in array.flat if not all(hasattr(type(v), f"__{verb}__") for verb in ("add", "sub", "mul"))]
        if strays:
            raise ArgumentTypeError(name, "numbers", f"an object array holding {type(strays[0]).__name__}")
    elif array.dtype.kind not in "fc":
        raise ArgumentTypeError(name, "an array of numbers", f"dtype {array.dtype}")
    check_shape(name, array.shape, dims, sizes)
    if finite and not (is_finite := _is_finite(array)).all():
        first = tuple(int(k) for k in np.argwhere(~is_finite)[0])
        raise ArgumentError(name, "finite numbers", f"{array[first]} at index {first}")
    return array


def real_floating(name: str, value: Any) -> Array:
    """Return `value` as a float64 array of any shape if it holds finite real numbers."""
    array = floating(name, value, ("...",))
    if array.dtype.kind == "c":
        raise ArgumentTypeError(name, "real numbers", f"dtype {array.dtype}")
    return array.astype(np.float64)


def _is_finite(array):
    if array.dtype.kind != "O":
        return np.isfinite(array)
    # Among number objects, only floats can be NaN or infinite.
    wrong = [isinstance(v, (float, complex)) and not cmath.isfinite(v) for v in array.flat]
    return ~np.array(wrong, dtype=bool).reshape(array.shape)


def integers(
    name: str,
    value: Any,
    dims: Sequence[str],
    low: int,
    high: int,
    *,
    bounds: str,
    shape: tuple[Shape, str] | None = None,
    where: Array | None = None,
    **sizes: int,
) -> Array:
    """Return `value` as an integer array with low <= entries < high (checked only where `where` holds).

    `shape`, if given, is a shape with what it is in words; the array must have it.
    """
    array = _as_array(name, value)
    if array.size == 0 and array.dtype.kind == "f":
        array = array.astype(np.int64)
    if array.dtype.kind not in "iu":
        raise ArgumentTypeError(name, "integers", f"dtype {array.dtype}")
    check_shape(name, array.shape, dims, sizes)
    if shape is not None and array.shape != shape[0]:
        raise ArgumentError(name, f"{shape[0]}, {shape[1]}", array.shape)
    wrong = (array < low) | (array >= high)
    if where is not None:
        wrong = wrong & where
    if wrong.any():
        first = tuple(int(k) for k in np.argwhere(wrong)[0])
        raise ArgumentError(name, f"integers {bounds}", f"{array[first]} at index {first}")
    return array


def real_scalar(
    name: str,
    value: Any,
    *,
    minimum: float | None = None,
    above: float | None = None,
    dtype: np.dtype[Any] | None = None,
) -> Any:
    """Return `value` as a Python number if it is one finite real number, >= `minimum` and > `above`.

    The number does not change the dtype of an array of `dtype` that it is added to: a Fraction stays one among objects
    only.
    """
    if isinstance(value, (np.ndarray, np.generic)) and value.ndim == 0:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        kind = f"shape {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
        raise ArgumentTypeError(name, "a real number", kind)
    bounds = "" if minimum is None else f" >= {minimum}"
    bounds += "" if above is None else f" > {above}"
    try:
        finite = math.isfinite(value)
    except OverflowError:
        finite = False
    if not finite or (minimum is not None and value < minimum) or (above is not None and value <= above):
        raise ArgumentError(name, f"a finite number{bounds}", value)
    return value if dtype is None or dtype.kind == "O" else float(value)


def positive_integer(name: str, value: Any) -> int:
    """Return `value` as an int if it is an integer of at least 1."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise ArgumentTypeError(name, "an integer >= 1", type(value).__name__)
    if value < 1:
        raise ArgumentError(name, "an integer >= 1", value)
    return int(value)


def integer_in(name: str, value: Any, low: int, high: int, *, bounds: str) -> int:
    """Return `value` as an int if it is an integer with low <= value < high."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Integral):
        raise ArgumentTypeError(name, f"an integer {bounds}", type(value).__name__)
    if not low <= value < high:
        raise ArgumentError(name, f"an integer {bounds}", value)
    return int(value)


def instance(name: str, value: Any, cls: type[Instance]) -> Instance:
    """Return `value` if it is a `cls`."""
    if not isinstance(value, cls):
        raise ArgumentTypeError(name, cls.__name__, type(value).__name__)
    return value


def flag(name: str, value: Any) -> bool:
    """Return `value` as a bool if it is one."""
    if not isinstance(value, (bool, np.bool_)):
        raise ArgumentTypeError(name, "True or False", type(value).__name__)
    return bool(value)


def same_keys(name: str, given: Any, expected: Collection[str]) -> None:
    """Raise ValueError unless two mappings hold the same keys."""
    if not isinstance(given, Mapping):
        raise ArgumentTypeError(name, "a mapping", type(given).__name__)
    if set(given) != set(expected):
        raise ArgumentError(name, f"the keys {list(expected)}", list(given))
