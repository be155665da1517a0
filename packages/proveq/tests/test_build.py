"""`python -m proveq.build`: at once where nothing has changed, and never where anything has."""

import json
import subprocess
import sys

import pytest
from proveq.build import __main__ as build
from proveq.build.stamp import environment, tree
from tinybook import NOTEBOOK, TinyBook


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A book whose configuration stands above its pages, as the command expects it."""
    made = TinyBook(tmp_path / "pages", {"page": NOTEBOOK + "# Page\n\n```{code-cell} python3\nprint(1)\n```\n"})
    (made.folder / "conf.py").rename(tmp_path / "conf.py")
    (tmp_path / "data.txt").write_text("data")
    monkeypatch.chdir(tmp_path)
    return made


def run(capfd):
    status = build.main(["pages"])
    return status, capfd.readouterr().out


def built(capfd):
    status, said = run(capfd)
    return status == 0 and "The book is built in" in said


def unchanged(capfd):
    status, said = run(capfd)
    return status == 0 and "Nothing has changed" in said


def test_nothing_is_done_twice_and_nothing_is_overlooked(book, tmp_path, capfd, monkeypatch):
    assert built(capfd) and unchanged(capfd)
    page = tmp_path / "build/html/page.html"
    first = page.read_bytes()

    (tmp_path / "data.txt").write_text("date")  # read by nobody that is known, and an input all the same
    assert built(capfd) and unchanged(capfd)
    page.write_bytes(first + b" ")
    assert built(capfd) and page.read_bytes() == first
    stray = page.with_name("stray.html")
    stray.write_text("")
    assert built(capfd) and not stray.exists()
    page.unlink()
    assert built(capfd) and page.read_bytes() == first and unchanged(capfd)
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert built(capfd)
    monkeypatch.setattr(sys, "version", "another interpreter")
    assert built(capfd) and unchanged(capfd)


def test_a_failed_build_leaves_no_site_and_is_gone_on_from(book, tmp_path, capfd):
    assert built(capfd)
    good = (book.folder / "page.md").read_text()
    book.write("page", good + "\n{ref}`nowhere`\n")
    status, said = run(capfd)
    assert status and "NOT built" in said
    assert not (tmp_path / "build/html").exists() and (tmp_path / "build/rejected/page.html").exists()
    assert run(capfd)[0]
    book.write("page", good)
    assert built(capfd) and not (tmp_path / "build/rejected").exists()
    # As it was before the failure: but what is there was made by another build.
    assert unchanged(capfd)


def test_what_changes_during_a_build_is_looked_at_by_the_next(book, tmp_path, capfd):
    changing = "import pathlib; pathlib.Path('../data.txt').write_text('later')"
    book.write("page", NOTEBOOK + f"# Page\n\n```{{code-cell}} python3\n{changing}\n```\n")
    assert built(capfd) and not (tmp_path / "build/stamp.json").exists()
    assert built(capfd) and unchanged(capfd)


def test_the_stamp_is_looked_at_before_sphinx_is_imported(book, capfd):
    assert built(capfd)
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
