"""The sentences of a page: what they say in words, and what stands in them that a run has held."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from docutils import nodes
from sphinx import addnodes

__all__ = ["ASKED", "QUOTED", "ROLE", "Sentence", "alternative_of", "line_of", "sentences_of"]

#: The attribute of a role's node: ("value", "shown" or "unshown", its text).
ASKED = "proveq_asked"
#: The attribute of a block that other extensions set where it tells of the work of others.
QUOTED = "proveq_quoted"
#: A role in a text that is no Markdown; not within double backticks, where its source is shown.
ROLE = re.compile(r"(?<!``)\{(value|shown|unshown)\}`([^`]+)`(?!`)")
#: The end of a sentence, with the roles that end it.
_END = re.compile(r"[.?!][)\"”]*\x01*\s+|\n\n")
#: Not prose of the page: outputs of cells, signatures and docstrings, what a view fills in.
_OTHERS = (addnodes.desc, nodes.field_list, nodes.comment, nodes.raw)
#: What stands for a node in the text: no word, no number; and for a role that prints nothing.
_OPAQUE, _SILENT = "\N{OBJECT REPLACEMENT CHARACTER}", "\x01"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass
class Sentence:
    """One sentence, or what stands for one: a cell of a table, a title, an alternative text.

    Attributes
    ----------
    text : str
        Its words; formulas, code and printed numbers are opaque characters.
    plain : str
        The same with formulas and code as they are written.
    places : list of int
        Where each letter of the words stands among these.
    line : int
        Where its block says that it begins; 0 if it does not say.
    block : docutils.nodes.Element
        The paragraph, or the picture.
    shown, unshown, values : list of str
        The texts of its roles.
    formulas : list of docutils.nodes.math
    cited : bool
        Whether it cites somebody.
    quoted : bool
        Whether its block tells of the work of others.
    head : str
        Of a cell of a table, the head of its column.
    nodes : list of docutils.nodes.Element
        The nodes of its roles.
    """

    block: nodes.Element
    line: int
    text: str = ""
    plain: str = ""
    places: list[int] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    unshown: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    formulas: list[nodes.math] = field(default_factory=list)
    cited: bool = False
    quoted: bool = False
    head: str = ""
    nodes: list[nodes.Element] = field(default_factory=list)

    def line_in(self, source: str) -> int:
        """Its line in the text of the page, which a picture does not say, and a table of its rows only about."""
        longest = max(self.text.split(_OPAQUE), key=len).split()
        for count in range(len(longest), 0, -1):  # markup may stand among the words
            if found := line_of(source, " ".join(longest[:count]), self.line):
                return found
        return self.line or 1


def line_of(source: str, words: str, about: int) -> int:
    """The line, from 1, where some words begin, of several the nearest to one; 0 if they stand nowhere."""
    pattern = r"\s+".join(map(re.escape, words.split()))
    lines = (source.count("\n", 0, found.start()) + 1 for found in re.finditer(pattern, source))
    return min(lines, key=lambda line: abs(line - about), default=0)


def sentences_of(doctree: nodes.document) -> Iterator[Sentence]:
    """Every sentence, in the order of the page; those of an alternative text come with their picture."""
    for block in doctree.findall(nodes.Element):
        if alternative := alternative_of(block):
            text, roles = _roles_in(alternative)
            yield from _cut(block, block.line or 0, text, roles)
        elif isinstance(block, nodes.TextElement) and _is_prose(block):
            yield from _cut(block, block.line or 0, *_flat(block))


def alternative_of(node: nodes.Element) -> str:
    """The alternative text of a picture, of which a notebook holds several forms; "" of anything else."""
    if isinstance(node, nodes.image):
        others = node.parent.findall(nodes.image) if node.parent is not None else [node]
        return node.get("alt", "") if next(iter(others)) is node else ""
    return node.get("alternative", "")


def _roles_in(text: str) -> tuple[str, list[nodes.Element]]:
    """The roles of a text that is no Markdown."""
    roles: list[nodes.Element] = [
        nodes.inline("", "", **{ASKED: (found[1], found[2])}) for found in ROLE.finditer(text)
    ]
    return ROLE.sub(lambda found: _OPAQUE if found[1] == "value" else _SILENT, text), roles


def _is_prose(block: nodes.Element) -> bool:
    """Whether a node is a block of prose, not a part of one."""
    if isinstance(block, nodes.Inline | nodes.FixedTextElement | nodes.math_block):
        return False
    above: nodes.Element | None = block
    while above is not None:
        hidden = "equation_remarks" in above or "toctree-wrapper" in above.get("classes", ())
        of_cell = above.get("nb_element") and not isinstance(block, nodes.caption)
        of_docstring = "docstring of " in (above.source or "")  # as autodoc notes it, of a module's too
        if isinstance(above, _OTHERS) or hidden or of_cell or of_docstring:
            return False
        above = above.parent
    return True


def _cut(block: nodes.Element, line: int, text: str, roles: list[nodes.Element]) -> Iterator[Sentence]:
    start, left = 0, iter(roles)
    for end in [*(found.end() for found in _END.finditer(text)), len(text)]:
        part = text[start:end]
        if part.strip():
            before = text[:start] + part[: len(part) - len(part.lstrip())]
            quoted, head = bool(block.get(QUOTED)), _head_of(block.parent)
            sentence = Sentence(block, line + before.count("\n"), quoted=quoted, head=head)
            for letter in part:
                written = _add(sentence, next(left)) if letter in (_OPAQUE, _SILENT) else letter
                if letter != _SILENT:
                    sentence.text += letter
                    sentence.places.append(len(sentence.plain))
                    sentence.plain += written
            yield sentence
        start = end


def _head_of(cell: nodes.Element) -> str:
    if not isinstance(cell, nodes.entry):
        return ""
    place, group = cell.parent.index(cell), cell.parent.parent.parent
    heads = [row for head in group.findall(nodes.thead) for row in head.findall(nodes.row)]
    return heads[-1][place].astext() if heads and place < len(heads[-1]) else ""


def _flat(node: nodes.Element) -> tuple[str, list[nodes.Element]]:
    """The words, with marks for formulas, code and roles; and these."""
    text, found = "", []
    for child in node.children:
        if isinstance(child, nodes.Text):
            text += child.astext()
        elif isinstance(child, nodes.math) and _NUMBER.fullmatch(child.astext()):
            text += child.astext().replace("-", "−")
        elif isinstance(child, nodes.math | nodes.literal) or ASKED in child or _is_citation(child):
            text += _OPAQUE if child.get(ASKED, ("value",))[0] == "value" else _SILENT
            found.append(child)
        else:
            inner, nodes_in_it = _flat(child)
            text += inner
            found += nodes_in_it
    return text, found


def _is_citation(node: nodes.Element) -> bool:
    return isinstance(node, addnodes.pending_xref) and node.get("refdomain") in ("cite", "bibtex")


def _add(sentence: Sentence, node: nodes.Element) -> str:
    """Note a node of the sentence; what is written there."""
    if ASKED in node:
        kind, text = node[ASKED]
        getattr(sentence, "values" if kind == "value" else kind).append(text)
        sentence.nodes.append(node)
        return _OPAQUE if kind == "value" else ""
    if isinstance(node, nodes.math):
        sentence.formulas.append(node)
    sentence.cited = sentence.cited or _is_citation(node)
    return node.astext()
