r"""Whether an equation, as the page prints it, holds on given numbers.

`check` reads the TeX (`grammar.lark` describes the notation) and computes every side of the equation on a scope.
A scope supplies the numbers; it is an object with

``name``, ``oracle``, ``tolerance``
    What to call it, by what it proves ("exact", "complex step"), and the residual that is allowed. Tolerance 0 means
    exact numbers: then nothing is converted to floating point, and entries must be equal.
``sizes``
    Mapping of the letters B, N, T, ... to numbers: limits of sums, and numbers in equations. "t", if it is there, is
    the scope's own time step, which makes h_{t+1} readable.
``chapter``
    Optional: the chapter of the symbol table whose symbols its equations are read with. Without one, only the shared
    symbols are known.
``value(name, step=None)``
    Number or array of a symbol, at a time step (from 1; None: the scope's own). KeyError if it has none.
``derivative(evaluate, by, index=None, step=None)``
    Derivative of ``evaluate(lookup)`` with respect to the symbol `by`. `evaluate` takes a ``lookup(name, step=None)``
    which returns perturbed values. The result has shape ``shape of by + shape of evaluate's result``; with an index, a
    tuple into the array of `by` as `value` returns it, only the latter.
``function(name)``
    Callable for "exp", "log", "tanh", "sigma", "sqrt" ..., on single numbers of the scope and on float or complex
    arrays, perturbed ones included; for other names ("softmax", from \operatorname) on whole arrays, and for "max" and
    "min" on the one-dimensional array of what they choose from. A function of several arguments gets an array for each,
    never a perturbed one, and returns an array or a tuple of them; it is asked for as the page writes it, without
    \operatorname: "cell", "cell^{[1]}", "overrightarrow{cell}". KeyError if it has none.
``ordered``
    Optional: whether <= means something on its numbers. Without it, on those with a tolerance.
``supposing(name, step, value)``
    Optional: the scope with a value put in where it arises, at a time step or, for None, wherever it does.
``shaped()``
    Optional: the scope with values of gradients that have the right shape and need not be right.
"""

import ast
import re
from dataclasses import dataclass

import numpy as np

from .arithmetic import alike
from .compare import excess, mismatch, residual
from .computation import Computation
from .errors import EquationError, NotApplicable
from .parse import parse
from .reading import Reading
from .table import normalise, sizes_of

__all__ = ["EquationError", "NotApplicable", "Residual", "assigned", "check", "compute", "misstated", "symbols_in"]

_SHAPE = re.compile(r"\([^()]*\)")
_FOR_ALL = " for all "


@dataclass(frozen=True)
class Residual:
    """How well an equation holds.

    Attributes
    ----------
    value : float or int
        Greatest residual of its equalities: 0 on exact scopes, otherwise the norm of the difference over the greater
        norm of the two sides. Of an inequality, what it is missed by.
    shapes : str
        Shape of the sides, per chain and per part of a tuple.
    symbols : frozenset of (str, str)
        Chapter and name of the symbols that were read.
    """

    value: float
    shapes: str
    symbols: frozenset = frozenset()


