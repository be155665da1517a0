import logging
import re

import numpy as np
import pytest
from support import (
    NOT_A_REAL_NUMBER,
    NOT_A_SIZE,
    assert_pure,
    misshapen,
    not_finite,
    not_numbers,
    random,
    random_parameters,
    refused,
)

from lstmderiv import Constant, Dense, LSTMCell, Uniform, dense, dense_backward, gradient_descent, lstm, lstm_backward

B, T, D, H, N = 2, 3, 4, 5, 2
X, D_H = random((B, T, D), 1), random((B, T, H), 2)
PARAMETERS = random_parameters(D, H)
FORWARD_NAMES = ["x", "h_prev", "c_prev", "a_f", "a_i", "a_g", "a_o", "f", "i", "g", "o", "c", "tanh_c", "h"]
BACKWARD_NAMES = ["d_h", "d_o", "d_a_o", "d_c", "d_g", "d_a_g", "d_f", "d_a_f", "d_i", "d_a_i", "d_h_prev", "d_c_prev"]


@pytest.fixture(autouse=True)
def nothing_printed(capfd):
    yield
    assert tuple(capfd.readouterr()) == ("", "")


@pytest.fixture
def blocks(caplog):
    """The logged messages, each a title and its lines (name, shape, first line of the values)."""
    caplog.set_level(logging.INFO, "lstmderiv.layers")

    def read():
        parsed = []
        for record in caplog.records:
            assert record.name == "lstmderiv.layers" and record.levelno == logging.INFO
            title, *lines = record.getMessage().split("\n")
            assert_aligned(lines)
            heads = [re.match(r"  (\S+) +([\dx ]+?) +(\[.*)", line) for line in lines if line[2] != " "]
            parsed.append((title, [head.groups() for head in heads]))
        return parsed

    return read


def assert_aligned(lines):
    """The values of every array begin in one column, and so do their further lines; no line is too long."""
    (column,) = {line.index("[") for line in lines if line[2] != " "}
    assert all(line[:column].isspace() for line in lines if line[2] == " ")
    assert max(map(len, lines)) <= 120


def a_cell(**options):
    cell = LSTMCell(H, **options)
    cell.parameters = PARAMETERS
    return cell


@pytest.mark.parametrize("options", [{}, {"lengths": [2, 0]}, {"reverse": True}])
def test_cell_equals_the_functions(options):
    cell = a_cell(forget_bias=1.0)
    h0, c0, d_last = random((B, H), 3), random((B, H), 4), random((B, H), 5)
    trace = cell.forward(X, h0, c0, **options)
    expected = lstm(X, PARAMETERS, h0, c0, forget_bias=1.0, **options)
    for name in ("h", "c", "h_last", "c_last", "f"):
        np.testing.assert_array_equal(getattr(trace, name), getattr(expected, name))
    gradients = cell.backward(D_H, trace, d_last, d_last)
    by_function = lstm_backward(D_H, expected, d_last, d_last)
    for name in ("x", "h0", "c0", "W", "b"):
        np.testing.assert_array_equal(getattr(gradients, name), getattr(by_function, name))


def test_dense_equals_the_functions():
    x, W, b, d_y = random((B, T, H), 1), random((H, N), 2), random((N,), 3), random((B, T, N), 4)
    layer = Dense(N, kernel_initializer=Constant(W), bias_initializer=Constant(b))
    trace = layer.forward(x)
    np.testing.assert_array_equal(trace.y, dense(x, W, b))
    for mine, expected in zip(layer.backward(d_y, trace), dense_backward(d_y, x, W)):
        np.testing.assert_array_equal(mine, expected)


def test_the_first_input_tells_the_size():
    cell, layer = LSTMCell(H), Dense(N)
    assert cell.parameters is None and layer.W is None
    cell.forward(X), layer.forward(np.ones((3, H)))
    assert cell.parameters.W.shape == (4 * H, D + H) and not cell.parameters.W.any()
    assert layer.W.shape == (H, N) and layer.b.shape == (N,)
    assert LSTMCell(H).build(D).parameters.input_size == D and Dense(N).build(H).W.shape == (H, N)


def test_parameters_change_by_assignment_only():
    cell, layer = a_cell(), Dense(N, kernel_initializer=Uniform(0.5, np.random.default_rng(1)))
    trace = cell.forward(X)
    dense_trace = layer.forward(trace.h_last)
    before = [array.copy() for array in (PARAMETERS.W, PARAMETERS.b, layer.W, layer.b)]
    gradients = cell.backward(D_H, trace)
    layer.backward(np.ones((B, N)), dense_trace)
    assert cell.parameters is PARAMETERS
    for array, copy in zip((PARAMETERS.W, PARAMETERS.b, layer.W, layer.b), before):
        np.testing.assert_array_equal(array, copy)
    cell.parameters = gradient_descent(cell.parameters, gradients, 0.1)
    assert not np.array_equal(cell.forward(X).h, trace.h)
    # The trace remembers the parameters that made it.
    np.testing.assert_array_equal(cell.backward(D_H, trace).W, gradients.W)


