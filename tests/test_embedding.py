import numpy as np
import pytest
from hypothesis import given
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

from lstmderiv import embedding, embedding_backward
from lstmderiv.verify import prove

IDS, TABLE, D_X = np.array([2, 0, 2]), random((4, 2), 1), random((3, 2), 2)


def test_rows_are_picked():
    assert embedding([[1, 0]], [[1.0, 2.0], [3.0, 4.0]]).tolist() == [[[3, 4], [1, 2]]]
    assert embedding(1, [[1.0, 2.0], [3.0, 4.0]]).tolist() == [3, 4]


def test_a_repeated_word_collects_every_gradient():
    d_table = embedding_backward([[1.0], [10.0], [100.0]], [2, 0, 2], 4)
    assert d_table.tolist() == [[10], [0], [101], [0]]


@given(leading_shapes, sizes, sizes, seeds)
def test_gradient_by_complex_step(leading, V, D, seed):
    ids = np.random.default_rng(seed).integers(0, V, leading)
    table, d_x = random((V, D), seed), random((*leading, D), seed + 1)
    assert_gradient(embedding_backward(d_x, ids, V), lambda v: (d_x * embedding(ids, v)).sum(), table)


def test_gradient_by_every_oracle():
    prove(embedding_backward, {"d_table": "eq:test"}, np.random.default_rng(1))


@pytest.mark.parametrize("dtype", [*FLOAT_TYPES, object])
def test_dtype_is_kept(dtype):
    assert embedding(IDS, random((4, 2), 1, dtype)).dtype == dtype
    d_table = embedding_backward(random((3, 2), 1, dtype), IDS, 4)
    assert d_table.dtype == dtype and d_table.shape == (4, 2)


def test_no_ids():
    assert embedding([], TABLE).shape == (0, 2)
    assert not embedding_backward(np.ones((0, 2)), [], 4).any()


@pytest.mark.parametrize("ids", [2, [0, 1]])
def test_pure(ids):
    assert_pure(lambda table: embedding(ids, table), TABLE)
    assert_pure(lambda d_x: embedding_backward(d_x, IDS, 4), D_X)


NOT_IDS = not_integers((3,)) + out_of_range((3,), -1, 4)
test_embedding_refuses = refused(
    embedding,
    {"ids": IDS, "table": TABLE},
    {
        "ids": NOT_IDS,
        "table": [
            *not_numbers((4, 2)),
            *not_finite((4, 2)),
            (np.ones(4), ValueError),
            (np.ones((2, 2, 2)), ValueError),
        ],
    },
)
test_embedding_backward_refuses = refused(
    embedding_backward,
    {"d_x": D_X, "ids": IDS, "vocabulary_size": 4},
    {
        "d_x": [*not_numbers((3, 2)), *not_finite((3, 2)), *misshapen((3, 2))[::2], (1.0, ValueError)],
        "ids": NOT_IDS,
        "vocabulary_size": NOT_A_SIZE,
    },
)
