"""True values: the operator over decimal numbers of many digits, each result rounded once.

What a machine computes in float64 depends on its order of summation and its tanh. These numbers do not: they are the
values that the equations have, so a file of them is the same wherever it is written, and a distance from them is the
error of an implementation and not of two.
"""

import decimal
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from lstmderiv.checks import ArgumentError, ArgumentTypeError, instance, integer_in, shown
from lstmderiv.interchange.case import Case
from lstmderiv.types import Array, DTypeLike, Tensors

__all__ = ["DIGITS", "exact_sections", "numbers_of", "rounded", "rounded_sections"]

# Without transcendental functions a value has a last digit, and may lie in the middle between two floats: rounding it
# correctly needs all its digits. 50 are too few for the golden cases.
DIGITS = 100
_DTYPES = (np.float16, np.float32, np.float64)


class Number:
    """A decimal number that NumPy's object arrays can hold: arithmetic, order, and the functions of activations.

    It computes in the decimal context of the thread. `np.tanh`, `np.exp` and `np.log` call the methods of these names.
    """

    __slots__ = ("value",)

    def __init__(self, value: Decimal) -> None:
        self.value = value

    def __add__(self, other: Any) -> "Number":
        return Number(self.value + (other.value if type(other) is Number else _decimal(other)))

    def __sub__(self, other: Any) -> "Number":
        return Number(self.value - (other.value if type(other) is Number else _decimal(other)))

    def __rsub__(self, other: Any) -> "Number":
        return Number(_decimal(other) - self.value)

    def __mul__(self, other: Any) -> "Number":
        return Number(self.value * (other.value if type(other) is Number else _decimal(other)))

    def __truediv__(self, other: Any) -> "Number":
        return Number(self.value / (other.value if type(other) is Number else _decimal(other)))

    def __rtruediv__(self, other: Any) -> "Number":
        return Number(_decimal(other) / self.value)

    __radd__ = __add__
    __rmul__ = __mul__

    def __neg__(self) -> "Number":
        return Number(-self.value)

    def __gt__(self, other: Any) -> bool:
        return self.value > _decimal(other)

    def __lt__(self, other: Any) -> bool:
        return self.value < _decimal(other)

    def exp(self) -> "Number":
        return Number(self.value.exp())

    def log(self) -> "Number":
        return Number(self.value.ln())

    def tanh(self) -> "Number":
        power = (-2 * abs(self.value)).exp()
        return Number(((1 - power) / (1 + power)).copy_sign(self.value))


def _decimal(number):
    """The number in decimal form, within the digits of the context."""
    if type(number) is Number:
        return number.value
    if isinstance(number, Fraction):
        return Decimal(number.numerator) / Decimal(number.denominator)
    # Whole numbers and binary fractions have an exact decimal form.
    return Decimal(number if isinstance(number, int) else float(number))


def _numbers(array):
    found = np.empty(array.shape, object)
    for index, value in np.ndenumerate(array):
        found[index] = Number(_decimal(value))
    return found


def rounded(array: Array, dtype: type[np.floating[Any]]) -> Array:
    """Each number of an array of objects rounded to the nearest of `dtype`, ties to even."""
    decimals = [_decimal(value) for value in array.flat]
    # Python rounds a decimal number to float64 correctly. Narrower: once more would round twice, so the neighbours of
    # that result are compared with the number itself.
    doubles = np.array([float(value) for value in decimals], np.float64)
    narrow = doubles.astype(dtype)
    if dtype is not np.float64:
        for n in np.flatnonzero(_halfway(doubles, narrow)):
            options = (narrow[n], np.nextafter(narrow[n], dtype(-np.inf)), np.nextafter(narrow[n], dtype(np.inf)))
            true = Fraction(decimals[n])
            narrow[n] = min(options, key=lambda option: abs(Fraction(float(option)) - true))
    # A zero has no sign here: that of a product with zero is no property of the value.
    return narrow.reshape(array.shape) + dtype(0)


def _halfway(doubles, narrow):
    """Where a double lies in the middle between two narrow numbers: the only place where rounding twice can err."""
    up, down = (np.nextafter(narrow, narrow.dtype.type(end)).astype(np.float64) for end in (np.inf, -np.inf))
    middle = narrow.astype(np.float64)
    return (doubles == (middle + up) / 2) | (doubles == (middle + down) / 2)


def exact_sections(case: Case, dtype: DTypeLike = np.float64, *, digits: int = DIGITS) -> dict[str, dict[str, Array]]:
    """Every tensor of a case as `Case.sections` names them, true to the last bit of a dtype.

    Parameters
    ----------
    case : Case
        Its inputs, parameters and upstream gradients are taken as they are.
    dtype : {float64, float32, float16}, optional
        What every value is rounded to, once.
    digits : int, optional
        Decimal digits of the computation, 30..1000. What is rational and has more of them, and lies in the middle
        between two floats, may be rounded to the wrong one of both.

    Returns
    -------
    dict of dict of ndarray
        Floating-point arrays of `dtype`; lengths are int64.

    Raises
    ------
    TypeError
        If `case` is no case, or `dtype` no floating-point type.
    ValueError
        If `dtype` is another one, or `digits` out of range.
    """
    instance("case", case, Case)
    dtype = _dtype(dtype)
    digits = integer_in("digits", digits, 30, 1001, bounds="in 30..1000")
    return rounded_sections(numbers_of(case, digits), dtype)


def numbers_of(case: Case, digits: int = DIGITS) -> dict[str, dict[str, Array]]:
    """Every tensor of a case, by section, as arrays of `Number`s that are not rounded yet."""
    with decimal.localcontext(decimal.Context(prec=digits, rounding=decimal.ROUND_HALF_EVEN)):
        return case.astype(_numbers).sections()


def rounded_sections(numbers: Mapping[str, Tensors], dtype: type[np.floating[Any]]) -> dict[str, dict[str, Array]]:
    """What `numbers_of` returned, each number rounded once to a dtype."""
    return {
        section: {
            name: array.astype(np.int64) if name == "lengths" else rounded(array, dtype)
            for name, array in tensors.items()
        }
        for section, tensors in numbers.items()
    }


def _dtype(given):
    try:
        dtype = np.dtype(given).type
    except (TypeError, ValueError, RecursionError):
        raise ArgumentTypeError("dtype", "float64, float32 or float16", shown(given)) from None
    if dtype not in _DTYPES:
        raise ArgumentError("dtype", "float64, float32 or float16", np.dtype(given).name)
    return dtype
