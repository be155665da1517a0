"""The exact oracle's word rests on the degree of what it compares: the bound that the book states is held here."""

import sys

import numpy as np
import pytest
from proveq import Exact, Scope
from proveq.sphinx import NotApplicable, check
from test_every_equation import BOOK, EQUATIONS, scopes, table

sys.path.insert(0, str(BOOK))

PAGE = BOOK / "ledger" / "what_a_badge_means.md"
LIMIT = 1000


class Degree:
    """The degrees of numerator and denominator that a rational function has at most.

    A denominator is kept as a product of what was divided by, so that two fractions with one divisor are added over
    it, and not over its square. Nothing else is taken to cancel.
    """

    peak = 0
    __slots__ = ("above", "divisors")

    def __init__(self, above, divisors=()):
        # From what was divided by (by identity) to its power, and its own degree.
        self.above, self.divisors = above, dict(divisors)
        Degree.peak = max(Degree.peak, above, self.below)

    @property
    def below(self):
        return sum(power * divisor.above for divisor, power in self.divisors.items())

    def _common(self, other, join):
        every = {**self.divisors, **other.divisors}
        return {key: join(self.divisors.get(key, 0), other.divisors.get(key, 0)) for key in every}

    def _sum(self, other):
        other = other if isinstance(other, Degree) else Degree(0)
        common = Degree(0, self._common(other, max))
        above = max(number.above + common.below - number.below for number in (self, other))
        return Degree(above, common.divisors)

    def __mul__(self, other):
        other = other if isinstance(other, Degree) else Degree(0)
        return Degree(self.above + other.above, self._common(other, int.__add__))

    def __truediv__(self, other):
        if not isinstance(other, Degree):
            return self
        inverse = Degree(other.below, {other: 1} if other.above else {})
        return self * inverse

    def __rtruediv__(self, other):
        return Degree(0) / self

    def __pow__(self, exponent):
        if exponent < 0:
            return Degree(0) / self**-exponent
        return Degree(exponent * self.above, {key: exponent * power for key, power in self.divisors.items()})

    def __neg__(self):
        return self

    # Two sides are "equal" whatever they are: only their degrees are wanted.
    def __eq__(self, other):
        return True

    def __ge__(self, other):
        return True

    # Nothing is cut: what is cut is a constant, and of degree 0.
    def __gt__(self, other):
        return False

    __hash__ = object.__hash__
    __add__ = __radd__ = __sub__ = __rsub__ = _sum
    __rmul__ = __mul__


def degrees_of(scope):
    """The same scope, its random numbers replaced by unknowns of degree one."""

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


GIVEN = sorted({equation.given for equation in EQUATIONS})


@pytest.mark.slow
@pytest.mark.parametrize("given", GIVEN)
def test_no_equation_exceeds_the_degree_that_the_page_states(given):
    Degree.peak, made = 0, [degrees_of(scope) for scope in scopes(given) if scope.oracle == "exact"]
    for equation in EQUATIONS:
        for scope in made if equation.given == given else ():
            try:
                check(equation.tex(table()), table(), scope)
            except NotApplicable:
                continue
    assert Degree.peak <= LIMIT
    assert Degree.peak > 1 or given not in ("step", "gru", "layer-norm-step")


def test_the_page_states_the_limit():
    assert f"no equation of the book has a degree above {LIMIT}" in PAGE.read_text(encoding="utf-8")
