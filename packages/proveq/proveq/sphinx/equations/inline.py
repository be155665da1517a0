r"""Inline formulas: read by the notation of the displays, and evaluated on the numbers of their page.

`$...$` is a claim as soon as it relates two sides, `$c_t = f_t \odot c_{t-1} + i_t \odot g_t$`: it must hold on the
scope of its page, or on the first of those that the page names beside it (front matter `also-given: a, b`) which knows
its symbols. A formula with one side claims that its symbols exist and that their shapes fit. A relation between
indices, `$i = j$`, is a condition and claims nothing. One between numbers or sizes does claim something.

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
from dataclasses import dataclass
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxRole

from . import evaluate
from .domain import Inline, Page, Problem
from .parse import parse
from .references import Count

__all__ = ["ROLES", "InlineRole", "Judge", "Refused", "collect"]

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
#: Of a size: which of several it is, as in H_f, and how often it is taken, as in 4H.
_OF_ONE, _TIMES = re.compile(r"(?<=[A-Z])_\{?\w\}?"), re.compile(r"\d+\s*(?=[A-Z])")
_RELATION = re.compile(r",?\s*\\l?dots\s*,?|=|\\neq?(?![A-Za-z])|,|<|>|\\(?:leq?|geq?|to)(?![A-Za-z])")
_ON_SCOPE = re.compile(r"(.*?)\s+@\s*([\w-]+)\s*", re.DOTALL)


class InlineRole(SphinxRole):
    """A formula with a word on what it claims."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        found = _ON_SCOPE.fullmatch(self.text)
        tex, on = found.groups() if found else (self.text, "")
        return [nodes.math(self.rawtext, tex, **{MARK: self.name, "on": on})], []


def collect(
    doctree: nodes.document, at: dict[int, tuple[int, int]], docname: str, judge: Judge, names: list[str], page: Page
) -> dict[int, str]:
    """Read and evaluate the inline formulas of the page just read; `at` is where each of them stands.

    The state of each is returned by the `id` of its node.
    """
    block, supposed, states = None, Supposed(names), {}
    for node in doctree.findall(nodes.math):
        if node.parent is not block:
            block, supposed = node.parent, Supposed(names)
        tex, (line, column) = node.astext(), at[id(node)]
        try:
            state, scope = judge.of(tex, node.get(MARK, ""), node.get("on", ""), supposed)
        except Refused as refused:
            page.problems.append(Problem(docname, line, f"column {column}, ${tex}$: {refused}"))
        else:
            states[id(node)] = state
            page.inline.append(Inline(tex=tex, line=line, state=state, scope=scope))
    return states


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
        chapters = {getattr(scope, "chapter", "") for name in names for scope in self.made(name)}
        entries = (entry for chapter in chapters for entry in self.symbols.within(chapter).entries.values())
        return any(entry.tex.startswith((f"{tex.strip()}_", f"{tex.strip()}^")) for entry in entries)

    def is_count(self, tex: str) -> bool:
        """Whether it is an index, a size or a whole number, or says which values an index has."""
        indices = self.symbols.indices
        steps = {*indices["letters"], *indices.get("spoken", ()), *filter(None, [indices.get("row")]), "t"}
        sizes = _OF_ONE.sub("", tex)
        parts = [Count.read(_TIMES.sub("", part)) for part in _RELATION.split(sizes)]
        if not all(part and part.letters <= steps | set(self.symbols.sizes) for part in parts):
            return False
        return len(parts) == 1 or any(part.letters & steps for part in parts)

    def made(self, name: str) -> list[Any]:
        """The scopes of a name."""
        if name not in self.scopes:
            raise Refused(f"no scope is named {name!r}; there are: {self.scopes.names}")
        try:
            return self.scopes[name]
        except Exception as error:  # what a scope runs is the author's own
            raise Refused(f"scope {name} cannot be made: {type(error).__name__}: {error}") from None

    def readable(self, tex: str, names: list[str]) -> Iterator[tuple[str, list[Any]]]:
        """Those of the names whose chapter knows the symbols, at least one, and their scopes."""
        error, found = "there is nothing to read it on: given: in the front matter names a scope", False
        for name in names:
            scopes = self.made(name)
            for scope in scopes[:1]:
                view = self.symbols.within(getattr(scope, "chapter", ""))
                try:
                    self.read |= evaluate.symbols_in(tex, view, scope.sizes)
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
            except Exception as refused:  # a gradient by what the model does not name; an inexact root
                said = f"{type(refused).__name__}: {refused}"
                found.append(f"({scope.oracle}) {said}" if relation else evaluate.NotApplicable(said))
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
