"""The drawings: legible, byte-stable, coloured by class, lit where asked, and strict with their authors."""

from __future__ import annotations

import re
import sys
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

BOOK = Path(__file__).resolve().parents[2] / "book"
sys.path[:0] = [str(path) for path in (BOOK, BOOK / "_ext") if str(path) not in sys.path]

from _figures import DRAWINGS, Source  # noqa: E402
from _figures.cell import EDGES, VALUES, lit_parts  # noqa: E402
from _figures.drawing import figure, first  # noqa: E402
from _figures.heat import shade  # noqa: E402
from _figures.svg import label, number, symbols  # noqa: E402

D, H = 4, 3


class StandIn:
    """Values of the right shapes and signs; no LSTM is needed to draw one."""

    def __init__(self) -> None:
        self.sizes = {"D": D, "H": H, "T": 3}
        draw = np.random.default_rng(0).uniform
        self.table = {name: draw(-0.001, -0.0001, H) for kind in ("", "d_") for name in (kind + v for v in VALUES)}
        rows = [f"{kind}_{row}" for kind in ("h", "d_h_ext", "d_x") for row in (1, 2, "forward", "backward")]
        self.table |= {name: draw(-0.001, -0.0001, H) for name in rows}
        self.table["z"] = draw(-1, 1, D + H)
        self.table["d_z"] = draw(-1, 1, D + H)
        self.table["d_W_o"] = np.outer(self.table["d_a_o"], self.table["z"])
        self.table |= {"d_b_o": self.table["d_a_o"], "W": draw(-1, 1, (4 * H, D + H)), "x": np.eye(D)[1]}
        self.table |= {"two": np.ones((2, H)), "many": np.ones(25), "flat": np.zeros(H)}
        p = np.array([0.1, 0.2, 0.3, 0.4])
        y = np.array([0.0, 0.0, 1.0, 0.0])
        self.table |= {
            "logits": np.log(p),
            "p": p,
            "y": y,
            "loss": -np.log(0.3),
            "d_logits": p - y,
            "jacobian": np.diag(p) - np.outer(p, p),
            "sum": p @ (np.diag(p) - np.outer(p, p)) + y,
            "wrong": np.ones((H, D + H)),
        }

    def value(self, name: str, step: int | None = None) -> np.ndarray:
        return self.table[name]


def stand_in() -> StandIn:
    return StandIn()


VALUED = Source(StandIn(), "stand-in", {"c": r"c_t = 1", "h": r"h_t = c_t"}, None)
STRIP = {"left": "d_a_o^T", "right": "z", "result": "d_W_o"}
EXAMPLES = [
    ("cell", {}),
    ("cell", {"direction": "backward", "lit": "all"}),
    ("cell", {"lit": "gates, h", "numbers": "h"}),
    ("cell", {"normalised": "all", "lit": "c", "direction": "backward"}),
    ("normalisation", {}),
    ("normalisation", {"direction": "backward", "lit": "deviation, normalised, variance"}),
    ("unrolled", {"inputs": "the, mice, had", "target": "a"}),
    ("unrolled", {"direction": "backward", "reached": "3,2"}),
    ("unrolled", {"steps": "5", "loss": "every", "lit": "h, c_2"}),
    ("unrolled", {"steps": "1"}),
    ("unrolled", {"steps": "4", "direction": "backward", "loss": "every"}),
    ("stack", {"inputs": "the, mice, had", "target": "a"}),
    ("stack", {"direction": "backward", "reached": "3,2", "steps": "4"}),
    ("stack", {"ways": "both"}),
    ("stack", {"ways": "both", "direction": "backward", "loss": "every", "lit": "h_b1, cell_f1_2"}),
    ("template", {}),
    ("template", {"direction": "backward", "lit": "W_o, z"}),
    ("strip", STRIP),
    ("organisations", {"lit": "many-to-one"}),
    ("dataflow", {}),
    ("dataflow", {"direction": "backward"}),
    ("jacobian", {"vector": "p", "lit": "diagonal"}),
    ("jacobian", {}),
    ("cell", {"show": "shapes"}),
    ("cell", {"show": "shapes", "direction": "backward"}),
    ("template", {"direction": "backward"}),
    ("strip", {**STRIP, "bias": "d_b_o"}),
    ("strip", {"left": "p", "right": "jacobian", "plus": "y", "result": "sum"}),
    ("steps", {"gradient": "d_a_o"}),
    ("steps", {"gradient": "d_z", "cut": "D"}),
    ("steps", {"gradient": "flat", "steps": "5"}),
    ("norms", {"gradients": "d_h, d_a_o, d_tanh_c, d_c, d_h_prev, d_W_o"}),
    ("vectors", {"names": "p, y, d_logits"}),
    ("loop", {}),
    ("inputs", {"inputs": "the, mice, had"}),
    ("inputs", {"steps": "1"}),
    ("joined", {}),
    ("key", {}),
]


