"""Sentences: what they print, claim and count comes from the run, or it is an error."""

import doctest
import importlib
import json
import sys
from types import ModuleType

import pytest
from docutils import nodes
from docutils.utils import new_document
from proveq.expressions import answer
from proveq.sphinx.prose.asked import asked_in
from proveq.sphinx.prose.held import Prose, hold
from proveq.sphinx.prose.sentences import QUOTED, sentences_of
from proveq.sphinx.prose.words import compared, signs_of
from test_inline import SYMBOLS, settings
from tinybook import TinyBook

CELL = """
```{code-cell} python
import numpy as np
losses = np.array([2.5, 1.25, 0.3126])
```
"""
NOTEBOOK = "---\nfile_format: mystnb\nkernelspec: {{name: python3}}\n{front}---\n\n# Page\n"


@pytest.fixture
def build(tmp_path):
    """Build a book of one page, in which three losses are computed before the text."""

    def run(text, front="", before=CELL, **conf):
        book = TinyBook(tmp_path / "book", {"page": f"{NOTEBOOK.format(front=front)}{before}\n{text}\n"}, **conf)
        book.build()
        return book

    return run


@pytest.mark.parametrize("module", ["expressions", *(f"sphinx.prose.{name}" for name in ("asked", "typed", "words"))])
def test_the_examples_of_the_documentation(module):
    found = doctest.testmod(importlib.import_module(f"proveq.{module}"))
    assert found.attempted and not found.failed


def words_of(book):
    page = book.output("page.html")
    return page[page.index('<div class="body"') :]


# Numbers


def test_a_value_is_printed_with_the_digits_asked_for(build):
    book = build("It ends at {value}`losses[-1]:.2f`, of {value}`len(losses)`, from −{value}`losses[0]:.1f`.")
    assert book.errors == ""
    assert "It ends at 0.31, of 3, from −2.5." in words_of(book)


def test_a_value_of_a_cell_below_is_known_too(build):
    assert "of 3." in words_of(build(f"It is one of {{value}}`len(losses)`.\n{CELL}", before=""))


def test_a_value_is_the_one_at_its_place(build):
    again = "```{code-cell} python\nlosses = np.array([9.5])\n```\n"
    found = words_of(build(f"Now {{value}}`losses[0]:.1f`.\n\n{again}\nNow {{value}}`losses[0]:.1f`.\n"))
    assert "Now 2.5." in found and "Now 9.5." in found


def test_a_value_of_the_next_cell_where_its_name_had_another(build):
    again = "```{code-cell} python\nlosses = np.array([9.5])\n```\n"
    book = build(f"Next {{value}}`losses[0]:.1f @ below`, it rises.{{shown}}`losses > 9 @ below`\n\n{again}")
    assert book.errors == "" and "Next 9.5, it rises." in words_of(book)


@pytest.mark.parametrize(
    ("role", "message"),
    [
        ("{value}`losses[1]`", "1.25 is no whole number: say how many digits"),
        ("{value}`losses[1]:.1f`", "1.25 lies where .1f rounds up or down"),
        ("{value}`losses:.1f`", "is an array of shape (3,), not one number"),
        ("{value}`loss[0]:.1f`", "names what no cell of the page defines"),
        ("{value}`losses[7]:.1f`", "IndexError: index 7"),
        ("{value}`losses.any()`", "is no number but True"),
        ("{value}`losses[0] / 0 * 0:.1f`", "is nan"),
    ],
)
def test_a_value_that_is_none_is_an_error(build, role, message):
    book = build(f"It is {role}.")
    assert f"page.md:13: ERROR: column 7, {role}: {message}" in book.errors and book.app.statuscode


def test_roles_in_alternative_texts(build):
    picture = "```{image} none.png\n:alt: It falls{shown}`losses[1] < losses[0]` to {value}`losses[-1]:.2f`.\n```\n"
    book = build(f"A\n\n{picture}")
    assert 'alt="It falls to 0.31."' in words_of(book)
    book.write("page", (book.folder / "page.md").read_text().replace("] < losses", "] > losses"))
    book.build()
    assert "does not hold: " in book.errors


