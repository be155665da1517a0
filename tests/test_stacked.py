import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from proveq import CheckFailed, edited
from support import (
    FLOAT_TYPES,
    NOT_A_FLAG,
    NOT_A_REAL_NUMBER,
    arrays_in,
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
)

from lstmderiv import (
    LSTMParameters,
    cross_entropy,
    cross_entropy_backward,
    dense,
    dense_backward,
    gradient_descent,
    lstm,
    lstm_backward,
    lstm_cell,
    lstm_cell_backward,
    one_hot,
    stacked_lstm,
    stacked_lstm_backward,
)
from lstmderiv.verify import SUBJECTS, prove

B, T, D, WIDTHS = 3, 4, 2, (4, 3, 5)
LENGTHS = np.array([4, 0, 2])
RECORD = json.loads((Path(__file__).parent / "data" / "multilayer.json").read_text())


def stack(widths=WIDTHS, D=D, seed=0, dtype=np.float64):
    sizes = zip([D, *widths], widths)
    return [random_parameters(below, H, seed + 10 * n, dtype) for n, (below, H) in enumerate(sizes)]


def states(seed, widths=WIDTHS, B=B, dtype=np.float64):
    return [random((B, H), seed + n, dtype) for n, H in enumerate(widths)]


PARAMETERS, X = stack(), random((B, T, D), 1)
H0, C0, D_H_LAST, D_C_LAST = (states(seed) for seed in (20, 30, 40, 50))
D_H = random((B, T, WIDTHS[-1]), 2)
ARGUMENTS = ("x", "h0", "c0", "W", "b")


def arrays_of(gradients):
    return {
        "x": gradients.x,
        **{f"{k}{n}": a for k in ARGUMENTS[1:] for n, a in enumerate(getattr(gradients, k))},
    }


def by_hand(x, parameters, h0, c0, forget_bias):
    """The stack cell by cell: all layers at step 1, then all at step 2, and so on. Traces by (step, layer)."""
    h, c, traces = list(h0), list(c0), {}
    for t in range(x.shape[1]):
        read = x[:, t]
        for n, layer in enumerate(parameters):
            traces[t, n] = lstm_cell(read, h[n], c[n], layer, forget_bias=forget_bias)
            read = h[n] = traces[t, n].h
            c[n] = traces[t, n].c
    return traces


def back_by_hand(d_h, traces, parameters, d_h_last, d_c_last):
    """Back through the same grid, last step first, top layer first."""
    T, L = d_h.shape[1], len(parameters)
    d_h_next, d_c_next = list(d_h_last), list(d_c_last)
    W, b, x = [0.0] * L, [0.0] * L, {}
    for t in reversed(range(T)):
        from_above = d_h[:, t]
        for n in reversed(range(L)):
            step = lstm_cell_backward(from_above + d_h_next[n], d_c_next[n], traces[t, n], parameters[n])
            from_above, d_h_next[n], d_c_next[n] = step.x, step.h, step.c
            W[n], b[n] = W[n] + step.W, b[n] + step.b
        x[t] = from_above
    return {"x": np.stack([x[t] for t in range(T)], axis=1), "h0": d_h_next, "c0": d_c_next, "W": W, "b": b}


@given(st.integers(1, 3), st.integers(1, 4), st.lists(st.integers(1, 4), min_size=1, max_size=3), seeds)
def test_equals_the_cells_stepped_by_hand(B, T, widths, seed):
    parameters, x = stack(widths, 3, seed), random((B, T, 3), seed + 1)
    h0, c0, d_h_last, d_c_last = (states(seed + k, widths, B) for k in (100, 200, 300, 400))
    d_h = random((B, T, widths[-1]), seed + 2)
    trace = stacked_lstm(x, parameters, h0, c0, forget_bias=1.0)
    traces = by_hand(x, parameters, h0, c0, 1.0)
    for n, layer in enumerate(trace.layers):
        for name in ("x", "h", "c", "f", "i", "g", "o", "a_f", "tanh_c"):
            expected = np.stack([getattr(traces[t, n], name) for t in range(T)], axis=1)
            np.testing.assert_allclose(getattr(layer, name), expected, rtol=1e-12, atol=1e-14)
    gradients = stacked_lstm_backward(d_h, trace, d_h_last, d_c_last)
    for name, expected in back_by_hand(d_h, traces, parameters, d_h_last, d_c_last).items():
        got = getattr(gradients, name)
        for mine, other in zip([got] if name == "x" else got, [expected] if name == "x" else expected):
            scale = max(1.0, np.abs(other).max())
            np.testing.assert_allclose(mine, other, rtol=0, atol=1e-13 * scale)


