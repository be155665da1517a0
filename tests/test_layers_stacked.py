import logging
import re

import numpy as np
import pytest
from support import NOT_A_FLAG, NOT_A_SIZE, random, refused

from lstmderiv import (
    BidirectionalLSTM,
    LSTMCell,
    MultiRNNCell,
    Uniform,
    bidirectional_lstm,
    bidirectional_lstm_backward,
    gradient_descent,
    stacked_lstm,
    stacked_lstm_backward,
)

B, T, D = 2, 3, 4
X, LENGTHS = random((B, T, D), 1), [3, 0]


@pytest.fixture(autouse=True)
def nothing_printed(capfd):
    yield
    assert tuple(capfd.readouterr()) == ("", "")


@pytest.fixture
def titles(caplog):
    caplog.set_level(logging.INFO, "lstmderiv.layers")
    return lambda: [record.getMessage().split("\n")[0] for record in caplog.records]


def cell(H, seed=0, **options):
    return LSTMCell(H, kernel_initializer=Uniform(0.5, np.random.default_rng(seed)), **options)


def a_stack(*switches, **options):
    """Two cells of different width; `switches` are those of the cells."""
    switches = switches or ({}, {})
    return MultiRNNCell([cell(5, 1, forget_bias=1.0, **switches[0]), cell(3, 2, **switches[1])], **options).build(D)


def both(**options):
    return BidirectionalLSTM(a_stack(), cell(2, 5, forget_bias=2.0), **options).build(D)


@pytest.mark.parametrize("options", [{}, {"lengths": LENGTHS}, {"reverse": True}])
def test_a_stack_equals_the_functions(options):
    stack = a_stack()
    h0, c0, d_last = ([random((B, H), k + H) for H in (5, 3)] for k in (10, 20, 30))
    trace = stack.forward(X, h0, c0, **options)
    expected = stacked_lstm(X, stack.parameters, h0, c0, forget_bias=[1.0, 0.0], **options)
    np.testing.assert_array_equal(trace.h, expected.h)
    gradients = stack.backward(trace.h, trace, d_last, d_last)
    by_function = stacked_lstm_backward(trace.h, expected, d_last, d_last)
    np.testing.assert_array_equal(gradients.x, by_function.x)
    for mine, other in zip(gradients.W, by_function.W):
        np.testing.assert_array_equal(mine, other)


def test_both_directions_equal_the_functions():
    layer = both()
    trace = layer.forward(X, lengths=LENGTHS)
    expected = bidirectional_lstm(X, *layer.parameters, forget_bias=([1.0, 0.0], 2.0), lengths=LENGTHS)
    np.testing.assert_array_equal(trace.h, expected.h)
    gradients = layer.backward(trace.h, trace, trace.h_last)
    by_function = bidirectional_lstm_backward(trace.h, expected, expected.h_last)
    np.testing.assert_array_equal(gradients.x, by_function.x)
    np.testing.assert_array_equal(gradients.backward.W, by_function.backward.W)


def test_the_first_input_tells_the_sizes():
    stack = MultiRNNCell([LSTMCell(5), LSTMCell(3)])
    assert stack.parameters == [None, None]
    stack.forward(X)
    assert [p.W.shape for p in stack.parameters] == [(20, 9), (12, 8)]
    layer = BidirectionalLSTM(LSTMCell(2), MultiRNNCell([LSTMCell(3), LSTMCell(2)]))
    assert layer.forward(X).h.shape == (B, T, 4)
    assert layer.parameters[1][1].W.shape == (8, 5)


def test_what_is_built_stays():
    low, high = cell(5).build(D), LSTMCell(3)
    before = low.parameters
    MultiRNNCell([low, high]).forward(X)
    assert low.parameters is before and high.parameters.input_size == 5


def test_parameters_change_by_assignment_only():
    stack, layer = a_stack(), both()
    trace = stack.forward(X)
    before = stack.parameters
    gradients = stack.backward(trace.h, trace)
    assert all(mine is old for mine, old in zip(stack.parameters, before))
    stack.parameters = gradient_descent(stack.parameters, gradients.layers, 0.1)
    assert stack.cells[1].parameters is stack.parameters[1] is not before[1]
    assert not np.array_equal(stack.forward(X).h, trace.h)
    np.testing.assert_array_equal(stack.backward(trace.h, trace).W[0], gradients.W[0])
    trace = layer.forward(X)
    gradients = layer.backward(trace.h, trace)
    layer.parameters = gradient_descent(layer.parameters, (gradients.forward.layers, gradients.backward), 0.1)
    assert not np.array_equal(layer.forward(X).h, trace.h)


def test_two_forward_calls_are_independent():
    for layer in (a_stack(), both()):
        first, _ = layer.forward(X), layer.forward(2 * X)
        np.testing.assert_array_equal(layer.forward(X).h, first.h)


