"""What is known of tensors by their names holds for every tensor of every golden case."""

from dataclasses import fields

import pytest

from lstmderiv.interchange import Options, case_names, golden_case
from lstmderiv.interchange.arrays import ARRAYS, arrays_of
from lstmderiv.interchange.names import KINDS, TENSORS, base_of, kind_of, own_name, place_of
from lstmderiv.interchange.network import Weights

OF_SECTION = {
    "inputs": {"inputs", "states"},
    "parameters": {"weights"},
    "forward": {"pre_activations", "gates", "states"},
    "upstream": {"gradients"},
    "backward": {"gradients"},
}


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", case_names())
def test_every_tensor_of_a_case_is_known(name):
    case = golden_case(name)
    everything = {full: array for tensors in case.sections().values() for full, array in tensors.items()}
    places = {(n, case.network.options.directions[k]) for n, k, _ in case.network.places()}
    for section, tensors in case.sections().items():
        for full, array in tensors.items():
            assert kind_of(full) in OF_SECTION[section], full
            assert place_of(full) in {None, *places}
            # A gradient has the shape of what it is the gradient of.
            base = full.removesuffix(own_name(full)) + base_of(full)
            assert everything.get(base, array).shape == array.shape, full


def test_nothing_is_known_that_no_case_has():
    seen = {own_name(full) for name in case_names() for part in golden_case(name).sections().values() for full in part}
    # Only what is differentiable, and is noted going back, has a gradient that a case shows.
    assert {name for name, tensor in TENSORS.items() if tensor.of is None} <= seen
    assert {tensor.kind for tensor in TENSORS.values()} == set(KINDS)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"biases": 0}, "W_x W_h"),
        ({"biases": 1}, "W_x W_h b_x"),
        ({"biases": 2}, "W_x W_h b_x b_h"),
        ({"biases": 0, "peepholes": True}, "W_x W_h p_f p_i p_o"),
        ({"biases": 0, "projection": True}, "W_x W_h W_p"),
        ({"biases": 0, "projection": True, "projection_bias": True}, "W_x W_h W_p b_p"),
    ],
)
def test_the_arrays_of_a_network_are_those_of_its_options(options, expected):
    assert arrays_of(Options(cell="lstm", **options)) == expected.split()


def test_every_array_is_known():
    assert list(ARRAYS) == [field.name for field in fields(Weights)]


def test_a_name_that_no_run_has_is_not_guessed():
    with pytest.raises(KeyError):
        kind_of("d_anything")
