import dataclasses
import pickle
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from proveq import FreeFunctions, jax_gradients, lift, modulars, relative_difference
from support import (
    FLOAT_TYPES,
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
    random_parameters,
    refused,
    seeds,
    sizes,
)

from lstmderiv import LSTMParameters, lstm, lstm_backward, lstm_cell, lstm_cell_backward
from lstmderiv.verify import SUBJECTS, prove

B, T, D, H = 3, 4, 2, 3
SHAPES = {"x": (B, T, D), "h0": (B, H), "c0": (B, H)}
PARAMETERS = random_parameters(D, H)
X, H0, C0 = (random(shape, k) for k, shape in enumerate(SHAPES.values(), 2))
D_H, D_H_LAST, D_C_LAST = (random(shape, k) for k, shape in enumerate([(B, T, H), (B, H), (B, H)], 5))
LENGTHS = np.array([4, 0, 2])
RUNS = [
    pytest.param({"lengths": lengths, "reverse": reverse}, id=f"{'lengths' if lengths is not None else 'full'}-{way}")
    for lengths in (None, LENGTHS)
    for reverse, way in ((False, "forward"), (True, "reverse"))
]
# The sequence functions sum the same products in another order, so a few last bits differ. The bounds, in units of the
# dtype's epsilon and relative to the largest entry or 1: over 1500 random cases the worst were 2.7, 5.5 and 9.9.
OUTPUT_BOUND, TAPE_BOUND, GRADIENT_BOUND = 4, 8, 16

options = st.fixed_dictionaries(
    {"forget_bias": st.sampled_from([0.0, 1.0]), "reverse": st.booleans(), "padded": st.booleans()}
)


def run_of(options, B, T, seed):
    """Keyword arguments of `lstm` from drawn options; lengths include zero."""
    options = dict(options)
    lengths = np.random.default_rng(seed).integers(0, T + 1, B) if options.pop("padded") else None
    return {**options, "lengths": lengths}


def loop(x, parameters, h0, c0, forget_bias=0.0, lengths=None, reverse=False):
    """`lstm` by `lstm_cell`: the steps' traces, their outputs, zero where padded, and the last states."""
    B, T, _ = x.shape
    order = reversed(range(T)) if reverse else range(T)
    lengths = np.full(B, T) if lengths is None else lengths
    traces, outputs, h, c = {}, {}, h0, c0
    for t in order:
        traces[t] = lstm_cell(x[:, t], h, c, parameters, forget_bias=forget_bias)
        active = (t < lengths)[:, None]
        h, c = np.where(active, traces[t].h, h), np.where(active, traces[t].c, c)
        outputs[t] = np.where(active, h, 0 * h)
    return traces, outputs, h, c


def loop_backward(d_h, traces, parameters, d_h_last, d_c_last, lengths=None):
    """`lstm_backward` by `lstm_cell_backward`: gradients of the arguments, and each step's."""
    B, T, _ = d_h.shape
    lengths = np.full(B, T) if lengths is None else lengths
    d_h_next, d_c_next, steps = d_h_last, d_c_last, {}
    for t in reversed(traces):
        active = (t < lengths)[:, None]
        steps[t] = step = lstm_cell_backward(
            np.where(active, d_h[:, t] + d_h_next, 0 * d_h_next),
            np.where(active, d_c_next, 0 * d_c_next),
            traces[t],
            parameters,
        )
        d_h_next, d_c_next = np.where(active, step.h, d_h_next), np.where(active, step.c, d_c_next)
    arguments = {"h0": d_h_next, "c0": d_c_next}
    if T:
        arguments["x"] = np.stack([steps[t].x for t in range(T)], axis=1)
        arguments["W"], arguments["b"] = sum(s.W for s in steps.values()), sum(s.b for s in steps.values())
    return arguments, steps


def assert_close(got, expected, bound):
    assert got.shape == expected.shape
    if got.size:
        unit = np.finfo(got.dtype).eps * max(1, np.abs(expected).max())
        assert np.abs(got - expected).max() <= bound * unit


def assert_equal_gradients(got, expected, names=("x", "h0", "c0", "W", "b")):
    for name in names:
        np.testing.assert_array_equal(getattr(got, name), getattr(expected, name))