# More rows than there are numbers for.
STACKS = [
    ("stack", {"layers": "4", "lit": "cell_1_3, up_2", "loss": "none"}),
    ("stack", {"ways": "both", "layers": "2", "lit": "join_3"}),
    ("stack", {"ways": "both", "layers": "2", "loss": "none", "steps": "2"}),
]


def draw(name: str, options: dict[str, str], source: Source = VALUED):
    found = DRAWINGS[name]
    return found.draw(source, **{key: found.options[key](text) for key, text in options.items()})


def texts(picture) -> list[tuple[str, float, float, float, float, float]]:
    """Every text with its estimated box; math sets narrower than the page's type."""
    out = []
    for node in ElementTree.fromstring(f"<svg>{picture.body}</svg>").iter("text"):
        words, size = "".join(node.itertext()), float(node.get("font-size", 16))
        width = len(words) * size * (0.42 if "d-math" in node.get("class") else 0.62)
        x, y = float(node.get("x")), float(node.get("y"))
        left = x - {"start": 0, "middle": width / 2, "end": width}[node.get("text-anchor", "middle")]
        out.append((words, left, y - 0.7 * size, left + width, y, size))
    return out


@pytest.mark.parametrize(("name", "options"), EXAMPLES + STACKS)
def test_legible_at_350_pixels(name, options):
    pictures = draw(name, options, Source() if (name, options) in STACKS else VALUED)
    assert {picture.use for picture in pictures} in ({"any"}, {"wide", "narrow"})
    for picture in pictures:
        # The style sheet shows the wide layout from 620 pixels on.
        shrink = min(1, (350 if picture.use != "wide" else 620) / picture.width)
        body = ElementTree.fromstring(f"<svg>{picture.body}</svg>")
        sizes = [float(node.get("font-size")) for node in body.iter() if node.get("font-size")]
        assert min(sizes, default=11) * shrink >= (10 if picture.use == "wide" else 10.5)
        boxes = texts(picture)
        for words, left, top, right, bottom, _ in boxes:
            assert left >= -1 and top >= -1 and right <= picture.width + 1 and bottom <= picture.height, words
        for one, two in combinations(boxes, 2):
            across = min(one[3], two[3]) - max(one[1], two[1])
            down = min(one[4], two[4]) - max(one[2], two[2])
            assert across <= 0.5 or down <= 0.5, f"{picture.use}: {one[0]!r} overlaps {two[0]!r}"


@pytest.mark.parametrize(("name", "options"), EXAMPLES)
def test_same_bytes_and_colour_by_class_only(name, options):
    first, second = draw(name, options), draw(name, options)
    assert first == second
    css = (BOOK / "_static" / "drawings.css").read_text()
    for picture in first:
        assert not re.search(r"\b(fill|stroke|style|id|on\w+)=|<script|#[0-9a-f]{3}", picture.body)
        used = set(" ".join(re.findall(r'class="([^"]*)"', picture.body)).split())
        # These mark what an element is and need no rule of their own.
        plain = {"d-node", "d-operation", "d-plate", "d-entry", "d-row"}
        assert {name for name in used - plain if f".{name}" not in css} == set()


@pytest.mark.parametrize(
    ("lit", "also"),
    [
        ("h, o", {"show"}),
        ("o, a_o", {"act_o"}),
        ("c, f", {"keep", "add"}),
        ("c, i, g", {"write", "add"}),
        ("c, tanh_c", {"tanh"}),
        ("c, h", set()),
        ("f, c_prev", set()),
    ],
)
def test_operations_are_lit_between_what_is_lit(lit, also):
    names = tuple(lit.split(", "))
    assert lit_parts(names) == set(names) | also


