"""The ``{counterparts}`` directive, and the data of the book that it lists: complete, and naming figures that exist."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pytest

BOOK = Path(__file__).resolve().parents[2] / "book"
sys.path[:0] = [str(path) for path in (BOOK / "_ext",) if str(path) not in sys.path]

import counterparts  # noqa: E402

CONF = """
import sys
sys.path.insert(0, {ext!r})
extensions = ["myst_parser", "counterparts"]
myst_enable_extensions = ["dollarmath"]
numfig = True
"""
INDEX = """# Index

```{toctree}
:numbered:
page
list
```
"""
PAGE = """# A page

```{figure} a.svg
:name: fig-a
First.
```

```{figure} a.svg
:name: fig-b
Second.
```

(not-a-figure)=
## A section
"""
LIST = "# List\n\n```{counterparts} data.toml\n```\n"
DATA = """# a comment, then a header that is not one: [[article]]
[[article]]
title = "Part 1"
count = 2

[[article.figure]]
number = 2
shows = "the sum, $x$"
figures = ["fig-b", "fig-a"]

[[ article.figure ]]  # spaces are TOML too
number = 1
section = "Its heading"
shows = "a product"
figures = ["fig-a"]

[[article]]
title = "Part 2"
count = 1

[[article.figure]]
number = 1
shows = "one"
figures = ["fig-b"]