@given(st.integers(1, 3), st.integers(1, 5), sizes, sizes, options, seeds, st.sampled_from([np.float32, np.float64]))
def test_equals_the_one_step_functions_in_a_loop(B, T, D, H, options, seed, dtype):
    run = run_of(options, B, T, seed)
    shapes = [(B, T, D), (B, H), (B, H), (B, T, H), (B, H), (B, H)]
    x, h0, c0, d_h, d_h_last, d_c_last = (random(shape, seed + k, dtype) for k, shape in enumerate(shapes))
    parameters = random_parameters(D, H, seed + 9, dtype)
    trace = lstm(x, parameters, h0, c0, **run)
    traces, outputs, h_last, c_last = loop(x, parameters, h0, c0, **run)
    gradients = lstm_backward(d_h, trace, d_h_last, d_c_last)
    arguments, steps = loop_backward(d_h, traces, parameters, d_h_last, d_c_last, run["lengths"])
    assert_close(trace.h, np.stack([outputs[t] for t in range(T)], axis=1), OUTPUT_BOUND)
    assert_close(trace.h_last, h_last, OUTPUT_BOUND)
    assert_close(trace.c_last, c_last, OUTPUT_BOUND)
    for t in range(T):
        step = trace.step(t)
        for name in ("x", "h_prev", "c_prev", "z", "f", "i", "g", "o", "a_f", "a_i", "a_g", "a_o", "tanh_c"):
            assert_close(getattr(step, name), getattr(traces[t], name), TAPE_BOUND)
        for name in ("d_h", "d_c", "d_f", "d_i", "d_g", "d_o", "d_a_f", "d_a_i", "d_a_g", "d_a_o"):
            assert_close(getattr(gradients, name)[:, t], getattr(steps[t], name), GRADIENT_BOUND)
    for name, expected in arguments.items():
        assert_close(getattr(gradients, name), expected, GRADIENT_BOUND)


@pytest.mark.parametrize("run", RUNS)
def test_equals_the_loop_exactly_over_a_finite_field(run):
    rng = np.random.default_rng(1)
    functions = FreeFunctions(lambda: modulars(rng))
    x, h0, c0, W, b = (lift(modulars(rng, s), functions) for s in [*SHAPES.values(), (4 * H, D + H), (4 * H,)])
    d_h, d_h_last, d_c_last = (lift(modulars(rng, s), functions) for s in [(B, T, H), (B, H), (B, H)])
    parameters = LSTMParameters(W, b)
    trace = lstm(x, parameters, h0, c0, forget_bias=1, **run)
    traces, outputs, h_last, c_last = loop(x, parameters, h0, c0, 1, **run)
    assert (trace.h == np.stack([outputs[t] for t in range(T)], axis=1)).all()
    assert (trace.h_last == h_last).all() and (trace.c_last == c_last).all()
    gradients = lstm_backward(d_h, trace, d_h_last, d_c_last)
    for name, expected in loop_backward(d_h, traces, parameters, d_h_last, d_c_last, run["lengths"])[0].items():
        assert (getattr(gradients, name) == expected).all(), name


@given(st.integers(0, 3), st.integers(0, 3), st.integers(1, 2), st.integers(1, 3), options, seeds)
def test_gradients_by_complex_step(B, T, D, H, options, seed):
    run = run_of(options, B, T, seed)
    shapes = {"x": (B, T, D), "h0": (B, H), "c0": (B, H), "W": (4 * H, D + H), "b": (4 * H,)}
    point = {name: random(shape, seed + k) for k, (name, shape) in enumerate(shapes.items())}
    d_h, d_h_last, d_c_last = (random(shape, seed + 7 + k) for k, shape in enumerate([(B, T, H), (B, H), (B, H)]))

    def forward(x, h0, c0, W, b):
        return lstm(x, LSTMParameters(W, b), h0, c0, **run)

    def loss(name):
        def of(value):
            trace = forward(**{**point, name: value})
            return (d_h * trace.h).sum() + (d_h_last * trace.h_last).sum() + (d_c_last * trace.c_last).sum()

        return of

    gradients = lstm_backward(d_h, forward(**point), d_h_last, d_c_last)
    for name in shapes:
        assert_gradient(getattr(gradients, name), loss(name), point[name])


