"""What `make crosscheck` left behind: results that fit the list of cases, and a file of PyTorch's that we reproduce."""

import ast
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from crosscheck import variations
from crosscheck.frameworks import NAMES
from crosscheck.known import Known, known_of
from crosscheck.results import RESULTS, lost, written
from crosscheck.rounding import bounds
from crosscheck.worker import Runner
from lstmderiv.interchange import from_framework, gradients_to_framework, recurrent, recurrent_backward

ROOT = Path(__file__).parents[2]


@pytest.fixture
def pytorch_file():
    with np.load(ROOT / "tests" / "data" / "pytorch_lstm.npz", allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def test_pytorch_file_is_reproduced(pytorch_file):
    state = {name: a for name, a in pytorch_file.items() if name.startswith(("weight_", "bias_"))}
    network = from_framework("pytorch", state, "lstm", batch_first=True)
    trace = recurrent(pytorch_file["input"], network)
    gradients = recurrent_backward(pytorch_file["grad_output"], trace)

    def agrees(ours, theirs):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12 * np.abs(theirs).max())

    agrees(trace.y, pytorch_file["output"])
    agrees(trace.h_last.reshape(4, 2, 4), pytorch_file["h_n"])
    agrees(trace.c_last.reshape(4, 2, 4), pytorch_file["c_n"])
    agrees(gradients.x, pytorch_file["grad_input"])
    of_weights = gradients_to_framework("pytorch", network, gradients)
    assert of_weights.keys() == state.keys()
    for name, gradient in of_weights.items():
        agrees(gradient, pytorch_file[f"grad_{name}"])


def test_pytorch_file_has_two_layers_of_both_directions(pytorch_file):
    state = {name: a for name, a in pytorch_file.items() if name.startswith(("weight_", "bias_"))}
    assert len(state) == 16
    assert all(array.dtype == np.float64 and np.abs(array).max() > 0 for array in pytorch_file.values())
    assert pytorch_file["output"].shape == (2, 5, 8)


# ------------------------------------------------------------------------------------------- the results, as committed

RECORDED = json.loads(RESULTS.read_text(encoding="utf-8"))


def test_results_are_of_all_frameworks_that_can_be_run():
    assert list(RECORDED["frameworks"]) == list(NAMES)
    for found in RECORDED["frameworks"].values():
        assert found["versions"] and all(found["versions"].values())


def test_results_are_as_the_run_writes_them():
    assert written(RECORDED["frameworks"]) == RESULTS.read_text(encoding="utf-8")


@pytest.mark.sampled(9)
@pytest.mark.parametrize("name", NAMES)
def test_results_have_every_case_of_the_list_and_no_other(name):
    """The list depends on what agrees alone: it is gone through with the outcomes that were recorded."""
    cases = RECORDED["frameworks"][name]["cases"]

    class Recorded(Runner):
        def _outcome(self, cell, case, varied):
            return dict(cases.get(case.name, {"outcome": "missing"}))

    runner = Recorded(name, SimpleNamespace(HOME=_home(name)))
    runner.all()
    assert {k: v for k, v in runner.cases.items() if v["outcome"] == "missing"} == {}
    assert runner.cases.keys() == cases.keys()
    assert all(runner.cases[case].get("alone") == result.get("alone") for case, result in cases.items())


def _home(name):
    """What a framework's module says of its cases, without importing the framework."""
    tree = ast.parse((RESULTS.parent / "frameworks" / f"{name}.py").read_text(encoding="utf-8"))
    values = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "HOME"
    ]
    return ast.literal_eval(values[0])


@pytest.mark.sampled(9)
@pytest.mark.parametrize("name", NAMES)
def test_what_agrees_is_within_its_bound_and_what_does_not_has_a_reason(name):
    found = RECORDED["frameworks"][name]
    reasons = {entry.reason for entry in known_of(name)}
    given = set()
    for case in found["cases"].values():
        if case["outcome"] == "agrees":
            allowed = RECORDED["tolerance"] if found["dtype"] == "float64" else case["bound"]
            assert 0 <= case["forward"] <= allowed
            assert 0 <= case.get("backward", 0) <= RECORDED["tolerance"]
        elif case["outcome"] == "cannot":
            assert case["reason"]
        else:
            assert case["outcome"] in ("differs", "refuses")
            given.add(case["reason"])
    assert given == reasons
    for case in found["cases"].values():
        for entry in known_of(name):
            if case.get("reason") == entry.reason and entry.measured:
                assert max(case.get("forward", 0), case.get("backward", 0)) <= entry.at_most
    assert any(case["outcome"] == "agrees" for case in found["cases"].values())


