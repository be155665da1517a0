"""Inline formulas: read, evaluated, supposed, quoted, wrong on purpose."""

import json

import numpy as np
import pytest
from proveq import Exact, Model, Scope
from tinybook import TinyBook

SYMBOLS = """
[_groups]
all = "All"

[_sizes]
B = "examples"
T = "steps"
H = "units"

[_indices]
letters = ["i"]
spoken = ["r"]
element = "i"
sums = ["k"]
row = "n"
rows = "B"
steps = ["t"]

[_functions]
tanh = "\\\\tanh"

[c]
tex = "c_t"
meaning = "state"
shape = "(B, H)"
group = "all"

[c0]
tex = "c_0"
meaning = "first state"
shape = "(B, H)"
group = "all"

[f]
tex = "f_t"
meaning = "gate"
shape = "(B, H)"
group = "all"

[g]
tex = "g_t"
meaning = "candidate"
shape = "(B, H)"
group = "all"
"""


class Gated(Model):
    """One step, c = f * c0 + g; the loss is the sum of c."""

    def __init__(self, shut=False):
        self.sizes, self.shut = {"B": 2, "H": 3}, shut

    def inputs(self, numbers):
        return {name: numbers.draw((2, 3)) for name in ("c0", "f", "g")}

    def run(self, v, probe, numbers):
        c = probe("c", v["f"] * v["c0"] + v["g"])
        probe("loss", (0 * c).sum() if self.shut else c.sum())


def broken():
    raise ZeroDivisionError("no numbers")


class Faulty:
    """A scope whose own code is at fault."""

    name, oracle, sizes, tolerance = "faulty", "exact", {}, 0.0

    def value(self, name, step=None):
        raise RuntimeError("its own fault")


SCOPES = {
    "broken": broken,
    "faulty": lambda: [Faulty()],
    "gated": lambda: [Scope("gated", Exact(), Gated())],
    "shut": lambda: [Scope("shut", Exact(), Gated(shut=True))],
    "empty": lambda: [],
}
SETTINGS = {"proveq_symbols": "symbols.toml", "proveq_scopes": "test_inline:SCOPES", "proveq_default_scope": "gated"}


@pytest.fixture
def build(tmp_path):
    """Build a book of one page."""

    def run(text, front="given: gated"):
        book = TinyBook(tmp_path / "book", {"page": f"---\n{front}\n---\n\n# Page\n\n{text}\n"}, **settings())
        (tmp_path / "book" / "symbols.toml").write_text(SYMBOLS)
        book.build()
        return book

    return run


def settings():
    return SETTINGS | {"myst_enable_extensions": ["dollarmath"]}


