import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import (
    FLOAT_TYPES,
    NOT_A_REAL_NUMBER,
    arrays_in,
    assert_pure,
    misshapen,
    not_finite,
    not_numbers,
    random,
    random_parameters,
    refused,
    seeds,
)

from lstmderiv import (
    DenseGradients,
    LSTMParameters,
    clip_by_global_norm,
    dense_backward,
    global_norm,
    gradient_descent,
    lstm,
    lstm_backward,
    lstm_cell,
    lstm_cell_backward,
)

PARAMETERS = random_parameters(3, 2)
GRADIENTS = random_parameters(3, 2, 7)


def test_one_step_by_hand():
    assert gradient_descent(np.array([1.0, 2.0]), [10.0, -10.0], 0.5).tolist() == [-4, 7]
    assert gradient_descent(2.0, 1.0, 0.25) == 1.75
    np.testing.assert_array_equal(gradient_descent([1.0, 2.0], [1.0, 1.0], 0), [1, 2])


def test_structures_are_kept():
    tree = {"cell": PARAMETERS, "output": {"W": np.ones((2, 3)), "b": np.ones(3)}, "more": [np.ones(1), (np.ones(2),)]}
    gradients = {"more": [[2.0], [np.ones(2)]], "output": {"W": np.ones((2, 3)), "b": np.ones(3)}, "cell": GRADIENTS}
    new = gradient_descent(tree, gradients, 0.5)
    assert list(new) == ["cell", "output", "more"]
    assert isinstance(new["cell"], LSTMParameters)
    np.testing.assert_array_equal(new["cell"].W, PARAMETERS.W - 0.5 * GRADIENTS.W)
    np.testing.assert_array_equal(new["cell"].b, PARAMETERS.b - 0.5 * GRADIENTS.b)
    assert new["output"]["W"].tolist() == [[0.5] * 3] * 2
    assert isinstance(new["more"][1], tuple) and new["more"][0].tolist() == [0]
    assert gradient_descent([], [], 1) == [] and gradient_descent({}, {}, 1) == {}


def test_gradients_as_the_backward_functions_return_them():
    trace = lstm(np.ones((1, 2, 3)), PARAMETERS)
    through_time = lstm_backward(trace.h, trace)
    step = lstm_cell(np.ones((1, 3)), np.zeros((1, 2)), np.zeros((1, 2)), PARAMETERS)
    one_step = lstm_cell_backward(step.h, step.c, step, PARAMETERS)
    for gradients in (through_time, one_step):
        new = gradient_descent(PARAMETERS, gradients, 0.1)
        np.testing.assert_array_equal(new.W, PARAMETERS.W - 0.1 * gradients.W)
    dense_gradients = dense_backward(np.ones((1, 3)), np.ones((1, 2)), np.ones((2, 3)))
    new = gradient_descent(DenseGradients(np.ones((1, 2)), np.ones((2, 3)), np.ones(3)), dense_gradients, 0.1)
    assert isinstance(new, DenseGradients)


def test_global_norm():
    assert global_norm([[3.0], np.array([[0.0, 4.0]])]) == 5
    assert global_norm({"a": 3.0, "b": (4.0, 12.0)}) == 13
    assert global_norm(3 + 4j) == 5
    assert global_norm([]) == global_norm(np.ones((0, 2))) == global_norm(np.zeros(3)) == 0
    expected = np.linalg.norm([*GRADIENTS.W.flat, *GRADIENTS.b.flat])
    np.testing.assert_allclose(global_norm(GRADIENTS), expected, rtol=1e-15)


@pytest.mark.parametrize("size", [1e-320, 1e-200, 1e200])
def test_norm_neither_overflows_nor_underflows(size):
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        np.testing.assert_allclose(global_norm(np.array([3 * size, 4 * size])), 5 * size, rtol=1e-3)
        clipped, _ = clip_by_global_norm(np.array([3 * size, 4 * size]), 1.0)
    np.testing.assert_allclose(clipped, [0.6, 0.8] if size > 1 else [3 * size, 4 * size], rtol=1e-14)


@given(st.floats(0.01, 100), seeds)
def test_clipping(max_norm, seed):
    gradients = {"cell": random_parameters(2, 1, seed), "b": random((3,), seed)}
    clipped, norm = clip_by_global_norm(gradients, max_norm)
    assert norm == global_norm(gradients)
    assert global_norm(clipped) <= max_norm * (1 + 1e-14)
    for mine, given_array in zip(
        (clipped["cell"].W, clipped["cell"].b, clipped["b"]), (gradients["cell"].W, gradients["cell"].b, gradients["b"])
    ):
        np.testing.assert_allclose(mine, given_array * min(1, max_norm / norm), rtol=1e-14)


