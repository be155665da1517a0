"""What a step writes down: read by name, open to intervention, and shown."""

import copy
import pickle

import numpy as np
import pytest
from networks import random_network

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