def test_a_cell_that_is_a_figure_answers_and_stays_one_figure(build):
    cell = (
        "```{code-cell} python\n:mystnb:\n:  figure:\n:    name: fig-one\n"
        ':    caption: "Up to {value}`top`."\n\nfrom IPython.display import SVG\n'
        "top = 7\nSVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')\n```\n"
    )
    book = build(f"{{numref}}`fig-one`\n\n{cell}", numfig=True)
    assert book.errors == "" and "Up to 7." in words_of(book)
    assert book.output("page.html").count("<figcaption>") == 1


def test_a_role_that_was_not_asked_is_an_error(build):
    book = build("A")
    (book.folder / "part.txt").write_text("It falls.{shown}`losses[1] < losses[0]`\n")
    book.write("page", (book.folder / "page.md").read_text() + "\n```{include} part.txt\n```\n")
    book.build()
    assert "{shown}`losses[1] < losses[0]`: stands where no run is asked" in book.errors and book.app.statuscode


@pytest.mark.parametrize(
    ("text", "front"),
    [
        ("It has 7 rows.", ""),
        ("It has rows: $7$.", ""),
        ("| a | b |\n|---|---|\n| rows | 7 |", ""),
        ("```{image} none.png\n:alt: It has 7 rows.\n```", ""),
        ("It has 7 rows.", "typed: {7 columns: (example)}\n"),
        ("It is so.{shown}`len(losses) == 3`\nIt has 7 rows.", ""),
        ("It has 7 rows.{shown}`len(losses) == 3`", ""),
    ],
)
def test_a_number_from_nowhere_is_an_error(build, text, front):
    book = build(text, front)
    assert "the number 7, from nowhere" in book.errors and book.app.statuscode


@pytest.mark.parametrize(
    ("text", "front", "kind"),
    [
        ("It has 3 rows.{shown}`len(losses) == 3`", "", "shown"),
        ("A third is 1/3.{shown}`losses[0] > 1 / 3`", "", "shown"),
        ("It has 3 rows.", "typed: {3 rows: len(losses)}\n", "equal"),
        ("It lies between 0 and 1.", "typed: {between 0 and 1: (bound)}\n", "bound"),
        ("See figures 3 and 4, step 2, and layer 1.", "", "label"),
        ("| figure | name |\n|---|---|\n| 3 | loss |", "", "label"),
        ("That was in 1997.", "", "year"),
        ("It has 300% of one.", "typed: {300%: len(losses)}\n", "equal"),
        ("Take 7 of them.{unshown}`advice`", "", "advice"),
    ],
)
def test_where_a_number_may_come_from(build, text, front, kind):
    book = build(text, front)
    assert book.errors == ""
    assert json.loads(book.output("ledger.json"))["totals"][f"number_{kind}"]


@pytest.mark.parametrize(
    ("front", "message"),
    [
        ("typed: {4 rows: len(losses)}\n", "the sentence has 4, the run 3"),
        ("typed: {3 rows: len(losses), 3 days: len(losses)}\n", "'3 days' stands in no sentence of the page"),
        ("typed: {3 rows: (hope)}\n", "is of kind 'hope'; there are: bound, definition, example, quoted"),
        ("typed: {rows: len(losses)}\n", "typed: 'rows' has no number"),
        ("typed: {'3 rows, or 4': len(losses)}\n", "has 2 numbers; an expression holds one"),
        ("typed: 3\n", "typed: expected words and what holds them"),
    ],
)
def test_what_a_page_declares_must_be_so(build, front, message):
    book = build("It has 3 rows, or 4 rows.{unshown}`possible`", front)
    assert message in book.errors and book.app.statuscode


def test_numbers_declared_for_the_whole_book(build):
    assert build("Between 0 and 1.", proveq_typed={"between 0 and 1": "(bound)"}).errors == ""


# Claims


