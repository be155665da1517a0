"""Diagnosis: mistakes that are really made are found, what is right agrees, and what nothing explains stays so."""

import dataclasses
import re
from itertools import permutations

import numpy as np
import pytest
from operator_cases import random_case
from wrong_loops import gru_loop, lstm_loop

from lstmderiv.interchange import FRAMEWORKS, Options, diagnose, golden_case, gradients_to_framework
from lstmderiv.interchange.diagnosis import search
from lstmderiv.interchange.diagnosis.attempt import Attempt
from lstmderiv.interchange.diagnosis.closeness import computed
from lstmderiv.interchange.diagnosis.mistakes import known_mistakes
from lstmderiv.interchange.diagnosis.own_names import OwnNames

LSTM = random_case(Options(), T=4, D=2, H=3, seed=3)
GRU = random_case(Options(cell="gru", biases=2), T=4, D=2, H=3, seed=4)
RNN = random_case(Options(cell="rnn"), T=4, D=2, H=3, seed=5)
DTYPES = [np.float64, np.float32]


@pytest.fixture
def few_pairs(monkeypatch):
    """What is not about pairs of mistakes need not wait for them."""
    monkeypatch.setattr(search, "WORK", 2_000)


@pytest.fixture
def no_search(monkeypatch):
    """What is only about the first difference need not wait for an explanation."""
    monkeypatch.setattr(search.Search, "run", lambda self: [])


def found(mine, case, **settings):
    diagnosis = diagnose(mine, case, **settings)
    assert not diagnosis.agrees
    return [one.what for one in diagnosis.explanations]


def mistaken(case, text):
    """What the case gives by the known mistake whose description has a text in it, in the first of its ways."""
    mistake = next(one for one in known_mistakes(case) if text in one.what)
    return computed(mistake.variants[0][1](Attempt.of(case)))


def permuted(case, order, names=("W_x", "W_h", "b_x", "b_h"), prefix=""):
    """The case with the blocks of some weights in another order."""
    arrays = {
        name: np.concatenate([np.split(array, len(order))[j] for j in order])
        for name, array in case.network.arrays().items()
        if name.rsplit(".", 1)[1] in names and name.startswith(prefix)
    }
    return dataclasses.replace(case, network=case.network.replace(arrays))


def outputs(case, dtype=np.float64):
    trace, gradients = case.run()
    found = {"y": trace.y, "h_last": trace.h_last, "d_x": gradients.x}
    return {name: array.astype(dtype) for name, array in found.items()}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case, loop", [(LSTM, lstm_loop), (GRU, gru_loop)])
def test_a_right_implementation_agrees(case, loop, dtype):
    diagnosis = diagnose(loop(case, dtype=dtype), case)
    assert diagnosis.agrees and diagnosis.first is None and diagnosis.explanations == ()
    assert "agree with the case" in diagnosis.text()


def sloppy_sigmoid(a):
    """By exp of a positive number: two roundings more than need be."""
    e = np.exp(np.abs(a))
    return np.where(a > 0, e / (e + 1), 1 / (1 + e))


def sloppy_lstm(case, dtype):
    """Right formulas, the rounding of no one else: each term of a sum added by itself, the last one first."""
    w, H = case.network.layers[0][0], case.network.hidden_size
    x, h, c, W_x, W_h, b = (np.asarray(a, dtype) for a in (case.x, case.h0[0, 0], case.c0[0, 0], w.W_x, w.W_h, w.b_x))
    y = []
    for t in range(x.shape[1]):
        terms = [h[:, j, None] * W_h[:, j] for j in reversed(range(H))]
        terms += [x[:, t, j, None] * W_x[:, j] for j in reversed(range(x.shape[2]))]
        a = np.zeros((len(x), 4 * H), dtype)
        for term in [*terms, b]:
            a = a + term
        f, i, o = (sloppy_sigmoid(a[:, k * H : (k + 1) * H]) for k in (0, 1, 3))
        e = np.exp(2 * a[:, 2 * H : 3 * H])
        c = i * ((e - 1) / (e + 1)) + f * c
        e = np.exp(2 * c)
        h = (e - 1) / (e + 1) * o
        y.append(h)
    assert h.dtype == dtype
    return {"y": np.stack(y, axis=1), "h_last": h[None, None], "c_last": c[None, None]}


