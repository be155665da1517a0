"""What several test modules need: refused arguments, purity, and derivatives to compare with."""

import dataclasses
import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import strategies as st
from proveq import complex_step, relative_difference

from lstmderiv import ArgumentError, ArgumentTypeError, LSTMParameters, RNNParameters
from lstmderiv._parameters import Parameters
from lstmderiv.tape import Trace

FLOAT_TYPES = [np.float16, np.float32, np.float64, np.complex128]

seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(1, 4)
leading_shapes = st.lists(st.integers(0, 3), max_size=2).map(tuple)


def random(shape, seed=0, dtype=np.float64):
    """Normal numbers of a dtype; complex ones have both parts, objects are Fractions."""
    rng = np.random.default_rng(seed)
    if dtype is object:
        array = np.empty(shape, dtype=object)
        for index in np.ndindex(array.shape):
            array[index] = Fraction(int(rng.integers(-99, 100)), 7)
        return array
    array = rng.normal(size=shape)
    if np.dtype(dtype).kind == "c":
        array = array + 1j * rng.normal(size=shape)
    return np.asarray(array, dtype=dtype)


def random_parameters(D, H, seed=0, dtype=np.float64):
    return LSTMParameters(random((4 * H, D + H), seed, dtype), random((4 * H,), seed + 1, dtype))


def random_rnn_parameters(D, H, seed=0, dtype=np.float64):
    return RNNParameters(random((H, D + H), seed, dtype), random((H,), seed + 1, dtype))


# Rows for `refused`: that an argument goes through its check, by one value for each thing that the check is asked for.
# All that each kind of check refuses is in `test_checks.py`.


def not_numbers(shape, *, none=True):
    """(value, error) for what is no array of numbers; `none`: whether None is refused, too."""
    wrong = [(np.full(shape, "a"), TypeError)]
    return [*wrong, (None, TypeError)] if none else wrong


def not_finite(shape):
    """(value, error) for an array of a good shape with one bad number."""
    array = np.ones(shape)
    array[(-1,) * len(shape)] = np.nan
    return [(array, ValueError)]


def misshapen(shape, *, grow=True):
    """(value, error) for arrays of another size along each axis, or with an axis missing or, if `grow`, too many."""
    shapes = [(*shape[:k], shape[k] + 1, *shape[k + 1 :]) for k in range(len(shape))]
    shapes += [shape[1:]] if shape else []
    shapes += [(2, *shape)] if grow else []
    return [(np.ones(s), ValueError) for s in shapes]


def not_integers(shape, *, none=True):
    """(value, error) for what is no array of integers; `none`: whether None is refused, too."""
    wrong = [(np.ones(shape), TypeError)]
    return [*wrong, (None, TypeError)] if none else wrong


def out_of_range(shape, *numbers):
    """(value, error) for integer arrays that hold one number out of range."""
    wrong = []
    for number in numbers:
        array = np.zeros(shape, int)
        array[(-1,) * len(shape)] = number
        wrong.append((array, ValueError))
    return wrong


NOT_A_REAL_NUMBER = [("1", TypeError), (np.nan, ValueError)]
NOT_A_SIZE = [(0, ValueError), (2.0, TypeError)]
NOT_A_FLAG = [(1, TypeError)]


#: What is raised as a ValueError and as a TypeError: exactly this, no other class below them.
REFUSALS = {ValueError: ArgumentError, TypeError: ArgumentTypeError}


def refused(call, good, bad, refusals=REFUSALS):
    """A parametrized test: `call` with the keyword arguments `good` passes, with each of `bad` in turn is refused.

    `bad` maps the name of an argument to pairs (value, type of the error); `refusals` is from
    it to the class that is raised.
    """
    cases = [
        pytest.param(name, value, error, id=f"{name}-{k}")
        for name, pairs in bad.items()
        for k, (value, error) in enumerate(pairs)
    ]

    @pytest.mark.parametrize("name, value, error", cases)
    def test(name, value, error):
        call(**good)
        with pytest.raises((TypeError, ValueError)) as caught:
            call(**{**good, name: value})
        assert caught.type is refusals[error], caught.value
        # Which argument, what is expected, what was given.
        assert re.match(rf"{re.escape(name)}\b[^:]*: expected .+, got .+", str(caught.value)), str(caught.value)

    return test


def arrays_in(result):
    """Every array that a result holds, but for parameters, which a trace refers to."""
    if isinstance(result, Parameters):
        return []
    if isinstance(result, Trace):
        result = list(vars(result).values())
    if dataclasses.is_dataclass(result):
        result = [getattr(result, field.name) for field in dataclasses.fields(result)]
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, (list, tuple)):
        return [array for part in result for array in arrays_in(part)]
    return [result] if isinstance(result, np.ndarray) else []


def assert_pure(call, *arguments):
    """`call` writes into none of its arguments, and its result shares no memory with them."""
    before = [np.array(argument) for argument in arguments]
    result = call(*arguments)
    found = arrays_in(result)
    for argument, copy in zip(arguments, before):
        assert np.array_equal(argument, copy)
        assert not any(np.shares_memory(argument, array) for array in found)


def assert_gradient(gradient, function, argument, tolerance=1e-14):
    """`gradient` is that of `function` at `argument`, by complex step, in norm."""
    expected = complex_step(function, argument)
    assert gradient.shape == expected.shape
    assert relative_difference(gradient, expected) <= tolerance
