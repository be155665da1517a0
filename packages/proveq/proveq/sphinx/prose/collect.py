"""Put the answers of the run into a page that was read, and judge its sentences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from html import escape
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxRole

from .asked import Asked, asked_in
from .held import Claim, Prose, hold
from .sentences import ASKED, ROLE, Sentence, line_of, sentences_of
from .typed import Phrase, numbers_in, phrases, steps_out_of_order

__all__ = ["ProseRole", "Reader", "asked_of", "declared_in"]


class ProseRole(SphinxRole):
    """A place for a number, or for what shows a sentence."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        return [nodes.inline(self.rawtext, "", **{ASKED: (self.name, " ".join(self.text.split()))})], []


def asked_of(source: str, declared: list[Phrase]) -> list[Asked]:
    """All that a page asks of its run: its roles, then the numbers that its front matter declares."""
    roles = list(asked_in(source))
    typed = [
        Asked(
            "typed", phrase.words, phrase.expression, str(phrase.number.value), 0, line_of(source, phrase.words, 1), 1
        )
        for phrase in declared
        if phrase.expression and phrase.number
    ]
    return roles + typed


class Reader:
    """Judges the sentences of one page.

    Parameters
    ----------
    source
        Its text.
    asked
        What it asked of its run.
    answers
        What was answered, by the place of what was asked.
    stopped
        Whether the cells did not run to the end, so that an answer may lack for that.
    """

    def __init__(self, source: str, asked: list[Asked], answers: Mapping[int, Mapping[str, str]], stopped: bool):
        self.prose = Prose()
        self.problems: list[tuple[int, str]] = []
        self._source = source
        self._filled: dict[str, str] = {}
        self._left: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._asked, self._answers, self._stopped = asked, answers, stopped
        for place, one in enumerate(asked):
            self._left[one.kind, one.text].append(place)
            self._check(place)

    def _check(self, place: int) -> None:
        one, found = self._asked[place], self._answers.get(place)
        wrong = "" if found else "names what no cell of the page defines"
        wrong = found.get("refused", "") if found else wrong
        if wrong and not (self._stopped and not found):
            role = f"typed: {one.text}: {one.expression}" if one.kind == "typed" else f"{{{one.kind}}}`{one.text}`"
            self.problems.append((one.line, f"column {one.column}, {role}: {wrong}"))

    def answer(self, kind: str, text: str) -> str:
        """What the next role of that text prints."""
        places = self._left[kind, text]
        place = places.pop(0) if len(places) > 1 else (places or [-1])[0]
        return self._answers.get(place, {}).get("text", "?")

    def read(
        self,
        doctree: nodes.document,
        states: Mapping[int, str],
        held: set[int],
        declared: list[Phrase],
        common: list[Phrase],
        enforced: bool,
    ) -> None:
        """Judge every sentence and put the answers in.

        Parameters
        ----------
        doctree
        states
            State of each inline formula by the `id` of its node.
        held
            Those cells of tables, by `id`, whose numbers have been compared with arrays.
        declared, common
            Numbers that the page's front matter declares, and the whole book.
        enforced
            Whether a sentence that rests on nothing is an error.
        """
        used: set[Phrase] = set()
        sentences = list(sentences_of(doctree))
        for sentence in sentences:
            if id(sentence.block.parent) in held:
                self.prose.numbers["shape"] += len(list(numbers_in(sentence.text)))
                continue
            found = list(hold(sentence, states, [*declared, *common], used, self.prose))
            if enforced:
                line = sentence.line_in(self._source) if found else 0
                start = " ".join(sentence.plain.split())
                self.problems += [(line, f"{message}\n    in: {start:.100}") for message in found]
        if enforced:
            bold = ((node.parent.line or 1, node.astext()) for node in doctree.findall(nodes.strong))
            self.problems += steps_out_of_order(bold)
        for phrase in declared:
            if phrase not in used:
                message = f"typed: {phrase.words!r} stands in no sentence of the page"
                self.problems.append((line_of(self._source, phrase.words, 1), message))
        for sentence in sentences:
            self._note(sentence)
        for block in list(doctree.findall(nodes.Element)):
            self._fill(block)

    def _note(self, sentence: Sentence) -> None:
        for node in sentence.nodes:
            kind, text = node[ASKED]
            if kind != "unshown" and (kind, text) not in self._left:
                line = sentence.line_in(self._source)
                self.problems.append((line, f"{{{kind}}}`{text}`: stands where no run is asked"))
        if sentence.shown:
            anchor = f"shown-{len(self.prose.claims) + 1}"
            words = " ".join(sentence.plain.split())
            self.prose.claims.append(Claim(words, tuple(sentence.shown), sentence.line, anchor))
            for node in sentence.nodes:
                if node[ASKED][0] == "shown" and anchor:
                    node["anchor"], anchor = anchor, ""

    def _fill(self, block: nodes.Element) -> None:
        """Put what is printed in the place of a role, or of the roles of an alternative text."""
        if ASKED in block:
            kind, text = block[ASKED]
            new: list[nodes.Node] = []
            if kind == "value":
                new = [nodes.Text(self.answer(kind, text))]
            elif kind == "shown":
                evidence = nodes.literal("", text)
                new = [nodes.inline("", "", evidence, classes=["eq-shown"], ids=block.get("anchor", "").split())]
            block.parent.replace(block, new)
        elif "{" in (old := block.get("alternative") or (isinstance(block, nodes.image) and block.get("alt")) or ""):
            if old not in self._filled:  # a notebook holds several forms of one picture
                self._filled[old] = ROLE.sub(
                    lambda found: self.answer("value", found[2]) if found[1] == "value" else "", old
                )
            if isinstance(block, nodes.image):
                block["alt"] = self._filled[old]
            else:
                block["alternative"] = self._filled[old]
                block["markup"] = block["markup"].replace(escape(old), escape(self._filled[old]))


def declared_in(front: Mapping[str, Any]) -> tuple[list[Phrase], list[str]]:
    """The numbers that a front matter declares, and what is wrong with others."""
    typed = front.get("typed") or {}
    if not isinstance(typed, Mapping):
        return [], ["typed: expected words and what holds them, one pair a line"]
    return phrases(typed)