def test_the_cell_is_wired_as_its_equations():
    inputs: dict[str, set[str]] = {}
    for start, _, end, _ in EDGES:
        inputs.setdefault(end, set()).add(start)
    gates = {gate: {f"act_{gate}"} for gate in "figo"}
    gates |= {f"act_{gate}": {f"a_{gate}"} for gate in "figo"} | {f"a_{gate}": {"z"} for gate in "figo"}
    assert inputs == gates | {
        "z": {"x", "h_prev"},
        "keep": {"f", "c_prev"},
        "write": {"i", "g"},
        "add": {"keep", "write"},
        "c": {"add"},
        "tanh": {"c"},
        "tanh_c": {"tanh"},
        "show": {"o", "tanh_c"},
        "h": {"show"},
        "c_next": {"c"},
        "h_next": {"h"},
        "output": {"h"},
    }


def test_backward_turns_every_arrow_and_marks_gradients():
    forward, backward = draw("cell", {})[0].body, draw("cell", {"direction": "backward"})[0].body
    heads = [re.findall(r'<polygon points="([^ ]+)', body) for body in (forward, backward)]
    assert len(heads[0]) == len(heads[1]) and not set(heads[0]) & set(heads[1])
    assert "d-gradient" in backward and "d-gradient" not in forward
    assert symbols(r"\delta ") in backward


@pytest.mark.parametrize("places, count", [("gates", 4), ("c", 1), ("all", 5)])
def test_a_square_marks_every_place_where_a_row_is_normalised(places, count):
    for picture, plain in zip(draw("cell", {"normalised": places}), draw("cell", {})):
        assert "d-param" not in plain.body
        assert len(re.findall(r'<g class="d-node d-param">', picture.body)) == count


def test_gradient_stops_at_the_last_step_reached():
    body = draw("unrolled", {"direction": "backward", "reached": "3,2"})[0].body
    cells = re.findall(r"d-node d-cell (d-\w+)", body)
    assert cells == ["d-dim", "d-lit", "d-lit"]
    # loss, output layer and h of step 3; h and c from 3 to 2; x of both
    assert len(re.findall(r"<polygon[^>]*d-lit", body)) == 2 + 2 + 2


def test_a_stack_is_reached_column_by_column():
    body = draw("stack", {"direction": "backward", "reached": "3,2"})[0].body
    assert re.findall(r"d-node d-cell (d-\w+)", body).count("d-lit") == 4
    # loss and h of step 3; in each row h and c from 3 to 2; from layer 2 down, and to x, at both steps
    assert len(re.findall(r"<polygon[^>]*d-lit", body)) == 2 + 4 + 2 + 2


def test_the_second_direction_runs_from_right_to_left():
    body = draw("stack", {"ways": "both", "lit": "h_b1"})[0].body
    heads = re.findall(r'<polygon points="([\d.]+),[\d.]+ ([\d.]+),[^>]*d-lit', body)
    assert len(heads) == 4 and all(float(tip) < float(base) for tip, base in heads)
    turned = draw("stack", {"ways": "both", "lit": "h_b1", "direction": "backward"})[0].body
    heads = re.findall(r'<polygon points="([\d.]+),[\d.]+ ([\d.]+),[^>]*d-lit', turned)
    assert len(heads) == 4 and all(float(tip) > float(base) for tip, base in heads)


def test_template_sizes_are_numbers_only_where_known():
    assert "12 × 7" in draw("template", {})[0].body
    letters = draw("template", {}, Source())[0].body
    assert "4H × (D+H)" in letters and "12" not in re.findall(r">(\d+)<", letters)


def test_strip_shades_follow_the_values():
    assert [shade(v, 4.0) for v in (-4, -1, 0, 1e-9, 2, 4)] == ["d-s-4", "d-s-1", "d-s0", "d-s1", "d-s2", "d-s4"]
    assert draw("strip", STRIP)[0].body.count("d-cell-shade") == H + (D + H) + H * (D + H) + 9