def test_two_forward_calls_are_independent():
    cell, layer = a_cell(), Dense(N, kernel_initializer=Constant(0.5))
    first, second = cell.forward(X), cell.forward(2 * X)
    again = cell.forward(X)
    np.testing.assert_array_equal(again.h, first.h)
    assert not again.h0.any() and not np.shares_memory(first.h, second.h)
    np.testing.assert_array_equal(cell.backward(D_H, first).W, cell.backward(D_H, again).W)
    x = random((3, H), 1)
    first, _ = layer.forward(x), layer.forward(2 * x)
    expected = layer.backward(np.ones((3, N)), first).W
    x[...] = 99
    np.testing.assert_array_equal(layer.backward(np.ones((3, N)), first).W, expected)


def test_initializers():
    assert Constant(0.5)((2, 3)).tolist() == [[0.5] * 3] * 2
    array = random((2, 3), 1)
    made = Constant(array)((2, 3))
    np.testing.assert_array_equal(made, array)
    assert not np.shares_memory(made, array)
    drawn = Uniform(0.1, np.random.default_rng(1))((100, 10))
    assert drawn.shape == (100, 10) and -0.1 <= drawn.min() < -0.09 and 0.09 < drawn.max() < 0.1
    np.testing.assert_array_equal(drawn, Uniform(0.1, np.random.default_rng(1))((100, 10)))


def test_debug_logs_every_intermediate_of_the_forward_pass(blocks):
    a_cell(debug=True).forward(X)
    parsed = blocks()
    assert [title for title, _ in parsed] == [f"LSTMCell forward, step {t}" for t in (1, 2, 3)]
    for _, lines in parsed:
        assert [name for name, _, _ in lines] == FORWARD_NAMES
        assert {name: shape for name, shape, _ in lines} == dict.fromkeys(FORWARD_NAMES, "2 x 5") | {"x": "2 x 4"}


def test_backpassdebug_logs_every_intermediate_of_the_backward_pass(blocks):
    cell = a_cell(backpassdebug=True)
    cell.backward(D_H, cell.forward(X))
    parsed = blocks()
    assert [title for title, _ in parsed] == [
        *(f"LSTMCell backward, step {t}" for t in (3, 2, 1)),
        "LSTMCell backward, all steps",
    ]
    for _, lines in parsed[:-1]:
        assert [(name, shape) for name, shape, _ in lines] == [(name, "2 x 5") for name in BACKWARD_NAMES]
    totals = [(name, shape) for name, shape, _ in parsed[-1][1]]
    assert totals == [("d_W", "20 x 9"), ("d_b", "20"), ("d_x", "2 x 3 x 4")]


def test_a_reversed_cell_logs_in_the_order_of_its_run(blocks):
    cell = a_cell(debug=True, backpassdebug=True)
    cell.backward(D_H, cell.forward(X, reverse=True))
    steps = [int(title[-1]) for title, _ in blocks() if "step" in title and "all" not in title]
    assert steps == [3, 2, 1, 1, 2, 3]


def test_dense_logs(blocks):
    layer = Dense(N, debug=True, backpassdebug=True, kernel_initializer=Constant(0.5))
    layer.backward([[1.0, 2.0]], layer.forward([[1.0, 2.0, 3.0]]))
    assert blocks() == [
        (
            "Dense forward",
            [
                ("x", "1 x 3", "[[1. 2. 3.]]"),
                ("W", "3 x 2", "[[0.5 0.5]"),
                ("b", "2", "[0. 0.]"),
                ("y", "1 x 2", "[[3. 3.]]"),
            ],
        ),
        (
            "Dense backward",
            [
                ("d_y", "1 x 2", "[[1. 2.]]"),
                ("d_W", "3 x 2", "[[1. 2.]"),
                ("d_b", "2", "[1. 2.]"),
                ("d_x", "1 x 3", "[[1.5 1.5 1.5]]"),
            ],
        ),
    ]


def test_logged_values_are_those_of_the_trace(blocks):
    trace = a_cell(debug=True).forward(X[:1, :1])
    values = {name: text for name, _, text in blocks()[0][1]}
    np.testing.assert_allclose(np.array(values["h"].strip("[]").split(), float), trace.h[0, 0], atol=5e-7)


@pytest.mark.parametrize("debug, backpassdebug", [(False, False), (True, False), (False, True)])
def test_nothing_is_logged_that_was_not_asked_for(blocks, debug, backpassdebug):
    cell = a_cell(debug=debug, backpassdebug=backpassdebug)
    layer = Dense(N, debug=debug, backpassdebug=backpassdebug)
    layer.backward(np.ones((B, N)), layer.forward(np.ones((B, H))))
    cell.backward(D_H, cell.forward(X))
    ways = {re.match(r"\w+ (\w+)", title)[1] for title, _ in blocks()}
    assert ways == ({"forward"} if debug else set()) | ({"backward"} if backpassdebug else set())


