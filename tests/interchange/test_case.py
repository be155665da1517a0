"""A case: what it holds, its sections, and what it refuses."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from operator_cases import all_together, random_case, random_options
from support import misshapen, not_finite, not_integers, not_numbers, out_of_range, refused

from lstmderiv.interchange import SECTIONS, Case, Options

GIVEN = random_case(Options())
GOOD = {"name": "good", "network": GIVEN.network, "x": GIVEN.x}
B, T, D, H = 2, 3, 2, 2
STATE = [*misshapen((1, 1, B, H)), *not_finite((1, 1, B, H)), *not_numbers((1, 1, B, H), none=False)]

test_refused = refused(
    Case,
    {**GOOD, "h0": GIVEN.h0},
    {
        "name": [("", ValueError), ("a b", ValueError), ("../up", ValueError), ("\u00e9", ValueError), (1, TypeError)],
        "description": [(None, TypeError), (1, TypeError)],
        "network": [(None, TypeError), (GIVEN.network.arrays(), TypeError)],
        "x": [*misshapen((B, T, D))[2:], *not_finite((B, T, D)), *not_numbers((B, T, D))],
        "h0": STATE,
        "c0": STATE,
        "lengths": [(np.ones(B + 1, int), ValueError), *not_integers((B,), none=False), *out_of_range((B,), -1, T + 1)],
        "d_y": [*misshapen((B, T, H)), *not_finite((B, T, H)), *not_numbers((B, T, H), none=False)],
        "d_h_last": STATE,
        "d_c_last": STATE,
    },
)


def test_what_is_left_out_is_zero():
    case = Case(**GOOD)
    for name in ("h0", "c0", "d_y", "d_h_last", "d_c_last"):
        assert not getattr(case, name).any(), name
    assert case.lengths is None and case.description == ""
    assert not case.tensors()["d_x"].any()


def test_it_holds_copies():
    x, d_y = GIVEN.x.copy(), GIVEN.d_y.copy()
    case = replace(GIVEN, x=x, d_y=d_y)
    x[:], d_y[:] = 0, 0
    assert np.array_equal(case.x, GIVEN.x) and np.array_equal(case.d_y, GIVEN.d_y)


@given(random_options())
def test_sections(options):
    case = random_case(options, L=2, lengths=[3, 1])
    sections = case.sections()
    assert tuple(sections) == SECTIONS
    names = [name for part in sections.values() for name in part]
    assert len(names) == len(set(names))
    assert case.tensors().keys() == set(names)
    assert all(isinstance(array, np.ndarray) for part in sections.values() for array in part.values())
    assert {f"d_{name}" for name in ("x", "h0")} <= set(sections["backward"])
    # Every parameter has its gradient, of its shape.
    for name, array in sections["parameters"].items():
        prefix, last = name.rsplit(".", 1)
        assert sections["backward"][f"{prefix}.d_{last}"].shape == array.shape


def test_what_a_case_does_not_have_is_left_out():
    sections = random_case(Options(cell="gru")).sections()
    assert list(sections["inputs"]) == ["x", "h0"]
    assert list(sections["upstream"]) == ["d_y", "d_h_last"]
    assert "c_last" not in sections["forward"] and "d_c0" not in sections["backward"]


def test_run_agrees_with_tensors():
    case = random_case(all_together("i"), L=2, lengths=[3, 1])
    (trace, gradients), tensors = case.run(), case.tensors()
    assert np.array_equal(trace.y, tensors["y"]) and np.array_equal(gradients.x, tensors["d_x"])


def test_astype():
    case = random_case(Options(), lengths=[3, 1])
    single = case.astype(np.float32)
    assert {a.dtype for name, a in single.tensors().items() if name != "lengths"} == {np.dtype(np.float32)}
    assert single.lengths.dtype == case.lengths.dtype and single.name == case.name
    doubled = case.astype(lambda array: 2 * array)
    assert np.array_equal(doubled.x, 2 * case.x)
    assert np.array_equal(
        doubled.network.arrays()["layer0.forward.W_x"], 2 * case.network.arrays()["layer0.forward.W_x"]
    )


def test_an_error_of_an_intervention_is_passed_on():
    def refuse(place, name, value, tape):
        raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        GIVEN.run(refuse)


def test_frozen():
    with pytest.raises(AttributeError):
        GIVEN.name = "other"
    assert GIVEN == GIVEN and replace(GIVEN) != GIVEN
