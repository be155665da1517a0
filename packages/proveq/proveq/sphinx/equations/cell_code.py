"""What in the code of a cell would let a check pass unseen.

A cell fails by an exception that reaches its end. What keeps it from there is refused: a statement that an optimising
interpreter drops, commands of the shell and magics, whose failure is an exit status; what nobody waits for; handlers
that catch a failed check; an early exit; a check that is bound to another function.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from IPython.core.inputtransformer2 import TransformerManager

__all__ = ["doubts"]

#: Exceptions among which a failed check would be.
CATCH_ALL = {"Exception", "BaseException", "AssertionError", "CheckFailed"}
EXITS = {"exit", "quit", "sys.exit", "os._exit"}
SHELL = {"os.system", "os.popen", "subprocess.call", "subprocess.getoutput", "subprocess.getstatusoutput"}
SUPPRESS = {"suppress", "contextlib.suppress"}
ASYNCHRONOUS = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
#: The package whose functions are the checks.
CHECKS = "proveq"


def doubts(sources: Iterable[str]) -> list[tuple[str, ...]]:
    """What is to be said of each of a page's cells, in their order.

    Parameters
    ----------
    sources : iterable of str
        The cells' code, as the author writes it.

    Returns
    -------
    list of tuple of str
    """
    found, checks = [], set()
    for source in sources:
        try:
            tree = ast.parse(TransformerManager().transform_cell(source))
        except SyntaxError:  # the cell cannot have run, and is reported for that
            found.append(())
            continue
        imported = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == CHECKS
            for alias in node.names
        }
        checks |= imported
        found.append(tuple(dict.fromkeys(_doubts(tree, checks))))
    return found


def _doubts(tree: ast.AST, checks: set[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            yield "bare assert; use a check which raises whatever the interpreter's flags"
        elif isinstance(node, ASYNCHRONOUS):
            yield "asynchronous code: what nobody awaits fails unseen"
        elif isinstance(node, ast.Call):
            yield from _doubtful_call(node)
        elif isinstance(node, ast.ExceptHandler):
            caught = _caught(node.type)
            if caught is None or caught & CATCH_ALL:
                named = ", ".join(sorted(caught & CATCH_ALL)) if caught else "everything"
                yield f"except: catches {named}, a failed check among it; name the error, or use must_fail"
        elif isinstance(node, ast.Expr) and _name(node.value) == "subprocess.run":
            if not any(one.arg == "check" and _is_true(one.value) for one in node.value.keywords):
                yield "subprocess.run without check=True: its failure is an exit status that nobody reads"
        elif isinstance(node, ast.If | ast.While) and isinstance(node.test, ast.Constant) and not node.test.value:
            yield f"{ast.unparse(node).splitlines()[0]} nothing below it runs"
        for name in _bound(node) & checks:
            yield f"{name} is a check, and is bound to something else here"


def _doubtful_call(node):
    name = _name(node)
    if name.startswith("get_ipython()"):
        yield "a magic or a command of the shell: its failure does not fail the cell; use subprocess.run(check=True)"
    elif name in SHELL:
        yield f"{name}: its failure is an exit status; use subprocess.run(check=True)"
    elif name in EXITS:
        yield f"{name}: what follows does not run"
    elif name in SUPPRESS and {_dotted(argument).rpartition(".")[2] for argument in node.args} & CATCH_ALL:
        yield "suppress: a failed check among it; name the error, or use must_fail"


def _name(node):
    return _dotted(node.func) if isinstance(node, ast.Call) else ""


def _dotted(node):
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return f"{_dotted(node.func)}()" if isinstance(node, ast.Call) else ""


def _caught(kind):
    """The names of the exceptions that a handler catches; None if it catches all."""
    if kind is None:
        return None
    parts = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return {_dotted(part).rpartition(".")[2] for part in parts}


def _is_true(node):
    return isinstance(node, ast.Constant) and node.value is True


def _bound(node):
    """The names that a node binds, imports aside."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
        return {node.id}
    if isinstance(node, ast.ImportFrom | ast.Import):
        foreign = not (isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == CHECKS)
        return {alias.asname or alias.name for alias in node.names} if foreign else set()
    return set()
