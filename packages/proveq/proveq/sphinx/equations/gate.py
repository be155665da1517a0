"""The gate: no equation without evidence or unevaluated, no way round running the cells.

Every rule is a function from the whole book to problems. They are checked at `env-get-updated`, which Sphinx emits in
every build, also when no page has changed; and each problem is an error which fails the build, with or without `-W`.
"""

from __future__ import annotations

import graphlib
import os
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from .domain import Book, Equation, Problem

#: Tags which let a failing cell pass, or a cell not run.
EVADING_TAGS = {"raises-exception", "skip-execution"}
#: Tags which hide a check from the reader.
HIDING_TAG = re.compile(r"(hide|remove)[-_](cell|input|output)s?")
EXECUTION_MODES = ("force", "cache")
ORACLES_NEEDED = 2
LABEL = re.compile(r"\beq:[\w-]+")
GRADIENT_NAME = re.compile(r"-d[-_]")
#: A left-hand side which is a gradient: \delta x (a symbol, not the Kronecker delta), or \partial.
GRADIENT_TEX = re.compile(r"(\\begin\{\w+\}|[\s&{])*(\\frac\s*\{\s*)?(\\partial\b|\\nabla\b|\\delta(?!\s*_))")
SHOWN_LINES = 4


def problems(book: Book, config: Any, environ: Mapping[str, str] = os.environ) -> list[Problem]:
    """Everything which must stop the build, in reading order."""
    found = [*settings(config, environ)]
    for page in book.pages.values():
        found += page.problems
    # Of a book built in part, what rests on other pages cannot be told.
    partial = getattr(config, "proveq_partial", False)
    for rule in (cells, failures, duplicates, strays, *(() if partial else (uses,)), evidence):
        found += rule(book)
    place = {"": -1, **book.position}
    return sorted(set(found), key=lambda problem: (place[problem.docname], problem.line, problem.message))


def settings(config: Any, environ: Mapping[str, str]) -> Iterator[Problem]:
    """Settings under which a build proves nothing."""
    mode = getattr(config, "nb_execution_mode", "off")
    if mode not in EXECUTION_MODES:
        expected = " or ".join(map(repr, EXECUTION_MODES))
        yield Problem("", 0, f"nb_execution_mode is {mode!r}: the cells must run, expected {expected}")
    if getattr(config, "nb_execution_excludepatterns", ()):
        yield Problem("", 0, "nb_execution_excludepatterns is set: every page's cells must run")
    if getattr(config, "nb_execution_allow_errors", False):
        yield Problem("", 0, "nb_execution_allow_errors is set: a failing cell must fail the build")
    if getattr(config, "proveq_partial", False) and "proveq_partial" not in getattr(config, "overrides", {}):
        yield Problem("", 0, "proveq_partial is set in conf.py: what pages rest on would not be asked for")
    if environ.get("PYTHONOPTIMIZE") or sys.flags.optimize:
        yield Problem("", 0, "PYTHONOPTIMIZE is set: it strips assertions; unset it")


def cells(book: Book) -> Iterator[Problem]:
    """Cells which could not fail, or whose check the reader cannot see."""
    for docname, page in book.pages.items():
        for name in page.overrides:
            yield Problem(docname, 1, f"the front matter sets mystnb: {name}; execution is the same for every page")
        for cell in page.cells:
            for tag in cell.tags:
                if tag in EVADING_TAGS:
                    yield Problem(docname, cell.line, f"cell {cell.number}: tag {tag} lets a check pass unseen")
                elif HIDING_TAG.fullmatch(tag) and cell.labels:
                    message = f"cell {cell.number}: tag {tag} hides the check of {', '.join(cell.labels)}"
                    yield Problem(docname, cell.line, message)
            for doubt in cell.doubts:
                yield Problem(docname, cell.line, f"cell {cell.number}: {doubt}")


def failures(book: Book) -> Iterator[Problem]:
    """Cells which failed, each with the equations that therefore lack evidence."""
    for docname, page in book.pages.items():
        explained = {problem.label for problem in page.problems}
        unproved = [equation.label for equation in page.equations if any(lacks(equation, book))]
        for cell in page.cells:
            if cell.error:
                label = LABEL.search(cell.error)
                subject = label[0] if label and label[0] in book.equations else ""
                message = f"cell {cell.number} failed: {brief(cell.error)}"
                if cell.statement:
                    message += f"\n    at: {cell.statement}"
                blocked = [name for name in unproved if name not in explained | {subject}]
                if blocked:
                    message += f"\n    therefore also without evidence: {', '.join(blocked)}"
                yield Problem(docname, cell.line, message, subject)
        if page.failure:
            yield Problem(docname, 1, f"the page's cells did not run to the end: {brief(page.failure)}")


def brief(error: str) -> str:
    """The first lines of an error message."""
    lines = [line.rstrip() for line in error.splitlines() if line.strip()]
    if len(lines) > SHOWN_LINES:
        lines = [*lines[:SHOWN_LINES], "..."]
    return "\n    ".join(lines)


