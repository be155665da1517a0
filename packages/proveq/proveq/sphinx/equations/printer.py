r"""Set the equation of a derivation from the line of Python that computes it.

The line's syntax tree is printed with the names of the symbol table, as an author would write it: `*` between arrays is
\odot, scalar factors and matrix products stand side by side, `g * g` is g_t^2, brackets stand where leaving them out
would change the meaning. An equation in which a sum runs over the last axis is written in elements, p_i rather than p.

Anything that is not known is an error: an equation is never guessed.
"""

import ast
from dataclasses import dataclass

from .assignments import Body, PrinterError
from .notation import Notation, runs_over_last_axis

__all__ = ["PrinterError", "Quoted", "Typeset", "typeset"]


@dataclass(frozen=True)
class Quoted:
    """A statement of the source, with its lines counted from 1."""

    name: str
    line: str
    lineno: int
    end_lineno: int


@dataclass(frozen=True)
class Typeset:
    """An equation set from code.

    Attributes
    ----------
    tex : str
        ``left = right``.
    symbol : str
        Name in the symbol table of the left-hand side; empty if a function's own `tex` override gave it.
    shape : str
        Its shape.
    line, path, lineno, end_lineno
        The statement, its file, and its lines counted from 1.
    substituted : tuple of Quoted
        The statements that were put into it, in the order of their lines.
    """

    tex: str
    symbol: str
    shape: str
    line: str
    path: str
    lineno: int
    end_lineno: int
    substituted: tuple = ()


def typeset(function, name, symbols, substitute=(), symbol=None):
    """Set one assignment of a function as an equation.

    Parameters
    ----------
    function : function
    name : str
        Name on the left: of a variable, of an attribute, or of the array whose elements are assigned. "return" is the
        returned value and needs `symbol`. The last assignment in the order of the lines is taken, "name@2" takes the
        second one; ``p = p.astype(...)`` and ``p = p.copy()`` do not count.
    symbols : equations.symbols.Symbols
    substitute : sequence of str
        Variables whose own assignments are put in their place; see `Body.inline`.
    symbol : str, optional
        Symbol to write on the left instead of the one that the code assigns to.

    Returns
    -------
    Typeset

    Raises
    ------
    PrinterError
        Naming file, line, code, and what cannot be printed.
    """
    body = Body(function)
    symbols = symbols.of(body.key)
    assignment = body.find(name)
    value, used = body.inline(assignment, substitute)
    notation = Notation(body, symbols, assignment)
    left = ast.Name(symbol) if symbol else assignment.target
    if left is None:
        notation.fail(assignment.value, "a returned value has no name; give the symbol to write on the left")
    ast.copy_location(left, assignment.value)
    entry = notation.lookup(left)
    if any(runs_over_last_axis(node) for node in ast.walk(value)) and not entry.scalar:
        if not entry.indexed:
            notation.fail(left, f"is a sum over the last axis; {entry.tex} would have to be `indexed`, or a scalar")
        notation.element = symbols.indices["element"]
    lhs, rhs = notation.set(left).tex, notation.set(value).tex
    if lhs == rhs:
        notation.fail(value, f"both sides are written {lhs}")
    quoted = (Quoted(one.name, one.line, one.lineno, one.end_lineno) for one in sorted(used, key=lambda one: one.order))
    place = (assignment.line, body.path, assignment.lineno, assignment.end_lineno)
    return Typeset(f"{lhs} = {rhs}", entry.name, entry.shape, *place, tuple(quoted))
