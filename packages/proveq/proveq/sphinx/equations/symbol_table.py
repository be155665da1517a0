"""The symbol table as a page: `{symbol-table}`, a table for each group, and `{symbol-sizes}`."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from .domain import EquationDomain

SUBSCRIPT = re.compile(r"(?<=[A-Z])_(\w)(?!\w)")


class SymbolTable(SphinxDirective):
    """Keep the place of the tables, which are filled when it is known which symbols the equations use."""

    def run(self) -> list[nodes.Node]:
        domain = EquationDomain.of(self.env)
        self.env.note_dependency(str(domain.symbols.path))
        domain.page(self.env.docname).views.add("symbols")
        return [nodes.container(classes=["eq-view-symbols"], equation_view="symbols")]


def tables(app: Sphinx, ledger: Any, _docname: str) -> list[nodes.Node]:
    """Every symbol of the book's table, group by group, in its order; of those that need no entry, what is used."""
    table = EquationDomain.of(app.env).symbols
    used = set().union(*(page.symbols for page in ledger.book.pages.values()))
    shown = [entry for key, entry in table.all().items() if not entry.derived or key in used]
    result: list[nodes.Node] = []
    for group, heading in table.groups.items():
        entries = [entry for entry in shown if entry.group == group]
        if not entries:
            continue
        # Only what some symbol of the group has gets a column.
        series = any(entry.series for entry in entries)
        head = ["symbol", "in code", "shape", "meaning", *(["in the series"] if series else [])]
        rows = [
            [
                nodes.math(entry.tex, entry.tex),
                nodes.literal(entry.name, entry.name),
                with_subscripts(entry.shape),
                with_subscripts(entry.meaning),
                *([nodes.Text(entry.series)] if series else []),
            ]
            for entry in entries
        ]
        result += [nodes.rubric(heading, heading), columns(head, rows)]
    return result


class SymbolSizes(SphinxDirective):
    """Print what the letters of the shapes mean."""

    def run(self) -> list[nodes.Node]:
        table = EquationDomain.of(self.env).symbols
        self.env.note_dependency(str(table.path))
        rows = [[nodes.Text(letter), with_subscripts(meaning)] for letter, meaning in table.sizes.items()]
        return [columns(["letter", "number of"], rows)]


def with_subscripts(text: str, **attributes: object) -> nodes.inline:
    """The text, with the index of a size such as H_1 set below it."""
    parts = SUBSCRIPT.split(text)
    set_parts = [nodes.subscript(part, part) if n % 2 else nodes.Text(part) for n, part in enumerate(parts)]
    return nodes.inline(text, "", *set_parts, **attributes)


def columns(head: list[str], rows: list[list[nodes.Node]]) -> nodes.table:
    """A table of one-node cells."""
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in head), cols=len(head))
    group += nodes.thead("", _row([nodes.Text(text) for text in head]))
    group += nodes.tbody("", *map(_row, rows))
    return nodes.table("", group, classes=["eq-symbols"])


def _row(cells: list[nodes.Node]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", cell)) for cell in cells))


def setup(app: Sphinx) -> None:
    """Register both directives."""
    app.add_directive("symbol-table", SymbolTable)
    app.add_directive("symbol-sizes", SymbolSizes)