@settings(max_examples=2)
@given(options, seeds)
def test_gradients_by_jax(options, seed):
    run = run_of(options, B, T, seed)
    trace = lstm(X, PARAMETERS, H0, C0, **run)
    gradients = lstm_backward(D_H, trace, D_H_LAST, D_C_LAST)
    arguments = {"x": X, "h0": H0, "c0": C0, "W": PARAMETERS.W, "b": PARAMETERS.b, **run}
    upstream = {"h": D_H, "h_last": D_H_LAST, "c_last": D_C_LAST}
    for name, expected in jax_gradients(SUBJECTS["lstm"].jax, arguments, upstream, ["x", "h0", "c0", "W", "b"]).items():
        assert relative_difference(getattr(gradients, name), expected) <= 1e-14


@pytest.mark.parametrize("subject", ["lstm", "lstm, lengths", "lstm, lengths, reverse"])
def test_gradients_exactly(subject):
    equations = {f"d_{name}": f"eq:{name}" for name in ("x", "h0", "c0", "W", "b")}
    prove(SUBJECTS[subject].backward, equations, np.random.default_rng(1), subject=subject, oracles=["exact"])


@pytest.mark.parametrize("reverse", [False, True])
def test_padded_steps_count_for_exactly_nothing(reverse):
    padded = np.arange(T) >= LENGTHS[:, None]
    x = X.copy()
    x[padded] = 1e6
    trace, other = (lstm(v, PARAMETERS, H0, C0, lengths=LENGTHS, reverse=reverse) for v in (X, x))
    assert not trace.h[padded].any() and not trace.c[padded].any()
    for name in ("h", "c", "h_last", "c_last"):
        np.testing.assert_array_equal(getattr(other, name), getattr(trace, name))
    d_h = D_H.copy()
    d_h[padded] = -1e6
    gradients = lstm_backward(D_H, trace, D_H_LAST, D_C_LAST)
    assert_equal_gradients(lstm_backward(d_h, other, D_H_LAST, D_C_LAST), gradients, ("h0", "c0", "W", "b"))
    assert not gradients.x[padded].any()
    for name in ("d_h", "d_c", "d_f", "d_i", "d_g", "d_o", "d_a_f", "d_a_i", "d_a_g", "d_a_o"):
        assert not getattr(gradients, name)[padded].any(), name


@pytest.mark.parametrize("reverse", [False, True])
def test_a_row_of_no_steps_hands_its_states_on(reverse):
    trace = lstm(X, PARAMETERS, H0, C0, lengths=LENGTHS, reverse=reverse)
    gradients = lstm_backward(D_H, trace, D_H_LAST, D_C_LAST)
    np.testing.assert_array_equal(trace.h_last[1], H0[1])
    np.testing.assert_array_equal(trace.c_last[1], C0[1])
    np.testing.assert_array_equal(gradients.h0[1], D_H_LAST[1])
    np.testing.assert_array_equal(gradients.c0[1], D_C_LAST[1])
    assert not trace.h[1].any() and not gradients.x[1].any()


@given(st.integers(0, T), st.booleans(), seeds)
def test_a_padded_row_equals_that_row_alone_cut_to_its_length(L, reverse, seed):
    lengths = np.array([T, L, 1])
    x, d_h = random((B, T, D), seed), random((B, T, H), seed + 1)
    trace = lstm(x, PARAMETERS, H0, C0, lengths=lengths, reverse=reverse)
    alone = lstm(x[1:2, :L], PARAMETERS, H0[1:2], C0[1:2], reverse=reverse)
    gradients = lstm_backward(d_h, trace, D_H_LAST, D_C_LAST)
    gradients_alone = lstm_backward(d_h[1:2, :L], alone, D_H_LAST[1:2], D_C_LAST[1:2])
    for mine, expected in [
        (trace.h[1:2, :L], alone.h),
        (trace.h_last[1:2], alone.h_last),
        (trace.c_last[1:2], alone.c_last),
    ]:
        assert_close(mine, expected, OUTPUT_BOUND)
    for mine, expected in [
        (gradients.x[1:2, :L], gradients_alone.x),
        (gradients.h0[1:2], gradients_alone.h0),
        (gradients.c0[1:2], gradients_alone.c0),
    ]:
        assert_close(mine, expected, GRADIENT_BOUND)


