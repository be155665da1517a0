import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from proveq import CheckFailed, edited
from support import (
    FLOAT_TYPES,
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
    sizes,
)

from lstmderiv import (
    LSTMParameters,
    LSTMTrace,
    StackedLSTMTrace,
    bidirectional_lstm,
    bidirectional_lstm_backward,
    cross_entropy,
    cross_entropy_backward,
    dense,
    dense_backward,
    lstm,
    lstm_backward,
    lstm_cell,
    one_hot,
    stacked_lstm,
    stacked_lstm_backward,
)
from lstmderiv.running_example import initial_parameters, windows
from lstmderiv.verify import SUBJECTS, prove
from lstmderiv.verify.subjects.bidirectional import bidirectional_subject

B, T, D, H_F, H_B = 3, 4, 2, 3, 5
LENGTHS = np.array([4, 0, 2])
FORWARD, BACKWARD = random_parameters(D, H_F, 1), random_parameters(D, H_B, 3)
STACK_F, STACK_B = [FORWARD, random_parameters(H_F, 2, 5)], [BACKWARD, random_parameters(H_B, 4, 7)]
X, D_H = random((B, T, D), 1), random((B, T, H_F + H_B), 2)
H0, C0 = ((random((B, H_F), k), random((B, H_B), k + 1)) for k in (10, 20))
D_H_LAST, D_C_LAST = random((B, H_F + H_B), 30), random((B, H_F + H_B), 31)


def test_the_backward_direction_by_hand():
    lengths, outputs = LENGTHS, np.zeros((B, T, H_B))
    last = np.zeros((2, B, H_B))
    for row, length in enumerate(lengths):
        h, c = H0[1][row : row + 1], C0[1][row : row + 1]
        for t in reversed(range(length)):
            step = lstm_cell(X[row : row + 1, t], h, c, BACKWARD, forget_bias=1.0)
            h, c = step.h, step.c
            outputs[row, t] = h[0]
        last[:, row] = h[0], c[0]
    trace = bidirectional_lstm(X, FORWARD, BACKWARD, H0, C0, forget_bias=1.0, lengths=lengths)
    np.testing.assert_allclose(trace.h[..., H_F:], outputs, rtol=0, atol=1e-15)
    np.testing.assert_allclose(trace.h_last[:, H_F:], last[0], rtol=0, atol=1e-15)
    np.testing.assert_allclose(trace.c_last[:, H_F:], last[1], rtol=0, atol=1e-15)


@pytest.mark.parametrize("lengths", [None, LENGTHS])
def test_it_is_two_lstms_side_by_side(lengths):
    trace = bidirectional_lstm(X, FORWARD, BACKWARD, H0, C0, forget_bias=1.0, lengths=lengths)
    options = {"forget_bias": 1.0, "lengths": lengths}
    one, two = lstm(X, FORWARD, H0[0], C0[0], **options), lstm(X, BACKWARD, H0[1], C0[1], **options, reverse=True)
    np.testing.assert_array_equal(trace.h, np.concatenate([one.h, two.h], axis=-1))
    for name in ("h_last", "c_last"):
        np.testing.assert_array_equal(getattr(trace, name), np.hstack([getattr(one, name), getattr(two, name)]))
    gradients = bidirectional_lstm_backward(D_H, trace, D_H_LAST, D_C_LAST)
    sides = [
        lstm_backward(D_H[..., part], side, D_H_LAST[:, part], D_C_LAST[:, part])
        for part, side in ((slice(H_F), one), (slice(H_F, None), two))
    ]
    np.testing.assert_array_equal(gradients.x, sides[0].x + sides[1].x)
    for mine, side in zip((gradients.forward, gradients.backward), sides):
        for name in ("W", "b", "h0", "c0", "x", "d_a_f", "d_h"):
            np.testing.assert_array_equal(getattr(mine, name), getattr(side, name))
    for k, side in enumerate(sides):
        np.testing.assert_array_equal(gradients.h0[k], side.h0)
        np.testing.assert_array_equal(gradients.c0[k], side.c0)


