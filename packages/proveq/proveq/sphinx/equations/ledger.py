"""The ledger: every equation, what it rests on and what has shown it; in memory and as `ledger.json`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from docutils.nodes import make_id
from sphinx.environment import BuildEnvironment

from ..prose.held import COMPARED, NUMBERS
from . import gate
from .domain import Book, Equation, Evidence, Problem

FILE = "ledger.json"
#: What an equation's state may be, with the words that the legend uses.
STATES = {
    "proved": "proved exactly",
    "checked": "checked numerically",
    "definition": "definition",
    "cited": "cited",
    "failed": "failed",
}


class Ledger:
    """What a build found, equation by equation.

    Parameters
    ----------
    book
        All pages.
    problems
        What the gate found.
    numbers
        Equation numbers as the pages show them, by label.
    """

    _names = (
        "equations derived definitions cited code evaluated unevaluated proved checked failed records problems"
        " inline_holds inline_read inline_given inline_wrong inline_quoted shapes sentences claims"
    )
    total_names = (
        *_names.split(),
        *(f"number_{kind}" for kind in NUMBERS),
        *(f"compared_{kind}" for kind in COMPARED),
    )

    def __init__(self, book: Book, problems: list[Problem], numbers: dict[str, str]):
        self.book = book
        self.problems = problems
        self.numbers = numbers
        self._failed = {problem.label for problem in problems if problem.label}

    def state(self, equation: Equation) -> str:
        """One of `STATES`."""
        if equation.label in self._failed or any(gate.lacks(equation, self.book)):
            return "failed"
        if equation.kind != "derived":
            return equation.kind
        return "proved" if any(record.proves for record in self.book.records(equation.label)) else "checked"

    def totals(self) -> dict[str, int]:
        """The numbers of the landing page and of the closing line."""
        equations = list(self.book)
        states = [self.state(equation) for equation in equations]
        records = [record for equation in equations for record in self.book.records(equation.label)]
        inline = [one.state for page in self.book.pages.values() for one in page.inline]
        prose = [page.prose for page in self.book.pages.values()]
        return {
            "equations": len(equations),
            "derived": sum(equation.kind == "derived" for equation in equations),
            "definitions": sum(equation.kind == "definition" for equation in equations),
            "cited": sum(equation.kind == "cited" for equation in equations),
            "code": sum(bool(equation.code) for equation in equations),
            "evaluated": sum(self.book.evaluated(equation.label) for equation in equations),
            "unevaluated": sum(not self.book.evaluated(equation.label) for equation in equations),
            "proved": states.count("proved"),
            "checked": states.count("checked"),
            "failed": states.count("failed"),
            "records": len(records),
            "problems": len(self.problems),
            "shapes": sum(page.shapes for page in self.book.pages.values()),
            "sentences": sum(one.sentences for one in prose),
            "claims": sum(len(one.claims) for one in prose),
            **{f"inline_{state}": inline.count(state) for state in ("holds", "read", "given", "wrong", "quoted")},
            **{f"number_{kind}": sum(one.numbers[kind] for one in prose) for kind in NUMBERS},
            **{f"compared_{kind}": sum(one.compared[kind] for one in prose) for kind in COMPARED},
        }

    def summary(self) -> str:
        """The closing line of a build."""
        totals = self.totals()
        line = (
            "{equations} equations: {code} from code, {evaluated} evaluated, {unevaluated} not, "
            "{definitions} definitions, {cited} cited; {proved} proved exactly, {records} checks held"
        ).format(**totals)
        if totals["inline_read"] or totals["inline_holds"]:
            line += (
                "; {inline_holds} inline relations hold, {inline_read} inline formulas were read, "
                "{inline_quoted} are quoted"
            ).format(**totals)
        if totals["claims"]:
            line += "; {claims} sentences are shown, {number_printed} numbers printed".format(**totals)
        failed = [equation.label for equation in self.book if self.state(equation) == "failed"]
        if self.problems:
            line += f"; problems: {len(self.problems)}; failed: {', '.join(failed) or 'no single equation'}"
        return line

    def entries(self) -> Iterator[dict[str, Any]]:
        """What `ledger.json` says of each equation, in reading order."""
        for equation in self.book:
            yield {
                "label": equation.label,
                "number": self.numbers.get(equation.label, ""),
                "page": equation.docname,
                "kind": equation.kind,
                "state": self.state(equation),
                "tex": equation.tex,
                "code": equation.code,
                "result": equation.result,
                "implements": equation.implements,
                "source": equation.source,
                "shape": equation.shape,
                "uses": list(equation.uses),
                "unevaluated": equation.unevaluated,
                "evidence": [_record(record) for record in self.book.records(equation.label)],
            }

    def claims(self) -> Iterator[dict[str, Any]]:
        """What `ledger.json` says of each sentence that is shown, in reading order."""
        for docname in self.book.position:
            for claim in self.book.pages[docname].prose.claims:
                yield {
                    "page": docname,
                    "line": claim.line,
                    "sentence": claim.sentence,
                    "shown": list(claim.expressions),
                }

    def json(self) -> str:
        """The text of `ledger.json`: the same bytes for the same book."""
        content = {"equations": list(self.entries()), "claims": list(self.claims()), "totals": self.totals()}
        return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, default=str) + "\n"

    def fingerprint(self) -> str:
        """Changes whenever a view of the whole book must be written again."""
        return hashlib.sha256(self.json().encode()).hexdigest()


def _record(record: Evidence) -> dict[str, Any]:
    entry = dict(record.details)
    entry.update(
        oracle=record.oracle,
        residual=record.residual,
        tolerance=record.tolerance,
        origin=record.origin,
    )
    if record.cell:
        entry["cell"] = record.cell
    return entry


def amount(residual: float) -> str:
    """A residual as it is printed: one digit is all that matters.

    >>> amount(0.0), amount(2.6e-16)
    ('0', '3e-16')
    """
    return f"{residual:.0e}" if residual else "0"


def by_oracle(records: list[Evidence]) -> dict[str, float]:
    """The worst residual that each oracle found, proofs first."""
    worst: dict[str, float] = {}
    for record in records:
        worst[record.oracle] = max(worst.get(record.oracle, 0.0), record.residual)
    return worst


def row_id(label: str) -> str:
    """The id of an equation's row in the ledger."""
    return make_id(f"ledger-{label}")


def equation_id(label: str) -> str:
    """The id which Sphinx's math domain gives a labelled equation."""
    return make_id(f"equation-{label}")


def numbers(env: BuildEnvironment, book: Book) -> dict[str, str]:
    """The equations' numbers, as Sphinx prints them."""
    numbered: dict[str, str] = {}
    for equation in book:
        if env.config.numfig and env.config.math_numfig:
            figures = env.toc_fignumbers.get(equation.docname, {}).get("displaymath", {})
            parts = figures.get(equation_id(equation.label), ())
            numbered[equation.label] = env.config.math_numsep.join(".".join(map(str, parts)).rsplit(".", 1))
        else:
            numbered[equation.label] = str(env.domains.math_domain.get_equation_number_for(equation.label))
    return numbered


def reading_order(env: BuildEnvironment) -> list[str]:
    """The pages in the order of the table of contents, those outside it last."""
    order: dict[str, None] = {}

    def visit(docname: str) -> None:
        if docname not in order:
            order[docname] = None
            for child in env.toctree_includes.get(docname, ()):
                visit(child)

    visit(env.config.root_doc)
    return [*order, *sorted(env.found_docs - order.keys())]