def check(tex, symbols, scope):
    r"""Evaluate both sides of every equality or inequality of a display and compare them.

    Parameters
    ----------
    tex : str
        The equation as the page prints it.
    symbols : equations.symbols.Symbols
        The symbol table.
    scope
        See the top of this module.

    Returns
    -------
    Residual

    Raises
    ------
    EquationError
        If the TeX cannot be read, names an unknown symbol, has shapes that do not fit, or does not hold. It carries the
        line and column in the TeX, and ``unreadable`` tells the first two from the others.
    NotApplicable
        If the scope lacks something that the equation needs, or the equation has no meaning for its sizes or numbers.
    """
    symbols = symbols.within(getattr(scope, "chapter", ""))
    values, shapes, used = [], [], set()
    for equality in parse(tex):
        computation = Computation(equality, symbols, scope)
        used |= {symbols.entries[name] for name in computation.reading.names}
        texts = [equality.text(side) for side in equality.sides]
        if {*equality.relations} != {"="} and not getattr(scope, "ordered", scope.tolerance > 0):
            raise NotApplicable(f"the numbers of scope {scope.name} have no order")
        with np.errstate(all="ignore"):
            try:
                sides, indices = _parted([computation.all_values(side) for side in equality.sides], computation)
            except ZeroDivisionError:
                raise equality.error("division by zero", equality.sides[0]) from None
            for place in range(len(sides) - 1):
                left, right = equality.sides[place : place + 2]
                relation = equality.relations[place]
                if normalise(texts[place]) == normalise(texts[place + 1]):
                    raise equality.error("both sides are the same: nothing can be checked", right, unreadable=True)
                a, b = sides[place], sides[place + 1]
                scale = None
                # Against a plain 0 there is nothing to be relative to but the terms that should cancel.
                if texts[place + 1] == "0":
                    b, scale = [value * 0 for value in a], scope.tolerance and computation.magnitude(left)
                elif texts[place] == "0":
                    a, scale = [value * 0 for value in b], scope.tolerance and computation.magnitude(right)
                number = "the equality" if relation == "=" else "the inequality"
                number = f"{number.removeprefix('the ')} {place + 1} of {len(sides) - 1}" if len(sides) > 2 else number
                pairs = [tuple(map(np.shape, pair)) for pair in zip(a, b)]
                # Of an inequality, a plain number stands beside every entry of an array.
                wrong = next((pair for pair in pairs if not _same_shape(*pair, one=relation != "=")), None)
                if wrong:
                    found = " and ".join(map(str, wrong))
                    raise equality.error(f"{number}: its sides have the shapes {found}", right)
                if relation == "=":
                    value, passed = residual(a, b, scope.tolerance, scale)
                else:
                    a, b = zip(*map(alike, zip(a, b)))
                    value, passed = excess(a, b, relation, scope.tolerance)
                if not passed:
                    message = mismatch(a, b, value, scope, indices, relation)
                    raise equality.error(f"{number} does not hold: {message}", right)
                values.append(value)
        for_all = f"{_FOR_ALL}{', '.join(computation.free)}" if computation.free else ""
        shapes += [f"{np.shape(part)}{for_all}" for part in sides[0][: len(sides[0]) // len(computation.indices)]]
    return Residual(max(values), "; ".join(shapes), frozenset((entry.chapter, entry.name) for entry in used))


def compute(tex, symbols, scope):
    r"""Compute every side of a formula: its symbols must exist, and their shapes fit.

    Parameters
    ----------
    tex : str
        May be one side alone.
    symbols : equations.symbols.Symbols
    scope
        See the top of this module.

    Returns
    -------
    tuple of int
        Shape of the first side, for the first values of its free indices.

    Raises
    ------
    EquationError, NotApplicable
        As for `check`.
    """
    symbols, shapes = symbols.within(getattr(scope, "chapter", "")), []
    scope = scope.shaped() if hasattr(scope, "shaped") else scope
    for equality in parse(tex, alone=True):
        try:
            computation = Computation(equality, symbols, scope)
        except EquationError as error:  # of a delta_{ij} by itself nothing says how far i and j run
            raise NotApplicable(str(error)) from None
        with np.errstate(all="ignore"):
            for side in equality.sides:
                try:
                    shapes.append(np.shape(computation.all_values(side)[0]))
                except ZeroDivisionError:
                    raise NotApplicable("division by zero") from None
    return shapes[0]


def symbols_in(tex, symbols, sizes=()):
    """Chapter and name of the symbols in a formula, which one side may be.

    Parameters
    ----------
    tex : str
    symbols : equations.symbols.Symbols
        What the chapter sees that the formula belongs to.
    sizes : collection of str, optional
        Letters that stand for numbers.

    Returns
    -------
    set of (str, str)

    Raises
    ------
    EquationError
        If the formula cannot be read, or names an unknown symbol.
    """
    names = {name for equality in parse(tex, alone=True) for name in Reading(equality, symbols, sizes).names}
    return {(symbols.entries[name].chapter, name) for name in names}


def assigned(equality, symbols, scope):
    """Name, step and value that an equality puts in, its left side being one symbol.

    Parameters
    ----------
    equality : equations.parse.Equality
    symbols : equations.symbols.Symbols
    scope
        See the top of this module.

    Returns
    -------
    name : str
    step : int or None
        None for a symbol that stands for its value at every step.
    value : number or ndarray

    Raises
    ------
    NotApplicable
        If the left side is no such symbol.
    """
    symbols = symbols.within(getattr(scope, "chapter", ""))
    computation = Computation(equality, symbols, scope)
    left, right = equality.sides
    reference = computation.reading.references.get(id(left))
    if reference is None or reference.kind != "symbol" or reference.row or reference.index or reference.powers:
        raise NotApplicable(f"{equality.text(left)} is no symbol whose value could be put in")
    if computation.free:
        raise NotApplicable(f"{equality.text(right)} has a free index")
    step = computation.elements.count(reference.step, {})
    return reference.name, step, computation.value(right, {}, computation.frame)


def misstated(stated, residual, sizes):
    """What is wrong with the shape that an equation states, given the shapes of its sides; "" if nothing is.

    Each shape in the text belongs to one chain of the display, a single one to all of them. Of sides that are written
    with fewer axes those of one entry are left out; chains written in elements are not compared.
    """
    found = residual.shapes.split("; ")
    written = _SHAPE.findall(stated)
    if written and len(written) not in (1, len(found)):
        return f"states {len(written)} shapes, {stated}, for {len(found)} equations"
    for shape, text in zip(written * len(found) if len(written) == 1 else written, found):
        # A scope that says nothing of examples has one.
        expected = sizes_of(shape, {"B": 1, **sizes})
        if None in expected:
            return f"states the shape {shape}, with a letter of which the scope knows no size"
        if _FOR_ALL in text:
            continue
        actual = ast.literal_eval(text)
        if len(expected) != len(actual):
            expected, actual = ([size for size in axes if size != 1] for axes in (expected, actual))
        if list(expected) != list(actual):
            known = ", ".join(f"{letter} = {size}" for letter, size in sizes.items() if letter in shape)
            return f"states the shape {shape}, with {known or 'no sizes'}; its sides have {text}"
    return ""


def _parted(sides, computation):
    """The values of sides, of tuples each part for itself, and what to call them in messages."""
    counts = [len(side[0]) if isinstance(side[0], tuple) else 0 for side in sides]
    if not any(counts):
        return sides, computation.indices
    place = next((place for place, count in enumerate(counts) if count != counts[0]), None)
    if place is not None:
        found = " and ".join("one value" if not count else f"{count} values" for count in (counts[0], counts[place]))
        raise computation.equality.error(f"its sides have {found}", computation.equality.sides[place])
    names = [", ".join(filter(None, [one, f"part {n + 1}"])) for one in computation.indices for n in range(counts[0])]
    return [[part for parts in side for part in parts] for side in sides], names


def _same_shape(a, b, one=False):
    return a == b or {a, b} == {(), (1, 1)} or (one and () in (a, b))