def test_lengths_of_all_steps_are_no_lengths():
    trace, other = lstm(X, PARAMETERS), lstm(X, PARAMETERS, lengths=[T] * B)
    np.testing.assert_array_equal(trace.h, other.h)
    assert_equal_gradients(lstm_backward(D_H, trace), lstm_backward(D_H, other))


def test_reverse_is_the_flip_of_time():
    trace, flipped = lstm(X, PARAMETERS, H0, C0, reverse=True), lstm(X[:, ::-1], PARAMETERS, H0, C0)
    for name in ("h", "c", "f", "a_g", "tanh_c", "h_prev", "c_prev", "x"):
        np.testing.assert_array_equal(getattr(trace, name), getattr(flipped, name)[:, ::-1])
    for name in ("h_last", "c_last", "h0", "c0"):
        np.testing.assert_array_equal(getattr(trace, name), getattr(flipped, name))
    gradients = lstm_backward(D_H, trace, D_H_LAST, D_C_LAST)
    expected = lstm_backward(D_H[:, ::-1], flipped, D_H_LAST, D_C_LAST)
    np.testing.assert_array_equal(gradients.x, expected.x[:, ::-1])
    assert_equal_gradients(gradients, expected, ("h0", "c0"))
    assert_close(gradients.W, expected.W, GRADIENT_BOUND)
    assert_close(gradients.b, expected.b, GRADIENT_BOUND)


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("B, T", [(2, 0), (0, 3), (0, 0)])
def test_no_steps_and_no_rows(B, T, run):
    lengths = None if run["lengths"] is None else [0] * B
    h0, c0 = random((B, H), 1), random((B, H), 2)
    trace = lstm(np.ones((B, T, D)), PARAMETERS, h0, c0, lengths=lengths, reverse=run["reverse"])
    assert trace.h.shape == trace.f.shape == (B, T, H)
    np.testing.assert_array_equal(trace.h_last, h0)
    np.testing.assert_array_equal(trace.c_last, c0)
    d_h_last = np.ones((B, H), np.float32)
    gradients = lstm_backward(np.ones((B, T, H)), trace, d_h_last)
    assert gradients.x.shape == (B, T, D)
    np.testing.assert_array_equal(gradients.h0, d_h_last)
    assert gradients.h0.dtype == np.float64 and not np.shares_memory(gradients.h0, d_h_last)
    assert not gradients.c0.any() and not gradients.W.any() and not gradients.b.any()
    assert gradients.W.shape == PARAMETERS.W.shape and gradients.b.shape == PARAMETERS.b.shape


def test_what_is_left_out_is_zero():
    trace = lstm(X, PARAMETERS)
    np.testing.assert_array_equal(trace.h, lstm(X, PARAMETERS, np.zeros((B, H)), np.zeros((B, H))).h)
    zero = np.zeros((B, H))
    assert_equal_gradients(lstm_backward(D_H, trace), lstm_backward(D_H, trace, zero, zero))
    assert_equal_gradients(lstm_backward(None, trace, D_H_LAST), lstm_backward(0 * D_H, trace, D_H_LAST))
    assert not lstm_backward(None, trace).W.any()


def test_a_gradient_at_the_last_output_is_one_at_the_last_state():
    trace = lstm(X, PARAMETERS)
    d_h = np.zeros((B, T, H))
    d_h[:, -1] = D_H_LAST
    assert_equal_gradients(lstm_backward(d_h, trace), lstm_backward(None, trace, D_H_LAST))


@pytest.mark.parametrize("dtype", FLOAT_TYPES)
def test_dtype_is_kept(dtype):
    parameters = random_parameters(D, H, dtype=dtype)
    x, h0, d_h = X.astype(dtype), H0.astype(dtype), D_H.astype(dtype)
    trace = lstm(x, parameters, h0, lengths=LENGTHS, forget_bias=np.float64(1))
    gradients = lstm_backward(d_h, trace)
    for container in (trace, gradients):
        tape = [getattr(container, field.name) for field in dataclasses.fields(container)]
        found = {a.dtype for a in tape if isinstance(a, np.ndarray) and a.dtype != bool}
        assert found == {np.dtype(dtype)}


