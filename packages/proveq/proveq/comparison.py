"""Checks of numbers that are at hand: two arrays, or an array and what is printed somewhere."""

import decimal
import re
from fractions import Fraction

import numpy as np

from .checks import floating, real_floating, real_scalar
from .evidence import Evidence, Record, failure

__all__ = ["agree", "between", "compare", "published", "relative_difference", "shown"]


def relative_difference(mine, reference):
    """Norm of the difference of two arrays, relative to the larger of their norms; 0 for two arrays of zeros."""
    largest = max(np.abs(mine).max(initial=0), np.abs(reference).max(initial=0))
    if largest == 0:
        return 0.0
    # Scaled first: the square of 1e-200 is 0.
    mine, reference = mine / largest, reference / largest
    return float(np.linalg.norm(mine - reference) / max(np.linalg.norm(mine), np.linalg.norm(reference)))


def shown(number):
    """A number as a message shows it: every digit of a float, a fraction as a fraction if it can be read as one."""
    if isinstance(number, float):
        return repr(float(number))
    text = str(number)
    if not isinstance(number, Fraction) or len(text) <= 60:
        return text
    # Through decimals: a float might overflow, or round two different fractions to one number.
    rounded = decimal.Context(prec=25).divide(decimal.Decimal(number.numerator), decimal.Decimal(number.denominator))
    return f"{rounded} (rounded; the fraction has {sum(map(str.isdigit, text))} digits)"


def compare(label, oracle, got, expected, *, tolerance, subject):
    """Compare two arrays in norm and leave a record.

    Parameters
    ----------
    label : str
        Label of the book's equation.
    oracle : str
        Where `expected` comes from.
    got, expected : array_like (...)
        Same shape.
    tolerance : float
        Of the relative difference in norm.
    subject : str
        What is compared, in words.

    Returns
    -------
    Evidence

    Raises
    ------
    CheckFailed
        If shapes differ or the difference is larger than `tolerance`.
    """
    got, expected = floating("got", got), floating("expected", expected)
    tolerance = real_scalar("tolerance", tolerance, minimum=0)
    if got.shape != expected.shape:
        raise failure(label, oracle, subject, f"shape {got.shape}", f"expected {expected.shape}")
    if got.dtype.kind == "O" or expected.dtype.kind == "O":
        wrong = [index for index in np.ndindex(got.shape) if got[index] != expected[index]]
        residual = "0"
    else:
        residual = relative_difference(got, expected)
        wrong = [] if residual <= tolerance else [np.unravel_index(np.argmax(np.abs(got - expected)), got.shape)]
    if wrong:
        place = tuple(int(k) for k in wrong[0])
        details = [f"{shown(got[place])} at {place}", f"expected {shown(expected[place])}"]
        raise failure(label, oracle, subject, *details, f"residual {residual}, tolerance {tolerance}")
    record = Record(label, oracle, residual, tolerance, 1, str(got.shape), str(got.dtype), None, subject)
    return Evidence((record,))


def agree(got, expected, tolerance=1e-14):
    """Check two arrays against each other without claiming anything for an equation: for exercises and examples.

    Parameters
    ----------
    got, expected : array_like (...)
        Same shape.
    tolerance : float, optional
        Of the relative difference in norm.

    Returns
    -------
    str
        What was found, to be shown.

    Raises
    ------
    CheckFailed
        If shapes differ or the difference is larger than `tolerance`.
    """
    (record,) = compare("agree", "comparison", got, expected, tolerance=tolerance, subject="arrays").records
    residual = "no difference" if not float(record.residual) else f"relative difference {record.residual:.1e}"
    return f"{residual}, tolerance {tolerance:.0e}, shape {record.shapes}"


def between(low, got, high):
    """Check that every number lies between two bounds, without claiming anything for an equation: for measurements.

    Parameters
    ----------
    low : float
        The lower bound; it counts as between, and so does `high`. Infinities are allowed.
    got : array_like (...)
        Finite real numbers, at least one.
    high : float
        The upper bound.

    Returns
    -------
    str
        What was found, to be shown.

    Raises
    ------
    CheckFailed
        If a number lies outside.
    TypeError, ValueError
        If `got` does not hold finite real numbers, or holds none.
    """
    numbers = real_floating("got", got)
    if not numbers.size:
        raise ValueError(f"got: expected at least one number, got shape {numbers.shape}")
    least, most = float(numbers.min()), float(numbers.max())
    found = f"{most:.3g}" if numbers.size == 1 else f"{least:.3g} to {most:.3g}"
    if not low <= least <= most <= high:
        raise failure("between", "bounds", "numbers", found, f"expected between {low:.3g} and {high:.3g}")
    return f"{found}, between {low:.3g} and {high:.3g}"


def published(label, got, printed, source, *, dtype=None):
    """Compare with numbers as they are printed somewhere: every digit given must be right.

    Parameters
    ----------
    label : str
        Label of the book's equation.
    got : array_like (...)
        Computed numbers.
    printed : nested sequence of str (...)
        The numbers as printed, as strings, so that the count of digits is not lost.
    source : str
        Where they are printed.
    dtype : dtype, optional
        What the source computed in, where its numbers are no better than that: its rounding is then allowed for.

    Returns
    -------
    Evidence
        The residual is the largest difference as a share of what printing can hide: half a unit in the last printed
        place, and the distance between two neighbouring numbers of `dtype`. The tolerance is 1.

    Raises
    ------
    CheckFailed
        If shapes differ, or a number differs by more than that.
    TypeError, ValueError
        If `got` does not hold finite real numbers, or `printed` is not a rectangular array of numbers as strings.
    """
    given, printed = floating("got", got), _printed(printed)
    got = real_floating("got", given)
    if got.shape != printed.shape:
        raise failure(label, "published number", source, f"shape {got.shape}", f"expected {printed.shape}")
    worst = 0.0
    for index in np.ndindex(printed.shape):
        text = str(printed[index])
        rounding = 0.0 if dtype is None else float(np.spacing(np.abs(np.asarray(float(text), dtype))))
        # A tie may be rounded either way: the decimal text itself is not exact in binary.
        share = abs(float(got[index]) - float(text)) / (0.5000001 * _last_place(text) + rounding)
        if not share <= 1:
            place = f" at {index}" if index else ""
            found = f"{float(got[index])!r}{place}"
            raise failure(label, "published number", source, found, f"expected {text}")
        worst = max(worst, share)
    record = Record(label, "published number", worst, 1.0, printed.size, str(got.shape), str(given.dtype), None, source)
    return Evidence((record,))


def _printed(numbers):
    try:
        texts = np.asarray(numbers)
    except ValueError:
        raise ValueError("printed: expected a rectangular array, got nested sequences of unequal length") from None
    if texts.dtype.kind != "U":
        raise TypeError(f"printed: expected numbers as strings, with the digits that are printed, got {texts.dtype}")
    for text in texts.flat:
        if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
            raise ValueError(f"printed: expected numbers as strings, got {str(text)!r}")
    return texts


def _last_place(text):
    mantissa, _, exponent = text.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return 10.0 ** (int(exponent or 0) - decimals)
