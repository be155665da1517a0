"""What pages leave out: the marks of code that change no colour, and what only the explorer's script reads."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from pygments import highlight
from pygments.lexers import PythonLexer

BOOK = Path(__file__).resolve().parents[2] / "book"
sys.path[:0] = [str(path) for path in (BOOK / "_ext",) if str(path) not in sys.path]

import lean_pages  # noqa: E402

STYLES = ("a11y-high-contrast-light", "a11y-high-contrast-dark")


def test_code_is_marked_where_it_has_a_colour(monkeypatch):
    monkeypatch.setattr(lean_pages.PlainWhereEqual, "styles", STYLES)
    shown = highlight("y = f(1, x)  # one\n", PythonLexer(), lean_pages.PlainWhereEqual(nowrap=True))
    assert shown == ('y <span class="o">=</span> f(<span class="mi">1</span>, x)  <span class="c1"># one</span>\n')


@pytest.mark.parametrize("views", [{"explorer"}, {"ledger"}, set()])
def test_only_the_explorer_carries_what_its_script_reads(monkeypatch, views):
    domain = SimpleNamespace(pages={"page": SimpleNamespace(views=views)})
    monkeypatch.setattr(lean_pages.EquationDomain, "of", lambda _env: domain)
    body = '<g class="d-node" data-needs="x z" data-name="x"><text x="1">x</text></g>'
    context = {"body": body}
    lean_pages.say_less(SimpleNamespace(env=None), "page", "", context, None)
    without = '<g class="d-node"><text x="1">x</text></g>'
    assert context["body"] == (body if "explorer" in views else without)


def test_pages_of_sources_at_one_depth_share_their_navigation():
    made = []

    class Builder:
        def _get_local_toctree(self, page, **_options):
            made.append(page)
            return "../" * page.count("/")

    app, shown = SimpleNamespace(builder=Builder()), {}
    for page in ("_modules/proveq", "_modules/lstmderiv/gru", "_modules/lstmderiv/rnn", "gru"):
        context = {"toctree": lambda **_options: "its own"}
        lean_pages.share_navigation(app, page, "", context, None)
        shown[page] = context["toctree"](collapse=False)
    assert list(shown.values()) == ["../", "../../", "../../", "its own"] and len(made) == 2