@pytest.mark.parametrize("run", [{}, {"lengths": LENGTHS}, {"reverse": True}, {"lengths": LENGTHS, "reverse": True}])
def test_one_layer_is_lstm(run):
    trace, other = stacked_lstm(X, PARAMETERS[:1], H0[:1], C0[:1], **run), lstm(X, PARAMETERS[0], H0[0], C0[0], **run)
    np.testing.assert_array_equal(trace.h, other.h)
    np.testing.assert_array_equal(trace.h_last[0], other.h_last)
    np.testing.assert_array_equal(trace.c_last[0], other.c_last)
    d_h = random(trace.h.shape, 3)
    gradients = stacked_lstm_backward(d_h, trace, D_H_LAST[:1], D_C_LAST[:1])
    expected = lstm_backward(d_h, other, D_H_LAST[0], D_C_LAST[0])
    np.testing.assert_array_equal(gradients.x, expected.x)
    for name in ARGUMENTS[1:]:
        np.testing.assert_array_equal(getattr(gradients, name)[0], getattr(expected, name))


@given(
    st.lists(st.integers(1, 3), min_size=1, max_size=3),
    st.lists(st.integers(0, 3), max_size=3),
    st.integers(0, 3),
    st.booleans(),
    seeds,
)
def test_gradients_by_complex_step(widths, lengths, T, reverse, seed):
    B, lengths = len(lengths), np.minimum(np.array(lengths, int), T)
    options = {"lengths": lengths, "reverse": reverse, "forget_bias": 1.0}
    parameters = stack(widths, 2, seed)
    point = {"x": random((B, T, 2), seed + 1)}
    for n, layer in enumerate(parameters):
        point |= {f"W{n}": layer.W, f"b{n}": layer.b}
    for k, name in enumerate(("h0", "c0")):
        point |= {f"{name}{n}": s for n, s in enumerate(states(seed + 100 * (k + 1), widths, B))}
    d_h, d_h_last, d_c_last = random((B, T, widths[-1])), states(3, widths, B), states(4, widths, B)

    def forward(**v):
        layers = range(len(widths))
        parameters = [LSTMParameters(v[f"W{n}"], v[f"b{n}"]) for n in layers]
        return stacked_lstm(v["x"], parameters, [v[f"h0{n}"] for n in layers], [v[f"c0{n}"] for n in layers], **options)

    def loss_by(name):
        def loss(value):
            trace = forward(**{**point, name: value})
            total = (d_h * trace.h).sum()
            for d, state in zip([*d_h_last, *d_c_last], [*trace.h_last, *trace.c_last]):
                total = total + (d * state).sum()
            return total

        return loss

    gradients = arrays_of(stacked_lstm_backward(d_h, forward(**point), d_h_last, d_c_last))
    for name, value in point.items():
        assert_gradient(gradients[name], loss_by(name), value)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("subject", [name for name in SUBJECTS if name.startswith("stacked_lstm")])
def test_gradients_exactly_and_by_jax(subject):
    names = ["d_h_below", *(f"d_{name}" for name in SUBJECTS[subject].shapes)]
    equations = {name: f"eq:{name}" for name in names}
    prove(stacked_lstm_backward, equations, np.random.default_rng(1), subject=subject, oracles=["exact", "JAX"])


@pytest.mark.parametrize(
    "line, instead",
    [
        ("d_h_below = d_x_above", "d_h_below = 0 * d_x_above"),
        ("lstm_backward(d_h_below, trace.layers[n], d_h_last[n]", "lstm_backward(d_h_below, trace.layers[n], None"),
        ("lstm_backward(d_h, trace.layers[top]", "lstm_backward(-d_h, trace.layers[top]"),
    ],
)
def test_a_wrong_line_is_noticed(line, instead):
    with pytest.raises(CheckFailed):
        prove(edited(stacked_lstm_backward, line, instead), {"d_W_1": "eq:d-w-1"}, np.random.default_rng(1))


