r"""What one occurrence of a symbol in an equation refers to.

A subscript is read literally first, as part of a symbol of the table (``W_i``, ``a_{o,t}``), then as an index into an
indexed symbol (``p_k``), then as a time step of a symbol that the table writes with ``t`` (``h_s`` below a sum over
``s``, ``h_T``, ``h_{t+1}``).
"""

import re
from dataclasses import dataclass, replace

__all__ = ["Count", "Lexicon", "Reference"]

_COUNT = re.compile(r"[+-]?\s*(?:\d+|[A-Za-z])(?:\s*[+-]\s*(?:\d+|[A-Za-z]))*")
_ACCENT = re.compile(
    r"(\\(?:wide)?(?:hat|tilde|bar|vec|dot))\s*(?:\{\s*(\\[A-Za-z]+|[A-Za-z])\s*\}|(\\[A-Za-z]+|(?<=\s)[A-Za-z]))"
)
_ONES = r"\mathbf{1}"


@dataclass(frozen=True)
class Count:
    """A whole number as an equation writes it: ``3``, ``N``, ``t-1``."""

    text: str

    @classmethod
    def read(cls, text):
        """The count that a text writes, or None."""
        text = text.strip()
        return cls(text) if _COUNT.fullmatch(text) else None

    @property
    def letters(self):
        """The letters in it."""
        return frozenset(re.findall("[A-Za-z]", self.text))

    def value(self, letters, sizes):
        """The number; KeyError names a letter that has no value."""
        total = 0
        for sign, term in re.findall(r"([+-]?)\s*(\d+|[A-Za-z])", self.text):
            number = int(term) if term.isdigit() else letters[term] if term in letters else sizes[term]
            total += -number if sign == "-" else number
        return total


@dataclass(frozen=True)
class Reference:
    """One occurrence of a symbol.

    Attributes
    ----------
    kind : str
        "symbol", "count" (a size or a bound index used as a number), "kronecker" or "ones".
    name : str
        Name in the code; None unless a symbol.
    plain : str
        TeX without index and row, as the table writes it.
    literal : frozenset of str
        Letters in subscripts that belong to the symbol itself.
    step, row : Count or None
    index, powers : tuple
        Counts; a power may also be ``"\\top"``. The index of a count is the count, that of ones their number.
    """

    kind: str
    name: str | None = None
    plain: str = ""
    literal: frozenset = frozenset()
    step: Count | None = None
    row: Count | None = None
    index: tuple = ()
    powers: tuple = ()

    @property
    def letters(self):
        """All letters whose values the occurrence depends on."""
        counts = (self.step, self.row, *self.index, *self.powers)
        return frozenset().union(*(count.letters for count in counts if isinstance(count, Count)))


