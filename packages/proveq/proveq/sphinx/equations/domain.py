"""What the book knows of its equations: the records, and the Sphinx domain which keeps them.

Everything is stored page by page, so that re-reading a page replaces exactly what that page said and
parallel readers can be merged.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from sphinx.domains import Domain

from ..prose.held import Prose

if TYPE_CHECKING:
    from sphinx.environment import BuildEnvironment

KINDS = ("derived", "definition", "cited")
#: Oracles (the first word of their name) which prove an identity instead of sampling it in floating point.
PROOFS = ("exact", "symbolic")


@dataclass(frozen=True)
class Equation:
    """One displayed equation, as its directive states it."""

    label: str
    kind: str
    docname: str
    line: int
    tex: str
    code: str = ""
    result: str = ""
    given: str = ""
    shape: str = ""
    implements: str = ""
    source: str = ""
    uses: tuple[str, ...] = ()
    #: Why no scope evaluates it, in a sentence; "" for nearly all.
    unevaluated: str = ""


@dataclass(frozen=True)
class Evidence:
    """One check of one equation, which ran and held. `origin` is "cell" or "page"."""

    label: str
    oracle: str
    residual: float
    tolerance: float
    origin: str
    line: int
    cell: int = 0
    details: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def from_record(cls, record: Any, line: int, cell: int) -> Evidence:
        """Read a record from a cell's output; `ValueError` says what is wrong with it."""
        if not isinstance(record, dict):
            raise ValueError(f"evidence is not a mapping: {record!r}")
        for name in ("label", "oracle"):
            if not (isinstance(record.get(name), str) and record[name]):
                raise ValueError(f"evidence without {name}: {record!r}")
        numbers = []
        for name in ("residual", "tolerance"):
            value = 0 if record.get(name) == "0" else record.get(name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise ValueError(f"evidence whose {name} is not a finite number: {record!r}")
            numbers.append(float(value))
        known = ("label", "oracle", "residual", "tolerance")
        details = tuple((key, record[key]) for key in sorted(record) if key not in known)
        return cls(record["label"], record["oracle"], *numbers, "cell", line, cell, details)

    @property
    def holds(self) -> bool:
        """Whether the residual keeps within what the oracle may show; a proof must show zero."""
        return self.residual == 0 if self.proves else 0 <= self.residual <= self.tolerance

    @property
    def proves(self) -> bool:
        """Whether the oracle computes without rounding."""
        return self.oracle.lower().startswith(PROOFS)


@dataclass(frozen=True)
class Inline:
    """One inline formula.

    `state` is "holds", "read" (its symbols exist and its shapes fit), "given", "wrong" or "quoted"; `scope` is where it
    was read.
    """

    tex: str
    line: int
    state: str
    scope: str = ""


@dataclass(frozen=True)
class Cell:
    """A code cell as it ran. `number` counts the page's code cells from 1; `statement` is what failed in it."""

    number: int
    line: int
    tags: tuple[str, ...] = ()
    error: str = ""
    statement: str = ""
    doubts: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """Something which must stop the build: where, what, and which equation it is about, if one."""

    docname: str
    line: int
    message: str
    label: str = ""

    @property
    def text(self) -> str:
        """The message, naming the equation."""
        return f"equation {self.label}: {self.message}" if self.label else self.message


@dataclass
class Page:
    """All that one page says."""

    equations: list[Equation] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    inline: list[Inline] = field(default_factory=list)
    #: How many shapes are stated in its tables and sentences.
    shapes: int = 0
    #: What the run has answered to its sentences, by place, and what these rest on.
    answers: dict[int, dict[str, Any]] = field(default_factory=dict)
    prose: Prose = field(default_factory=Prose)
    #: Why the page's execution stopped, where no cell shows it (a timeout, a dead kernel).
    failure: str = ""
    #: Execution settings which the page's front matter tries to change.
    overrides: tuple[str, ...] = ()
    #: What kept the scopes from evaluating an equation, where none has: label -> what each of them lacked.
    obstacles: dict[str, list[str]] = field(default_factory=dict)
    #: The symbols which its equations were read with: (chapter, name).
    symbols: set[tuple[str, str]] = field(default_factory=set)
    #: The views of the whole book which the page holds: "ledger", "totals", "graph", "symbols".
    views: set[str] = field(default_factory=set)


class Book:
    """All pages together."""

    def __init__(self, pages: dict[str, Page], order: Iterable[str] = ()):
        self.pages = pages
        rank = {docname: position for position, docname in enumerate(order)}
        ordered = sorted(pages, key=lambda docname: (rank.get(docname, len(rank)), docname))
        self.position = {docname: position for position, docname in enumerate(ordered)}
        self.equations: dict[str, Equation] = {}
        self.duplicates: list[Equation] = []
        self.evidence: dict[str, list[Evidence]] = {}
        for docname in ordered:
            for equation in sorted(pages[docname].equations, key=lambda equation: equation.line):
                if equation.label in self.equations:
                    self.duplicates.append(equation)
                else:
                    self.equations[equation.label] = equation
            for record in pages[docname].evidence:
                self.evidence.setdefault(record.label, []).append(record)

    def __iter__(self) -> Iterator[Equation]:
        return iter(self.equations.values())

    def records(self, label: str) -> list[Evidence]:
        """The evidence for an equation, proofs first."""
        return sorted(
            self.evidence.get(label, []),
            key=lambda record: (not record.proves, record.oracle.lower(), record.origin, record.cell),
        )

    def evaluated(self, label: str) -> bool:
        """Whether a scope has evaluated what the page prints."""
        return any(record.origin == "page" for record in self.evidence.get(label, ()))

    def view(self, name: str) -> str | None:
        """The first page which holds a view of the book."""
        return next((docname for docname in sorted(self.pages) if name in self.pages[docname].views), None)


class EquationDomain(Domain):
    """Keeps the pages in the build environment."""

    name = "equations"
    label = "Equations"
    data_version = 5
    initial_data: ClassVar[dict[str, Any]] = {"pages": {}, "fingerprint": ""}
    #: Set in each build: the symbol table, the scopes to evaluate equations on, and what the gate found.
    symbols: Any = None
    scopes: Any = None
    ledger: Any = None

    @classmethod
    def of(cls, env: BuildEnvironment) -> EquationDomain:
        """The domain of a build environment."""
        return env.domains[cls.name]

    @property
    def pages(self) -> dict[str, Page]:
        """What each page says, by document name."""
        return self.data["pages"]

    def page(self, docname: str) -> Page:
        """What one page says; empty where the page was not met yet."""
        return self.pages.setdefault(docname, Page())

    def clear_doc(self, docname: str) -> None:
        self.pages.pop(docname, None)

    def merge_domaindata(self, docnames: Iterable[str], otherdata: dict[str, Any]) -> None:
        for docname in docnames:
            if docname in otherdata["pages"]:
                self.pages[docname] = otherdata["pages"][docname]

    def resolve_any_xref(self, *_args: Any) -> list[Any]:
        """Nothing to refer to here: equations are targets of Sphinx's math domain."""
        return []

    def problem(self, docname: str, line: int, message: str, label: str = "") -> None:
        """Note a problem; the gate reports it, in this build and in every one until the page is read again."""
        self.page(docname).problems.append(Problem(docname, line, message, label))