def test_backwards_reverses_lights_and_escapes():
    panel = draw("backwards", {"lit": "h"})
    assert panel.html.index("h_t") < panel.html.index("c_t = 1")
    assert panel.html.count('aria-current="true"') == 1
    rendered = Source(equations={"a": "x < y"}, math=lambda tex: f"<math>{len(tex)}</math>")
    assert "<math>5</math>" in draw("backwards", {}, rendered).html
    assert "x &lt; y" in draw("backwards", {}, Source(equations={"a": "x < y"})).html


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("cell", {"lit": "q"}, r"unknown name 'q'; known: x, h_prev"),
        ("cell", {"direction": "up"}, "known: forward, backward"),
        ("cell", {"step": "zero"}, "whole number"),
        ("unrolled", {"lit": "cell_4"}, "unknown part 'cell_4'; known: x, cell"),
        ("unrolled", {"direction": "backward", "reached": "7"}, "unknown step '7'; known: 1, 2, 3"),
        ("unrolled", {"reached": "3"}, "needs ':direction: backward'"),
        ("unrolled", {"inputs": "a, b"}, "2 words for 3 steps"),
        ("stack", {"lit": "cell_3_1"}, "unknown part 'cell_3_1'"),
        ("stack", {"reached": "3"}, "needs ':direction: backward'"),
        ("stack", {"inputs": "a, b"}, "2 words for 3 steps"),
        ("stack", {"layers": "3"}, "two rows only"),
        ("stack", {"loss": "none", "target": "a"}, "needs a loss"),
        ("template", {"lit": "W_q"}, "known: W_f"),
        ("strip", {**STRIP, "left": "d_a_o"}, "shapes do not make a product"),
        ("strip", {**STRIP, "result": "wrong"}, "'wrong' is not the product of 'd_a_o"),
        ("strip", {**STRIP, "right": "q"}, "the values 'stand-in' hold no 'q'"),
        ("strip", {**STRIP, "bias": "d_a_f"}, "'bias' is not the sum of the columns of 'd_a_o"),
        ("strip", {**STRIP, "plus": "wrong"}, "'d_W_o' is not the product of 'd_a_o^T' and 'z', with what is added"),
        ("organisations", {"lit": "some"}, "known: one-to-one"),
        ("jacobian", {"matrix": "z"}, "square matrix"),
        ("jacobian", {"lit": "corner"}, "known: diagonal"),
        ("backwards", {"lit": "q"}, "unknown equation 'q'; known: c, h"),
    ],
)
def test_mistakes_name_what_is_known(name, options, message):
    with pytest.raises(ValueError, match=re.escape(message).replace(r"\ ", " ")):
        draw(name, options)


def test_missing_values_and_a_wrong_gradient_are_refused():
    with pytest.raises(ValueError, match="needs the option :values:"):
        draw("dataflow", {}, Source())
    wrong = StandIn()
    wrong.table["d_logits"] = -wrong.table["d_logits"]
    with pytest.raises(ValueError, match="d_logits is not p - y"):
        draw("dataflow", {"direction": "backward"}, Source(wrong, "wrong"))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (7.0, "7"),
        (-9, "−9"),
        (0.1671413, "0.1671"),
        (0.864954877, "0.8650"),
        (-0.0012341, "−0.001234"),
        (8.94679e-4, "8.947e−4"),
        (-0.99999996, "−1.000"),
        (12345.6, "1.235e4"),
        (1234.5678, "1235"),
    ],
)
def test_numbers_have_four_significant_digits(value, shown):
    assert figure(value) == shown


def test_small_helpers():
    assert first(np.array([1.5, 2.5])) == "1.500" and first(np.full(3, 0.12345), 3) == "0.123"
    assert number(-0.0001) == "0" and number(1.50) == "1.5"
    assert symbols(r"\delta a\,=\tanh") == "\U0001d6ff\U0001d44e\u2009=tanh"
    markup = label(r"W_f^\top<", 20)
    parts = ElementTree.fromstring(f"<t>{markup}</t>")
    assert [part.text for part in parts] == ["\U0001d453", "⊤", "<"]
    assert sum(float(part.get("dy")) for part in parts) == pytest.approx(0)
