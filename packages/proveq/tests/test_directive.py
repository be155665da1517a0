"""An equation set from code, with the real symbol table, printer and evaluator."""

import importlib
import re
from types import SimpleNamespace

import numpy as np
import pytest
from tinybook import NOTEBOOK, TinyBook, equation, evidence_cell

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

    name, sizes, tolerance = "step", {"H": 1}, 1e-12

    def __init__(self, oracle, **values):
        self.oracle, self.values = oracle, values

    def value(self, name, step=None):
        """The number of a symbol."""
        return np.full((1, 1), self.values[name])

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
        settings = {"proveq_symbols": "symbols.toml", "proveq_scopes": "test_directive:SCOPES"} | conf
        book = TinyBook(tmp_path / "book", {"page": page}, **settings)
        (tmp_path / "book" / "symbols.toml").write_text(SYMBOLS)
        book.build()
        return book

    return run


SET = equation("eq:page-o", "", code="tiny_derivation:backward", result="d_o", boxed="", kind="definition")


SEVERAL = (
    "```{equations} eq:page\n:code: tiny_derivation:backward\n:kind: definition\n:given: step\n\nd_o\n"
    "return: d_o\n```\n"
)


def test_several_lines_are_equations_of_their_own(build):
    book = build(f"# Page\n\n{SEVERAL}\n{DOCUMENTED}".replace("return: d_o\n", ""))
    assert book.errors == ""
    assert 'id="equation-eq-page-d-o"' in book.output("page.html")


def test_a_fault_in_one_of_several_lines_is_told_at_its_line(build):
    page = f"# Page\n\n{SEVERAL}\n{DOCUMENTED}".replace("return: d_o", "d_x")
    line = page[: page.index("d_x")].count("\n") + 1
    assert f"page.md:{line}: ERROR: equation eq:page-d-x: tiny_derivation:backward" in build(page).errors


def test_several_lines_need_a_beginning_and_a_line(build):
    empty = build("# Page\n\n```{equations} eq:page\n:code: tiny_derivation:backward\n```\n").errors
    assert "needs what its labels begin with, eq:..., and a line for each equation" in empty


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
    book = build(f"# Page\n\n{SET}", proveq_default_scope="step")
    assert book.errors == ""
    assert '<span class="eq-place">tiny_derivation.py:2</span>' in book.output("page.html")


def test_flipped_sign_on_the_page_fails(build):
    book = build("# Page\n\n" + equation("eq:page-o", r"\delta o_t = -\delta h_t \odot \tanh(c_t)", given="step"))
    assert "page.md:3: ERROR: equation eq:page-o: on scope step (exact arithmetic): " in book.errors
    assert "does not hold" in book.errors


CITED = {"kind": "cited", "source": "A. Author", "given": "step"}


@pytest.mark.parametrize(
    ("tex", "message"),
    [
        (r"o_t \sim \mathcal{N}", r"on scope step (exact arithmetic): line 1, column 5 of the TeX: \sim cannot be"),
        (
            r"\delta o_t = c_{t-1}",
            "typed, but what the page prints was evaluated on no scope; see :given: and :unevaluated:\n"
            "    exact arithmetic: scope step has no size t\n    floats: scope step has no size t\n",
        ),
    ],
    ids=["outside the notation", "another step"],
)
@pytest.mark.parametrize("kind", ["cited", "definition"])
def test_what_no_scope_evaluates_needs_a_reason(build, kind, tex, message):
    options = CITED if kind == "cited" else {"kind": kind, "implements": "math:cos", "given": "step"}
    book = build("# Page\n\n" + equation("eq:page-o", tex, **options))
    assert f"page.md:3: ERROR: equation eq:page-o: {message}" in book.errors
    assert book.app.env.domains["equations"].ledger.totals()["unevaluated"] == 1

    book.write("page", "# Page\n\n" + equation("eq:page-o", tex, **options, unevaluated="What o is drawn from."))
    assert book.build() == 0 and book.errors == ""
    assert book.app.env.domains["equations"].ledger.totals()["unevaluated"] == 1