def test_padded_steps_count_for_exactly_nothing():
    padded = np.arange(T) >= LENGTHS[:, None]
    x, d_h = X.copy(), D_H.copy()
    x[padded], d_h[padded] = 1e6, -1e6
    for reverse in (False, True):
        trace, other = (stacked_lstm(v, PARAMETERS, H0, C0, lengths=LENGTHS, reverse=reverse) for v in (X, x))
        for mine, filled in zip(trace.layers, other.layers):
            assert not mine.h[padded].any() and not mine.c[padded].any()
            for name in ("h", "c", "h_last", "c_last"):
                np.testing.assert_array_equal(getattr(mine, name), getattr(filled, name))
        gradients = stacked_lstm_backward(D_H, trace, D_H_LAST, D_C_LAST)
        filled = stacked_lstm_backward(d_h, other, D_H_LAST, D_C_LAST)
        assert not gradients.x[padded].any()
        for layer in gradients.layers:
            assert not layer.d_a_f[padded].any() and not layer.d_h[padded].any() and not layer.x[padded].any()
        for name, array in arrays_of(gradients).items():
            np.testing.assert_array_equal(arrays_of(filled)[name], array)


def test_a_row_of_no_steps_hands_its_states_on():
    trace = stacked_lstm(X, PARAMETERS, H0, C0, lengths=LENGTHS)
    gradients = stacked_lstm_backward(D_H, trace, D_H_LAST, D_C_LAST)
    for n in range(len(WIDTHS)):
        np.testing.assert_array_equal(trace.h_last[n][1], H0[n][1])
        np.testing.assert_array_equal(trace.c_last[n][1], C0[n][1])
        np.testing.assert_array_equal(gradients.h0[n][1], D_H_LAST[n][1])
        np.testing.assert_array_equal(gradients.c0[n][1], D_C_LAST[n][1])


@given(st.integers(0, T), st.booleans(), seeds)
def test_a_padded_row_equals_that_row_alone_cut_to_its_length(L, reverse, seed):
    x, row = random((B, T, D), seed), slice(1, 2)
    trace = stacked_lstm(x, PARAMETERS, H0, C0, lengths=[T, L, 1], reverse=reverse)
    alone = stacked_lstm(x[row, :L], PARAMETERS, [h[row] for h in H0], [c[row] for c in C0], reverse=reverse)
    np.testing.assert_allclose(trace.h[row, :L], alone.h, rtol=0, atol=1e-15)
    for mine, expected in zip([*trace.h_last, *trace.c_last], [*alone.h_last, *alone.c_last]):
        np.testing.assert_allclose(mine[row], expected, rtol=0, atol=1e-15)


def test_the_loss_at_every_step_is_injected_at_its_own_step():
    rng = np.random.default_rng(5)
    W_y, b_y, labels = rng.normal(size=(WIDTHS[-1], 6)), rng.normal(size=6), rng.integers(0, 6, (B, T))
    mask = np.arange(T) < LENGTHS[:, None]

    def loss(W, layer=0):
        parameters = [LSTMParameters(W, p.b) if n == layer else p for n, p in enumerate(PARAMETERS)]
        trace = stacked_lstm(X, parameters, H0, C0, lengths=LENGTHS)
        return cross_entropy(dense(trace.h, W_y, b_y), labels, mask).sum()

    trace = stacked_lstm(X, PARAMETERS, H0, C0, lengths=LENGTHS)
    d_logits = cross_entropy_backward(dense(trace.h, W_y, b_y), labels, mask)
    gradients = stacked_lstm_backward(dense_backward(d_logits, trace.h, W_y).x, trace)
    for n, layer in enumerate(PARAMETERS):
        assert_gradient(gradients.W[n], lambda W, n=n: loss(W, n), layer.W)


def test_what_is_left_out_is_zero():
    trace = stacked_lstm(X, PARAMETERS)
    zeros = [0 * h for h in H0]
    np.testing.assert_array_equal(trace.h, stacked_lstm(X, PARAMETERS, zeros, zeros).h)
    np.testing.assert_array_equal(
        stacked_lstm(X, PARAMETERS, [None, H0[1], None]).h, stacked_lstm(X, PARAMETERS, [zeros[0], H0[1], zeros[2]]).h
    )
    given = stacked_lstm_backward(0 * D_H, trace, [zeros[0], D_H_LAST[1], zeros[2]], zeros)
    left_out = stacked_lstm_backward(None, trace, [None, D_H_LAST[1], None])
    for name, array in arrays_of(given).items():
        np.testing.assert_array_equal(arrays_of(left_out)[name], array)
    # What enters at the middle layer reaches it and the one below, not the one above.
    assert left_out.W[0].any() and left_out.W[1].any() and not left_out.W[2].any()


