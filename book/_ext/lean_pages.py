"""Leave out of each page what no reader and no script of that page would miss.

Code is marked by the kind of each token. Those that both themes show in the colour of plain text, names and punctuation
above all, are most of them: they stay plain text. And what the drawings' `data-` attributes say is read by the
explorer's script alone: other pages do not carry them. The pages of modules' sources stand in no table of contents: all
that are equally deep have one navigation, which is made once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, partial
from typing import Any

from proveq.sphinx import EquationDomain
from pygments.formatters import HtmlFormatter
from pygments.styles import get_style_by_name
from pygments.token import STANDARD_TYPES, Text
from sphinx.application import Sphinx
from sphinx.highlighting import PygmentsBridge

SHOWN = re.compile(r' data-(?:needs|name|number|word)="[^"]*"')


@cache
def stands_out(kind: Any, styles: tuple[str, ...]) -> bool:
    """Whether a kind of token looks different from plain text in one of the styles."""
    while kind not in STANDARD_TYPES:  # one that a lexer has made for itself looks like its kind
        kind = kind.parent
    chosen = [get_style_by_name(style) for style in styles]
    return any(style.style_for_token(kind) != style.style_for_token(Text) for style in chosen)


class PlainWhereEqual(HtmlFormatter):
    """Sphinx's formatter; what looks like plain text is plain text."""

    styles: tuple[str, ...] = ()

    def format_unencoded(self, tokensource: Iterable[tuple[Any, str]], outfile: Any) -> None:
        """Write the tokens."""
        plain = ((kind if stands_out(kind, self.styles) else Text, value) for kind, value in tokensource)
        super().format_unencoded(plain, outfile)


def mark_less(_app: Sphinx, config: Any) -> None:
    """Have code marked for the two styles of the theme's options."""
    options = config.html_theme_options
    PlainWhereEqual.styles = (options["pygments_light_style"], options["pygments_dark_style"])
    PygmentsBridge.html_formatter = PlainWhereEqual


def say_less(app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    """Take from a page the attributes that are for the explorer's script."""
    page = EquationDomain.of(app.env).pages.get(pagename)
    if page is not None and "explorer" not in page.views and "body" in context:
        context["body"] = SHOWN.sub("", context["body"])


def share_navigation(app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    """Give the page of a module's source the navigation of another one at its depth."""
    if pagename.startswith("_modules/"):
        context["toctree"] = partial(navigation, app.builder, "_modules" + "/x" * pagename.count("/"))


@cache
def navigation(builder: Any, pagename: str, **options: Any) -> str:
    """The book's table of contents, as Sphinx writes it for a page."""
    return builder._get_local_toctree(pagename, **options)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register all three."""
    app.connect("config-inited", mark_less)
    app.connect("html-page-context", say_less)
    app.connect("html-page-context", share_navigation)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
