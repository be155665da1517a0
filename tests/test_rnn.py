import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from proveq import CheckFailed, FreeFunctions, edited, lift, modulars
from support import (
    FLOAT_TYPES,
    NOT_A_FLAG,
    assert_gradient,
    assert_pure,
    misshapen,
    not_finite,
    not_integers,
    not_numbers,
    out_of_range,
    random,
    random_parameters,
    random_rnn_parameters,
    refused,
    seeds,
    sizes,
)

from lstmderiv import RNNParameters, lstm, rnn, rnn_backward, rnn_cell, rnn_cell_backward
from lstmderiv.rnn import rnn_cell_step_backward
from lstmderiv.verify import SUBJECTS, prove

B, T, D, H = 3, 4, 2, 3
PARAMETERS = random_rnn_parameters(D, H)
X, H0, D_H, D_H_LAST = (random(s, k) for k, s in enumerate([(B, T, D), (B, H), (B, T, H), (B, H)], 2))
LENGTHS = np.array([4, 0, 2])
RUNS = [{"lengths": lengths, "reverse": reverse} for lengths in (None, LENGTHS) for reverse in (False, True)]
NAMES = ("x", "h0", "W", "b")
EQUATIONS = {f"d_{name}": f"eq:{name}" for name in NAMES}
runs = st.sampled_from(RUNS)


def loop(x, parameters, h, lengths=None, reverse=False):
    """`rnn` by `rnn_cell`: the steps' traces, their outputs, zero where padded, and the last state."""
    B, T, _ = x.shape
    lengths = np.full(B, T) if lengths is None else lengths
    traces, outputs = {}, {}
    for t in reversed(range(T)) if reverse else range(T):
        traces[t] = rnn_cell(x[:, t], h, parameters)
        active = (t < lengths)[:, None]
        h = np.where(active, traces[t].h, h)
        outputs[t] = np.where(active, h, 0 * h)
    return traces, np.stack([outputs[t] for t in range(T)], axis=1), h


def loop_backward(d_h, traces, parameters, d_h_next, lengths=None):
    """`rnn_backward` by `rnn_cell_backward`."""
    B, T, _ = d_h.shape
    lengths = np.full(B, T) if lengths is None else lengths
    steps = {}
    for t in reversed(traces):
        active = (t < lengths)[:, None]
        d_h_t = np.where(active, d_h[:, t] + d_h_next, 0 * d_h_next)
        steps[t] = rnn_cell_backward(d_h_t, traces[t], parameters)
        d_h_next = np.where(active, steps[t].h, d_h_next)
    x = np.stack([steps[t].x for t in range(T)], axis=1)
    W, b = sum(s.W for s in steps.values()), sum(s.b for s in steps.values())
    return {"x": x, "h0": d_h_next, "W": W, "b": b}, steps


def assert_close(got, expected, bound=16):
    """Equal but for a few units in the last place: the sequence functions sum in another order."""
    assert got.shape == expected.shape
    unit = np.finfo(got.dtype).eps * max(1, np.abs(expected).max(initial=0))
    assert np.abs(got - expected).max(initial=0) <= bound * unit


@given(st.integers(1, 3), st.integers(1, 5), sizes, sizes, st.booleans(), st.booleans(), seeds)
def test_equals_the_one_step_functions_in_a_loop(B, T, D, H, padded, reverse, seed):
    lengths = np.random.default_rng(seed).integers(0, T + 1, B) if padded else None
    x, h0, d_h, d_h_last = (random(s, seed + k) for k, s in enumerate([(B, T, D), (B, H), (B, T, H), (B, H)]))
    parameters = random_rnn_parameters(D, H, seed + 9)
    trace = rnn(x, parameters, h0, lengths=lengths, reverse=reverse)
    traces, outputs, h_last = loop(x, parameters, h0, lengths, reverse)
    assert_close(trace.h, outputs)
    assert_close(trace.h_last, h_last)
    gradients = rnn_backward(d_h, trace, d_h_last)
    expected, steps = loop_backward(d_h, traces, parameters, d_h_last, lengths)
    for name in NAMES:
        assert_close(getattr(gradients, name), expected[name], 64)
    for t in range(T):
        for name in ("x", "h_prev", "z", "a"):
            assert_close(getattr(trace.step(t), name), getattr(traces[t], name))
        for name in ("d_h", "d_a"):
            assert_close(getattr(gradients, name)[:, t], getattr(steps[t], name), 64)


