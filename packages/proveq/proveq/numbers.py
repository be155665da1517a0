"""Numbers for the oracles: a finite field, and dual numbers that carry a derivative forward.

NumPy calls a method of the element for `np.tanh`, `np.exp` and `np.log` on object arrays. The package's own forward
code therefore runs on these numbers unchanged.
"""

import itertools
from fractions import Fraction

import numpy as np

__all__ = [
    "PRIME",
    "Dual",
    "FreeFunctions",
    "HighPrecision",
    "Modular",
    "fractions",
    "lift",
    "modulars",
    "small_fractions",
    "tangents",
]

PRIME = 2**61 - 1


class Modular:
    """An integer modulo the prime 2^61 - 1: exact arithmetic whose numbers do not grow.

    Parameters
    ----------
    value : int, Fraction or Modular
    """

    __slots__ = ("value",)

    def __init__(self, value):
        if isinstance(value, Modular):
            value = value.value
        elif isinstance(value, Fraction):
            value = value.numerator * pow(value.denominator, -1, PRIME)
        self.value = int(value) % PRIME

    def _with(self, other, operation):
        if not isinstance(other, (int, np.integer, Fraction, Modular)):
            return NotImplemented
        return Modular(operation(self.value, Modular(other).value))

    # Nearly all operands are numbers of the field, or the 0 of a tangent: they take the short way.

    def __add__(self, other):
        if type(other) is Modular:
            return _reduced(self.value + other.value)
        if type(other) is int:
            return _reduced(self.value + other)
        return self._with(other, lambda a, b: a + b)

    def __sub__(self, other):
        if type(other) is Modular:
            return _reduced(self.value - other.value)
        if type(other) is int:
            return _reduced(self.value - other)
        return self._with(other, lambda a, b: a - b)

    def __rsub__(self, other):
        return self._with(other, lambda a, b: b - a)

    def __mul__(self, other):
        if type(other) is Modular:
            return _reduced(self.value * other.value)
        if type(other) is int:
            return _reduced(self.value * other)
        return self._with(other, lambda a, b: a * b)

    def __truediv__(self, other):
        return self._with(other, lambda a, b: a * _inverted(b))

    def __rtruediv__(self, other):
        return self._with(other, lambda a, b: b * _inverted(a))

    def __neg__(self):
        return Modular(-self.value)

    def __pow__(self, exponent):
        return Modular(pow(self.value, exponent, PRIME))

    def __eq__(self, other):
        return isinstance(other, (int, np.integer, Fraction, Modular)) and self.value == Modular(other).value

    # A field has no order; softmax asks for a maximum, and any choice of it gives the same result.
    def __ge__(self, other):
        return self.value >= Modular(other).value

    def __gt__(self, other):
        return self.value > Modular(other).value

    def __hash__(self):
        return hash(self.value)

    def __repr__(self):
        return str(self.value)

    __radd__, __rmul__ = __add__, __mul__


def _inverted(value):
    if not value:
        raise ZeroDivisionError("division by zero modulo 2^61 - 1")
    return pow(value, -1, PRIME)


def _reduced(value):
    number = object.__new__(Modular)
    number.value = value % PRIME
    return number


class FreeFunctions:
    """tanh, exp, log and square root as free unknowns: each new argument gets a random value.

    Nothing is known of the functions but their derivative rules and their symmetry, so an identity that holds here
    holds for the rational functions themselves. The same argument always gets the same value.

    Parameters
    ----------
    draw : callable
        Returns one random number of the field.
    """

    def __init__(self, draw):
        self._draw = draw
        self._known = {}

    def __call__(self, name, argument):
        key = (name, argument)
        if key not in self._known:
            mirror = self._known.get((name, -argument))
            # exp(-x) = 1 / exp(x), and tanh is odd.
            if mirror is not None and name == "exp":
                self._known[key] = 1 / mirror
            elif mirror is not None and name == "tanh":
                self._known[key] = -mirror
            else:
                self._known[key] = self._draw()
        return self._known[key]

    def square(self, root):
        """The square of a number, which is its square root from now on.

        A root that is drawn does not give back its argument when it is squared; that stands in no derivative rule.
        Where an identity needs it, the root comes first and its argument is made from it.

        Parameters
        ----------
        root : number of the field

        Returns
        -------
        number of the field
        """
        self._known["sqrt", root * root] = root
        return root * root


class HighPrecision:
    """tanh, exp, log and square root of mpmath numbers.

    Parameters
    ----------
    digits : int
        Decimal digits carried.
    """

    def __init__(self, digits=50):
        import mpmath

        self.context = mpmath.mp.clone()
        self.context.dps = digits

    def __call__(self, name, argument):
        return getattr(self.context, name)(argument)