SIZES = [{"T": 4, "D": 2, "H": 3}, {"T": 20, "D": 8, "H": 16}]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("sizes", SIZES, ids=["small", "larger"])
def test_sloppy_rounding_agrees(sizes, dtype):
    for seed in range(5):
        case = random_case(Options(), **sizes, seed=seed)
        assert diagnose(sloppy_lstm(case, dtype), case).agrees


@pytest.mark.sampled(2)
@pytest.mark.parametrize("sizes, relative", zip(SIZES, (1e-5, 2e-5)), ids=["small", "larger"])
def test_a_small_relative_error_in_single_precision_does_not_agree(sizes, relative, no_search):
    for seed in range(5):
        case = random_case(Options(), **sizes, seed=seed)
        right = lstm_loop(case, dtype=np.float32)
        for name in ("y", "h_last", "c_last", "d_x", "d_h0", "d_c0"):
            mine = {name: right[name] * np.float32(1 + relative)}
            assert diagnose({name: right[name]}, case).agrees and not diagnose(mine, case).agrees, (seed, name)
    mine = {"d_W_h": right["d_W_h"] * np.float32(1 + 4 * relative)}
    assert not diagnose(mine, case).agrees


# What a loop written for the tests does wrong, and what the report must say of it.
WRONG_LOOPS = {
    ("tanh tanh", "slope of c at tanh c"): "tanh is applied to the cell state twice",
    ("no tanh",): "cell state c goes through no activation instead of tanh",
    ("sigmoid for g",): "candidate g goes through the sigmoid instead of tanh",
    ("h, x",): "multiply [h, x] instead of [x, h]",
    ("forget bias",): "a forget bias of 1 is added",
    ("bias twice",): "the bias b is added twice",
    ("no bias",): "the bias b is left out",
    ("zero states",): "the initial states h0 and c0 are ignored",
    ("d_h not carried",): "d_h is not carried back",
    ("d_c not carried",): "d_c is not carried back",
    ("d_h not carried", "d_c not carried"): "d_h and d_c are not carried back",
    ("slope of c at tanh c",): "tanh is applied twice in the backward pass",
    ("no slopes",): "the gradient of the activation is taken for that of the pre-activation",
    ("gradient overwritten",): "written over in each step instead of added to",
    ("mean over batch",): "the gradients of the weights are the mean over the batch",
    ("mean over time",): "the gradients of the weights are the mean over time",
    ("bias zero",): "the gradients of the biases are zero",
}


@pytest.mark.sampled(6)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("mistakes, expected", WRONG_LOOPS.items(), ids=str)
def test_a_mistake_in_a_loop_is_the_only_explanation(mistakes, expected, dtype):
    mine = lstm_loop(LSTM, *mistakes, dtype=dtype)
    if mistakes[0] == "tanh tanh":
        mine = {name: mine[name] for name in ("y", "h_last", "c_last")}
    texts = found(mine, LSTM)
    assert len(texts) == 1 and expected in texts[0], texts


@pytest.mark.sampled(4)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "mistake, expected",
    [
        ("update gate", "the update gate is the other way round"),
        ("reset before", "multiplies the hidden state before the candidate's product"),
        ("bias outside", "recurrent bias is added outside the reset"),
        ("no reset", "the reset gate is computed but does not multiply anything"),
    ],
)
def test_a_mistake_in_a_gru_is_the_only_explanation(mistake, expected, dtype):
    texts = found(gru_loop(GRU, mistake, dtype=dtype), GRU)
    assert len(texts) == 1 and expected in texts[0], texts


@pytest.mark.sampled(4)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", [GRU, LSTM], ids=["gru", "lstm"])
def test_every_order_of_gates_is_found(case, dtype):
    gates = case.network.options.gates
    right = tuple(range(len(gates)))
    for order in permutations(right):
        if order == right:
            continue
        texts = found(outputs(permuted(case, order), dtype), case)
        taken = ", ".join(gates[order.index(j)] for j in right)
        assert len(texts) == 1 and f"are taken for {taken}" in texts[0], texts