def test_debug_changes_no_number():
    cell, silent = a_cell(debug=True, backpassdebug=True), a_cell()
    trace = cell.forward(X)
    np.testing.assert_array_equal(trace.h, silent.forward(X).h)
    np.testing.assert_array_equal(cell.backward(D_H, trace).W, silent.backward(D_H, trace).W)


@pytest.mark.parametrize("shape", [(2, 0, D), (0, 2, D)])
def test_debug_on_empty_input(blocks, shape):
    cell = a_cell(debug=True, backpassdebug=True)
    trace = cell.forward(np.ones(shape))
    cell.backward(trace.h, trace)
    assert blocks()[-1][0] == "LSTMCell backward, all steps"


def test_pure():
    assert_pure(a_cell().forward, X)
    layer = Dense(N).build(D)
    trace = layer.forward(X)
    assert not np.shares_memory(trace.x, X)
    assert_pure(lambda d_y: layer.backward(d_y, trace), np.ones((B, T, N)))


NOT_AN_INITIALIZER = [(0.1, TypeError), (0, TypeError), (np.ones(2), TypeError), ("zeros", TypeError)]
CELL = {"hidden_size": H, "kernel_initializer": None, "bias_initializer": None, "forget_bias": 1.0}
test_cell_refuses = refused(
    LSTMCell,
    CELL,
    {
        "hidden_size": NOT_A_SIZE,
        "forget_bias": NOT_A_REAL_NUMBER,
        "kernel_initializer": NOT_AN_INITIALIZER,
        "bias_initializer": NOT_AN_INITIALIZER,
    },
)
test_dense_refuses = refused(
    Dense,
    {"size": N},
    {"size": NOT_A_SIZE, "kernel_initializer": NOT_AN_INITIALIZER, "bias_initializer": NOT_AN_INITIALIZER},
)
MISSHAPEN_INITIALIZERS = [
    (lambda shape: np.ones((4, 4)), ValueError),
    (lambda shape: np.ones(()), ValueError),
    (lambda shape: "a", TypeError),
    (lambda shape: np.full(shape, np.nan), ValueError),
    (lambda shape: None, TypeError),
]
test_cell_refuses_what_an_initializer_makes = refused(
    lambda **initializers: LSTMCell(2, **initializers).build(D),
    {},
    {
        "kernel_initializer": [*MISSHAPEN_INITIALIZERS, (lambda shape: np.ones((4, 4)), ValueError)],
        "bias_initializer": MISSHAPEN_INITIALIZERS,
    },
)
test_dense_refuses_what_an_initializer_makes = refused(
    lambda **initializers: Dense(2, **initializers).build(D),
    {},
    {"kernel_initializer": MISSHAPEN_INITIALIZERS, "bias_initializer": MISSHAPEN_INITIALIZERS},
)
test_cell_build_refuses = refused(LSTMCell(H).build, {"input_size": D}, {"input_size": NOT_A_SIZE})
test_dense_build_refuses = refused(Dense(H).build, {"input_size": D}, {"input_size": NOT_A_SIZE})
test_cell_forward_refuses = refused(
    lambda x: a_cell().forward(x),
    {"x": X},
    {"x": not_numbers((B, T, D)) + not_finite((B, T, D)) + misshapen((B, T, D))[2:]},
)
test_a_new_cell_refuses = refused(
    lambda x: LSTMCell(H).forward(x),
    {"x": X},
    {"x": [*not_numbers((B, T, D)), *not_finite((B, T, D)), (X[0], ValueError)]},
)
test_cell_backward_refuses = refused(
    a_cell().backward,
    {"d_h": D_H, "trace": a_cell().forward(X)},
    {"d_h": not_numbers((B, T, H), none=False) + misshapen((B, T, H)), "trace": [(None, TypeError), (X, TypeError)]},
)
LAYER = Dense(N).build(D)
test_dense_forward_refuses = refused(
    LAYER.forward, {"x": X}, {"x": [*not_numbers((B, D)), *not_finite((B, D)), (np.ones((B, D + 1)), ValueError)]}
)
test_dense_backward_refuses = refused(
    LAYER.backward,
    {"d_y": np.ones((B, T, N)), "trace": LAYER.forward(X)},
    {"d_y": not_numbers((B, T, N)) + misshapen((B, T, N)), "trace": [(None, TypeError), (X, TypeError)]},
)
test_constant_refuses = refused(Constant, {"value": 1.0}, {"value": not_numbers((2,)) + not_finite((2,))})
test_constant_of_another_shape_refuses = refused(
    lambda value: Constant(value)((2, 3)),
    {"value": 1.0},
    {"value": [(np.ones((3, 2)), ValueError), (np.ones(3), ValueError)]},
)
test_uniform_refuses = refused(
    Uniform,
    {"limit": 0.1, "rng": np.random.default_rng(1)},
    {
        "limit": [*NOT_A_REAL_NUMBER, (-1, ValueError)],
        "rng": [(None, TypeError), (1, TypeError), (np.random, TypeError)],
    },
)
