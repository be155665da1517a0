"""The book's font has every character that its notation needs."""

import importlib
import re
from pathlib import Path

import pytest
from proveq.sphinx import to_mathml

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def subset(monkeypatch):
    """The script that makes the two files of the font."""
    monkeypatch.syspath_prepend(ROOT / "book" / "_static" / "fonts")
    return importlib.import_module("subset")


def test_style_sheet_says_which_file_has_which_characters(subset):
    core, known = subset.codes(subset.CORE), subset.codes(subset.RANGES)
    style = re.sub(r"\s+", " ", (ROOT / "book" / "_static" / "book.css").read_text(encoding="utf-8"))
    assert f"unicode-range: {subset.unicode_range(core & known)};" in style
    assert f"unicode-range: {subset.unicode_range(known - core)};" in style


def test_font_has_the_characters_of_the_books_notation(subset):
    tex = (
        r"\frac{\partial E}{\partial a_{o,t}} \delta h_t \odot \tanh^2(c_t)^\top \sigma' \sqrt{\hat v} \ell_j \neq "
        r"-\log y \cdot \mathbf{1} \in \mathbb{R}^{T \times H}"
        r"\begin{cases} \sum_{k=1}^{N} & \text{otherwise} \end{cases} \prod \tilde c \overline{h} "
        r"\to \approx \le \ldots \infty \beta_1 \epsilon \mu \gamma \boldsymbol{x} \mathcal{L}"
    )
    letters = re.sub(r"<annotation.*?</annotation>|<[^>]+>|&\w+;", "", to_mathml(tex, display=True))
    missing = [char for char in letters if not any(first <= ord(char) <= last for first, last in subset.RANGES)]
    assert not missing
