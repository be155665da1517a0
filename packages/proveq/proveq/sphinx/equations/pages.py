"""The equations of a folder of pages, read without Sphinx: for checks that run from pytest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from mdit_py_plugins.front_matter import front_matter_plugin

from ..front_matter import front_matter
from . import printer
from .directive import names, resolve, several, with_defaults
from .symbols import Symbols

_OPTION = re.compile(r":([a-z-]+):\s*(.*)")


@dataclass(frozen=True)
class PageEquation:
    """An `{equation}` directive as it stands in the source of a page.

    Attributes
    ----------
    label, path : str
    line : int
    options : dict of str to str
    text : str
        The typed TeX; empty for an equation set from code.
    given : str
        The scope that it names, or that its page names.
    """

    label: str
    path: str
    line: int
    options: dict[str, str]
    text: str
    given: str

    @property
    def kind(self) -> str:
        """derived, definition or cited."""
        return self.options.get("kind", "derived")

    def function(self):
        """The function that an equation set from code belongs to, or None."""
        return resolve(self.options["code"]) if "code" in self.options else None

    def typeset(self, symbols: Symbols) -> printer.Typeset | None:
        """The line of code that it is set from, or None."""
        if "code" not in self.options:
            return None
        chosen = {"substitute": names(self.options.get("substitute"))}
        if "symbol" in self.options:
            chosen["symbol"] = self.options["symbol"]
        return printer.typeset(self.function(), self.options["result"], symbols, **chosen)

    def tex(self, symbols: Symbols) -> str:
        """What the page displays."""
        quote = self.typeset(symbols)
        return quote.tex if quote else self.text


def equations_of(folder: str | Path) -> Iterator[PageEquation]:
    """Every equation of every page below a folder, in the order of paths and lines."""
    parser = MarkdownIt("commonmark").use(front_matter_plugin)
    for path in sorted(Path(folder).rglob("*.md")):
        front = front_matter(path)
        for token in parser.parse(path.read_text(encoding="utf-8")):
            if token.type == "fence" and token.info.startswith("{equation}"):
                yield _equation(token, path.relative_to(folder).as_posix(), front)
            elif token.type == "fence" and token.info.startswith("{equations}"):
                yield from _equations(token, path.relative_to(folder).as_posix(), front)


def _equation(token, path: str, front: dict[str, Any]) -> PageEquation:
    options, lines = _options(token)
    label = token.info.removeprefix("{equation}").strip()
    text = "\n".join(lines).strip()
    options = with_defaults(options, front)
    given = options.get("given", front.get("given", ""))
    return PageEquation(label, path, token.map[0] + 1, options, text, given)


def _equations(token, path: str, front: dict[str, Any]) -> Iterator[PageEquation]:
    options, lines = _options(token)
    first = token.map[0] + 1 + len(token.content.splitlines()) - len(lines)
    for number, line in enumerate(lines, start=first + 1):
        if line.strip():
            ((label, own),) = several(token.info.removeprefix("{equations}").strip(), [line])
            chosen = with_defaults(options | own, front)
            yield PageEquation(label, path, number, chosen, "", chosen.get("given", front.get("given", "")))


def _options(token) -> tuple[dict[str, str], list[str]]:
    """The options at the head of a directive, and the lines after them."""
    lines, options = token.content.splitlines(), {}
    while lines and (match := _OPTION.fullmatch(lines[0].strip())):
        options[match[1]] = match[2].strip()
        lines.pop(0)
    return options, lines