@pytest.mark.parametrize(
    "text",
    [
        "The loss falls.{shown}`np.diff(losses) < 0`",
        "The last is the smallest.{shown}`losses.argmin() == 2`",
        "The first is twice the second.{shown}`losses[0] == 2 * losses[1]`",
        "It is better.{shown}`better`\n\n```{code-cell} python\nbetter = losses[1] < losses[0]\n```",
        "Which is larger?",
        "Which is larger?\nSay it.",
        'The word "falls" is one.',
        "Which is larger?\nWhich is smaller?",
        "Shapes may differ.{unshown}`possible`",
        "Once more, and no longer: the lower layer's row, in the forward half, after an equals sign.",
        "From the upper right to the lower left.",
        "Drop the factor, which drops out: one that is dropped, read twice, is told in more detail.",
        "The lower four of eight, in double and in single precision.",
    ],
)
def test_a_sentence_that_compares_and_is_held(build, text):
    assert build(text).errors == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("The loss falls.", "says 'falls' (<), and no {shown}"),
        ("The loss rises.{shown}`np.diff(losses) < 0`", "says 'rises' (>), and no"),
        ("The loss falls.{shown}`np.diff(losses) > 0`", "does not hold: array([-1.25 "),
        ("The loss falls, and then rises.{shown}`np.diff(losses) < 0`", "says 'rises'"),
        ("It falls.{shown}`losses[1] < losses[0]`{shown}`losses[2] > losses[1]`", "does not hold: "),
        ("It is worse.{shown}`losses[0] > 0`", "says 'worse' (a name with that word), and no"),
        ("The last is the largest.{shown}`losses.argmin() == 2`", "says 'largest'"),
        ("The first is half the second.{shown}`losses[0] == 2 * losses[1]`", "says 'half'"),
        ("It falls.{unshown}`hope`", "no such kind"),
        ("It is there.{unshown}`meaning`", "there is nothing to be shown"),
        ("It is so.{shown}`1 < 2`", "names nothing of the page"),
        ("It is so.{shown}`losses[0] ==`", "no Python expression"),
        ("It is so.{shown}`not losses[0] < 0`", "say it without `not`"),
        ("It is so.{shown}`losses[0] == losses[0]`", "compares something with itself"),
        ("It is so.{shown}`losses[0]`", "is neither true nor false"),
        ("It is so.{shown}`losses[:0] < 1`", "is neither true nor false"),
        ("It is so.{shown}`loss < 1`", "names what no cell of the page defines"),
        ("**Step 1.** One.\n\n**Step 3.** Two.", "Step 3 follows step 1"),
    ],
)
def test_a_sentence_that_is_not_held_is_an_error(build, text, message):
    book = build(text)
    assert message in book.errors and "page.md:" in book.errors and book.app.statuscode


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("One.\nTwo, and *three* of it.\nIt has 7 rows.", 15),
        ("| a | b |\n|---|---|\n| one | two |\n| three | 7 rows |", 16),
        ("One.\n\n```{image} none.png\n:alt: It has 7 rows.\n```", 16),
        ("**Step 1.** One.\n\n**Step 3.** Two.", 15),
    ],
)
def test_a_sentence_is_told_by_its_own_line(build, text, line):
    assert f"page.md:{line}: ERROR: " in build(text).errors


def test_a_wrong_number_of_a_step_is_told_once(build):
    assert build("**Step 1.** A.\n\n**Step 3.** B.\n\n**Step 3.** C.").errors.count("Step 3 follows") == 1


def test_what_is_declared_in_vain_is_told_by_its_line(build):
    assert "page.md:5: ERROR: typed: '3 days'" in build("One.", "typed:\n  3 days: len(losses)\n").errors


def test_a_formula_that_holds_shows_its_word(tmp_path):
    text = "# Page\n\nBoth sides are equal, $2 + 2 = 4$.\n\nThey are not equal, $2 < 4$.\n"
    book = TinyBook(tmp_path / "book", {"page": f"---\ngiven: gated\n---\n\n{text}"}, **settings())
    (tmp_path / "book" / "symbols.toml").write_text(SYMBOLS)
    book.build()
    assert book.errors.count("says 'equal'") == 1 and "page.md:9: ERROR: says 'equal' (==)" in book.errors


def test_the_pages_that_are_open_are_counted(build):
    book = build("The loss falls, 7 times.", "sentences: open\n")
    assert book.errors == ""
    totals = json.loads(book.output("ledger.json"))["totals"]
    assert totals["compared_open"] == 1 and totals["number_open"] == 1
    assert "does not hold" in build_again(book, "It is so.{shown}`losses[0] < 0`")