def test_dtypes_are_promoted_as_in_one_step():
    parameters = LSTMParameters(PARAMETERS.W, PARAMETERS.b.astype(np.float32))
    x = X.astype(np.float32)
    trace = lstm(x, parameters, forget_bias=0.1)
    assert trace.h.dtype == np.float64
    step = lstm_cell(x[:, 0], trace.h0, trace.c0, parameters, forget_bias=0.1)
    assert lstm_cell(x[:, 0], trace.h0, trace.c0, PARAMETERS).h.dtype == np.float64
    np.testing.assert_allclose(trace.a_f[:, 0], step.a_f, rtol=1e-7)
    assert lstm(x, PARAMETERS, c0=C0 + 0j).h.dtype == np.complex128


@pytest.mark.parametrize("rows", [1, B])
def test_pure(rows):
    x, h0, c0 = X[:rows].copy(), H0[:rows].copy(), C0[:rows].copy()
    assert_pure(lambda *arguments: lstm(arguments[0], PARAMETERS, *arguments[1:]), x, h0, c0)
    assert_pure(lambda *arguments: lstm(arguments[0], PARAMETERS, *arguments[1:]), x[:, :1].copy(), h0, c0)
    trace = lstm(x, PARAMETERS, h0, c0, lengths=LENGTHS[:rows])
    d_h, d_h_last, d_c_last = D_H[:rows], D_H_LAST[:rows], D_C_LAST[:rows]
    before = [array.copy() for array in (trace.z_steps, trace.a_steps, trace.gate_steps, trace.c_steps)]
    assert_pure(lambda *g: lstm_backward(g[0], trace, *g[1:]), d_h, d_h_last, d_c_last)
    after = (trace.z_steps, trace.a_steps, trace.gate_steps, trace.c_steps)
    assert all(np.array_equal(a, b) for a, b in zip(before, after))


@pytest.mark.parametrize("rows", [1, B])
def test_arrays_that_are_overwritten_later_do_not_harm_the_tape(rows):
    x, h0, c0, lengths = X[:rows].copy(), H0[:rows].copy(), C0[:rows].copy(), LENGTHS[:rows].copy()
    expected = lstm_backward(D_H[:rows], lstm(x, PARAMETERS, h0, c0, lengths=lengths))
    trace = lstm(x, PARAMETERS, h0, c0, lengths=lengths)
    x[...] = h0[...] = c0[...] = 99
    lengths[...] = 0
    assert_equal_gradients(lstm_backward(D_H[:rows], trace), expected)


@pytest.mark.parametrize("run", RUNS)
def test_the_tape_shows_every_step(run):
    trace = lstm(X, PARAMETERS, H0, C0, **run)
    np.testing.assert_array_equal(trace.x, X)
    np.testing.assert_array_equal(trace.h0, H0)
    np.testing.assert_array_equal(trace.c0, C0)
    for t in range(T):
        step = trace.step(t)
        for name in ("x", "h_prev", "c_prev", "a_f", "a_i", "a_g", "a_o", "f", "i", "g", "o", "tanh_c"):
            np.testing.assert_array_equal(getattr(step, name), getattr(trace, name)[:, t])
        active = t < (LENGTHS if run["lengths"] is not None else np.full(B, T))
        np.testing.assert_array_equal(step.h[active], trace.h[active, t])
        np.testing.assert_array_equal(step.h[~active], step.h_prev[~active])
        np.testing.assert_array_equal(trace.step(t - T).h, step.h)
    for name in ("z_steps", "a_steps", "gate_steps", "tanh_c_steps", "c_steps"):
        assert getattr(trace, name).flags.c_contiguous


def test_gradients_show_what_each_step_hands_back():
    gradients = lstm_backward(D_H, lstm(X, PARAMETERS), D_H_LAST, D_C_LAST)
    np.testing.assert_array_equal(gradients.d_h[:, -1], D_H[:, -1] + D_H_LAST)
    np.testing.assert_array_equal(gradients.d_h[:, 1], D_H[:, 1] + gradients.d_h_prev[:, 2])
    np.testing.assert_array_equal(gradients.h0, gradients.d_h_prev[:, 0])
    np.testing.assert_array_equal(gradients.c0, gradients.d_c_prev[:, 0])


