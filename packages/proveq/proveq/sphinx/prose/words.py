"""Words that compare, and the signs that show what they say.

"Falls" and "smaller" are shown by `<`, "rises" and "larger" by `>`, "largest" by `max`. A word is shown as well by a
name that has it as a part, as `loss_falls`. Where a sentence compares several things, one sign shows every word that
needs it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

__all__ = ["compared", "negated", "signs_of", "signs_of_tex"]

#: What shows a word: the signs of Python, and names of functions that stand for them.
MORE, LESS, EQUAL, DIFFER, AT_LEAST, AT_MOST = ">", "<", "==", "!=", ">=", "<="
LARGEST, SMALLEST, TWICE, HALF = "max", "min", "2 *", "/ 2"
WORDS = {
    MORE: (
        "larger greater bigger more higher longer faster steeper stronger dearer exceed exceeds exceeded outweigh rise"
        " rises rising rose grow grows growing grew grown increase increases increasing increased"
    ),
    LESS: (
        "smaller less fewer lower shorter slower weaker cheaper fall falls falling fell fallen shrink shrinks shrinking"
        " shrank drop drops dropped decrease decreases decreasing decreased"
    ),
    LARGEST: "largest greatest biggest most highest longest fastest steepest strongest dearest",
    SMALLEST: "smallest fewest lowest shortest slowest weakest cheapest least",
    EQUAL: "equal equals equally alike identical",
    DIFFER: "differ differs differed unequal",
    TWICE: "twice double doubles doubled doubling",
    HALF: "half halve halves halved halving",
    AT_LEAST: "at_least",
    AT_MOST: "at_most",
}
#: What shows more than it must: that the largest is named shows that it is larger, too.
ALSO = {LARGEST: (MORE,), SMALLEST: (LESS,)}
#: Judged by nobody but a name of the page's own: better by which measure?
NAMED_ONLY = "better best worse worst nearer closer"
_SIGN_OF = {word: sign for sign, words in WORDS.items() for word in words.split()}
_SIGN_OF |= dict.fromkeys(NAMED_ONLY.split(), "")
_PHRASES = re.compile(r"\bat (least|most)\b", re.IGNORECASE)
#: Where such a word compares nothing.
_IDIOMS = re.compile(
    "|".join([
        r"\b(?:once|any|no|what is|one) more\b(?! than)",
        r"\bmore (?:or less|precisely)\b",
        r"\bin more detail\b",
        r"\bno longer\b",
        r"\bequals sign\b",
        r"\b(?:first|second|each|every|other|either|both|forward|backward|lower|upper) (?:half|halves)\b",
        r"\b(?:lower|upper) (?:layer|row|cell|left|right)s?\b",
        r"\bthe lower (?:two|three|four)\b",
        r"\b(?:the|a|its) (?:fall|rise|drop)\b",
        r"\bdrops? (?:the|a|an|one|out)\b",
        r"\b(?:is|are|be) dropped\b",
        r"(?<=\w )twice(?=[.,:;])",
        r"\bdouble(?: and(?: in)? single)? precision\b",
    ]),
    re.IGNORECASE,
)  # fmt: skip
#: What stands between quotation marks is spoken of, not said.
_MENTIONED = re.compile(r"\"[^\"]*\"|“[^”]*”")
_OPERATORS = {
    ast.Gt: MORE,
    ast.Lt: LESS,
    ast.GtE: AT_LEAST,
    ast.LtE: AT_MOST,
    ast.Eq: EQUAL,
    ast.NotEq: DIFFER,
}
_FUNCTIONS = {
    "max": LARGEST, "argmax": LARGEST, "maximum": LARGEST, "nanmax": LARGEST, "min": SMALLEST, "argmin": SMALLEST,
    "minimum": SMALLEST, "nanmin": SMALLEST, "array_equal": EQUAL, "agree": EQUAL, "allclose": EQUAL,
}  # fmt: skip
_TEX = {
    "=": EQUAL, ">": MORE, "<": LESS, r"\ge": AT_LEAST, r"\geq": AT_LEAST, r"\le": AT_MOST, r"\leq": AT_MOST,
    r"\neq": DIFFER, r"\ne": DIFFER, r"\approx": EQUAL, r"\max": LARGEST, r"\min": SMALLEST,
}  # fmt: skip
_TEX_SIGN = re.compile(r"\\(?:geq?|leq?|neq?|approx|max|min)(?![A-Za-z])|[=<>]")


def compared(sentence: str) -> list[tuple[str, str]]:
    """The words of a sentence that compare, each with what shows it; "" where only a name can.

    >>> compared("At most twice as large, and it falls; no longer equal.")
    [('at most', '<='), ('twice', '2 *'), ('falls', '<'), ('equal', '==')]
    """
    text = _IDIOMS.sub(" ", _MENTIONED.sub(" ", sentence))
    text = _PHRASES.sub(lambda found: f"at_{found[1].lower()}", text)
    return [
        (word.replace("_", " "), _SIGN_OF[word.lower()])
        for word in re.findall(r"(?<![\w-])\w+(?![\w-])", text)
        if word.lower() in _SIGN_OF
    ]


@lru_cache(maxsize=4096)
def signs_of(expression: str) -> frozenset[str]:
    """What an expression shows: signs, and the words that are parts of its names.

    >>> sorted(signs_of("np.diff(losses) < 0")), sorted(signs_of("loss_falls"))
    (['<', 'diff', 'losses', 'np'], ['falls', 'loss'])
    """
    return frozenset(_signs(ast.parse(expression, mode="eval")))


def _signs(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            yield from (_OPERATORS[type(sign)] for sign in node.ops if type(sign) in _OPERATORS)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            yield from (TWICE for side in (node.left, node.right) if _is(side, 2))
            yield from (HALF for side in (node.left, node.right) if _is(side, 0.5))
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and _is(node.right, 2):
            yield HALF
        elif isinstance(node, ast.Name | ast.Attribute):
            name = node.id if isinstance(node, ast.Name) else node.attr
            yield from name.lower().split("_")
            if name in _FUNCTIONS:
                yield _FUNCTIONS[name]
                yield from ALSO.get(_FUNCTIONS[name], ())


def negated(expression: str) -> bool:
    """Whether an expression denies something, which its signs do not tell."""
    return any(
        isinstance(node, ast.Not | ast.NotIn | ast.IsNot) for node in ast.walk(ast.parse(expression, mode="eval"))
    )


def signs_of_tex(tex: str) -> frozenset[str]:
    r"""What a formula shows.

    >>> sorted(signs_of_tex(r"0 < f_t \\le 1"))
    ['<', '<=']
    """
    return frozenset(_TEX[sign] for sign in _TEX_SIGN.findall(tex))


def _is(node, value):
    return isinstance(node, ast.Constant) and node.value == value
