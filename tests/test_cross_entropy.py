import numpy as np
import pytest
from hypothesis import given
from proveq import published
from support import (
    FLOAT_TYPES,
    NOT_A_SIZE,
    assert_gradient,
    assert_pure,
    leading_shapes,
    misshapen,
    not_finite,
    not_integers,
    not_numbers,
    out_of_range,
    random,
    refused,
    seeds,
    sizes,
)

from lstmderiv import cross_entropy, cross_entropy_backward, one_hot, softmax
from lstmderiv.verify import prove

LOGITS = np.array([[1.0, 3.0, 5.0, 7.0], [1.0, -9.0, 4.0, 8.0]])
LABELS = np.array([3, 1])
ARTICLE = "Softmax and cross-entropy"


def labels_for(shape, N, seed):
    return np.random.default_rng(seed).integers(0, N, shape)


def test_published_losses():
    published("eq:test", cross_entropy(LOGITS, LABELS), ["0.14507794", "17.01904505"], ARTICLE)


def test_published_gradients():
    rows = [
        ["2.14400878e-03", "1.58422012e-02", "1.17058913e-01", "-1.35045123e-01"],
        ["8.94679461e-04", "-9.99999959e-01", "1.79701173e-02", "9.81135163e-01"],
    ]
    published("eq:test", cross_entropy_backward(LOGITS, LABELS), rows, ARTICLE)


def test_one_hot():
    np.testing.assert_array_equal(one_hot([[2], [0]], 3), [[[0, 0, 1]], [[1, 0, 0]]])
    assert one_hot(1, 3).tolist() == [0, 1, 0]
    assert one_hot([], 3).shape == (0, 3)
    assert one_hot([0], 2, np.float32).dtype == np.float32
    assert all(type(number) is int for number in one_hot([0], 2, object).flat)


@given(leading_shapes, sizes, seeds)
def test_loss_and_gradient_by_their_definitions(leading, N, seed):
    logits, labels = 3 * random((*leading, N), seed), labels_for(leading, N, seed)
    p, y = softmax(logits), one_hot(labels, N)
    np.testing.assert_allclose(cross_entropy(logits, labels), -(y * np.log(p)).sum(axis=-1), rtol=0, atol=1e-14)
    np.testing.assert_array_equal(cross_entropy_backward(logits, labels), p - y)


@given(leading_shapes, sizes, seeds)
def test_gradient_by_complex_step(leading, N, seed):
    logits, labels = random((*leading, N), seed), labels_for(leading, N, seed)
    mask = np.abs(random(leading, seed + 1))
    d_logits = cross_entropy_backward(logits, labels, mask)
    if N > 1:  # with one class the gradient is zero, up to the rounding of a difference
        assert_gradient(d_logits, lambda v: cross_entropy(v, labels, mask).sum(), logits, 1e-13)


def test_gradient_by_every_oracle():
    prove(cross_entropy_backward, {"d_logits": "eq:test"}, np.random.default_rng(1))


def test_extreme_logits():
    logits = [[1e4, -1e4, 0], [1e4, -1e4, 0], [-np.inf, 0, -np.inf], [-1e4, -1e4, -np.inf]]
    with np.errstate(all="raise"):
        loss = cross_entropy(logits, [0, 1, 1, 2])
        d_logits = cross_entropy_backward(logits, [0, 1, 1, 2])
    np.testing.assert_array_equal(loss, [0, 2e4, 0, np.inf])
    np.testing.assert_array_equal(d_logits, [[0, 0, 0], [1, -1, 0], [0, 0, 0], [0.5, 0.5, -1]])


def test_mask_is_a_weight():
    mask = np.array([0.25, 2.0])
    np.testing.assert_array_equal(cross_entropy(LOGITS, LABELS, mask), mask * cross_entropy(LOGITS, LABELS))
    np.testing.assert_array_equal(
        cross_entropy_backward(LOGITS, LABELS, mask), mask[:, None] * cross_entropy_backward(LOGITS, LABELS)
    )
    np.testing.assert_array_equal(cross_entropy(LOGITS, LABELS, [True, False]), cross_entropy(LOGITS, LABELS, [1, 0]))