def test_a_stack_in_each_direction():
    h0 = ([H0[0], None], [None, random((B, 4), 8)])
    trace = bidirectional_lstm(X, STACK_F, STACK_B, h0, forget_bias=([1.0, 0.0], 2.0), lengths=LENGTHS)
    one = stacked_lstm(X, STACK_F, h0[0], forget_bias=[1.0, 0.0], lengths=LENGTHS)
    two = stacked_lstm(X, STACK_B, h0[1], forget_bias=2.0, lengths=LENGTHS, reverse=True)
    np.testing.assert_array_equal(trace.h, np.concatenate([one.h, two.h], axis=-1))
    np.testing.assert_array_equal(trace.h_last, np.hstack([one.h_last[-1], two.h_last[-1]]))
    d_h, d_last = random(trace.h.shape, 1), random(trace.h_last.shape, 2)
    gradients = bidirectional_lstm_backward(d_h, trace, d_last)
    expected = stacked_lstm_backward(d_h[..., 2:], two, [None, d_last[:, 2:]])
    for n in range(2):
        np.testing.assert_array_equal(gradients.backward.W[n], expected.W[n])
        np.testing.assert_array_equal(gradients.h0[1][n], expected.h0[n])
    # A pair reaches the lower layers, too.
    low = random((B, H_B), 3)
    by_pair = bidirectional_lstm_backward(d_h, trace, (None, [low, d_last[:, 2:]]))
    expected = stacked_lstm_backward(d_h[..., 2:], two, [low, d_last[:, 2:]])
    np.testing.assert_array_equal(by_pair.backward.W[0], expected.W[0])


def test_one_layer_and_a_stack_may_be_mixed():
    trace = bidirectional_lstm(X, FORWARD, STACK_B)
    assert isinstance(trace.forward, LSTMTrace) and isinstance(trace.backward, StackedLSTMTrace)
    assert trace.h.shape == (B, T, H_F + 4) and trace.h_last.shape == (B, H_F + 4)
    gradients = bidirectional_lstm_backward(trace.h, trace, trace.h_last, trace.c_last)
    expected = lstm_backward(trace.h[..., :H_F], trace.forward, trace.h_last[:, :H_F], trace.c_last[:, :H_F])
    np.testing.assert_array_equal(gradients.forward.W, expected.W)


@given(st.lists(st.integers(0, 3), max_size=3), st.integers(0, 3), sizes, sizes, st.booleans(), seeds)
def test_gradients_by_complex_step(lengths, T, H_f, H_b, padded, seed):
    B = len(lengths)
    lengths = np.minimum(np.array(lengths, int), T) if padded else None
    shapes = {"x": (B, T, 2)}
    for k, H in enumerate((H_f, H_b)):
        shapes |= {f"W{k}": (4 * H, 2 + H), f"b{k}": (4 * H,), f"h0{k}": (B, H), f"c0{k}": (B, H)}
    point = {name: random(shape, seed + k) for k, (name, shape) in enumerate(shapes.items())}
    d_h, d_h_last, d_c_last = (random(s, k) for k, s in enumerate([(B, T, H_f + H_b), *[(B, H_f + H_b)] * 2]))

    def forward(**v):
        parameters = [LSTMParameters(v[f"W{k}"], v[f"b{k}"]) for k in (0, 1)]
        return bidirectional_lstm(v["x"], *parameters, (v["h00"], v["h01"]), (v["c00"], v["c01"]), lengths=lengths)

    def loss_by(name):
        def loss(value):
            trace = forward(**{**point, name: value})
            return (d_h * trace.h).sum() + (d_h_last * trace.h_last).sum() + (d_c_last * trace.c_last).sum()

        return loss

    gradients = bidirectional_lstm_backward(d_h, forward(**point), d_h_last, d_c_last)
    sides = gradients.forward, gradients.backward
    named = {"x": gradients.x}
    named |= {f"{name}{k}": getattr(side, name) for k, side in enumerate(sides) for name in ("W", "b", "h0", "c0")}
    for name, value in point.items():
        assert_gradient(named[name], loss_by(name), value)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("subject", [name for name in SUBJECTS if name.startswith("bidirectional")])
def test_gradients_exactly_and_by_jax(subject):
    names = ["d_h_forward", "d_h_backward", *(f"d_{name}" for name in SUBJECTS[subject].shapes)]
    equations, rng = {name: f"eq:{name}" for name in names}, np.random.default_rng(1)
    prove(bidirectional_lstm_backward, equations, rng, subject=subject, oracles=["exact", "JAX"])


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "line, instead, name",
    [
        ("d_x = d_x_forward + d_x_backward", "d_x = d_x_forward - d_x_backward", "d_x"),
        ("d_h_backward = d_h[..., H:]", "d_h_backward = d_h[:, ::-1, H:]", "d_W_backward_1"),
        ("d_h_forward = d_h[..., :H]", "d_h_forward = d_h[..., -H:]", "d_b_forward_1"),
    ],
)
def test_a_wrong_line_is_noticed(line, instead, name):
    # As many units in either direction: no shape objects.
    subject = bidirectional_subject([3], [3], {})
    prove(bidirectional_lstm_backward, {name: "eq:it"}, np.random.default_rng(1), subject=subject)
    with pytest.raises(CheckFailed):
        prove(
            edited(bidirectional_lstm_backward, line, instead),
            {name: "eq:it"},
            np.random.default_rng(1),
            subject=subject,
        )