class Dual:
    """A number with its derivative along one direction: forward-mode differentiation.

    Parameters
    ----------
    value, tangent : numbers of one field
    functions : FreeFunctions or HighPrecision
        What tanh, exp, log and sqrt of a value are. Their derivative rules stand below, once.
    """

    __slots__ = ("functions", "tangent", "value")

    def __init__(self, value, tangent, functions):
        self.value, self.tangent, self.functions = value, tangent, functions

    def _like(self, value, tangent):
        return Dual(value, tangent, self.functions)

    def _parts(self, other):
        return (other.value, other.tangent) if isinstance(other, Dual) else (other, 0)

    def __add__(self, other):
        value, tangent = self._parts(other)
        return Dual(self.value + value, self.tangent + tangent, self.functions)

    def __sub__(self, other):
        value, tangent = self._parts(other)
        return self._like(self.value - value, self.tangent - tangent)

    def __rsub__(self, other):
        return self._like(other - self.value, -self.tangent)

    def __mul__(self, other):
        value, tangent = self._parts(other)
        # Most numbers of a run do not depend on the one that is moved.
        moved = self.tangent * value if self.tangent else 0
        return Dual(self.value * value, moved + self.value * tangent if tangent else moved, self.functions)

    def __truediv__(self, other):
        value, tangent = self._parts(other)
        quotient = self.value / value
        if not (self.tangent or tangent):
            return self._like(quotient, 0)
        return self._like(quotient, (self.tangent - quotient * tangent) / value)

    def __rtruediv__(self, other):
        quotient = other / self.value
        return self._like(quotient, -quotient * self.tangent / self.value)

    def __neg__(self):
        return self._like(-self.value, -self.tangent)

    def __pow__(self, exponent):
        return self._like(self.value**exponent, exponent * self.value ** (exponent - 1) * self.tangent)

    def tanh(self):
        t = self.functions("tanh", self.value)
        return self._like(t, (1 - t * t) * self.tangent if self.tangent else 0)

    def exp(self):
        e = self.functions("exp", self.value)
        return self._like(e, e * self.tangent)

    def log(self):
        return self._like(self.functions("log", self.value), self.tangent / self.value)

    def sqrt(self):
        root = self.functions("sqrt", self.value)
        return self._like(root, self.tangent / (2 * root))

    def __eq__(self, other):
        value, tangent = self._parts(other)
        return self.value == value and self.tangent == tangent

    def __ge__(self, other):
        return self.value >= self._parts(other)[0]

    def __gt__(self, other):
        return self.value > self._parts(other)[0]

    def __hash__(self):
        return hash((self.value, self.tangent))

    def __repr__(self):
        return f"{self.value} + {self.tangent} d"

    __radd__, __rmul__ = __add__, __mul__


def fractions(rng, shape=()):
    """Random rationals k / 7 with k from -999 to 999, but not 0, as an object array (or one Fraction for shape ())."""
    numerators = rng.integers(1, 1000, shape) * rng.choice([-1, 1], shape)
    return _objects(lambda k: Fraction(int(k), 7), numerators)


def small_fractions(rng, shape=()):
    """Random k / (2^60 - 1) with k from 1 to 2^60 - 1 or its negative: as many numbers as the finite field has.

    They are below one: a network that cuts at a half cuts some of what it makes of them, and none lies on the bound.
    """
    numerators = rng.integers(1, 2**60, shape) * rng.choice([-1, 1], shape)
    return _objects(lambda k: Fraction(int(k), 2**60 - 1), numerators)


def modulars(rng, shape=()):
    """Numbers drawn uniformly from the non-zero integers modulo 2^61 - 1, as an object array (or one for shape ())."""
    return _objects(Modular, rng.integers(1, PRIME, shape))


def lift(array, functions, direction=0):
    """Dual numbers from an array of plain ones and a direction (an array of the same shape, or 0)."""
    array = np.asarray(array, dtype=object)
    direction = np.broadcast_to(np.asarray(direction, dtype=object), array.shape)
    duals = np.empty(array.shape, dtype=object)
    for index in np.ndindex(array.shape):
        duals[index] = Dual(array[index], direction[index], functions)
    return duals


def tangents(array):
    """(values, tangents) of an array of dual numbers."""
    array = np.asarray(array, dtype=object)
    values, slopes = np.empty(array.shape, dtype=object), np.empty(array.shape, dtype=object)
    for index in np.ndindex(array.shape):
        number = array[index]
        pair = (number.value, number.tangent) if isinstance(number, Dual) else (number, 0)
        values[index], slopes[index] = pair
    return values, slopes


def _objects(make, numbers):
    numbers = np.asarray(numbers)
    objects = np.empty(numbers.shape, dtype=object)
    for index in itertools.product(*map(range, numbers.shape)):
        objects[index] = make(numbers[index])
    return objects if numbers.shape else objects[()]
