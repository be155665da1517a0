"""Peephole connections: against the plain cell, a slow loop of our own, complex step, exact arithmetic and JAX."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from proveq import complex_step, relative_difference
from support import (
    FLOAT_TYPES,
    NOT_A_FLAG,
    NOT_A_REAL_NUMBER,
    assert_pure,
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

from lstmderiv import (
    LSTMParameters,
    PeepholeParameters,
    gradient_descent,
    lstm,
    lstm_backward,
    lstm_cell,
    lstm_cell_backward,
    peephole_lstm,
    peephole_lstm_backward,
    peephole_lstm_cell,
    peephole_lstm_cell_backward,
)
from lstmderiv.peephole import peephole_lstm_cell_step_backward
from lstmderiv.verify import SUBJECTS, prove

B, T, D, H = 3, 4, 2, 3
LENGTHS = np.array([4, 0, 2])
NAMES = ("W", "b", "p_f", "p_i", "p_o")
STEP = (
    ["d_o", "d_a_o", "d_tanh_c", "d_c", "d_g", "d_a_g", "d_f", "d_a_f", "d_i", "d_a_i", "d_z", "d_x"]
    + ["d_h_prev", "d_c_prev", "d_W", "d_b", "d_p_f", "d_p_i", "d_p_o"]
    + [f"d_{kind}_{gate}" for kind in "Wb" for gate in "figo"]
)


def shapes_of(D, H):
    return {"W": (4 * H, D + H), "b": (4 * H,), "p_f": (H,), "p_i": (H,), "p_o": (H,)}


def random_peepholes(D, H, seed=0, dtype=np.float64):
    return PeepholeParameters(*(random(shape, seed + k, dtype) for k, shape in enumerate(shapes_of(D, H).values())))


def shut(parameters):
    """The same with peephole weights of zero, and the plain parameters."""
    zero = 0 * parameters.p_f
    return PeepholeParameters(parameters.W, parameters.b, zero, zero, zero), LSTMParameters(parameters.W, parameters.b)


PARAMETERS = random_peepholes(D, H)
X, H0, C0, D_H = random((B, T, D), 10), random((B, H), 11), random((B, H), 12), random((B, T, H), 13)
D_H_LAST, D_C_LAST = random((B, H), 14), random((B, H), 15)
CELL = peephole_lstm_cell(X[:, 0], H0, C0, PARAMETERS, forget_bias=1.0)
TRACE = peephole_lstm(X, PARAMETERS, H0, C0)


@given(st.integers(0, 3), sizes, sizes, seeds, st.sampled_from(FLOAT_TYPES))
def test_without_peepholes_it_is_the_plain_cell_bit_for_bit(B, D, H, seed, dtype):
    none, plain = shut(random_peepholes(D, H, seed, dtype))
    x, h, c, d_h, d_c = (random((B, n), seed + k, dtype) for k, n in enumerate((D, H, H, H, H), 9))
    trace, expected = (
        cell(x, h, c, p, forget_bias=1.0) for cell, p in [(peephole_lstm_cell, none), (lstm_cell, plain)]
    )
    for name, value in vars(expected).items():
        np.testing.assert_array_equal(getattr(trace, name), value)
    gradients = peephole_lstm_cell_backward(d_h, d_c, trace, none)
    for name, value in vars(lstm_cell_backward(d_h, d_c, expected, plain)).items():
        np.testing.assert_array_equal(getattr(gradients, name), value)


@pytest.mark.parametrize("run", [{}, {"reverse": True}, {"lengths": LENGTHS}, {"lengths": LENGTHS, "reverse": True}])
def test_without_peepholes_the_sequence_is_the_plain_one(run):
    none, plain = shut(PARAMETERS)
    trace, expected = peephole_lstm(X, none, H0, C0, **run), lstm(X, plain, H0, C0, **run)
    for name in ("h", "c", "h_last", "c_last", "f", "a_g", "h_prev", "c_prev", "tanh_c", "x", "h0", "c0"):
        np.testing.assert_allclose(getattr(trace, name), getattr(expected, name), rtol=1e-13, atol=1e-15)
    gradients = peephole_lstm_backward(D_H, trace, D_H_LAST, D_C_LAST)
    other = lstm_backward(D_H, expected, D_H_LAST, D_C_LAST)
    for name in ("x", "h0", "c0", "W", "b", "d_h", "d_c", "d_f", "d_a_o", "d_h_prev", "d_c_prev"):
        np.testing.assert_allclose(getattr(gradients, name), getattr(other, name), rtol=1e-12, atol=1e-14)


def test_against_a_loop_over_single_numbers():
    def gate(k, r, n, peephole):
        row = PARAMETERS.W[k * H + r]
        total = PARAMETERS.b[k * H + r] + (k == 0) + peephole
        total += sum(row[m] * X[n, 0, m] for m in range(D)) + sum(row[D + m] * H0[n, m] for m in range(H))
        return math.tanh(total) if k == 2 else 1 / (1 + math.exp(-total))

    for n in range(B):
        for r in range(H):
            old = C0[n, r]
            f, i, g = gate(0, r, n, PARAMETERS.p_f[r] * old), gate(1, r, n, PARAMETERS.p_i[r] * old), gate(2, r, n, 0)
            c = f * old + i * g
            o = gate(3, r, n, PARAMETERS.p_o[r] * c)
            np.testing.assert_allclose([CELL.c[n, r], CELL.h[n, r]], [c, o * math.tanh(c)], rtol=1e-13)


@given(st.integers(0, 3), st.integers(0, 3), sizes, sizes, st.booleans(), st.booleans(), seeds)
def test_gradients_by_complex_step(B, T, D, H, reverse, padded, seed):
    lengths = np.random.default_rng(seed).integers(0, T + 1, B) if padded else None
    shapes = {"x": (B, T, D), "h0": (B, H), "c0": (B, H), **shapes_of(D, H)}
    point = {name: random(shape, seed + k) for k, (name, shape) in enumerate(shapes.items())}
    d_h, d_h_last, d_c_last = random((B, T, H), seed + 8), random((B, H), seed + 9), random((B, H), seed + 10)

    def forward(x, h0, c0, **weights):
        parameters = PeepholeParameters(**weights)
        return peephole_lstm(x, parameters, h0, c0, forget_bias=0.5, lengths=lengths, reverse=reverse)

    def loss(name):
        def of(value):
            trace = forward(**{**point, name: value})
            return (d_h * trace.h).sum() + (d_h_last * trace.h_last).sum() + (d_c_last * trace.c_last).sum()

        return of

    gradients = peephole_lstm_backward(d_h, forward(**point), d_h_last, d_c_last)
    # As one vector: a gradient of few entries may be a sum that cancels, and has no digits of its own to compare.
    found = [(getattr(gradients, name), complex_step(loss(name), point[name])) for name in shapes]
    assert all(got.shape == expected.shape for got, expected in found)
    got, expected = (np.concatenate([np.ravel(array) for array in arrays]) for arrays in zip(*found))
    assert relative_difference(got, expected) <= 1e-14


def test_every_intermediate_gradient_by_every_oracle():
    evidence = prove(peephole_lstm_cell_step_backward, {n: f"eq:{n}" for n in STEP[:19]}, np.random.default_rng(1))
    assert len(evidence.records) == 3 * 19
    prove(
        peephole_lstm_cell_step_backward, {n: f"eq:{n}" for n in STEP}, np.random.default_rng(2), oracles="complex step"
    )


@pytest.mark.sampled(3)
@pytest.mark.parametrize("subject", [name for name in SUBJECTS if name.startswith("peephole_lstm")][1:])
def test_sequence_gradients_by_every_oracle(subject):
    equations = {f"d_{name}": f"eq:{name}" for name in ("x", "h0", "c0", *NAMES)}
    prove(peephole_lstm_backward, equations, np.random.default_rng(3), subject=subject)


def test_the_output_gate_reads_the_new_state_and_the_others_the_old_one():
    moved = peephole_lstm_cell(X[:, 0], H0, C0 + 1, PARAMETERS, forget_bias=1.0)
    np.testing.assert_allclose(moved.a_f - CELL.a_f, np.broadcast_to(PARAMETERS.p_f, (B, H)), rtol=1e-12)
    np.testing.assert_allclose(moved.a_i - CELL.a_i, np.broadcast_to(PARAMETERS.p_i, (B, H)), rtol=1e-12)
    np.testing.assert_array_equal(moved.a_g, CELL.a_g)
    np.testing.assert_allclose(moved.a_o - CELL.a_o, PARAMETERS.p_o * (moved.c - CELL.c), rtol=1e-12)


@pytest.mark.parametrize("reverse", [False, True])
def test_padded_steps_count_for_exactly_nothing(reverse):
    padded = np.arange(T) >= LENGTHS[:, None]
    x, d_h = X.copy(), D_H.copy()
    x[padded], d_h[padded] = 1e6, -1e6
    runs = [peephole_lstm(v, PARAMETERS, H0, C0, lengths=LENGTHS, reverse=reverse) for v in (X, x)]
    found = [peephole_lstm_backward(d, run, D_H_LAST, D_C_LAST) for d, run in zip((D_H, d_h), runs)]
    for name in ("h", "c", "h_last", "c_last"):
        np.testing.assert_array_equal(getattr(runs[0], name), getattr(runs[1], name))
    for name in ("h0", "c0", *NAMES, "d_h", "d_c"):
        np.testing.assert_array_equal(getattr(found[0], name), getattr(found[1], name))
    assert not runs[0].h[padded].any() and not runs[0].c[padded].any() and not found[0].x[padded].any()
    np.testing.assert_array_equal(runs[0].c_last[1], C0[1])
    np.testing.assert_array_equal(found[0].c0[1], D_C_LAST[1])


def test_reverse_is_the_flip_of_time():
    one, two = peephole_lstm(X, PARAMETERS, H0, C0, reverse=True), peephole_lstm(X[:, ::-1], PARAMETERS, H0, C0)
    np.testing.assert_array_equal(one.h, two.h[:, ::-1])
    np.testing.assert_array_equal(one.h_last, two.h_last)


@pytest.mark.parametrize("B, T", [(2, 0), (0, 3), (0, 0)])
def test_no_steps_and_no_rows(B, T):
    h0, c0 = random((B, H), 1), random((B, H), 2)
    trace = peephole_lstm(np.ones((B, T, D)), PARAMETERS, h0, c0, lengths=[0] * B)
    gradients = peephole_lstm_backward(np.ones((B, T, H)), trace, h0)
    assert trace.h.shape == trace.f.shape == gradients.d_a_o.shape == (B, T, H) and gradients.x.shape == (B, T, D)
    np.testing.assert_array_equal(trace.c_last, c0)
    np.testing.assert_array_equal(gradients.h0, h0)
    for name in NAMES:
        assert getattr(gradients, name).shape == getattr(PARAMETERS, name).shape and not getattr(gradients, name).any()


@pytest.mark.parametrize("dtype", FLOAT_TYPES)
def test_dtype_is_kept(dtype):
    trace = peephole_lstm(X.astype(dtype), random_peepholes(D, H, 0, dtype), lengths=LENGTHS, forget_bias=1)
    gradients = peephole_lstm_backward(D_H.astype(dtype), trace)
    for step in (trace, gradients, *trace.steps, *gradients.steps):
        found = {v.dtype for v in vars(step).values() if isinstance(v, np.ndarray) and v.dtype != bool}
        assert found == {np.dtype(dtype)}


def test_pure():
    assert_pure(lambda x, h, c: peephole_lstm_cell(x, h, c, PARAMETERS), X[:, 0], H0, C0)
    assert_pure(lambda d_h, d_c: peephole_lstm_cell_backward(d_h, d_c, CELL, PARAMETERS), D_H_LAST, D_C_LAST)
    assert_pure(lambda x, h0, c0: peephole_lstm(x, PARAMETERS, h0, c0), X, H0, C0)
    assert_pure(lambda *d: peephole_lstm_backward(d[0], TRACE, *d[1:]), D_H, D_H_LAST, D_C_LAST)
    assert_pure(PeepholeParameters, *(getattr(PARAMETERS, name) for name in NAMES))


def test_learns_by_gradient_descent():
    gradients = peephole_lstm_backward(D_H, TRACE)
    moved = gradient_descent(PARAMETERS, gradients, 0.5)
    for name in NAMES:
        np.testing.assert_array_equal(getattr(moved, name), getattr(PARAMETERS, name) - 0.5 * getattr(gradients, name))


def bad(shape, **kwargs):
    return not_numbers(shape, **kwargs) + not_finite(shape) + misshapen(shape)


NOT_PARAMETERS = [(None, TypeError), (PARAMETERS.W, TypeError), (shut(PARAMETERS)[1], TypeError)]
test_parameters_refuse = refused(
    PeepholeParameters,
    {name: getattr(PARAMETERS, name) for name in NAMES},
    {
        "W": [*not_numbers((12, 5)), (np.ones((11, 5)), ValueError)],
        **{name: bad((H,)) for name in ("p_f", "p_i", "p_o")},
    },
)
test_cell_refuses = refused(
    peephole_lstm_cell,
    {"x": X[:, 0], "h": H0, "c": C0, "parameters": PARAMETERS, "forget_bias": 1.0},
    {
        "x": not_numbers((B, D)) + misshapen((B, D))[1:],
        "h": bad((B, H)),
        "c": bad((B, H)),
        "parameters": NOT_PARAMETERS,
        "forget_bias": NOT_A_REAL_NUMBER,
    },
)
test_cell_backward_refuses = refused(
    peephole_lstm_cell_backward,
    {"d_h": D_H_LAST, "d_c_next": D_C_LAST, "trace": CELL, "parameters": PARAMETERS},
    {
        "d_h": bad((B, H)),
        "d_c_next": bad((B, H)),
        "parameters": NOT_PARAMETERS,
        "trace": [
            (None, TypeError),
            (lstm_cell(X[:, 0], H0, C0, shut(PARAMETERS)[1]), TypeError),
            *[
                (CELL.replace(**{name: np.ones((B, H + 1))}), ValueError)
                for name in ("c_prev", "f", "i", "g", "o", "c", "tanh_c")
            ],
            (CELL.replace(z=np.ones(D + H)), ValueError),
        ],
    },
)
test_sequence_refuses = refused(
    peephole_lstm,
    {"x": X, "parameters": PARAMETERS, "h0": H0, "c0": C0, "forget_bias": 1.0, "lengths": LENGTHS, "reverse": False},
    {
        "x": [*not_numbers((B, T, D)), *not_finite((B, T, D)), *misshapen((B, T, D))[2:]],
        "parameters": NOT_PARAMETERS,
        "h0": bad((B, H), none=False),
        "c0": bad((B, H), none=False),
        "forget_bias": NOT_A_REAL_NUMBER,
        "lengths": [
            *[pair for pair in not_integers((B,)) if pair[0] is not None],
            *out_of_range((B,), -1, T + 1),
            ([1, 2], ValueError),
        ],
        "reverse": NOT_A_FLAG,
    },
)
test_sequence_backward_refuses = refused(
    peephole_lstm_backward,
    {"d_h": D_H, "trace": TRACE, "d_h_last": D_H_LAST, "d_c_last": D_C_LAST},
    {
        "d_h": bad((B, T, H), none=False),
        "trace": [(None, TypeError), (CELL, TypeError), (lstm(X, shut(PARAMETERS)[1]), TypeError)],
        "d_h_last": bad((B, H), none=False),
        "d_c_last": bad((B, H), none=False),
    },
)
