"""Find the assignments of a function in its source, and inline one into another."""

import ast
import copy
import difflib
import inspect
import linecache
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["Assignment", "Body", "PrinterError"]

_BOOKKEEPING = ("astype", "copy")


class PrinterError(ValueError):
    """A line of code cannot be set as an equation; the message names file, line and code."""

    def __init__(self, path, lineno, code, message):
        self.path, self.lineno, self.code = path, lineno, code
        super().__init__(f"{path}:{lineno}: `{code}`: {message}")


@dataclass(frozen=True)
class Assignment:
    """One assignment, or one return: what is assigned to, the value, the statement's lines (from 1), and its rank.

    `always` is false where it depends on a condition or stands in a loop.
    """

    name: str
    target: ast.expr | None
    value: ast.expr
    line: str
    lineno: int
    end_lineno: int
    order: int
    always: bool = True


class Body:
    """The assignments of a function, in the order of its lines.

    Parameters
    ----------
    function : function
        Its source must be at hand: in a file, or registered with `linecache`.
    """

    def __init__(self, function):
        function = inspect.unwrap(function)
        if not inspect.isfunction(function):
            raise PrinterError("<unknown>", 0, repr(function), "is not a Python function")
        self.key = f"{function.__module__}:{function.__qualname__}"
        self.modules = {name for name, value in function.__globals__.items() if inspect.ismodule(value)}
        self.path = inspect.getsourcefile(function) or function.__code__.co_filename
        linecache.checkcache(self.path)
        self._lines = linecache.getlines(self.path, function.__globals__)
        self.assignments = []
        self._order = 0
        self._always = True
        self._collect(self._definition(function).body)

    def _definition(self, function):
        first = function.__code__.co_firstlineno
        for node in _functions("".join(self._lines)):
            if node.name == function.__name__:
                if first in (node.lineno, *(decorator.lineno for decorator in node.decorator_list)):
                    return node
        raise PrinterError(
            self.path, first, f"def {function.__name__}", "its source is not there, or has changed since"
        )

    def _collect(self, statements):
        for node in statements:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                continue
            self._order += 1
            self._add(node)
            before, self._always = self._always, self._always and isinstance(node, ast.With)
            for block in ("body", "handlers", "orelse", "finalbody", "cases"):
                self._collect(getattr(node, block, []))
            self._always = before

    def _add(self, node):
        if isinstance(node, ast.Return) and node.value is not None:
            self._keep(node, "return", None, node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self._target(node, node.target, node.value)
        elif isinstance(node, ast.AugAssign):
            before = copy.deepcopy(node.target)
            before.ctx = ast.Load()
            self._target(node, node.target, ast.copy_location(ast.BinOp(before, node.op, node.value), node))
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self._target(node, target, node.value)

    def _target(self, node, target, value):
        if isinstance(target, (ast.Tuple, ast.List)):
            apart = isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts)
            apart = apart and not any(isinstance(part, ast.Starred) for part in (*target.elts, *value.elts))
            for position, element in enumerate(target.elts):
                part = ast.copy_location(ast.Subscript(value, ast.Constant(position)), value)
                self._target(node, element, value.elts[position] if apart else part)
        else:
            base = target
            while isinstance(base, ast.Subscript):
                base = base.value
            self._keep(node, base.attr if isinstance(base, ast.Attribute) else ast.unparse(base), target, value)

    def _keep(self, node, name, target, value):
        # `p = p.astype(...)` prepares the result for the caller and says nothing about how it is derived.
        called = value.func if isinstance(value, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr in _BOOKKEEPING and target is not None:
            if ast.unparse(called.value) == ast.unparse(target):
                return
        first, *others = self._text(node).splitlines()
        others = [text[min(node.col_offset, len(text) - len(text.lstrip())) :] for text in others]
        line = "\n".join([first, *others])
        place = (line, node.lineno, node.end_lineno, self._order, self._always)
        self.assignments.append(Assignment(name, target, value, *place))

    def _text(self, node):
        # As `ast.get_source_segment`, which splits the whole file into lines for each statement; columns are of bytes.
        lines = [line.encode() for line in self._lines[node.lineno - 1 : node.end_lineno]]
        lines[-1] = lines[-1][: node.end_col_offset]
        lines[0] = lines[0][node.col_offset :]
        return b"".join(lines).decode()

    def find(self, wanted, before=None):
        """Last assignment to a name that does more than read it back, or the k-th for "name@k".

        `before` limits it to those earlier than another one.
        """
        name, _, count = wanted.partition("@")
        named = [assignment for assignment in self.assignments if assignment.name == name]
        if before is not None:
            named = [assignment for assignment in named if assignment.order < before.order]
        # `d_m = t.d_m` reads a value back under its own name and says nothing about how it is derived.
        if not count:
            named = [assignment for assignment in named if not _reads_back(assignment)] or named
        if count and not (count.isdigit() and 1 <= int(count) <= len(named)):
            self._missing(before, wanted, f"`{name}` is assigned {len(named)} times")
        if not named:
            known = sorted({assignment.name for assignment in self.assignments})
            near = difflib.get_close_matches(name, known, 3) or known
            self._missing(before, wanted, f"nothing is assigned to it; assigned are {', '.join(near)}")
        return named[int(count) - 1 if count else -1]

    def _missing(self, before, wanted, message):
        line = before.lineno if before else self.assignments[0].lineno if self.assignments else 0
        where = f" before line {before.lineno}" if before else ""
        raise PrinterError(self.path, line, wanted, f"in {self.key}{where}: {message}")

    def inline(self, assignment, names):
        """Value of an assignment, with other assignments put in the place of their names.

        Parameters
        ----------
        assignment : Assignment
        names : sequence of str
            Each stands for the last assignment to it before the line in which it is used; "name@k" for the k-th.
            They are put into one another as well. The order is that of the lines: loops are not followed.

        Returns
        -------
        value : ast.expr
        used : list of Assignment
            Those put in.

        Raises
        ------
        PrinterError
            If one does not occur or is not assigned as a whole, or if what it was made of has changed between its
            line and the one it is put into.
        """
        inliner = _Inliner(self, {name.partition("@")[0]: name for name in names})
        value = inliner.put(assignment)
        for name in names:
            if name.partition("@")[0] not in {one.name for one in inliner.used}:
                raise PrinterError(
                    self.path, assignment.lineno, assignment.line, f"`{name}` to substitute does not occur"
                )
        return value, inliner.used

    def assigns(self, target):
        """Whether something is assigned to exactly this."""
        text = ast.unparse(target)
        return any(one.target is not None and ast.unparse(one.target) == text for one in self.assignments)

    def changed(self, name, start, end):
        """Whether a name is assigned after one assignment and before another."""
        return any(one.name == name and start.order < one.order < end.order for one in self.assignments)


@lru_cache(maxsize=32)
def _functions(source):
    """The functions of a file; every equation that is set from it asks for them."""
    try:
        return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    except SyntaxError:
        return []


def _reads_back(assignment):
    value, target = assignment.value, assignment.target
    return isinstance(target, ast.Name) and isinstance(value, ast.Attribute) and value.attr == target.id


class _Inliner(ast.NodeTransformer):
    def __init__(self, body, names):
        self.body, self.names, self.used, self.within = body, names, [], []

    def put(self, assignment):
        self.within.append(assignment)
        value = self.visit(copy.deepcopy(assignment.value))
        self.within.pop()
        return value

    def visit_Name(self, node):
        return self._put_in(node, node.id)

    def visit_Attribute(self, node):
        # `t.f` that a line `t.f = ...` assigned; `trace.f` is another value, even where there is an `f`.
        if isinstance(node.value, ast.Name) and node.attr in self.names and self.body.assigns(node):
            return self._put_in(node, node.attr)
        return self.generic_visit(node)

    def _put_in(self, node, name):
        if name not in self.names:
            return node
        found = self.body.find(self.names[name], before=self.within[-1])
        if ast.unparse(found.target) != ast.unparse(node):
            self.fail(f"`{name}` to substitute is not assigned as a whole in `{found.line}`")
        for inner in ast.walk(found.value):
            # Names that are put in themselves are taken as they stood at `found`; the others must still mean the same.
            if isinstance(inner, ast.Name | ast.Attribute):
                read = inner.id if isinstance(inner, ast.Name) else inner.attr
                if read not in self.names and self.body.changed(read, found, self.within[0]):
                    self.fail(f"`{read}` has changed since `{found.line}`, which is to be substituted")
        if found not in self.used:
            self.used.append(found)
        return self.put(found)

    def fail(self, message):
        raise PrinterError(self.body.path, self.within[0].lineno, self.within[0].line, message)
