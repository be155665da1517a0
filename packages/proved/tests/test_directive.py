"""An equation set from code, with the real symbol table, printer and evaluator."""

import importlib
import re
from types import SimpleNamespace

import pytest
from tinybook import TinyBook, equation

SYMBOLS = """
[_groups]
all = "All"

[_indices]
letters = ["i"]
element = "i"
sums = ["k"]
row = "n"
rows = "B"
steps = ["t"]

[_functions]
tanh = "\\\\tanh"

[d_o]
tex = "\\\\delta o_t"
meaning = "gradient"
shape = "(B, H)"
group = "all"

[d_h]
tex = "\\\\delta h_t"
meaning = "gradient"
shape = "(B, H)"
group = "all"

[c]
tex = "c_t"
meaning = "state"
shape = "(B, H)"
group = "all"

[tanh_c]
function = "tanh"
of = "c"
meaning = "squashed state"
group = "all"
"""
CODE = "def backward(d_h, tanh_c):\n    d_o = d_h * tanh_c\n    return d_o\n"
DOCUMENTED = "```{eval-rst}\n.. py:function:: backward(d_h, tanh_c)\n   :module: tiny_derivation\n```\n"


class Scope:
    """Numbers for the symbols of `SYMBOLS`."""

    name, sizes, tolerance = "step", {}, 1e-12

    def __init__(self, oracle, **values):
        self.oracle, self.values = oracle, values

    def value(self, name, step=None):
        """The number of a symbol."""
        return self.values[name]

    def function(self, name):
        """Only tanh, here without curvature."""
        return {"tanh": lambda value: value}[name]


NUMBERS = {"d_o": 6.0, "d_h": 2.0, "c": 3.0, "tanh_c": 3.0}
SCOPES = {"step": lambda: [Scope("exact arithmetic", **NUMBERS), Scope("floats", **NUMBERS)], "none": []}


@pytest.fixture
def build(tmp_path, monkeypatch):
    """Build a book of one page with `SYMBOLS` and `CODE`."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "tiny_derivation.py").write_text(CODE)
    importlib.invalidate_caches()
    monkeypatch.delitem(__import__("sys").modules, "tiny_derivation", raising=False)

    def run(page, **conf):
        settings = {"proved_symbols": "symbols.toml", "proved_scopes": "test_directive:SCOPES"} | conf
        book = TinyBook(tmp_path / "book", {"page": page}, **settings)
        (tmp_path / "book" / "symbols.toml").write_text(SYMBOLS)
        book.build()
        return book

    return run


SET = equation("eq:page-o", "", code="tiny_derivation:backward", result="d_o", boxed="", kind="definition")


def test_equation_is_set_from_its_line(build):
    book = build(f"---\ngiven: step\n---\n# Page\n\n{SET}\n{DOCUMENTED}")
    assert book.errors == ""
    page = book.output("page.html")
    assert r"\delta o_t = \delta h_t \odot \tanh(c_t)" in page
    assert re.search(r'class="eq-box eq-definition eq-boxed', page)
    assert re.search(r'<div class="eq-code highlight-python', page)
    assert '<a class="eq-place reference internal" href="_modules/tiny_derivation.html#backward"' in page
    assert "tiny_derivation.py:2</a>" in page and '<span class="eq-shape">(B, H)</span>' in page
    assert 'exact arithmetic 0</span> · <span class="eq-finding">floats 0' in page
    assert 'id="backward"' in book.output("_modules/tiny_derivation.html")


def test_place_is_plain_where_no_source_is_published(build):
    book = build(f"# Page\n\n{SET}", proved_default_scope="step")
    assert book.errors == ""
    assert '<span class="eq-place">tiny_derivation.py:2</span>' in book.output("page.html")


def test_flipped_sign_on_the_page_fails(build):
    book = build("# Page\n\n" + equation("eq:page-o", r"\delta o_t = -\delta h_t \odot \tanh(c_t)", given="step"))
    assert "page.md:3: ERROR: equation eq:page-o: on scope step (exact arithmetic): " in book.errors
    assert "does not hold" in book.errors


def test_definition_outside_the_grammar_is_counted_as_unread(build):
    text = equation("eq:page-o", r"o_t \sim \mathcal{N}", kind="cited", source="A. Author", given="step")
    book = build("# Page\n\n" + text)
    assert book.errors == ""
    ledger = book.app.env.domains["equations"].ledger
    assert ledger.totals()["unread"] == 1 and list(ledger.book.pages["page"].unread) == ["eq:page-o"]


def test_typed_derivation_must_be_evaluated_somewhere(build):
    book = build("# Page\n\n" + equation("eq:page-o", r"\delta o_t = \delta h_t", given="none"))
    assert "equation eq:page-o: no evidence: nothing that ran checks it" in book.errors


@pytest.mark.parametrize(
    ("conf", "message"),
    [
        ({"proved_symbols": "missing.toml"}, "proved_symbols: .*missing.toml"),
        ({"proved_scopes": "nowhere:SCOPES"}, "proved_scopes: nowhere:SCOPES cannot be imported"),
        ({"proved_scopes": "test_directive:SYMBOLS"}, "is not a mapping"),
    ],
)
def test_settings_are_checked(build, conf, message):
    with pytest.raises(Exception, match=message):
        build("# Page\n", **conf)


def test_a_scopes_own_fault_is_reported_with_the_equation(build, monkeypatch):
    def broken(*_):
        raise OverflowError("too large")

    broken_scope = SimpleNamespace(name="step", oracle="odd", tolerance=0, sizes={}, value=broken, function=broken)
    monkeypatch.setitem(SCOPES, "step", [broken_scope])
    book = build("# Page\n\n" + equation("eq:page-o", r"\delta o_t = \delta h_t", given="step"))
    assert "equation eq:page-o: on scope step (odd): OverflowError: too large" in book.errors