def test_within_bounds_nothing_changes_not_even_a_fraction():
    gradients = random((4,), 1, object)
    clipped, _ = clip_by_global_norm(gradients, 1e6)
    assert clipped.tolist() == gradients.tolist() and type(clipped[0]) is type(gradients[0])
    assert clip_by_global_norm([np.zeros(2)], 1.0)[0][0].tolist() == [0, 0]


@pytest.mark.parametrize("rate", [0.5, np.float64(0.5), np.array(0.5), 1])
@pytest.mark.parametrize("dtype", FLOAT_TYPES)
def test_dtype_is_kept(dtype, rate):
    W = random((3,), 1, dtype)
    assert gradient_descent(W, W, rate).dtype == dtype
    assert gradient_descent(W, random((3,), 1), rate).dtype == dtype
    assert clip_by_global_norm(W, 0.1)[0].dtype == dtype


def test_a_complex_gradient_of_a_real_parameter_is_refused():
    with pytest.raises(
        TypeError, match=r"^gradients: expected real numbers for a real parameter, got dtype complex128"
    ):
        gradient_descent(np.ones(2), np.ones(2) + 1j, 0.1)


def test_pure():
    W, d_W = random((3,), 1), random((3,), 2)
    assert_pure(lambda W, d_W: gradient_descent({"W": [W]}, {"W": [d_W]}, 0.1), W, d_W)
    assert_pure(lambda d_W: clip_by_global_norm(d_W, 1e-3), d_W)
    assert_pure(lambda d_W: clip_by_global_norm([d_W], 1e3), d_W)
    new = gradient_descent(PARAMETERS, GRADIENTS, 0.0)
    assert not any(np.shares_memory(a, b) for a in (new.W, new.b) for b in (PARAMETERS.W, PARAMETERS.b))
    assert arrays_in([{"W": d_W}])[0] is d_W


@dataclasses.dataclass
class Other:
    W: object = None


NOT_ARRAYS = not_numbers((3,))
NOT_GRADIENTS = [
    *NOT_ARRAYS,
    *not_finite((3,)),
    (Other(), TypeError),
    (lstm(np.ones((1, 1, 3)), PARAMETERS), TypeError),
]
ONES = np.ones(3)
test_global_norm_refuses = refused(global_norm, {"gradients": ONES}, {"gradients": NOT_GRADIENTS})
test_clip_by_global_norm_refuses = refused(
    clip_by_global_norm,
    {"gradients": ONES, "max_norm": 1.0},
    {"gradients": NOT_GRADIENTS, "max_norm": [*NOT_A_REAL_NUMBER, (0, ValueError), (-1.0, ValueError)]},
)
test_gradient_descent_refuses = refused(
    gradient_descent,
    {"parameters": ONES, "gradients": ONES, "learning_rate": 0.1},
    {
        "parameters": [*NOT_ARRAYS, *not_finite((3,)), (Other(), TypeError)],
        "gradients": [*not_numbers((3,)), *not_finite((3,)), *misshapen((3,))],
        "learning_rate": [*NOT_A_REAL_NUMBER, (-0.1, ValueError)],
    },
)

STRUCTURES = [
    ({"W": ONES}, {"V": ONES}, ValueError, "gradients: expected the keys ['W'], got ['V']"),
    ({"W": ONES}, [ONES], TypeError, "gradients: expected a mapping, got list"),
    ([ONES, ONES], [ONES], ValueError, "gradients: expected 2 entries, as in parameters, got 1"),
    ([ONES], {"W": ONES}, TypeError, "gradients: expected a list or tuple, as parameters is, got dict"),
    (PARAMETERS, {"W": ONES}, TypeError, "gradients: expected the fields W, b, got dict"),
    (
        [{"W": ONES}],
        [{"W": ONES[:2]}],
        ValueError,
        "gradients[0]['W']: expected the shape of the parameter, (3,), got (2,)",
    ),
    ({"l": PARAMETERS}, {"l": random_parameters(4, 2)}, ValueError, "gradients['l'].W: expected the shape of the"),
    ([{"W": "a"}], [{"W": ONES}], TypeError, "parameters[0]['W']: expected an array of numbers, got dtype <U1"),
    ({1: ONES, "W": ONES}, {"W": ONES}, ValueError, "gradients: expected the keys [1, 'W'], got ['W']"),
]


@pytest.mark.parametrize("parameters, gradients, error, message", STRUCTURES)
def test_structures_that_do_not_match(parameters, gradients, error, message):
    with pytest.raises(error) as caught:
        gradient_descent(parameters, gradients, 0.1)
    assert str(caught.value).startswith(message)
