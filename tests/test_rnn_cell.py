import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from proveq import CheckFailed, edited, jax_gradients, relative_difference
from support import (
    FLOAT_TYPES,
    assert_gradient,
    assert_pure,
    misshapen,
    not_finite,
    not_numbers,
    random,
    random_parameters,
    random_rnn_parameters,
    refused,
    seeds,
    sizes,
)

from lstmderiv import RNNParameters, rnn_cell, rnn_cell_backward
from lstmderiv.rnn import rnn_cell_step_backward
from lstmderiv.verify import SUBJECTS, prove

B, D, H = 3, 4, 2
PARAMETERS = random_rnn_parameters(D, H)
X, H_PREV, D_H = random((B, D), 2), random((B, H), 3), random((B, H), 4)
TRACE = rnn_cell(X, H_PREV, PARAMETERS)
EQUATIONS = {f"d_{name}": f"eq:{name}" for name in ("a", "z", "x", "h_prev", "W", "b")}


def test_one_unit_by_hand():
    trace = rnn_cell([[2.0]], [[0.5]], RNNParameters([[3.0, -1.0]], [0.25]))
    assert trace.z.tolist() == [[2, 0.5]]
    assert trace.a.tolist() == [[5.75]]
    assert trace.h[0, 0] == np.tanh(5.75)
    # Of tanh(a) at a = 0 the slope is 1: gradients are read off the product.
    parameters = RNNParameters([[3.0, -1.0]], [0.0])
    gradients = rnn_cell_backward([[1.0]], rnn_cell([[0.0]], [[0.0]], parameters), parameters)
    assert (gradients.x.tolist(), gradients.h.tolist(), gradients.b.tolist()) == ([[3]], [[-1]], [1])


def test_gradients_exactly_by_complex_step_and_by_jax():
    evidence = prove(rnn_cell_step_backward, EQUATIONS, np.random.default_rng(1))
    assert {record.oracle for record in evidence.records} == {"exact", "complex step", "JAX"}


@pytest.mark.parametrize(
    "old, new",
    [
        ("1 - t.h * t.h", "1 + t.h * t.h"),
        ("t.d_a.T @ t.z", "-t.d_a.T @ t.z"),
        ("t.d_a @ w.W", "t.d_h @ w.W"),
        ("t.d_z[:, D:]", "t.d_h"),
    ],
)
def test_a_wrong_line_is_found(old, new):
    with pytest.raises(CheckFailed):
        prove(edited(rnn_cell_step_backward, old, new), EQUATIONS, np.random.default_rng(1))


@given(st.integers(0, 3), sizes, sizes, seeds)
def test_gradients_by_complex_step(B, D, H, seed):
    shapes = {"x": (B, D), "h": (B, H), "W": (H, D + H), "b": (H,)}
    # Not saturated: where h is near 1, 1 - h * h loses digits to cancellation, whatever the derivation.
    point = {name: 0.3 * random(shape, seed + k) for k, (name, shape) in enumerate(shapes.items())}
    d_h = random((B, H), seed + 5)

    def run(x, h, W, b):
        return rnn_cell(x, h, RNNParameters(W, b))

    gradients = rnn_cell_backward(d_h, run(**point), RNNParameters(point["W"], point["b"]))
    for name in shapes:
        assert_gradient(
            getattr(gradients, name), lambda v, name=name: (d_h * run(**{**point, name: v}).h).sum(), point[name]
        )


def test_gradients_by_jax():
    arguments = {"x": X, "h_prev": H_PREV, "W": PARAMETERS.W, "b": PARAMETERS.b}
    gradients = rnn_cell_backward(D_H, TRACE, PARAMETERS)
    program = SUBJECTS["rnn_cell"].jax
    for name, expected in jax_gradients(program, arguments, {"h": D_H}, ["x", "h_prev", "W", "b"]).items():
        assert relative_difference(getattr(gradients, name.removesuffix("_prev")), expected) <= 1e-14


