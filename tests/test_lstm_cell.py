import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import (
    FLOAT_TYPES,
    NOT_A_REAL_NUMBER,
    assert_gradient,
    assert_pure,
    misshapen,
    not_finite,
    not_numbers,
    random,
    random_parameters,
    refused,
    seeds,
    sizes,
)

from lstmderiv import (
    LSTMCellGradients,
    LSTMCellTrace,
    LSTMParameters,
    lstm_cell,
    lstm_cell_backward,
    sigmoid,
)
from lstmderiv.lstm_cell import lstm_cell_step_backward
from lstmderiv.verify import prove

B, D, H = 2, 3, 2
PARAMETERS = random_parameters(D, H)
X, H_PREV, C_PREV = random((B, D), 2), random((B, H), 3), random((B, H), 4)
D_H, D_C = random((B, H), 5), random((B, H), 6)
TRACE = lstm_cell(X, H_PREV, C_PREV, PARAMETERS, forget_bias=1.0)
EQUATIONS = (
    ["d_o", "d_a_o", "d_tanh_c", "d_c", "d_g", "d_a_g", "d_f", "d_a_f", "d_i", "d_a_i"]
    + [f"d_{kind}_{gate}" for kind in "Wb" for gate in "figo"]
    + ["d_z", "d_x", "d_h_prev", "d_c_prev", "d_W", "d_b"]
)


def test_the_equations_of_the_series():
    np.testing.assert_array_equal(TRACE.z, np.hstack([X, H_PREV]))
    for k, gate in enumerate("figo"):
        a = TRACE.z @ PARAMETERS.W[k * H : (k + 1) * H].T + PARAMETERS.b[k * H : (k + 1) * H] + (gate == "f")
        np.testing.assert_allclose(getattr(TRACE, f"a_{gate}"), a, rtol=1e-15)
        value = (np.tanh if gate == "g" else sigmoid)(getattr(TRACE, f"a_{gate}"))
        np.testing.assert_array_equal(getattr(TRACE, gate), value)
    np.testing.assert_array_equal(TRACE.c, TRACE.f * C_PREV + TRACE.i * TRACE.g)
    np.testing.assert_array_equal(TRACE.tanh_c, np.tanh(TRACE.c))
    np.testing.assert_array_equal(TRACE.h, TRACE.o * TRACE.tanh_c)


def test_forget_bias_is_that_of_the_forget_gate_alone():
    b = PARAMETERS.b.copy()
    b[:H] += 1
    shifted = lstm_cell(X, H_PREV, C_PREV, LSTMParameters(PARAMETERS.W, b))
    for name, value in vars(TRACE).items():
        np.testing.assert_allclose(getattr(shifted, name), value, rtol=1e-14)


@given(st.integers(0, 3), sizes, sizes, seeds)
def test_gradients_by_complex_step(B, D, H, seed):
    shapes = {"x": (B, D), "h": (B, H), "c": (B, H), "W": (4 * H, D + H), "b": (4 * H,)}
    point = {name: random(shape, seed + k) for k, (name, shape) in enumerate(shapes.items())}
    d_h, d_c = random((B, H), seed + 7), random((B, H), seed + 8)

    def run(x, h, c, W, b):
        return lstm_cell(x, h, c, LSTMParameters(W, b), forget_bias=0.5)

    def loss(name):
        def of(value):
            trace = run(**{**point, name: value})
            return (d_h * trace.h + d_c * trace.c).sum()

        return of

    gradients = lstm_cell_backward(d_h, d_c, run(**point), LSTMParameters(point["W"], point["b"]))
    for name in shapes:
        assert_gradient(getattr(gradients, name), loss(name), point[name])


def test_every_intermediate_gradient_by_every_oracle():
    evidence = prove(lstm_cell_step_backward, {name: f"eq:{name}" for name in EQUATIONS}, np.random.default_rng(1))
    assert len(evidence.records) == 3 * len(EQUATIONS)