@pytest.mark.parametrize("run", RUNS)
def test_equals_the_loop_exactly_over_a_finite_field(run):
    rng = np.random.default_rng(1)
    functions = FreeFunctions(lambda: modulars(rng))
    shapes = [(B, T, D), (B, H), (H, D + H), (H,), (B, T, H), (B, H)]
    x, h0, W, b, d_h, d_h_last = (lift(modulars(rng, s), functions) for s in shapes)
    parameters = RNNParameters(W, b)
    trace = rnn(x, parameters, h0, **run)
    traces, outputs, h_last = loop(x, parameters, h0, **run)
    assert (trace.h == outputs).all() and (trace.h_last == h_last).all()
    gradients = rnn_backward(d_h, trace, d_h_last)
    for name, expected in loop_backward(d_h, traces, parameters, d_h_last, run["lengths"])[0].items():
        assert (getattr(gradients, name) == expected).all(), name


@settings(max_examples=20)
@given(st.integers(0, 3), st.integers(0, 3), st.integers(1, 2), st.integers(1, 3), st.booleans(), seeds)
def test_gradients_by_complex_step(B, T, D, H, reverse, seed):
    shapes = {"x": (B, T, D), "h0": (B, H), "W": (H, D + H), "b": (H,)}
    # Not saturated: where h is near 1, 1 - h * h loses digits to cancellation, whatever the derivation.
    point = {name: 0.3 * random(shape, seed + k) for k, (name, shape) in enumerate(shapes.items())}
    lengths = np.random.default_rng(seed).integers(0, T + 1, B)
    d_h, d_h_last = random((B, T, H), seed + 7), random((B, H), seed + 8)

    def forward(x, h0, W, b):
        return rnn(x, RNNParameters(W, b), h0, lengths=lengths, reverse=reverse)

    def loss(name):
        def of(value):
            trace = forward(**{**point, name: value})
            return (d_h * trace.h).sum() + (d_h_last * trace.h_last).sum()

        return of

    gradients = rnn_backward(d_h, forward(**point), d_h_last)
    for name in shapes:
        assert_gradient(getattr(gradients, name), loss(name), point[name])


@pytest.mark.parametrize("subject", ["rnn", "rnn, lengths", "rnn, lengths, reverse"])
def test_gradients_exactly_by_complex_step_and_by_jax(subject):
    evidence = prove(rnn_backward, EQUATIONS, np.random.default_rng(1), subject=subject)
    assert {record.oracle for record in evidence.records} == {"exact", "complex step", "JAX"}
    assert SUBJECTS[subject].forward is rnn


@pytest.mark.parametrize(
    "old, new",
    [
        ("t.d_h_prev = ", "t.d_h_prev = 0 * "),
        ("1 - t.h * t.h", "1 - t.h_prev * t.h_prev"),
        ("t.d_a.T @ t.z", "0 * t.d_a.T @ t.z"),
    ],
)
def test_a_wrong_line_is_found(old, new):
    with pytest.raises(CheckFailed):
        prove(
            edited(rnn_backward, old, new, inside=rnn_cell_step_backward),
            EQUATIONS,
            np.random.default_rng(1),
            oracles=["exact"],
        )


@pytest.mark.parametrize("reverse", [False, True])
def test_padded_steps_count_for_exactly_nothing(reverse):
    padded = np.arange(T) >= LENGTHS[:, None]
    x, d_h = X.copy(), D_H.copy()
    x[padded], d_h[padded] = 1e6, -1e6
    trace, other = (rnn(v, PARAMETERS, H0, lengths=LENGTHS, reverse=reverse) for v in (X, x))
    assert not trace.h[padded].any()
    for name in ("h", "h_last"):
        np.testing.assert_array_equal(getattr(other, name), getattr(trace, name))
    np.testing.assert_array_equal(trace.h_last[1], H0[1])
    gradients, others = rnn_backward(D_H, trace, D_H_LAST), rnn_backward(d_h, other, D_H_LAST)
    for name in ("h0", "W", "b"):
        np.testing.assert_array_equal(getattr(others, name), getattr(gradients, name))
    np.testing.assert_array_equal(gradients.h0[1], D_H_LAST[1])
    for name in ("x", "d_h", "d_a"):
        assert not getattr(gradients, name)[padded].any(), name


def test_reverse_is_the_flip_of_time():
    trace, flipped = rnn(X, PARAMETERS, H0, reverse=True), rnn(X[:, ::-1], PARAMETERS, H0)
    for name in ("h", "a", "h_prev", "x"):
        np.testing.assert_array_equal(getattr(trace, name), getattr(flipped, name)[:, ::-1])
    for name in ("h_last", "h0"):
        np.testing.assert_array_equal(getattr(trace, name), getattr(flipped, name))


