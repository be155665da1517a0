"""The inverse of a matrix and the squared norm of an array, on numbers of any kind; the largest singular value."""

from fractions import Fraction

import numpy as np

__all__ = ["inverse", "largest_singular_value", "squared_norm"]


def inverse(matrix):
    """Inverse of a square matrix: exact where its numbers are, by NumPy where they are floats or complex.

    Parameters
    ----------
    matrix : ndarray (N, N)
        Floats, complex numbers, or objects: `Fraction`, `Modular`, `Dual` ...

    Returns
    -------
    ndarray (N, N)

    Raises
    ------
    ValueError
        If it is not a square matrix.
    ZeroDivisionError
        If it has no inverse.
    """
    matrix = np.asarray(matrix)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"matrix: expected (N, N), got {matrix.shape}")
    if matrix.dtype != object:
        try:
            return np.linalg.inv(matrix)
        except np.linalg.LinAlgError:
            raise ZeroDivisionError("a singular matrix has no inverse") from None
    return _eliminated(matrix)


def _eliminated(matrix):
    """Gauss-Jordan elimination beside the identity. Any number but zero will do as pivot: nothing is rounded."""
    size = len(matrix)
    rows = np.concatenate([matrix, np.eye(size, dtype=int).astype(object)], axis=1)
    for column in range(size):
        place = next((row for row in range(column, size) if _value(rows[row, column]) != 0), None)
        if place is None:
            raise ZeroDivisionError("a singular matrix has no inverse")
        rows[[column, place]] = rows[[place, column]]
        # `int / int` would be a float.
        pivot = rows[column, column]
        rows[column] = rows[column] * (_one(pivot) / pivot)
        for row in range(size):
            if row != column:
                # The array first: a number object would take it for one number.
                rows[row] = rows[row] - rows[column] * rows[row, column]
    return rows[:, size:]


def _one(number):
    return Fraction(1) if isinstance(number, int) else 1


def _value(number):
    """What decides whether a number can be divided by: of a dual number its value alone."""
    return getattr(number, "value", number)


def squared_norm(array):
    """Sum of the squares of all entries: analytic, so that a complex step can go through it.

    Parameters
    ----------
    array : ndarray (...)

    Returns
    -------
    number
    """
    return (array * array).sum()


def largest_singular_value(matrix):
    """The most by which a matrix can lengthen a vector.

    Parameters
    ----------
    matrix : ndarray (M, N)
        Floats.

    Returns
    -------
    float
    """
    return np.linalg.norm(matrix, 2)