def test_debug_logs_layer_by_layer(titles):
    a_stack(debug=True).forward(X)
    assert titles() == [f"MultiRNNCell, layer {n}, forward, step {t}" for n in (1, 2) for t in (1, 2, 3)]


def test_backpassdebug_logs_from_the_top_down(titles):
    stack = a_stack(backpassdebug=True)
    trace = stack.forward(X)
    stack.backward(trace.h, trace)
    blocks = ["step 3", "step 2", "step 1", "all steps"]
    assert titles() == [f"MultiRNNCell, layer {n}, backward, {block}" for n in (2, 1) for block in blocks]


def test_both_directions_log_in_the_order_of_their_run(titles):
    layer = both(debug=True, backpassdebug=True)
    trace = layer.forward(X)
    expected = [f"forward direction, layer {n}, forward, step {t}" for n in (1, 2) for t in (1, 2, 3)]
    expected += [f"backward direction, forward, step {t}" for t in (3, 2, 1)]
    assert titles() == [f"BidirectionalLSTM, {title}" for title in expected]
    layer.backward(trace.h, trace)
    steps = [re.search(r"direction, backward, (.*)", title)[1] for title in titles() if "direction, backward" in title]
    assert steps == ["step 1", "step 2", "step 3", "all steps"]


def test_a_cell_of_its_own_switch_logs(titles):
    stack = a_stack({"debug": True}, {"backpassdebug": True})
    trace = stack.forward(X)
    assert all("layer 1, forward" in title for title in titles()) and len(titles()) == 3
    stack.backward(trace.h, trace)
    assert all("layer 2, backward" in title for title in titles()[3:]) and len(titles()) == 7


def test_nothing_is_logged_that_was_not_asked_for(titles):
    for layer in (a_stack(), both()):
        trace = layer.forward(X)
        layer.backward(trace.h, trace)
    assert titles() == []


ONE = cell(2)
test_stack_refuses = refused(
    MultiRNNCell,
    {"cells": [cell(2), cell(3)], "debug": False, "backpassdebug": False},
    {
        "cells": [
            (None, TypeError),
            (ONE, TypeError),
            ([], ValueError),
            ([ONE, None], TypeError),
            ([ONE, ONE], ValueError),
            ([MultiRNNCell([ONE])], TypeError),
        ],
        "debug": NOT_A_FLAG,
        "backpassdebug": NOT_A_FLAG,
    },
)
test_both_refuse = refused(
    BidirectionalLSTM,
    {"forward_cell": ONE, "backward_cell": cell(3), "debug": False, "backpassdebug": False},
    {
        "forward_cell": [(None, TypeError), ([ONE], TypeError)],
        "backward_cell": [(None, TypeError), (ONE, ValueError), (MultiRNNCell([ONE]), ValueError)],
        "debug": NOT_A_FLAG,
        "backpassdebug": NOT_A_FLAG,
    },
)
test_stack_build_refuses = refused(MultiRNNCell([LSTMCell(2)]).build, {"input_size": D}, {"input_size": NOT_A_SIZE})
STACK, BOTH = a_stack(), both()
test_stack_parameters_refuse = refused(
    lambda parameters: setattr(a_stack(), "parameters", parameters),
    {"parameters": STACK.parameters},
    {"parameters": [(None, TypeError), (STACK.parameters[0], TypeError), (STACK.parameters[:1], ValueError)]},
)
test_both_parameters_refuse = refused(
    lambda parameters: setattr(both(), "parameters", parameters),
    {"parameters": BOTH.parameters},
    {"parameters": [(None, TypeError), (STACK.parameters[0], TypeError), (BOTH.parameters[:1], ValueError)]},
)
test_stack_forward_refuses = refused(
    STACK.forward, {"x": X}, {"x": [(None, TypeError), (X[0], ValueError), (X[..., 1:], ValueError)]}
)
test_both_forward_refuses = refused(
    BOTH.forward, {"x": X}, {"x": [(None, TypeError), (X[0], ValueError), (X[..., 1:], ValueError)]}
)
TRACES = STACK.forward(X), BOTH.forward(X)
test_stack_backward_refuses = refused(
    STACK.backward,
    {"d_h": TRACES[0].h, "trace": TRACES[0]},
    {"d_h": [("a", TypeError), (X, ValueError)], "trace": [(None, TypeError), (TRACES[1], TypeError)]},
)
test_both_backward_refuses = refused(
    BOTH.backward,
    {"d_h": TRACES[1].h, "trace": TRACES[1]},
    {"d_h": [("a", TypeError), (X, ValueError)], "trace": [(None, TypeError), (TRACES[0], TypeError)]},
)
