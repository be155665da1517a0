r"""Inline formulas: read by the notation of the displays, and evaluated on the numbers of their page.

`$...$` is a claim as soon as it relates two sides, `$c_t = f_t \odot c_{t-1} + i_t \odot g_t$`: it must hold on the
scope of its page, or on the first of those that the page names beside it (front matter `also-given: a, b`) which knows
its symbols. A formula with one side claims that its symbols exist and that their shapes fit. A relation between
indices, `$i = j$`, is a condition and claims nothing.

Four roles say what else a formula may be:

``{given}`c_0 = 0```
    A supposition. What follows in the same paragraph is evaluated under it: the value is put in where it arises, and
    the computation goes on with it. A gradient cannot be put in; ``{given}`\delta c_{\mathrm{next}} = 0 @ last-step```
    names a scope on which the supposition holds, and what follows is evaluated there.
``{holds}`h_t = o_t \odot \tanh(c_t) @ step```
    A claim on a scope of another name.
``{wrong}`\delta g_t = g_t```
    What must not hold: a mistake that the text warns of.
``{quoted}`n/d```
    Notation of others, or of an argument that has no numbers here. Not read; counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxRole

from . import evaluate
from .domain import EquationDomain, Inline, Page
from .parse import parse
from .references import Count

__all__ = ["ROLES", "InlineRole", "Judge", "Refused", "Sources", "collect"]

ROLES = ("given", "holds", "wrong", "quoted")
MARK = "proveq"
#: Signs of the notation that are spoken of by themselves.
_SIGNS = {
    "e",
    r"\odot",
    r"\cdot",
    r"\top",
    r"^\top",
    r"\sum",
    r"\partial",
    r"\delta",
    r"\lVert\cdot\rVert",
    r"\lVert\cdot\rVert_2",
}
_ON_SCOPE = re.compile(r"(.*?)\s+@\s*([\w-]+)\s*", re.DOTALL)


class InlineRole(SphinxRole):
    """A formula with a word on what it claims."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        found = _ON_SCOPE.fullmatch(self.text)
        tex, on = found.groups() if found else (self.text, "")
        return [nodes.math(self.rawtext, tex, **{MARK: self.name, "on": on})], []


@dataclass
class Sources:
    """Where a page's formulas stand in its file: found one after the other, as they come."""

    text: str
    start: int = 0
    lines: list[int] = field(default_factory=list)

    def place(self, tex: str) -> tuple[int, int]:
        """Line and column of the next formula with this TeX, from 1; (1, 1) if it came from elsewhere."""
        # What is written over two lines comes with a single space.
        pattern = re.compile(r"\s+".join(map(re.escape, tex.split())))
        found = pattern.search(self.text, self.start) or pattern.search(self.text)
        if not found:
            return 1, 1
        self.start = found.end()
        line = self.text.count("\n", 0, found.start()) + 1
        return line, found.start() - (self.text.rfind("\n", 0, found.start()) + 1) + 1


def collect(app: Any, doctree: nodes.document, judge: Judge, names: list[str], page: Page) -> list[str]:
    """Read and evaluate the inline formulas of the page just read; returns the names of the scopes that were used."""
    docname, domain = app.env.docname, EquationDomain.of(app.env)
    sources, used = Sources(Path(app.env.doc2path(docname)).read_text(encoding="utf-8")), set()
    block, supposed = None, Supposed(names)
    for node in doctree.findall(nodes.math):
        if node.parent is not block:
            block, supposed = node.parent, Supposed(names)
        tex = node.astext()
        line, column = sources.place(tex)
        try:
            state, scope = judge.of(tex, node.get(MARK, ""), node.get("on", ""), supposed)
        except Refused as refused:
            domain.problem(docname, line, f"column {column}, ${tex}$: {refused}")
            continue
        used |= {scope} - {""}
        page.inline.append(Inline(tex=tex, line=line, state=state, scope=scope))
    return sorted(used)


class Refused(Exception):
    """What is wrong with a formula."""


@dataclass
class Supposed:
    """What a paragraph has supposed so far: on which scopes it speaks, and what is put in there."""

    names: list[str]
    conditions: tuple[str, ...] = ()