@pytest.mark.parametrize("B, T", [(2, 0), (0, 3), (0, 0)])
def test_no_steps_and_no_rows(B, T):
    h0, d_h_last = random((B, H), 1), np.ones((B, H), np.float32)
    trace = rnn(np.ones((B, T, D)), PARAMETERS, h0)
    assert trace.h.shape == trace.a.shape == (B, T, H)
    np.testing.assert_array_equal(trace.h_last, h0)
    gradients = rnn_backward(np.ones((B, T, H)), trace, d_h_last)
    np.testing.assert_array_equal(gradients.h0, d_h_last)
    assert gradients.x.shape == (B, T, D) and not np.shares_memory(gradients.h0, d_h_last)
    assert not gradients.W.any() and gradients.W.shape == PARAMETERS.W.shape and not gradients.b.any()


def test_what_is_left_out_is_zero():
    trace = rnn(X, PARAMETERS)
    np.testing.assert_array_equal(trace.h, rnn(X, PARAMETERS, np.zeros((B, H))).h)
    for left_out, zero in [
        (rnn_backward(D_H, trace), rnn_backward(D_H, trace, np.zeros((B, H)))),
        (rnn_backward(None, trace, D_H_LAST), rnn_backward(0 * D_H, trace, D_H_LAST)),
    ]:
        for name in NAMES:
            np.testing.assert_array_equal(getattr(left_out, name), getattr(zero, name))


@pytest.mark.parametrize("dtype", FLOAT_TYPES)
def test_dtype_is_kept(dtype):
    parameters = random_rnn_parameters(D, H, dtype=dtype)
    trace = rnn(X.astype(dtype), parameters, H0.astype(dtype), lengths=LENGTHS)
    for container in (trace, rnn_backward(D_H.astype(dtype), trace)):
        tape = [*vars(container).values(), *(array for step in container.steps for array in vars(step).values())]
        assert {a.dtype for a in tape if isinstance(a, np.ndarray) and a.dtype != bool} == {np.dtype(dtype)}


@pytest.mark.parametrize("rows", [1, B])
def test_pure(rows):
    x, h0 = X[:rows].copy(), H0[:rows].copy()
    assert_pure(lambda x, h0: rnn(x, PARAMETERS, h0), x, h0)
    trace = rnn(x, PARAMETERS, h0)
    expected = rnn_backward(D_H[:rows], trace).W
    assert_pure(lambda *g: rnn_backward(g[0], trace, g[1]), D_H[:rows], D_H_LAST[:rows])
    x[...] = h0[...] = 99
    np.testing.assert_array_equal(rnn_backward(D_H[:rows], trace).W, expected)


@pytest.mark.parametrize("run", RUNS)
def test_the_tape_shows_every_step(run):
    trace = rnn(X, PARAMETERS, H0, **run)
    np.testing.assert_array_equal(trace.x, X)
    np.testing.assert_array_equal(trace.h0, H0)
    for t in range(T):
        step = trace.step(t)
        for name in ("x", "h_prev", "a"):
            np.testing.assert_array_equal(getattr(step, name), getattr(trace, name)[:, t])
        active = t < (LENGTHS if run["lengths"] is not None else np.full(B, T))
        np.testing.assert_array_equal(step.h[active], trace.h[active, t])
        np.testing.assert_array_equal(step.h[~active], step.h_prev[~active])
        np.testing.assert_array_equal(trace.step(t - T).h, step.h)


def bad(shape):
    return not_numbers(shape, none=False) + not_finite(shape) + misshapen(shape)


TRACE = rnn(X, PARAMETERS)
test_step_refuses = refused(TRACE.step, {"t": 0}, {"t": [(T, ValueError), (-T - 1, ValueError), (0.0, TypeError)]})
test_rnn_refuses = refused(
    rnn,
    {"x": X, "parameters": PARAMETERS, "h0": H0, "lengths": LENGTHS, "reverse": False},
    {
        "x": [*not_numbers((B, T, D)), *not_finite((B, T, D)), *misshapen((B, T, D))[2:]],
        "parameters": [(None, TypeError), (PARAMETERS.W, TypeError), (random_parameters(D, H), TypeError)],
        "h0": bad((B, H)),
        "lengths": [
            *[pair for pair in not_integers((B,)) if pair[0] is not None],
            *out_of_range((B,), -1, T + 1),
            ([1, 2], ValueError),
        ],
        "reverse": NOT_A_FLAG,
    },
)
test_rnn_backward_refuses = refused(
    rnn_backward,
    {"d_h": D_H, "trace": TRACE, "d_h_last": D_H_LAST},
    {
        "d_h": bad((B, T, H)),
        "trace": [(None, TypeError), (X, TypeError), (lstm(X, random_parameters(D, H)), TypeError)],
        "d_h_last": bad((B, H)),
    },
)