@pytest.mark.sampled(4)
@pytest.mark.parametrize("names", [("W_x",), ("W_h",), ("b_x",), ("W_x", "W_h")], ids=str)
def test_an_order_of_gates_in_some_arrays_is_found_there(names):
    (text,) = found(outputs(permuted(LSTM, (1, 0, 2, 3), names)), LSTM)
    shown = " and ".join(name.replace("b_x", "b") for name in names)
    assert text.startswith(f"forget gate f and input gate i are exchanged in {shown}: ")


@pytest.mark.slow
@pytest.mark.parametrize(
    "prefix, expected",
    [
        ("", "of every layer and direction"),
        ("layer1.", "of layer 1"),
        ("layer0.reverse", "of layer 0, reverse"),
    ],
)
def test_an_order_of_gates_in_some_layers_is_found_there(prefix, expected):
    case = random_case(Options(direction="bidirectional"), L=2, T=3, seed=6)
    (text,) = found(outputs(permuted(case, (0, 1, 3, 2), prefix=prefix)), case)
    assert f"b {expected}:" in text


def test_frameworks_with_an_order_are_named():
    (text,) = found(outputs(permuted(LSTM, (1, 0, 2, 3))), LSTM)
    assert "for i, f, g, o, the order of PyTorch" in text


@pytest.mark.slow
@pytest.mark.parametrize("case", [LSTM, GRU, RNN], ids=["lstm", "gru", "rnn"])
def test_every_known_mistake_is_told_from_all_others(case):
    """Orders of gates apart, which have tests of their own."""
    right, weights = computed(Attempt.of(case)), case.network.arrays()
    for mistake in known_mistakes(case):
        mine = computed(mistake.variants[0][1](Attempt.of(case)))
        if mistake.family == "gates" or all(np.array_equal(mine[name], right[name]) for name in right):
            continue
        texts = found({name: array for name, array in mine.items() if name in right and name not in weights}, case)
        assert any(mistake.what in text for text in texts), mistake.what


@pytest.mark.sampled(15)
@pytest.mark.parametrize(
    "text, options, settings",
    [
        ("lengths are ignored", {}, {"lengths": [4, 2]}),
        ("not masked", {}, {"lengths": [4, 2]}),
        ("taken at the last step of the batch", {}, {"lengths": [4, 2]}),
        ("the mean over all steps that are not padding", {}, {"lengths": [4, 1]}),
        ("time runs the other way", {"direction": "reverse"}, {"lengths": [4, 2]}),
        ("not re-aligned in time", {"direction": "bidirectional"}, {"lengths": [4, 2]}),
        ("concatenated in the other order", {"direction": "bidirectional"}, {}),
        ("forward and the reverse direction are exchanged", {"direction": "bidirectional"}, {}),
        ("only the forward direction hands a gradient", {"direction": "bidirectional"}, {}),
        ("the weights of layers 1 and 2 are exchanged", {}, {"L": 3}),
        ("no gradient reaches the layers below", {}, {"L": 2}),
        ("W_h is transposed", {}, {}),
        ("batch and time are exchanged: x", {}, {"B": 4}),
        ("reads the old cell state", {"peepholes": True}, {}),
        ("the output gate's peephole adds nothing", {"peepholes": True}, {}),
        ("the peepholes are left out", {"peepholes": True}, {}),
        ("the forget bias 1.0 is left out", {"forget_bias": 1.0}, {}),
        ("the forget bias 1.0 is added twice", {"forget_bias": 1.0}, {}),
        ("pre-activations are not clipped", {"clip": 0.5}, {}),
        ("clipping of pre-activations as if", {"clip": 0.5}, {}),
        ("the forget gate is one minus the input gate", {"coupled": "i"}, {}),
        ("the bias b_h is left out", {"biases": 2}, {}),
        ("both biases are added twice", {"biases": 2}, {}),
        ("the gradients of the biases are half", {"biases": 2}, {"B": 3}),
        ("h_last and c_last are exchanged", {}, {}),
        ("the outputs y hold the cell state", {}, {}),
    ],
)
@pytest.mark.parametrize("dtype", DTYPES)
def test_mistakes_under_options_are_found(text, options, settings, dtype):
    case = random_case(Options(**options), **{"T": 4, "H": 3, "P": 2, "seed": 8, **settings})
    mine = mistaken(case, text)
    names = [name for name in mine if name in computed(Attempt.of(case)) and "W_" not in name.split("d_")[0]]
    texts = found({name: mine[name].astype(dtype) for name in names if name in COMPUTED or ".d_" in name}, case)
    assert len(texts) == 1 and text in texts[0], texts


