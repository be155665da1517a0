"""Set TeX as MathML Core while the book is built.

Every formula becomes a `<math>` element by `math-core`: no script runs in the reader's browser, and TeX that cannot
be read is an error of the build, with file, line and the position within the TeX. Use it with::

    extensions = ["mathml"]
    html_math_renderer = "mathml"

Numbers and references are Sphinx's own: `math_numfig`, `math_eqref_format`, the `eq` role.
"""

import re
from functools import lru_cache
from html import escape

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

logger = logging.getLogger(__name__)
_converter = LatexToMathML(fancy_error=False, annotation=True)
# These environments number their own lines, past the numbers that the book counts and refers to.
_SELF_NUMBERED = re.compile(r"\\begin\{(equation|align|alignat|gather|multline|flalign|eqnarray)\}|\\tag\b")


class TexError(ValueError):
    """TeX that cannot be set; `position` counts characters from the start of the TeX."""

    def __init__(self, reason, position):
        super().__init__(reason)
        self.position = position


@lru_cache(maxsize=4096)
def to_mathml(tex, *, display=False):
    """Return the MathML of `tex`.

    Parameters
    ----------
    tex : str
    display : bool
        Set as a display of its own instead of within a line.

    Raises
    ------
    TexError
        With the reason and the position of what cannot be read.
    """
    if not tex.strip():
        raise TexError("There is no TeX.", 0)
    numbered = _SELF_NUMBERED.search(tex)
    if numbered:
        raise TexError(
            f'"{numbered[0]}" sets numbers of its own: use aligned or gathered, and a label.', numbered.start()
        )
    try:
        return _converter.convert_with_local_state(tex, displaystyle=display)
    except LatexError as error:
        position, separator, reason = str(error).partition(": ")
        if not (separator and position.isdecimal()):  # an error of another form keeps its text
            raise TexError(str(error), 0) from None
        raise TexError(reason, int(position)) from None


def report(node, error):
    """Log that the TeX of `node` is broken: file and line from the node, label, position, and the TeX around it."""
    tex, at = node.astext(), error.position
    line, column = tex.count("\n", 0, at) + 1, at - tex.rfind("\n", 0, at)
    label = node.get("label")
    subject = f"equation {label}" if label else "formula"
    excerpt = f"{tex[max(0, at - 40) : at]}>>>{tex[at : at + 40]}".replace("\n", " ")
    logger.error(
        "broken TeX in %s: line %d, column %d of the TeX: %s\n  at >>> in: %s",
        subject,
        line,
        column,
        error,
        excerpt,
        location=node,
    )


def check(app, doctree):
    """Report the broken TeX of one page as soon as it is read, and have that page read again by the next build."""
    for node in doctree.findall(lambda n: isinstance(n, (nodes.math, nodes.math_block))):
        try:
            to_mathml(node.astext(), display=isinstance(node, nodes.math_block))
        except TexError as error:
            report(node, error)
            node["broken"] = True  # copied with the node into titles and tables of contents: one report is enough
            app.env.note_reread()


def _mathml(node, display):
    try:
        return to_mathml(node.astext(), display=display)
    except TexError as error:
        if not node.get("broken"):  # made after the page was read
            report(node, error)
        return f"<code>{escape(node.astext())}</code>"


def visit_math(self, node):
    """Write a formula within a line."""
    self.body.append(
        self.starttag(node, "span", "", CLASS="formula notranslate") + _mathml(node, display=False) + "</span>"
    )
    raise nodes.SkipNode


def visit_math_block(self, node):
    """Write a displayed equation: a region that scrolls, with the number beside it, so that it stays in sight."""
    number = get_node_equation_number(self, node) if node.get("number") else None
    shown = (self.config.math_eqref_format or "({number})").format(number=number)
    name = _("Equation %s") % shown if number else _("Equation")
    self.body.append(self.starttag(node, "div", "", CLASS="equation notranslate"))
    self.body.append(
        self.starttag({}, "div", "", CLASS="equation-body", role="group", tabindex="0", **{"aria-label": name})
    )
    self.body.append(_mathml(node, display=True) + "</div>")
    if number:
        self.body.append(f'<span class="eqno">{shown}')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app):
    """Register the renderer `mathml` and the check of every page."""
    app.add_html_math_renderer("mathml", inline_renderers=(visit_math, None), block_renderers=(visit_math_block, None))
    app.connect("doctree-read", check, priority=100)  # before Sphinx copies titles
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
