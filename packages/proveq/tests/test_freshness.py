"""A stale build must not pass, and what has not changed is not done again."""

import base64
import filecmp
import os
import shutil
import time
from pathlib import Path

import pytest
import tinybook
from proveq.sphinx.equations import evidence
from proveq.sphinx.freshness.contents import Contents, files
from sphinx.environment.collectors.toctree import TocTreeCollector
from sphinx.errors import ConfigError
from tinybook import NOTEBOOK, TinyBook, equation, evidence_cell

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
HERE = "import sys; sys.path.insert(0, '..')\n"
CODE = HERE + "from derivation import check; check()"
RECORDS = [("eq:page-x", "exact", 0, 0), ("eq:page-x", "JAX", 1e-16, 1e-12)]


def cells(*code):
    """A page of code cells."""
    return NOTEBOOK + "# Page\n\n" + "".join(f"```{{code-cell}} python3\n{text}\n```\n\n" for text in code)


def read(book):
    """The pages that the last build read."""
    return book.app.proveq_freshness.read


def ran(book, page):
    """When the page's cells ran last."""
    return (book.folder.parent / f"build/cells/{page}/record.json").stat().st_mtime_ns


def same(one, other):
    """Whether two sites are the same, byte for byte."""
    found = filecmp.dircmp(one, other)
    assert not (found.left_only or found.right_only), (found.left_only, found.right_only)
    _, different, wrong = filecmp.cmpfiles(one, other, found.common_files, shallow=False)
    assert not (different or wrong), (one, different, wrong)
    return all(same(Path(one, name), Path(other, name)) for name in found.common_dirs)


def as_new(book):
    """Whether the site is the one that a build from nothing makes."""
    kept = book.folder.parent / "kept"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.move(book.folder.parent / "build", kept)
    assert book.build() == 0, book.errors
    return same(kept / "html", book.folder.parent / "build/html")


@pytest.mark.sampled(2)
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


def test_only_what_read_a_file_is_read_again(tmp_path):
    """A module, data, and what all pages rest on; the outputs of the others are kept."""
    for name in ("one", "other"):
        (tmp_path / f"{name}_module.py").write_text("value = 1\n")
    (tmp_path / "data.txt").write_text("data")
    (tmp_path / "lock.txt").write_text("lock")
    pages = {
        "one": cells(HERE + "import one_module; print(one_module.value)"),
        "other": cells(HERE + "import other_module; print(open('../data.txt').read())"),
        "plain": "# Plain\n",
    }
    book = TinyBook(
        tmp_path / "book", pages, nb_execution_mode="cache",
        proveq_freshness_sources=["../*.py", "../*.txt"], proveq_freshness_traced=["../*.py", "../data.txt"],
        proveq_freshness_cells=["../lock.txt"],
    )  # fmt: skip
    assert book.build() == 0, book.errors
    assert book.build() == 0 and read(book) == []

    (tmp_path / "one_module.py").write_text("value = 2\n")
    before = ran(book, "other")
    assert book.build() == 0 and read(book) == ["one"]
    assert "2" in book.output("one.html") and ran(book, "other") == before

    (tmp_path / "data.txt").write_text("new data")
    assert book.build() == 0 and read(book) == ["other"]
    assert "new data" in book.output("other.html") and ran(book, "other") > before

    (tmp_path / "lock.txt").write_text("new lock")
    before = ran(book, "one"), ran(book, "other")
    assert book.build() == 0 and read(book) == ["index", "one", "other", "plain"]
    assert ran(book, "one") > before[0] and ran(book, "other") > before[1]

    # A new file may be found in the place of another.
    before = ran(book, "one")
    (tmp_path / "json.py").write_text("")
    assert book.build() == 0 and set(read(book)) >= {"one", "other"} and ran(book, "one") > before
    (tmp_path / "json.py").unlink()


def test_words_are_changed_without_running_the_cells(tmp_path):
    book = TinyBook(tmp_path / "book", {"page": cells("print(1)")}, nb_execution_mode="cache")
    assert book.build() == 0, book.errors
    before = ran(book, "page")
    book.write("page", cells("print(1)").replace("# Page", "# Page\n\nWords."))
    assert book.build() == 0 and read(book) == ["page"]
    assert "Words." in book.output("page.html") and not (tmp_path / "build/cells/page/record.json").exists()
    book.write("page", cells("print(2)"))
    assert book.build() == 0 and ran(book, "page") > before
    # What an earlier text of the cells gave is not taken up again: nothing is known of what it read.
    book.write("page", cells("print(1)"))
    before = ran(book, "page")
    assert book.build() == 0 and ran(book, "page") > before


