"""What each sentence of a page rests on, and what is wrong with one that rests on nothing."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from .asked import BELOW
from .sentences import Sentence
from .typed import KINDS, Phrase, is_label, literals, numbers_in
from .words import compared, negated, signs_of, signs_of_tex

__all__ = ["UNSHOWN", "Claim", "Prose", "hold"]

#: Why a sentence that compares may claim nothing of the run.
UNSHOWN = {
    "argument": "follows from what was said or derived before it, for any numbers",
    "meaning": "says what a word, a symbol or a function means",
    "possible": "says what can be, not what is",
    "advice": "says what to do, or what this book does",
    "elsewhere": "says what others did, found or wrote, or what a program not run here does",
}
#: What holds a number, or a word that compares: see `Prose`.
NUMBERS = ("printed", "shown", "shape", "equal", "label", "year", "cited", *KINDS, *UNSHOWN, "open")
COMPARED = ("shown", "formula", "cited", "quoted", "question", *UNSHOWN, "open")


@dataclass(frozen=True)
class Claim:
    """A sentence with what shows it."""

    sentence: str
    expressions: tuple[str, ...]
    line: int
    anchor: str


@dataclass
class Prose:
    """What a page's sentences rest on.

    Attributes
    ----------
    sentences : int
    claims : list of Claim
    numbers : collections.Counter
        How many numbers, by what holds them: "printed", "shown", "shape" (of a table, compared with arrays), "equal"
        (declared, and equal in the run), "label", "year", "cited", one of `KINDS` or of `UNSHOWN`, or "open", nothing.
    compared : collections.Counter
        How many words that compare, by what holds them: "shown", "formula", "cited", "quoted",
        "question", one of `UNSHOWN`, or "open".
    """

    sentences: int = 0
    claims: list[Claim] = field(default_factory=list)
    numbers: Counter[str] = field(default_factory=Counter)
    compared: Counter[str] = field(default_factory=Counter)


def hold(
    sentence: Sentence, states: Mapping[int, str], phrases: list[Phrase], used: set[Phrase], prose: Prose
) -> Iterator[str]:
    """Count what a sentence rests on, and say what is wrong with it.

    Parameters
    ----------
    sentence
    states
        State of each formula by the `id` of its node; those that hold show something.
    phrases, used
        Numbers that are declared; those met are added to `used`.
    prose
        Is added to.
    """
    prose.sentences += 1
    prose.numbers["printed"] += len(sentence.values)
    for kind in sentence.unshown:
        if kind not in UNSHOWN:
            yield f"{{unshown}}`{kind}`: no such kind; there are: {', '.join(UNSHOWN)}"
    expressions = [text.removesuffix(BELOW) for text in sentence.shown]
    for expression in expressions:
        yield from _weak(expression)
    readable = [expression for expression in expressions if _parses(expression)]
    yield from _words(sentence, readable, states, prose)
    yield from _numbers(sentence, readable, phrases, used, prose)


def _words(sentence: Sentence, shown: list[str], states: Mapping[int, str], prose: Prose) -> Iterator[str]:
    found = compared(sentence.text)
    by_expression = frozenset().union(*map(signs_of, shown))
    holding = (node.astext() for node in sentence.formulas if states.get(id(node)) in ("holds", "given"))
    by_formula = frozenset().union(*map(signs_of_tex, holding))
    needed, lacking = False, {}
    for word, sign in found:
        if (sign and sign in by_expression) or word.lower() in by_expression:
            prose.compared["shown"] += 1
        elif sign and sign in by_formula:
            prose.compared["formula"] += 1
        elif sentence.cited:
            prose.compared["cited"] += 1
        elif sentence.quoted:
            prose.compared["quoted"] += 1
        elif sentence.unshown:
            needed = True
            prose.compared[sentence.unshown[0]] += 1
        elif sentence.text.rstrip(" \n*\"'”)").endswith("?"):
            prose.compared["question"] += 1
        else:
            prose.compared["open"] += 1
            lacking[word] = f"{word!r} ({sign or 'a name with that word'})"
    if lacking:
        said = ", ".join(lacking.values())
        yield f"says {said}, and no {{shown}}`...` with that sign, or a name with that word, nor {{unshown}}`kind`"
    if sentence.unshown and not (needed or next(numbers_in(sentence.text), None)):
        yield f"{{unshown}}`{sentence.unshown[0]}`: there is nothing to be shown"


def _numbers(
    sentence: Sentence, shown: list[str], phrases: list[Phrase], used: set[Phrase], prose: Prose
) -> Iterator[str]:
    known = literals(shown)
    spans = {span: phrase for phrase in phrases for span in phrase.spans(sentence.plain)}
    used |= set(spans.values())
    nowhere: list[str] = []
    for number in numbers_in(sentence.text):
        place = sentence.places[number.start]
        phrase = next((phrase for (start, end), phrase in spans.items() if start <= place < end), None)
        if number.value in known:
            prose.numbers["shown"] += 1
        elif phrase is not None:
            prose.numbers[phrase.kind or "equal"] += 1
        elif number.kind in ("label", "year"):
            prose.numbers[number.kind] += 1
        elif is_label(sentence.head, sentence.text):
            prose.numbers["label"] += 1
        elif sentence.quoted:
            prose.numbers["quoted"] += 1
        elif sentence.unshown or sentence.cited:
            prose.numbers[sentence.unshown[0] if sentence.unshown else "cited"] += 1
        else:
            prose.numbers["open"] += 1
            nowhere.append(number.text)
    if nowhere:
        one = "the number" if len(nowhere) == 1 else "the numbers"
        yield f"{one} {', '.join(nowhere)}, from nowhere: {{value}}, {{shown}}, {{unshown}} or typed: say whence"


def _weak(expression: str) -> Iterator[str]:
    """Why an expression shows nothing."""
    if not _parses(expression):
        yield f"{{shown}}`{expression}`: no Python expression"
        return
    tree = ast.parse(expression, mode="eval")
    if not any(isinstance(node, ast.Name) for node in ast.walk(tree)):
        yield f"{{shown}}`{expression}`: names nothing of the page"
    if negated(expression):
        yield f"{{shown}}`{expression}`: say it without `not`, so that its signs are those of the sentence"
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [ast.dump(side) for side in (node.left, *node.comparators)]
            if any(one == other for one, other in pairwise(sides)):
                yield f"{{shown}}`{expression}`: compares something with itself"


def _parses(expression: str) -> bool:
    try:
        ast.parse(expression, mode="eval")
    except (SyntaxError, ValueError):
        return False
    return True