COMPUTED = ("y", "h_last", "c_last", "d_x", "d_h0", "d_c0")


@pytest.mark.sampled(8)
@pytest.mark.parametrize(
    "mistakes",
    [
        ("bias twice", "mean over batch"),
        ("bias twice", "forget bias"),
        ("sigmoid for g", "no bias"),
        ("h, x", "forget bias"),
        ("zero states", "bias twice"),
        ("no tanh", "d_c not carried"),
        ("d_h not carried", "mean over batch"),
        ("no slopes", "d_c not carried"),
    ],
    ids=str,
)
def test_two_mistakes_at_once_are_found(mistakes):
    texts = found(lstm_loop(LSTM, *mistakes), LSTM)
    expected = {name[0]: text for name, text in WRONG_LOOPS.items() if len(name) == 1}
    assert any(all(expected[one] in text for one in mistakes) for text in texts), texts


@pytest.mark.slow
def test_an_order_of_gates_and_a_forget_bias_at_once():
    case = permuted(LSTM, (1, 0, 2, 3))
    (text,) = found(outputs(dataclasses.replace(case, network=case.network.replace(forget_bias=1.0))), LSTM)
    assert "exchanged in W_x, W_h and b" in text and "a forget bias of 1 is added" in text


def test_what_nothing_explains_is_said_to_be_so(few_pairs):
    mine = lstm_loop(LSTM)
    mine["y"][1, 2, 0] += 0.25
    diagnosis = diagnose(mine, LSTM)
    first = diagnosis.first
    assert diagnosis.explanations == () and diagnosis.singles > 50 and diagnosis.pairs > 100
    assert (first.tensor, first.row, first.step, first.unit) == ("y", 1, 2, 0)
    assert first.error == pytest.approx(0.25)
    assert first.ulp == pytest.approx(0.25 / np.spacing(abs(first.expected)))
    assert "No known mistake explains it" in diagnosis.text()


def test_the_search_for_pairs_is_bounded(few_pairs):
    case = random_case(Options(), L=2, T=10, seed=9)
    mine = {"y": case.run()[0].y + 0.25}
    diagnosis = diagnose(mine, case)
    assert diagnosis.skipped > 0
    assert f"{diagnosis.skipped} more pairs were not tried" in diagnosis.text()


def test_the_first_difference_is_first_in_the_order_of_computation(no_search):
    tensors = LSTM.tensors()
    for name in ("layer0.forward.o", "layer0.forward.a_i", "layer0.forward.d_a_f"):
        tensors[name] = tensors[name] + 1
    first = diagnose(tensors, LSTM).first
    assert (first.tensor, first.gate, first.step, first.layer) == ("layer0.forward.a_i", "i", 0, 0)


def test_the_reverse_direction_begins_with_the_last_step(no_search):
    case = random_case(Options(direction="reverse"), T=4, lengths=[4, 2], seed=10)
    tensors = case.tensors()
    name = "layer0.reverse.c"
    wrong = tensors[name].copy()
    wrong[1, 0], wrong[0, 2] = 9, 9
    first = diagnose({**tensors, name: wrong}, case).first
    # Row 1 has two steps: time 0 is its second. Row 0 has four: time 2 is its second, too.
    assert (first.row, first.step, first.run) == (0, 2, 1)


def test_the_first_gradient_is_that_of_the_last_step(no_search):
    tensors = LSTM.tensors()
    mine = {"d_c": tensors["layer0.forward.d_c"] + 1, "d_W_x": tensors["layer0.forward.d_W_x"] + 1}
    first = diagnose(mine, LSTM).first
    assert (first.tensor, first.step) == ("layer0.forward.d_c", 3)


def test_the_first_gradient_is_that_of_the_last_layer_and_direction(no_search):
    case = random_case(Options(direction="bidirectional"), L=2, T=2, seed=3)
    names = [f"layer{n}.{way}.d_o" for n in (0, 1) for way in ("forward", "reverse")]
    mine = {name: case.tensors()[name] + 1 for name in names}
    assert diagnose(mine, case).first.tensor == "layer1.reverse.d_o"
    del mine["layer1.reverse.d_o"]
    assert diagnose(mine, case).first.tensor == "layer1.forward.d_o"


