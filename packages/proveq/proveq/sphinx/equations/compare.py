"""How far two sides of an equation are apart, or on the wrong side of each other, in a number and in words."""

import numpy as np

__all__ = ["excess", "mismatch", "residual"]

_LONGEST = 24


def residual(a, b, tolerance, scale=None):
    """Distance of two lists of values.

    Parameters
    ----------
    a, b : list of numbers or arrays
        The two sides, one entry for each value of the free indices.
    tolerance : float
        0 for exact numbers.
    scale : float, optional
        What the difference is relative to, in place of the greater norm.

    Returns
    -------
    value : float or int
        For exact numbers, how many entries differ.
    passed : bool
    """
    left, right = (_flat(side, object if tolerance == 0 else None) for side in (a, b))
    if tolerance == 0:
        value = sum(not _equal(x, y) for x, y in zip(left, right, strict=True))
        return value, value == 0
    difference = norm(left - right)
    scale = max(norm(left), norm(right)) if scale is None else scale
    value = float(difference / scale) if difference != 0 else 0.0
    return value, bool(value <= tolerance)


def excess(a, b, relation, tolerance):
    """What an inequality is missed by.

    Parameters
    ----------
    a, b : list of numbers or arrays
        As in `residual`, or a number in place of an array.
    relation : str
        "<=", ">=", "<" or ">".
    tolerance : float
        0 for exact numbers. Of others, two that are closer count as equal: then <= holds, and < does not.

    Returns
    -------
    value : float or int
        For exact numbers, how many entries miss it; for others the greatest difference to the wrong side, over the
        greater of the two entries.
    passed : bool
    """
    if relation.startswith(">"):
        a, b = b, a
    strict = not relation.endswith("=")
    pairs = [np.broadcast_arrays(*(np.asarray(side, object if tolerance == 0 else None) for side in sides))
             for sides in zip(a, b)]  # fmt: skip
    left, right = (np.concatenate([pair[side].reshape(-1) for pair in pairs]) for side in (0, 1))
    if tolerance == 0:
        value = sum(not (_exact(x) < _exact(y) if strict else _exact(x) <= _exact(y)) for x, y in zip(left, right))
        return value, value == 0
    missed = left - right
    scale = np.maximum(np.abs(left), np.abs(right))
    passed = np.all(missed < -tolerance * scale) if strict else np.all(missed <= tolerance * scale)
    over = [float(one / size) for one, size in zip(missed, scale) if not one <= 0]
    return max(over, default=0.0), bool(passed)


def norm(values):
    """Euclidean norm, of floats or of objects that have absolute values."""
    return np.sum(np.abs(np.asarray(values)) ** 2) ** 0.5


def mismatch(a, b, value, scope, indices, relation="="):
    """What to tell the author: residual, tolerance, and both sides in short.

    Parameters
    ----------
    a, b, value
        As in `residual`.
    scope
        For its name, oracle and tolerance.
    indices : list of str
        For each entry of a and b, the values of the free indices, "" without any.
    relation : str
        What should stand between them.
    """
    if scope.tolerance == 0:
        distance = f"{value} of {sum(map(np.size, a))} entries {'differ' if relation == '=' else f'miss {relation}'}"
    else:
        distance = f"residual {value:.3g}, tolerance {scope.tolerance:.3g}"
    pairs = enumerate(zip(a, b))
    differing = next((place for place, pair in pairs if not _holds(*pair, relation, scope.tolerance)), 0)
    where = f" ({indices[differing]})" if indices[differing] else ""
    shown = [_short(side[differing]) for side in (a, b)]
    sides = f"    left side{where}:  {shown[0]}\n    right side{where}: {shown[1]}"
    return f"{distance} on scope {scope.name} ({scope.oracle})\n{sides}"


def _holds(a, b, relation, tolerance):
    return (residual([a], [b], tolerance) if relation == "=" else excess([a], [b], relation, tolerance))[1]


def _equal(x, y):
    return _exact(x) == _exact(y)


def _exact(number):
    if isinstance(number, float | complex | np.inexact):
        raise TypeError(f"a scope with tolerance 0 computed {number!r}, which is not exact")
    return number


def _flat(values, dtype):
    return np.concatenate([np.asarray(value, dtype).reshape(-1) for value in values])


def _short(value):
    if not isinstance(value, np.ndarray):
        return _number(value)
    text = np.array2string(value, threshold=8, edgeitems=2, formatter={"all": _number}, separator=", ")
    return " ".join(text.split())


def _number(number):
    if isinstance(number, float | complex | np.inexact):
        return f"{number:.6g}"
    text = str(number)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
