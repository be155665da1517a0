"""Small errors, put one at a time into lines of Python: of arithmetic, of indices, of conditions.

Strings, annotations and imports are left alone: what a message says is no mistake of a computation.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .mutant import Edit

__all__ = ["mutations"]

_OPERATORS = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "/"),
    ast.Mod: ("%", "//"),
    ast.Pow: ("**", "*"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
}
_COMPARISONS = {
    ast.Lt: ("<", ("<=", ">=")),
    ast.LtE: ("<=", ("<", ">")),
    ast.Gt: (">", (">=", "<=")),
    ast.GtE: (">=", (">", "<")),
    ast.Eq: ("==", ("!=",)),
    ast.NotEq: ("!=", ("==",)),
    ast.Is: ("is", ("is not",)),
    ast.IsNot: ("is not", ("is",)),
    ast.In: ("in", ("not in",)),
    ast.NotIn: ("not in", ("in",)),
}
_NAMES = {"min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum", "any": "all", "all": "any"}
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def mutations(source: str) -> Iterator[Edit]:
    """The source with one small thing changed.

    An operator, a comparison, a condition turned round; a factor, a term, a sign, a transpose dropped; an index one
    earlier; a number one more; a name replaced by another of the function that differs in one letter; two arguments of
    a call exchanged.
    """
    tree, at = ast.parse(source), _Places(source)
    seen = set()
    for node, names in _computing(tree, frozenset()):
        for edit in _of(node, names, source, at):
            if (edit.start, edit.end, edit.new) not in seen:
                seen.add((edit.start, edit.end, edit.new))
                yield edit


class _Places:
    """Offsets in a text from the lines and bytes that a syntax tree gives."""

    def __init__(self, source: str):
        self._lines = source.splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))

    def _offset(self, line: int, column: int) -> int:
        return self._starts[line - 1] + len(self._lines[line - 1].encode()[:column].decode())

    def start(self, node: ast.expr) -> int:
        return self._offset(node.lineno, node.col_offset)

    def end(self, node: ast.expr) -> int:
        return self._offset(node.end_lineno, node.end_col_offset)


def _computing(node: ast.AST, names: frozenset[str]) -> Iterator[tuple[ast.AST, frozenset[str]]]:
    """The nodes that compute something, each with the names in its function."""
    if isinstance(node, _FUNCTIONS):
        names = frozenset(name for one in ast.walk(node) if (name := _own(one)))
    yield node, names
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "bases", "exc", "type_params", "targets", "target"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr | ast.Import | ast.ImportFrom):
                yield from _computing(child, names)


def _identifier(node: ast.AST) -> str | None:
    """The name of a variable, or with a dot before it that of an attribute."""
    if isinstance(node, ast.Name):
        return node.id
    return f".{node.attr}" if isinstance(node, ast.Attribute) else None


def _own(node: ast.AST) -> str | None:
    """The name of an argument, of a variable that is assigned, or of an attribute."""
    if isinstance(node, ast.arg):
        return node.arg
    return None if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) else _identifier(node)


def _of(node: ast.AST, names: frozenset[str], source: str, at: _Places) -> Iterator[Edit]:
    match node:
        case ast.BinOp(left=left, op=operator, right=right):
            yield from _of_operation(node, left, operator, right, source, at)
        case ast.AugAssign(target=target, op=ast.Add() | ast.Sub() as operator, value=value):
            sign, other = _OPERATORS[type(operator)]
            yield _between(at.end(target), at.start(value), f"{sign}=", f"{other}=", source, "sign")
        case ast.UnaryOp(op=ast.USub(), operand=operand) if not isinstance(operand, ast.Constant):
            yield Edit(at.start(node), at.start(node) + len("-"), "", "sign")
        case ast.UnaryOp(op=ast.Not()):
            yield Edit(at.start(node), at.start(node) + len("not"), "", "condition")
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            sign, others = _COMPARISONS[type(operator)]
            for other in others:
                yield _between(at.end(left), at.start(right), sign, other, source, f"{sign} -> {other}")
        case ast.BoolOp(op=operator, values=[first, second, *_]):
            sign, other = ("and", "or") if isinstance(operator, ast.And) else ("or", "and")
            yield _between(at.end(first), at.start(second), sign, other, source, f"{sign} -> {other}")
        case ast.Constant(value=bool(value)):
            yield Edit(at.start(node), at.end(node), str(not value), "constant")
        case ast.Constant(value=int(value)):
            yield Edit(at.start(node), at.end(node), str(value + 1), "constant")
        case ast.Constant(value=float(value)):
            yield Edit(at.start(node), at.end(node), repr(2 * value or 1.0), "constant")
        case ast.Attribute(value=value, attr="T"):
            yield Edit(at.end(value), at.end(node), "", "transpose")
        case ast.Subscript(slice=part):
            for index in part.elts if isinstance(part, ast.Tuple) else [part]:
                if isinstance(index, ast.Name):
                    yield Edit(at.end(index), at.end(index), " - 1", "index")
        case ast.If(test=test) | ast.IfExp(test=test) if isinstance(test, ast.Name | ast.Call | ast.Attribute):
            yield Edit(at.start(test), at.end(test), f"not {source[at.start(test) : at.end(test)]}", "condition")
        case ast.Call(args=[ast.Name() | ast.Attribute() as first, ast.Name() | ast.Attribute() as second, *_]):
            a, b = (source[at.start(one) : at.end(one)] for one in (first, second))
            between = source[at.end(first) : at.start(second)]
            yield Edit(at.start(first), at.end(second), f"{b}{between}{a}", "arguments exchanged")
    name = _identifier(node)
    if name and isinstance(node.ctx, ast.Load):
        other = _NAMES.get(name.lstrip(".")) or _alike(name, names).lstrip(".")
        if other:
            end = at.end(node)
            yield Edit(end - len(name.lstrip(".")), end, other, f"{name.lstrip('.')} -> {other}")


def _of_operation(node, left, operator, right, source, at):
    if type(operator) in _OPERATORS:
        sign, other = _OPERATORS[type(operator)]
        yield _between(at.end(left), at.start(right), sign, other, source, f"{sign} -> {other}")
    if isinstance(operator, ast.Add | ast.Sub | ast.Mult | ast.Div):
        what = "term left out" if isinstance(operator, ast.Add | ast.Sub) else "factor dropped"
        # With the bracket that may stand around a part: what is left must still be one.
        yield Edit(at.start(node), at.end(node), f"({source[at.start(left) : at.end(left)]})", what)
        if not isinstance(operator, ast.Div | ast.Sub):
            yield Edit(at.start(node), at.end(node), f"({source[at.start(right) : at.end(right)]})", what)


def _between(start: int, end: int, sign: str, other: str, source: str, change: str) -> Edit:
    """A sign between two parts replaced."""
    pattern = r"\s+".join(map(re.escape, sign.split()))
    found = re.compile(rf"(?<![*/<>=!]){pattern}").search(source, start, end)
    return Edit(found.start(), found.end(), other, change)


def _alike(name: str, names: frozenset[str]) -> str:
    """The next of the names that differ from one of them in a single letter; "" if there is none."""
    if name not in names or name == ".T":
        return ""
    same = (one for one in names - {".T"} if len(one) == len(name) and one.startswith(".") == name.startswith("."))
    others = sorted(one for one in same if sum(a != b for a, b in zip(one, name)) == 1)
    return next((one for one in others if one > name), others[0] if others else "")
