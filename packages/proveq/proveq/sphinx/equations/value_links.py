"""Links from the values that a cell's output shows to the equations that are set from their lines.

An object's `_repr_html_` names the line of a value, `<code data-line="module:function name">name</code>`. Outside a
book this is plain text; in a book that displays the line it is a link.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes

from .domain import EquationDomain

__all__ = ["link_values"]

_VALUE = re.compile(r'<code data-line="([\w.]+:\w+) (\w+)">(.*?)</code>')


def link_values(app: Any, doctree: nodes.document, docname: str) -> None:
    """Turn the values in outputs of a page into links, where a page displays their lines."""
    shown = [node for node in doctree.findall(nodes.raw) if "data-line=" in node.astext()]
    if not shown or app.builder.format != "html":
        return
    equations: dict[tuple[str, str], Any] = {}
    for equation in EquationDomain.of(app.env).ledger.book:
        equations.setdefault((equation.code, equation.result.partition("@")[0]), equation)

    def link(match: re.Match[str]) -> str:
        equation = equations.get((match[1], match[2]))
        if equation is None:
            return match[0]
        page = app.builder.get_relative_uri(docname, equation.docname)
        return f'<a href="{page}#{nodes.make_id(f"equation-{equation.label}")}">{match[0]}</a>'

    for node in shown:
        node[:] = [nodes.Text(_VALUE.sub(link, node.astext()))]
