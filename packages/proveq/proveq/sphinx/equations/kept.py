"""What evaluating an equation has shown, kept as long as everything that it rests on is as it was.

A page is read again when a word of it has changed, and most of that time went into evaluating equations that have not.
Beside the outputs of its cells each page keeps what its equations gave: by the equation as it is printed, and a digest
of the files that its numbers come from, of the symbol table and of what evaluates. Only what held is kept: what failed
is looked at again. Where it is not known which files a scope comes from, or one of them is not watched
(`proveq_freshness_sources`), nothing is kept.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..freshness import digest_of_modules
from .domain import Equation, EquationDomain, Evidence

__all__ = ["Kept", "Outcome"]

FOLDER = "evaluated"


@dataclass(frozen=True)
class Outcome:
    """What evaluating one equation has shown: evidence, what kept each scope from it, or what is wrong."""

    evidence: tuple[Evidence, ...] = ()
    symbols: frozenset[tuple[str, str]] = frozenset()
    obstacles: tuple[str, ...] = ()
    problem: str = ""


class Kept:
    """The outcomes of one page."""

    def __init__(self, app: Any, docname: str):
        self._app = app
        self._path = Path(app.outdir).parent / FOLDER / f"{docname}.pickle"
        self._digests: dict[str, str | None] = {}
        self._now: dict[tuple[str, ...], Outcome] = {}
        try:
            self._before = pickle.loads(self._path.read_bytes())
        except Exception:  # none, or one that another version of this module wrote
            self._before = {}

    def _key(self, equation: Equation, given: str) -> tuple[str, ...] | None:
        if given not in self._digests:
            scopes = EquationDomain.of(self._app.env).scopes
            self._digests[given] = digest_of_modules(self._app, scopes.modules(given)) if given in scopes else None
        digest = self._digests[given]
        return digest and (digest, given, equation.label, equation.kind, equation.tex, equation.shape)

    def find(self, equation: Equation, given: str) -> Outcome | None:
        """What the equation has shown, if that is known."""
        key = self._key(equation, given)
        found = self._before.get(key) if key else None
        return found and replace(found, evidence=tuple(replace(one, line=equation.line) for one in found.evidence))

    def note(self, equation: Equation, given: str, outcome: Outcome) -> None:
        """Keep what the equation has shown, if it held."""
        key = self._key(equation, given)
        if key and outcome.evidence and not outcome.problem:
            self._now[key] = outcome

    def save(self) -> None:
        """Write what was noted, and nothing else, for the next build."""
        if self._now != self._before:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_bytes(pickle.dumps(self._now))