class Judge:
    """Says of each formula what it is, and refuses what is not so."""

    def __init__(self, symbols: Any, scopes: Any):
        self.symbols, self.scopes = symbols, scopes
        #: Chapter and name of the symbols that were read.
        self.read: set[tuple[str, str]] = set()
        self._signs = _SIGNS | set(_names_of_functions(symbols))

    def of(self, tex: str, mark: str, on: str, supposed: Supposed) -> tuple[str, str]:
        """State and scope of a formula, which may add to what its paragraph supposes."""
        if mark == "quoted":
            return "quoted", ""
        if on and on not in self.scopes:
            raise Refused(f"no scope is named {on!r}; there are: {self.scopes.names}")
        if mark == "given":
            return "given", self.suppose(tex, on, supposed)
        names = [on] if on else supposed.names
        if self.is_sign(tex) or self.is_count(tex):
            return "read", ""
        relation = len(_equalities(tex)[0].sides) > 1
        try:
            scope, outcomes = self.outcomes(tex, names, supposed.conditions, relation)
        except Refused:
            if self.is_name(tex, names):
                return "read", ""
            raise
        if mark == "wrong":
            if True in outcomes or not any(isinstance(one, str) for one in outcomes):
                raise Refused(f"is marked as wrong, but nothing contradicts it on {scope}")
            return "wrong", scope
        false = next((one for one in outcomes if isinstance(one, str)), None)
        # A relation must hold for two examples too; a diagonal matrix is made of one only.
        if false and (relation or True not in outcomes):
            raise Refused(f"on scope {scope}{_under(supposed)}: {false}")
        if relation and True not in outcomes:
            raise Refused(f"no scope of {scope} can evaluate it{_under(supposed)}: {outcomes[0]}")
        return ("holds" if relation else "read"), scope

    def suppose(self, tex: str, on: str, supposed: Supposed) -> str:
        """Note a supposition; it must be readable, and hold where a scope is named for it."""
        if self.is_count(tex):
            return ""
        if on:
            scope, outcomes = self.outcomes(tex, [on], (), relation=True)
            if True not in outcomes or any(isinstance(one, str) for one in outcomes):
                raise Refused(f"is supposed on scope {on}, where it does not hold")
            supposed.names = [on]
            return scope
        scope, _ = next(iter(self.readable(tex, supposed.names)))
        supposed.names, supposed.conditions = [scope], (*supposed.conditions, tex)
        return scope

    def is_sign(self, tex: str) -> bool:
        """Whether it is the name of a function, or a sign of the notation."""
        return "".join(tex.split()).rstrip("'") in self._signs

    def is_name(self, tex: str, names: list[str]) -> bool:
        """Whether it names symbols without their subscript, h for h_t."""
        chapters = {
            getattr(scope, "chapter", "") for name in names if name in self.scopes for scope in self.scopes[name]
        }
        entries = (entry for chapter in chapters for entry in self.symbols.within(chapter).entries.values())
        return any(entry.tex.startswith((f"{tex.strip()}_", f"{tex.strip()}^")) for entry in entries)

    def is_count(self, tex: str) -> bool:
        """Whether it speaks of indices, sizes and whole numbers only."""
        indices = self.symbols.indices
        known = {*self.symbols.sizes, *indices["letters"], *indices.get("spoken", ()), indices.get("row", "t"), "t"}
        tex = re.sub(
            r"\d+\s*(?=[A-Z])", "", re.sub(r"(?<=[A-Z])_\{?\w\}?", "", tex)
        )  # 4H_f: the size of one of several
        parts = [
            Count.read(part) for part in re.split(r"=|\\neq?(?![A-Za-z])|,|\\(?:l?dots|le|ge|to)(?![A-Za-z])", tex)
        ]
        return all(part and part.letters <= known for part in parts)

    def readable(self, tex: str, names: list[str]) -> Iterator[tuple[str, list[Any]]]:
        """Those of the names whose chapter knows the symbols, at least one, and their scopes."""
        error, found = "the page names no scope to read it on: given: in the front matter", False
        for name in names:
            if name not in self.scopes:
                raise Refused(f"no scope is named {name!r}; there are: {self.scopes.names}")
            scopes = self.scopes[name]
            view = self.symbols.within(getattr(scopes[0], "chapter", ""))
            try:
                self.read |= evaluate.symbols_in(tex, view, scopes[0].sizes)
            except evaluate.EquationError as refused:
                error = str(refused)
                continue
            found = True
            yield name, scopes
        if not found:
            raise Refused(error)

    def outcomes(
        self, tex: str, names: list[str], conditions: tuple[str, ...], relation: bool
    ) -> tuple[str, list[bool | str | evaluate.NotApplicable]]:
        """What the scopes of the first name that can evaluate it say of a formula.

        True, in words what is wrong, or why it cannot be evaluated there.
        """
        last: tuple[str, list[bool | str | evaluate.NotApplicable]] = ("", [])
        for name, scopes in self.readable(tex, names):
            last = name, self.outcomes_on(scopes, tex, conditions, relation)
            if any(one is True or isinstance(one, str) for one in last[1]):
                break
        return last

    def outcomes_on(
        self, scopes: list[Any], tex: str, conditions: tuple[str, ...], relation: bool
    ) -> list[bool | str | evaluate.NotApplicable]:
        """The same on each of some scopes."""
        found: list[bool | str | evaluate.NotApplicable] = []
        for scope in scopes:
            try:
                for condition in conditions:
                    scope = self.supposing(scope, condition)
                (evaluate.check if relation else evaluate.compute)(tex, self.symbols, scope)
                found.append(True)
            except evaluate.NotApplicable as refused:
                found.append(refused)
            except evaluate.EquationError as refused:
                found.append(f"({scope.oracle}) {refused}")
            except (TypeError, ValueError) as refused:  # a gradient by what the model does not name; an inexact root
                found.append(evaluate.NotApplicable(str(refused)))
        return found

    def supposing(self, scope: Any, condition: str) -> Any:
        """The scope with a value put in."""
        (equality, *others) = _equalities(condition)
        if others or len(equality.sides) != 2 or not hasattr(scope, "supposing"):
            raise evaluate.NotApplicable(f"${condition}$ puts in no value")
        return scope.supposing(*evaluate.assigned(equality, self.symbols, scope))


def _equalities(tex):
    try:
        return parse(tex, alone=True)
    except evaluate.EquationError as error:
        raise Refused(f"cannot be read: {error}") from None


def _under(supposed):
    return f", given {' and '.join(f'${one}$' for one in supposed.conditions)}" if supposed.conditions else ""


def _names_of_functions(symbols: Any) -> Iterator[str]:
    for table in (symbols.functions, symbols.vector_functions, symbols.scalar_functions):
        for tex in table.values():
            yield "".join(tex.partition("#")[0].split()).rstrip("({")
