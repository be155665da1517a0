"""The shapes that docstrings state are those of real arguments, results and values of traces."""

import dataclasses
import functools
import inspect
import re

import numpy as np
import odd_calls
import pytest

#: With those that the calls have besides no two are alike, so that no letter can stand for another.
SIZES = {"H": 5, "V": 7}
_AXIS = r"\d*[A-Z](?:_\w)?|\d+"
_SUM = rf"(?:{_AXIS})(?: [+-] (?:{_AXIS}))*"
_SHAPE = re.compile(rf"\((\.\.\.|(?:\.\.\., )?{_SUM}(?:, {_SUM})*,?)\)")


def stated(documentation, title):
    """Name -> shape, of a section of a docstring; what is returned without a name is called ""."""
    found = re.search(rf"^{title}\n-+\n(.*?)(?=^\w[\w ]*\n-+\n|\Z)", documentation or "", re.MULTILINE | re.DOTALL)
    shapes = {}
    for line in (found[1] if found else "").splitlines():
        names, colon, kind = line.partition(" : ")
        if line.startswith(" ") or not (shape := _SHAPE.search(kind if colon else line)):
            continue
        for name in names.split(", ") if colon else [""]:
            shapes[name] = shape[1]
    return shapes


def axes_of(shape, array):
    """Pairs of what is stated of an axis and its size; None where their numbers differ."""
    stated_axes, actual = [axis for axis in shape.split(", ") if axis], list(np.shape(array))
    stated_axes[-1:] = [stated_axes[-1].rstrip(",")]
    if stated_axes[0] == "...":
        stated_axes = stated_axes[1:]
        actual = actual[len(actual) - len(stated_axes) :]
    return list(zip(stated_axes, actual)) if len(stated_axes) == len(actual) else None


def size_of(axis, sizes):
    """What a sum of letters and numbers is; None if a letter stands for nothing yet."""
    total = 0
    for sign, factor, letter in re.findall(r"([+-]?) ?(\d*)([A-Z](?:_\w)?)?(?= |$)", axis):
        if letter and letter not in sizes:
            return None
        if factor or letter:
            term = int(factor or 1) * (sizes[letter] if letter else 1)
            total += -term if sign == "-" else term
    return total


def wrong_in(pairs):
    """What is stated otherwise than it is, of (name, shape, array), and how many axes were compared."""
    sizes, wrong, compared = {}, [], 0
    for _, shape, array in pairs:
        for axis, size in axes_of(shape, array) or ():
            if re.fullmatch(r"[A-Z](_\w)?", axis):
                sizes.setdefault(axis, size)
    for name, shape, array in pairs:
        axes = axes_of(shape, array)
        if axes is None:
            wrong.append(f"{name}: ({shape}) is stated, {np.shape(array)} found")
            continue
        for axis, size in axes:
            expected = size_of(axis, sizes)
            compared += expected is not None
            if expected not in (size, None):
                wrong.append(f"{name}: ({shape}) is stated, {axis} is {expected}, but {np.shape(array)} found")
    return wrong, compared


def stated_of(function, arguments, result):
    """(name, shape, array) of all that a function takes and returns, and of the values of its traces."""
    documentation = inspect.getdoc(function)
    given, returned = stated(documentation, "Parameters"), stated(documentation, "Returns")
    yield from ((name, shape, arguments[name]) for name, shape in given.items() if name in arguments)
    results = result if type(result) is tuple else (result,)
    if len(returned) == len(results):
        yield from zip(returned, returned.values(), results)
    for value in results:
        if dataclasses.is_dataclass(value):
            attributes = stated(inspect.getdoc(type(value)), "Attributes")
            yield from ((f"{type(value).__name__}.{name}", s, getattr(value, name)) for name, s in attributes.items())


@pytest.mark.slow
def test_shapes_in_docstrings(monkeypatch):
    for name, size in SIZES.items():
        monkeypatch.setattr(odd_calls, name, size)
    wrong, compared = [], 0
    for name, function, arguments in odd_calls.calls():
        plain = function.func if isinstance(function, functools.partial) else function
        pairs = stated_of(plain, arguments, function(**arguments))
        found, count = wrong_in([pair for pair in pairs if isinstance(pair[2], np.ndarray)])
        wrong += [f"{name}: {one}" for one in found]
        compared += count
    assert not wrong, "\n".join(wrong)
    assert compared > 500


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ("(B, D)", "y: (B, D) is stated, D is 4, but (2, 5) found"),
        ("(H, B)", "y: (H, B) is stated, H is 5, but (2, 5) found"),
        ("(B, 2H)", "y: (B, 2H) is stated, 2H is 10, but (2, 5) found"),
        ("(B,)", "y: (B,) is stated, (2, 5) found"),
        ("(..., D + H)", "y: (..., D + H) is stated, D + H is 9, but (2, 5) found"),
        ("(B, H)", None),
        ("(..., H)", None),
    ],
)
def test_a_wrong_shape_is_told(shape, message):
    """Computes.

    Parameters
    ----------
    x : array_like (B, D)
    h : array_like (B, H), optional
    """
    known = stated(inspect.getdoc(test_a_wrong_shape_is_told), "Parameters")
    arrays = {"x": np.ones((2, 4)), "h": np.ones((2, 5))}
    pairs = [(name, known[name], array) for name, array in arrays.items()]
    found, _ = wrong_in([*pairs, ("y", shape.strip("()"), np.ones((2, 5)))])
    assert (found or [None])[0] == message
