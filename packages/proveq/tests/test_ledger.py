"""The views of the ledger: table, totals, graph, badges and `ledger.json`."""

import json
import re
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
import tinybook
from proveq.sphinx.equations import evidence, graph
from proveq.sphinx.equations.ledger import amount
from tinybook import TinyBook, equation


@pytest.fixture(autouse=True)
def evaluator(monkeypatch):
    """The views do not depend on how equations are evaluated."""
    monkeypatch.setattr(evidence, "evaluate", tinybook.EVALUATOR)


def pages():
    """Two chapters, one using the other, and a page for each view."""
    return {
        "one": "# One\n\n"
        + equation("eq:one-sum")
        + equation("eq:one-start", "x", kind="cited", source="A. Author", unevaluated="A letter says nothing."),
        "two": "# Two\n\nAfter {eq}`eq:one-sum`:\n\n" + equation("eq:two-sum", "2 + 2 = 4", uses="eq:one-sum"),
        "ledger": "# Ledger\n\n```{ledger}\n```\n\n```{ledger-totals}\n```\n\n{ledger-total}`derived` derived\n",
        "graph": "# Graph\n\n```{dependency-graph}\n```\n",
    }


def test_views(tmp_path):
    book = TinyBook(tmp_path / "book", pages())
    assert book.build() == 0, book.errors
    assert book.errors == ""
    assert "3 equations: 0 from code, 2 evaluated, 1 not, 0 definitions, 1 cited; 2 proved exactly" in book.said

    table = book.output("ledger.html")
    row = re.search(r'<tr[^>]*id="ledger-eq-two-sum".*?</tr>', table, re.S)[0]
    assert "eq-state-proved" in row and "exact 0" in row and "complex step 0" in row
    assert 'href="two.html#equation-eq-two-sum">(2.1)' in row and 'href="one.html#equation-eq-one-sum">(1.1)' in row
    assert "A. Author" in table and "cited, not evaluated: A letter says nothing." in table
    assert "2 are evaluated as printed, 1 are not." in table
    assert "2 are proved exactly" in table and '<span class="eq-total">2</span> derived' in table
    assert "ledger.js" in table and "ledger.js" not in book.output("one.html")

    page = book.output("two.html")
    badge = re.search(r'<a class="eq-badge eq-state-proved[^>]*>(.*?)</a>', page)
    assert 'href="ledger.html#ledger-eq-two-sum"' in badge[0] and "exact 0" in badge[1]
    svg = book.output("graph.html")
    assert svg.count('<a class="eq-node') == 3 and svg.count("<path") == 1
    assert 'href="two.html#equation-eq-two-sum" aria-label="Equation 2.1 eq:two-sum: proved exactly"' in svg

    entries = json.loads(book.output("ledger.json"))["equations"]
    assert [entry["label"] for entry in entries] == ["eq:one-sum", "eq:one-start", "eq:two-sum"]
    assert [entry["unevaluated"] for entry in entries] == ["", "A letter says nothing.", ""]
    assert entries[2]["uses"] == ["eq:one-sum"] and len(entries[2]["evidence"]) == 2


def test_views_follow_changes_elsewhere(tmp_path):
    book = TinyBook(tmp_path / "book", pages())
    book.build()
    book.write("one", pages()["one"] + equation("eq:one-more", "3 = 3"))
    assert book.build() == 0, book.errors
    assert "ledger-eq-one-more" in book.output("ledger.html") and "one-more" in book.output("graph.html")
    assert "4 equations" in book.said
    written = (tmp_path / "build/html/ledger.html").stat().st_mtime_ns
    assert book.build() == 0 and "4 equations" in book.said
    assert (tmp_path / "build/html/ledger.html").stat().st_mtime_ns == written


def built(folder, jobs):
    """What a book of several pages writes, with one process or more."""
    evidence.evaluate = tinybook.EVALUATOR  # this process is the test's own
    many = pages() | {f"page{n}": f"# Page {n}\n\n" + equation(f"eq:page{n}-sum") for n in range(4)}
    book = TinyBook(folder / str(jobs) / "book", many)
    assert book.build(parallel=jobs) == 0, book.errors
    assert (" .. " in book.said) == (jobs > 1)  # runs of pages, one for each process
    return [book.output(name) for name in ("ledger.json", "ledger.html", "graph.html", "page3.html")]


@pytest.mark.slow
def test_parallel_build_is_the_same(tmp_path):
    # In a fresh process: Sphinx forks, and threads that another test has started do not survive that.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        one, two = (pool.submit(built, tmp_path, jobs).result() for jobs in (1, 2))
    assert one == two


def test_builder_with_folders(tmp_path):
    book = TinyBook(tmp_path / "book", pages())
    assert book.build("dirhtml") == 0, book.errors
    assert 'href="../ledger/#ledger-eq-two-sum"' in book.output("two/index.html", "dirhtml")


def test_unknown_total(tmp_path):
    book = TinyBook(tmp_path / "book", {"page": "# Page\n\n{ledger-total}`luck`\n"})
    assert book.build() == 1
    assert "page.md:3: ERROR: {ledger-total}: no total is named 'luck'" in book.errors


def test_layers_follow_uses_and_keep_circles_finite():
    def node(name, *uses):
        return graph.Node(name, name, name, "#", "proved", uses)

    assert graph.layers([node("c", "a", "b"), node("b", "a"), node("a"), node("alone")]) == [["a"], ["b"], ["c"]]
    late = [node("a"), node("b", "a"), node("c", "b", "late"), node("late")]
    assert graph.layers(late) == [["a"], ["b", "late"], ["c"]]
    assert graph.layers([node("a", "b"), node("b", "a")])
    nodes = [node("a"), node("b<", "a")]
    assert graph.draw(nodes, "t", "d") == graph.draw(nodes, "t", "d")
    assert "b&lt;" in graph.draw(nodes, "t", "d")


@pytest.mark.parametrize(("residual", "text"), [(0.0, "0"), (2.6e-16, "3e-16"), (0.5, "5e-01")])
def test_amounts_have_one_digit(residual, text):
    assert amount(residual) == text


def test_totals_are_said_at_the_end(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(evidence, "evaluate", tinybook.EVALUATOR)
    book = TinyBook(tmp_path / "book", {"page": "# Page\n\n" + equation("eq:page-x")})
    totals = "1 equations: 0 from code, 1 evaluated, 0 not, 0 definitions, 0 cited; 1 proved exactly, 2 checks held"
    assert book.build() == 0 and totals in book.said
    assert book.build(quiet=True) == 0 and capsys.readouterr().out == totals + "\n"
