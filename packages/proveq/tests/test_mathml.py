"""Mathematics: MathML at build time, numbers, references, and errors that name file, line and position."""

import hashlib
import io
import re

import pytest
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils
from tinybook import TEMPLATES

PAGE = r"""
# Gates $\sigma(a)$

Inline $\delta h_t \odot \tanh(c_t)$ and $a < b$.

```{math}
:label: eq:page-cell
:class: boxed
c_t = f_t \odot c_{t-1} + i_t \odot g_t
```

See {eq}`eq:page-cell` and {eq}`eq:other-loss`.
"""
OTHER = """
# Loss

$$
E = -\\sum_{k=1}^{N} y_k \\log p_k
$$ (eq:other-loss)
"""
SETTINGS = {
    "extensions": ["myst_parser", "proveq.sphinx.mathml"],
    "myst_enable_extensions": ["dollarmath"],
    "html_math_renderer": "mathml",
    "numfig": True,
    "math_numfig": True,
    "numfig_secnum_depth": 1,
    "math_eqref_format": "({number})",
    "html_theme": "basic",
}


def build(folder, *, out="html", fresh=True, on_resolved=None, **pages):
    """Build a book of these pages, with `on_resolved` connected to `doctree-resolved`.

    Return the exit status, what Sphinx warned of, and the output folder.
    """
    source = folder / "book"
    source.mkdir(exist_ok=True)
    if pages:
        (source / "index.md").write_text("# Book\n\n```{toctree}\n:numbered:\n" + "\n".join(pages) + "\n```\n")
    for name, text in pages.items():
        (source / f"{name}.md").write_text(text)
    warnings = io.StringIO()
    with patch_docutils(), docutils_namespace():
        app = Sphinx(
            source,
            None,
            folder / out,
            folder / "doctrees",
            "html",
            SETTINGS,
            status=None,
            warning=warnings,
            freshenv=fresh,
            warningiserror=True,
        )
        app.builder.templates.environment.bytecode_cache = TEMPLATES
        if on_resolved:
            app.connect("doctree-resolved", on_resolved)
        app.build()
    return app.statuscode, re.sub(r"\x1b\[[\d;]*m", "", warnings.getvalue()), folder / out


def test_formulas_become_mathml_without_script(tmp_path):
    status, warnings, out = build(tmp_path, page=PAGE, other=OTHER)
    assert (status, warnings) == (0, "")
    html = (out / "page.html").read_text()
    assert html.count("<math") >= 4 and '<math display="block">' in html  # title (twice), two inline, one displayed
    assert "<mo>&lt;</mo>" in html and r'<annotation encoding="application/x-tex">a &lt; b</annotation>' in html
    scripts = re.findall(r"<script[^>]*>", html)
    assert scripts and not any(re.search("math|//", script.lower()) for script in scripts)


def test_number_reference_and_target_agree(tmp_path):
    _, _, out = build(tmp_path, page=PAGE, other=OTHER)
    html = (out / "page.html").read_text()
    target, displayed = re.search(r'<div class="boxed equation notranslate" id="([^"]+)">(.*)', html).groups()
    number, permalink = re.search(
        r'<span class="eqno">([^<]+)<a class="headerlink" href="#([^"]+)"', displayed
    ).groups()
    assert number == "(1.1)" and permalink == target
    assert f'href="#{target}">{number}</a>' in html
    assert 'href="other.html#equation-eq-other-loss">(2.1)</a>' in html


def test_wide_equations_scroll_by_keyboard(tmp_path):
    _, _, out = build(tmp_path, page=PAGE, other=OTHER)
    (body,) = re.findall(r'<div [^>]*class="equation-body"[^>]*>', (out / "page.html").read_text())
    assert 'tabindex="0"' in body and 'role="group"' in body and 'aria-label="Equation (1.1)"' in body


BROKEN = {
    "displayed": (
        "# Page\n\nText.\n\n```{math}\n:label: eq:page-broken\na = b\n  + \\unknown{c}\n```\n",
        r"page\.md:5: ERROR: broken TeX in equation eq:page-broken: "
        r"line 2, column 5 of the TeX: Unknown command \"\\unknown\"",
    ),
    "inline": (
        "# Page\n\nText.\n\nHere $x + \\frac{a}{b$ stands.\n",
        r"page\.md:5: ERROR: broken TeX in formula: line 1, column 15 of the TeX: Expected closing token \"}\"",
    ),
    "title": (
        "# Page\n\n## Of $\\unknown$\n\nText.\n",
        r"page\.md:3: ERROR: broken TeX in formula: line 1, column 1 of the TeX: Unknown command",
    ),
    "numbered by itself": (
        "# Page\n\n```{math}\n:label: eq:page-align\n\\begin{align} a &= b \\end{align}\n```\n",
        r"page\.md:3: ERROR: broken TeX in equation eq:page-align: line 1, column 1 of the TeX: .*use aligned",
    ),
    "empty": (
        "# Page\n\n```{math}\n:label: eq:page-empty\n```\n",
        r"page\.md:3: ERROR: broken TeX in equation eq:page-empty: line 1, column 1 of the TeX: There is no TeX",
    ),
}


@pytest.mark.sampled(5)
@pytest.mark.parametrize("case", BROKEN)
def test_broken_tex_fails_with_file_line_and_position(tmp_path, case):
    text, expected = BROKEN[case]
    status, warnings, _ = build(tmp_path, page=text)
    assert status != 0
    assert re.search(expected, warnings), warnings
    assert warnings.count("broken TeX") == 1


def test_broken_tex_keeps_failing_until_it_is_mended(tmp_path):
    text, expected = BROKEN["inline"]
    build(tmp_path, page=text)
    status, warnings, _ = build(tmp_path, fresh=False)
    assert status != 0 and re.search(expected, warnings)
    status, warnings, _ = build(tmp_path, fresh=False, page=text.replace("}{b$", "}{b}$"))
    assert (status, warnings) == (0, "")


def test_broken_tex_made_after_the_page_was_read_is_reported(tmp_path):
    def add(app, doctree, docname):
        doctree.append(nodes.paragraph("", "", nodes.math("", r"\late < 1")))

    status, warnings, out = build(tmp_path, on_resolved=add, page="# Page\n\nText.\n")
    assert status != 0 and 'Unknown command "\\late"' in warnings
    assert r"<code>\late &lt; 1</code>" in (out / "page.html").read_text()


def test_two_builds_are_byte_identical(tmp_path):
    digests = []
    for out in ("first", "second"):
        _, _, folder = build(tmp_path, out=out, page=PAGE, other=OTHER)
        files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != ".buildinfo")
        digests.append({str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files})
    assert digests[0] == digests[1] and "page.html" in digests[0]