@pytest.mark.parametrize("run", RUNS)
def test_a_padded_step_hands_back_what_it_was_handed(run):
    gradients = lstm_backward(D_H, lstm(X, PARAMETERS, H0, C0, **run), D_H_LAST, D_C_LAST)
    traces, *_ = loop(X, PARAMETERS, H0, C0, **run)
    _, steps = loop_backward(D_H, traces, PARAMETERS, D_H_LAST, D_C_LAST, run["lengths"])
    lengths = np.full(B, T) if run["lengths"] is None else run["lengths"]
    d_h, d_c = D_H_LAST, D_C_LAST
    for t in reversed(traces):
        active = (t < lengths)[:, None]
        d_h, d_c = np.where(active, steps[t].h, d_h), np.where(active, steps[t].c, d_c)
        assert_close(gradients.d_h_prev[:, t], d_h, GRADIENT_BOUND)
        assert_close(gradients.d_c_prev[:, t], d_c, GRADIENT_BOUND)


def everything(trace, gradients):
    """Every value of a run by name, copied."""
    names = ("h_last", "c_last", "h0", "c0")
    states = {name: getattr(trace, name).copy() for name in names}
    values = {**trace._values(), **{f"d_{name}": value for name, value in gradients._values().items()}}
    return states | {name: value.copy() for name, value in values.items()}


@pytest.mark.parametrize("block", [1, 2 * 4 * H * 8, 2 * B * 4 * H * 8, 3 * B * 4 * H * 8])
@pytest.mark.parametrize("run", RUNS)
def test_blocks_change_nothing(run, block, monkeypatch):
    """One row at a time, two rows, all rows for two steps and for three."""

    def results():
        trace = lstm(X, PARAMETERS, H0, C0, forget_bias=1.0, **run)
        return everything(trace, lstm_backward(D_H, trace, D_H_LAST, D_C_LAST))

    expected = results()
    monkeypatch.setattr(sys.modules[lstm.__module__], "BLOCK", block)
    for name, value in results().items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("earlier", RUNS)
def test_memory_that_is_used_again_changes_nothing(run, earlier):
    used = lstm(random((B, T, D), 11), random_parameters(D, H, 12), forget_bias=2.0, **earlier)
    used_gradients = lstm_backward(random((B, T, H), 13), used, random((B, H), 14), random((B, H), 15))
    trace = lstm(X, PARAMETERS, H0, C0, **run)
    expected = everything(trace, lstm_backward(D_H, trace, D_H_LAST, D_C_LAST))
    trace = lstm(X, PARAMETERS, H0, C0, **run, out=used)
    gradients = lstm_backward(D_H, trace, D_H_LAST, D_C_LAST, out=used_gradients)
    for name, value in everything(trace, gradients).items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)
    for new, old in ((trace, used), (gradients, used_gradients)):
        mine, theirs = vars(new), vars(old)
        shared = {name for name in mine if name.endswith(("_steps", "_b")) and mine[name] is theirs[name]}
        assert shared == {name for name in mine if name.endswith(("_steps", "_b"))} and len(shared) >= 5


def test_arguments_may_be_views_of_the_memory_that_is_used_again():
    parameters = random_parameters(H, H)
    x = random((B, T, H), 3)

    def second(**out):
        first = lstm(x, parameters, H0, C0)
        back = lstm_backward(D_H, first, D_H_LAST, D_C_LAST)
        trace = lstm(first.h, parameters, first.x[:, -1], first.c_last, out=first if out else None)
        flipped = back.d_h[:, ::-1]
        return everything(trace, lstm_backward(flipped, trace, back.h0, back.d_c[:, 0], out=back if out else None))

    expected = second()
    for name, value in second(out=True).items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)