def test_the_published_outputs():
    ids, _ = windows()
    cell = initial_parameters()["lstm"]
    trace = bidirectional_lstm(one_hot(ids[2:3], 10), cell, cell, forget_bias=1.0)
    printed = [0.05943684, 0.11519006, 0.1671413]
    expected = np.repeat(np.transpose([printed, printed[::-1]]), 5, axis=1)
    np.testing.assert_allclose(trace.h[0], expected, rtol=0, atol=5e-8)
    np.testing.assert_allclose(trace.h[0, -1], [0.1671413] * 5 + [0.05943684] * 5, rtol=0, atol=5e-8)
    # The last state of the backward direction is where that direction ends: at the first step.
    np.testing.assert_array_equal(trace.h_last[:, 5:], trace.h[:, 0, 5:])


def test_the_prediction_of_the_series():
    ids, targets = windows()
    weights = initial_parameters()
    W_y, b_y = np.tile(weights["output"]["W"], (2, 1)), weights["output"]["b"]

    def loss(read, W):
        trace = bidirectional_lstm(
            one_hot(ids[2:3], 10), weights["lstm"], LSTMParameters(W, weights["lstm"].b), forget_bias=1.0
        )
        return cross_entropy(dense(read(trace), W_y, b_y), targets[2:3])[0]

    W = weights["lstm"].W
    assert f"{loss(lambda trace: trace.h[:, -1], W):.5f}" == "1.57735"
    # The program on a current Python: the backward outputs in the order of their run.
    assert f"{loss(lambda trace: trace.h_last, W):.5f}" == "1.48643"


def test_every_step_loss_and_padding():
    rng = np.random.default_rng(3)
    W_y, b_y, labels = rng.normal(size=(H_F + H_B, 4)), rng.normal(size=4), rng.integers(0, 4, (B, T))
    mask = np.arange(T) < LENGTHS[:, None]

    def loss(x):
        trace = bidirectional_lstm(x, FORWARD, BACKWARD, lengths=LENGTHS)
        return cross_entropy(dense(trace.h, W_y, b_y), labels, mask).sum()

    trace = bidirectional_lstm(X, FORWARD, BACKWARD, lengths=LENGTHS)
    assert not trace.h[~mask].any()
    d_logits = cross_entropy_backward(dense(trace.h, W_y, b_y), labels, mask)
    gradients = bidirectional_lstm_backward(dense_backward(d_logits, trace.h, W_y).x, trace)
    assert_gradient(gradients.x, loss, X)
    assert not gradients.x[~mask].any()
    # What stands in the padding changes nothing.
    x = np.where(mask[..., None], X, 1e6)
    np.testing.assert_array_equal(bidirectional_lstm(x, FORWARD, BACKWARD, lengths=LENGTHS).h, trace.h)
    d_h = np.where(mask[..., None], D_H, -1e6)
    for got, expected in zip(
        arrays_in(bidirectional_lstm_backward(d_h, trace)), arrays_in(bidirectional_lstm_backward(D_H, trace))
    ):
        np.testing.assert_array_equal(got, expected)


@given(st.integers(0, T), seeds)
def test_a_padded_row_equals_that_row_alone_cut_to_its_length(L, seed):
    x, row = random((B, T, D), seed), slice(1, 2)
    trace = bidirectional_lstm(x, FORWARD, BACKWARD, H0, C0, lengths=[T, L, 1])
    h0, c0 = ([state[row] for state in pair] for pair in (H0, C0))
    alone = bidirectional_lstm(x[row, :L], FORWARD, BACKWARD, h0, c0)
    np.testing.assert_allclose(trace.h[row, :L], alone.h, rtol=0, atol=1e-15)
    np.testing.assert_allclose(trace.h_last[row], alone.h_last, rtol=0, atol=1e-15)


def test_what_is_left_out_is_zero():
    trace = bidirectional_lstm(X, FORWARD, BACKWARD)
    zeros = [np.zeros((B, H)) for H in (H_F, H_B)]
    np.testing.assert_array_equal(trace.h, bidirectional_lstm(X, FORWARD, BACKWARD, zeros, (None, zeros[1])).h)
    given, left_out = (bidirectional_lstm_backward(d, trace, D_H_LAST) for d in (0 * D_H, None))
    np.testing.assert_array_equal(given.x, left_out.x)


@pytest.mark.parametrize("B, T", [(2, 0), (0, 3), (0, 0)])
def test_no_steps_and_no_rows(B, T):
    trace = bidirectional_lstm(np.ones((B, T, D)), FORWARD, BACKWARD)
    assert trace.h.shape == (B, T, H_F + H_B) and trace.h_last.shape == (B, H_F + H_B)
    gradients = bidirectional_lstm_backward(trace.h, trace)
    assert gradients.x.shape == (B, T, D) and not gradients.forward.W.any()


