"""What equations have shown is kept from build to build, and never when anything that it rests on has changed."""

import sys
from types import SimpleNamespace

import pytest
import tinybook
from proveq.sphinx.equations import evidence
from tinybook import TinyBook, equation

SCOPES = """
from types import SimpleNamespace
from theirs import TOLERANCE

def numbers():
    return [SimpleNamespace(name="numbers", oracle="exact", tolerance=TOLERANCE, sizes={})]

SCOPES = {"numbers": numbers, "of unknown origin": [*numbers()]}
"""
PAGE = "# Page\n\nWORDS\n\n" + equation("eq:page-x") + equation("eq:page-y", "2 = 1 + 1")


@pytest.fixture
def evaluated(monkeypatch):
    """The equations that were evaluated, in order; cleared by whoever reads them."""
    seen = []

    def check(tex, symbols, scope):
        seen.append(tex)
        return tinybook.check(tex, symbols, scope)

    monkeypatch.setattr(evidence, "evaluate", SimpleNamespace(**vars(tinybook.EVALUATOR) | {"check": check}))
    return seen


@pytest.fixture
def book(tmp_path, monkeypatch, evaluated):
    (tmp_path / "ours.py").write_text(SCOPES)
    (tmp_path / "theirs.py").write_text("TOLERANCE = 0.0\n")
    (tmp_path / "unread.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    made = TinyBook(
        tmp_path / "book", {"page": PAGE}, proveq_scopes="ours:SCOPES",
        proveq_freshness_sources=["../*.py"], proveq_freshness_traced=["../*.py"],
    )  # fmt: skip
    yield made
    for name in ("ours", "theirs"):
        sys.modules.pop(name, None)


def build(book, evaluated):
    """Build in what is to the scopes another process; return what was evaluated, and what is known of the page."""
    for name in ("ours", "theirs"):
        sys.modules.pop(name, None)
    evaluated.clear()
    book.build()
    return list(evaluated), book.app.env.domains["equations"].pages["page"]


BOTH = ["1 + 1 = 2", "2 = 1 + 1"]


def test_only_what_has_changed_is_evaluated(book, tmp_path, evaluated):
    first, page = build(book, evaluated)
    assert first == BOTH and len(page.evidence) == 2
    book.write("page", PAGE.replace("WORDS", "Words.\n\nMore words."))
    again, moved = build(book, evaluated)
    assert again == [] and [one.line for one in moved.evidence] == [one.line + 2 for one in page.evidence]
    assert [one.details for one in moved.evidence] == [one.details for one in page.evidence]
    book.write("page", PAGE.replace("1 + 1 = 2", "1 + 1 = 1 + 1"))
    assert build(book, evaluated)[0] == ["1 + 1 = 1 + 1"]
    (tmp_path / "unread.py").write_text("# read by nobody\n")
    book.write("page", PAGE.replace("WORDS", "Other words.").replace("1 + 1 = 2", "1 + 1 = 1 + 1"))
    assert build(book, evaluated)[0] == []


@pytest.mark.parametrize("changed", ["ours.py", "theirs.py", "symbols.toml", "a new file"])
def test_what_equations_rest_on_is_followed(book, tmp_path, evaluated, changed, monkeypatch):
    if changed == "symbols.toml":
        monkeypatch.setattr("proveq.sphinx.equations.symbols.load", lambda _path: None)
        (tmp_path / changed).write_text("")
        with (book.folder / "conf.py").open("a") as file:
            file.write("proveq_symbols = '../symbols.toml'\n")
    assert build(book, evaluated)[0] == BOTH
    name = "json.py" if changed == "a new file" else changed
    with (tmp_path / name).open("a") as file:
        file.write("# a comment\n")
    book.write("page", PAGE.replace("WORDS", "Words."))
    assert build(book, evaluated)[0] == BOTH


def test_what_fails_or_is_of_unknown_origin_is_not_kept(book, evaluated):
    wrong = equation("eq:page-x", "1 + 1 = 3") + equation("eq:page-y", "1 + 1 = 2", given="of unknown origin")
    for words in ("", "Words."):
        book.write("page", f"# Page\n\n{words}\n\n{wrong}")
        found, page = build(book, evaluated)
        assert found == ["1 + 1 = 3", "1 + 1 = 2"] and len(page.problems) == 1


@pytest.mark.parametrize("of_a_scope", ["a module that is not watched", "a module of others"])
def test_what_is_not_watched_is_not_kept(book, tmp_path, evaluated, of_a_scope):
    if of_a_scope == "a module that is not watched":
        with (book.folder / "conf.py").open("a") as file:
            file.write("proveq_freshness_sources = proveq_freshness_traced = ['../ours.py']\n")
    else:
        (tmp_path / "ours.py").write_text(SCOPES + "numbers.modules = ('ours', 'textwrap')\n")
    assert build(book, evaluated)[0] == BOTH
    book.write("page", PAGE.replace("WORDS", "Words."))
    assert build(book, evaluated)[0] == BOTH
