"""The drawings of sizes at every step, of the sequence and of the weights: they show what the values hold."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

BOOK = Path(__file__).resolve().parents[2] / "book"
sys.path[:0] = [str(path) for path in (BOOK, BOOK / "_ext") if str(path) not in sys.path]

from _figures import DRAWINGS, Source  # noqa: E402
from _figures.drawing import figure  # noqa: E402
from _figures.heat import shade  # noqa: E402
from _figures.steps import ORDER  # noqa: E402


class Values:
    """Three steps of one gradient with a known size, and weights."""

    sizes = {"D": 4, "H": 3, "T": 3}
    gradient = np.array([[3.0, 4.0, 0.0], [0.0, -6.0, 8.0], [0.0, 0.0, 0.0]])

    def __init__(self, **table):
        self.table = {"d_a_o": self.gradient, "d_h": 2 * self.gradient, "x": np.eye(4)[:3], **table}

    def value(self, name, step=None):
        array = self.table[name]
        return array if step is None else array[step - 1 : step]


def source(**table):
    equations = {name: f"{name} = 0" for gate in "figo" for name in (gate, f"a_{gate}")}
    return Source(Values(**table), "stand-in", equations, lambda tex: f"<math>{tex}</math>")


def draw(name, values=None, **options):
    found = DRAWINGS[name]
    return found.draw(values or source(), **{key: found.options[key](text) for key, text in options.items()})


def parts(picture, name):
    return [
        node
        for node in ElementTree.fromstring(f"<svg>{picture.body}</svg>").iter()
        if name in node.get("class", "").split()
    ]


def words(picture):
    return ["".join(node.itertext()) for node in ElementTree.fromstring(f"<svg>{picture.body}</svg>").iter("text")]


def test_steps_shows_every_entry_shape_and_norm_on_one_scale():
    for picture in draw("steps", gradient="d_a_o"):
        rows = parts(picture, "d-row")
        assert len(rows) == 3
        for row, vector in zip(rows, Values.gradient, strict=True):
            shades = [node.get("class").split()[1] for node in row.iter("rect") if "d-cell-shade" in node.get("class")]
            assert shades == [shade(value, 8.0) for value in vector]
            shown = ["".join(node.itertext()) for node in row.iter("text")]
            digits = 4 if picture.use == "wide" else 3
            assert shown[1:] == ["1 × 3", figure(np.linalg.norm(vector), digits)]
        bars, tracks = parts(picture, "d-bar"), parts(picture, "d-track")
        full = float(tracks[0].get("width"))
        # Norms 5, 10 and 0: the longest fills its track, and nothing is drawn for nothing.
        assert [float(one.get("width")) for one in bars] == pytest.approx([full / 2, full], abs=0.01)
        assert len(tracks) == 3 and {one.get("class") for one in bars} == {"d-bar d-gate-o"}
        assert {"−8", "8"} <= set(words(picture))


def test_steps_begins_its_arrow_at_the_last_step():
    picture = draw("steps", gradient="d_a_o")[0]
    (head,) = parts(picture, "d-head")
    tip = float(head.get("points").split()[0].split(",")[1])
    assert tip < float(parts(picture, "d-track")[0].get("y")) + 12


def test_steps_marks_the_cut_and_refuses_what_is_not_a_vector():
    first = parts(draw("steps", gradient="d_a_o", cut="H")[0], "d-row")[0]
    strip = next(node for node in first.iter("rect") if node.get("class") == "d-outline")
    mark = next(node for node in first.iter("rect") if node.get("class") == "d-cut")
    assert float(mark.get("x")) + 1 == pytest.approx(float(strip.get("x")) + float(strip.get("width")))
    with pytest.raises(ValueError, match="values have no size 'Q'"):
        draw("steps", gradient="d_a_o", cut="Q")
    with pytest.raises(ValueError, match=r"'W' has the shape \(2, 3\); a row of this drawing shows one vector"):
        draw("steps", Source(type("M", (), {"value": lambda *_: np.ones((2, 3))})(), "m"), gradient="W", steps="1")
    with pytest.raises(ValueError, match="how many steps there are; use the option 'steps'"):
        draw("steps", Source(type("M", (), {"value": lambda *_: np.ones(3)})(), "m"), gradient="x")
    with pytest.raises(ValueError, match="the name of one array"):
        draw("steps", gradient="d_a_o, d_h")


def test_norms_measures_all_gradients_with_one_scale():
    for picture in draw("norms", gradients="d_h, d_a_o"):
        full = float(parts(picture, "d-track")[0].get("width"))
        widths = [float(one.get("width")) for one in parts(picture, "d-bar")]
        assert widths == pytest.approx([full / 2, full, full / 4, full / 2], abs=0.01)
        assert [one.get("class") for one in parts(picture, "d-bar")] == ["d-bar d-state"] * 2 + ["d-bar d-gate-o"] * 2
        assert {"10", "20", "0", "5"} <= set(words(picture))
    with pytest.raises(ValueError, match="the names of arrays"):
        draw("norms", gradients="")


def test_norms_are_those_of_the_running_example_as_the_package_computes_them():
    import drawing_sources

    from lstmderiv import lstm_cell_backward
    from lstmderiv.running_example import initial_parameters, predict, predict_backward, windows

    ids, targets = windows()
    trace = predict(initial_parameters(), ids[2:3], targets[2:3])
    back = predict_backward(trace)
    example = Source(drawing_sources.running_example(), "running-example")
    rows = parts(draw("norms", example)[0], "d-row")
    assert len(rows) == len(ORDER)
    d_c_next = np.zeros((1, 5))
    for t in (2, 1, 0):
        found = lstm_cell_backward(back.lstm.d_h[:, t], d_c_next, trace.lstm.step(t), trace.lstm.parameters)
        d_c_next = found.c
        for name, row in zip(ORDER, rows, strict=True):
            shown = ["".join(node.itertext()) for node in row.iter("text")][1 + t]
            expected = back.lstm.d_h[:, t] if name == "d_h" else getattr(found, name)
            assert shown == figure(float(np.linalg.norm(expected))), name


def test_every_gradient_of_the_code_has_its_row():
    """What the backward pass assigns, but for the biases' shares and what is handed in, stands in the overview."""
    import inspect

    from lstmderiv.lstm_cell import lstm_cell_step_backward

    assigned = set(re.findall(r"^    t\.(d_\w+) = ", inspect.getsource(lstm_cell_step_backward), re.MULTILINE))
    left_out = {name for name in assigned if name.startswith("d_b_")} | {"d_W", "d_b"}
    assert {"d_h", *assigned} - left_out == set(ORDER)


