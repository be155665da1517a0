"""The drawings of the variations: as legible as the cell's, true to the code's order, strict with their authors."""

import re
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest
from _figures import DRAWINGS, Source
from _figures.gru import EDGES, EDGES_OF, lit_parts
from test_drawings import BOOK, StandIn, texts


class Values(StandIn):
    """The stand-in of the cell's drawings with the GRU's names."""

    def __init__(self):
        super().__init__()
        draw = np.random.default_rng(1).uniform
        for name in ("a_r", "a_u", "r", "u", "s", "v"):
            self.table |= {kind + name: draw(-0.001, -0.0001, 3) for kind in ("", "d_")}
        self.table |= {kind + "z_g": draw(-1, 1, 7) for kind in ("", "d_")}


SOURCE = Source(Values(), "stand-in", {}, None)
EXAMPLES = [
    ("peephole", {}),
    ("peephole", {"direction": "backward", "lit": "all"}),
    ("peephole", {"lit": "c_prev, a_f, a_i, c, a_o"}),
    *(("gru", {"reset": reset, "direction": way}) for reset in ("after", "before") for way in ("forward", "backward")),
    ("gru", {"reset": "after", "direction": "backward", "lit": "h, u, g, a_u, a_g"}),
    ("gru", {"reset": "before", "direction": "backward", "lit": "all"}),
]


def draw(name, options, source=SOURCE):
    found = DRAWINGS[name]
    return found.draw(source, **{key: found.options[key](text) for key, text in options.items()})


@pytest.mark.parametrize(("name", "options"), EXAMPLES)
def test_legible_in_both_layouts(name, options):
    pictures = draw(name, options)
    assert [picture.use for picture in pictures] == ["wide", "narrow"]
    for picture in pictures:
        shrink = min(1, (350 if picture.use == "narrow" else 620) / picture.width)
        body = ElementTree.fromstring(f"<svg>{picture.body}</svg>")
        sizes = [float(node.get("font-size")) for node in body.iter() if node.get("font-size")]
        assert min(sizes) * shrink >= (10 if picture.use == "wide" else 10.5)
        boxes = texts(picture)
        for words, left, top, right, bottom, _ in boxes:
            assert left >= -1 and top >= -1 and right <= picture.width + 1 and bottom <= picture.height, words
        for one, two in combinations(boxes, 2):
            across = min(one[3], two[3]) - max(one[1], two[1])
            down = min(one[4], two[4]) - max(one[2], two[2])
            assert across <= 0.5 or down <= 0.5, f"{picture.use}: {one[0]!r} overlaps {two[0]!r}"


@pytest.mark.parametrize(("name", "options"), EXAMPLES)
def test_same_bytes_and_colour_by_class_only(name, options):
    assert draw(name, options) == draw(name, options)
    css = (BOOK / "_static" / "drawings.css").read_text()
    for picture in draw(name, options):
        assert not re.search(r"\b(fill|stroke|style|id|on\w+)=|<script|#[0-9a-f]{3}", picture.body)
        classes = {c for found in re.findall(r'class="([^"]*)"', picture.body) for c in found.split()}
        assert all(f".{c}" in css for c in classes - {"d-node", "d-operation"})


@pytest.mark.parametrize("reset", ["after", "before"])
def test_edges_run_as_the_code_does(reset):
    before = {end: {start for start, _, other, _ in (*EDGES, *EDGES_OF[reset]) if other == end} for end in ("z", "h")}
    assert before["z"] == {"x", "h_prev"}
    reached, todo = set(), {"h_prev"}
    edges = [(start, end) for start, _, end, _ in (*EDGES, *EDGES_OF[reset])]
    while todo:
        reached |= todo
        todo = {end for start, end in edges if start in reached} - reached
    assert {"z", "r", "u", "g", "h"} <= reached
    assert ("v" in reached) == (reset == "after") and ("s" in reached) == (reset == "before")


def test_operations_are_lit_between_what_is_lit():
    assert lit_parts(("u", "a_u"), "after") == {"u", "a_u", "act_u"}
    assert {"keep", "write", "add", "flip"} <= lit_parts(("h", "u"), "after")
    assert "reset" in lit_parts(("r", "v"), "after") and "reset" in lit_parts(("r", "s"), "before")


def test_backward_turns_every_arrow():
    forward, backward = (draw("peephole", {"direction": way, "lit": "all"})[0].body for way in ("forward", "backward"))
    assert forward.count("<polygon") == backward.count("<polygon")
    assert "d-gradient" in backward and "d-gradient" not in forward


def test_what_a_convention_does_not_have_cannot_be_lit():
    with pytest.raises(ValueError, match="with reset after there is no s"):
        draw("gru", {"reset": "after", "lit": "s, r"})
    with pytest.raises(ValueError, match="unknown value 'during'; known: after, before"):
        DRAWINGS["gru"].options["reset"]("during")
