"""Diagnosis of what people give: a framework's own names, mistakes of autograd's kind, and no explanation by chance."""

import dataclasses

import numpy as np
import pytest
from operator_cases import random_case
from test_diagnose import found, mistaken, permuted

from lstmderiv.interchange import Options, diagnose, gradients_to_framework
from lstmderiv.interchange.diagnosis.attempt import Attempt
from lstmderiv.interchange.diagnosis.closeness import computed
from lstmderiv.interchange.diagnosis.mistakes import known_mistakes

LSTM = random_case(Options(biases=2), T=4, D=2, H=3, seed=31)
DEEP = random_case(Options(biases=2, direction="bidirectional"), L=2, T=2, seed=32)
SHOWN = ("y", "h_last", "c_last", "d_x", "d_h0", "d_c0", "layer0.forward.d_W_x", "layer0.forward.d_W_h")


def joined(states):
    """(L, K, B, R) as (L K, B, R), which is how PyTorch has it."""
    return states.reshape(-1, *states.shape[2:])


def of_pytorch(case):
    """What a PyTorch program has at hand, under PyTorch's names."""
    trace, gradients = case.run()
    named = gradients_to_framework("pytorch", case.network, gradients)
    return {
        "output": trace.y,
        "h_n": joined(trace.h_last),
        "c_n": joined(trace.c_last),
        "grad_input": gradients.x,
        "grad_h_0": joined(gradients.h0),
        **{f"grad_{name}": array for name, array in named.items()},
    }


def test_the_names_and_shapes_of_pytorch_are_read():
    diagnosis = diagnose(of_pytorch(DEEP), DEEP, framework="pytorch")
    assert diagnosis.agrees
    assert {row.tensor for row in diagnosis.table} >= {"y", "h_last", "c_last", "d_x", "d_h0", "weight_ih_l1_reverse"}


def test_the_names_of_pytorch_are_not_known_without_it():
    with pytest.raises(ValueError, match=r"mine: expected names of the case's tensors, .*got 'h_n'"):
        diagnose({"h_n": joined(DEEP.run()[0].h_last)}, DEEP)


def test_weights_beside_gradients_are_refused_with_the_reason():
    mine = {**of_pytorch(DEEP), "weight_ih_l0": DEEP.network.layers[0][0].W_x}
    with pytest.raises(ValueError, match="weight_ih_l0 twice; a parameter's name means its gradient, so leave"):
        diagnose(mine, DEEP, framework="pytorch")


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "array, theirs", [("W_x", "weight_ih_l0_reverse"), ("b_x", "bias_ih_l0_reverse"), ("b_h", "bias_hh_l0_reverse")]
)
def test_an_order_in_one_array_of_one_direction_is_told_in_the_names_of_pytorch(array, theirs):
    case = permuted(DEEP, (1, 0, 2, 3), (array,), "layer0.reverse")
    diagnosis = diagnose({"output": case.run()[0].y}, DEEP, framework="pytorch")
    (one,) = diagnosis.explanations
    assert one.what.startswith(f"input gate i and forget gate f are exchanged in {array} of layer 0, reverse: ")
    assert f"\n  In PyTorch: {array} is {theirs}.\n" in diagnosis.text()


def test_activations_are_told_in_the_letters_of_a_framework():
    case = random_case(Options(cell="gru", biases=2), T=3, seed=33)
    y = mistaken(case, "candidate g goes through the sigmoid")["y"]
    (text,) = found({"y": y}, case, framework="pytorch")
    assert text == "candidate n goes through the sigmoid instead of tanh"


@pytest.mark.parametrize("name", ["h0", "c0"])
def test_a_state_that_is_ignored_has_no_gradient(name):
    trace, gradients = dataclasses.replace(LSTM, **{name: 0 * getattr(LSTM, name)}).run()
    tensors = {"d_h0": gradients.h0, "d_c0": gradients.c0}
    tensors[f"d_{name}"] = np.zeros_like(tensors[f"d_{name}"])
    assert found({"y": trace.y, "d_x": gradients.x, **tensors}, LSTM) == [
        f"the initial state {name} is ignored (and d_{name} is zero)"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a forget bias of 1 is added twice",
        "a forget bias of 1 is added to input gate i",
        "the slope of the activation of forget gate f, input gate i and output gate o is computed from the",
        "every gradient is the negative of the sum",
    ],
)
def test_these_are_told_from_all_others(text):
    tensors = mistaken(LSTM, text)
    (what,) = found({name: tensors[name] for name in SHOWN}, LSTM)
    assert text in what


def test_a_forget_bias_in_the_wrong_block_is_found():
    case = random_case(Options(forget_bias=1.0), T=4, seed=34)
    y = mistaken(case, "the forget bias 1.0 is added to output gate o instead of the forget gate")["y"]
    (what,) = found({"y": y}, case)
    assert "output gate o instead of" in what


@pytest.mark.slow
def test_two_mistakes_are_not_taken_for_one_of_low_precision():
    """In float16 the bound is about a tenth: "computed in float16" would fit much that is wrong otherwise."""
    first = next(one for one in known_mistakes(LSTM) if one.what.startswith("d_h is not carried back"))
    then = next(one for one in known_mistakes(LSTM) if "every gradient is the mean over the batch" in one.what)
    tensors = computed(then.variants[0][1](first.variants[0][1](Attempt.of(LSTM))))
    texts = found({name: tensors[name] for name in SHOWN}, LSTM)
    assert texts and not any("float16" in text for text in texts)
    assert all("d_h is not carried back" in text and "mean over the batch" in text for text in texts)


def test_numbers_that_went_through_float16_are_still_recognised():
    y = LSTM.run()[0].y.astype(np.float16).astype(np.float64)
    (text,) = found({"y": y}, LSTM)
    assert "float16" in text