def test_units_in_the_last_place_are_those_of_the_dtype(no_search):
    mine = LSTM.run()[0].y.astype(np.float32)
    mine[0, 0, 0] += np.float32(0.25)
    first = diagnose({"y": mine}, LSTM).first
    assert first.ulp == pytest.approx(0.25 / np.spacing(np.float32(abs(first.expected))), rel=1e-5)


def test_double_precision_is_held_to_its_own_rounding():
    assert not diagnose({"y": LSTM.run()[0].y * (1 + 1e-13)}, LSTM).agrees


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_the_first_difference(number):
    mine = lstm_loop(LSTM)
    mine["y"][0, 1, 2] = number
    diagnosis = diagnose(mine, LSTM)
    assert diagnosis.first.tensor == "y" and diagnosis.first.index == (0, 1, 2)
    assert not diagnosis.explanations and "NaN and infinities" in diagnosis.text()


def test_single_precision_in_the_middle_is_told():
    mine = {name: array.astype(np.float64) for name, array in lstm_loop(LSTM, dtype=np.float32).items()}
    (text,) = found(mine, LSTM)
    assert "to the rounding of float32" in text
    wrong = {n: a.astype(np.float64) for n, a in lstm_loop(LSTM, "bias twice", dtype=np.float32).items()}
    (text,) = found(wrong, LSTM)
    assert "the bias b is added twice" in text and "computed in float32" in text


def test_what_cannot_be_told_apart_is_listed_with_the_tensor_that_decides():
    # Without states, biases and a second step, W_h and b have had no effect.
    network = LSTM.network.replace({"layer0.forward.b_x": 0 * LSTM.network.layers[0][0].b_x})
    states = {name: 0 * getattr(LSTM, name) for name in ("h0", "c0")}
    case = dataclasses.replace(LSTM, network=network, x=LSTM.x[:, :1], d_y=LSTM.d_y[:, :1], **states)
    mine = {"y": outputs(permuted(case, (1, 0, 2, 3)))["y"]}
    diagnosis = diagnose(mine, case)
    assert len(diagnosis.explanations) > 1 and diagnosis.deciding is not None
    assert f"To tell them apart, add {diagnosis.deciding}." in diagnosis.text()


@pytest.mark.sampled(2)
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_gradients_under_the_names_of_pytorch(cell, few_pairs):
    case = random_case(Options(cell=cell, biases=2, direction="bidirectional"), L=2, T=2, seed=12)
    order = (1, 0, 2, 3) if cell == "lstm" else (1, 0, 2)
    trace, gradients = permuted(case, order).run()
    right = gradients_to_framework("pytorch", case.network, case.run()[1])
    assert diagnose({f"{name}.grad": array for name, array in right.items()}, case, framework="pytorch").agrees
    wrong = gradients_to_framework("pytorch", case.network, gradients)
    mine = {"y": trace.y, **{f"{name}.grad": array for name, array in wrong.items()}}
    (text,) = found(mine, case, framework="pytorch")
    assert ("forget gate f" if cell == "lstm" else "update gate z") in text
    assert ("instead of i, f, g, o" if cell == "lstm" else "instead of r, z, n") in text
    first = diagnose({"weight_ih_l1": wrong["weight_ih_l1"]}, case, framework="pytorch").first
    assert (first.tensor, first.layer, first.direction) == ("weight_ih_l1", 1, "forward")