def test_a_reason_is_refused_where_a_scope_evaluates_it(build):
    tex = r"\delta o_t = \delta h_t \odot \tanh(c_t)"
    book = build("# Page\n\n" + equation("eq:page-o", tex, **CITED, unevaluated="It is hard to evaluate."))
    assert "page.md:3: ERROR: equation eq:page-o: marked as not evaluated, 'It is hard to evaluate.'" in book.errors


def test_one_scope_that_can_is_enough(build, monkeypatch):
    able, unable = Scope("exact arithmetic", **NUMBERS), Scope("floats", d_o=6.0)
    monkeypatch.setitem(SCOPES, "some", [unable, able])
    tex = r"\delta o_t = \delta h_t \odot \tanh(c_t)"
    assert build("# Page\n\n" + equation("eq:page-o", tex, **(CITED | {"given": "some"}))).errors == ""


def test_without_a_scope_nothing_is_evaluated(build):
    options = {"kind": "cited", "source": "A. Author"}
    book = build("# Page\n\n" + equation("eq:page-o", "c_t = c_t", **options), proveq_default_scope="")
    assert "evaluated on no scope; see :given: and :unevaluated:\n    neither the equation nor its page" in book.errors


def test_typed_derivation_must_be_evaluated_somewhere(build):
    book = build("# Page\n\n" + equation("eq:page-o", r"\delta o_t = \delta h_t", given="none"))
    assert "equation eq:page-o: no evidence: nothing that ran checks it" in book.errors


