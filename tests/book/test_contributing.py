"""The chapter that the contributing page adds: what it says to write is enough, and is little."""

import importlib.util
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from proveq import CheckFailed, ComplexStep, Exact, Scope, SubjectModel, Subjects, edited
from proveq.sphinx import EquationError, check, load, typeset

BOOK = Path(__file__).parents[2] / "book"
BLOCK = re.compile(r"^```(?:python|toml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
GRADIENTS = ("d_g", "d_x", "d_u")


def pieces():
    """Module, symbols and subject, as the page gives them; under another name, for there may be such a chapter."""
    section = (BOOK / "contributing.md").read_text().split("## Add a chapter")[1].split("**4. The page**")[0]
    return BLOCK.findall(section.replace("highway", "added"))


def imported(name, path, monkeypatch):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def chapter(tmp_path, monkeypatch):
    """The chapter's module, its subject, and a symbol table with it."""
    code, symbols, subjects = pieces()
    (tmp_path / "added.py").write_text(code)
    (tmp_path / "subjects.py").write_text(subjects)
    module = imported("lstmderiv.added", tmp_path / "added.py", monkeypatch)
    tables = imported("added_subjects", tmp_path / "subjects.py", monkeypatch)
    line, own = symbols.split("# at the end of the chapters\n")
    path = tmp_path / "symbols.toml"
    path.write_text((BOOK / "symbols.toml").read_text().replace("[_chapters]\n", f"[_chapters]\n{line}") + own)
    return module, Subjects(tables.SUBJECTS), load(path)


def test_three_pieces_make_a_chapter_whose_equations_are_proved(chapter):
    module, subjects, table = chapter
    backward = module.added_backward
    model = SubjectModel(subjects["added"], "added")
    scopes = [Scope("added", numbers(), model) for numbers in (Exact, ComplexStep)]
    lines = [(module.added, "y"), *((backward, gradient) for gradient in GRADIENTS)]
    for function, result in lines:
        tex = typeset(function, result, table).tex
        assert [check(tex, table, scope).shapes for scope in scopes] == ["(3, 3)", "(3, 3)"]
    equations = {gradient: f"eq:{gradient}" for gradient in GRADIENTS}
    assert len(subjects.prove(backward, equations, np.random.default_rng(1)).records) == 9


def test_one_sign_is_enough_to_fail(chapter):
    module, subjects, table = chapter
    broken = edited(module.added_backward, "x - u", "x + u")
    scope = Scope("added", Exact(), SubjectModel(subjects["added"], "added"))
    with pytest.raises(EquationError, match="does not hold"):
        check(typeset(broken, "d_g", table).tex, table, scope)
    with pytest.raises(CheckFailed, match="eq:d_g: exact"):
        subjects.prove(broken, {"d_g": "eq:d_g"}, np.random.default_rng(1))


def test_a_chapter_is_cheap():
    """Lines beside the page, blank ones too, and that of the table of contents; not those that say where."""
    lines = [line for piece in pieces() for line in piece.splitlines()]
    assert len([line for line in lines if not line.startswith(("# in [", "# at the end"))]) + 1 <= 40