def test_gradients_are_kept_under_their_names():
    gradients = lstm_cell_backward(D_H, D_C, TRACE, PARAMETERS)
    np.testing.assert_array_equal(gradients.d_h, D_H)
    np.testing.assert_array_equal(gradients.d_a_o, gradients.d_o * TRACE.o * (1 - TRACE.o))
    np.testing.assert_array_equal(gradients.c, gradients.d_c * TRACE.f)
    np.testing.assert_array_equal(np.hstack([gradients.x, gradients.h]), gradients.d_z)
    stacked = np.hstack([gradients.d_a_f, gradients.d_a_i, gradients.d_a_g, gradients.d_a_o])
    np.testing.assert_allclose(gradients.W, stacked.T @ TRACE.z, rtol=1e-14)
    np.testing.assert_allclose(gradients.b, stacked.sum(axis=0), rtol=1e-14)


def arrays(container):
    return list(vars(container).values())


@pytest.mark.parametrize("dtype", FLOAT_TYPES)
def test_dtype_is_kept(dtype):
    parameters = random_parameters(D, H, dtype=dtype)
    x, h, c = (array.astype(dtype) for array in (X, H_PREV, C_PREV))
    for forget_bias in (1, 1.0, np.float64(1), np.array(1.0)):
        trace = lstm_cell(x, h, c, parameters, forget_bias=forget_bias)
        assert {array.dtype for array in arrays(trace)} == {np.dtype(dtype)}
    gradients = lstm_cell_backward(h, c, trace, parameters)
    assert {array.dtype for array in arrays(gradients)} == {np.dtype(dtype)}


def test_backward_stays_exact_on_fractions():
    names = ["c_prev", "f", "i", "g", "o", "tanh_c"]
    values = {name: random((B, H), k, object) for k, name in enumerate(names)}
    shapes = {"x": (B, D), "z": (B, D + H)}
    rest = {name: random(shapes.get(name, (B, H)), 9, object) for name in vars(TRACE) if name not in values}
    trace = LSTMCellTrace(rest | values)
    parameters = random_parameters(D, H, 11, object)
    d_h, d_c = random((B, H), 12, object), random((B, H), 13, object)
    gradients = lstm_cell_backward(d_h, d_c, trace, parameters)
    o, t = trace.o, trace.tanh_c
    np.testing.assert_array_equal(gradients.d_c, d_h * o * (1 - t * t) + d_c)
    np.testing.assert_array_equal(gradients.W[3 * H :], (d_h * t * o * (1 - o)).T @ trace.z)
    assert {type(number) for array in arrays(gradients) for number in array.flat} == {type(d_h[0, 0])}


def test_a_fraction_as_forget_bias():
    from fractions import Fraction

    trace = lstm_cell(X, H_PREV, C_PREV, PARAMETERS, forget_bias=Fraction(1))
    np.testing.assert_array_equal(trace.h, TRACE.h)


def test_no_rows():
    trace = lstm_cell(np.ones((0, D)), np.ones((0, H)), np.ones((0, H)), PARAMETERS)
    gradients = lstm_cell_backward(trace.h, trace.c, trace, PARAMETERS)
    assert trace.h.shape == gradients.h.shape == (0, H)
    assert not gradients.W.any() and not gradients.b.any()


def test_pure():
    assert_pure(lambda x, h, c: lstm_cell(x, h, c, PARAMETERS), X, H_PREV, C_PREV)
    assert_pure(lambda d_h, d_c: lstm_cell_backward(d_h, d_c, TRACE, PARAMETERS), D_H, D_C)
    assert_pure(LSTMParameters, PARAMETERS.W, PARAMETERS.b)
    assert_pure(
        lambda *tape: lstm_cell_backward(D_H, D_C, LSTMCellTrace(zip(vars(TRACE), tape)), PARAMETERS),
        *vars(TRACE).values(),
    )