def test_cells_that_start_another_process_rest_on_everything(tmp_path):
    (tmp_path / "unread.py").write_text("")
    code = "import subprocess, sys; print(subprocess.run([sys.executable, '-c', '1']).returncode)"
    book = TinyBook(
        tmp_path / "book", {"page": cells(code)}, nb_execution_mode="cache",
        proveq_freshness_sources=["../*.py"], proveq_freshness_traced=["../*.py"],
    )  # fmt: skip
    assert book.build() == 0, book.errors
    before = ran(book, "page")
    (tmp_path / "unread.py").write_text("# read by whom?")
    assert book.build() == 0 and ran(book, "page") > before


@pytest.mark.sampled(2)
@pytest.mark.parametrize("stamp", ["kept", "set back"])
def test_a_page_is_held_by_its_content(tmp_path, stamp):
    book = TinyBook(tmp_path / "book", {"page": "# Page\n\nFirst.\n", "next": "# Next\n"})
    assert book.build() == 0
    path = book.folder / "page.md"
    before = path.stat()
    book.write("page", "# Page\n\nSecond.\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns - 10**10 * (stamp == "set back")))
    assert book.build() == 0 and read(book) == ["page"] and "Second." in book.output("page.html")
    os.utime(path, (time.time() + 5, time.time() + 5))
    assert book.build() == 0 and read(book) == []


def test_a_neighbours_title_and_numbers_are_followed(tmp_path):
    cited = {"kind": "cited", "source": "someone", "unevaluated": "There are no scopes."}
    pages = {
        "first": "# First\n",
        "second": "# Second\n\n{eq}`eq:last-x`\n",
        "last": "# Last\n\n" + equation("eq:last-x", **cited),
    }
    book = TinyBook(tmp_path / "book", pages, proveq_scopes="")
    assert book.build() == 0, book.errors
    assert "(3.1)" in book.output("second.html")
    book.write("first", "# Another title\n")
    assert book.build() == 0 and read(book) == ["first"]
    assert "Another title" in book.output("second.html")
    book.write("last", "# Last\n\n" + equation("eq:last-a", **cited) + equation("eq:last-x", **cited))
    assert book.build() == 0 and read(book) == ["last"] and "(3.2)" in book.output("second.html")
    assert as_new(book)


def test_numbers_are_those_of_the_whole_pages(tmp_path):
    def figure(name, caption=""):
        return f"```{{figure}} picture.png\n:name: {name}\n{caption}\n```\n\n"

    def displayed(label):
        return equation(label, kind="cited", source="someone", unevaluated="There are no scopes.") + "\n"

    table = "```{table} A table\n:name: table\n\n| a |\n|---|\n| b |\n```\n\n"
    listing = "```{code-block} python\n:caption: A listing\n:name: listing\n\n1\n```\n\n"
    quoted = "".join(f"> {line}\n" for line in displayed("eq:first-in").splitlines())
    part = "# Part\n\n```{toctree}\ninner\n```\n\n" + figure("two", "After the inner page")
    pages = {
        "index": "# Index\n\n```{toctree}\n:numbered:\nfirst\npart\n```\n",
        "first": "# First\n\n"
        + figure("one", "A figure")
        + "## Section\n\n"
        + quoted
        + table
        + listing
        + figure("bare"),
        "part": part + displayed("eq:part-x"),
        "inner": "# Inner\n\n" + figure("three", "Inner") + displayed("eq:inner-x"),
    }
    book = TinyBook(tmp_path / "book", pages, proveq_scopes="")
    (book.folder / "picture.png").write_bytes(PICTURE)
    for more in ("", figure("four", "Another") + displayed("eq:inner-y")):
        book.write("inner", pages["inner"] + more)
        assert book.build() == 0, book.errors
        numbers = book.app.env.toc_fignumbers
        assert {kind for page in numbers.values() for kind in page} == {"figure", "table", "code-block", "displaymath"}
        assert sum(len(found) for page in numbers.values() for found in page.values()) == 8 + 2 * bool(more)
        TocTreeCollector().assign_figure_numbers(book.app.env)
        assert book.app.env.toc_fignumbers == numbers
    assert read(book) == ["inner"] and as_new(book)


def test_static_files_and_templates_are_followed(tmp_path):
    static, templates = tmp_path / "book/_static", tmp_path / "book/_templates"
    book = TinyBook(
        tmp_path / "book", {"page": "# Page\n"}, html_static_path=["_static"], templates_path=["_templates"],
        html_css_files=["own.css"], exclude_patterns=["_static", "_templates"],
    )  # fmt: skip
    static.mkdir()
    templates.mkdir()
    (static / "own.css").write_text("p { color: red }")
    (templates / "searchbox.html").write_text("first")
    assert book.build() == 0, book.errors
    (static / "own.css").write_text("p { color: blue }")
    assert book.build() == 0 and read(book) == [] and as_new(book)
    (templates / "searchbox.html").write_text("second")
    assert book.build() == 0 and read(book) == [] and as_new(book)


def test_nothing_is_left_of_what_is_no_longer_shown(tmp_path):
    picture = "import matplotlib.pyplot as plt; plt.figure(figsize=(1, 1)).add_subplot().plot([0, {}])\nNone"
    static = tmp_path / "book/_static"
    book = TinyBook(
        tmp_path / "book", {"page": cells(picture.format(1)), "gone": "# Gone, with a word of its own\n"},
        html_static_path=["_static"], exclude_patterns=["_static"], nb_execution_mode="cache",
    )  # fmt: skip
    static.mkdir()
    (static / "gone.css").write_text("p {}")
    (static / "kept.css").write_text("p {}")
    assert book.build() == 0, book.errors
    assert len(list((tmp_path / "build/html/_images").iterdir())) == 1
    book.write("page", cells(picture.format(2)))
    (book.folder / "gone.md").unlink()
    book.write("index", "# Index\n\n```{toctree}\n:numbered:\npage\n```\n")
    (static / "gone.css").unlink()
    assert book.build() == 0, book.errors
    assert not (tmp_path / "build/html/gone.html").exists() and as_new(book)


@pytest.mark.sampled(3)
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


def test_after_errors_only_their_pages_are_read_again(tmp_path):
    pages = {"wrong": "# Wrong\n\n{ref}`nowhere`\n", "right": "# Right\n", "failing": cells("1 / 0")}
    book = TinyBook(tmp_path / "book", pages | {f"more{n}": "# Another\n" for n in range(6)})
    assert book.build() == 1
    book.write("failing", cells("1 / 1"))
    assert book.build() == 1
    assert read(book) == ["failing", "wrong"] and "nowhere" in book.errors and "cell" not in book.errors
    book.write("wrong", "# Wrong\n")
    assert book.build() == 0 and read(book) == ["wrong"]
    assert as_new(book)


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


def test_highlighted_source_follows_the_pages(tmp_path):
    def page(*functions):
        documented = "".join(f".. py:function:: {name}\n   :module: textwrap\n\n" for name in functions)
        return f"# Page\n\n```{{eval-rst}}\n{documented}```\n"

    book = TinyBook(tmp_path / "book", {"page": page("dedent"), "other": "# Other\n"})
    source = tmp_path / "build/html/_modules/textwrap.html"
    assert book.build() == 0 and 'id="dedent"' in source.read_text()
    before = source.stat().st_mtime_ns
    book.write("other", "# Other\n\nWords.\n")
    assert book.build() == 0 and source.stat().st_mtime_ns == before
    book.write("page", page("dedent", "indent"))
    assert book.build() == 0 and 'id="indent"' in source.read_text()
    book.write("page", "# Page\n")
    assert book.build() == 0 and not source.exists() and as_new(book)


def test_a_page_that_is_not_written_keeps_its_entries(tmp_path):
    """In the search, and, of a module of which no source is shown, nowhere."""
    documented = ".. py:function:: dedent\n   :module: textwrap\n\n.. py:function:: nothing\n   :module: functools\n"
    page = f"# Page\n\n```{{eval-rst}}\n{documented}\n.. index:: pair: Word; word\n```\n"
    book = TinyBook(tmp_path / "book", {"page": page, "other": "# Other\n"})
    assert book.build() == 0, book.errors
    book.write("other", "# Other\n\nWords.\n")
    assert book.build() == 0 and "dedent() (in module textwrap)" in book.output("searchindex.js") and as_new(book)
    (tmp_path / "build/html/searchindex.js").unlink()
    assert book.build() == 0 and read(book) == [] and as_new(book)


def digest(root, patterns):
    contents = Contents(root)
    return contents.of(map(contents.name, files(root, patterns)))


def test_digest_follows_names_and_contents(tmp_path, monkeypatch):
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
    assert digest(tmp_path, ["package"]) == seen[2]
    monkeypatch.setattr("sys.version", "another interpreter")
    seen.append(digest(tmp_path, ["package"]))
    assert len(set(seen)) == 4


def test_pattern_which_names_nothing(tmp_path):
    with pytest.raises(ConfigError, match="proveq_freshness_sources: 'pakage' names no file"):
        digest(tmp_path, ["pakage"])
