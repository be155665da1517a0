"""Where the ledger shows: the badge beneath each equation, and the views of the whole book.

`{ledger}` is the table of all equations, `{ledger-claims}` that of the sentences which the run has shown,
`{ledger-totals}` a sentence of totals, `{dependency-graph}` the drawing;
the role `{ledger-total}` gives one number, by its name in `Ledger.totals`. All are filled when pages are written,
after everything has been read, and their pages are written again whenever the ledger changes.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

from . import graph
from .directive import code_reference
from .domain import Equation, EquationDomain, Evidence
from .ledger import STATES, Ledger, amount, by_oracle, equation_id, row_id
from .symbol_table import tables

HEADINGS = ("Number", "Equation", "State", "Evidence", "From", "Uses")
ROLE = re.compile(r"\{[\w:]+\}`([^`]*)`")  # {cite}`key`, which the ledger shows as its text
SCRIPT, STYLE = "ledger.js", "ledger.css"


class ViewDirective(SphinxDirective):
    """Keep a place for a view of the whole book."""

    def run(self) -> list[nodes.Node]:
        view = self.name.removeprefix("ledger-").removeprefix("dependency-")
        EquationDomain.of(self.env).page(self.env.docname).views.add(view)
        return [nodes.container(classes=[f"eq-view-{view}"], equation_view=view)]


class TotalRole(SphinxRole):
    """Keep a place for one of the totals."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        EquationDomain.of(self.env).page(self.env.docname).views.add("total")
        if self.text not in Ledger.total_names:
            known = ", ".join(Ledger.total_names)
            message = f"{{ledger-total}}: no total is named {self.text!r}; there are: {known}"
            EquationDomain.of(self.env).problem(self.env.docname, self.lineno, message)
            return [], []
        return [nodes.inline(classes=["eq-total"], equation_total=self.text)], []


def outdated(domain: EquationDomain) -> list[str]:
    """The pages which show what has changed since the last build elsewhere."""
    ledger = domain.ledger
    place = ledger.book.view("ledger") or ""
    seen, domain.data["fingerprint"] = domain.data["fingerprint"], (ledger.fingerprint(), place)
    if seen == domain.data["fingerprint"]:
        return []
    moved = not seen or seen[1] != place  # every badge links to its row of the ledger
    return [docname for docname, page in sorted(domain.pages.items()) if page.views or (moved and page.equations)]


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the ledger's findings into a page that is about to be written."""
    ledger = EquationDomain.of(app.env).ledger
    for remarks in marked(doctree, "equation_remarks"):
        equation = ledger.book.equations.get(remarks["equation_remarks"])
        if equation is not None:
            remarks.insert(0, badge(app, ledger, equation, docname))
        for position in range(len(remarks) - 1, 0, -1):  # the style may set them apart, plain text must, too
            remarks.insert(position, nodes.Text(" "))
    for place in marked(doctree, "equation_total"):
        place += nodes.Text(str(ledger.totals()[place["equation_total"]]))
    views = {"ledger": table, "claims": claims, "totals": totals, "graph": drawing, "symbols": tables}
    for place in marked(doctree, "equation_view"):
        place += views[place["equation_view"]](app, ledger, docname)


def marked(doctree: nodes.document, mark: str) -> list[nodes.Element]:
    """The places which a directive, a role or an equation has kept."""
    return [node for node in doctree.findall(nodes.Element) if mark in node]


def badge(app: Sphinx, ledger: Ledger, equation: Equation, docname: str) -> nodes.Element:
    """The evidence in a few words, linked to the equation's row of the ledger."""
    state = ledger.state(equation)
    shown = findings(ledger.book.records(equation.label)) or [nodes.Text(STATES[state])]
    where = ledger.book.view("ledger")
    if where is None:
        return nodes.inline("", "", *shown, classes=["eq-badge", f"eq-state-{state}"])
    uri = _uri(app, docname, where, row_id(equation.label))
    return nodes.reference("", "", *shown, internal=True, refuri=uri, classes=["eq-badge", f"eq-state-{state}"])


def findings(records: list[Evidence]) -> list[nodes.Node]:
    """Each oracle with the worst residual it found."""
    shown: list[nodes.Node] = []
    for oracle, residual in by_oracle(records).items():
        text = f"{oracle} {amount(residual)}"
        shown += [nodes.Text(" · ")] if shown else []
        shown.append(nodes.inline(text, text, classes=["eq-finding"]))
    return shown


def table(app: Sphinx, ledger: Ledger, docname: str) -> nodes.Element:
    """The table of all equations."""
    group = nodes.tgroup(cols=len(HEADINGS))
    group += [nodes.colspec(colwidth=1) for _ in HEADINGS]
    head = nodes.row()
    head += [nodes.entry("", nodes.paragraph(text, text)) for text in HEADINGS]
    body = nodes.tbody()
    for equation in ledger.book:
        row = nodes.row(ids=[row_id(equation.label)], classes=[f"eq-state-{ledger.state(equation)}"])
        for content in cells(app, ledger, equation, docname):
            row += nodes.entry("", nodes.paragraph("", "", *content))
        body += row
    group += [nodes.thead("", head), body]
    result = nodes.table(classes=["eq-ledger-table"])
    result += group
    return result


