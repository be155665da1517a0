"""Every vector of the suite against two oracles that share no code with what wrote it.

The true values are computed by the operator's own lines over decimal numbers; that the lines are right is for others to
say: JAX, whose second program is differentiated by itself, for every tensor forward and backward; and the complex step
of the forward pass for the gradients of inputs, states and parameters. mpmath has the outputs, see `test_decimals`.
"""

import dataclasses

import numpy as np
import pytest

from lstmderiv.interchange import Network, case_names, exact_sections, golden_case, recurrent
from lstmderiv.verify.automatic.recurrent import recurrent_tensors

every_case = pytest.mark.parametrize("name", case_names())
# Compiling the second program takes seconds a case: a few are checked at every turn, all by CI.
QUICK = ("rnn-everything",)


def distance(found, true):
    """The largest difference, in units of the largest entry's last place."""
    return np.abs(found - true).max() / np.spacing(np.abs(true).max()) if np.any(true) else np.abs(found).max()


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in case_names()]
)
def test_every_vector_agrees_with_automatic_differentiation(name):
    case = golden_case(name)
    sections, found = exact_sections(case), recurrent_tensors(case)
    expected = {**sections["forward"], **sections["backward"]}
    assert set(found) == set(expected)
    for place, true in expected.items():
        assert found[place].shape == true.shape
        assert distance(found[place], true) <= 64, place


def loss(case, arrays):
    network = Network.from_arrays(case.network.options, {place: arrays[place] for place in case.network.arrays()})
    run = recurrent(arrays["x"], network, arrays["h0"], arrays.get("c0"), lengths=case.lengths)
    total = (case.d_y * run.y).sum() + (case.d_h_last * run.h_last).sum()
    return total if run.c_last is None else total + (case.d_c_last * run.c_last).sum()


@pytest.mark.sampled(8)
@every_case
def test_every_gradient_agrees_with_the_complex_step(name):
    case = golden_case(name)
    arrays = {"x": case.x, "h0": case.h0, "c0": case.c0, **case.network.arrays()}
    arrays = {place: array for place, array in arrays.items() if array is not None}
    backward, rng = exact_sections(case)["backward"], np.random.default_rng(0)
    for place, array in arrays.items():
        prefix, dot, last = place.rpartition(".")
        true = backward[f"{prefix}{dot}d_{last}"]
        for _ in range(2):
            # Along a random direction of the whole array: one run for all entries.
            direction = rng.normal(size=array.shape)
            slope = loss(case, {**arrays, place: array + 1e-30j * direction}).imag / 1e-30
            assert abs(slope - (true * direction).sum()) <= 1e-14 * np.linalg.norm(true) * np.linalg.norm(direction)


@pytest.mark.sampled(9)
@every_case
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_operator_itself_stays_close_to_the_truth(name, dtype):
    case = golden_case(name).astype(dtype)
    true, found = exact_sections(case, dtype), case.sections()
    for section in true:
        for place, array in true[section].items():
            assert found[section][place].dtype == array.dtype
            assert distance(found[section][place], array) <= 16, place


@pytest.mark.sampled(2)
@pytest.mark.parametrize("part", ["W_x", "d_y"])
def test_the_certificates_can_fail(part):
    case = golden_case("gru-plain")
    arrays = case.network.arrays()
    if part == "d_y":
        wrong = dataclasses.replace(case, d_y=case.d_y * (1 + 1e-12))
    else:
        arrays["layer0.forward.W_x"] = arrays["layer0.forward.W_x"] * (1 + 1e-12)
        wrong = dataclasses.replace(case, network=Network.from_arrays(case.network.options, arrays))
    true, found = exact_sections(case)["backward"], recurrent_tensors(wrong)
    assert max(distance(found[place], array) for place, array in true.items()) > 64
