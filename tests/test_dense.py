import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import (
    FLOAT_TYPES,
    assert_gradient,
    assert_pure,
    leading_shapes,
    misshapen,
    not_finite,
    not_numbers,
    random,
    refused,
    seeds,
    sizes,
)

from lstmderiv import DenseGradients, dense, dense_backward
from lstmderiv.verify import prove

X, W, B, D_Y = random((3, 2), 1), random((2, 4), 2), random((4,), 3), random((3, 4), 4)


def test_by_hand():
    y = dense([1.0, 2.0], [[1.0, 0.0, 2.0], [0.0, 1.0, 3.0]], [10.0, 20.0, 30.0])
    assert y.tolist() == [11, 22, 38]
    gradients = dense_backward([1.0, 0.0, 2.0], [1.0, 2.0], [[1.0, 0.0, 2.0], [0.0, 1.0, 3.0]])
    assert gradients.x.tolist() == [5, 6]
    assert gradients.W.tolist() == [[1, 0, 2], [2, 0, 4]]
    assert gradients.b.tolist() == [1, 0, 2]


def test_gradients_come_in_the_order_of_the_arguments():
    d_x, d_W, d_b = gradients = dense_backward(D_Y, X, W)
    assert isinstance(gradients, DenseGradients)
    assert gradients.x is d_x and gradients.W is d_W and gradients.b is d_b


@given(leading_shapes, sizes, sizes, seeds)
def test_gradients_by_complex_step(leading, K, N, seed):
    x, W, b, d_y = (random(s, seed + k) for k, s in enumerate([(*leading, K), (K, N), (N,), (*leading, N)]))
    gradients = dense_backward(d_y, x, W)
    assert_gradient(gradients.x, lambda v: (d_y * dense(v, W, b)).sum(), x)
    assert_gradient(gradients.W, lambda v: (d_y * dense(x, v, b)).sum(), W)
    assert_gradient(gradients.b, lambda v: (d_y * dense(x, W, v)).sum(), b)


def test_gradients_by_every_oracle():
    prove(dense_backward, {f"d_{name}": f"eq:test-{name}" for name in "xWb"}, np.random.default_rng(1))


@given(st.sampled_from([(), (2,), (0,), (2, 3)]), st.integers(0, 2), st.integers(0, 2))
def test_any_size_may_be_zero(leading, K, N):
    y = dense(np.ones((*leading, K)), np.ones((K, N)), np.ones(N))
    d_x, d_W, d_b = dense_backward(y, np.ones((*leading, K)), np.ones((K, N)))
    assert (y == K + 1).all() and y.shape == (*leading, N)
    assert (d_x.shape, d_W.shape, d_b.shape) == ((*leading, K), (K, N), (N,))


@pytest.mark.parametrize("dtype", [*FLOAT_TYPES, object])
def test_dtype_is_kept(dtype):
    x, W, b, d_y = (random(s, 1, dtype) for s in [(3, 2), (2, 4), (4,), (3, 4)])
    for result in (dense(x, W, b), *dense_backward(d_y, x, W)):
        assert result.dtype == dtype


def test_fractions_stay_exact():
    x, W, b, d_y, v = (random(s, k, object) for k, s in enumerate([(3, 2), (2, 4), (4,), (3, 4), (2, 4)]))
    assert (d_y * (dense(x, W + v, b) - dense(x, W, b))).sum() == (dense_backward(d_y, x, W).W * v).sum()


def test_pure():
    assert_pure(dense, X, W, B)
    assert_pure(dense_backward, D_Y, X, W)


BAD_X = not_numbers((3, 2)) + not_finite((3, 2)) + [(np.ones((3, 3)), ValueError), (1.0, ValueError)]
BAD_W = [*not_numbers((2, 4)), *not_finite((2, 4)), (np.ones(2), ValueError), (np.ones((2, 2, 4)), ValueError)]
test_dense_refuses = refused(
    dense,
    {"x": X, "W": W, "b": B},
    {"x": BAD_X, "W": BAD_W, "b": not_numbers((4,)) + not_finite((4,)) + misshapen((4,))},
)
test_dense_backward_refuses = refused(
    dense_backward,
    {"d_y": D_Y, "x": X, "W": W},
    {"d_y": not_numbers((3, 4)) + not_finite((3, 4)) + misshapen((3, 4)), "x": BAD_X, "W": BAD_W},
)