def test_vectors_share_one_scale_and_one_shape():
    values = source(p=np.array([1.0, 2.0]), y=np.array([0.0, 8.0]), short=np.ones(1))
    picture = draw("vectors", values, names="p, y")[0]
    shades = [one.get("class").split()[1] for one in parts(picture, "d-cell-shade")][:4]
    assert shades == [shade(value, 8.0) for value in (1, 2, 0, 8)]
    assert words(picture).count("1 × 2") == 2
    with pytest.raises(ValueError, match=r"of one length: p \(1, 2\), short \(1, 1\)"):
        draw("vectors", values, names="p, short")


def test_inputs_shows_the_array_with_its_shape():
    picture = draw("inputs", inputs="one, two, three")[0]
    shades = [one.get("class").split()[1] for one in parts(picture, "d-cell-shade")]
    assert [shades.index("d-s4"), shades.count("d-s4"), len(shades)] == [0, 3, 12]
    assert {"input: (B, T, D) = (1, 3, 4)", "D = 4", "T = 3", "two"} <= set(words(picture))
    with pytest.raises(ValueError, match="2 words for 3 steps"):
        draw("inputs", inputs="one, two")
    with pytest.raises(ValueError, match=r"shows one example of up to 24 entries"):
        draw("inputs", source(x=np.ones((3, 25))))


def test_loop_unrolls_as_many_cells_as_steps():
    assert [words(draw("loop", steps=str(n))[0]).count("LSTM") for n in (1, 3)] == [2, 4]


def test_joined_has_one_column_more_than_the_weights():
    picture = draw("joined", source(W=np.ones((12, 7))))[0]
    assert {"12 × 8", "8 × 1", "12 × 1", "7", "1"} <= set(words(picture))
    with pytest.raises(ValueError, match=r"W has the shape \(2, 7\), not that of four gates, \(12, 7\)"):
        draw("joined", source(W=np.ones((2, 7))))
    with pytest.raises(ValueError, match="sizes D and H"):
        draw("joined", Source())


def test_gates_sets_each_equation_beside_its_weights():
    html = draw("gates").html
    rows = html.split("<li>")[1:]
    for gate, row in zip("figo", rows, strict=True):
        assert f"<math>a_{gate} = 0</math>" in row and f"<math>{gate} = 0</math>" in row
        assert f"d-gate-{gate}" in row and "3 × 7" in row and "3 × 1" in row
    with pytest.raises(ValueError, match="holds no 'f'"):
        draw("gates", Source(Values(), "stand-in", {"a_f": "a"}))
    plain = draw(
        "gates", Source(Values(), "stand-in", {name: "1 < 2" for gate in "figo" for name in (gate, f"a_{gate}")})
    )
    assert "<code>1 &lt; 2</code>" in plain.html
