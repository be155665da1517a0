"""The book's font has every character that its notation needs."""

import re
import sys
from pathlib import Path

from proveq.sphinx import to_mathml

ROOT = Path(__file__).resolve().parents[2]


def test_font_has_the_characters_of_the_books_notation():
    sys.path.insert(0, str(ROOT / "book" / "_static" / "fonts"))
    try:
        from subset import RANGES
    finally:
        sys.path.pop(0)
    tex = (
        r"\frac{\partial E}{\partial a_{o,t}} \delta h_t \odot \tanh^2(c_t)^\top \sigma' \sqrt{\hat v} \ell_j \neq "
        r"-\log y \cdot \mathbf{1} \in \mathbb{R}^{T \times H}"
        r"\begin{cases} \sum_{k=1}^{N} & \text{otherwise} \end{cases} \prod \tilde c \overline{h} "
        r"\to \approx \le \ldots \infty \beta_1 \epsilon \mu \gamma \boldsymbol{x} \mathcal{L}"
    )
    letters = re.sub(r"<annotation.*?</annotation>|<[^>]+>|&\w+;", "", to_mathml(tex, display=True))
    missing = [char for char in letters if not any(first <= ord(char) <= last for first, last in RANGES)]
    assert not missing
