"""One dictionary of gradients: a name means the same in the cells, the sequences, the operator, the log and the book.

`d_h` and `d_c` are with respect to a step's new states, through everything that reads them; `d_h_prev` and `d_c_prev`
are what the step hands back to the one before; `d_c_next` is what the step after handed back to it.
"""

import logging
import re
from pathlib import Path

import numpy as np
import pytest
from proveq import complex_step
from support import random, random_parameters

from lstmderiv import (
    GRUParameters,
    LayerNormLSTMParameters,
    LSTMCell,
    PeepholeParameters,
    RNNParameters,
    gru,
    gru_backward,
    layer_norm_lstm,
    layer_norm_lstm_backward,
    layer_norm_lstm_cell_backward,
    lstm,
    lstm_backward,
    lstm_cell_backward,
    peephole_lstm,
    peephole_lstm_backward,
    peephole_lstm_cell_backward,
    rnn,
    rnn_backward,
)
from lstmderiv.interchange import Network, Options, Weights, recurrent, recurrent_backward

ROOT = Path(__file__).parents[1]
B, T, D, H = 2, 3, 2, 3
X, D_H = random((B, T, D), 1), random((B, T, H), 2)
PLAIN = random_parameters(D, H)
CELLS = {
    "lstm": (lstm, lstm_backward, lstm_cell_backward, PLAIN),
    "peephole": (
        peephole_lstm,
        peephole_lstm_backward,
        peephole_lstm_cell_backward,
        PeepholeParameters(PLAIN.W, PLAIN.b, *random((3, H), 3)),
    ),
    "layer_norm": (
        layer_norm_lstm,
        layer_norm_lstm_backward,
        layer_norm_lstm_cell_backward,
        LayerNormLSTMParameters(PLAIN.W, random((5, H), 4), random((5, H), 5)),
    ),
    "gru": (gru, gru_backward, None, GRUParameters(PLAIN.W[: 3 * H], PLAIN.b[: 3 * H])),
    "rnn": (rnn, rnn_backward, None, RNNParameters(PLAIN.W[:H], PLAIN.b[:H])),
}
STATES = {name: ("h", "c") if back else ("h",) for name, (_, _, back, _) in CELLS.items()}


def total(forward, parameters, trace, state, t):
    """The derivative of the loss by a state after step t, through everything that comes after it: a second forward."""
    rest = {name: getattr(trace.step(t), name) for name in ("h", "c") if hasattr(trace.step(t), name)}

    def loss(value):
        states = list((rest | {state: value}).values())
        return (D_H[:, t] * states[0]).sum() + (D_H[:, t + 1 :] * forward(X[:, t + 1 :], parameters, *states).h).sum()

    return complex_step(loss, rest[state])


@pytest.mark.parametrize("name, t", [(name, t) for name in CELLS for t in range(T)])
def test_a_states_gradient_is_through_everything_that_reads_it(name, t):
    forward, backward, _, parameters = CELLS[name]
    trace = forward(X, parameters)
    gradients = backward(D_H, trace)
    for state in STATES[name]:
        found = getattr(gradients, f"d_{state}")[:, t]
        expected = total(forward, parameters, trace, state, t)
        if state == "c":  # the hidden state was held: its own path to the cell state is added
            slope = complex_step(lambda c: (gradients.d_h[:, t] * trace.step(t).o * np.tanh(c)).sum(), trace.c[:, t])
            expected = expected + slope
            if name == "peephole":
                expected = expected + gradients.d_a_o[:, t] * parameters.p_o
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ["lstm", "peephole", "layer_norm"])
def test_next_is_what_the_step_after_handed_back(name):
    forward, backward, cell_backward, parameters = CELLS[name]
    trace = forward(X, parameters)
    gradients = backward(D_H, trace)
    for t in range(T - 1):
        d_c_next = gradients.d_c_prev[:, t + 1]
        one = cell_backward(gradients.d_h[:, t], d_c_next, trace.step(t), parameters)
        np.testing.assert_array_equal(one.d_c_next, d_c_next)
        np.testing.assert_allclose(one.d_c, gradients.d_c[:, t], rtol=1e-13)
        np.testing.assert_allclose(one.c, gradients.d_c_prev[:, t], rtol=1e-13)
        np.testing.assert_array_equal(one.c, one.d_c_prev)
        np.testing.assert_array_equal(one.h, one.d_h_prev)


