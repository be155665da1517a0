"""Write functions of NumPy as JavaScript, from their syntax trees, so that a page computes what the package computes.

A function becomes ``name(v) { v.z = ...; ...; return v; }``: its arguments come in as properties of ``v``, every value
that it assigns on the way to what is wanted is one more, and what it returns is ``v.result``. The operations are those
of an object ``n``, named as NumPy names them.

Only what the wanted values are made of is written. A line that cannot be written, that stands under a condition or in a
loop, or that changes a part of an array is an error: no line is guessed, and none is left out. A `return` under a
condition answers for arguments that need other care (object arrays, say) and is passed over, as what raises is.
"""

import ast
import inspect
from dataclasses import dataclass

from proveq.sphinx import Body

from lstmderiv.tape import Tape

__all__ = ["Program", "TranslationError"]

OPERATORS = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide", ast.MatMult: "matmul"}
FUNCTIONS = ("arange", "concatenate", "exp", "log", "max", "prod", "take_along_axis", "tanh")
METHODS = ("max", "reshape", "sum")
#: What prepares a result for the caller; numbers of JavaScript have one type.
IDENTITIES = ("astype", "copy")


class TranslationError(ValueError):
    """A line that cannot be written in JavaScript; the message names file, line and code."""


@dataclass(frozen=True)
class Written:
    """A function in JavaScript: the body's lines, and the arguments that they read."""

    lines: tuple
    arguments: tuple


class Program:
    """Functions to be written, with what is wanted of each.

    Parameters
    ----------
    checks : dict of function to int or str
        Functions that check their arguments and hand them on: the position of the one that is handed on, or "all".
    """

    def __init__(self, checks):
        self.checks = checks
        self._wanted, self._written = {}, {}

    def want(self, function, *names):
        """Have a function written, as far as these of its values need it."""
        name = function.__name__
        known, wanted = self._wanted.setdefault(name, (function, []))
        if known is not function:
            raise TranslationError(f"two functions are named {name}: {known.__module__} and {function.__module__}")
        wanted += [one for one in names if one not in wanted]

    def want_line(self, function, result, names):
        """Have one assignment of a function written as a function named as its result.

        Parameters
        ----------
        function : function
        result : str
        names : dict of str to str
            Code, as `ast.unparse` spells it, to the name by which it comes in.
        """
        body = Body(function)
        line = _Line(self, function, body, names)
        code = line.write(body.find(result).value)
        self._written[result] = Written((f"v.{result} = {code};",), tuple(sorted(line.uses)))

    def written(self, function):
        """The function in JavaScript, as far as it is wanted."""
        body = Body(function)
        needed, lines, met = set(self._wanted[function.__name__][1]), [], set()
        parameters, tape = list(inspect.signature(function).parameters), _tape_of(function)
        for assignment in reversed(body.assignments):
            name = assignment.name
            if name not in needed or (name == "return" and name in met):
                continue
            line = _Line(self, function, body, {}, tape)
            if not assignment.always:
                line.fail(assignment.value, "depends on a condition, or stands in a loop")
            if not (isinstance(assignment.target, ast.Name | None) or _on_tape(assignment.target, tape)):
                line.fail(assignment.value, f"changes a part of {name}")
            left, right = f"v.{'result' if name == 'return' else name}", line.write(assignment.value)
            if left != right:
                lines.insert(0, f"{left} = {right};")
            needed = (needed - {name}) | line.uses
            met.add(name)
        # What is read from the tape and not assigned is there already.
        parameters += sorted(needed - set(parameters)) if tape else []
        if missing := sorted(needed - set(parameters)):
            raise TranslationError(f"{body.key}: nothing is assigned to {', '.join(missing)}")
        return Written(tuple(lines), tuple(name for name in parameters if name in needed))

    def source(self):
        """All functions, as properties of an object `f` that they call each other by."""
        done, before = {}, None
        while before != (wanted := {name: tuple(names) for name, (_, names) in self._wanted.items()}):
            before = wanted  # writing one function may want more of another
            done = {name: self.written(self._wanted[name][0]) for name in wanted}
        every = {**done, **self._written}
        blocks = [
            f"  {name}(v) {{\n" + "".join(f"    {line}\n" for line in every[name].lines) + "    return v;\n  },\n"
            for name in sorted(every)
        ]
        return "const f = {\n" + "".join(blocks) + "};\n"


def _tape_of(function):
    """The argument on which a step reads and writes its values: in JavaScript these are properties of ``v``."""
    return next((name for name, one in inspect.signature(function).parameters.items() if one.annotation is Tape), None)


def _on_tape(node, tape):
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == tape


