"""Four kinds of numbers for the scopes, each with its way to differentiate.

`ComplexStep`: float64. `Exact`: a finite field in which tanh, exp and log are free unknowns, known by their derivative
rules only. `OrderedExact`: the same with rational numbers. `FiftyDigits`: fifty decimal digits, for identities that
need the functions themselves.
"""

from fractions import Fraction

import numpy as np

from .complex_step import STEP
from .numbers import (
    Dual,
    FreeFunctions,
    HighPrecision,
    Modular,
    lift,
    modulars,
    small_fractions,
    tangents,
)

__all__ = ["ComplexStep", "Exact", "FiftyDigits", "OrderedExact"]


class ComplexStep:
    """float64; a derivative is the imaginary part after a step of 1e-30 along the imaginary axis."""

    oracle, tolerance, ordered, dtype = "complex step", 1e-13, True, np.float64
    kind, seed = "float64", 20

    def __init__(self):
        self.rng = np.random.default_rng(self.seed)

    def draw(self, shape):
        return self.rng.normal(size=shape)

    def given(self, array):
        return np.asarray(array, dtype=np.float64)

    def start(self, array):
        return array

    def move(self, shape, place):
        direction = np.zeros(shape, dtype=np.complex128)
        direction[place] = 1j * STEP
        return direction

    def slope(self, number):
        return np.imag(number) / STEP

    def value(self, number):
        return np.real(number)

    def function(self, name):
        return getattr(np, name)


class _Duals:
    """Forward-mode dual numbers over a field."""

    dtype = object

    def given(self, array):
        array = np.asarray(array)
        numbers = np.empty(array.shape, dtype=object)
        for index in np.ndindex(array.shape):
            numbers[index] = self.number(array[index].item())
        return numbers

    def start(self, array):
        return lift(array, self.functions)

    def move(self, shape, place):
        direction = np.zeros(shape, dtype=object)
        direction[place] = 1
        return lift(np.zeros(shape, dtype=object), self.functions, direction)

    def slope(self, number):
        return tangents(number)[1][()]

    def value(self, number):
        return tangents(number)[0][()]

    def function(self, name):
        def apply(array):
            array = np.asarray(array, dtype=object)
            result = np.empty(array.shape, dtype=object)
            for index in np.ndindex(array.shape):
                number = array[index]
                if isinstance(number, Dual):
                    result[index] = getattr(number, name)()
                else:
                    result[index] = self.functions(name, number)
            return result[()]

        return apply


class Exact(_Duals):
    """Integers modulo 2^61 - 1."""

    oracle, tolerance, ordered = "exact", 0.0, False
    kind, seed = "integers modulo 2^61 - 1", 21

    def __init__(self):
        self.rng = np.random.default_rng(self.seed)
        self.functions = FreeFunctions(lambda: modulars(self.rng))

    def draw(self, shape):
        return modulars(self.rng, shape)

    def number(self, value):
        return Modular(value)

    def square(self, root):
        """The square of a number, which is its root from now on."""
        return self.functions.square(root)


class OrderedExact(_Duals):
    """Rational numbers, which have an order: for computations that cut or choose. They grow from step to step."""

    oracle, tolerance, ordered = "exact", 0.0, True
    kind, seed = "rational numbers", 23

    def __init__(self):
        self.rng = np.random.default_rng(self.seed)
        self.functions = FreeFunctions(lambda: self.draw(()))

    def draw(self, shape):
        return small_fractions(self.rng, shape)

    def number(self, value):
        return Fraction(value)


class FiftyDigits(_Duals):
    """Decimal numbers of fifty digits."""

    oracle, tolerance, ordered = "50 digits", 1e-40, True
    kind, seed = "50 decimal digits", 22

    def __init__(self):
        self.rng = np.random.default_rng(self.seed)
        self.functions = HighPrecision(50)

    def draw(self, shape):
        return self.given(self.rng.normal(size=shape))

    def number(self, value):
        return self.functions.context.mpf(value)
