import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from proveq import edited, must_fail
from support import (
    FLOAT_TYPES,
    NOT_A_REAL_NUMBER,
    assert_gradient,
    assert_pure,
    misshapen,
    not_finite,
    not_numbers,
    random,
    refused,
    seeds,
    sizes,
)

from lstmderiv import (
    LayerNormLSTMCellTrace,
    LayerNormLSTMParameters,
    gradient_descent,
    layer_norm,
    layer_norm_backward,
    layer_norm_lstm_cell,
    layer_norm_lstm_cell_backward,
    sigmoid,
)
from lstmderiv.layer_norm_lstm_cell import layer_norm_lstm_cell_step_backward
from lstmderiv.verify import prove

B, D, H = 2, 3, 4
GATES, PLACES = "figo", "figoc"


def parameters_of(D, H, seed=0, dtype=np.float64):
    shapes = (4 * H, D + H), (5, H), (5, H)
    return LayerNormLSTMParameters(*(random(shape, seed + k, dtype) for k, shape in enumerate(shapes)))


PARAMETERS = parameters_of(D, H)
X, H_PREV, C_PREV = random((B, D), 2), random((B, H), 3), random((B, H), 4)
D_H, D_C = random((B, H), 5), random((B, H), 6)
TRACE = layer_norm_lstm_cell(X, H_PREV, C_PREV, PARAMETERS, forget_bias=1.0)
EQUATIONS = (
    ["d_o", "d_tanh_c", "d_c", "d_f", "d_i", "d_g", "d_c_prev", "d_z", "d_x", "d_h_prev", "d_W", "d_gain"]
    + ["d_shift", *(f"d_{kind}_{gate}" for kind in ("a", "W") for gate in GATES)]
    + [f"d_{kind}_{place}" for kind in ("n", "s", "gain", "shift") for place in PLACES]
)


def arrays(container):
    return list(vars(container).values())


def test_forward_is_the_plain_cell_with_layer_norm_at_five_places():
    s = dict(zip(GATES, np.split(np.hstack([X, H_PREV]) @ PARAMETERS.W.T, 4, axis=1)))
    for k, gate in enumerate(GATES):
        np.testing.assert_allclose(getattr(TRACE, f"s_{gate}"), s[gate], rtol=1e-14)
        norm = layer_norm(getattr(TRACE, f"s_{gate}"), PARAMETERS.gain[k], PARAMETERS.shift[k])
        np.testing.assert_array_equal(getattr(TRACE, f"n_{gate}"), norm.normalised)
        np.testing.assert_array_equal(getattr(TRACE, f"root_{gate}"), norm.root)
        np.testing.assert_array_equal(getattr(TRACE, f"a_{gate}"), norm.y + (gate == "f"))
        value = (np.tanh if gate == "g" else sigmoid)(getattr(TRACE, f"a_{gate}"))
        np.testing.assert_array_equal(getattr(TRACE, gate), value)
    np.testing.assert_array_equal(TRACE.s_c, TRACE.f * C_PREV + TRACE.i * TRACE.g)
    norm = layer_norm(TRACE.s_c, PARAMETERS.gain_c, PARAMETERS.shift_c)
    np.testing.assert_array_equal(TRACE.c, norm.y)  # what is handed on is normalised
    np.testing.assert_array_equal(TRACE.h, TRACE.o * np.tanh(TRACE.c))


def test_backward_is_layer_norm_backward_at_five_places():
    gradients = layer_norm_lstm_cell_backward(D_H, D_C, TRACE, PARAMETERS)
    for k, place in enumerate(PLACES):
        norm = layer_norm(getattr(TRACE, f"s_{place}"), PARAMETERS.gain[k], PARAMETERS.shift[k])
        upstream = gradients.d_c if place == "c" else getattr(gradients, f"d_a_{place}")
        expected = layer_norm_backward(upstream, norm)
        np.testing.assert_allclose(getattr(gradients, f"d_s_{place}"), expected.x, rtol=1e-10, atol=1e-14)
        np.testing.assert_allclose(gradients.gain[k], expected.gain, rtol=1e-13)
        np.testing.assert_allclose(gradients.shift[k], expected.shift, rtol=1e-13)