class Lexicon:
    """Reads references by the symbol table and by the letters of sizes.

    Parameters
    ----------
    symbols : equations.symbols.Symbols
    sizes : mapping of str to int
    error : callable
        Makes an exception of a message and a tree.
    """

    def __init__(self, symbols, sizes, error):
        self.symbols, self.sizes, self.error = symbols, frozenset(sizes), error
        self.indices = frozenset(symbols.indices["letters"])

    def read(self, tree, bound):
        """The reference that a tree of the grammar's rule `reference` writes; `bound`: letters that sums bind."""
        scripts = {kind: [token for token in tree.children if token.type == kind] for kind in ("SUB", "SUP")}
        base = next(token for token in tree.children if token.type == "BASE").strip()
        if tree.children[0].type == "DELTA":
            base = rf"\delta {base}"
        if len(scripts["SUB"]) > 1:
            raise self.error("two subscripts on one symbol", tree)
        below = content(scripts["SUB"][0]) if scripts["SUB"] else ""
        above, found = scripts["SUP"], None
        if above:
            found = self._symbol(base, _components(below), bound, f"^{{{content(above[0])}}}")
        row, powers = self._superscripts(above[1:] if found else above, tree)
        found = found or self._symbol(base, _components(below), bound) or self._special(base, below, bound, tree)
        if found is None:
            written = f"{base}{_subscript(below)}"
            raise self.error(f"unknown symbol {written}: {self._missing(written)}", tree)
        if found.name and found.index and not self.symbols.entries[found.name].indexed:
            message = f"{found.plain} is not declared as indexed, so {base}{_subscript(below)} is no element of it"
            raise self.error(message, tree)
        count = None if row is None else Count.read(row)
        if row is not None and (count is None or found.kind != "symbol"):
            raise self.error(f"expected a symbol with a row such as ^{{(n)}}, got ^{{({row})}}", tree)
        return replace(found, row=count, powers=powers)

    def known(self, tex):
        r"""Name of the symbol that a TeX writes, or None; \hat{y} and \hat y are one."""
        accent = _ACCENT.search(tex)
        written = [tex]
        if accent:
            inner = f" {accent[2]}" if accent[2] else f"{{{accent[3]}}}"
            written.append(tex[: accent.start()] + accent[1] + inner + tex[accent.end() :])
        return next(filter(None, map(self.symbols.written, written)), None)

    def _missing(self, tex):
        try:
            return self.symbols.name(tex)
        except KeyError as error:
            return str(error)

    def _superscripts(self, tokens, tree):
        row, powers = None, []
        for token in tokens:
            text = content(token)
            rows = re.match(r"\((.*?)\)", text)
            if rows and row is None and not powers:
                row, text = rows[1].strip(), text[rows.end() :].strip()
                if not text:
                    continue
            powers.append(power(text))
            if powers[-1] is None:
                raise self.error(rf"cannot read the power {text}; a transpose is written ^\top", tree)
        return row, tuple(powers)

    def _special(self, base, below, bound, tree):
        if base in bound | self.sizes and not below:
            return Reference("count", plain=base, index=(Count(base),))
        if re.sub(r"\s", "", base) == _ONES:
            return Reference("ones", index=(Count.read(below or "B"),))
        if base != r"\delta":
            return None
        index = [Count.read(part) for part in (below.split(",") if "," in below else below.replace(" ", ""))]
        if len(index) != 2 or not all(count and self._is_index(count, bound) for count in index):
            raise self.error(r"expected Kronecker's \delta_{ij} with two indices, or \delta before a symbol", tree)
        return Reference("kronecker", index=tuple(index))

    def _symbol(self, base, components, bound, superscript=""):
        """The first reading of the subscripts under which the table knows the symbol, and its elements if indexed.

        A superscript belongs to the symbol itself.
        """
        unindexed, spread = None, components
        if components and len(components[-1]) > 1 and set(components[-1]) <= self.indices:
            spread = [*components[:-1], *components[-1]]
        for readings in (_literally, self._as_steps):
            for parts in (components, spread):
                for end in range(len(parts), -1, -1):
                    index = tuple(map(Count.read, parts[end:]))
                    if all(count and self._is_index(count, bound) for count in index):
                        for kept, step in readings(parts[:end], bound):
                            plain = f"{base}{_subscript(','.join(kept))}{superscript}"
                            name = self.known(plain)
                            if name:
                                literal = _letters(kept) - (step.letters | {"t"} if step else set())
                                found = Reference("symbol", name, plain, literal, step, index=index)
                                if not index or self.symbols.entries[name].indexed:
                                    return found
                                unindexed = unindexed or found
        return unindexed

    def _is_index(self, count, bound):
        return count.letters <= self.indices | bound | self.sizes

    def _as_steps(self, components, bound):
        """Subscripts with one of them read as a time step: (subscripts as the table has them, step)."""
        for place, component in enumerate(components):
            count = Count.read(component)
            if count and count.letters <= bound | {"t"} | self.sizes:
                for name in count.letters & bound:
                    shifted = re.sub(rf"\b{name}\b", "t", component)
                    yield [*components[:place], shifted, *components[place + 1 :]], Count(name)
                yield [*components[:place], "t", *components[place + 1 :]], count


def _literally(components, bound):
    yield components, Count("t") if "t" in _letters(components) & bound else None


def power(text):
    r"""The power that a superscript writes, a Count or ``\top``; None if neither.

    A capital alone is refused: to a reader ``W^T`` is a transpose.
    """
    if text == r"\top":
        return text
    return None if re.fullmatch("[A-Z]", text) else Count.read(text)


def content(token):
    """What a subscript or superscript holds."""
    text = token[1:].strip()
    return text[1:-1].strip() if text.startswith("{") else text


def _letters(components):
    return frozenset().union(*(count.letters for count in map(Count.read, components) if count))


def _subscript(text):
    return f"_{{{text}}}" if text else ""


def _components(below):
    """Subscripts between their commas; a comma within braces belongs to its subscript."""
    return [part.strip() for part in re.split(r",(?![^{]*\})", below)] if below else []
