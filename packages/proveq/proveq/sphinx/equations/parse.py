r"""From the TeX of a displayed equation to a syntax tree; the notation is described in `grammar.lark`."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lark import Lark, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from .errors import EquationError

__all__ = ["Equality", "letter", "parse"]

#: Words that may stand before a condition, or before the indices an equation holds for; "unless" could not.
_INTRODUCTIONS = {"", "if", "for", "for all", "when", "where", "with"}
_OTHERWISE = {"otherwise", "else"}
#: What is seen as space only, or as the size of a bracket. `\\` is matched first, so that `\\,` stays a line break.
_INVISIBLE = re.compile(
    r"\\\\|\\[,;:! ]|~|\\(?:left|right|[bB]igg?[lrm]?|displaystyle|textstyle|limits|nolimits)(?![A-Za-z])"
)
_RELATION = re.compile(r"\\(?:ll|gg|approx|sim|simeq|equiv|propto|to|mapsto|in)(?![A-Za-z])")
_ORDERS = {"le": "<=", "ge": ">=", "l": "<", "g": ">"}


@dataclass(frozen=True)
class Equality:
    r"""A chain ``a = b = c`` as read.

    Attributes
    ----------
    sides : tuple of lark.Tree
        At least two; one if it stands alone.
    conditions : tuple of lark.Tree
        ``i = j`` and ``i \neq j``, which the free indices must meet.
    tex : str
        The whole display.
    relations : tuple of str
        What stands between the sides: "=", "<=", ">=", "<" or ">".
    """

    sides: tuple
    conditions: tuple
    tex: str
    relations: tuple = ()

    def text(self, tree):
        """The TeX that a part of the tree was read from."""
        return " ".join(self.tex[tree.meta.start_pos : tree.meta.end_pos].split())

    def error(self, message, tree, unreadable=False):
        """An error that points at a part of the tree."""
        return EquationError(message, self.tex, tree.meta.start_pos, unreadable)


@lru_cache(maxsize=1)
def parser():
    """Reads the notation of `grammar.lark`."""
    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="basic", propagate_positions=True, maybe_placeholders=False)


@lru_cache(maxsize=512)
def parse(tex, alone=False):
    r"""Read a display, or an inline formula.

    Parameters
    ----------
    tex : str
        What stands in the display, ``\begin{aligned}`` included.
    alone : bool, optional
        Whether a side may stand alone, without a relation.

    Returns
    -------
    tuple of Equality
        One for each chain in it.

    Raises
    ------
    EquationError
        With line and column of what is not in the notation.
    """
    blanked = _INVISIBLE.sub(lambda found: found[0] if found[0] == r"\\" else " " * len(found[0]), tex)
    relation = _RELATION.search(re.sub(r"\\text\s*\{[^{}]*\}", lambda text: " " * len(text[0]), blanked))
    if relation:
        message = f"{relation[0]} cannot be evaluated, only = and \\le, \\ge, <, > can"
        raise EquationError(message, tex, relation.start(), unreadable=True)
    try:
        tree = parser().parse(blanked)
    except UnexpectedInput as error:
        raise _unreadable(error, blanked, tex) from None
    equalities = []
    for line in tree.children:
        chains = []
        for clause in line.children:
            _sort(clause, chains, tex, alone)
        if not chains:
            raise EquationError("expected an equation, a = b", tex, line.meta.start_pos, unreadable=True)
        for chain, conditions in chains:
            sides, relations = _links(chain)
            equalities.append(Equality(sides, tuple(conditions), tex, relations))
    for equality in equalities:
        for side in equality.sides:
            _verify(side, equality)
    return tuple(equalities)


def letter(tree):
    """The index that a tree consists of, a letter or a whole number, or None."""
    if tree.data == "reference" and len(tree.children) == 1 and re.fullmatch("[A-Za-z]", tree.children[0]):
        return str(tree.children[0])
    if tree.data == "number" and len(tree.children) == 1 and tree.children[0].isdigit():
        return str(tree.children[0])
    return None


def _links(chain):
    """The sides of a chain, and what stands between them."""
    orders = [child if child.data == "compared" else None for child in chain.children]
    sides = tuple(order.children[1] if order else side for side, order in zip(chain.children, orders))
    return sides, tuple(_order(order.children[0]) if order else "=" for order in orders[1:])


def _order(token):
    sign = token.replace("\\\\", " ").strip(" &\n")
    return sign if sign in "<>" else _ORDERS[sign.removeprefix("\\").rstrip("qt")]


def _is_condition(tree):
    if tree.data not in ("chain", "unequal") or len(tree.children) != 2:
        return False
    a, b = map(letter, tree.children)
    return bool(a and b and a != b)


def _words(text):
    return text[text.index("{") + 1 : -1].strip().rstrip(",").lower()


def _sort(clause, chains, tex, alone):
    """Add an equation to those of its line, or a condition to the equation before it."""
    statement = next((child for child in clause.children if isinstance(child, Tree)), None)
    if statement is None:
        return
    position = statement.meta.start_pos
    if statement.data == "chain" and not (chains and _is_condition(statement)):
        chains.append((statement, []))
    elif chains and (_is_condition(statement) or letter(statement)):
        texts = [child for child in clause.children if not isinstance(child, Tree) and child.start_pos < position]
        if any(_words(text) not in _INTRODUCTIONS for text in texts):
            message = f"before a condition expected one of: {', '.join(sorted(_INTRODUCTIONS - {''}))}"
            raise EquationError(message, tex, texts[0].start_pos, unreadable=True)
        if _is_condition(statement):
            chains[-1][1].append(statement)
    elif alone and not chains and statement.data != "unequal":
        chains.append((Tree("chain", [statement], statement.meta), []))
    else:
        message = "expected an equation, a = b, and after it conditions on its indices"
        raise EquationError(message, tex, position, unreadable=True)


def _verify(side, equality):
    """Refuse what the grammar admits but what readers could take in two ways."""
    for tree in side.iter_subtrees():
        if tree.data == "application":
            argument = tree.children[1]
            if argument.data == "bracket" and any("top" not in power for power in argument.children[1:]):
                message = r"ambiguous: the power of a function is written \tanh^2(x), that of its argument \tanh((x)^2)"
                raise equality.error(message, argument, unreadable=True)
        elif tree.data == "quotient":
            last = [part for part in tree.children[0].iter_subtrees() if part.data == "application"]
            if any(part.meta.end_pos == tree.children[0].meta.end_pos and not _bracketed(part) for part in last):
                message = r"ambiguous: before a slash the argument of a function stands in a bracket, \log(x) / y"
                raise equality.error(message, tree, unreadable=True)
        elif tree.data == "row":
            conditions = [child for child in tree.children[1:] if isinstance(child, Tree)]
            words = [_words(child) for child in tree.children[1:] if not isinstance(child, Tree)]
            allowed = _INTRODUCTIONS if conditions else _OTHERWISE
            if not all(map(_is_condition, conditions)) or not set(words) <= allowed or not (conditions or words):
                message = r"expected as condition i = j, i \neq j or \text{otherwise}"
                raise equality.error(message, (conditions or [tree])[0], unreadable=True)
        elif tree.data in ("derivative", "differential"):
            above, below = (token for token in tree.children if not isinstance(token, Tree))
            if ("partial" in above) != ("partial" in below):
                raise equality.error(r"expected \partial above and below, or d above and below", tree, unreadable=True)


def _bracketed(application):
    return application.children[1].data in ("bracket", "tuple")


def _unreadable(error, blanked, tex):
    if isinstance(error, UnexpectedCharacters):
        return EquationError(f"{blanked[error.pos_in_stream]!r} is not in the notation", tex, error.pos_in_stream, True)
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        found = error.token.strip() or "this"
        return EquationError(f"{found} cannot stand here", tex, error.token.start_pos, True)
    return EquationError("the equation ends too early", tex, len(tex.rstrip()), True)