@pytest.mark.sampled(4)
@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_gradients_under_own_names_are_those_of_the_conversion(cell, framework):
    tried = 0
    for biases, reset in ((1, None), (2, None), (0, None), (1, "before"), (2, "before")):
        if reset and cell != "gru":
            continue
        case = random_case(Options(cell=cell, biases=biases, reset=reset), L=1, T=2, seed=2)
        gradients = case.run()[1]
        try:
            expected = gradients_to_framework(framework, case.network, gradients)
        except ValueError:
            continue
        seen, tried = OwnNames(framework, case.network).view(gradients.totals()), tried + 1
        assert all(np.array_equal(seen[name], array) for name, array in expected.items())
    assert tried or (cell, framework) in {
        ("gru", "tflite"),
        ("gru", "series"),
        ("rnn", "series"),
        ("rnn", "haste_pytorch"),
        ("rnn", "haste_tf"),
    }


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", ["lstm-plain", "lstm-no-biases", "lstm-everything", "gru-two-biases", "gru-before"])
def test_a_mistake_knows_the_arrays_that_its_words_name(name):
    case = golden_case(name)
    biases, there = case.network.options.biases, case.network.layers[0][0].arrays()
    for mistake in known_mistakes(case):
        words = re.findall(r"(?:\b|d_)(W_[xhp]|b_[xhp]|b|p_[fio])\b", f"{mistake.what}; {mistake.change}")
        named = {"b_x" if word == "b" else word for word in words} & set(there)
        about = {array for array in mistake.arrays if array in there}
        # In d_b = ... any bias is meant.
        assert about == named or (named == {"b_x"} and about == {"b_x", "b_h"} and biases == 2), mistake.what


@pytest.mark.slow
def test_an_explanation_says_where_its_arrays_lie(few_pairs):
    case = random_case(Options(cell="lstm", biases=2, direction="bidirectional"), L=2, T=1, seed=12)
    gradients = gradients_to_framework("pytorch", case.network, permuted(case, (1, 0, 2, 3)).run()[1])
    diagnosis = diagnose({f"{name}.grad": array for name, array in gradients.items()}, case, framework="pytorch")
    assert diagnosis.explanations[0].arrays == ("W_x", "W_h", "b_x", "b_h")
    assert diagnosis.legends[0].startswith("In PyTorch: W_x is weight_ih_l0, weight_ih_l0_reverse and so on; W_h is")


def test_names_without_a_prefix_where_there_is_one_place():
    tensors = LSTM.tensors()
    assert diagnose({"a_f": tensors["layer0.forward.a_f"], "d_b_x": tensors["layer0.forward.d_b_x"]}, LSTM).agrees


def test_other_inputs_are_said_to_be_given():
    diagnosis = diagnose({"x": LSTM.x + 1}, LSTM)
    assert diagnosis.given and "not computed but given" in diagnosis.text()


@pytest.mark.parametrize(
    "mine, error, text",
    [
        ([1.0], TypeError, "mine: expected a mapping from names to arrays, got list"),
        ({}, ValueError, "mine: expected at least one tensor of the case, got none"),
        ({1: 1.0}, TypeError, "mine: expected names of tensors, got a key of type int"),
        ({"layer0.forward.d_W": 1.0}, ValueError, "perhaps layer0.forward.d_W_"),
        ({"nothing": 1.0}, ValueError, "mine: expected names of the case's tensors, .* got 'nothing'"),
        ({"y": "text"}, TypeError, "y: expected an array of numbers"),
        ({"y": np.ones((2, 4, 3), complex)}, TypeError, "y: expected real floating-point numbers, got dtype complex"),
        ({"y": np.ones((4, 2, 3))}, ValueError, "y: expected shape .* batch and time may be exchanged"),
        ({"y": np.ones((2, 4, 5))}, ValueError, r"y: expected shape \(2, 4, 3\), got \(2, 4, 5\)$"),
        ({"d_W_x": np.ones((2, 12))}, ValueError, "d_W_x: expected shape .* it may be transposed"),
        ({"a_f": np.ones((2, 4, 3)), "layer0.forward.a_f": np.ones((2, 4, 3))}, ValueError, "twice"),
    ],
    ids=str,
)
def test_bad_input_is_refused(mine, error, text):
    with pytest.raises(error, match=text):
        diagnose(mine, LSTM)


def test_other_bad_arguments_are_refused():
    with pytest.raises(TypeError, match="case: expected Case, got dict"):
        diagnose({"y": 1.0}, {})
    with pytest.raises(TypeError, match="case: expected real numbers, got complex ones"):
        diagnose({"y": LSTM.x}, LSTM.astype(np.complex128))
    with pytest.raises(ValueError, match=f"framework: expected one of {FRAMEWORKS[0]}"):
        diagnose({"y": LSTM.x}, LSTM, framework="nothing")
