"""A stale build must not pass: whatever the book depends on changes, and the book is read and run again."""

import pytest
import tinybook
from proveq.sphinx.equations import evidence
from proveq.sphinx.freshness import digest, files
from sphinx.errors import ConfigError
from tinybook import NOTEBOOK, TinyBook, equation, evidence_cell

CODE = "import sys; sys.path.insert(0, '..'); from derivation import check; check()"
RECORDS = [("eq:page-x", "exact", 0, 0), ("eq:page-x", "JAX", 1e-16, 1e-12)]


@pytest.mark.parametrize("mode", ["force", "cache"])
def test_module_edited_and_page_not(tmp_path, monkeypatch, mode):
    """The trap: only what a cell imports has changed."""
    monkeypatch.setattr(evidence, "evaluate", tinybook.EVALUATOR)
    module = tmp_path / "derivation.py"
    right, wrong = "def check(): pass\n", "def check(): raise ValueError('eq:page-x: sign')\n"
    module.write_text(right)
    page = NOTEBOOK + "# Page\n\n" + equation("eq:page-x") + "\n" + evidence_cell(*RECORDS, code=CODE)
    book = TinyBook(tmp_path / "book", {"page": page}, proveq_freshness_sources=["../*.py"], nb_execution_mode=mode)
    assert book.build() == 0, book.errors
    executed = tmp_path / "build/jupyter_execute/page.ipynb"
    before = executed.stat().st_mtime_ns
    assert book.build() == 0 and executed.stat().st_mtime_ns == before

    module.write_text(wrong)
    assert book.build() == 1
    assert "equation eq:page-x: cell 1 failed: ValueError: eq:page-x: sign" in book.errors
    module.write_text(right)
    assert book.build() == 0, book.errors


@pytest.mark.parametrize("text", ["{ref}`nowhere`", "```{nothing}\n```", "{eq}`eq:nowhere`"])
def test_warnings_come_again(tmp_path, text):
    book = TinyBook(tmp_path / "book", {"page": f"# Page\n\n{text}\n"})
    assert book.build() == 1
    first = book.errors
    assert book.build() == 1
    assert book.errors == first and "WARNING" in first
    # also where the first build was told to tolerate them
    assert book.build(warningiserror=False) == 0
    assert book.build() == 1
    book.write("page", "# Page\n")
    assert book.build() == 0, book.errors


def test_killed_build_leaves_nothing_to_trust(tmp_path, monkeypatch):
    book = TinyBook(tmp_path / "book", {"page": "# Page\n\n{unknown}`role`\n"})

    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("sphinx.builders.html.StandaloneHTMLBuilder.write_documents", interrupt)
        book.build()
    assert (tmp_path / "build/doctrees/environment.pickle").exists()
    assert book.build() == 1
    assert "unknown" in book.errors


def test_clean_build_is_kept(tmp_path):
    book = TinyBook(tmp_path / "book", {"page": "# Page\n"})
    assert book.build() == 0 and book.build() == 0
    assert "0 added, 0 changed, 0 removed" in book.said


def test_highlighted_source_follows_the_pages(tmp_path):
    def page(*functions):
        documented = "".join(f".. py:function:: {name}\n   :module: textwrap\n\n" for name in functions)
        return f"# Page\n\n```{{eval-rst}}\n{documented}```\n"

    book = TinyBook(tmp_path / "book", {"page": page("dedent")})
    assert book.build() == 0 and 'id="dedent"' in book.output("_modules/textwrap.html")
    book.write("page", page("dedent", "indent"))
    assert book.build() == 0 and 'id="indent"' in book.output("_modules/textwrap.html")


def test_digest_follows_names_and_contents(tmp_path):
    (tmp_path / "package" / "__pycache__").mkdir(parents=True)
    one, other = tmp_path / "package" / "one.py", tmp_path / "package" / "other.py"
    one.write_text("1")
    (tmp_path / "package" / "__pycache__" / "one.pyc").write_text("compiled")
    assert files(tmp_path, ["package"]) == [one]
    seen = [digest(tmp_path, ["package"])]
    one.write_text("2")
    seen.append(digest(tmp_path, ["package"]))
    one.rename(other)
    seen.append(digest(tmp_path, ["package/**/*.py"]))
    assert len(set(seen)) == 3
    assert digest(tmp_path, ["package"]) == seen[2]


def test_pattern_which_names_nothing(tmp_path):
    with pytest.raises(ConfigError, match="proveq_freshness_sources: 'pakage' names no file"):
        digest(tmp_path, ["pakage"])
