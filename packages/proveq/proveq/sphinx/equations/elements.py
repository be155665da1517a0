"""Values of symbols on a scope: whole, by row, by element, at a time step."""

import itertools

import numpy as np

from .arithmetic import is_number, tidy
from .errors import EquationError, NotApplicable

__all__ = ["Elements", "Frame"]


class Frame:
    """Where symbols are looked up, on the scope or on a perturbed copy, and what has been computed from there."""

    def __init__(self, lookup, perturbed=False):
        self.lookup, self.perturbed, self.known = lookup, perturbed, {}


class Elements:
    """Looks up what references mean and what indices run over.

    Parameters
    ----------
    equality : equations.parse.Equality
    reading : equations.reading.Reading
    symbols : equations.symbols.Symbols
    scope : see `equations.evaluate`
    """

    def __init__(self, equality, reading, symbols, scope):
        self.equality, self.reading, self.symbols, self.scope = equality, reading, symbols, scope
        self.frame = Frame(scope.value)
        self._extents = {}

    def count(self, count, letters):
        """The whole number that a `Count` stands for; None for None."""
        try:
            return count and count.value(letters, self.scope.sizes)
        except KeyError as error:
            raise NotApplicable(f"scope {self.scope.name} has no size {error.args[0]}") from None

    def holds(self, condition, letters):
        r"""Whether i = j or i \neq j."""
        a, b = (self.count(self.reading.references[id(side)].index[0], letters) for side in condition.children)
        return (a == b) == (condition.data == "chain")

    def whole(self, name, step, frame):
        """Value of a symbol as the scope gives it, then as a number or as an array of two axes."""
        key = name, step
        if key not in frame.known:
            try:
                given = np.asarray(frame.lookup(name, step))
            except KeyError:
                raise NotApplicable(f"scope {self.scope.name} has no value of {name}") from None
            self.fits(name, np.shape(given))
            frame.known[key] = tidy(self.column(name, self.exactness(name, given)))
        return frame.known[key]

    def fits(self, name, shape):
        """Refuse a value whose shape is not the one that the table states, as far as the scope knows its sizes.

        A scope without B has one example and no axis for it; a loss may be the sum over the batch.
        """
        entry, sizes = self.symbols.entries[name], self.scope.sizes
        expected = entry.sizes(sizes)
        if expected is None or (entry.scalar and shape in ((), (1,), (sizes.get("B"),), (sizes.get("B"), 1))):
            return
        without_batch = entry.batched and "B" not in sizes and len(shape) == len(expected) - 1
        if len(shape) != len(expected) - without_batch or any(
            size not in (None, found) for size, found in zip(expected[without_batch:], shape)
        ):
            known = ", ".join(f"{letter} = {size}" for letter, size in sizes.items() if letter in entry.shape)
            message = f"{name} has shape {shape} on it, but {self.symbols.path.name} says {entry.shape}, with {known}"
            raise EquationError(message, self.equality.tex, 0)

    def exactness(self, name, given):
        """Whole numbers as objects on exact scopes, as floats on others; no floats on exact scopes."""
        exact = self.scope.tolerance == 0
        if given.dtype.kind in "iub":
            return given.astype(object if exact else float)
        if exact and given.dtype.kind in "fc":
            raise TypeError(f"scope {self.scope.name} has tolerance 0, but its {name} holds {given.dtype}")
        return given

    def column(self, name, given):
        """One number per example as a number, for one example, or as a column."""
        if not self.symbols.entries[name].scalar or given.ndim != 1:
            return given
        return given.reshape(()) if given.size == 1 else given[:, None]

    def element(self, tree, reference, name, letters, frame):
        """Value of one occurrence of the symbol `name`, its row and index applied."""
        value = self.whole(name, self.count(reference.step, letters), frame)
        if reference.row is None and not reference.index:
            return value
        place = self.place(tree, reference, np.shape(value), letters)
        return tidy(value[place]) if len(place) == value.ndim else value[place[0] : place[0] + 1]

    def place(self, tree, reference, shape, letters):
        """Position, from 0, of the row or element of an array of this shape."""
        axes = len(reference.index) + (reference.row is not None)
        if axes > len(shape) or (reference.row is not None and axes < len(shape) - 1):
            raise self.equality.error(f"{reference.plain} has shape {shape}, too few axes for this", tree)
        numbers = [self.count(count, letters) for count in reference.index]
        if reference.row is not None:
            numbers.insert(0, self.count(reference.row, letters))
            sizes = shape[:axes]
        else:
            if any(size != 1 for size in shape[: len(shape) - axes]):
                message = f"an element of {reference.plain}, shape {shape}, for more than one example"
                raise NotApplicable(message)
            sizes = shape[len(shape) - axes :]
        for number, size in zip(numbers, sizes):
            if not 1 <= number <= size:
                raise self.equality.error(f"{reference.plain} has shape {shape}, so no element or row {number}", tree)
        before = 0 if reference.row is not None else len(shape) - axes
        return (0,) * before + tuple(number - 1 for number in numbers)

    def extent(self, name, trees, at):
        """What an index without limits runs over: all elements or rows of what it indexes within the trees."""
        key = name, *map(id, trees)
        if key not in self._extents:
            parts = [part for tree in trees for part in tree.iter_subtrees()]
            lengths = {found for part in parts for found in self._lengths(name, part)}
            if not lengths:
                raise self.equality.error(f"nothing says how far {name} runs: it indexes no symbol here", at)
            if len({length for _, length in lengths}) > 1:
                found = ", ".join(f"{length} in {plain}" for plain, length in sorted(lengths))
                raise self.equality.error(f"{name} runs over different lengths: {found}", at)
            self._extents[key] = range(1, min(lengths)[1] + 1)
        return self._extents[key]

    def _lengths(self, name, tree):
        reference = self.reading.references.get(id(tree))
        if reference and reference.kind == "symbol":
            step = reference.step and reference.step.letters <= set(self.scope.sizes) and self.count(reference.step, {})
            shape = np.shape(self.whole(reference.name, step or None, self.frame))
            for axis, count in enumerate(reversed(reference.index), 1):
                if count.text == name and axis <= len(shape):
                    yield reference.plain, shape[-axis]
            if reference.row and reference.row.text == name and shape:
                yield reference.plain, shape[0]

    def assignments(self, tree, letters):
        """The letters with each value of what a sum binds added."""
        binder, body = self.reading.binders[id(tree)], tree.children[1]
        ranges = []
        for name, low, high in binder.ranges:
            limits = low and range(self.count(low, letters), self.count(high, letters) + 1)
            ranges.append(self.extent(name, (body,), tree) if limits is None else limits)
        names = [name for name, _, _ in binder.ranges]
        for numbers in itertools.product(*ranges):
            inner = {**letters, **dict(zip(names, numbers))}
            if all(inner[name] != self.count(other, inner) for name, other in binder.excluded):
                yield inner

    def ones(self, size, letters):
        """A column of ones."""
        return np.ones((self.count(size, letters), 1), dtype=object if self.scope.tolerance == 0 else float)

    def function(self, name):
        """A function of the scope."""
        try:
            return self.scope.function(name)
        except KeyError:
            raise NotApplicable(f"scope {self.scope.name} has no function {name}") from None

    def applied(self, name, value, elementwise):
        """A function's value; exact numbers are handed over one by one."""
        function = self.function(name)
        if elementwise and not is_number(value) and value.dtype == object:
            return np.frompyfunc(function, 1, 1)(value)
        return tidy(function(value))