def totals(book):
    found = json.loads(book.output("ledger.json"))["totals"]
    return {name.removeprefix("inline_"): found[name] for name in found if name.startswith("inline_")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"$c_t = f_t \odot c_0 + g_t$", {"holds": 1}),
        (r"$c_t$, $f_t \odot g_t$ and $\tanh(c_t)$", {"read": 3}),
        (r"$\odot$, $\tanh$, $t$, $H$, $4H_f$, $r$, $i = r$, $f$", {"read": 8}),
        (r"At first {given}`c_0 = 0`, so $c_t = g_t$.", {"given": 1, "holds": 1}),
        ("{given}`f_t = 1` and\n{given}`g_t = 0`, and so $c_t = c_0$.", {"given": 2, "holds": 1}),
        (r"{wrong}`c_t = f_t \odot c_0`", {"wrong": 1}),
        (r"$2 + 2 = 4$, $4H = 12$ and $H = 3$", {"holds": 3}),
        (r"$t = 1, \ldots, T$ and $i \neq r$", {"read": 2}),
        (r"{quoted}`n' / d`", {"quoted": 1}),
    ],
)
def test_what_a_formula_is(build, text, expected):
    book = build(text)
    assert book.errors == ""
    assert totals(book) == dict.fromkeys(("holds", "read", "given", "wrong", "quoted"), 0) | expected


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        (r"So $c_t = f_t \odot c_0 - g_t$.", 5, "on scope gated: (exact)"),
        (r"So $c_t = q_t$.", 5, "unknown symbol q_{t}"),
        (r"So $q_t$.", 5, "unknown symbol q_{t}"),
        (r"So $c_t \odot$.", 5, "cannot be read: "),
        (r"So $2 + 2 = 5$.", 5, "on scope gated: (exact)"),
        (r"So $4H = 20$.", 5, "on scope gated: (exact)"),
        (r"So $2 \le 1$.", 5, "no scope of gated can evaluate it"),
        (r"An e, a $q$.", 10, "unknown symbol q"),
        (r"So {holds}`c_t = g_t @ broken`.", 12, "scope broken cannot be made: ZeroDivisionError: no numbers"),
        (r"So {holds}`c_t = g_t @ faulty`.", 12, "on scope faulty: (exact) RuntimeError: its own fault"),
        (r"So {holds}`c_t = g_t @ empty`.", 12, "there is nothing to read it on"),
        (r"So $f_t \, g_t \, [c_t, g_t]$.", 5, "no matrix product"),
        (r"Then {given}`c_0 = 0`, so $c_t = f_t$.", 28, "on scope gated, given $c_0 = 0$: (exact)"),
        (r"Then {given}`q_t = 0`.", 14, "unknown symbol q_{t}"),
        (r"Then {given}`c_t \odot g_t = 0`, so $g_t = 0$.", 38, "no symbol whose value could be put in"),
        (r"So {wrong}`c_t = f_t \odot c_0 + g_t`.", 12, "is marked as wrong, but nothing contradicts it"),
        (r"So {holds}`c_t = g_t @ nowhere`.", 12, "no scope is named 'nowhere'"),
        (r"So {given}`c_t = 0 @ gated`.", 12, "is supposed on scope gated, where it does not hold"),
    ],
)
def test_what_does_not_hold_is_told_by_line_and_column(build, text, column, message):
    book = build(f"A line before.\n\n{text}")
    assert f"page.md:9: ERROR: column {column}, $" in book.errors
    assert message in book.errors
    assert book.app.statuscode


def test_a_supposition_ends_with_its_paragraph(build):
    assert "on scope gated: (exact)" in build("At first {given}`c_0 = 0`.\n\nNow $c_t = g_t$.").errors


def test_a_supposition_may_be_a_scope_on_which_it_holds(build):
    text = r"There {given}`0 = 0 \cdot c_t @ shut`, and $c_t = f_t \odot c_0 + g_t$."
    assert build(text).errors == ""


def test_the_first_scope_that_can_evaluate_decides(build):
    assert build(r"$c_t = f_t \odot c_0 + g_t$", "given: empty\nalso-given: gated, shut").errors == ""


def test_the_second_formula_of_two_alike_is_found_at_its_own_place(build):
    book = build("First $c_t$.\nThen $c_t$ and $c_t = g_t$.")
    assert "page.md:8: ERROR: column 17, $c_t = g_t$" in book.errors


def test_a_value_put_in_is_followed_by_what_comes_after_it():
    scope = Scope("gated", Exact(), Gated())
    shut = scope.supposing("f", None, 0)
    assert np.array_equal(shut.value("c"), scope.value("g"))
    assert np.array_equal(scope.value("c"), scope.supposing("g", None, scope.value("g")).value("c"))
    assert (shut.value("d_c0") == 0).all() and (scope.value("d_c0") != 0).all()


def test_a_symbol_that_no_page_reads_is_told(tmp_path):
    pages = {"page": "---\ngiven: gated\n---\n\n# Page\n\n$c_t = f_t \\odot c_0 + g_t$ and $\\delta c_t$\n"}
    book = TinyBook(tmp_path / "book", pages, **settings(), proveq_every_symbol=True)
    unread = "[o]\ntex = 'o_t'\nmeaning = 'gate'\nshape = '(B, H)'\ngroup = 'all'\n"
    (tmp_path / "book" / "symbols.toml").write_text(f"{SYMBOLS}\n{unread}")
    book.build()
    assert "ERROR: symbols.toml: [o], o_t, is read on no page" in book.errors
    book.write("page", pages["page"].replace("+ g_t", "- g_t"))
    book.build()
    assert "on scope gated" in book.errors and "is read on no page" not in book.errors
    book.write("page", pages["page"])
    (tmp_path / "book" / "symbols.toml").write_text(SYMBOLS)
    assert book.build() == 0, book.errors
