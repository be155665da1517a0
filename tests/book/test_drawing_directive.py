"""The ``{drawing}`` directive: numbered, described figures, and mistakes that fail the build until they are mended."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
BOOK = HERE.parents[1] / "book"
sys.path[:0] = [str(path) for path in (BOOK, BOOK / "_ext") if str(path) not in sys.path]

CONF = """
import sys
sys.path[:0] = [{book!r}, {ext!r}, {here!r}]
extensions = ["myst_parser", "proveq.sphinx.drawings"]
numfig = True
proveq_drawings_package = "_figures"
proveq_drawings_values = {{"stand-in": "test_drawings:stand_in"}}
proveq_drawings_equations = {{"h": "h_t"}}
"""
GOOD = """# Page

See {numref}`fig-cell`.

```{drawing} cell
:alt: The "cell" & its parts
:name: fig-cell
:lit: o, h
:values: stand-in
The *cell*.

More below.
```
"""


def block(*lines: str) -> str:
    return "# Page\n\n```{drawing} " + "\n".join(lines) + "\n```\n"


def build(folder: Path, pages: dict[str, str] | None = None) -> tuple[int, str, str]:
    """Status, warnings and the first page of a build without ``-W``."""
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace

    source = folder / "source"
    source.mkdir(parents=True, exist_ok=True)
    paths = {"book": str(BOOK), "ext": str(BOOK / "_ext"), "here": str(HERE)}
    (source / "conf.py").write_text(CONF.format(**paths))
    for name, text in (pages or {}).items():
        (source / name).write_text(text)
    warnings = io.StringIO()
    with docutils_namespace():
        app = Sphinx(source, source, folder / "out", folder / "trees", "html", status=None, warning=warnings)
        app.build()
    return app.statuscode, warnings.getvalue(), (folder / "out" / "index.html").read_text()


def test_page_holds_a_numbered_described_figure(tmp_path):
    status, warnings, html = build(tmp_path / "a", {"index.md": GOOD})
    assert (status, warnings) == (0, "")
    assert re.search(r'<figure class="[^"]*drawing[^"]*" id="fig-cell">', html)
    assert 'href="#fig-cell"><span class="std std-numref">Fig. 1' in html
    assert html.count('role="img"') == 2 and "<em>cell</em>" in html and "More below." in html
    described = re.findall(r'<desc id="([^"]+)">([^<]*)', html)
    assert described == [(f"fig-cell-{use}-desc", "The &quot;cell&quot; &amp; its parts") for use in ("wide", "narrow")]
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids)) and all(f'="{name}' in html for name in ("fig-cell-wide-title",))
    assert "_static/drawings.css" in html
    assert build(tmp_path / "b", {"index.md": GOOD})[2] == html
    assert '"odot"' not in (tmp_path / "a" / "out" / "searchindex.js").read_text()


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("cel", ":alt: a", "Caption"), "unknown drawing 'cel'; known: backwards, cell"),
        (("cell", "Caption"), "the option :alt: is required"),
        (("cell", ":alt: a"), "a caption is required"),
        (("cell", ":alt: a", ":light: o", "Caption"), "unknown option 'light'; known: alt, direction, lit, name"),
        (("cell", ":alt: a", ":lit: oo", "Caption"), "option 'lit': unknown name 'oo'; known: x, h_prev"),
        (("cell", ":alt: a", ":values: other", "Caption"), "unknown values 'other'; known: stand-in"),
    ],
)
def test_mistakes_fail_the_build_with_file_and_line_until_mended(tmp_path, lines, message):
    for pages in ({"index.md": block(*lines)}, None):  # the second build changes nothing, and must fail again
        status, warnings, _ = build(tmp_path, pages)
        assert status == 1
        assert re.search(rf"index\.md:3: ERROR: drawing '\w+': {re.escape(message)}", warnings), warnings
    assert build(tmp_path, {"index.md": GOOD})[:2] == (0, "")