def test_tensorflows_own_numbers():
    # tensorflow/contrib/rnn/python/kernel_tests/rnn_cell_test.py, LayerNormBasicLSTMCellTest: weights of 0.5, gains of
    # 1, shifts of 0, forget bias 1.0; two cells, one on top of the other, and one with three inputs.
    h, c = [-0.38079708, 0.38079708], [-1.0, 1.0]
    below = layer_norm_lstm_cell(
        [[1.0, 1.0]], [[0.2, 0.3]], [[0.0, 0.1]], LayerNormLSTMParameters(np.full((8, 4), 0.5)), forget_bias=1.0
    )
    above = layer_norm_lstm_cell(
        below.h, [[0.6, 0.7]], [[0.4, 0.5]], LayerNormLSTMParameters(np.full((8, 4), 0.5)), forget_bias=1.0
    )
    wider = layer_norm_lstm_cell(
        [[1.0, 1.0, 1.0]], [[0.2, 0.3]], [[0.0, 0.1]], LayerNormLSTMParameters(np.full((8, 5), 0.5)), forget_bias=1.0
    )
    for trace in (below, above, wider):
        np.testing.assert_allclose(trace.h, [h], rtol=0, atol=5.1e-9)
        np.testing.assert_allclose(trace.c, [c], rtol=0, atol=5.1e-9)


def test_every_intermediate_gradient_by_every_oracle():
    evidence = prove(layer_norm_lstm_cell_step_backward, {n: f"eq:{n}" for n in EQUATIONS}, np.random.default_rng(1))
    assert len(evidence.records) == 3 * len(EQUATIONS)


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    "old, new, hit",
    [
        ("(t.d_n_c - row_mean(t.d_n_c) -", "(t.d_n_c -", "d_s_c"),
        (" - t.n_f * row_mean(t.d_n_f * t.n_f)", "", "d_s_f"),
        ("/ t.root_o", "", "d_s_o"),
        ("t.d_c * w.gain_c", "t.d_c", "d_n_c"),
        ("t.d_c_prev = t.d_s_c * t.f", "t.d_c_prev = t.d_c * t.f", "d_c_prev"),
        ("t.d_s_i.T @ t.z", "t.d_a_i.T @ t.z", "d_W_i"),
        ("(t.d_a_g * t.n_g)", "t.d_a_g", "d_gain_g"),
    ],
)
def test_a_wrong_line_is_noticed_by_every_oracle(old, new, hit):
    broken = edited(layer_norm_lstm_cell_step_backward, old, new)
    for oracle in ("exact", "complex step", "JAX"):
        rng = np.random.default_rng(1)
        message = must_fail(lambda o=oracle, r=rng: prove(broken, {hit: f"eq:{hit}"}, r, oracles=[o]))
        assert message.startswith(f"eq:{hit}: {oracle}")


@given(st.integers(0, 3), sizes, sizes, seeds)
def test_gradients_by_complex_step(B, D, H, seed):
    shapes = {"x": (B, D), "h": (B, H), "c": (B, H), "W": (4 * H, D + H), "gain": (5, H), "shift": (5, H)}
    point = {name: random(shape, seed + k) for k, (name, shape) in enumerate(shapes.items())}
    d_h, d_c = random((B, H), seed + 7), random((B, H), seed + 8)

    def run(x, h, c, W, gain, shift):
        # Without an epsilon of some size, rows of one or two entries leave gradients of next to nothing.
        parameters = LayerNormLSTMParameters(W, gain, shift)
        return layer_norm_lstm_cell(x, h, c, parameters, forget_bias=0.5, epsilon=1)

    def loss(name):
        def of(value):
            trace = run(**{**point, name: value})
            return (d_h * trace.h + d_c * trace.c).sum()

        return of

    parameters = LayerNormLSTMParameters(point["W"], point["gain"], point["shift"])
    gradients = layer_norm_lstm_cell_backward(d_h, d_c, run(**point), parameters)
    for name in shapes:
        assert_gradient(getattr(gradients, name), loss(name), point[name], 1e-13)