def test_the_operator_and_the_chapters_mean_the_same():
    gradients = lstm_backward(D_H, lstm(X, PLAIN))
    network = Network(Options(), [[Weights(PLAIN.W[:, :D], PLAIN.W[:, D:], PLAIN.b)]])
    found = recurrent_backward(D_H, recurrent(X, network)).tensors
    names = [key.removeprefix("layer0.forward.") for key in found if key.startswith("layer0.forward.d_")]
    shared = [name for name in names if hasattr(gradients, name)]
    assert {"d_h", "d_c", "d_h_prev", "d_c_prev", "d_o", "d_a_f"} <= set(shared)
    for name in shared:
        np.testing.assert_allclose(found[f"layer0.forward.{name}"], getattr(gradients, name), rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(found["layer0.forward.d_c_next"][:, :-1], found["layer0.forward.d_c_prev"][:, 1:])


def test_the_log_means_the_same(caplog):
    cell = LSTMCell(H, kernel_initializer=lambda shape: random(shape, 6), backpassdebug=True)
    with caplog.at_level(logging.DEBUG):
        gradients = cell.backward(D_H, cell.forward(X))
    text = caplog.text
    for name in ("d_h", "d_c", "d_h_prev", "d_c_prev"):
        assert re.search(rf"\b{name}\b", text), name
        shown = np.array2string(getattr(gradients, name)[0, -1], precision=4)
        assert shown.strip("[]").split()[0][:5] in text, name


@pytest.fixture
def book(monkeypatch):
    for place in ("book", "book/_ext"):
        monkeypatch.syspath_prepend(str(ROOT / place))


def test_the_page_and_the_explorer_mean_the_same(book):
    import explorer_model
    from proveq.sphinx import load
    from scopes import SCOPES

    symbols = load(ROOT / "book" / "symbols.toml").within("lstm")
    told = {name: symbols.tex(name) for name in ("d_c", "d_c_next", "d_c_prev")}
    assert told == {
        "d_c": r"\delta c_t",
        "d_c_next": r"\delta c_{\mathrm{next}}",
        "d_c_prev": r"\delta c_{\mathrm{prev}}",
    }
    (scope,) = [one for one in SCOPES["step"]() if one.name == "running example"]
    parameters = scope.model.inputs(scope.numbers)
    assert parameters["xs"].shape == (1, 3, 10)
    np.testing.assert_array_equal(scope.value("d_c_next"), scope.value("d_c_prev", 3))
    kinds = {value.name: value for value in explorer_model.VALUES}
    assert kinds["d_c_next"].place == "carried" and set(kinds["d_c_next"].names) == {"d_c_prev"}
    assert "d_c_next" in explorer_model.sources(kinds["d_c"]) and kinds["d_c"].place == "cell"


def test_no_other_name_is_left():
    old = re.compile(r"\bd_c_total\b")
    places = [*ROOT.glob("lstmderiv/**/*.py"), *ROOT.glob("book/**/*.md"), *ROOT.glob("book/**/*.py")]
    assert len(places) > 100
    for path in [*places, ROOT / "book/symbols.toml", *ROOT.glob("book/_static/explorer/*.js")]:
        assert not old.search(path.read_text()), path


@pytest.mark.parametrize("name", CELLS)
def test_what_a_trace_declares_is_what_the_step_wrote(name):
    forward, backward, _, parameters = CELLS[name]
    trace = forward(X, parameters)
    gradients = backward(D_H, trace)
    for one in (trace.step(1), *([] if name == "lstm" else [gradients.steps[1]])):
        declared, written = type(one)._declared(), list(vars(one))
        assert set(written) <= set(declared) and set(declared) - set(written) <= one._optional
        for value in written:
            assert getattr(one, value) is vars(one)[value]
