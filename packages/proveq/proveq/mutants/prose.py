"""The mistakes that a sentence may have: another number, and a word that says the opposite."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..sphinx.prose.typed import numbers_in
from ..sphinx.prose.words import compared
from ..sphinx.regions import regions
from .mutant import Edit

__all__ = ["numbers", "words"]

#: What says the opposite of a word, in one direction; the other is added below.
_OPPOSITES = {
    "larger": "smaller", "greater": "smaller", "bigger": "smaller", "more": "less", "higher": "lower",
    "longer": "shorter", "faster": "slower", "stronger": "weaker", "steeper": "slower",
    "rise": "fall", "rises": "falls", "rising": "falling", "rose": "fell", "grow": "shrink", "grows": "shrinks",
    "growing": "shrinking", "grew": "shrank", "increase": "decrease", "increases": "decreases",
    "largest": "smallest", "greatest": "smallest", "most": "least", "highest": "lowest", "longest": "shortest",
    "fastest": "slowest", "strongest": "weakest", "equal": "unequal", "equally": "unequal", "alike": "unequal",
    "identical": "unequal", "equals": "differs", "differ": "equal", "differed": "equal", "twice": "half",
    "double": "halve", "doubles": "halves", "doubled": "halved", "doubling": "halving", "at least": "at most",
    "better": "worse", "best": "worst",
}  # fmt: skip
_OPPOSITES |= {other: word for word, other in reversed(_OPPOSITES.items())} | _OPPOSITES
#: Sentences that are counted as claiming nothing, and questions.
_CLAIMS_NOTHING = re.compile(r"\{unshown\}|\{cite|\?\s*$")
#: What is no word of a sentence: roles, formulas, code, where a link leads.
_NO_WORDS = re.compile(r"\{[\w:-]+\}`[^`]*`|(`+)(?!`).*?(?<!`)\1(?!`)|\$[^$]+\$|\]\([^)]*\)")
#: Marks of blocks, titles, targets; and what begins with a number that counts, as in a list.
_NO_SENTENCE = re.compile(r"\s*(?::::|#|\(|\d+\. |\*\*\d+\. |\| \d+ \|)")


def numbers(text: str) -> Iterator[Edit]:
    """Each number of a sentence that claims something, greater by one; not names, as of a step or a figure."""
    for line, offset in _lines(text):
        for number in numbers_in(line):
            if number.kind not in ("label", "year") and number.text.lstrip("−-").isdigit():
                changed = str(int(number.text.replace("−", "-")) + 1).replace("-", "−")
                end = offset + number.start + len(number.text)
                yield Edit(offset + number.start, end, changed, f"{number.text} -> {changed}")


def words(text: str) -> Iterator[Edit]:
    """Each word of a sentence that compares, and its opposite."""
    for line, offset in _lines(text):
        place = 0
        for word, _sign in compared(line):
            found = re.compile(rf"(?<![\w-]){word}(?![\w-])", re.IGNORECASE).search(line, place)
            opposite = _OPPOSITES.get(word.lower())
            if found and opposite:
                place = found.end()
                yield Edit(offset + found.start(), offset + found.end(), opposite, f"{word} -> {opposite}")


def _lines(text: str) -> Iterator[tuple[str, int]]:
    """Lines of prose that claim something, one sentence each, with blanks for what is no word, and where they begin."""
    for region in regions(text):
        if region.kind == "prose":
            yield from _spoken(text, region.start, region.end, "")
        elif region.kind in ("options", "code-cell"):
            end = region.end if region.kind == "options" else region.start
            yield from _spoken(text, region.options, end, r":\s*(?:alt|caption):")


def _spoken(text: str, start: int, end: int, begins: str) -> Iterator[tuple[str, int]]:
    for found in re.finditer(rf"^({begins})([^\n]+)", text[start:end], re.MULTILINE):
        line = found[2]
        if not (_CLAIMS_NOTHING.search(line) or _NO_SENTENCE.match(line)):
            # In options, the quotation marks of YAML.
            line = re.sub(r'^( *)"(.*)"$', r"\1 \2 ", line) if begins else line
            yield (
                _NO_WORDS.sub(lambda part: "\N{OBJECT REPLACEMENT CHARACTER}" * len(part[0]), line),
                start + found.start(2),
            )
