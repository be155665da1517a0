"""The GRU under both conventions: against formulas written anew, complex step, exact arithmetic and JAX."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from proveq import complex_step, relative_difference
from support import (
    FLOAT_TYPES,
    NOT_A_FLAG,
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
    GRUParameters,
    gradient_descent,
    gru,
    gru_backward,
    gru_cell,
    gru_cell_backward,
)
from lstmderiv.gru import gru_cell_step_backward
from lstmderiv.verify import SUBJECTS, prove

B, T, D, H = 3, 4, 2, 3
LENGTHS = np.array([4, 0, 2])
RESETS = ("after", "before")
resets = st.sampled_from(RESETS)
COMMON = ["d_u", "d_a_u", "d_g", "d_a_g", "d_r", "d_a_r", "d_z", "d_x", "d_h_prev", "d_W", "d_b"]
COMMON += [f"d_{kind}_{gate}" for kind, gate in ("Wr", "Wu", "br", "bu", "bg")]
ONLY = {"after": ["d_v", "d_W_gx", "d_W_gh", "d_b_gh"], "before": ["d_s", "d_z_g", "d_W_g"]}


def shapes_of(D, H, reset):
    shapes = {"W": (3 * H, D + H), "b": (3 * H,)}
    return {**shapes, "b_gh": (H,)} if reset == "after" else shapes


def random_gru(D, H, reset, seed=0, dtype=np.float64):
    shapes = shapes_of(D, H, reset)
    return GRUParameters(**{n: random(s, seed + k, dtype) for k, (n, s) in enumerate(shapes.items())}, reset=reset)


PARAMETERS = {reset: random_gru(D, H, reset) for reset in RESETS}
AFTER, BEFORE = PARAMETERS["after"], PARAMETERS["before"]
X, H0, D_H, D_H_LAST = random((B, T, D), 10), random((B, H), 11), random((B, T, H), 13), random((B, H), 14)
CELL, TRACE = gru_cell(X[:, 0], H0, AFTER), gru(X, AFTER, H0)


def sigma(a):
    return 1 / (1 + math.exp(-a))


@pytest.mark.parametrize("reset", RESETS)
def test_against_a_loop_over_single_numbers(reset):
    parameters, step = PARAMETERS[reset], gru_cell(X[:, 0], H0, PARAMETERS[reset])

    def total(block, r, inputs):
        return parameters.b[block * H + r] + sum(
            w * v for w, v in zip(parameters.W[block * H + r], inputs, strict=True)
        )

    for n in range(B):
        joined = [*X[n, 0], *H0[n]]
        reset_gate = [sigma(total(0, r, joined)) for r in range(H)]
        for r in range(H):
            u = sigma(total(1, r, joined))
            if reset == "before":
                a = total(2, r, [*X[n, 0], *(gate * h for gate, h in zip(reset_gate, H0[n]))])
            else:
                recurrent = parameters.b_gh[r] + sum(parameters.W[2 * H + r, D + m] * H0[n, m] for m in range(H))
                a = total(2, r, [*X[n, 0], *[0] * H]) + reset_gate[r] * recurrent
            np.testing.assert_allclose(step.h[n, r], (1 - u) * math.tanh(a) + u * H0[n, r], rtol=1e-13)


@given(st.integers(0, 3), sizes, sizes, seeds)
def test_as_the_documentation_of_pytorch_writes_it(B, D, H, seed):
    weight_ih, weight_hh = random((3 * H, D), seed), random((3 * H, H), seed + 1)
    bias_ih, bias_hh, x, h = (random(s, seed + k) for k, s in enumerate([(3 * H,), (3 * H,), (B, D), (B, H)], 2))
    i_r, i_z, i_n = np.split(x @ weight_ih.T + bias_ih, 3, axis=-1)
    h_r, h_z, h_n = np.split(h @ weight_hh.T + bias_hh, 3, axis=-1)
    r, z = (1 / (1 + np.exp(-a)) for a in (i_r + h_r, i_z + h_z))
    n = np.tanh(i_n + r * h_n)
    both = bias_ih + np.concatenate([bias_hh[: 2 * H], np.zeros(H)])
    parameters = GRUParameters(np.hstack([weight_ih, weight_hh]), both, bias_hh[2 * H :])
    np.testing.assert_allclose(gru_cell(x, h, parameters).h, (1 - z) * n + z * h, rtol=1e-12, atol=1e-14)


@given(st.integers(1, 3), sizes, sizes, seeds)
def test_the_conventions_agree_where_the_reset_gate_is_open(B, D, H, seed):
    W, b = random((3 * H, D + H), seed), random((3 * H,), seed + 1)
    b[:H] = 1000
    x, h = random((B, D), seed + 2), random((B, H), seed + 3)
    one, two = (gru_cell(x, h, GRUParameters(W, b, reset=reset)) for reset in RESETS)
    assert (one.r == 1).all()
    np.testing.assert_allclose(one.h, two.h, rtol=1e-12, atol=1e-14)


def test_the_conventions_agree_where_the_recurrent_weights_are_diagonal_and_differ_elsewhere():
    W = AFTER.W.copy()
    assert relative_difference(*(gru_cell(X[:, 0], H0, GRUParameters(W, AFTER.b, reset=r)).h for r in RESETS)) > 1e-2
    W[2 * H :, D:] = np.diag(random((H,), 3))
    one, two = (gru_cell(X[:, 0], H0, GRUParameters(W, AFTER.b, reset=r)) for r in RESETS)
    np.testing.assert_allclose(one.h, two.h, rtol=1e-14)


@given(st.integers(0, 3), st.integers(0, 3), sizes, sizes, resets, st.booleans(), st.booleans(), seeds)
def test_gradients_by_complex_step(B, T, D, H, reset, reverse, padded, seed):
    lengths = np.random.default_rng(seed).integers(0, T + 1, B) if padded else None
    shapes = {"x": (B, T, D), "h0": (B, H), **shapes_of(D, H, reset)}
    point = {name: random(shape, seed + k) for k, (name, shape) in enumerate(shapes.items())}
    d_h, d_h_last = random((B, T, H), seed + 8), random((B, H), seed + 9)

    def forward(x, h0, **weights):
        return gru(x, GRUParameters(**weights, reset=reset), h0, lengths=lengths, reverse=reverse)

    def loss(name):
        def of(value):
            trace = forward(**{**point, name: value})
            return (d_h * trace.h).sum() + (d_h_last * trace.h_last).sum()

        return of

    gradients = gru_backward(d_h, forward(**point), d_h_last)
    # As one vector: a gradient of few entries may be a sum that cancels, and has no digits of its own to compare.
    found = [(getattr(gradients, name), complex_step(loss(name), point[name])) for name in shapes]
    assert all(got.shape == expected.shape for got, expected in found)
    got, expected = (np.concatenate([np.ravel(array) for array in arrays]) for arrays in zip(*found))
    assert relative_difference(got, expected) <= 1e-14


@pytest.mark.parametrize("reset", RESETS)
def test_every_intermediate_gradient_by_every_oracle(reset):
    subject = "gru_cell" if reset == "after" else "gru_cell, reset before"
    equations = {name: f"eq:{name}" for name in COMMON + ONLY[reset]}
    assert len(prove(gru_cell_step_backward, equations, np.random.default_rng(1), subject=subject).records) == 3 * len(
        equations
    )


@pytest.mark.sampled(4)
@pytest.mark.parametrize("subject", [name for name in SUBJECTS if name.startswith("gru") and "cell" not in name])
def test_sequence_gradients_by_every_oracle(subject):
    names = ["x", "h0", "W", "b"] + (["b_gh"] if "before" not in subject else [])
    prove(gru_backward, {f"d_{name}": f"eq:{name}" for name in names}, np.random.default_rng(3), subject=subject)


@pytest.mark.parametrize("reset", RESETS)
def test_every_step_is_kept_by_name(reset):
    trace = gru(X, PARAMETERS[reset], H0)
    gradients = gru_backward(D_H, trace, D_H_LAST)
    h = H0
    for t, step in enumerate(trace.steps):
        expected = gru_cell(X[:, t], h, PARAMETERS[reset])
        for name, value in vars(expected).items():
            np.testing.assert_array_equal(getattr(step, name), value)
            if name not in ("x", "z", "z_g") and value is not None:
                np.testing.assert_array_equal(getattr(trace, name)[:, t], value)
        h = step.h
    np.testing.assert_array_equal(trace.h_last, h)
    np.testing.assert_array_equal(gradients.d_h[:, -1], D_H[:, -1] + D_H_LAST)
    np.testing.assert_array_equal(gradients.d_h[:, 0], D_H[:, 0] + gradients.d_h_prev[:, 1])
    np.testing.assert_array_equal(gradients.h0, gradients.d_h_prev[:, 0])
    np.testing.assert_array_equal(gradients.d_a_g[:, 2], gradients.steps[2].d_a_g)
    assert (trace.v is None) == (reset == "before") and (trace.s is None) == (reset == "after")
    assert (gradients.b_gh is None) == (reset == "before")


@pytest.mark.parametrize("reset", RESETS)
@pytest.mark.parametrize("reverse", [False, True])
def test_padded_steps_count_for_exactly_nothing(reset, reverse):
    padded = np.arange(T) >= LENGTHS[:, None]
    x, d_h = X.copy(), D_H.copy()
    x[padded], d_h[padded] = 1e6, -1e6
    runs = [gru(v, PARAMETERS[reset], H0, lengths=LENGTHS, reverse=reverse) for v in (X, x)]
    found = [gru_backward(d, run, D_H_LAST) for d, run in zip((D_H, d_h), runs)]
    for name in ("h", "h_last"):
        np.testing.assert_array_equal(getattr(runs[0], name), getattr(runs[1], name))
    for name in ("h0", "W", "b", "b_gh", "d_h"):
        np.testing.assert_array_equal(getattr(found[0], name), getattr(found[1], name))
    assert not runs[0].h[padded].any() and not found[0].x[padded].any()
    np.testing.assert_array_equal(runs[0].h_last[1], H0[1])
    np.testing.assert_array_equal(found[0].h0[1], D_H_LAST[1])


@given(st.integers(0, T), st.booleans(), resets, seeds)
def test_a_padded_row_equals_that_row_alone_cut_to_its_length(L, reverse, reset, seed):
    x, d_h, parameters = random((B, T, D), seed), random((B, T, H), seed + 1), PARAMETERS[reset]
    trace = gru(x, parameters, H0, lengths=[T, L, 1], reverse=reverse)
    alone = gru(x[1:2, :L], parameters, H0[1:2], reverse=reverse)
    np.testing.assert_allclose(trace.h[1:2, :L], alone.h, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(trace.h_last[1:2], alone.h_last, rtol=1e-12, atol=1e-14)
    one, two = gru_backward(d_h, trace, D_H_LAST), gru_backward(d_h[1:2, :L], alone, D_H_LAST[1:2])
    np.testing.assert_allclose(one.x[1:2, :L], two.x, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(one.h0[1:2], two.h0, rtol=1e-11, atol=1e-13)


def test_reverse_is_the_flip_of_time():
    one, two = gru(X, AFTER, H0, reverse=True), gru(X[:, ::-1], AFTER, H0)
    np.testing.assert_array_equal(one.h, two.h[:, ::-1])
    np.testing.assert_array_equal(one.h_last, two.h_last)


@pytest.mark.parametrize("reset", RESETS)
@pytest.mark.parametrize("B, T", [(2, 0), (0, 3), (0, 0)])
def test_no_steps_and_no_rows(B, T, reset):
    h0 = random((B, H), 1)
    trace = gru(np.ones((B, T, D)), PARAMETERS[reset], h0, lengths=[0] * B)
    gradients = gru_backward(np.ones((B, T, H)), trace, h0)
    assert trace.h.shape == trace.u.shape == gradients.d_a_r.shape == (B, T, H) and gradients.x.shape == (B, T, D)
    np.testing.assert_array_equal(trace.h_last, h0)
    np.testing.assert_array_equal(gradients.h0, h0)
    assert not gradients.W.any() and not gradients.b.any() and gradients.W.shape == AFTER.W.shape


@pytest.mark.parametrize("reset", RESETS)
@pytest.mark.parametrize("dtype", FLOAT_TYPES)
def test_dtype_is_kept(dtype, reset):
    trace = gru(X.astype(dtype), random_gru(D, H, reset, 0, dtype), lengths=LENGTHS)
    gradients = gru_backward(D_H.astype(dtype), trace)
    for step in (trace, gradients, *trace.steps, *gradients.steps):
        found = {v.dtype for v in vars(step).values() if isinstance(v, np.ndarray) and v.dtype != bool}
        assert found == {np.dtype(dtype)}


@pytest.mark.parametrize("reset", RESETS)
def test_pure(reset):
    parameters = PARAMETERS[reset]
    cell, trace = gru_cell(X[:, 0], H0, parameters), gru(X, parameters, H0)
    assert_pure(lambda x, h: gru_cell(x, h, parameters), X[:, 0], H0)
    assert_pure(lambda d_h: gru_cell_backward(d_h, cell, parameters), D_H_LAST)
    assert_pure(lambda x, h0: gru(x, parameters, h0), X, H0)
    assert_pure(lambda d_h, d_last: gru_backward(d_h, trace, d_last), D_H, D_H_LAST)
    assert_pure(GRUParameters, AFTER.W, AFTER.b, AFTER.b_gh)


@pytest.mark.parametrize("reset", RESETS)
def test_learns_by_gradient_descent(reset):
    gradients = gru_backward(D_H, gru(X, PARAMETERS[reset]))
    moved = gradient_descent(PARAMETERS[reset], gradients, 0.5)
    assert moved.reset == reset
    for name in shapes_of(D, H, reset):
        expected = getattr(PARAMETERS[reset], name) - 0.5 * getattr(gradients, name)
        np.testing.assert_array_equal(getattr(moved, name), expected)


def test_parameters_by_block():
    assert (AFTER.hidden_size, AFTER.input_size) == (H, D)
    np.testing.assert_array_equal(np.concatenate([AFTER.W_r, AFTER.W_u, AFTER.W_g]), AFTER.W)
    np.testing.assert_array_equal(np.concatenate([AFTER.b_r, AFTER.b_u, AFTER.b_g]), AFTER.b)
    np.testing.assert_array_equal(np.hstack([AFTER.W_gx, AFTER.W_gh]), AFTER.W_g)
    assert not GRUParameters(AFTER.W, AFTER.b).b_gh.any() and BEFORE.b_gh is None
    float32 = AFTER.b.astype(np.float32)
    assert GRUParameters(AFTER.W.astype(np.float32), float32).b_gh.dtype == np.float32


def bad(shape, **kwargs):
    return not_numbers(shape, **kwargs) + not_finite(shape) + misshapen(shape)


NOT_PARAMETERS = [(None, TypeError), (AFTER.W, TypeError), ((AFTER.W, AFTER.b), TypeError)]
test_parameters_refuse = refused(
    GRUParameters,
    {"W": np.ones((6, 5)), "b": np.ones(6), "b_gh": np.ones(2), "reset": "after"},
    {
        "W": [
            *not_numbers((6, 5)),
            *not_finite((6, 5)),
            (np.ones((7, 5)), ValueError),
            (np.ones((6, 2)), ValueError),
            (np.ones((0, 5)), ValueError),
        ],
        "b": bad((6,)),
        "b_gh": bad((2,), none=False),
        "reset": [(None, TypeError), (True, TypeError), ("during", ValueError)],
    },
)
test_before_refuses = refused(
    GRUParameters,
    {"W": np.ones((6, 5)), "b": np.ones(6), "reset": "before"},
    {"b_gh": [(np.ones(2), ValueError), (np.zeros(2), ValueError)]},
)
test_cell_refuses = refused(
    gru_cell,
    {"x": X[:, 0], "h": H0, "parameters": AFTER},
    {"x": not_numbers((B, D)) + misshapen((B, D))[1:], "h": bad((B, H)), "parameters": NOT_PARAMETERS},
)
test_cell_backward_refuses = refused(
    gru_cell_backward,
    {"d_h": D_H_LAST, "trace": CELL, "parameters": AFTER},
    {
        "d_h": bad((B, H)),
        "parameters": NOT_PARAMETERS,
        "trace": [
            (None, TypeError),
            (TRACE, TypeError),
            (gru_cell(X[:, 0], H0, BEFORE), ValueError),
            *[(CELL.replace(**{k: np.ones((B, H + 1))}), ValueError) for k in ("h_prev", "r", "u", "g", "v")],
            (CELL.replace(z=np.ones(D + H)), ValueError),
        ],
    },
)
test_sequence_refuses = refused(
    gru,
    {"x": X, "parameters": AFTER, "h0": H0, "lengths": LENGTHS, "reverse": False},
    {
        "x": [*not_numbers((B, T, D)), *not_finite((B, T, D)), *misshapen((B, T, D))[2:]],
        "parameters": NOT_PARAMETERS,
        "h0": bad((B, H), none=False),
        "lengths": [
            *[pair for pair in not_integers((B,)) if pair[0] is not None],
            *out_of_range((B,), -1, T + 1),
            ([1, 2], ValueError),
        ],
        "reverse": NOT_A_FLAG,
    },
)
test_sequence_backward_refuses = refused(
    gru_backward,
    {"d_h": D_H, "trace": TRACE, "d_h_last": D_H_LAST},
    {
        "d_h": bad((B, T, H), none=False),
        "trace": [(None, TypeError), (CELL, TypeError)],
        "d_h_last": bad((B, H), none=False),
    },
)
