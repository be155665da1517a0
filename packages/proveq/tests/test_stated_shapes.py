"""Shapes that a page states, in tables and in sentences."""

import json

import pytest
from test_inline import SYMBOLS, settings
from tinybook import TinyBook

TABLE = "| symbol | shape | here |\n|---|---|---|\n"


@pytest.fixture
def build(tmp_path):
    """Build a book of one page whose scope has B = 2 and H = 3."""

    def run(text, **conf):
        pages = {"page": f"---\ngiven: gated\n---\n\n# Page\n\n{text}\n"}
        book = TinyBook(tmp_path / "book", pages, **settings(), **conf)
        (tmp_path / "book" / "symbols.toml").write_text(SYMBOLS)
        book.build()
        return book

    return run


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        (f"{TABLE}| $c_t$, $g_t$ | (B, H) | 1 × 5 |\n| $f_t$: the gate | (B, H) | 1 × 5 |", 3),
        (f"{TABLE}| $c_t$, $[c_t, g_t]$ | (B, H), (B, 2H) | 1 × 5, 1 × 10 |", 2),
        (f"{TABLE}| $c_t$ | (B, H) | 5 × 1 |", 1),
        ("A gate $f_t$ (B, H) and a state $c_t$, (B, H), and (B, K) of nothing.", 2),
        (f"{TABLE}| a word | (B, K) | 3 |", 0),
    ],
)
def test_what_is_stated_is_compared(build, text, shapes):
    book = build(text)
    assert book.errors == ""
    assert json.loads(book.output("ledger.json"))["totals"]["shapes"] == shapes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{TABLE}| $c_t$ | (H, B) | |", "page.md:9: ERROR: $c_t$ is stated to be (H, B): symbols.toml says (B, H)"),
        (f"{TABLE}| $[c_t, g_t]$ | (B, 3H) | |", "on scope gated, with B = 2, H = 3, it is (2, 6)"),
        (f"{TABLE}| $c_t$, $f_t$, $g_t$ | (B, H), (B, H) | |", "states 2 shapes for 3 symbols"),
        (f"{TABLE}| $c_t$ | (B, H) | 1 × 5 |\n| $f_t$ | (B, H) | 1 × 6 |", "page.md:10: ERROR: 1 × 6 is no (B, H)"),
        (f"{TABLE}| $c_t$, $[c_t, g_t]$ | (B, H), (B, 2H) | 1 × 5, 1 × 11 |", "1 × 11 is no (B, 2H) with B = 1, H = 5"),
        ("So $f_t$.\n\nA gate $f_t$ (B, B).", "page.md:9: ERROR: $f_t$ is stated to be (B, B)"),
        ("A gate $f_t$ (B, B).", "$f_t$ is stated to be (B, B): symbols.toml says (B, H)"),
    ],
)
def test_what_contradicts_is_told(build, text, message):
    book = build(text)
    assert message in book.errors
    assert book.app.statuscode


@pytest.mark.parametrize(("numbers", "message"), [("1 × 5", ""), ("1 × 6", "1 × 6 is no (B, H) with B = 1, H = 5")])
def test_a_head_may_name_an_example(build, numbers, message):
    book = build(f"{TABLE}| $c_t$ | (B, H) | {numbers} |", proveq_examples={"here": {"B": 1, "H": 5}})
    assert message in book.errors if message else book.errors == ""
