"""Which letters of an equation are indices, what its sums run over, and that no letter means two things."""

import re
from dataclasses import dataclass

from lark import Tree

from .parse import letter
from .references import Count, Lexicon, Reference, content, power

__all__ = ["Binder", "Reading"]

_EXCLUDED = re.compile(r"([A-Za-z])\s*\\neq?\s*([A-Za-z]|\d+)")


@dataclass(frozen=True)
class Binder:
    r"""What ``\sum``, ``\prod`` or ``\max`` runs over.

    Attributes
    ----------
    operation : str
        "sum", "prod" or "max".
    ranges : tuple
        Letter, lower and upper limit (Count, or None: all elements of what the letter indexes).
    excluded : tuple
        Pairs of a bound letter and the Count that it leaves out.
    """

    operation: str
    ranges: tuple
    excluded: tuple

    @property
    def bound(self):
        """The letters it binds."""
        return frozenset(name for name, _, _ in self.ranges)

    @property
    def letters(self):
        """The letters in its limits."""
        limits = [limit for _, *pair in self.ranges for limit in pair if limit]
        return frozenset().union(*(count.letters for count in (*limits, *(other for _, other in self.excluded))))


class Reading:
    """The references and sums of one equality.

    Parameters
    ----------
    equality : equations.parse.Equality
    symbols : equations.symbols.Symbols
    sizes : mapping of str to int

    Attributes
    ----------
    references, binders : dict
        By `id` of their tree.
    letters : dict
        By `id` of a tree: the letters on whose values it may depend.
    free : dict
        Its keys are the indices that no sum binds, in order of appearance.
    """

    def __init__(self, equality, symbols, sizes):
        self.equality, self.sizes = equality, frozenset(sizes)
        self.lexicon = Lexicon(symbols, sizes, self._error)
        self.references, self.binders, self.letters, self.free = {}, {}, {}, {}
        self._literals, self._steps, self._operators = [], set(), []
        for side in equality.sides:
            self._walk(side, frozenset())
        for condition in equality.conditions:
            self._walk_condition(condition, frozenset())
        self._check_letters()

    @property
    def names(self):
        """The symbols that are read."""
        return {reference.name for reference in self.references.values() if reference.kind == "symbol"}

    def _error(self, message, tree):
        return self.equality.error(message, tree, unreadable=True)

    def _walk(self, tree, bound):
        if tree.data == "reference":
            return self._note(tree, self.lexicon.read(tree, bound), bound)
        if tree.data in ("chain", "unequal"):
            return self._walk_condition(tree, bound)
        letters = _exponents(tree)
        if tree.data == "operate" and tree.children[0].data == "operator":
            binder = self.binders[id(tree)] = self._binder(tree.children[0], bound)
            letters |= binder.letters
            bound |= binder.bound
            self._unbound(binder.letters, bound)
        children = [child for child in tree.children if isinstance(child, Tree)]
        children = [child for child in children if child.data not in ("operator", "head")]
        for child in children:
            self._walk(child, bound)
        self.letters[id(tree)] = letters.union(*(self.letters[id(child)] for child in children))

    def _walk_condition(self, tree, bound):
        for side in tree.children:
            name = letter(side)
            if not name.isdigit() and name not in bound | self.lexicon.indices:
                raise self._error(f"{name} is not an index", side)
            self._note(side, Reference("count", index=(Count(name),)), bound)
        self.letters[id(tree)] = frozenset().union(*(self.letters[id(side)] for side in tree.children))

    def _note(self, tree, reference, bound):
        self.references[id(tree)] = reference
        self.letters[id(tree)] = reference.letters
        self._literals.append((tree, reference))
        self._steps |= reference.literal & {"t"}
        if reference.step:
            self._steps |= reference.step.letters - bound
        for count in (reference.row, *reference.index):
            if count:
                self._unbound(count.letters, bound)

    def _unbound(self, letters, bound):
        self.free.update(dict.fromkeys(sorted(letters - bound - self.sizes)))

    def _check_letters(self):
        """Letters with two meanings in one equation: a reader could not tell them apart."""
        for tree, binder in self._operators:
            clash = binder.bound & (set(self.free) | self._steps)
            if clash:
                raise self._error(f"index {min(clash)} is summed over here, but stands outside of the sum too", tree)
        indices = set(self.free).union(*(binder.bound for _, binder in self._operators)) - {"t"}
        for tree, reference in self._literals:
            for name in sorted(reference.literal & indices):
                message = f"{reference.plain} is a symbol by itself, but {name} is an index in this equation"
                raise self._error(message, tree)

    def _binder(self, tree, bound):
        operation, *scripts = tree.children
        below = [content(script) for script in scripts if script.type == "SUB"]
        above = [content(script) for script in scripts if script.type == "SUP"]
        if len(below) != 1 or len(above) > 1:
            raise self._error(rf"expected {operation}_k, {operation}_{{k \neq i}} or {operation}_{{k=1}}^{{N}}", tree)
        ranges, excluded = {}, []
        for item in below[0].split(","):
            pair = _EXCLUDED.fullmatch(item.strip())
            name, equals, start = (part.strip() for part in item.partition("="))
            low, high = Count.read(start), Count.read(above[0]) if above else None
            if pair:
                ranges.setdefault(pair[1], (None, None))
                excluded.append((pair[1], Count(pair[2])))
            elif re.fullmatch("[A-Za-z]", name) and bool(low and high) == bool(equals) and name not in ranges:
                ranges[name] = (low, high) if equals else (None, None)
            else:
                raise self._error(f"cannot read the limits {item.strip()}", tree)
        if above and not any(low for low, _ in ranges.values()):
            raise self._error("an upper limit needs a lower one", tree)
        binder = Binder(operation[1:], tuple((name, *limits) for name, limits in ranges.items()), tuple(excluded))
        if binder.bound & (bound | self.sizes):
            name = min(binder.bound & (bound | self.sizes))
            raise self._error(f"index {name} is already in use", tree)
        self._operators.append((tree, binder))
        return binder


def _exponents(tree):
    """Letters in the powers of a bracket, or of the function that is applied."""
    heads = [child.children for child in tree.children if isinstance(child, Tree) and child.data == "head"]
    tokens = [token for children in (tree.children, *heads) for token in children if not isinstance(token, Tree)]
    powers = [power(content(token)) for token in tokens if token.type == "SUP"]
    return frozenset().union(*(found.letters for found in powers if isinstance(found, Count)))