def test_shift_and_scale_of_the_weights_leave_the_cell_unchanged():
    W = PARAMETERS.W.copy()
    W[:H] *= 5  # of the forget gate: every entry of its sums five times as large
    W[H : 2 * H] += np.arange(D + H)  # of the input gate: the same number added to every entry of its sums
    other = layer_norm_lstm_cell(X, H_PREV, C_PREV, dataclasses.replace(PARAMETERS, W=W), forget_bias=1.0)
    np.testing.assert_allclose(other.h, TRACE.h, rtol=1e-10)
    np.testing.assert_allclose(other.c, TRACE.c, rtol=1e-10)


def test_gradients_have_no_part_along_the_ones():
    gradients = layer_norm_lstm_cell_backward(D_H, D_C, TRACE, PARAMETERS)
    for place in PLACES:
        np.testing.assert_allclose(getattr(gradients, f"d_s_{place}").sum(axis=1), 0, atol=1e-14)
    for block in np.split(gradients.W, 4):
        np.testing.assert_allclose(block.sum(axis=0), 0, atol=1e-13)


def test_without_anything_to_normalise_the_shifts_are_all_there_is():
    parameters = LayerNormLSTMParameters(np.full((4 * H, D + H), 0.5), shift=PARAMETERS.shift)
    trace = layer_norm_lstm_cell(X, H_PREV, np.zeros((B, H)), parameters)
    for k, gate in enumerate(GATES):
        np.testing.assert_allclose(getattr(trace, f"a_{gate}"), np.tile(PARAMETERS.shift[k], (B, 1)), atol=1e-9)


def test_one_unit_is_its_shift():
    trace = layer_norm_lstm_cell([[3.0]], [[1.0]], [[2.0]], parameters_of(1, 1))
    np.testing.assert_array_equal(trace.c, parameters_of(1, 1).shift[4:])
    gradients = layer_norm_lstm_cell_backward([[1.0]], [[1.0]], trace, parameters_of(1, 1))
    assert not gradients.W.any() and not gradients.x.any() and gradients.shift.all(where=[[0], [0], [0], [1], [1]])


@pytest.mark.parametrize("dtype", FLOAT_TYPES)
def test_dtype_is_kept(dtype):
    parameters = parameters_of(D, H, dtype=dtype)
    x, h, c = (array.astype(dtype) for array in (X, H_PREV, C_PREV))
    trace = layer_norm_lstm_cell(x, h, c, parameters, forget_bias=np.float64(1), epsilon=np.float64(0.01))
    assert {array.dtype for array in arrays(trace)} == {np.dtype(dtype)}
    gradients = layer_norm_lstm_cell_backward(h, c, trace, parameters)
    assert {array.dtype for array in arrays(gradients)} == {np.dtype(dtype)}
    default = LayerNormLSTMParameters(parameters.W)
    assert default.gain.dtype == default.shift.dtype == np.dtype(dtype)


def test_no_rows():
    trace = layer_norm_lstm_cell(np.ones((0, D)), np.ones((0, H)), np.ones((0, H)), PARAMETERS)
    gradients = layer_norm_lstm_cell_backward(trace.h, trace.c, trace, PARAMETERS)
    assert trace.h.shape == gradients.h.shape == (0, H)
    assert not gradients.W.any() and not gradients.gain.any()


