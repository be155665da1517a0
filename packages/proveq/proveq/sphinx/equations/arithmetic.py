r"""Arithmetic of an equation on the numbers of any scope: floats, complex numbers, or elements of an exact field.

A value is a bare number or an array of two axes. Whole numbers of an equation stay whole, their quotients become
fractions, and both take the kind of the numbers they meet, so that an exact field never meets a float.
"""

import operator
from fractions import Fraction

import numpy as np

from ...linear_algebra import inverse

__all__ = [
    "ShapeError",
    "add",
    "alike",
    "diagonal",
    "divide",
    "is_number",
    "joined",
    "literal",
    "multiply",
    "product",
    "raised",
    "subtract",
    "tidy",
    "trace",
    "transposed",
]


class ShapeError(ValueError):
    """Shapes that do not go together."""


def tidy(value):
    """A bare number for an array without axes, a row for one with one axis."""
    if not isinstance(value, np.ndarray) or value.ndim == 0:
        return value[()] if isinstance(value, np.ndarray) else value
    return value[None, :] if value.ndim == 1 else value


def literal(text):
    """The number that a text writes, whole or a fraction."""
    return int(text) if text.isdigit() else Fraction(text)


def is_number(value):
    """Whether a value is a bare number."""
    return not isinstance(value, np.ndarray)


def add(a, b):
    """Sum; a row is added to every row."""
    return _each(operator.add, np.add, a, b)


def subtract(a, b):
    """Difference, with rows as in `add`."""
    return _each(operator.sub, np.subtract, a, b)


def alike(values):
    """The values, the fractions among them as the kind of numbers of the others."""
    met = next((value for value in values if not isinstance(value, int | Fraction)), 1)
    return [_alike(value, met) for value in values]


def multiply(a, b):
    """Product element by element."""
    return _each(operator.mul, np.multiply, a, b)


def divide(a, b):
    """Quotient element by element."""
    return _each(_quotient, _array_quotient, a, b)


def product(a, b):
    """What juxtaposition means: the matrix product of arrays, the ordinary product where one side is a number."""
    if is_number(a) or is_number(b):
        return multiply(a, b)
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[0]:
        raise ShapeError(rf"no matrix product of shapes {a.shape} and {b.shape}; element by element is written \odot")
    return a @ b


def raised(a, exponent):
    """A whole power, element by element; -1 inverts a square matrix."""
    if exponent >= 0:
        return a**exponent
    if not is_number(a):
        if exponent == -1 and a.shape[0] == a.shape[1]:
            return inverse(a)
        raise ShapeError("a negative power of an array; is a quotient meant?")
    return divide(1, a**-exponent)


def transposed(a):
    """The array with its axes exchanged."""
    return a if is_number(a) else a.T


def diagonal(row):
    """The matrix with a row's entries on its diagonal."""
    if is_number(row) or row.shape[0] != 1:
        raise ShapeError(f"diag needs a row, not shape {np.shape(row)}")
    zeros = np.zeros((row.size, row.size), dtype=int).astype(row.dtype)
    np.fill_diagonal(zeros, row)
    return zeros


def trace(a):
    """The sum of a square matrix's diagonal."""
    if is_number(a) or a.shape[0] != a.shape[1]:
        raise ShapeError(f"a trace needs a square matrix, not shape {np.shape(a)}")
    return np.diagonal(a).sum()


def joined(values):
    """Arrays side by side, along their last axis; numbers make a row."""
    if all(is_number(value) for value in values):
        return np.array([values])
    if any(is_number(value) for value in values):
        raise ShapeError("arrays can be joined, or numbers, not one with the other")
    if len({value.shape[:-1] for value in values}) > 1:
        raise ShapeError(f"cannot join shapes {', '.join(str(value.shape) for value in values)}")
    return np.concatenate(values, axis=-1)


def _each(scalar, array, a, b):
    a, b = _alike(a, b), _alike(b, a)
    if is_number(a) and is_number(b):
        return scalar(a, b)
    if not is_number(a) and not is_number(b):
        widths = [max(sizes) for sizes in zip(a.shape, b.shape)] if a.ndim == b.ndim else None
        fits = widths and all({*sizes} <= {1, width} for *sizes, width in zip(a.shape, b.shape, widths))
        # Neither operand may grow along an axis while the other grows along another one: that is nobody's notation.
        if not fits or tuple(widths) not in (a.shape, b.shape):
            raise ShapeError(f"shapes {a.shape} and {b.shape} do not go together element by element")
    return array(a, b)


def _alike(constant, other):
    """A fraction of the equation as one of the numbers that it meets."""
    if not isinstance(constant, Fraction) or isinstance(other, int | Fraction):
        return constant
    if np.asarray(other).dtype != object:
        return float(constant)
    return _array_quotient(other - other + constant.numerator, constant.denominator)


def _quotient(a, b):
    return Fraction(a, b) if isinstance(a, int) and isinstance(b, int) else a / b


_quotients = np.frompyfunc(_quotient, 2, 1)


def _array_quotient(a, b):
    # `int / int` among objects would be a float.
    return _quotients(a, b) if object in (np.asarray(a).dtype, np.asarray(b).dtype) else np.true_divide(a, b)