@pytest.mark.parametrize(
    ("conf", "message"),
    [
        ({"proveq_symbols": "missing.toml"}, "proveq_symbols: .*missing.toml"),
        ({"proveq_scopes": "nowhere:SCOPES"}, "proveq_scopes: nowhere:SCOPES cannot be imported"),
        ({"proveq_scopes": "test_directive:SYMBOLS"}, "is not a mapping"),
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


def test_a_scope_that_cannot_be_made_is_reported_with_the_equation(build, monkeypatch):
    def broken():
        raise OverflowError("too large")

    monkeypatch.setitem(SCOPES, "step", broken)
    book = build("# Page\n\n" + equation("eq:page-o", r"\delta o_t = \delta h_t", given="step"))
    assert "equation eq:page-o: scope step cannot be made: OverflowError: too large" in book.errors


HIGHWAY = """
import numpy as np


def highway(g, x, u):
    y = g * x + (1 - g) * u
    return y


def highway_backward(d_y, g, x, u):
    d_g = d_y * (u - x)
    return d_g
"""
GRU_SYMBOLS = """
[_chapters]
cells = { modules = ["tiny_highway"], on = [], group = "all" }
gru = { modules = ["tiny_gru"], group = "all" }

[cells.g]
tex = "g_t"
meaning = "gate"
shape = "(B, H)"

[cells.x]
tex = "x_t"
meaning = "input"
shape = "(B, H)"

[cells.y]
tex = "\\\\xi"
meaning = "result"
shape = "(B, H)"

[gru.u]
tex = "u_t"
meaning = "update gate"
shape = "(B, H)"
"""
HIGHWAY_EQUATION = equation("eq:page-d-g", "", code="tiny_highway:highway_backward", result="d_g")
PROOF = evidence_cell(("eq:page-d-g", "exact", "0", 0), ("eq:page-d-g", "JAX", 2e-16, 1e-12))


def highway_book(tmp_path, monkeypatch, page, symbols, scopes=()):
    """Build a book of one page on the highway cell."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "tiny_highway.py").write_text(HIGHWAY)
    importlib.invalidate_caches()
    monkeypatch.delitem(__import__("sys").modules, "tiny_highway", raising=False)
    monkeypatch.setitem(SCOPES, "step", scopes)
    book = TinyBook(
        tmp_path / "book",
        {"page": page},
        proveq_symbols="symbols.toml",
        proveq_scopes="test_directive:SCOPES",
        proveq_default_scope="step" if scopes else "",
    )
    (tmp_path / "book" / "symbols.toml").write_text(SYMBOLS.replace("[d_o]", symbols + "[d_o]"))
    book.status = book.build()
    return book


class HighwayScope(Scope):
    """The highway's own numbers: it has no u of the GRU's."""

    chapter = "cells"


def highway_scopes(**more):
    values = {"g": 2.0, "x": 3.0, "d_y": 5.0, "d_g": 10.0} | more
    return [HighwayScope("exact", **values), HighwayScope("complex step", **values)]


@pytest.mark.parametrize("proof", ["", PROOF], ids=["no evidence", "the oracles' evidence"])
def test_a_name_takes_no_other_chapters_meaning(tmp_path, monkeypatch, proof):
    """u of a new module is not the GRU's update gate, whatever the oracles say of the code."""
    page = f"{NOTEBOOK}\n# Page\n\n{HIGHWAY_EQUATION}\n{proof}"
    book = highway_book(tmp_path, monkeypatch, page, GRU_SYMBOLS, highway_scopes())
    assert book.status == 1
    assert "`u` is [gru.u] of symbols.toml, which belongs to chapter gru (tiny_gru)" in book.errors
    assert 'declare it for tiny_highway: in its chapter, or under [function."tiny_highway"]' in book.errors


@pytest.mark.parametrize("scopes", [(), highway_scopes(u=5.0)], ids=["no scope", "a scope that knows no u"])
def test_what_is_printed_must_have_been_evaluated(tmp_path, monkeypatch, scopes):
    """Declared to be the GRU's u_t, the oracles satisfied: but no scope of the chapter can read it."""
    page = f"{NOTEBOOK}\n# Page\n\n{HIGHWAY_EQUATION}\n{PROOF}"
    declared = GRU_SYMBOLS + '[function."tiny_highway"]\nu = "gru.u"\n'
    book = highway_book(tmp_path, monkeypatch, page, declared, scopes)
    assert book.status == 1
    if scopes:
        assert "is [gru.u] of symbols.toml, which belongs to chapter gru" in book.errors
    else:
        assert "set from code, but what the page prints was evaluated on no scope; see :given: and" in book.errors


BOTH = """
def forward(h):
    c = h
    return c


def backward(d_h, tanh_c):
    c = d_h
    d_o = d_h * tanh_c
    return d_o
"""


def test_a_page_names_code_and_kind_once(build, monkeypatch):
    front = "---\ngiven: step\ncode: tiny_derivation:backward\nkind: definition\n---\n"
    book = build(f"{front}# Page\n\n" + equation("eq:page-o", "", result="d_o"))
    assert book.errors == ""
    (found,) = book.app.env.domains["equations"].ledger.book
    assert (found.code, found.kind) == ("tiny_derivation:backward", "definition")
    assert found.tex == r"\delta o_t = \delta h_t \odot \tanh(c_t)"


@pytest.mark.parametrize(
    ("front", "options", "message"),
    [
        (
            "code: tiny_derivation:backward",
            {"result": "d_p"},
            "the page's code, tiny_derivation:backward, assigns no d_p",
        ),
        (
            "code: [tiny_both:forward, tiny_both:backward]",
            {"result": "c"},
            "both tiny_both:forward and tiny_both:backward",
        ),
        ("code: 3", {"result": "d_o"}, "code: expected module:name, or a list of them, got 3"),
        ("kind: proved", {"result": "d_o"}, "kind: expected one of derived, definition, cited, got 'proved'"),
    ],
)
def test_page_defaults_are_checked(build, tmp_path, front, options, message):
    (tmp_path / "tiny_both.py").write_text(BOTH)
    book = build(f"---\n{front}\n---\n# Page\n\n" + equation("eq:page-o", "", **options))
    assert message in book.errors
