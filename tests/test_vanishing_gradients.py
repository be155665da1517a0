import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from proveq import CheckFailed, edited, relative_difference
from support import (
    FLOAT_TYPES,
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

from lstmderiv import (
    lstm,
    lstm_backward,
    lstm_cell,
    lstm_cell_backward,
    lstm_state_jacobian,
    rnn,
    rnn_backward,
    rnn_cell,
    rnn_cell_backward,
    rnn_state_jacobian,
    state_jacobian_products,
)
from lstmderiv.verify import prove_jacobian

B, T, D, H = 3, 5, 2, 4
LSTM, RNN = random_parameters(D, H), random_rnn_parameters(D, H)
X = random((B, T, D), 3)
BLOCKS = {name: f"eq:{name}" for name in ("c_by_c_prev", "c_by_h_prev", "h_by_c", "h_by_c_prev", "h_by_h_prev")}


def jacobians(trace, one_step, parameters):
    return np.stack([one_step(trace.step(t), parameters) for t in range(trace.x.shape[1])])


@given(st.integers(0, 3), sizes, sizes, seeds)
def test_rnn_equals_the_backward_pass_on_unit_vectors(B, D, H, seed):
    parameters = random_rnn_parameters(D, H, seed)
    trace = rnn_cell(random((B, D), seed + 2), random((B, H), seed + 3), parameters)
    jacobian = rnn_state_jacobian(trace, parameters)
    assert jacobian.shape == (B, H, H)
    for k in range(H):
        unit = np.tile(np.eye(H)[k], (B, 1))
        assert relative_difference(jacobian[:, k], rnn_cell_backward(unit, trace, parameters).h) <= 1e-14


@given(st.integers(0, 3), sizes, sizes, st.sampled_from([0.0, 1.0]), seeds)
def test_lstm_equals_the_backward_pass_on_unit_vectors(B, D, H, forget_bias, seed):
    parameters = random_parameters(D, H, seed)
    states = random((B, H), seed + 3), random((B, H), seed + 4)
    trace = lstm_cell(random((B, D), seed + 2), *states, parameters, forget_bias=forget_bias)
    jacobian = lstm_state_jacobian(trace, parameters)
    assert jacobian.shape == (B, 2 * H, 2 * H)
    for k in range(2 * H):
        unit = np.tile(np.eye(2 * H)[k], (B, 1))
        back = lstm_cell_backward(unit[:, :H], unit[:, H:], trace, parameters)
        assert relative_difference(jacobian[:, k], np.concatenate([back.h, back.c], axis=1)) <= 1e-14


def test_blocks_exactly_by_complex_step_and_by_jax():
    found = prove_jacobian(lstm_state_jacobian, BLOCKS, np.random.default_rng(1))
    found += prove_jacobian(rnn_state_jacobian, {"h_by_h_prev": "eq:h"}, np.random.default_rng(1))
    assert {(r.label, r.oracle) for r in found.records} == {
        (label, oracle) for label in [*BLOCKS.values(), "eq:h"] for oracle in ("exact", "complex step", "JAX")
    }


@pytest.mark.parametrize(
    "old, new, label",
    [
        ("diagonal(f)", "diagonal(i)", "eq:c_by_c_prev"),
        ("through_f + ", "-through_f + ", "eq:c_by_h_prev"),
        ("c_prev * f * (1 - f)", "c_prev * f", "eq:c_by_h_prev"),
        ("g * i * (1 - i)", "i * (1 - i)", "eq:c_by_h_prev"),
        ("i * (1 - g * g)", "g * (1 - g * g)", "eq:c_by_h_prev"),
        ("o * (1 - tanh_c * tanh_c)", "o", "eq:h_by_c"),
        ("h_by_c @ c_by_c_prev", "c_by_c_prev", "eq:h_by_c_prev"),
        ("+ h_by_c @ c_by_h_prev", "- h_by_c @ c_by_h_prev", "eq:h_by_h_prev"),
    ],
)
def test_a_wrong_line_is_found(old, new, label):
    with pytest.raises(CheckFailed, match=f"{label}: exact"):
        prove_jacobian(edited(lstm_state_jacobian, old, new), BLOCKS, np.random.default_rng(1))


def test_blocks_stand_in_their_places():
    # The last line of the function is not one that `prove_jacobian` reads; the backward pass sees it.
    trace = lstm_cell(X[:, 0], *random((2, B, H), 4), LSTM)
    wrong = edited(lstm_state_jacobian, "[[h_by_h_prev, h_by_c_prev]", "[[h_by_c_prev, h_by_h_prev]")(trace, LSTM)
    unit = np.tile(np.eye(H)[0], (B, 1))
    expected = lstm_cell_backward(unit, 0 * unit, trace, LSTM)
    right = lstm_state_jacobian(trace, LSTM)[:, 0]
    assert relative_difference(right, np.concatenate([expected.h, expected.c], axis=1)) <= 1e-14
    assert relative_difference(wrong[:, 0], right) > 0.1


def test_products_are_the_backward_pass_through_time():
    trace = rnn(X, RNN)
    products = state_jacobian_products(jacobians(trace, rnn_state_jacobian, RNN))
    assert products.shape == (T + 1, B, H, H)
    np.testing.assert_array_equal(products[T], np.broadcast_to(np.eye(H), (B, H, H)))
    for k in range(H):
        back = rnn_backward(None, trace, np.tile(np.eye(H)[k], (B, 1)))
        np.testing.assert_allclose(products[0, :, k], back.h0, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(np.swapaxes(products[1:T, :, k], 0, 1), back.d_h[:, :-1], rtol=1e-12, atol=1e-15)


def test_products_are_the_backward_pass_through_time_of_an_lstm():
    trace = lstm(X, LSTM, forget_bias=1.0)
    products = state_jacobian_products(jacobians(trace, lstm_state_jacobian, LSTM))
    unit = np.tile(np.eye(2 * H)[:, None], (1, B, 1))
    for k in range(2 * H):
        back = lstm_backward(None, trace, unit[k, :, :H], unit[k, :, H:])
        expected = np.concatenate([back.h0, back.c0], axis=1)
        np.testing.assert_allclose(products[0, :, k], expected, rtol=1e-12, atol=1e-15)


def test_products_of_no_steps():
    assert state_jacobian_products(np.ones((0, 2, 3, 3))).tolist() == np.tile(np.eye(3), (1, 2, 1, 1)).tolist()


@pytest.mark.parametrize("dtype", FLOAT_TYPES)
def test_dtype_is_kept(dtype):
    lstm_parameters, rnn_parameters = random_parameters(D, H, dtype=dtype), random_rnn_parameters(D, H, dtype=dtype)
    x = X.astype(dtype)
    found = [
        lstm_state_jacobian(lstm(x, lstm_parameters).step(0), lstm_parameters),
        rnn_state_jacobian(rnn(x, rnn_parameters).step(0), rnn_parameters),
    ]
    assert {jacobian.dtype for jacobian in [*found, state_jacobian_products(found[1][None])]} == {np.dtype(dtype)}


def test_pure():
    assert_pure(state_jacobian_products, random((T, B, H, H)))
    trace = rnn(X, RNN)
    assert_pure(lambda h: rnn_state_jacobian(trace.step(0).replace(h=h), RNN), trace.step(0).h)


LSTM_STEP, RNN_STEP = lstm(X, LSTM).step(0), rnn(X, RNN).step(0)
test_lstm_state_jacobian_refuses = refused(
    lstm_state_jacobian,
    {"trace": LSTM_STEP, "parameters": LSTM},
    {
        "trace": [
            (None, TypeError),
            (RNN_STEP, TypeError),
            *[
                (LSTM_STEP.replace(**{name: np.ones((B, H + 1))}), ValueError)
                for name in ("c_prev", "f", "i", "g", "o", "tanh_c")
            ],
            (LSTM_STEP.replace(c_prev=None), ValueError),
        ],
        "parameters": [(None, TypeError), (RNN, TypeError)],
    },
)
test_rnn_state_jacobian_refuses = refused(
    rnn_state_jacobian,
    {"trace": RNN_STEP, "parameters": RNN},
    {
        "trace": [(None, TypeError), (LSTM_STEP, TypeError), (RNN_STEP.replace(h=np.ones(H)), ValueError)],
        "parameters": [(None, TypeError), (LSTM, TypeError)],
    },
)
test_products_refuse = refused(
    state_jacobian_products,
    {"jacobians": np.ones((T, B, H, H))},
    {
        "jacobians": [
            *not_numbers((T, B, H, H)),
            *not_finite((T, B, H, H)),
            *misshapen((T, B, H, H))[2:],
        ]
    },
)


def test_prove_jacobian_refuses():
    rng = np.random.default_rng(1)
    with pytest.raises(ValueError, match=r"jacobian: expected one of .*, got 'rnn_cell'"):
        prove_jacobian(rnn_cell, {}, rng)
    with pytest.raises(ValueError, match=r"equations: expected names among .*, got 'h'"):
        prove_jacobian(rnn_state_jacobian, {"h": "eq:h"}, rng)
    with pytest.raises(TypeError, match="rng: expected Generator"):
        prove_jacobian(rnn_state_jacobian, {}, 1)
    with pytest.raises(TypeError, match=r"equations: expected Mapping"):
        prove_jacobian(rnn_state_jacobian, ["h_by_h_prev"], rng)