@pytest.mark.parametrize("dtype", FLOAT_TYPES)
def test_dtype_is_kept(dtype):
    parameters = random_rnn_parameters(D, H, dtype=dtype)
    trace = rnn_cell(X.astype(dtype), H_PREV.astype(dtype), parameters)
    for container in (trace, rnn_cell_backward(D_H.astype(dtype), trace, parameters)):
        assert {array.dtype for array in vars(container).values()} == {np.dtype(dtype)}


def test_no_rows():
    trace = rnn_cell(np.ones((0, D)), np.ones((0, H)), PARAMETERS)
    gradients = rnn_cell_backward(trace.h, trace, PARAMETERS)
    assert trace.h.shape == gradients.h.shape == (0, H)
    assert not gradients.W.any() and not gradients.b.any()


def test_pure():
    assert_pure(lambda x, h: rnn_cell(x, h, PARAMETERS), X, H_PREV)
    assert_pure(lambda d_h: rnn_cell_backward(d_h, TRACE, PARAMETERS), D_H)
    assert_pure(RNNParameters, PARAMETERS.W, PARAMETERS.b)


def test_states_that_are_overwritten_later_do_not_harm_the_tape():
    x, h, W, b = X.copy(), H_PREV.copy(), PARAMETERS.W.copy(), PARAMETERS.b.copy()
    parameters = RNNParameters(W, b)
    trace = rnn_cell(x, h, parameters)
    x[...] = h[...] = W[...] = b[...] = 99
    mine, expected = rnn_cell_backward(D_H, trace, parameters), rnn_cell_backward(D_H, TRACE, PARAMETERS)
    for name in ("x", "h", "W", "b"):
        np.testing.assert_array_equal(getattr(mine, name), getattr(expected, name))


def test_the_two_blocks_of_the_weights():
    assert (PARAMETERS.hidden_size, PARAMETERS.input_size) == (H, D)
    np.testing.assert_array_equal(np.concatenate([PARAMETERS.W_x, PARAMETERS.W_h], axis=1), PARAMETERS.W)
    np.testing.assert_allclose(
        TRACE.a, X @ PARAMETERS.W_x.T + H_PREV @ PARAMETERS.W_h.T + PARAMETERS.b, rtol=1e-13, atol=1e-14
    )


def bad(shape, **kwargs):
    return not_numbers(shape) + not_finite(shape) + misshapen(shape, **kwargs)


NOT_PARAMETERS = [
    (None, TypeError),
    ((PARAMETERS.W, PARAMETERS.b), TypeError),
    (random_parameters(D, H), TypeError),
]
test_parameters_refuse = refused(
    RNNParameters,
    {"W": np.ones((2, 5)), "b": np.ones(2)},
    {
        "W": [
            *not_numbers((2, 5)),
            *not_finite((2, 5)),
            (np.ones(5), ValueError),
            (np.ones((1, 2, 5)), ValueError),
            (np.ones((2, 2)), ValueError),
            (np.ones((0, 5)), ValueError),
        ],
        "b": bad((2,)),
    },
)
test_rnn_cell_refuses = refused(
    rnn_cell,
    {"x": X, "h": H_PREV, "parameters": PARAMETERS},
    {
        "x": [*not_numbers((B, D)), *not_finite((B, D)), *misshapen((B, D))[1:]],
        "h": bad((B, H)),
        "parameters": NOT_PARAMETERS,
    },
)
test_rnn_cell_backward_refuses = refused(
    rnn_cell_backward,
    {"d_h": D_H, "trace": TRACE, "parameters": PARAMETERS},
    {
        "d_h": bad((B, H)),
        "parameters": NOT_PARAMETERS,
        "trace": [
            (None, TypeError),
            (TRACE.h, TypeError),
            (rnn_cell(np.ones((B, D + 1)), H_PREV, random_rnn_parameters(D + 1, H)), ValueError),
            # As many inputs and states together, but other ones.
            (rnn_cell(np.ones((B, 3)), np.ones((B, 3)), random_rnn_parameters(3, 3)), ValueError),
            (TRACE.replace(z=np.ones(D + H)), ValueError),
        ],
    },
)
