"""The activation functions: values against other formulas, slopes by complex step, exact numbers, and the corners."""

import math
from fractions import Fraction

import numpy as np
import pytest
from operator_cases import WITH_CONSTANTS
from proveq import complex_step, relative_difference
from support import FLOAT_TYPES, NOT_A_REAL_NUMBER, random, refused

from lstmderiv.interchange import ACTIVATIONS, Activation
from lstmderiv.interchange.activations import activation

X = np.concatenate([random((20,), 1), 4 * random((20,), 2), [800.0, -800.0]])
EVERY = {name: Activation(name, *WITH_CONSTANTS.get(name, ())) for name in ACTIVATIONS}
NO_EXACT_VALUE = ("sigmoid", "tanh", "softplus", "elu", "scaled_tanh")
# One number at a time, as ONNX writes them.
FORMULAS = {
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)) if x > -700 else 0.0,
    "tanh": math.tanh,
    "relu": lambda x: max(0.0, x),
    "softsign": lambda x: x / (1 + abs(x)),
    "softplus": lambda x: math.log(1 + math.exp(x)) if x < 700 else x,
    "leaky_relu": lambda x, a: x if x >= 0 else a * x,
    "thresholded_relu": lambda x, a: x if x >= a else 0.0,
    "elu": lambda x, a: x if x >= 0 else a * math.expm1(x),
    "affine": lambda x, a, b: a * x + b,
    "scaled_tanh": lambda x, a, b: a * math.tanh(b * x),
    "hard_sigmoid": lambda x, a, b: min(1.0, max(0.0, a * x + b)),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_values(name):
    one = EVERY[name]
    expected = [FORMULAS[name](float(x), *one.as_list()[1:]) for x in X]
    assert relative_difference(one.value(X), np.array(expected)) <= 1e-15


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slopes(name):
    one = EVERY[name]
    expected = complex_step(lambda x: one.value(x).sum(), X)
    assert relative_difference(one.slope(X, one.value(X)), expected) <= 1e-14


@pytest.mark.parametrize("dtype", FLOAT_TYPES)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_dtype_is_kept(name, dtype):
    x = random((3,), 1, dtype)
    y = EVERY[name].value(x)
    assert y.dtype == EVERY[name].slope(x, y).dtype == dtype


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name not in NO_EXACT_VALUE])
def test_rational_ones_are_exact(name):
    x = random((6,), 1, object)
    y = EVERY[name].value(x)
    assert all(isinstance(number, (Fraction, int)) for number in [*y, *EVERY[name].slope(x, y)])
    assert list(y) == [FORMULAS[name](number, *map(Fraction, EVERY[name].as_list()[1:])) for number in x]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_nothing_overflows(name):
    x = np.array([-1e4, 1e4])
    y = EVERY[name].value(x)
    assert np.isfinite(y).all() and np.isfinite(EVERY[name].slope(x, y)).all()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_what_has_overflowed_has_the_limit(name):
    one, ends = EVERY[name], np.array([-np.inf, np.inf])
    values = one.value(ends)
    far = np.array([-1e15, 1e15])
    expected = one.value(far)
    # Where the value still moves out there, it goes on to infinity.
    expected = np.where(np.abs(expected) > 1e3, np.copysign(np.inf, expected), expected)
    assert np.allclose(values, expected, rtol=0, atol=1e-12)
    assert np.allclose(one.slope(ends, values), one.slope(far, one.value(far)), rtol=0, atol=1e-12)


def test_corners():
    zero = np.zeros(1)
    assert [EVERY[name].slope(zero, zero)[0] for name in ("relu", "leaky_relu", "elu")] == [0.0, 0.25, 0.75]
    assert EVERY["thresholded_relu"].slope(np.array([0.5]), zero) == [0.0]
    ends = np.array([-2.0, 2.0])
    assert list(EVERY["hard_sigmoid"].slope(ends, EVERY["hard_sigmoid"].value(ends))) == [0.25, 0.25]


def test_defaults_are_those_of_onnx():
    assert Activation("leaky_relu").as_list() == ["leaky_relu", 0.01]
    assert Activation("hard_sigmoid").as_list() == ["hard_sigmoid", 0.2, 0.5]
    assert Activation("thresholded_relu").as_list() == ["thresholded_relu", 1.0]
    assert Activation("elu").as_list() == ["elu", 1.0]
    assert Activation("tanh").as_list() == ["tanh"]


def test_what_stands_for_an_activation():
    for given in ("elu", ("elu",), ["elu", 1], ("elu", 1.0), Activation("elu")):
        assert activation("a", given) == Activation("elu", 1.0)


test_refused = refused(
    Activation,
    {"name": "hard_sigmoid"},
    {
        "name": [("Tanh", ValueError), ("", ValueError), (None, TypeError), (1, TypeError)],
        "alpha": NOT_A_REAL_NUMBER,
        "beta": NOT_A_REAL_NUMBER,
    },
)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("affine",), "alpha: expected a number, as affine has no default, got None"),
        (("scaled_tanh", 1.0), "beta: expected a number, as scaled_tanh has no default, got None"),
        (("tanh", 1.0), "alpha: expected None, as tanh has no alpha, got 1.0"),
        (("elu", 1.0, 2.0), "beta: expected None, as elu has no beta, got 2.0"),
    ],
)
def test_constants_that_a_function_lacks_or_needs(arguments, message):
    with pytest.raises(ValueError) as caught:
        Activation(*arguments)
    assert str(caught.value) == message
