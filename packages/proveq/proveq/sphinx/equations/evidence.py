"""Collect evidence: from the cells which ran, and by evaluating what the page prints.

myst-nb writes every notebook it has executed to `jupyter_execute/<document>.ipynb` beside the output folder, outputs
included; but where it took the outputs from its execution cache, it writes the notebook without them, and they are
taken from that cache. `tests/test_gate.py` holds both, for two builders and both execution modes.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat
from jupyter_cache import get_cache
from sphinx.errors import ConfigError

from ...expressions import STREAM
from ..freshness import rests_on
from ..prose import extension as prose
from ..settings import Settings
from . import evaluate, inline, stated_shapes
from .cell_code import doubts
from .directive import names
from .domain import Cell, Equation, EquationDomain, Evidence, Page, Problem
from .kept import Kept, Outcome
from .places import places

MIME_TYPE = "application/vnd.proveq.evidence+json"
EXECUTED = "jupyter_execute"
#: How a traceback names the line of the cell; colours are taken out first.
CELL_LINE = re.compile(r"Cell In\[\d+\], line (\d+)")
COLOUR = re.compile(r"\x1b\[[\d;]*m")
STATEMENT_LENGTH = 100


class Scopes:
    """The numbers which equations are evaluated on, by name; each scope is made once in a process.

    Parameters
    ----------
    table
        Scope name -> scopes, or a function which returns them.
    """

    def __init__(self, table: Mapping[str, Callable[[], list[Any]] | list[Any]]):
        self._table = table
        self._made: dict[str, list[Any]] = {}

    @classmethod
    def imported(cls, reference: str) -> Scopes:
        """The table which the configuration names as "module:ATTRIBUTE"."""
        module, _, attribute = reference.partition(":")
        try:
            table = getattr(importlib.import_module(module), attribute)
        except (ImportError, AttributeError) as error:
            raise ConfigError(f"proveq_scopes: {reference} cannot be imported: {error}") from error
        if not isinstance(table, Mapping):
            raise ConfigError(f"proveq_scopes: {reference} is not a mapping from names to scopes")
        return cls(table)

    def __getitem__(self, name: str) -> list[Any]:
        if name not in self._made:
            scopes = self._table[name]
            self._made[name] = list(scopes() if callable(scopes) else scopes)
        return self._made[name]

    def modules(self, name: str) -> list[str]:
        """The modules that make a scope: those that the table's entry names in `modules`, or its own."""
        entry = self._table[name]
        return list(getattr(entry, "modules", ())) or [getattr(entry, "__module__", None) or ""]

    def __contains__(self, name: str) -> bool:
        return name in self._table

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    @property
    def names(self) -> str:
        """All names, for messages."""
        return ", ".join(sorted(self._table)) or "none"


def executed_notebook(outdir: str | Path, docname: str) -> Path:
    """Where myst-nb writes the notebook it has executed for a document."""
    return Path(outdir).parent / EXECUTED / f"{docname}.ipynb"


def forget_notebook(app: Any, docname: str, _source: list[str]) -> None:
    """Remove the notebook of an earlier build, so that only this one's can be read."""
    executed_notebook(app.outdir, docname).unlink(missing_ok=True)


