import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from proveq import edited, must_fail
from support import (
    NOT_A_FLAG,
    NOT_A_REAL_NUMBER,
    assert_gradient,
    assert_pure,
    misshapen,
    not_finite,
    not_integers,
    not_numbers,
    out_of_range,
    random,
    refused,
    seeds,
)
from test_layer_norm_lstm_cell import parameters_of

from lstmderiv import (
    LayerNormLSTMParameters,
    cross_entropy,
    cross_entropy_backward,
    gradient_descent,
    layer_norm_lstm,
    layer_norm_lstm_backward,
    layer_norm_lstm_cell,
)
from lstmderiv.layer_norm_lstm_cell import layer_norm_lstm_cell_step_backward
from lstmderiv.verify import SUBJECTS, prove

B, T, D, H = 3, 4, 2, 3
PARAMETERS = parameters_of(D, H)
X, H0, C0 = random((B, T, D), 2), random((B, H), 3), random((B, H), 4)
D_H, D_H_LAST, D_C_LAST = random((B, T, H), 5), random((B, H), 6), random((B, H), 7)
LENGTHS = np.array([4, 0, 2])
NAMES = ("x", "h0", "c0", "W", "gain", "shift")
EQUATIONS = {f"d_{name}": f"eq:{name}" for name in NAMES}
SEQUENCES = ["layer_norm_lstm", "layer_norm_lstm, lengths, reverse"]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("subject", SEQUENCES)
def test_gradients_by_every_oracle(subject):
    evidence = prove(layer_norm_lstm_backward, EQUATIONS, np.random.default_rng(1), subject=subject)
    assert len(evidence.records) == 3 * len(EQUATIONS)


@pytest.mark.parametrize(
    "old, new",
    [
        ("+ t.d_c_next", "+ 0 * t.d_c_next"),
        ("t.d_c_prev = ", "t.d_c_prev = 0 * "),
        ("t.d_h_prev = ", "t.d_h_prev = 0 * "),
    ],
)
def test_a_wrong_line_is_noticed(old, new):
    broken = edited(layer_norm_lstm_backward, old, new, inside=layer_norm_lstm_cell_step_backward)
    rng = np.random.default_rng(1)
    assert must_fail(lambda: prove(broken, EQUATIONS, rng, subject=SEQUENCES[1], oracles=["exact"]))


def test_forward_is_the_cell_in_a_loop():
    trace = layer_norm_lstm(X, PARAMETERS, H0, C0, forget_bias=1.0, epsilon=1e-3)
    h, c = H0, C0
    for t in range(T):
        step = layer_norm_lstm_cell(X[:, t], h, c, PARAMETERS, forget_bias=1.0, epsilon=1e-3)
        h, c = step.h, step.c
        np.testing.assert_array_equal(trace.h[:, t], h)
        np.testing.assert_array_equal(trace.c[:, t], c)
        np.testing.assert_array_equal(trace.steps[t].n_c, step.n_c)
    np.testing.assert_array_equal(trace.h_last, h)
    np.testing.assert_array_equal(trace.c_last, c)


@given(st.integers(0, 3), st.integers(0, 3), st.booleans(), st.booleans(), seeds)
def test_gradients_by_complex_step(B, T, reverse, padded, seed):
    lengths = np.random.default_rng(seed).integers(0, T + 1, B) if padded else None
    shapes = {"x": (B, T, D), "h0": (B, H), "c0": (B, H), "W": (4 * H, D + H), "gain": (5, H), "shift": (5, H)}
    point = {name: random(shape, seed + k) for k, (name, shape) in enumerate(shapes.items())}
    d_h, d_h_last, d_c_last = (random(shape, seed + 7 + k) for k, shape in enumerate([(B, T, H), (B, H), (B, H)]))

    def forward(x, h0, c0, W, gain, shift):
        parameters = LayerNormLSTMParameters(W, gain, shift)
        return layer_norm_lstm(x, parameters, h0, c0, epsilon=1, lengths=lengths, reverse=reverse)

    def loss(name):
        def of(value):
            trace = forward(**{**point, name: value})
            return (d_h * trace.h).sum() + (d_h_last * trace.h_last).sum() + (d_c_last * trace.c_last).sum()

        return of

    gradients = layer_norm_lstm_backward(d_h, forward(**point), d_h_last, d_c_last)
    for name in shapes:
        assert_gradient(getattr(gradients, name), loss(name), point[name], 1e-12)


@pytest.mark.parametrize("reverse", [False, True])
def test_padded_steps_count_for_exactly_nothing(reverse):
    padded = np.arange(T) >= LENGTHS[:, None]
    x, d_h = X.copy(), D_H.copy()
    x[padded], d_h[padded] = 1e6, -1e6
    trace, other = (layer_norm_lstm(v, PARAMETERS, H0, C0, lengths=LENGTHS, reverse=reverse) for v in (X, x))
    gradients = layer_norm_lstm_backward(D_H, trace, D_H_LAST, D_C_LAST)
    others = layer_norm_lstm_backward(d_h, other, D_H_LAST, D_C_LAST)
    assert not trace.h[padded].any() and not trace.c[padded].any() and not gradients.x[padded].any()
    for name in ("h", "c", "h_last", "c_last"):
        np.testing.assert_array_equal(getattr(other, name), getattr(trace, name))
    for name in NAMES:
        np.testing.assert_array_equal(getattr(others, name), getattr(gradients, name))
    np.testing.assert_array_equal(trace.h_last[1], H0[1])
    np.testing.assert_array_equal(gradients.c0[1], D_C_LAST[1])


