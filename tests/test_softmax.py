import numpy as np
import pytest
from hypothesis import given
from proveq import complex_step, published
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

from lstmderiv import log_softmax, softmax, softmax_backward, softmax_jacobian
from lstmderiv.verify import prove

LOGITS = np.array([[1.0, 3.0, 5.0, 7.0], [1.0, -9.0, 4.0, 8.0]])
ARTICLE = "Softmax and its gradient"
PRINTED = [
    ["2.14400878e-03", "1.58422012e-02", "1.17058913e-01", "8.64954877e-01"],
    ["8.94679461e-04", "4.06183847e-08", "1.79701173e-02", "9.81135163e-01"],
]
PRINTED_JACOBIAN = [
    ["2.13941201e-03", "-3.39658185e-05", "-2.50975338e-04", "-1.85447085e-03"],
    ["-3.39658185e-05", "1.55912258e-02", "-1.85447085e-03", "-1.37027892e-02"],
    ["-2.50975338e-04", "-1.85447085e-03", "1.03356124e-01", "-1.01250678e-01"],
    ["-1.85447085e-03", "-1.37027892e-02", "-1.01250678e-01", "1.16807938e-01"],
]


def test_published_values():
    published("eq:test", softmax(LOGITS), PRINTED, ARTICLE)


def test_published_jacobian():
    published("eq:test", softmax_jacobian(softmax(LOGITS[0])), PRINTED_JACOBIAN, ARTICLE)


@given(leading_shapes, sizes, seeds)
def test_rows_are_probabilities(leading, N, seed):
    logits = 10 * random((*leading, N), seed)
    p = softmax(logits)
    assert p.shape == logits.shape and (p > 0).all()
    np.testing.assert_allclose(p.sum(axis=-1), 1, rtol=4e-16 * N)
    np.testing.assert_allclose(log_softmax(logits), np.log(p), rtol=0, atol=2e-14)


@given(sizes, seeds)
def test_a_common_shift_changes_nothing(N, seed):
    # Integers: the shift itself is not rounded.
    logits = np.random.default_rng(seed).integers(-50, 50, N)
    np.testing.assert_array_equal(softmax(logits), softmax(logits + 1024))


@given(leading_shapes, sizes, seeds)
def test_jacobian_is_symmetric_with_rows_of_sum_zero(leading, N, seed):
    jacobian = softmax_jacobian(softmax(random((*leading, N), seed)))
    assert jacobian.shape == (*leading, N, N)
    np.testing.assert_array_equal(jacobian, np.swapaxes(jacobian, -1, -2))
    np.testing.assert_allclose(jacobian.sum(axis=-1), 0, atol=1e-15)


@given(sizes, seeds)
def test_jacobian_by_complex_step(N, seed):
    logits = random((N,), seed)
    rows = np.array([complex_step(lambda v, i=i: softmax(v)[i], logits) for i in range(N)])
    np.testing.assert_allclose(softmax_jacobian(softmax(logits)), rows, rtol=0, atol=1e-15)


@given(leading_shapes, sizes, seeds)
def test_backward_is_the_product_with_the_jacobian(leading, N, seed):
    p, d_p = softmax(random((*leading, N), seed)), random((*leading, N), seed + 1)
    expected = (d_p[..., None, :] @ softmax_jacobian(p))[..., 0, :]
    np.testing.assert_allclose(softmax_backward(d_p, p), expected, rtol=0, atol=4e-15)


@given(leading_shapes, sizes, seeds)
def test_backward_by_complex_step(leading, N, seed):
    logits, d_p = random((*leading, N), seed), random((*leading, N), seed + 1)
    if N > 1:  # with one class the gradient is zero, up to the rounding of a difference
        assert_gradient(softmax_backward(d_p, softmax(logits)), lambda v: (d_p * softmax(v)).sum(), logits, 1e-13)


def test_backward_by_every_oracle():
    prove(softmax_backward, {"d_logits": "eq:test"}, np.random.default_rng(1))


def test_extreme_logits():
    logits = [[1e4, -1e4, 0], [-1e4, -1e4, -np.inf], [-np.inf, 5, -np.inf], [1e308, -1e308, 0]]
    with np.errstate(all="raise"):
        p, log_p = softmax(logits), log_softmax(logits)
        softmax_backward(np.ones((4, 3)), p), softmax_jacobian(p)
    np.testing.assert_array_equal(p, [[1, 0, 0], [0.5, 0.5, 0], [0, 1, 0], [1, 0, 0]])
    np.testing.assert_array_equal(log_p[0], [0, -2e4, -1e4])
    np.testing.assert_array_equal(log_p[1], [-np.log(2), -np.log(2), -np.inf])
    np.testing.assert_array_equal(log_p[3], [0, -np.inf, -1e308])


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_extreme_logits_of_few_bits(dtype):
    logits = np.array([6e4, -6e4, -np.inf], dtype)
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(softmax(logits), [1, 0, 0])
        assert log_softmax(logits)[0] == 0


@pytest.mark.parametrize("dtype", FLOAT_TYPES)
def test_dtype_is_kept(dtype):
    logits = LOGITS.astype(dtype)
    p = softmax(logits)
    for result in (p, log_softmax(logits), softmax_jacobian(p), softmax_backward(p, p)):
        assert result.dtype == dtype
    precision = np.finfo(dtype)
    np.testing.assert_allclose(p, softmax(LOGITS), rtol=4 * precision.eps, atol=precision.smallest_subnormal)


def test_fractions_stay_exact():
    p, d_p = random((2, 3), 1, object), random((2, 3), 2, object)
    jacobian = softmax_jacobian(p)
    for row in range(2):
        for i in range(3):
            for j in range(3):
                assert jacobian[row, i, j] == p[row, i] * ((i == j) - p[row, j])
        np.testing.assert_array_equal(softmax_backward(d_p, p)[row], p[row] * (d_p[row] - (d_p[row] * p[row]).sum()))


@pytest.mark.parametrize("shape", [(0, 3), (2, 0, 1)])
def test_empty_leading_axes(shape):
    p = softmax(np.ones(shape))
    assert p.shape == log_softmax(np.ones(shape)).shape == softmax_backward(p, p).shape == shape
    assert softmax_jacobian(p).shape == (*shape, shape[-1])


def test_pure():
    assert_pure(softmax, LOGITS)
    assert_pure(log_softmax, LOGITS)
    assert_pure(softmax_jacobian, LOGITS)
    assert_pure(softmax_backward, LOGITS, LOGITS)


MEANINGLESS = [
    (np.float64(1), ValueError),
    (np.ones((2, 0)), ValueError),
    ([0.0, np.nan], ValueError),
    ([[0.0, np.inf]], ValueError),
    ([[0.0, 1.0], [-np.inf, -np.inf]], ValueError),
    (np.array([0, np.nan + 0j]), ValueError),
    *not_numbers((3,)),
]
test_softmax_refuses = refused(softmax, {"logits": LOGITS}, {"logits": MEANINGLESS})
test_log_softmax_refuses = refused(log_softmax, {"logits": LOGITS}, {"logits": MEANINGLESS})
test_softmax_jacobian_refuses = refused(
    softmax_jacobian, {"p": LOGITS}, {"p": [(0.5, ValueError), *not_numbers((3,)), *not_finite((3,))]}
)
test_softmax_backward_refuses = refused(
    softmax_backward,
    {"d_p": LOGITS, "p": LOGITS},
    {
        "d_p": not_numbers((2, 4)) + not_finite((2, 4)) + misshapen((2, 4)),
        "p": [(0.5, ValueError), *not_numbers((2, 4)), *not_finite((2, 4))],
    },
)