def test_a_later_run_leaves_an_earlier_one_alone():
    trace = lstm(X, PARAMETERS, H0, C0, lengths=LENGTHS)
    gradients = lstm_backward(D_H, trace, D_H_LAST, D_C_LAST)
    expected = everything(trace, gradients)
    lstm_backward(-D_H, lstm(-X, PARAMETERS, C0, H0))
    for name, value in everything(trace, gradients).items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)


def test_a_result_is_pickled_whole():
    trace = lstm(X, PARAMETERS, H0, C0, lengths=LENGTHS, reverse=True)
    gradients = lstm_backward(D_H, trace, D_H_LAST, D_C_LAST)
    copied = pickle.loads(pickle.dumps((trace, gradients)))
    assert copied[1].trace is copied[0]
    for name, value in everything(*copied).items():
        np.testing.assert_array_equal(value, everything(trace, gradients)[name], err_msg=name)


@pytest.mark.parametrize("dtype", [*FLOAT_TYPES, np.complex128])
def test_saturated_gates_are_their_limits(dtype):
    parameters = LSTMParameters(np.full((4, 2), 200, dtype), np.zeros(4, dtype))
    with np.errstate(all="raise"):
        trace = lstm(np.array([[[80], [-80]]], dtype), parameters)
    np.testing.assert_array_equal(trace.f.ravel(), [1, 0])
    np.testing.assert_array_equal(trace.h.ravel(), [np.tanh(dtype(1)), 0])
    assert not lstm_backward(np.ones((1, 2, 1), dtype), trace).b[:3].any()


def bad(shape, **kwargs):
    return not_numbers(shape, **kwargs) + not_finite(shape) + misshapen(shape)


TRACE = lstm(X, PARAMETERS)
test_step_refuses = refused(
    TRACE.step,
    {"t": 0},
    {"t": [(T, ValueError), (-T - 1, ValueError), (0.0, TypeError), (None, TypeError), (True, TypeError)]},
)
test_lstm_refuses = refused(
    lstm,
    {
        "x": X,
        "parameters": PARAMETERS,
        "h0": H0,
        "c0": C0,
        "forget_bias": 1.0,
        "lengths": LENGTHS,
        "reverse": False,
        "out": lstm(X, PARAMETERS),
    },
    {
        "x": [*not_numbers((B, T, D)), *not_finite((B, T, D)), *misshapen((B, T, D))[2:]],
        "parameters": [(None, TypeError), (PARAMETERS.W, TypeError), ((PARAMETERS.W, PARAMETERS.b), TypeError)],
        "h0": bad((B, H), none=False),
        "c0": bad((B, H), none=False),
        "forget_bias": NOT_A_REAL_NUMBER,
        "lengths": [
            *[pair for pair in not_integers((B,)) if pair[0] is not None],
            *out_of_range((B,), -1, T + 1),
            ([1, 2], ValueError),
            ([[1, 2, 3]], ValueError),
            (2, ValueError),
        ],
        "reverse": NOT_A_FLAG,
        "out": [
            (X, TypeError),
            (lstm_backward(D_H, TRACE), TypeError),
            (lstm(X[:2], PARAMETERS), ValueError),
            (lstm(X[:, :2], PARAMETERS), ValueError),
            (lstm(X, random_parameters(D, 2)), ValueError),
            (lstm(random((B, T, 1)), random_parameters(1, H)), ValueError),
            (lstm(X.astype(np.float32), random_parameters(D, H, dtype=np.float32)), ValueError),
        ],
    },
)
test_lstm_backward_refuses = refused(
    lstm_backward,
    {"d_h": D_H, "trace": TRACE, "d_h_last": D_H_LAST, "d_c_last": D_C_LAST, "out": lstm_backward(D_H, TRACE)},
    {
        "d_h": bad((B, T, H), none=False),
        "trace": [(None, TypeError), (X, TypeError), (TRACE.step(0), TypeError)],
        "d_h_last": bad((B, H), none=False),
        "d_c_last": bad((B, H), none=False),
        "out": [
            (D_H, TypeError),
            (TRACE, TypeError),
            (lstm_backward(D_H[:2], lstm(X[:2], PARAMETERS)), ValueError),
            (lstm_backward(None, lstm(random((B, T, 1)), random_parameters(1, H))), ValueError),
            (lstm_backward(D_H + 0j, TRACE), ValueError),
        ],
    },
)