def collect(app: Any, doctree: Any) -> None:
    """Note what the cells, the equations and the inline formulas of the page just read have shown."""
    docname = app.env.docname
    domain = EquationDomain.of(app.env)
    page = domain.page(docname)
    path = executed_notebook(app.outdir, docname)
    if path.exists():
        notebook = nbformat.read(path, as_version=4)
        if app.config.nb_execution_mode == "cache":
            notebook = with_cached_outputs(notebook, app.env.mystnb_config.execution_cache_path)
        read_notebook(notebook, docname, page)
        page.failure = execution_failure(app.env, docname, page)
    default = app.env.metadata[docname].get("given", "") or Settings.of(app.config).default_scope
    states: dict[int, str] = {}
    held: set[int] = set()
    if domain.scopes is not None:
        kept = Kept(app, docname)
        for equation in page.equations:
            given = equation.given or default
            if equation.tex:
                outcome = kept.find(equation, given) or evaluate_equation(equation, given, domain)
                kept.note(equation, given, outcome)
                note_outcome(equation, outcome, page)
            if given in domain.scopes:
                rests_on(app, domain.scopes.modules(given))
        kept.save()
        if domain.symbols is not None:
            also = names(app.env.metadata[docname].get("also-given", ""))
            where = doctree, places(doctree, Path(app.env.doc2path(docname)).read_text(encoding="utf-8")), docname
            judge, on = inline.Judge(domain.symbols, domain.scopes), [name for name in (default, *also) if name]
            states = inline.collect(*where, judge, on, page)
            held = stated_shapes.collect(*where, judge, on, page, Settings.of(app.config).examples)
            page.symbols |= judge.read
            for name in {*on, *(one.scope for one in page.inline)}:
                if name in domain.scopes:
                    rests_on(app, domain.scopes.modules(name))
    stopped = bool(page.failure) or any(cell.error for cell in page.cells)
    page.prose, problems = prose.collect(app, doctree, page.answers, stopped, states, held)
    page.problems += [Problem(docname, line, message) for line, message in problems]


def note_outcome(equation: Equation, outcome: Outcome, page: Page) -> None:
    """Note what evaluating an equation has shown."""
    page.evidence += outcome.evidence
    page.symbols |= outcome.symbols
    if outcome.obstacles:
        page.obstacles[equation.label] = list(outcome.obstacles)
    if outcome.problem:
        page.problems.append(Problem(equation.docname, equation.line, outcome.problem, equation.label))


def with_cached_outputs(notebook: Any, cache_path: str) -> Any:
    """The notebook with its outputs from the execution cache, if it is there: only what ran to the end is."""
    try:
        return get_cache(cache_path).merge_match_into_notebook(notebook, cell_meta=())[1]
    except KeyError:
        return notebook


def read_notebook(notebook: dict[str, Any], docname: str, page: Page) -> None:
    """Add a notebook's cells, their evidence and their failures to its page."""
    settings = notebook["metadata"].get("mystnb") or {}
    page.overrides = tuple(sorted(name for name in settings if name.startswith("execution")))
    lines = notebook["metadata"].get("source_map") or [0] * len(notebook["cells"])
    code_cells = [pair for pair in zip(notebook["cells"], lines) if pair[0]["cell_type"] == "code"]
    unsure = doubts(cell["source"] for cell, _ in code_cells)
    for number, (cell, line) in enumerate(code_cells, start=1):
        records, error, statement = [], "", ""
        for output in cell["outputs"]:
            if output["output_type"] == "error":
                error = f"{output['ename']}: {output['evalue']}"
                statement = failed_statement(cell["source"], output.get("traceback", ()))
            bundle = output.get("data", {}).get(MIME_TYPE)
            if bundle is not None:
                records += bundle_records(bundle, docname, line, number, page)
            if output.get("name") == STREAM:
                page.answers |= {answer["place"]: answer for answer in json.loads(output["text"])}
        if drawn_without_picture(cell) and not any(one.error for one in page.cells):
            page.problems.append(
                Problem(docname, line, f"cell {number}: declared as a figure, but it shows no picture")
            )
        page.evidence += records
        page.cells.append(
            Cell(
                number=number,
                line=line,
                tags=tuple(cell["metadata"].get("tags", ())),
                error=error,
                statement=statement,
                doubts=unsure[number - 1],
                labels=tuple(dict.fromkeys(record.label for record in records)),
            )
        )


def drawn_without_picture(cell: dict[str, Any]) -> bool:
    """Whether a cell that ran was to show a figure, and shows none."""
    declared = (cell["metadata"].get("mystnb") or {}).get("figure")
    shown = {kind for output in cell["outputs"] for kind in output.get("data", {})}
    failed = any(output["output_type"] == "error" for output in cell["outputs"])
    return bool(declared) and not failed and not any(kind.startswith("image/") for kind in shown)


