import numpy as np
import pytest
from hypothesis import given
from support import (
    FLOAT_TYPES,
    assert_gradient,
    assert_pure,
    leading_shapes,
    misshapen,
    not_numbers,
    random,
    refused,
    seeds,
)

from lstmderiv import sigmoid, sigmoid_backward, tanh, tanh_backward
from lstmderiv.verify import SUBJECTS, prove

PAIRS = [(sigmoid, sigmoid_backward), (tanh, tanh_backward)]
X = np.array([-2.0, 0.0, 3.0])


def test_sigmoid_is_the_textbook_formula():
    x = np.linspace(-30, 30, 301)
    np.testing.assert_allclose(sigmoid(x), 1 / (1 + np.exp(-x)), rtol=0, atol=2.3e-16)
    assert sigmoid(0.0) == 0.5


def test_tanh_is_that_of_numpy():
    np.testing.assert_array_equal(tanh(X), np.tanh(X))


@pytest.mark.parametrize("function, at_minus_infinity", [(sigmoid, 0.0), (tanh, -1.0)])
def test_extremes_saturate_without_a_warning(function, at_minus_infinity):
    with np.errstate(all="raise"):
        y = function([-np.inf, -1e308, -1e4, 1e4, 1e308, np.inf, np.nan])
    np.testing.assert_array_equal(y, [*[at_minus_infinity] * 3, 1, 1, 1, np.nan])


@given(leading_shapes, seeds)
def test_gradient_by_complex_step(shape, seed):
    x, d_y = random(shape, seed), random(shape, seed + 1)
    for forward, backward in PAIRS:
        assert_gradient(backward(d_y, forward(x)), lambda v, forward=forward: (d_y * forward(v)).sum(), x)


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_gradient_by_every_oracle(name):
    prove(SUBJECTS[name].backward, {"d_x": "eq:test"}, np.random.default_rng(1))


@pytest.mark.parametrize("dtype", FLOAT_TYPES)
@pytest.mark.parametrize("forward, backward", PAIRS)
def test_dtype_is_kept(forward, backward, dtype):
    y = forward(X.astype(dtype))
    assert y.dtype == dtype
    assert backward(np.ones(3, dtype), y).dtype == dtype


@pytest.mark.parametrize("forward, backward", PAIRS)
def test_integers_become_float64(forward, backward):
    assert forward([1, 2]).dtype == np.float64


def test_fractions_stay_exact():
    y, d_y = random((5,), 1, object), random((5,), 2, object)
    np.testing.assert_array_equal(sigmoid_backward(d_y, y), [d * v * (1 - v) for d, v in zip(d_y, y)])
    np.testing.assert_array_equal(tanh_backward(d_y, y), [d * (1 - v**2) for d, v in zip(d_y, y)])


@pytest.mark.parametrize("forward, backward", PAIRS)
def test_pure(forward, backward):
    assert_pure(forward, X)
    assert_pure(backward, X, X / 4)


test_sigmoid_refuses = refused(sigmoid, {"x": X}, {"x": not_numbers((3,))})
test_tanh_refuses = refused(tanh, {"x": X}, {"x": not_numbers((3,))})
BAD = {"d_y": not_numbers((3,)) + misshapen((3,)), "y": not_numbers((3,))}
test_sigmoid_backward_refuses = refused(sigmoid_backward, {"d_y": X, "y": X}, BAD)
test_tanh_backward_refuses = refused(tanh_backward, {"d_y": X, "y": X}, BAD)
