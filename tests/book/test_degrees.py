"""The exact oracle's word rests on the degree of what it compares: the bound that the book states is held here."""

import sys

import numpy as np
import pytest
from equations import evaluate
from test_every_equation import BOOK, EQUATIONS, scopes, table

sys.path.insert(0, str(BOOK))

PAGE = BOOK / "ledger" / "what_a_badge_means.md"
LIMIT = 1000


class Degree:
    """The degrees of numerator and denominator that a rational function has at most; nothing is taken to cancel."""

    peak = 0
    __slots__ = ("above", "below")

    def __init__(self, above, below=0):
        self.above, self.below = above, below
        Degree.peak = max(Degree.peak, above, below)

    def _sum(self, other):
        other = other if isinstance(other, Degree) else Degree(0)
        return Degree(max(self.above + other.below, other.above + self.below), self.below + other.below)

    def __mul__(self, other):
        other = other if isinstance(other, Degree) else Degree(0)
        return Degree(self.above + other.above, self.below + other.below)

    def __truediv__(self, other):
        other = other if isinstance(other, Degree) else Degree(0)
        return Degree(self.above + other.below, self.below + other.above)

    def __rtruediv__(self, other):
        return Degree(self.below, self.above)

    def __pow__(self, exponent):
        return Degree(abs(exponent) * self.above, abs(exponent) * self.below)

    def __neg__(self):
        return self

    # Two sides are "equal" whatever they are: only their degrees are wanted.
    def __eq__(self, other):
        return True

    def __ge__(self, other):
        return True

    __hash__ = object.__hash__
    __add__ = __radd__ = __sub__ = __rsub__ = _sum
    __rmul__ = __mul__


def degrees_of(scope):
    """The same scope, its random numbers replaced by unknowns of degree one."""
    from scope_numbers import Exact
    from scopes import Scope

    class Degrees(Exact):
        oracle = "degree"

        def __init__(self):
            self.functions = lambda name, argument: Degree(1)

        def draw(self, shape):
            unknowns = np.empty(shape, dtype=object)
            for index in np.ndindex(shape):
                unknowns[index] = Degree(1)
            return unknowns

        def number(self, value):
            return Degree(0)

        def square(self, root):
            return root * root

    return Scope(scope.name, Degrees(), scope.model)


@pytest.mark.slow
def test_no_equation_exceeds_the_degree_that_the_page_states():
    made = {}
    for equation in EQUATIONS:
        if equation.kind != "derived":
            continue
        for scope in scopes(equation.given):
            if scope.oracle != "exact":
                continue
            unknown = made.setdefault(id(scope), degrees_of(scope))
            try:
                evaluate.check(equation.tex(table()), table(), unknown)
            except evaluate.NotApplicable:
                continue
    assert f"no equation of the book has a degree above {LIMIT}" in PAGE.read_text(encoding="utf-8")
    assert 1 < Degree.peak <= LIMIT