def test_pure():
    assert_pure(lambda x, h, c: layer_norm_lstm_cell(x, h, c, PARAMETERS), X, H_PREV, C_PREV)
    assert_pure(lambda d_h, d_c: layer_norm_lstm_cell_backward(d_h, d_c, TRACE, PARAMETERS), D_H, D_C)
    assert_pure(lambda *given: arrays(LayerNormLSTMParameters(*given)), *arrays(PARAMETERS))
    assert_pure(
        lambda *tape: layer_norm_lstm_cell_backward(
            D_H, D_C, LayerNormLSTMCellTrace(zip(vars(TRACE), tape)), PARAMETERS
        ),
        *vars(TRACE).values(),
    )


def test_parameters_by_place():
    assert (PARAMETERS.hidden_size, PARAMETERS.input_size) == (H, D)
    for kind, places in (("W", GATES), ("gain", PLACES), ("shift", PLACES)):
        parts = [np.atleast_2d(getattr(PARAMETERS, f"{kind}_{place}")) for place in places]
        np.testing.assert_array_equal(np.concatenate(parts), getattr(PARAMETERS, kind))
    default = LayerNormLSTMParameters(PARAMETERS.W)
    assert (default.gain == 1).all() and (default.shift == 0).all() and default.gain.shape == (5, H)


def test_gradient_descent_changes_all_three():
    gradients = layer_norm_lstm_cell_backward(D_H, D_C, TRACE, PARAMETERS)
    new = gradient_descent(PARAMETERS, gradients, 0.5)
    assert isinstance(new, LayerNormLSTMParameters)
    for name in ("W", "gain", "shift"):
        np.testing.assert_array_equal(getattr(new, name), getattr(PARAMETERS, name) - 0.5 * getattr(gradients, name))


NOT_PARAMETERS = [(PARAMETERS.W, TypeError), (None, TypeError)]


def bad(shape, **kwargs):
    return not_numbers(shape) + not_finite(shape) + misshapen(shape, **kwargs)


def optional(shape):
    return not_numbers(shape, none=False) + not_finite(shape) + misshapen(shape)


test_parameters_refuse = refused(
    LayerNormLSTMParameters,
    {"W": np.ones((8, 5)), "gain": np.ones((5, 2)), "shift": np.ones((5, 2))},
    {
        "W": [
            *not_numbers((8, 5)),
            *not_finite((8, 5)),
            *((np.ones(s), ValueError) for s in [(8,), (1, 8, 5), (7, 5), (8, 2), (0, 5)]),
        ],
        "gain": [*optional((5, 2)), (np.ones((4, 2)), ValueError)],
        "shift": [*optional((5, 2)), (np.ones((4, 2)), ValueError)],
    },
)
test_layer_norm_lstm_cell_refuses = refused(
    layer_norm_lstm_cell,
    {"x": X, "h": H_PREV, "c": C_PREV, "parameters": PARAMETERS, "forget_bias": 1.0, "epsilon": 1e-12},
    {
        "x": [*not_numbers((B, D)), *not_finite((B, D)), *misshapen((B, D))[1:]],
        "h": bad((B, H)),
        "c": bad((B, H)),
        "parameters": NOT_PARAMETERS,
        "forget_bias": NOT_A_REAL_NUMBER,
        "epsilon": [*NOT_A_REAL_NUMBER, (0.0, ValueError), (-1.0, ValueError)],
    },
)


def with_field(name, value):
    return TRACE.replace(**{name: value})


test_layer_norm_lstm_cell_backward_refuses = refused(
    layer_norm_lstm_cell_backward,
    {"d_h": D_H, "d_c_next": D_C, "trace": TRACE, "parameters": PARAMETERS},
    {
        "d_h": bad((B, H)),
        "d_c_next": bad((B, H)),
        "parameters": NOT_PARAMETERS,
        "trace": [
            (None, TypeError),
            (TRACE.h, TypeError),
            *[
                (with_field(name, np.ones((B, H + 1))), ValueError)
                for name in "c_prev n_f n_i n_g n_o n_c f i g o tanh_c root_f root_i root_g root_o root_c".split()
            ],
            (with_field("z", np.ones(D + H)), ValueError),
            (with_field("f", None), ValueError),
        ],
    },
)