# --------------------------------------------------------------------------------------------------- the run can fail


def _framework(change=lambda outputs, gradients: None):
    """A framework that is this package, but for a change of what it puts out."""

    def run(case, weights):
        trace, gradients = case.run()
        outputs = {name: getattr(trace, name).copy() for name in ("y", "h_last", "c_last")}
        found = {name: getattr(gradients, name).copy() for name in ("x", "h0", "c0")}
        found |= gradients_to_framework("lstmderiv", case.network, gradients)
        change(outputs, found)
        return outputs, found

    return SimpleNamespace(
        HOME={"labels": (), "finished": ("zero",)}, CONVENTION="lstmderiv", DTYPE="float64", run=run
    )  # fmt: skip


def test_equal_numbers_agree():
    runner = Runner("none", _framework())
    assert runner.one("lstm", [], ()) == "agrees"
    assert runner.faults == []
    assert runner.cases["lstm"] == {"outcome": "agrees", "forward": 0.0, "backward": 0.0, "alone": ""}


@pytest.mark.parametrize("name", ["y", "c_last", "x", "h0", "b"])
def test_one_wrong_entry_differs(name):
    def change(outputs, gradients):
        (outputs if name in outputs else gradients)[name].flat[-1] += 1e-9

    runner = Runner("none", _framework(change))
    assert runner.one("lstm", [], ()) == "differs"
    assert len(runner.faults) == 1 and name in str(runner.cases["lstm"])


def test_error_that_is_not_known_is_a_fault():
    def change(outputs, gradients):
        raise RuntimeError("no kernel")

    runner = Runner("none", _framework(change))
    assert runner.one("lstm", [], ()) == "refuses"
    assert "RuntimeError: no kernel" in runner.faults[0]


def test_known_difference_that_has_gone_away_is_a_fault():
    runner = Runner("none", _framework())
    runner.known = {Known("none", "differs", "it did once"): 0}
    assert runner.one("lstm", [], ()) == "agrees"
    assert "it did once" in runner.faults[0]


def test_known_difference_of_float32_does_not_excuse_a_greater_one():
    runner = Runner("none", _framework(lambda outputs, gradients: outputs["y"].fill(0)))
    runner.known = {Known("none", "differs", "it is float32", at_most=1e-5): 0}
    assert runner.one("lstm", [], ()) == "differs"
    assert "it is float32" in runner.faults[0]


def test_known_difference_gives_its_reason():
    runner = Runner("none", _framework(lambda outputs, gradients: outputs["y"].fill(0)))
    runner.known = {Known("none", "differs", "it puts out nothing"): 0}
    assert runner.one("lstm", [], ()) == "differs"
    assert runner.faults == []
    assert runner.cases["lstm"]["reason"] == "it puts out nothing"


def test_what_agreed_before_and_does_not_now_is_lost():
    before = {"cases": {"a": {"outcome": "agrees"}, "b": {"outcome": "differs"}, "c": {"outcome": "agrees"}}}
    now = {"cases": {"a": {"outcome": "agrees"}, "b": {"outcome": "agrees"}}}
    assert [text.split(":")[0] for text in lost(before, now)] == ["c"]
    assert lost(None, now) == []


# ------------------------------------------------------------------------------------------------ the bound of float32

VARIED = [
    ("lstm", "bidirectional", "two_layers", "ragged_zero", "peepholes", "projection_clip", "cell_clip"),
    ("lstm", "time_first", "clip", "coupled_f", "softsign_both"),
    ("gru", "reset_before", "reverse", "two_biases"),
    ("gru", "two_layers", "ragged_last"),
    ("rnn", "bidirectional", "softplus_state"),
]


@pytest.mark.parametrize("cell, labels", [(cell, labels) for cell, *labels in VARIED])
def test_float32_stays_within_the_bound_and_a_wrong_bias_does_not(cell, labels):
    varied = [v for v in variations.VARIATIONS[cell] if v.label in labels]
    case = variations.build(cell, varied, "zero")
    allowed = bounds(case, np.float32)
    single = case.astype(np.float32)
    y, exact = single.run()[0].y, case.run()[0].y
    assert y.dtype == np.float32
    assert np.all(np.abs(y - exact) <= allowed["y"])
    assert 0 < np.max(allowed["y"]) < 1e-3
    name = next(iter(case.network.arrays()))
    wrong = case.network.arrays()[name] * (1 + 1e-3)
    far = np.abs(replace(case, network=case.network.replace({name: wrong})).run()[0].y - exact)
    assert np.any(far > allowed["y"])
