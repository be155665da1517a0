"""`python -m proveq.sphinx.equations LABEL`, the author's loop for one equation."""

import numpy as np
import pytest
from proveq.sphinx.equations.__main__ import main
from test_directive import SYMBOLS

PAGE = """---
given: step
---
```{equation} eq:page-o
:shape: (B, H)
\\delta o_t = SIGN\\delta h_t \\odot \\tanh(c_t)
```
"""


class Scope:
    """One row of each symbol."""

    name, oracle, sizes, tolerance = "step", "floats", {"B": 1, "H": 2}, 1e-12

    def value(self, name, step=None):
        """The row of a symbol."""
        return np.full((1, 2), {"d_o": 6.0, "d_h": 2.0, "c": 3.0}[name])

    def function(self, name):
        """A tanh without curvature."""
        return {"tanh": lambda value: value}[name]


SCOPES = {"step": [Scope()]}


@pytest.mark.parametrize(
    ("label", "sign", "status", "said"),
    [
        ("eq:page-o", "", 0, "step, floats: residual 0, shape (1, 2)\n  holds on 1 scopes; no cell was run"),
        ("eq:page-o", "-", 1, "step, floats: line 1, column 14 of the TeX: the equality does not hold"),
        ("eq:page-p", "", 2, "no page displays eq:page-p (nearest: eq:page-o)"),
    ],
)
def test_one_equation(tmp_path, capsys, label, sign, status, said):
    (tmp_path / "page.md").write_text(PAGE.replace("SIGN", sign))
    (tmp_path / "symbols.toml").write_text(SYMBOLS)
    where = ["--pages", str(tmp_path), "--symbols", str(tmp_path / "symbols.toml")]
    assert main([label, *where, "--scopes", "test_one_equation:SCOPES"]) == status
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("tex", "reason", "status", "said"),
    [
        ("\\delta h_t = c_{t-1}", "", 1, "no scope can evaluate it"),
        ("\\delta h_t = c_{t-1}", "It has no step.", 0, "no scope can evaluate it"),
        ("\\delta h_t = \\delta q", "It has no symbol.", 0, "unknown symbol"),
        ("\\delta h_t + c_t = c_t + \\delta h_t", "It has.", 1, "marked as not evaluated: take :unevaluated: away"),
    ],
)
def test_a_definition_is_evaluated_or_says_why_not(tmp_path, capsys, tex, reason, status, said):
    mark = f":unevaluated: {reason}\n" if reason else ""
    page = f"---\ngiven: step\n---\n```{{equation}} eq:page-o\n:kind: definition\n{mark}{tex}\n```\n"
    (tmp_path / "page.md").write_text(page)
    (tmp_path / "symbols.toml").write_text(SYMBOLS)
    where = ["--pages", str(tmp_path), "--symbols", str(tmp_path / "symbols.toml")]
    assert main(["eq:page-o", *where, "--scopes", "test_one_equation:SCOPES"]) == status
    assert said in capsys.readouterr().out


def test_a_scope_that_cannot_be_made_is_said(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(SCOPES, "step", lambda: 1 / 0)
    (tmp_path / "page.md").write_text(PAGE.replace("SIGN", ""))
    (tmp_path / "symbols.toml").write_text(SYMBOLS)
    where = ["--pages", str(tmp_path), "--symbols", str(tmp_path / "symbols.toml")]
    assert main(["eq:page-o", *where, "--scopes", "test_one_equation:SCOPES"]) == 1
    assert "scope step cannot be made: ZeroDivisionError: division by zero" in capsys.readouterr().out


def test_the_tables_shape_is_held(tmp_path, capsys):
    (tmp_path / "page.md").write_text(PAGE.replace("SIGN", ""))
    (tmp_path / "symbols.toml").write_text(SYMBOLS.replace("(B, H)", "(B, 2H)", 1))
    where = ["--pages", str(tmp_path), "--symbols", str(tmp_path / "symbols.toml")]
    assert main(["eq:page-o", *where, "--scopes", "test_one_equation:SCOPES"]) == 1
    message = "d_o has shape (1, 2) on it, but symbols.toml says (B, 2H), with B = 1, H = 2"
    assert message in capsys.readouterr().out


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ("(B, 4H)", "states the shape (B, 4H), with B = 1, H = 2; its sides have (1, 2)"),
        ("(H, B)", "states the shape (H, B), with B = 1, H = 2; its sides have (1, 2)"),
        ("(B,)", "states the shape (B,), with B = 1; its sides have (1, 2)"),
        ("(B, D)", "states the shape (B, D), with a letter of which the scope knows no size"),
        ("(B, H), (B, H)", "states 2 shapes, (B, H), (B, H), for 1 equations"),
    ],
)
def test_a_stated_shape_is_held(tmp_path, capsys, shape, said):
    (tmp_path / "page.md").write_text(PAGE.replace("SIGN", "").replace("(B, H)", shape))
    (tmp_path / "symbols.toml").write_text(SYMBOLS)
    where = ["--pages", str(tmp_path), "--symbols", str(tmp_path / "symbols.toml")]
    assert main(["eq:page-o", *where, "--scopes", "test_one_equation:SCOPES"]) == 1
    assert said in capsys.readouterr().out