def build_again(book, text):
    page = (book.folder / "page.md").read_text()
    book.write("page", page.replace("The loss falls, 7 times.", text))
    book.build()
    return book.errors


def test_what_shows_a_sentence_stands_in_the_page_and_in_the_ledger(build):
    book = build("The loss falls.{shown}`np.diff(losses) < 0`")
    assert '<span class="eq-shown" id="shown-1"><code' in words_of(book)
    (claim,) = json.loads(book.output("ledger.json"))["claims"]
    assert claim == {
        "page": "page",
        "line": 13,
        "sentence": "The loss falls.",
        "shown": ["np.diff(losses) < 0"],
    }


def test_answers_are_kept_with_the_outputs_of_the_cells_and_asked_again_where_they_change(build):
    book = build("It has {value}`len(losses)` rows.", nb_execution_mode="cache")
    assert "It has 3 rows." in words_of(book)
    page = (book.folder / "page.md").read_text()
    book.write("page", page.replace("It has", "There are"))
    book.build()
    assert book.errors == "" and "There are 3 rows." in words_of(book)
    book.write("page", page.replace("len(losses)", "2 * len(losses)"))
    book.build()
    assert book.errors == "" and "It has 6 rows." in words_of(book)


def test_a_cell_that_fails_is_not_followed_by_words_on_its_sentences(build):
    book = build("It is {value}`loss`.\n\n```{code-cell} python\nloss = 1 / 0\n```")
    assert "ZeroDivisionError" in book.errors and "names what no cell" not in book.errors


def test_the_docstring_of_a_module_is_no_sentence_of_the_page(build, monkeypatch):
    monkeypatch.setitem(sys.modules, "told", ModuleType("told", "It has 7 rows, more than before."))
    text = "```{eval-rst}\n.. automodule:: told\n```\n"
    book = build(text, extensions=["myst_nb", "proveq.sphinx.equations", "sphinx.ext.autodoc"])
    assert book.errors == "" and "It has 7 rows" in words_of(book)


# Parts


@pytest.mark.parametrize(("quoted", "kind"), [(True, "quoted"), (False, "open")])
def test_a_block_that_another_extension_says_to_tell_of_the_work_of_others(quoted, kind):
    document, prose = new_document("page"), Prose()
    document += nodes.paragraph("", "It has 7 rows, more than before.", **{QUOTED: quoted})
    (sentence,) = sentences_of(document)
    assert len(list(hold(sentence, {}, [], set(), prose))) == (0 if quoted else 2)
    assert prose.numbers == {"printed": 0, kind: 1} and prose.compared == {kind: 1}


def test_roles_are_found_where_prose_is_and_counted_by_cells():
    source = (
        "A {value}`a`.\n\n```{code-cell} python\n:mystnb: {alt: '{value}`b`'}\n'{value}`c`'\n```\n\n"
        "```{note}\n{shown}`d`{shown}`h`\n```\n\n``{value}`e` ``\n\n```text\n{value}`f`\n```\n\nThen {value}`g`.\n"
    )
    assert [(one.expression, one.after) for one in asked_in(source)] == [
        ("a", 0), ("b", 0), ("d", 1), ("h", 1), ("g", 1)
    ]  # fmt: skip


def test_an_answer_leaves_the_names_alone():
    names = {"x": 1}
    assert answer({"kind": "value", "expression": "[y := x, y][1]", "format": ""}, names) == {"text": "1"}
    assert names == {"x": 1}


@pytest.mark.parametrize("word", ["larger", "falls", "largest", "smallest", "equal", "differ", "twice", "half"])
def test_an_opposite_is_shown_by_another_sign(word):
    opposites = dict(zip("larger falls largest smallest equal differ twice half".split(),
                         "smaller rises smallest largest differ equal half twice".split()))  # fmt: skip
    ((_, sign),), ((_, other),) = compared(word), compared(opposites[word])
    assert sign != other
    assert sign in signs_of({"<": "a < b", ">": "a > b", "max": "max(a)", "min": "min(a)", "==": "a == b",
                             "!=": "a != b", "2 *": "2 * a == b", "/ 2": "a / 2 == b"}[sign])  # fmt: skip