def cells(app: Sphinx, ledger: Ledger, equation: Equation, docname: str) -> list[list[nodes.Node]]:
    """The cells of an equation's row, in the order of `HEADINGS`."""
    state = STATES[ledger.state(equation)]
    if not ledger.book.evaluated(equation.label):
        state += ": ".join([", not evaluated", *filter(None, [equation.unevaluated])])
    uses: list[nodes.Node] = []
    for label in equation.uses:
        if label in ledger.book.equations:
            uses += [nodes.Text(", ")] if uses else []
            uses.append(link(app, ledger, ledger.book.equations[label], docname))
    origin: list[nodes.Node] = [nodes.Text("typed")]
    if reference := equation.code or equation.implements:
        module, _, name = reference.partition(":")
        text = f"{name}: {equation.result}" if equation.result else name
        published = getattr(app.env, "_viewcode_modules", {})
        origin = [code_reference(app, docname, (module, name), text, published)]
    elif equation.source:
        origin = [nodes.Text(ROLE.sub(r"\1", equation.source))]
    formula = nodes.math(equation.tex, equation.tex)
    formula["broken"] = ledger.state(equation) == "failed"  # if its TeX is at fault, that has been reported
    return [
        [link(app, ledger, equation, docname), nodes.Text(" "), nodes.literal("", equation.label)],
        [formula if equation.tex else nodes.Text("–")],
        [nodes.Text(state)],
        findings(ledger.book.records(equation.label)) or [nodes.Text("–")],
        origin,
        uses or [nodes.Text("–")],
    ]


def link(app: Sphinx, ledger: Ledger, equation: Equation, docname: str) -> nodes.reference:
    """The equation's number, linked to where it stands."""
    uri = _uri(app, docname, equation.docname, equation_id(equation.label))
    text = app.config.math_eqref_format or "({number})"
    text = text.format(number=ledger.numbers.get(equation.label, ""))
    return nodes.reference("", text, internal=True, refuri=uri)


def claims(app: Sphinx, ledger: Ledger, docname: str) -> list[nodes.Node]:
    """Page by page, each sentence that the run has shown, linked to its place, and the expression that is true."""
    found: list[nodes.Node] = []
    for place in ledger.book.position:
        items = []
        for claim in ledger.book.pages[place].prose.claims:
            uri = _uri(app, docname, place, claim.anchor)
            shown = nodes.paragraph("", "", nodes.reference("", claim.sentence, internal=True, refuri=uri))
            for expression in claim.expressions:
                shown += [nodes.Text(" "), nodes.literal("", expression)]
            items.append(nodes.list_item("", shown))
        if items:
            title = app.env.titles[place].astext()
            link = nodes.reference("", title, internal=True, refuri=app.builder.get_relative_uri(docname, place))
            found.append(nodes.rubric("", "", link))
            found.append(nodes.bullet_list("", *items))
    return found


def totals(_app: Sphinx, ledger: Ledger, _docname: str) -> nodes.Element:
    """The totals as a sentence."""
    text = (
        "{equations} equations: {derived} derived, {definitions} definitions, {cited} cited. Of those derived, "
        "{proved} are proved exactly and {checked} checked numerically; {code} equations are set from the code that "
        "runs, {evaluated} are evaluated as printed, {unevaluated} are not. {records} checks ran and held. "
        "Of the sentences, {claims} are shown by the run, which prints {number_printed} of their numbers."
    ).format(**ledger.totals())
    return nodes.paragraph(text, text)


def drawing(app: Sphinx, ledger: Ledger, docname: str) -> list[nodes.Node]:
    """The graph of uses, with a legend."""
    drawn = []
    for equation in ledger.book:
        number, state = ledger.numbers.get(equation.label, ""), ledger.state(equation)
        drawn.append(
            graph.Node(
                name=equation.label,
                text=f"{number} {equation.label.removeprefix('eq:')}".strip(),
                title=f"Equation {number} {equation.label}: {STATES[state]}",
                href=_uri(app, docname, equation.docname, equation_id(equation.label)),
                state=state,
                uses=equation.uses,
            )
        )
    edges = sum(label in ledger.book.equations for equation in ledger.book for label in equation.uses)
    description = (
        f"{len(drawn)} equations and {edges} uses. Arrows run from left to right, from an equation to those derived "
        "from it; each box links to its equation. The ledger's table lists the same uses."
    )
    legend = nodes.container(classes=["eq-legend"])
    for state in dict.fromkeys(node.state for node in drawn):
        legend += nodes.inline(STATES[state], STATES[state], classes=[f"eq-state-{state}"])
    svg = graph.draw(drawn, "Which equation uses which", description)
    frame = f'<div class="eq-graph-frame" tabindex="0" role="region" aria-label="Dependency graph">\n{svg}\n</div>'
    return [legend, nodes.raw("", frame, format="html")]


def add_script(app: Sphinx, pagename: str, _template: str, _context: Any, _doctree: Any) -> None:
    """Load the table's script on the ledger's page only."""
    page = EquationDomain.of(app.env).pages.get(pagename)
    if page is not None and "ledger" in page.views:
        app.add_js_file(SCRIPT, loading_method="defer")


def _uri(app: Sphinx, docname: str, target: str, anchor: str) -> str:
    page = "" if docname == target else app.builder.get_relative_uri(docname, target)
    return f"{page}#{anchor}"


def setup(app: Sphinx) -> None:
    """Register the views."""
    for name in ("ledger", "ledger-claims", "ledger-totals", "dependency-graph"):
        app.add_directive(name, ViewDirective)
    app.add_role("ledger-total", TotalRole())
    app.add_css_file(STYLE)
    app.connect("doctree-resolved", fill)
    app.connect("html-page-context", add_script)