def duplicates(book: Book) -> Iterator[Problem]:
    """Two equations with one label."""
    for equation in book.duplicates:
        first = book.equations[equation.label]
        message = f"the label stands twice; first in {first.docname}, line {first.line}"
        yield Problem(equation.docname, equation.line, message, equation.label)


def strays(book: Book) -> Iterator[Problem]:
    """Evidence which belongs to no equation of its page, or does not hold."""
    for docname, page in book.pages.items():
        for record in page.evidence:
            where = f"cell {record.cell}" if record.origin == "cell" else "the page's own evaluation"
            equation = book.equations.get(record.label)
            if equation is None:
                yield Problem(docname, record.line, f"{where}: evidence for {record.label}, which no page displays")
            elif equation.docname != docname and record.origin == "cell":  # else its label stands twice, as reported
                message = f"{where}: evidence for {record.label}, which stands in {equation.docname}, not here"
                yield Problem(docname, record.line, message)
            elif not record.holds:
                limit = 0 if record.proves else record.tolerance
                message = f"{where}: {record.oracle}: residual {record.residual:g}, expected at most {limit:g}"
                yield Problem(docname, record.line, message, record.label)


def uses(book: Book) -> Iterator[Problem]:
    """Derivations which rest on nothing, or on themselves."""
    known: dict[str, list[str]] = {}
    for equation in book:
        known[equation.label] = [label for label in equation.uses if label in book.equations]
        for label in equation.uses:
            if label not in book.equations:
                message = f":uses: names {label}, which no page displays"
                yield Problem(equation.docname, equation.line, message, equation.label)
    try:
        graphlib.TopologicalSorter(known).prepare()
    except graphlib.CycleError as error:
        circle = error.args[1][::-1]  # graphlib lists what is used first
        start = book.equations[circle[0]]
        message = f":uses: runs in a circle: {' uses '.join(circle)}"
        yield Problem(start.docname, start.line, message, start.label)


def evidence(book: Book) -> Iterator[Problem]:
    """Equations without the evidence they need, unless a cell or an evaluation that failed explains it."""
    explained = {problem.label for page in book.pages.values() for problem in page.problems}
    for equation in book:
        if equation.label not in explained and not stopped(book, equation.docname):
            for message in lacks(equation, book):
                yield Problem(equation.docname, equation.line, message, equation.label)


def stopped(book: Book, docname: str) -> bool:
    """Whether a page's cells did not run to the end."""
    page = book.pages[docname]
    return bool(page.failure) or any(cell.error for cell in page.cells)


def lacks(equation: Equation, book: Book) -> Iterator[str]:
    """What an equation lacks: of one that is derived, evidence; of every one, that a scope has evaluated it."""
    if equation.kind == "derived":
        yield from lacks_evidence(equation, book)
    elif not (equation.unevaluated or book.evaluated(equation.label)):
        yield unevaluated(equation, book)
    if equation.unevaluated and book.evaluated(equation.label):
        yield f"marked as not evaluated, {equation.unevaluated!r}, but a scope evaluates it: take :unevaluated: away"


def unevaluated(equation: Equation, book: Book) -> str:
    """That no scope has evaluated an equation, and what each of them lacked."""
    origin = "set from code" if equation.code else "typed"
    lacked = book.pages[equation.docname].obstacles.get(equation.label, ())
    message = f"{origin}, but what the page prints was evaluated on no scope; see :given: and :unevaluated:"
    return "\n    ".join([message, *lacked])


def lacks_evidence(equation: Equation, book: Book) -> Iterator[str]:
    """What a derived equation lacks."""
    records = [record for record in book.records(equation.label) if record.holds]
    oracles = sorted({record.oracle for record in records})
    if not oracles:
        lacked = book.pages[equation.docname].obstacles.get(equation.label, ())
        yield "\n    ".join(["no evidence: nothing that ran checks it", *lacked])
        return
    if len(oracles) < ORACLES_NEEDED:
        yield f"checked by {oracles[0]} alone; a derived equation needs {ORACLES_NEEDED} different oracles"
    if is_gradient(equation) and not any(record.proves for record in records):
        yield f"a gradient needs an exact or symbolic proof; it has {', '.join(oracles)}"
    if equation.code and not any(record.origin == "cell" for record in records):
        yield "set from code, but no cell checks that code"
    if not (equation.unevaluated or book.evaluated(equation.label)):
        yield unevaluated(equation, book)


def unused(book: Book, symbols: Any) -> Iterator[str]:
    """Entries of the table that no page reads, neither their symbol nor a gradient or a later step of it.

    A function of a symbol is read with it.
    """
    entries = symbols.all()
    read = set().union(*(page.symbols for page in book.pages.values())) & entries.keys()
    headers, names = {entries[one].header for one in read}, {name for _, name in read}
    for entry in entries.values():
        if not entry.derived and entry.header not in headers and entry.of not in names:
            yield f"{symbols.path.name}: [{entry.header}], {entry.tex}, is read on no page"


def is_gradient(equation: Equation) -> bool:
    """Whether an equation states a derivative: by its label, its code name, or its left-hand side."""
    return bool(
        GRADIENT_NAME.search(equation.label) or equation.result.startswith("d_") or GRADIENT_TEX.match(equation.tex)
    )