def test_states_that_are_overwritten_later_do_not_harm_the_tape():
    x, h, c = X.copy(), H_PREV.copy(), C_PREV.copy()
    trace = lstm_cell(x, h, c, PARAMETERS, forget_bias=1.0)
    x[...] = h[...] = c[...] = 99.0
    for given_arrays, kept in zip((X, H_PREV, C_PREV), (trace.x, trace.h_prev, trace.c_prev)):
        np.testing.assert_array_equal(kept, given_arrays)
    mine, expected = (lstm_cell_backward(D_H, D_C, t, PARAMETERS) for t in (trace, TRACE))
    for name in ("x", "h", "c", "W", "b"):
        np.testing.assert_array_equal(getattr(mine, name), getattr(expected, name))
    assert isinstance(mine, LSTMCellGradients)


def test_parameters_by_gate():
    assert (PARAMETERS.hidden_size, PARAMETERS.input_size) == (H, D)
    np.testing.assert_array_equal(
        np.concatenate([PARAMETERS.W_f, PARAMETERS.W_i, PARAMETERS.W_g, PARAMETERS.W_o]), PARAMETERS.W
    )
    np.testing.assert_array_equal(
        np.concatenate([PARAMETERS.b_f, PARAMETERS.b_i, PARAMETERS.b_g, PARAMETERS.b_o]), PARAMETERS.b
    )


def test_parameters_do_not_follow_the_arrays_they_were_made_from():
    W, b = PARAMETERS.W.copy(), PARAMETERS.b.copy()
    parameters = LSTMParameters(W, b)
    W[...] = b[...] = 99.0
    np.testing.assert_array_equal(parameters.W, PARAMETERS.W)
    np.testing.assert_array_equal(parameters.b, PARAMETERS.b)


NOT_PARAMETERS = [(PARAMETERS.W, TypeError), (None, TypeError), ((PARAMETERS.W, PARAMETERS.b), TypeError)]


def bad(shape, **kwargs):
    return not_numbers(shape) + not_finite(shape) + misshapen(shape, **kwargs)


test_parameters_refuse = refused(
    LSTMParameters,
    {"W": np.ones((8, 5)), "b": np.ones(8)},
    {
        "W": [
            *not_numbers((8, 5)),
            *not_finite((8, 5)),
            (np.ones(8), ValueError),
            (np.ones((1, 8, 5)), ValueError),
            (np.ones((7, 5)), ValueError),
            (np.ones((8, 2)), ValueError),
            (np.ones((0, 5)), ValueError),
        ],
        "b": bad((8,)),
    },
)
test_lstm_cell_refuses = refused(
    lstm_cell,
    {"x": X, "h": H_PREV, "c": C_PREV, "parameters": PARAMETERS, "forget_bias": 1.0},
    {
        "x": [*not_numbers((B, D)), *not_finite((B, D)), *misshapen((B, D))[1:]],
        "h": bad((B, H)),
        "c": bad((B, H)),
        "parameters": NOT_PARAMETERS,
        "forget_bias": NOT_A_REAL_NUMBER,
    },
)


def with_field(name, value):
    return TRACE.replace(**{name: value})


test_lstm_cell_backward_refuses = refused(
    lstm_cell_backward,
    {"d_h": D_H, "d_c_next": D_C, "trace": TRACE, "parameters": PARAMETERS},
    {
        "d_h": bad((B, H)),
        "d_c_next": bad((B, H)),
        "parameters": NOT_PARAMETERS,
        "trace": [
            (None, TypeError),
            (TRACE.h, TypeError),
            (PARAMETERS, TypeError),
            # Of another cell: more inputs; and as many inputs and states together, but other ones.
            (lstm_cell(np.ones((B, D + 1)), H_PREV, C_PREV, random_parameters(D + 1, H)), ValueError),
            (lstm_cell(np.ones((B, 2)), np.ones((B, 3)), np.ones((B, 3)), random_parameters(2, 3)), ValueError),
            *[(with_field(name, np.ones((B, H + 1))), ValueError) for name in ("c_prev", "f", "i", "g", "o", "tanh_c")],
            (with_field("z", np.ones(D + H)), ValueError),
            (with_field("f", None), ValueError),
            (LSTMCellTrace({name: value for name, value in vars(TRACE).items() if name != "o"}), ValueError),
            (LSTMCellTrace({}), ValueError),
        ],
    },
)