def test_a_forget_bias_for_each_layer():
    trace = stacked_lstm(X, PARAMETERS, forget_bias=[1.0, 0.0, 2.0])
    same = stacked_lstm(X, PARAMETERS, forget_bias=1.0)
    np.testing.assert_array_equal(trace.layers[0].h, same.layers[0].h)
    layer = trace.layers[2]
    np.testing.assert_array_equal(layer.h, lstm(layer.x, PARAMETERS[2], forget_bias=2.0).h)


@pytest.mark.parametrize("B, T", [(2, 0), (0, 3), (0, 0)])
def test_no_steps_and_no_rows(B, T):
    trace = stacked_lstm(np.ones((B, T, D)), PARAMETERS)
    assert trace.h.shape == (B, T, WIDTHS[-1]) and [h.shape for h in trace.h_last] == [(B, H) for H in WIDTHS]
    gradients = stacked_lstm_backward(trace.h, trace)
    assert gradients.x.shape == (B, T, D) and not any(W.any() for W in gradients.W)


@pytest.mark.parametrize("dtype", FLOAT_TYPES)
def test_dtype_is_kept(dtype):
    trace = stacked_lstm(X.astype(dtype), stack(dtype=dtype), lengths=LENGTHS, forget_bias=1.0)
    gradients = stacked_lstm_backward(D_H.astype(dtype), trace)
    found = {a.dtype for a in [*arrays_in(trace), *arrays_in(gradients)] if a.dtype != bool}
    assert found == {np.dtype(dtype)}


def test_pure():
    states = [*H0, *C0]
    assert_pure(lambda x, *s: stacked_lstm(x, PARAMETERS, s[:3], s[3:]), X, *states)
    trace = stacked_lstm(X, PARAMETERS)
    assert_pure(lambda d_h, *s: stacked_lstm_backward(d_h, trace, s[:3], s[3:]), D_H, *D_H_LAST, *D_C_LAST)


def running_example(tokens, parameters):
    number = RECORD["vocabulary"]
    x = one_hot([[number[word] for word in tokens]], 10)
    trace = stacked_lstm(x, parameters["cells"], forget_bias=RECORD["forget_bias"])
    return trace, dense(trace.h_last[-1], parameters["output"]["W"], parameters["output"]["b"])


def recorded(values):
    return {
        "cells": [LSTMParameters(values[f"forward.{n}.W"], values[f"forward.{n}.b"]) for n in (0, 1)],
        "output": {"W": np.array(values["output.W"]), "b": np.array(values["output.b"])},
    }


def test_the_published_numbers():
    trace, _ = running_example(["the", "mice", "had"], recorded(RECORD["initial"]))
    # As TensorFlow printed them, every component alike.
    np.testing.assert_allclose(
        trace.layers[0].h[0], np.repeat([[0.05943684], [0.11519006], [0.1671413]], 5, 1), atol=5e-8
    )
    np.testing.assert_allclose(trace.h[0], np.repeat([[0.0365], [0.0795], [0.1286]], 5, 1), atol=5e-5)
    np.testing.assert_allclose(trace.c[0], np.repeat([[0.0687], [0.1471], [0.2357]], 5, 1), atol=5e-5)


def test_the_recorded_run_of_200_steps():
    parameters, about = recorded(RECORD["initial"]), {"rtol": 0, "atol": 1e-12}
    for k, step in enumerate(RECORD["steps"]):
        target = [RECORD["vocabulary"][step["target"]]]
        trace, logits = running_example(step["tokens"], parameters)
        assert abs(cross_entropy(logits, target)[0] - step["loss"]) <= 1e-12
        output = dense_backward(cross_entropy_backward(logits, target), trace.h_last[-1], parameters["output"]["W"])
        cells = stacked_lstm_backward(None, trace, [None, output.x])
        if k == 0:
            first = RECORD["first_step"]["gradients"]
            for n in (0, 1):
                np.testing.assert_allclose(cells.W[n], first[f"forward.{n}.W"], **about)
                np.testing.assert_allclose(cells.b[n], first[f"forward.{n}.b"], **about)
        gradients = {"cells": cells.layers, "output": {"W": output.W, "b": output.b}}
        parameters = gradient_descent(parameters, gradients, RECORD["learning_rate"])
    final = recorded(RECORD["final"])
    for mine, expected in zip(parameters["cells"], final["cells"]):
        np.testing.assert_allclose(mine.W, expected.W, **about)
        np.testing.assert_allclose(mine.b, expected.b, **about)
    np.testing.assert_allclose(parameters["output"]["W"], final["output"]["W"], **about)