@pytest.mark.parametrize("dtype", FLOAT_TYPES)
def test_dtype_is_kept(dtype):
    parameters = random_parameters(D, 2, 1, dtype), random_parameters(D, 3, 3, dtype)
    trace = bidirectional_lstm(X.astype(dtype), *parameters, forget_bias=1.0, lengths=LENGTHS)
    gradients = bidirectional_lstm_backward(None, trace, random((B, 5), 1, dtype))
    found = {a.dtype for a in [*arrays_in(trace), *arrays_in(gradients)] if a.dtype != bool}
    assert found == {np.dtype(dtype)}


def test_pure():
    assert_pure(lambda x, *s: bidirectional_lstm(x, FORWARD, BACKWARD, s[:2], s[2:]), X, *H0, *C0)
    trace = bidirectional_lstm(X, FORWARD, BACKWARD)
    assert_pure(lambda *d: bidirectional_lstm_backward(d[0], trace, *d[1:]), D_H, D_H_LAST, D_C_LAST)


def test_the_messages_name_direction_and_layer():
    with pytest.raises(ValueError, match=r"^h0\[1\]: expected \(B, H\) with B = 3, H = 5, got \(3, 3\)$"):
        bidirectional_lstm(X, FORWARD, BACKWARD, (None, H0[0]))
    with pytest.raises(ValueError, match=r"^c0\[0\]\[1\]: expected \(B, H\) with B = 3, H = 2, got \(3, 3\)$"):
        bidirectional_lstm(X, STACK_F, STACK_B, None, ([None, H0[0]], None))
    with pytest.raises(ValueError, match=r"^backward_parameters\[1\]: expected the input size to be"):
        bidirectional_lstm(X, STACK_F, [BACKWARD, STACK_F[1]])
    trace = bidirectional_lstm(X, FORWARD, BACKWARD)
    with pytest.raises(ValueError, match=r"^d_h: expected \(B, T, H_f \+ H_b\) with B = 3, T = 4, H_f \+ H_b = 8"):
        bidirectional_lstm_backward(D_H[..., 1:], trace)


def bad_pairs(widths):
    wrong = [(value, TypeError) for value in ("text", 1.0, {}, np.ones((2, B, H_F)))]
    wrong += [([None], ValueError), ([None] * 3, ValueError)]
    for k, H in enumerate(widths):
        for value, error in [*not_numbers((B, H), none=False), *misshapen((B, H)), *not_finite((B, H))]:
            wrong.append(([value, None] if k == 0 else [None, value], error))
    return wrong


BAD_PARAMETERS = [(None, TypeError), (FORWARD.W, TypeError), ([], ValueError), ([None], TypeError)]
LAST = (B, H_F + H_B)
TRACE = bidirectional_lstm(X, FORWARD, BACKWARD)
test_bidirectional_lstm_refuses = refused(
    bidirectional_lstm,
    {
        "x": X,
        "forward_parameters": FORWARD,
        "backward_parameters": BACKWARD,
        "h0": H0,
        "c0": C0,
        "forget_bias": 1.0,
        "lengths": LENGTHS,
    },
    {
        "x": [*not_numbers((B, T, D)), *not_finite((B, T, D)), *misshapen((B, T, D))[2:]],
        "forward_parameters": BAD_PARAMETERS,
        "backward_parameters": [*BAD_PARAMETERS, (random_parameters(D + 1, H_B), ValueError)],
        "h0": bad_pairs((H_F, H_B)),
        "c0": bad_pairs((H_F, H_B)),
        "forget_bias": [
            *NOT_A_REAL_NUMBER,
            ([1.0], ValueError),
            ([1.0, None], TypeError),
        ],
        "lengths": [
            *not_integers((B,), none=False),
            *out_of_range((B,), -1, T + 1),
            ([1, 2], ValueError),
        ],
    },
)
test_bidirectional_lstm_backward_refuses = refused(
    bidirectional_lstm_backward,
    {"d_h": D_H, "trace": TRACE, "d_h_last": D_H_LAST, "d_c_last": D_C_LAST},
    {
        "d_h": not_numbers(D_H.shape, none=False) + not_finite(D_H.shape) + misshapen(D_H.shape),
        "trace": [(None, TypeError), (X, TypeError), (TRACE.forward, TypeError)],
        "d_h_last": [
            *not_numbers(LAST, none=False),
            *not_finite(LAST),
            *misshapen(LAST),
            ((None,), ValueError),
            ((np.ones((B, H_B)), None), ValueError),
        ],
        "d_c_last": not_numbers(LAST, none=False) + misshapen(LAST),
    },
)
