"""The golden cases: their numbers, what they cover, and that no number lies where an answer would hang on rounding."""

import dataclasses
import itertools

import numpy as np
import pytest

from lstmderiv.interchange import ACTIVATIONS, Options, case_names, golden_case, golden_numbers
from lstmderiv.interchange.vectors.cases import SIZES

every_case = pytest.mark.parametrize("name", case_names())


def given_arrays(case):
    """The arrays of a case that the formula gives, in the order of their count."""
    sections = case.sections()
    return {
        name: array
        for section in ("inputs", "parameters", "upstream")
        for name, array in sections[section].items()
        if name != "lengths"
    }


def formula(k, j):
    """The formula as the documentation has it, in Python's whole numbers."""
    m = 1 + (k + 37 * j) % 250
    n = m * m * m % 251
    return (n - 251 if n > 125 else n) / 128


@pytest.mark.sampled(5)
@every_case
def test_the_numbers_of_a_case_are_those_of_the_formula(name):
    for j, (place, array) in enumerate(given_arrays(golden_case(name)).items()):
        if np.any(array):
            assert array.ravel().tolist() == [formula(k, j) for k in range(array.size)], place
        else:
            assert place in ("h0", "c0", "d_h_last", "d_c_last")


@pytest.mark.sampled(5)
@every_case
def test_numbers_are_small_distinct_and_exact_in_every_format(name):
    for place, array in given_arrays(golden_case(name)).items():
        assert np.array_equal(array.astype(np.float16), array), place
        if np.any(array):
            assert np.abs(array).max() < 1 and np.all(array != 0), place
            assert len(set(array.flat)) == array.size, place


def test_sizes_differ_from_each_other_so_that_no_axis_can_stand_for_another():
    assert len(set(SIZES.values())) == len(SIZES)
    assert SIZES["T"] in golden_case("lstm-lengths").lengths
    square = golden_case("lstm-square").network
    assert square.input_size == square.hidden_size


def test_every_option_stands_alone_in_some_case():
    alone = set()
    for name in case_names():
        case = golden_case(name)
        different = case.network.options.differences()
        if len(different) == 1 and len(case.network.layers) == 1:
            ((option, value),) = different.items()
            alone.add((case.network.options.cell, option, str(value) if isinstance(value, (str, bool, int)) else "any"))
    for cell in ("lstm", "gru", "rnn"):
        for option, value in [
            ("direction", "reverse"), ("direction", "bidirectional"), ("layout", "time_first"), ("biases", "0"),
            ("biases", "2"), ("clip", "any"), ("finished", "last"), ("finished", "computed"), ("activations", "any"),
        ]:  # fmt: skip
            assert (cell, option, value) in alone
    for option, value in [
        ("forget_bias", "any"), ("peepholes", "True"), ("coupled", "f"), ("coupled", "i"), ("projection", "True"),
        ("cell_clip", "any"),
    ]:  # fmt: skip
        assert ("lstm", option, value) in alone
    assert ("gru", "reset", "before") in alone
    # Options of the projection stand with it alone.
    differences = [set(golden_case(name).network.options.differences()) for name in case_names()]
    assert {"projection", "projection_bias"} in differences and {"projection", "projection_clip"} in differences


def test_every_option_is_used_and_every_activation():
    options = [golden_case(name).network.options for name in case_names()]
    for field in dataclasses.fields(Options):
        values = {repr(getattr(one, field.name)) for one in options}
        assert len(values) > 1, field.name
    assert {one.name for each in options for one in each.activations.values()} == set(ACTIVATIONS)
    assert {tuple(golden_case(n).lengths) for n in case_names() if golden_case(n).lengths is not None} == {
        (3, 5, 2),
        (3, 0, 5),
    }


def test_everything_is_everything():
    for cell in ("lstm", "gru", "rnn"):
        case = golden_case(f"{cell}-everything")
        different = case.network.options.differences()
        wanted = {field.name for field in dataclasses.fields(Options)} - {"cell"}
        if cell != "lstm":
            wanted -= {
                "forget_bias", "peepholes", "coupled", "projection", "projection_bias", "cell_clip", "projection_clip",
            }  # fmt: skip
        assert set(different) == wanted - (set() if cell == "gru" else {"reset"})
        assert len(case.network.layers) == 2 and case.lengths is not None and np.any(case.h0)


def test_constants_of_options_are_exact_in_every_format():
    for name in case_names():
        options = golden_case(name).network.options
        constants = [options.forget_bias, options.clip, options.cell_clip, options.projection_clip]
        constants += [number for one in options.activations.values() for number in one.as_list()[1:]]
        assert all(np.float16(number) == number for number in constants if number is not None)


