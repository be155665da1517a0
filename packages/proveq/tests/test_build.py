"""`python -m proveq.build`: at once where nothing has changed, and never where anything has."""

import json
import os
import subprocess
import sys

import pytest
from proveq.build.stamp import environment, tree
from tinybook import CONF, NOTEBOOK, TinyBook

PROGRESS = "proveq.sphinx.progress"


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A book whose configuration stands above its pages, as the command expects it."""
    page = NOTEBOOK + "# Page\n\n```{code-cell} python3\nprint(1)\n```\n"
    made = TinyBook(tmp_path / "pages", {"page": page}, proveq_scopes="", extensions=[*CONF["extensions"], PROGRESS])
    (made.folder / "conf.py").rename(tmp_path / "conf.py")
    (tmp_path / "data.txt").write_text("data")
    monkeypatch.chdir(tmp_path)
    return made


def run():
    # In a process of its own: it forks, and threads that another test has started do not survive that.
    found = subprocess.run([sys.executable, "-m", "proveq.build", "pages"], capture_output=True, text=True)
    return found.returncode, found.stdout


def built():
    status, said = run()
    return status == 0 and "The book is built in" in said


def unchanged():
    status, said = run()
    return status == 0 and "Nothing has changed" in said


@pytest.mark.slow
def test_nothing_is_done_twice_and_nothing_is_overlooked(book, tmp_path, monkeypatch):
    assert built() and unchanged()
    page = tmp_path / "build/html/page.html"
    first = page.read_bytes()

    (tmp_path / "data.txt").write_text("date")  # read by nobody that is known, and an input all the same
    assert built() and unchanged()
    page.write_bytes(first + b" ")
    assert built() and page.read_bytes() == first
    stray = page.with_name("stray.html")
    stray.write_text("")
    assert built() and not stray.exists()
    page.unlink()
    assert built() and page.read_bytes() == first and unchanged()
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert built() and unchanged()


def test_another_interpreter_is_another_environment(monkeypatch):
    before = environment()
    monkeypatch.setattr(sys, "version", "another interpreter")
    assert environment() != before


def test_a_book_is_built_once_its_mistake_is_mended(book, tmp_path):
    good = (book.folder / "page.md").read_text()
    book.write("page", good + "\n{ref}`nowhere`\n")
    status, said = run()
    assert status and "NOT built" in said
    assert not (tmp_path / "build/html").exists() and (tmp_path / "build/rejected/page.html").exists()
    book.write("page", good)
    assert built() and not (tmp_path / "build/rejected").exists() and unchanged()


@pytest.mark.slow
def test_a_failed_build_leaves_no_site_and_is_gone_on_from(book, tmp_path):
    assert built()
    good = (book.folder / "page.md").read_text()
    book.write("page", good + "\n{ref}`nowhere`\n")
    status, said = run()
    assert status and "NOT built" in said and "Reading 1 page." in said
    assert not (tmp_path / "build/html").exists() and (tmp_path / "build/rejected/page.html").exists()
    status, said = run()
    assert status and "Reading 1 page." in said
    book.write("page", good)
    assert built() and not (tmp_path / "build/rejected").exists() and unchanged()


@pytest.mark.slow
def test_what_changes_during_a_build_is_looked_at_by_the_next(book, tmp_path):
    changing = "import pathlib; pathlib.Path('../data.txt').write_text('later')"
    book.write("page", NOTEBOOK + f"# Page\n\n```{{code-cell}} python3\n{changing}\n```\n")
    assert built() and not (tmp_path / "build/stamp.json").exists()
    assert built() and unchanged()


@pytest.mark.slow
def test_a_compiled_module_of_the_project_is_not_trusted(book, tmp_path):
    """Python takes it for fresh if its source has the time and the length of the one that was compiled."""
    module = tmp_path / "module.py"
    module.write_text("value = 1\n")
    subprocess.run([sys.executable, "-c", "import module"], check=True, env={"PATH": "", "PYTHONPATH": str(tmp_path)})
    assert (tmp_path / "__pycache__").exists()
    before = module.stat()
    code = "import sys; sys.path.insert(0, '..'); import module; print('value', module.value)"
    book.write("page", NOTEBOOK + f"# Page\n\n```{{code-cell}} python3\n{code}\n```\n")
    with (tmp_path / "conf.py").open("a") as file:
        file.write("proveq_freshness_sources = ['*.py']\nnb_execution_mode = 'cache'\n")
    assert built()
    module.write_text("value = 2\n")
    os.utime(module, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert built() and "value 2" in (tmp_path / "build/html/page.html").read_text()


@pytest.mark.slow
def test_the_stamp_is_looked_at_before_sphinx_is_imported(book):
    assert built()
    script = (
        "import sys; sys.argv[1:] = ['pages']\nfrom proveq.build.__main__ import main\nstatus = main()\n"
        "sys.exit(status or any(name in sys.modules for name in ('sphinx', 'myst_nb', 'jax')))"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "Nothing has changed" in found.stdout


def test_a_tree_has_every_byte_and_leaves_out_what_is_built(tmp_path):
    for name in ("a.txt", ".hidden", "build/x", "inner/build/y", "inner/.z", "inner/__pycache__/w"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    found = tree(tmp_path, ("build",))
    assert set(found) == {"a.txt", "inner/build/y", "inner/.z"} and len(set(found.values())) == 3
    assert any(line.startswith("numpy ") for line in environment())
    assert json.dumps(found)


def test_a_locale_that_is_not_installed_is_no_error(book, monkeypatch):
    monkeypatch.setenv("LC_ALL", "tr_TR.no-such-encoding")
    status, said = run()
    assert status == 0 and "not installed; the book is built in C" in said


@pytest.mark.skipif(os.pathsep != ":", reason="the separator is no letter of a name")
def test_below_a_name_that_separates_paths_nothing_is_built(book, tmp_path, monkeypatch):
    (tmp_path / "a:b").mkdir()
    monkeypatch.chdir(tmp_path / "a:b")
    status, said = run()
    assert status == 2 and said.count("\n") == 1 and "':'" in said
    assert not list((tmp_path / "a:b").iterdir())


def test_where_nothing_can_be_written_nothing_is_built(book, tmp_path):
    (tmp_path / "build").write_text("in the way of the folder")
    status, said = run()
    assert status == 2 and said.count("\n") == 1 and "cannot be made" in said