def test_the_messages_name_the_layer():
    with pytest.raises(ValueError, match=r"^parameters\[1\]: expected .* D = 4, got D = 3$"):
        stacked_lstm(X, [PARAMETERS[0], PARAMETERS[2]])
    with pytest.raises(ValueError, match=r"^h0\[2\]: expected \(B, H\) with B = 3, H = 5, got \(3, 4\)$"):
        stacked_lstm(X, PARAMETERS, [None, None, H0[0]])
    with pytest.raises(ValueError, match=r"^d_c_last: expected 3 entries, one a layer, got 2$"):
        stacked_lstm_backward(D_H, stacked_lstm(X, PARAMETERS), None, D_C_LAST[:2])


def bad_states(shape):
    wrong = [(value, TypeError) for value in (random((3, *shape), 0), "text", 1.0, {}, np.ones(shape))]
    wrong += [(H0[:2], ValueError), ([*H0, None], ValueError), ([], ValueError)]
    return wrong + [
        ([value, None, None], error)
        for value, error in [*not_numbers(shape, none=False), *not_finite(shape), *misshapen(shape)]
    ]


TRACE = stacked_lstm(X, PARAMETERS)
test_stacked_lstm_refuses = refused(
    stacked_lstm,
    {"x": X, "parameters": PARAMETERS, "h0": H0, "c0": C0, "forget_bias": 1.0, "lengths": LENGTHS, "reverse": False},
    {
        "x": [*not_numbers((B, T, D)), *not_finite((B, T, D)), *misshapen((B, T, D))[2:]],
        "parameters": [
            (None, TypeError),
            (PARAMETERS[0], TypeError),
            ([], ValueError),
            ([PARAMETERS[0], None], TypeError),
            (PARAMETERS[::-1], ValueError),
            ([PARAMETERS[0], PARAMETERS[0]], ValueError),
        ],
        "h0": bad_states((B, WIDTHS[0])),
        "c0": bad_states((B, WIDTHS[0])),
        "forget_bias": [
            *NOT_A_REAL_NUMBER,
            ([1.0], ValueError),
            ([1.0, 1.0, "a"], TypeError),
            ([1.0, np.nan, 1.0], ValueError),
        ],
        "lengths": [
            *not_integers((B,), none=False),
            *out_of_range((B,), -1, T + 1),
            ([1, 2], ValueError),
        ],
        "reverse": NOT_A_FLAG,
    },
)
test_stacked_lstm_backward_refuses = refused(
    stacked_lstm_backward,
    {"d_h": D_H, "trace": TRACE, "d_h_last": D_H_LAST, "d_c_last": D_C_LAST},
    {
        "d_h": not_numbers(D_H.shape, none=False) + not_finite(D_H.shape) + misshapen(D_H.shape),
        "trace": [(None, TypeError), (X, TypeError), (TRACE.layers[0], TypeError)],
        "d_h_last": bad_states((B, WIDTHS[0])),
        "d_c_last": bad_states((B, WIDTHS[0])),
    },
)


@settings(max_examples=3)
@given(seeds)
def test_it_is_the_same_however_the_stack_is_cut(seed):
    x = random((B, T, D), seed)
    whole = stacked_lstm(x, PARAMETERS, lengths=LENGTHS)
    low = stacked_lstm(x, PARAMETERS[:2], lengths=LENGTHS)
    high = stacked_lstm(low.h, PARAMETERS[2:], lengths=LENGTHS)
    np.testing.assert_array_equal(whole.h, high.h)
    back = stacked_lstm_backward(D_H, high)
    np.testing.assert_array_equal(stacked_lstm_backward(D_H, whole).x, stacked_lstm_backward(back.x, low).x)