def edges(options, gate):
    """Where the activation of a gate has a corner, or changes its formula."""
    one = options.activations[gate]
    if one.name == "hard_sigmoid":
        return [-one.beta / one.alpha, (1 - one.beta) / one.alpha]
    if one.name == "thresholded_relu":
        return [one.alpha]
    return [0.0] if one.name in ("relu", "leaky_relu", "elu", "softsign", "softplus") else []


def at_running_steps(case, array):
    """The entries of an intermediate, without those of padded steps."""
    options = case.network.options
    steps = array if options.layout == "batch_first" else array.swapaxes(0, 1)
    lengths = case.lengths if case.lengths is not None and options.finished != "computed" else [steps.shape[1]] * 3
    return np.concatenate([row[:length].ravel() for row, length in zip(steps, lengths)])


def distances(case):
    """(what, array of distances from an edge) for all that has edges, at the steps that run."""
    options, forward = case.network.options, case.sections()["forward"]
    bounds = {"unclipped_c": options.cell_clip, "unclipped_h": options.projection_clip}
    for place, array in forward.items():
        if place in ("y", "h_last", "c_last"):
            continue
        name, values = place.rsplit(".", 1)[-1], at_running_steps(case, array)
        if name.startswith("a_"):
            bounds[name] = options.clip
            for edge in edges(options, name[2:]):
                yield place, np.abs(values - edge)
        if name == "c" and options.cell == "lstm":
            for edge in edges(options, "c"):
                yield place, np.abs(values - edge)
        if bounds.get(name) is not None:
            yield f"{place} and its bound", np.abs(np.abs(values) - bounds[name])


@pytest.mark.sampled(5)
@every_case
def test_no_value_lies_on_a_corner_or_on_the_bound_of_a_clip(name):
    for place, distance in distances(golden_case(name)):
        assert distance.min() > 2e-5, place


@pytest.mark.sampled(5)
@every_case
def test_clips_cut_some_values_and_leave_others(name):
    case = golden_case(name)
    options, forward = case.network.options, case.sections()["forward"]
    for bound, marks in [
        (options.clip, [f".a_{gate}" for gate in options.gates if gate != options.coupled]),
        (options.cell_clip, [".unclipped_c"]),
        (options.projection_clip, [".unclipped_h"]),
    ]:
        for mark in marks if bound is not None else []:
            values = np.concatenate([array.ravel() for place, array in forward.items() if place.endswith(mark)])
            cut = np.abs(values[values != 0]) > bound
            assert 0.05 < cut.mean() < 0.95, mark


@pytest.mark.sampled(5)
@every_case
def test_no_activation_is_saturated(name):
    for place, array in golden_case(name).sections()["forward"].items():
        if ".a_" in place:
            assert np.abs(array).max() < 5, place


@pytest.mark.sampled(5)
@every_case
def test_gates_in_another_order_are_seen_in_the_outputs(name):
    case = golden_case(name)
    options, G = case.network.options, len(case.network.options.gates)
    used = [k for k, gate in enumerate(options.gates) if gate != options.coupled]
    for one, other in itertools.combinations(used, 2):
        order = list(range(G))
        order[one], order[other] = other, one
        swapped = {
            place: np.concatenate([np.split(array, G)[k] for k in order])
            for place, array in case.network.arrays().items()
            if place.rsplit(".", 1)[1] in ("W_x", "W_h", "b_x", "b_h")
        }
        wrong = dataclasses.replace(case, network=case.network.replace(swapped))
        assert np.abs(wrong.run()[0].y - case.run()[0].y).max() > 1e-2


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match=r"name: expected one of lstm-plain, .*, got 'lstm'"):
        golden_case("lstm")
    with pytest.raises(TypeError, match="name: expected str, got int"):
        golden_case(1)


def test_what_a_case_is_for_is_said_in_one_sentence():
    sentences = [golden_case(name).description for name in case_names()]
    assert len(set(sentences)) == len(sentences)
    assert all(sentence.endswith(".") and sentence.count(".") == 1 for sentence in sentences)


def test_numbers_have_the_shape_asked_for():
    assert golden_numbers((2, 3), 0).shape == (2, 3) and golden_numbers((0, 3), 0).shape == (0, 3)
    assert golden_numbers((), 4) == formula(0, 4)


@pytest.mark.parametrize(
    "shape, j, error, message",
    [
        ([2], 0, TypeError, "shape: expected tuple, got list"),
        ((2.0,), 0, TypeError, "shape: expected an integer .*, got float"),
        ((-1,), 0, ValueError, r"shape: expected an integer in 0\.\..*, got -1"),
        ((2,), -1, ValueError, r"j: expected an integer in 0\.\..*, got -1"),
        ((2,), 0.5, TypeError, "j: expected an integer .*, got float"),
    ],
)
def test_numbers_of_no_array_are_refused(shape, j, error, message):
    with pytest.raises(error, match=message):
        golden_numbers(shape, j)