def test_reverse_is_the_flip_of_time():
    trace = layer_norm_lstm(X, PARAMETERS, H0, C0, reverse=True)
    flipped = layer_norm_lstm(X[:, ::-1], PARAMETERS, H0, C0)
    np.testing.assert_array_equal(trace.h, flipped.h[:, ::-1])
    mine, other = layer_norm_lstm_backward(D_H, trace), layer_norm_lstm_backward(D_H[:, ::-1], flipped)
    np.testing.assert_array_equal(mine.x, other.x[:, ::-1])
    np.testing.assert_array_equal(mine.W, other.W)


def test_what_is_not_given_is_zero():
    trace = layer_norm_lstm(X, PARAMETERS)
    zeros = layer_norm_lstm(X, PARAMETERS, np.zeros((B, H)), np.zeros((B, H)), lengths=[T] * B)
    np.testing.assert_array_equal(trace.h, zeros.h)
    mine = layer_norm_lstm_backward(None, trace, D_H_LAST)
    other = layer_norm_lstm_backward(np.zeros((B, T, H)), zeros, D_H_LAST, np.zeros((B, H)))
    for name in NAMES:
        np.testing.assert_array_equal(getattr(mine, name), getattr(other, name))


def test_no_steps():
    trace = layer_norm_lstm(np.ones((B, 0, D)), PARAMETERS, H0, C0)
    gradients = layer_norm_lstm_backward(None, trace, D_H_LAST, D_C_LAST)
    np.testing.assert_array_equal(trace.h_last, H0)
    np.testing.assert_array_equal(gradients.h0, D_H_LAST)
    assert trace.h.shape == (B, 0, H) and gradients.x.shape == (B, 0, D) and not gradients.W.any()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex128])
def test_dtype_is_kept(dtype):
    trace = layer_norm_lstm(X.astype(dtype), parameters_of(D, H, dtype=dtype), forget_bias=1.0, epsilon=0.01)
    gradients = layer_norm_lstm_backward(D_H.astype(dtype), trace)
    assert {trace.h.dtype, trace.c.dtype, trace.h_last.dtype, trace.c_last.dtype} == {np.dtype(dtype)}
    assert {getattr(gradients, name).dtype for name in NAMES} == {np.dtype(dtype)}


def test_it_learns():
    targets, parameters = np.array([0, 2, 1]), parameters_of(D, H)
    losses = []
    for _ in range(300):
        trace = layer_norm_lstm(X, parameters, forget_bias=1.0)
        losses.append(cross_entropy(trace.h_last, targets).sum())
        gradients = layer_norm_lstm_backward(None, trace, cross_entropy_backward(trace.h_last, targets))
        parameters = gradient_descent(parameters, gradients, 0.1)
    assert losses[-1] < 0.5 * losses[0]


def test_pure():
    assert_pure(lambda x, h0, c0: vars(layer_norm_lstm(x, PARAMETERS, h0, c0)) | {"parameters": 0}, X, H0, C0)
    trace = layer_norm_lstm(X, PARAMETERS, H0, C0)
    assert_pure(lambda *up: vars(layer_norm_lstm_backward(up[0], trace, *up[1:])), D_H, D_H_LAST, D_C_LAST)


def bad(shape):
    return not_numbers(shape, none=False) + not_finite(shape) + misshapen(shape)


test_layer_norm_lstm_refuses = refused(
    layer_norm_lstm,
    {
        "x": X, "parameters": PARAMETERS, "h0": H0, "c0": C0, "forget_bias": 1.0, "epsilon": 1e-12,
        "lengths": LENGTHS, "reverse": False,
    },
    {
        "x": [*not_numbers(X.shape), *not_finite(X.shape), (np.ones((B, T, D + 1)), ValueError), (X[0], ValueError)],
        "parameters": [(PARAMETERS.W, TypeError), (None, TypeError)],
        "h0": bad((B, H)),
        "c0": bad((B, H)),
        "forget_bias": NOT_A_REAL_NUMBER,
        "epsilon": [*NOT_A_REAL_NUMBER, (0.0, ValueError)],
        "lengths": [
            *not_integers((B,), none=False),
            *out_of_range((B,), -1, T + 1),
            (np.zeros(B + 1, int), ValueError),
        ],
        "reverse": NOT_A_FLAG,
    },
)  # fmt: skip
test_layer_norm_lstm_backward_refuses = refused(
    layer_norm_lstm_backward,
    {"d_h": D_H, "trace": layer_norm_lstm(X, PARAMETERS), "d_h_last": D_H_LAST, "d_c_last": D_C_LAST},
    {
        "d_h": bad((B, T, H)),
        "trace": [(None, TypeError), (X, TypeError)],
        "d_h_last": bad((B, H)),
        "d_c_last": bad((B, H)),
    },
)


def test_the_subjects_are_those_of_this_function():
    assert all(SUBJECTS[name].backward is layer_norm_lstm_backward for name in SEQUENCES)