class _Line:
    """The right-hand side of one assignment; `uses` gathers the names that it reads."""

    def __init__(self, program, function, body, names, tape=None):
        self.program, self.function, self.body, self.names, self.tape = program, function, body, names, tape
        self.uses = set()

    def fail(self, node, message):
        raise TranslationError(f"{self.body.path}:{node.lineno}: `{ast.unparse(node)}`: {message}")

    def write(self, node):
        code = ast.unparse(node)
        if code in self.names:
            self.uses.add(self.names[code])
            return f"v.{self.names[code]}"
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            self.fail(node, f"{type(node).__name__} has no counterpart")
        return method(node)

    def _name(self, node):
        self.uses.add(node.id)
        return f"v.{node.id}"

    def _constant(self, node):
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            self.fail(node, "is not a number")
        return repr(node.value)

    def _list(self, node):
        return "[" + ", ".join(map(self.write, node.elts)) + "]"

    def _binop(self, node):
        if type(node.op) not in OPERATORS:
            self.fail(node, "the operator has no counterpart")
        return f"n.{OPERATORS[type(node.op)]}({self.write(node.left)}, {self.write(node.right)})"

    def _unaryop(self, node):
        if not isinstance(node.op, ast.USub):
            self.fail(node, "the operator has no counterpart")
        if isinstance(node.operand, ast.Constant):
            return f"-{self.write(node.operand)}"
        return f"n.negative({self.write(node.operand)})"

    def _compare(self, node):
        if len(node.ops) != 1 or not isinstance(node.ops[0], ast.Eq):
            self.fail(node, "only a single == has a counterpart")
        return f"n.equal({self.write(node.left)}, {self.write(node.comparators[0])})"

    def _attribute(self, node):
        if _on_tape(node, self.tape):
            self.uses.add(node.attr)
            return f"v.{node.attr}"
        inner = self.write(node.value)
        if node.attr == "real":
            return inner
        return f"n.transpose({inner})" if node.attr == "T" else f"{inner}.{node.attr}"

    def _subscript(self, node):
        of, index = node.value, node.slice
        if isinstance(of, ast.Attribute) and of.attr == "shape":
            if isinstance(index, ast.Slice) and index.lower is None and index.step is None:
                return f"{self.write(of)}.slice(0, {self.write(index.upper)})"
            return f"{self.write(of)}.at({self.write(index)})"
        if isinstance(of, ast.Call) and self._check(of) == "all":
            return self.write(of.args[index.value])
        parts = index.elts if isinstance(index, ast.Tuple) else [index]
        return f"n.index({self.write(of)}, [{', '.join(map(self._part, parts))}])"

    def _part(self, part):
        if isinstance(part, ast.Slice) and part.step is None:
            return "[" + ", ".join("null" if end is None else self.write(end) for end in (part.lower, part.upper)) + "]"
        if isinstance(part, ast.Constant) and part.value in (None, ...):
            return "null" if part.value is None else '"..."'
        return self.write(part)

    def _call(self, node):
        called = node.func
        if isinstance(called, ast.Attribute):
            module = isinstance(called.value, ast.Name) and called.value.id in self.body.modules
            if not module and called.attr in IDENTITIES:
                return self.write(called.value)
            if called.attr not in (FUNCTIONS if module else METHODS):
                self.fail(node, f"{called.attr} has no counterpart")
            given = [*([] if module else [self.write(called.value)]), *map(self.write, node.args)]
            if called.attr == "reshape":
                given = [given[0], f"[{', '.join(given[1:])}]"]
            options = ", ".join(f"{key.arg}: {self._option(key.value)}" for key in node.keywords)
            return f"n.{called.attr}({', '.join([*given, *([f'{{{options}}}'] if options else [])])})"
        position = self._check(node)
        if isinstance(position, int):
            return self.write(node.args[position])
        function = self._called(node)
        if not inspect.isfunction(function):
            self.fail(node, "is not a function that can be written")
        self.program.want(function, "return")
        arguments = self.program.written(function).arguments
        bound = inspect.signature(function).bind(*node.args, **{key.arg: key.value for key in node.keywords}).arguments
        given = ", ".join(f"{name}: {self.write(bound[name])}" for name in arguments)
        return f"f.{function.__name__}({{{given}}}).result"

    def _option(self, node):
        return str(node.value).lower() if isinstance(getattr(node, "value", None), bool) else self.write(node)

    def _called(self, node):
        return self.function.__globals__.get(node.func.id) if isinstance(node.func, ast.Name) else None

    def _check(self, node):
        return self.program.checks.get(self._called(node))
