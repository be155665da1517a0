"""Expressions that the sentences of a page name, evaluated in the page's kernel.

A sentence asks for a number, ``{value}`loss:.2f```, or shows what it claims, ``{shown}`last < first```. What a page
asks stands in the environment of its kernel, which loads this module as an extension of IPython. An expression is
evaluated after the cells above its sentence; while a name of it is not known yet, after the next cell in which it is.
The answers are an output of that cell.
"""

from __future__ import annotations

import ast
import json
import os
from fractions import Fraction
from typing import Any

import numpy as np

__all__ = ["ASKED", "STREAM", "answer", "load_ipython_extension"]

ASKED = "PROVEQ_ASKED"
#: A stream of this name is an output that no page shows; data would be one more figure of a cell that is a figure.
STREAM = "proveq-answers"
#: A printed number must stand if the computed one were off by this share of it.
MARGIN = 1e-9
_OPERATORS = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}


class _Refused(Exception):
    """What is wrong with an expression or its value."""


def answer(asked: dict[str, Any], names: dict[str, Any]) -> dict[str, Any] | None:
    """Evaluate one expression.

    Parameters
    ----------
    asked : dict
        "kind": "value", "shown" or "typed"; "expression"; of a value its "format", of what is typed its "number".
    names : dict
        The names of the kernel. Not changed.

    Returns
    -------
    dict or None
        "text", what a value prints, or "" for what holds; "refused", what is wrong. None if a name is not known yet.
    """
    try:
        try:
            found = eval(compile(asked["expression"], "<sentence>", "eval"), {**names})
        except NameError:
            return None
        if asked["kind"] == "value":
            return {"text": _printed(found, asked["format"])}
        if asked["kind"] == "typed":
            _equal(found, asked["number"])
        else:
            _true(found, asked["expression"], names)
        return {"text": ""}
    except _Refused as refused:
        return {"refused": str(refused)}
    except Exception as error:  # the expression is the author's own
        return {"refused": f"{type(error).__name__}: {error}"}


def _printed(found, spec):
    if isinstance(found, str) and not spec:
        return found
    found = _number(found)
    if not spec and not isinstance(found, (int, Fraction)):
        raise _Refused(f"{found!r} is no whole number: say how many digits, as in {{value}}`x:.3f`")
    if spec and isinstance(found, Fraction):
        found = float(found)
    text = format(found, spec)
    if isinstance(found, float):
        for moved in (found * (1 - MARGIN), found * (1 + MARGIN)):
            if format(moved, spec) != text:
                raise _Refused(f"{found!r} lies where {spec} rounds up or down: ask for other digits")
    return _typeset(text)


def _typeset(text):
    """A number as a sentence prints it, 2e-05 as 2e-5, with a minus sign.

    >>> _typeset("-2e-05")
    '−2e−5'
    """
    mantissa, mark, exponent = text.partition("e")
    return f"{mantissa}{mark}{int(exponent) if mark else ''}".replace("-", "−")


def _number(found):
    if isinstance(found, np.ndarray) or hasattr(found, "__jax_array__") or hasattr(found, "aval"):
        if np.size(found) != 1:
            raise _Refused(f"is an array of shape {np.shape(found)}, not one number")
        found = np.asarray(found).item()
    if isinstance(found, np.generic):
        found = found.item()
    if isinstance(found, bool) or not isinstance(found, (int, float, Fraction)):
        raise _Refused(f"is no number but {found!r:.60}")
    if isinstance(found, float) and not np.isfinite(found):
        raise _Refused(f"is {found}")
    return found


def _equal(found, number):
    found, typed = _number(found), Fraction(number.replace("−", "-"))
    close = abs(float(found) - float(typed)) <= MARGIN * abs(float(typed))
    if not (found == typed or (isinstance(found, float) and close)):
        raise _Refused(f"the sentence has {number}, the run {found!r}")


def _true(found, expression, names):
    truth = np.asarray(found)
    if truth.dtype != bool or truth.size == 0:
        raise _Refused(f"is neither true nor false but {found!r:.60}")
    if not truth.all():
        raise _Refused(f"does not hold{_sides(ast.parse(expression, mode='eval').body, names)}")


def _sides(node, names):
    """The values that a comparison has compared, of several joined by `and` those of the first that fails."""
    if isinstance(node, ast.BoolOp):
        for part in node.values:
            if not np.all(eval(ast.unparse(part), {**names})):
                return _sides(part, names)
    if not (isinstance(node, ast.Compare) and all(type(operator) in _OPERATORS for operator in node.ops)):
        return ""
    parts = [f"{eval(ast.unparse(side), {**names})!r:.60}" for side in (node.left, *node.comparators)]
    signs = [_OPERATORS[type(operator)] for operator in node.ops]
    return ": " + " ".join([parts[0], *(f"{sign} {part}" for sign, part in zip(signs, parts[1:]))])


def load_ipython_extension(shell: Any) -> None:
    """Answer after every cell what can be answered by then.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
    """
    pending, run = json.loads(os.environ.pop(ASKED, "[]")), [0]

    def after(result: Any) -> None:
        if not result.info.store_history:  # a line that prepares the kernel, no cell
            return
        run[0] += 1
        if not result.success:
            return
        answers = []
        for asked in [one for one in pending if one["after"] <= run[0]]:
            found = answer(asked, shell.user_ns)
            if found is not None:
                pending.remove(asked)
                answers.append({"place": asked["place"], **found})
        if answers:
            publisher, content = shell.display_pub, {"name": STREAM, "text": json.dumps(answers)}
            publisher.session.send(publisher.pub_socket, "stream", content, parent=publisher.parent_header)

    shell.events.register("post_run_cell", after)