def failed_statement(source: str, traceback: Iterable[str]) -> str:
    """The statement at which a cell failed, in one line, as far as the traceback and the syntax tell."""
    found = CELL_LINE.search(COLOUR.sub("", "\n".join(traceback)))  # the outermost call comes first
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return ""
    line = int(found[1]) if found else 0
    statements = [node for node in nodes if isinstance(node, ast.stmt) and node.lineno <= line <= node.end_lineno]
    innermost = max(statements, key=lambda node: (node.lineno, -node.end_lineno), default=None)
    return textwrap.shorten(ast.unparse(innermost), STATEMENT_LENGTH, placeholder=" ...") if innermost else ""


def bundle_records(bundle: Any, docname: str, line: int, number: int, page: Page) -> list[Evidence]:
    """The records of one output; a malformed one is a problem of the page."""
    found = []
    records = bundle.get("records") if isinstance(bundle, dict) else None
    if not isinstance(records, list):
        page.problems.append(Problem(docname, line, f"cell {number}: evidence without a list of records"))
        return found
    for record in records:
        try:
            found.append(Evidence.from_record(record, line, number))
        except ValueError as error:
            page.problems.append(Problem(docname, line, f"cell {number}: {error}"))
    return found


def execution_failure(env: Any, docname: str, page: Page) -> str:
    """Why execution failed where no cell holds the error: a timeout, a kernel which died."""
    run = getattr(env, "nb_metadata", {}).get(docname, {}).get("exec_data") or {}
    if run.get("succeeded", True) or any(cell.error for cell in page.cells):
        return ""
    lines = [line for line in (run.get("traceback") or "").splitlines() if line.strip()]
    return ": ".join([run.get("error") or "unknown error", *lines[-1:]])


def evaluate_equation(equation: Equation, given: str, domain: EquationDomain) -> Outcome:
    """Evaluate both sides of what the page prints, on every scope of its name.

    One that can is enough. What kept the others from it is noted where there is none.
    """
    if not given:
        return Outcome(obstacles=("neither the equation nor its page names a scope",))
    if given not in domain.scopes:
        return Outcome(problem=f"no scope is named {given!r}; there are: {domain.scopes.names}")
    try:
        scopes = domain.scopes[given]
    except Exception as error:  # what the scope runs is the author's own
        return Outcome(problem=f"scope {given} cannot be made: {type(error).__name__}: {error}")
    evidence: list[Evidence] = []
    symbols: set[tuple[str, str]] = set()
    lacking: list[str] = []
    unreadable = ""
    for scope in scopes:
        place = f"on scope {given} ({scope.oracle})"
        try:
            residual = evaluate.check(equation.tex, domain.symbols, scope)
        except evaluate.NotApplicable as error:
            lacking.append(f"{scope.oracle}: {error}")
            continue
        except evaluate.EquationError as error:
            if getattr(error, "unreadable", False):
                unreadable = unreadable or f"{place}: {error}"
                continue
            return Outcome(tuple(evidence), frozenset(symbols), problem=f"{place}: {error}")
        except Exception as error:  # a scope's own fault, to be reported with the equation that met it
            problem = f"{place}: {type(error).__name__}: {error}"
            return Outcome(tuple(evidence), frozenset(symbols), problem=problem)
        symbols |= residual.symbols
        if wrong := evaluate.misstated(equation.shape, residual, scope.sizes):
            return Outcome(tuple(evidence), frozenset(symbols), problem=f"{place}: {wrong}")
        # A scope may say more of its numbers: draws, dtype, seed.
        numbers = tuple(sorted(getattr(scope, "details", {}).items()))
        evidence.append(
            Evidence(
                label=equation.label,
                oracle=scope.oracle,
                residual=float(residual.value),
                tolerance=float(scope.tolerance),
                origin="page",
                line=equation.line,
                details=(("scope", scope.name), ("shapes", residual.shapes), *numbers),
            )
        )
    if evidence:
        return Outcome(tuple(evidence), frozenset(symbols))
    if unreadable and not equation.unevaluated:
        return Outcome(problem=unreadable)
    return Outcome(obstacles=tuple(dict.fromkeys(lacking)))
