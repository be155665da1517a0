"""Checks at the public boundary: one clear error, naming the argument, what was given and what was expected."""

import cmath
import math
import numbers
import os
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from lstmderiv.types import Array, DTypeLike, Shape

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
    if not fits or [size for dim, size in zip(named, tail) if size != sizes.get(dim, size)]:
        raise ArgumentError(name, _expected(dims, sizes), tuple(shape))


def array_of(name: str, value: Any) -> Array:
    """Return `value` as an array of whatever kind, or raise the error that names it.

    A masked array is refused where something is masked: NumPy would hand on what stands behind the mask.
    """
    masked = _masked(value)
    if masked:
        raise ArgumentError(name, "an array without masked entries", f"{masked} masked")
    try:
        array = np.asarray(value)
    except MemoryError:
        raise ArgumentError(name, "an array that fits into memory", "a larger one") from None
    except ValueError:
        raise ArgumentError(name, "a rectangular array of numbers", "nested sequences of unequal length") from None
    except Exception as error:  # what the `__array__` of another library's type raises
        raise ArgumentTypeError(name, "an array of numbers", f"{type(value).__name__} ({error})") from None
    if array.nbytes >= _MODEST:
        affordable(name, array.shape, array.dtype)
    return array


#: Axes that an array of NumPy can have, and so the depth down to which a list is looked through.
_AXES = 64


def _masked(value, depth=_AXES):
    """How many entries of an array, or of arrays in lists, are masked."""
    # Nobody has a masked array who has not imported `numpy.ma`, which takes its time.
    if isinstance(value, np.ndarray):
        return int(np.count_nonzero(value.mask)) if hasattr(value, "mask") else 0
    if isinstance(value, (list, tuple)) and depth:
        return sum(_masked(one, depth - 1) for one in value if isinstance(one, (list, tuple, np.ndarray)))
    return 0


#: Bytes of which nobody need ask whether they are there.
_MODEST = 2**30


def affordable(name: str, shape: Shape, dtype: DTypeLike = np.float64, *, also: int = 0) -> None:
    """Raise ValueError if arrays that `name` leads to cannot be had: one of `shape`, and `also` bytes of others."""
    needed = math.prod(int(size) for size in shape) * np.dtype(dtype).itemsize + also
    if needed < _MODEST:
        return
    if needed <= _memory():
        try:
            np.empty(needed, np.uint8)  # is not touched, and so costs nothing
            return
        except MemoryError:
            pass
    sizes = " x ".join(map(_figure, shape))
    raise ArgumentError(name, "a size for which there is memory", f"one that takes {_figure(needed)} bytes ({sizes})")


