"""The values of an equation's parts on the numbers of a scope."""

import itertools
import math
import re
from functools import partial, reduce

import numpy as np
from lark import Tree

from ...linear_algebra import largest_singular_value, squared_norm
from . import arithmetic
from .arithmetic import ShapeError
from .compare import norm
from .derivatives import differentiate
from .elements import Elements
from .errors import NotApplicable
from .reading import Reading
from .references import content, power

__all__ = ["Computation"]

_ELEMENTWISE = {"exp", "log", "tanh", "sinh", "cosh", "sigma", "sqrt"}
_ALIASES = {"ln": "log", "sigmoid": "sigma"}
_NAMED = re.compile(r"\\operatorname\{(\w+)\}")


class Computation:
    """Evaluates one equality.

    Parameters
    ----------
    equality : equations.parse.Equality
    symbols : equations.symbols.Symbols
    scope : see `equations.evaluate`

    Attributes
    ----------
    free : list of str
        The indices for all of whose values the equality is to hold.
    indices : list of str
        Their values, one entry for each value that `all_values` gives, for messages.
    """

    def __init__(self, equality, symbols, scope):
        self.equality = equality
        self.reading = Reading(equality, symbols, scope.sizes)
        self.elements = Elements(equality, self.reading, symbols, scope)
        self.frame, self.free = self.elements.frame, list(self.reading.free)
        ranges = [self.elements.extent(name, equality.sides, equality.sides[0]) for name in self.free]
        every = [dict(zip(self.free, numbers)) for numbers in itertools.product(*ranges)]
        self.letters = [one for one in every if all(self.elements.holds(each, one) for each in equality.conditions)]
        if not self.letters:
            raise NotApplicable("no values of the indices meet the conditions")
        self.indices = [", ".join(f"{name} = {number}" for name, number in one.items()) for one in self.letters]

    def all_values(self, side):
        """Values of a side, one for each assignment of the free indices; of a tuple, a tuple of values."""
        return [self.value(side, letters, self.frame) for letters in self.letters]

    def magnitude(self, side):
        """Norm of the terms that a side adds up, before they cancel."""
        return math.hypot(*(self._terms(side, letters) for letters in self.letters))

    def value(self, tree, letters, frame):
        """Value of a part, given what its letters stand for and where symbols are looked up."""
        key = id(tree), *(letters.get(name) for name in self.reading.letters[id(tree)])
        if key not in frame.known:
            try:
                frame.known[key] = getattr(self, f"_{tree.data}")(tree, letters, frame)
            except ShapeError as error:
                raise self.equality.error(str(error), tree) from None
        return frame.known[key]

    def _values(self, tree, letters, frame):
        return [self.value(child, letters, frame) for child in tree.children if isinstance(child, Tree)]

    def _terms(self, tree, letters):
        if tree.data in ("add", "subtract", "negative"):
            return math.hypot(*(self._terms(child, letters) for child in tree.children))
        binder = self.reading.binders.get(id(tree))
        if binder and binder.operation == "sum":
            every = self.elements.assignments(tree, letters)
            return math.hypot(*(self._terms(tree.children[1], inner) for inner in every))
        return float(norm(self.value(tree, letters, self.frame)))

    def _raised(self, value, tree, letters):
        """A value with the superscripts applied that are children of a tree."""
        for token in tree.children:
            if getattr(token, "type", "") == "SUP":
                exponent = power(content(token))
                if exponent is None:
                    raise self.equality.error(f"cannot read the power {content(token)}", tree, unreadable=True)
                value = self._power(value, exponent, letters)
        return value

    def _power(self, value, exponent, letters):
        if exponent == r"\top":
            return arithmetic.transposed(value)
        return arithmetic.raised(value, self.elements.count(exponent, letters))

    # One method for each rule of the grammar.

    def _add(self, tree, letters, frame):
        return arithmetic.add(*self._values(tree, letters, frame))

    def _subtract(self, tree, letters, frame):
        return arithmetic.subtract(*self._values(tree, letters, frame))

    def _negative(self, tree, letters, frame):
        return -self.value(tree.children[0], letters, frame)

    def _product(self, tree, letters, frame):
        return arithmetic.product(*self._values(tree, letters, frame))

    def _hadamard(self, tree, letters, frame):
        return arithmetic.multiply(*self._values(tree, letters, frame))

    def _fraction(self, tree, letters, frame):
        return arithmetic.divide(*self._values(tree, letters, frame))

    def _quotient(self, tree, letters, frame):
        above, below = self._values(tree, letters, frame)
        if tree.children[0].data == "product" and not arithmetic.is_number(below):
            message = r"ambiguous: a product, then a slash and an array; write \frac"
            raise self.equality.error(message, tree, unreadable=True)
        return arithmetic.divide(above, below)

    def _tuple(self, tree, letters, frame):
        return tuple(self._values(tree, letters, frame))

    def _extremum(self, tree, letters, frame):
        values = arithmetic.alike(self.value(tree.children[1], letters, frame))
        if not all(map(arithmetic.is_number, values)):
            raise ShapeError(f"{tree.children[0]} is taken of numbers, not of shapes {', '.join(map(_shape, values))}")
        dtype = object if self.elements.scope.tolerance == 0 else None
        return self.elements.applied(tree.children[0].removeprefix("\\"), np.array(values, dtype), False)

    def _number(self, tree, letters, frame):
        return self._raised(arithmetic.literal(tree.children[0]), tree, letters)

    def _bracket(self, tree, letters, frame):
        return self._raised(self.value(tree.children[0], letters, frame), tree, letters)

    def _norm(self, tree, letters, frame):
        value = self.value(tree.children[0], letters, frame)
        below = [content(token) for token in tree.children[1:] if token.type == "SUB"]
        if below:
            return self._raised(self._spectral_norm(tree, value, below[0]), tree, letters)
        square = squared_norm(value)
        # The square first: it needs no root, which exact numbers do not have.
        if [content(token) for token in tree.children[1:]] == ["2"]:
            return square
        return self._raised(self.elements.applied("sqrt", square, True), tree, letters)

    def _spectral_norm(self, tree, value, subscript):
        if subscript != "2":
            raise self.equality.error(r"expected \lVert x \rVert or \lVert A \rVert_2", tree, unreadable=True)
        # Of complex numbers it would not be analytic: a derivative would be lost without a word.
        if arithmetic.is_number(value) or value.dtype.kind != "f":
            raise NotApplicable("a largest singular value is taken of an array of floats that nothing moves")
        return largest_singular_value(value)

    def _list(self, tree, letters, frame):
        values = self._values(tree, letters, frame)
        return self._raised(values[0] if len(values) == 1 else arithmetic.joined(values), tree, letters)

    def _matrix(self, tree, letters, frame):
        cells = [self._values(row, letters, frame) for row in tree.children if isinstance(row, Tree)]
        try:
            block = np.block(cells)
        except ValueError as error:
            raise ShapeError(f"the cells of the matrix do not fit: {error}") from None
        return self._raised(arithmetic.tidy(block), tree, letters)

    def _cases(self, tree, letters, frame):
        conditions = [[child for child in row.children[1:] if isinstance(child, Tree)] for row in tree.children]
        chosen = [row for row, met in zip(tree.children, conditions) if met and self.elements.holds(met[0], letters)]
        chosen = chosen or [row for row, met in zip(tree.children, conditions) if not met]
        if len(chosen) != 1:
            values = ", ".join(f"{name} = {number}" for name, number in letters.items())
            raise self.equality.error(f"{len(chosen)} of the cases hold for {values}", tree)
        return self.value(chosen[0].children[0], letters, frame)

    def _root(self, tree, letters, frame):
        return self.elements.applied("sqrt", self.value(tree.children[0], letters, frame), True)

    def _exponential(self, tree, letters, frame):
        return self.elements.applied("exp", self.value(tree.children[0], letters, frame), True)

    def _operate(self, tree, letters, frame):
        operator, body = tree.children
        if operator.data == "differential":
            return self._differentiated(tree, operator, body, letters, frame)
        values = [self.value(body, inner, frame) for inner in self.elements.assignments(tree, letters)]
        operation = self.reading.binders[id(tree)].operation
        if operation == "sum":
            return reduce(arithmetic.add, values) if values else 0
        if operation == "prod":
            return reduce(arithmetic.product, values) if values else 1
        return self.elements.applied("max", np.array(values), False)

    def _derivative(self, tree, letters, frame):
        body = next(child for child in tree.children if isinstance(child, Tree))
        return self._differentiated(tree, tree, body, letters, frame)

    def _differentiated(self, tree, written, body, letters, frame):
        if frame.perturbed:
            raise self.equality.error("a derivative within a derivative", tree, unreadable=True)
        elementwise = "partial" not in written.children[0]
        function = partial(self.value, body, letters)
        return differentiate(self.elements, tree, written.children[-1], function, letters, elementwise)

    def _application(self, tree, letters, frame):
        head, argument = tree.children
        name = _NAMED.sub(r"\1", re.sub(r"\s", "", head.children[0])).removeprefix("\\")
        name = _ALIASES.get(name, name)
        if argument.data == "tuple":
            return self._of_several(tree, name, letters, frame)
        bracketed = argument.data == "bracket"
        inner = argument.children[0] if bracketed else argument
        primed = any(token.type == "PRIME" for token in head.children)
        value = (self._slope if primed else self._applied)(tree, name, inner, letters, frame)
        value = self._raised(value, head, letters)
        return self._raised(value, argument, letters) if bracketed else value

    def _of_several(self, tree, name, letters, frame):
        """A function of several arguments, one result or, as a whole side, a tuple of them."""
        head, arguments = tree.children
        if len(head.children) > 1:
            raise self.equality.error("a power or a prime of a function of several arguments", tree, unreadable=True)
        if frame.perturbed:
            # What it takes from the scope, its weights, would not move.
            raise NotApplicable(f"a derivative of {name}")
        function = self.elements.function(name)
        try:
            result = function(*self.value(arguments, letters, frame))
        except (TypeError, ValueError) as error:
            raise self.equality.error(f"{name} does not take these arguments: {error}", tree) from None
        if not isinstance(result, tuple):
            return arithmetic.tidy(result)
        if not any(tree is side for side in self.equality.sides):
            raise self.equality.error(f"{name} has {len(result)} results: it must be a whole side", tree)
        return tuple(map(arithmetic.tidy, result))

    def _applied(self, tree, name, argument, letters, frame):
        value = self.value(argument, letters, frame)
        if name == "diag":
            return arithmetic.diagonal(value)
        if name == "tr":
            return arithmetic.trace(value)
        try:
            return self.elements.applied(name, value, name in _ELEMENTWISE)
        except NotApplicable:
            # A scope may know tanh(c) only as a symbol by itself.
            reference = self.reading.references.get(id(argument))
            if reference is None or reference.kind != "symbol" or reference.powers:
                raise
            whole = self.reading.lexicon.known(rf"\{name}({reference.plain})")
            if whole is None:
                raise
            return self.elements.element(argument, reference, whole, letters, frame)

    def _slope(self, tree, name, argument, letters, frame):
        reference = self.reading.references.get(id(argument))
        if frame.perturbed or reference is None or reference.kind != "symbol" or reference.powers:
            return self.elements.applied(f"{name}'", self.value(argument, letters, frame), True)
        function = partial(self._applied, tree, name, argument, letters)
        return differentiate(self.elements, tree, argument, function, letters, elementwise=True)

    def _reference(self, tree, letters, frame):
        reference = self.reading.references[id(tree)]
        if reference.kind == "symbol":
            value = self.elements.element(tree, reference, reference.name, letters, frame)
        elif reference.kind == "ones":
            value = self.elements.ones(reference.index[0], letters)
        else:
            counts = [self.elements.count(count, letters) for count in reference.index]
            value = counts[0] if reference.kind == "count" else int(counts[0] == counts[1])
        for exponent in reference.powers:
            value = self._power(value, exponent, letters)
        return value


def _shape(value):
    return str(np.shape(value))
