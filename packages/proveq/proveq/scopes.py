"""The numbers on which the page's equations are evaluated.

A scope runs one computation forward and names its values. A gradient symbol is then taken by what it means: the
derivative of the loss with respect to the value of that name, changed where it arises. No backward pass
is used here: an equation for a gradient is compared with derivatives that know nothing of it.
"""

from copy import copy
from functools import partial

import numpy as np

__all__ = ["NotApplicable", "Scope"]


class NotApplicable(Exception):
    """The scope cannot evaluate this equation; another scope may."""


class Scope:
    """Values and derivatives of the symbols of one computation, on one kind of numbers.

    Parameters
    ----------
    name : str
    numbers : ComplexStep, Exact, OrderedExact or FiftyDigits
    model : Model
    """

    def __init__(self, name, numbers, model):
        self.name, self.numbers, self.model = name, numbers, model
        self.oracle, self.tolerance = numbers.oracle, numbers.tolerance
        drawn = {"draws": 1, "seed": numbers.seed} if model.random else {"draws": 0, "seed": None}
        self.details = {"dtype": numbers.kind, **drawn}
        self.ordered = numbers.ordered
        self.chapter, self.sizes, self._t = model.chapter, model.sizes, model.t
        self._steps = model.steps()
        self._inputs = {key: numbers.start(array) for key, array in model.inputs(numbers).items()}
        self._supposed, self._differentiates = {}, True
        self._values = self._run()
        self._gradients = {}

    def value(self, name, step=None):
        """The value of a symbol at a time step, by default at the scope's own t."""
        if name.startswith("d_"):
            return self._gradient(name, step)
        return self.numbers.value(self._read(self._values, *self._locate(name, step)))

    def derivative(self, evaluate, by, index=None, step=None):
        """Derivative of evaluate(lookup) by one element of a symbol, or by every element; parameters at all steps."""
        return self._derivative(evaluate, *self._locate(by, step), index)

    def function(self, name):
        """tanh, sigma, exp, log, sqrt, max and min of an ordered kind, and the model's own, on this scope's numbers."""
        if name in ("sigma", "tanh"):
            return getattr(self.model, name)(self.numbers)
        if name in self.model.functions:
            return self.model.functions[name]
        if name in self._steps:
            return partial(self._step, self._steps[name])
        if name in ("max", "min") and self.numbers.ordered:
            return getattr(np, name)
        if name not in ("exp", "log", "sqrt"):
            raise KeyError(name)
        return self.numbers.function(name)

    def supposing(self, name, step, value):
        """The scope with a value put in where it arises, everything after it computed anew.

        Parameters
        ----------
        name : str
            Of a value that the computation names; gradients follow from it and cannot be put in.
        step : int or None
            None: at every step.
        value : number or array
        """
        where = self._locate(name, step) if step is not None else (name, None)
        if not any(name == where[0] for name, _ in self._values):
            raise NotApplicable(f"scope {self.name} names no value {name} where it arises: nothing can be put in")
        found = copy(self)
        found._supposed = self._supposed | {where: value}
        found._gradients = {}
        found._values = found._run()
        return found

    def shaped(self):
        """The scope for those who ask for shapes alone: in a gradient's place is the value that it is taken by."""
        found = copy(self)
        found._gradients, found._differentiates = {}, False
        return found

    def _step(self, step, *arguments):
        """A step of the model's cell, from the inputs as they are and these arguments."""
        results = step(self._inputs, *map(self.numbers.start, arguments))
        if isinstance(results, tuple):
            return tuple(map(self.numbers.value, results))
        return self.numbers.value(results)

    def _run(self, by=None, at=None, move=None):
        values = {}

        def probe(name, value, step=None):
            for key in ((name, step), (name, None)):
                if key in self._supposed:
                    value = 0 * value + self._supposed[key]
                    break
            if name == by and (at is None or step == at):
                value = value + move
            values[name, step] = value
            return value

        inputs = {name: probe(name, array) for name, array in self._inputs.items()}
        self.model.run(inputs, probe, self.numbers)
        return values

    def _locate(self, name, step):
        """The value that a symbol stands for, and its step; None for a value that has no step, or for all steps."""
        t = self._t if step is None else step
        if name.endswith("_following"):
            name, t = name.removesuffix("_following"), t + 1
        if t is None or (name, None) in self._values or name in self.model.shared:
            return name, step if name in self.model.shared else None
        return name, t

    def _read(self, values, name, at):
        if (name, at) in values:
            return values[name, at]
        if at is None and name in self.model.shared:
            return values[name, self._t]
        raise KeyError(name)

    def _gradient(self, name, step):
        if name in self.model.columns:
            whole, part = self.model.columns[name]
            return self.value(whole, step)[:, part]
        t = self._t if step is None else step
        key = (name, t)
        if key not in self._gradients:
            by, shift = self.model.meaning.get(name, (name.removeprefix("d_"), 0))
            if by.endswith("_following"):
                by, shift = by.removesuffix("_following"), shift + 1
            if shift and t == self.sizes["T"]:
                # Nothing follows the last step.
                return 0 * self.value(by, t)
            if t is None and (by, None) not in self._values and not by.endswith("_total"):
                model = type(self.model).__name__
                message = f"{name}: model {model} has no value named {by}, and no time step t at which to look for one"
                raise ValueError(f'scope {self.name}: {message}; probe("{by}", ...) names one')
            if by.endswith("_total"):
                by, at = by.removesuffix("_total"), None
            else:
                at = None if (by, None) in self._values else t + shift
            if self._differentiates:
                self._gradients[key] = self._derivative(lambda lookup: lookup("loss"), by, at, None)
            else:
                self.value("loss")  # there must be one
                self._gradients[key] = self.numbers.value(self._read(self._values, by, at))
        return self._gradients[key]

    def _derivative(self, evaluate, by, at, index):
        shape = np.shape(self._read(self._values, by, at))
        results = []
        for place in [index] if index is not None else np.ndindex(shape):
            values = self._run(by, at, self.numbers.move(shape, place))

            def lookup(name, step=None, values=values):
                if name.startswith("d_"):
                    return self._gradient(name, step)
                return self._read(values, *self._locate(name, step))

            results.append(self.numbers.slope(evaluate(lookup)))
            if len(shape) == 2 and shape[0] > 1 and np.ndim(results[0]) > 1:
                raise NotApplicable("a derivative of rows by rows is read for one row only")
        if index is not None:
            return results[0]
        return np.array(results, dtype=self.numbers.dtype).reshape(*shape, *np.shape(results[0]))