def _memory():
    """The bytes of memory that this process may come to have at most; infinite where nothing says."""
    try:
        most = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        most = math.inf
    try:  # a container's share of the machine
        most = min(most, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    except (ValueError, OSError):
        pass
    return most


def _figure(size):
    """A number that may have more digits than anybody reads, or Python writes."""
    return str(size) if size < 10**24 else f"more than 10^{int(size.bit_length() * math.log10(2)) - 1}"


def floating(name: str, value: Any, dims: Sequence[str], *, finite: bool = True, **sizes: int) -> Array:
    """Return `value` as an array that arithmetic preserves, of shape `dims`.

    float16, float32, float64 and complex arrays keep their dtype, arrays of Python number objects (`Fraction`s, for
    instance) stay as they are if these can be combined with floats and Fractions, integers become float64. With
    `finite`, NaN and infinities are refused. Masked entries always are.

    Finite numbers can overflow in what is computed from them: the result is then infinite or NaN, as IEEE 754 has it,
    and NumPy's settings (`numpy.errstate`) say whether it warns or raises.
    """
    array = array_of(name, value)
    if array.dtype.kind == "O" and not isinstance(value, (np.ndarray, np.generic)):
        # What NumPy makes of whole numbers beyond 64 bits: they are integers like others.
        whole = [type(v) is int for v in array.flat]
        if whole and all(whole):
            _objects(name, array)
            array = array.astype(np.float64)
    if array.dtype.kind in "iub":
        array = array.astype(np.float64)
    if array.dtype.kind == "O":
        _objects(name, array)
    elif array.dtype.kind not in "fc":
        raise ArgumentTypeError(name, "an array of numbers", f"dtype {array.dtype}")
    check_shape(name, array.shape, dims, sizes)
    if finite and not (is_finite := _is_finite(array)).all():
        first = tuple(int(k) for k in np.argwhere(~is_finite)[0])
        raise ArgumentError(name, "finite numbers", f"{array[first]} at index {first}")
    return array


def _objects(name, array):
    """Refuse an object array of anything but numbers that can be combined with floats and Fractions."""
    one_of_each = {type(v): v for v in array.flat}
    for kind, value in one_of_each.items():
        if not all(hasattr(kind, f"__{verb}__") for verb in ("add", "sub", "mul")) or not _combines(value):
            expected = "numbers that can be added to Fractions" if isinstance(value, numbers.Number) else "numbers"
            raise ArgumentTypeError(name, expected, f"an object array holding {kind.__name__}")
    if any(issubclass(kind, (int, Fraction)) for kind in one_of_each):
        for index, value in np.ndenumerate(array):
            if isinstance(value, (int, Fraction)) and _beyond_float64(value):
                raise ArgumentError(name, "numbers within the range of float64", f"a larger one at index {index}")


def _combines(value):
    if isinstance(value, (float, complex, int, Fraction)):
        return True
    try:
        value + Fraction(1)
    except (TypeError, ValueError, ArithmeticError):
        return False
    return True


def _beyond_float64(value):
    # The quotient of the two lies within a factor of two of the power: only there is it worth the division.
    power = value.numerator.bit_length() - value.denominator.bit_length()
    if power < 1023:
        return False
    try:
        float(value)
    except OverflowError:
        return True
    return False


def having(method: str, **arrays: Any) -> None:
    """Raise TypeError if the arrays that go into a function together are objects of which none has its method.

    A function of NumPy asks each object for the method of its own name: `np.tanh` for `.tanh()`, which a Fraction has
    not. What is computed from objects with the method and others has it, so one array of them is enough.
    """
    objects = {name: a for name, a in arrays.items() if a is not None and a.dtype.kind == "O" and a.size}
    if objects and not any(hasattr(type(a.flat[0]), method) for a in objects.values()):
        name, array = next(iter(objects.items()))
        expected = f"floating-point numbers, or objects with a method {method}"
        raise ArgumentTypeError(name, expected, f"an object array holding {type(array.flat[0]).__name__}")


def real_floating(name: str, value: Any) -> Array:
    """Return `value` as a float64 array of any shape if it holds finite real numbers."""
    array = floating(name, value, ("...",))
    if array.dtype.kind == "c":
        raise ArgumentTypeError(name, "real numbers", f"dtype {array.dtype}")
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError):
        kind = type(array.flat[0]).__name__
        raise ArgumentTypeError(name, "real numbers", f"an object array holding {kind}") from None


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
    array = array_of(name, value)
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
    if _masked(value):
        raise ArgumentTypeError(name, "a real number", "a masked one")
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
        raise ArgumentError(name, f"a finite number{bounds}", _shown(value))
    return value if dtype is None or dtype.kind == "O" else float(value)


def _shown(value):
    """A number for a message: of an integer with more digits than Python writes, how many."""
    try:
        return str(value)
    except ValueError:
        return f"an integer of {value.bit_length()} bits"


def positive_integer(name: str, value: Any) -> int:
    """Return `value` as an int if it is an integer of at least 1."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise ArgumentTypeError(name, "an integer >= 1", type(value).__name__)
    if value < 1:
        raise ArgumentError(name, "an integer >= 1", _shown(value))
    return int(value)


def integer_in(name: str, value: Any, low: int, high: int, *, bounds: str) -> int:
    """Return `value` as an int if it is an integer with low <= value < high."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Integral):
        raise ArgumentTypeError(name, f"an integer {bounds}", type(value).__name__)
    if not low <= value < high:
        raise ArgumentError(name, f"an integer {bounds}", _shown(value))
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


def number_type(name: str, value: Any) -> np.dtype[Any]:
    """Return `value` as a dtype of numbers or of number objects."""
    try:
        dtype = np.dtype(value)
    except (TypeError, ValueError, RecursionError):
        raise ArgumentTypeError(name, "a dtype of numbers", shown(value)) from None
    if dtype.kind not in "iubfcO":
        raise ArgumentTypeError(name, "a dtype of numbers", dtype)
    return dtype


def shown(value: Any) -> str:
    """Any value for a message: as Python writes it, in one line and not much of it."""
    try:
        text = ascii(value)
    except (RecursionError, ValueError):
        text = type(value).__name__
    return text if len(text) <= 80 else f"{text[:77]}..."