@pytest.mark.parametrize("rubbish", [np.nan, np.inf, -np.inf, 1e308])
def test_masked_positions_are_not_looked_at(rubbish):
    logits = np.array([LOGITS[0], np.full(4, rubbish)])
    with np.errstate(all="raise"):
        loss = cross_entropy(logits, [3, -1], [1, 0])
        d_logits = cross_entropy_backward(logits, [3, 99], [1, 0])
    assert loss.tolist() == [cross_entropy(LOGITS[0], 3), 0]
    np.testing.assert_array_equal(d_logits, [cross_entropy_backward(LOGITS[0], 3), np.zeros(4)])


@pytest.mark.parametrize("mask_type", [bool, int, np.float32, np.float64])
@pytest.mark.parametrize("dtype", FLOAT_TYPES)
def test_dtype_is_kept(dtype, mask_type):
    logits = LOGITS.astype(dtype)
    for mask in (None, np.array([1, 0], mask_type)):
        assert cross_entropy(logits, LABELS, mask).dtype == dtype
        assert cross_entropy_backward(logits, LABELS, mask).dtype == dtype


@pytest.mark.parametrize("labels_type", [np.int8, np.uint8, np.int32, np.uint64])
def test_any_integers_are_labels(labels_type):
    np.testing.assert_array_equal(cross_entropy(LOGITS, LABELS.astype(labels_type)), cross_entropy(LOGITS, LABELS))


def test_one_position_and_none():
    assert cross_entropy(LOGITS[0], 3).shape == ()
    assert cross_entropy(LOGITS[0], 3, 0.5) == cross_entropy(LOGITS[0], 3) / 2
    assert cross_entropy(np.ones((0, 3)), []).shape == (0,)
    assert cross_entropy_backward(np.ones((2, 0, 3)), np.ones((2, 0), int)).shape == (2, 0, 3)


def test_pure():
    mask = np.array([1.0, 0.5])
    assert_pure(cross_entropy, LOGITS, LABELS, mask)
    assert_pure(cross_entropy_backward, LOGITS, LABELS, mask)
    assert_pure(lambda labels: one_hot(labels, 4), LABELS)


NOT_LABELS = not_integers((2,)) + out_of_range((2,), -1, 4) + [(v.astype(int), e) for v, e in misshapen((2,))]
BAD = {
    "logits": [
        *not_numbers((2, 4)),
        (np.ones((2, 0)), ValueError),
        (1.0, ValueError),
        ([[0, 0, np.nan, 0]] * 2, ValueError),
        ([[0, 0, np.inf, 0]] * 2, ValueError),
        (np.full((2, 4), -np.inf), ValueError),
    ],
    "labels": NOT_LABELS,
    "mask": [
        *not_numbers((2,), none=False),
        *not_finite((2,)),
        *misshapen((2,)),
        ([1, -1], ValueError),
        ([1, 1j], TypeError),
    ],
}
GOOD = {"logits": LOGITS, "labels": LABELS, "mask": [1.0, 0.5]}
test_cross_entropy_refuses = refused(cross_entropy, GOOD, BAD)
test_cross_entropy_backward_refuses = refused(cross_entropy_backward, GOOD, BAD)
# A mask does not hide labels of a wrong shape, and without one the labels are checked as well.
test_cross_entropy_refuses_without_a_mask = refused(
    cross_entropy, {"logits": LOGITS, "labels": LABELS}, {"labels": NOT_LABELS}
)
test_one_hot_refuses = refused(
    one_hot,
    {"labels": [0, 1], "size": 3, "dtype": float},
    {
        "labels": not_integers((2,)) + out_of_range((2,), -1, 3),
        "size": NOT_A_SIZE,
        "dtype": [("text", TypeError), (str, TypeError), (3, TypeError)],
    },
)
