"""What a step writes down: read by name, open to intervention, and shown."""

import copy
import pickle

import numpy as np
import pytest
from networks import random_network

from lstmderiv import GRUParameters, gru, gru_backward, gru_cell
from lstmderiv.interchange import Options, Tape, recurrent
from lstmderiv.tape import Place


def test_what_is_assigned_is_noted_in_order_and_read_by_name():
    t = Tape(known={"x": np.ones(2)})
    t.b = t.x + 1
    t.a = t.b * 2
    assert list(t) == ["x", "b", "a"]
    assert t["a"] is t.a
    np.testing.assert_array_equal(t.a, [4, 4])


def test_every_assignment_passes_through_the_intervention_but_shares_and_what_is_put_in_do_not():
    seen = []

    def double(place, name, value, tape):
        seen.append((place, name, list(tape)))
        return 2 * value

    place = Place(0, "forward", 3)
    t = Tape(place, double, {"x": 1.0}, shares={"d_W"})
    t.a = t.x
    t.d_W = t.x
    t["b"] = t.x
    assert (t.a, t.d_W, t.b) == (2.0, 1.0, 1.0)
    assert seen == [(place, "a", ["x"])]


def test_a_name_that_is_not_there_is_an_attribute_error_that_names_it():
    with pytest.raises(AttributeError, match="no value 'hh'"):
        Tape(known={"h": 1}).hh  # noqa: B018
    assert not hasattr(Tape(), "_repr_png_")


def kept(place, name, value, tape):
    return value


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))])
@pytest.mark.parametrize("intervene", [None, kept])
def test_a_copy_holds_the_same_values_and_its_own_names(again, intervene):
    t = Tape(Place(0, "forward", 1), intervene, {"x": np.arange(2.0)}, shares={"d_W"})
    t.d_W = 1.0
    other = again(t)
    assert (other.place, other.intervene, list(other)) == (t.place, intervene, ["x", "d_W"])
    other.f = 3.0
    assert "f" not in t
    np.testing.assert_array_equal(other.x, t.x)


def test_a_tape_shows_names_shapes_and_dtype_in_at_most_twenty_lines():
    rng = np.random.default_rng(0)
    for options in (Options(), Options(clip=1.0, peepholes=True, projection=True), Options(cell="gru")):
        trace = recurrent(rng.normal(size=(2, 1, 3)), random_network(options))
        lines = repr(trace.tapes[0][0]).splitlines()
        assert len(lines) <= 20
        assert all(name in "\n".join(lines) for name in trace.tapes[0][0])
        assert "(2, " in lines[1] and "float64" in lines[1]


def test_in_a_notebook_every_value_has_a_row_and_a_strip_that_says_what_it_holds():
    t = Tape(known={"c": np.array([[0.5, -1.0, np.inf]]), "empty": np.zeros((0, 2)), "exact": np.array([1], object)})
    html = t._repr_html_()
    assert html.count("<tr>") == 4
    assert "3 of 3 entries, the largest magnitude 1" in html
    assert html.count("<rect") == 3
    assert "rgba(32,64,176,1.000)" in html


def cell_trace():
    parameters = GRUParameters(np.ones((9, 5)), np.ones(9), reset="before")
    return gru_cell(np.ones((2, 2)), np.zeros((2, 3)), parameters)


def test_a_closed_trace_reads_as_the_tape_did_and_says_what_is_not_there():
    trace = cell_trace()
    assert list(vars(trace)) == ["x", "h_prev", "z", "a_r", "a_u", "r", "u", "s", "z_g", "a_g", "g", "h"]
    assert trace.v is None and trace.s.shape == (2, 3)  # with the reset before the product there is no v
    with pytest.raises(AttributeError, match="GRUCellTrace has no value 'hh'"):
        trace.hh  # noqa: B018
    for again in (copy.copy(trace), pickle.loads(pickle.dumps(trace))):
        assert type(again) is type(trace)
        np.testing.assert_array_equal(again.h, trace.h)


def test_another_trace_with_other_values():
    trace = cell_trace()
    other = trace.replace(r=0 * trace.r)
    assert not other.r.any() and trace.r.all() and other.u is trace.u
    with pytest.raises(ValueError, match=r"^v: expected one of \['a_g', .*\], got no value of this trace$"):
        trace.replace(v=trace.r)


def test_a_trace_shows_its_values_in_the_order_of_the_computation():
    assert repr(cell_trace()).splitlines() == [
        "GRUCellTrace of 12 values",
        "  x: (2, 2) float64",
        "  h_prev: (2, 3) float64",
        "  z: (2, 5) float64",
        "  a_r, a_u, r, u, s: (2, 3) float64",
        "  z_g: (2, 5) float64",
        "  a_g, g, h: (2, 3) float64",
    ]
    html = cell_trace()._repr_html_()
    assert '<code data-line="lstmderiv.gru:gru_cell_step s">s</code>' in html and html.count("<tr>") == 13


def test_a_trace_of_a_sequence_shows_every_value_of_its_steps():
    trace = gru(np.ones((2, 4, 2)), GRUParameters(np.ones((9, 5)), np.ones(9)))
    assert repr(trace).splitlines() == [
        "GRUTrace of 11 values",
        "  x: (2, 4, 2) float64",
        "  h_prev: (2, 4, 3) float64",
        "  z: (2, 4, 5) float64",
        "  a_r, a_u, r, u, v, a_g, g, h: (2, 4, 3) float64",
    ]
    gradients = gru_backward(trace.h, trace)
    assert "  W: (9, 5) float64" in repr(gradients).splitlines() and "d_W" not in repr(gradients)
    with pytest.raises(AttributeError, match="GRUGradients has no value 'd_W'"):
        gradients.d_W  # noqa: B018