[[article.figure]]
number = "1b"
shows = "a second without a number"
figures = ["fig-b"]
"""


def build(folder: Path, files: dict[str, str] | None = None, parallel: int = 1) -> tuple[int, str, str]:
    """Status, warnings and the page with the list, of a build without ``-W``."""
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    source = folder / "source"
    source.mkdir(parents=True, exist_ok=True)
    for name, text in (files or {}).items():
        (source / name).write_text(text)
    warnings, out = io.StringIO(), folder / "out"
    with patch_docutils(), docutils_namespace():
        app = Sphinx(source, source, out, folder / "trees", "html", status=None, warning=warnings, parallel=parallel)
        app.build()
    return app.statuscode, warnings.getvalue(), (out / "list.html").read_text()


def files(data: str = DATA, **more: str) -> dict[str, str]:
    conf = CONF.format(ext=str(BOOK / "_ext"))
    base = {"conf.py": conf, "index.md": INDEX, "page.md": PAGE, "list.md": LIST, "data.toml": data}
    return base | {"a.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>'} | more


def rows(html: str) -> list[list[str]]:
    found = re.findall(r"<tr[^>]*>(.*?)</tr>", html, re.DOTALL)
    return [
        [re.sub(r"<[^>]+>|\s+", " ", cell).split() for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)]
        for row in found
    ]


def test_lists_every_figure_in_order_with_links_that_carry_its_number(tmp_path):
    status, warnings, html = build(tmp_path, files())
    assert (status, warnings) == (0, "")
    shown = [[" ".join(cell) for cell in row] for row in rows(html)]
    assert shown == [
        ["Figure", "What it shows", "Here"],
        ["1", "Its heading : a product", "Fig. 1.1 , A page"],
        ["2", r"the sum, \(x\)", "Fig. 1.2 , Fig. 1.1 , A page"],
        ["Figure", "What it shows", "Here"],
        ["1", "one", "Fig. 1.2 , A page"],
        ["1b", "a second without a number", "Fig. 1.2 , A page"],
    ]
    assert html.count('href="page.html#fig-b"') == 3
    assert '<section id="part-1">' in html and 'href="#part-2"' in html


def test_numbers_follow_the_figures(tmp_path):
    build(tmp_path, files())
    earlier = PAGE.replace("# A page\n", "# A page\n\n```{figure} a.svg\n:name: fig-new\nNew.\n```\n")
    status, warnings, html = build(tmp_path, {"page.md": earlier})
    assert (status, warnings) == (0, "") and "Fig. 1.3" in html


@pytest.mark.sampled(7)
@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('"fig-b", "fig-a"', '"fig-c", "fig-a"', 6, "there is no figure 'fig-c' in this book"),
        ('["fig-a"]\n\n', '["not-a-figure"]\n\n', 11, "there is no figure 'not-a-figure' in this book"),
        ("number = 1\nsection", "number = 2\nsection", 11, "Part 1: figure 2 is listed in line 6 too"),
        ("count = 2", "count = 4", 2, "Part 1: of 4 figures these are not listed: 3, 4"),
        ("number = 2", "number = 3", 6, "Part 1: figure 3, but the article has 2"),
        ("number = 2", "number = 0", 6, "the number '0' is not a whole number"),
        ("count = 1\n", "", 17, "an article: the key 'count' is missing"),
        ("count = 1\n", "count = true\n", 17, "an article: 'count' is True"),
        ('shows = "one"', 'show = "one"', 21, "a figure: the key 'shows' is missing"),
        ('section = "Its', 'chapter = "Its', 11, "a figure: unknown key 'chapter'; known: figures, number, section"),
        ('["fig-a"]', "[]", 11, "figure 1: 'figures' must name at least one figure"),
        ("count = 1\n", "count = \n", 19, "this is not TOML"),
        (
            '[[article]]\ntitle = "Part 1"',
            'other = 1\n[[article]]\ntitle = "Part 1"',
            1,
            "expected [[article]] tables and nothing else",
        ),
    ],
)
def test_mistakes_fail_the_build_with_file_and_line_until_mended(tmp_path, old, new, line, message):
    wrong = DATA.replace(old, new, 1)
    assert wrong != DATA
    for pages in (files(wrong), None):  # the second build changes nothing, and must fail again
        status, warnings, _ = build(tmp_path, pages)
        assert status == 1
        assert re.search(rf"data\.toml:{line}: ERROR: {re.escape(message)}", warnings), warnings
    assert build(tmp_path, {"data.toml": DATA})[:2] == (0, "")


def test_a_figure_that_goes_away_is_missed_though_the_list_has_not_changed(tmp_path):
    build(tmp_path, files())
    for pages in ({"page.md": PAGE.replace(":name: fig-b", ":name: fig-z")}, None):
        status, warnings, _ = build(tmp_path, pages)
        assert status == 1 and "data.toml:6: ERROR: there is no figure 'fig-b'" in warnings
    (tmp_path / "source" / "page.md").write_text(PAGE)
    assert build(tmp_path)[:2] == (0, "")


def test_a_missing_file_is_named(tmp_path):
    status, warnings, _ = build(tmp_path, files(**{"list.md": LIST.replace("data.toml", "none.toml")}))
    assert status == 1 and re.search(r"none\.toml:1: ERROR: cannot be read: No such file", warnings)


def test_what_a_parallel_reader_found_is_kept():
    from types import SimpleNamespace

    env, other = SimpleNamespace(), SimpleNamespace(counterparts={"a": {"path": "x"}, "b": {}})
    counterparts.merge(None, env, ["a"], other)
    assert counterparts.kept(env) == {"a": {"path": "x"}}
    counterparts.purge(None, env, "a")
    assert counterparts.kept(env) == {}


# The data of this book.


def articles() -> dict[str, counterparts.Article]:
    found = counterparts.read((BOOK / "series_figures.toml").read_text())
    return {article.title: article for article in found}


def test_no_figure_of_the_series_is_left_out():
    found = {title: [figure.number for figure in article.figures] for title, article in articles().items()}
    counts = {"Softmax and its gradient": 1, "Softmax and cross-entropy": 3}
    counts |= {"LSTM Part 1": 7, "LSTM Part 2": 16, "LSTM Part 3": 31, "LSTM Part 4": 18}
    expected = {title: [str(number) for number in range(1, count + 1)] for title, count in counts.items()}
    expected["LSTM Part 4"][10:10] = ["10b", "10c"]  # two figures there bear numbers that are given already
    assert found == expected


def test_every_counterpart_is_a_figure_of_a_chapter():
    sources = "\n".join(path.read_text() for path in sorted(BOOK.rglob("*.md")))
    names = re.findall(r"^:(?:    )?name: (fig-\S+)$", sources, re.MULTILINE) + re.findall(
        r"^```\{drawing\}[^`]*?^:name: (fig-\S+)$", sources, re.MULTILINE | re.DOTALL
    )
    named = {name for article in articles().values() for figure in article.figures for name in figure.names}
    assert named - set(names) == set()


def test_each_of_the_eight_gradients_has_the_three_pictures_that_answer_for_it():
    """Which nodes it depends on, its shape, and how big it is at each step."""
    pages = {"d_h": "d_h", "d_o": "d_a_o", "d_c": "d_c", "d_g": "d_a_g"}
    pages |= {"d_f": "d_a_f", "d_i": "d_a_i", "d_z": "d_z", "d_c_prev": "d_c_prev"}
    for page, gradient in pages.items():
        drawings = re.findall(
            r"^```\{drawing\} (\w+)\n(.*?)^```$",
            (BOOK / "lstm_cell_backward" / f"{page}.md").read_text(),
            re.MULTILINE | re.DOTALL,
        )
        assert any(name == "cell" and ":direction: backward" in options for name, options in drawings), page
        assert any(name == "steps" and f":gradient: {gradient}\n" in options for name, options in drawings), page
