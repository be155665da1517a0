"""The ``{counterparts}`` directive: the figures of other works, and where each has its counterpart here.

The data are a TOML file beside the page.  For each work it holds an ``[[article]]`` with a ``title`` and the ``count``
of its figures, and below it an ``[[article.figure]]`` for each of them::

    [[article]]
    title = "An article"
    count = 2

    [[article.figure]]
    number = 1                      # or "10b", for a figure that the work does not number by itself
    section = "Its own heading"     # of the section there; may be left out
    shows = "What is seen on it, in one line"
    figures = ["fig-name"]          # names of figures of this book

    [[article.figure]]
    ...

From these the directive makes a section with a table for each article; the links carry the numbers of this book.  A
figure that is not in the book, a number given twice, a gap in the numbers up to ``count``, and a key that is missing or
unknown are build errors with the file and the line of the data.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

logger = logging.getLogger(__name__)

HEADS = {"Figure": 10, "What it shows": 55, "Here": 35}  # with their widths in percent
ARTICLE = {"title": str, "count": int, "figure": list}
FIGURE = {"number": (int, str), "shows": str, "figures": list}


class Mistake(ValueError):
    """What is wrong with the data, and in which line."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Figure:
    """A figure of another work: its number there, what it shows, and the names of its counterparts."""

    number: str
    shows: str
    section: str
    names: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Article:
    """A work with its figures, in the order of their numbers."""

    title: str
    figures: tuple[Figure, ...]
    line: int


class Counterpart(nodes.Inline, nodes.Element):
    """Links to figures, made when the numbers of all figures are known."""


def _typed(table: dict[str, Any], wanted: dict[str, Any], optional: Iterable[str], what: str, line: int) -> None:
    for key, kind in wanted.items():
        if key not in table:
            raise Mistake(f"{what}: the key '{key}' is missing", line)
        if not isinstance(table[key], kind) or isinstance(table[key], bool):
            raise Mistake(f"{what}: '{key}' is {table[key]!r}, which is not of the kind it must be", line)
    unknown = sorted(set(table) - set(wanted) - set(optional))
    if unknown:
        known = ", ".join(sorted([*wanted, *optional]))
        raise Mistake(f"{what}: unknown key '{unknown[0]}'; known: {known}", line)


def _figure(table: dict[str, Any], line: int) -> Figure:
    _typed(table, FIGURE, ("section",), "a figure", line)
    number, names = str(table["number"]), table["figures"]
    if not re.fullmatch(r"[1-9]\d*[a-z]?", number):
        raise Mistake(f"the number {number!r} is not a whole number, with a letter behind it or not", line)
    if not names or not all(isinstance(name, str) for name in names):
        raise Mistake(f"figure {number}: 'figures' must name at least one figure of this book", line)
    return Figure(number, table["shows"], table.get("section", ""), tuple(names), line)


def _article(table: dict[str, Any], line: int, lines: list[int]) -> Article:
    _typed(table, ARTICLE, (), "an article", line)
    title, count = table["title"], table["count"]
    figures = [_figure(entry, at) for entry, at in zip(table["figure"], lines, strict=True)]
    seen: dict[str, int] = {}
    for figure in figures:
        if figure.number in seen:
            raise Mistake(f"{title}: figure {figure.number} is listed in line {seen[figure.number]} too", figure.line)
        if int(re.match(r"\d+", figure.number)[0]) > count:
            raise Mistake(f"{title}: figure {figure.number}, but the article has {count}", figure.line)
        seen[figure.number] = figure.line
    missing = [str(number) for number in range(1, count + 1) if str(number) not in seen]
    if missing:
        raise Mistake(f"{title}: of {count} figures these are not listed: {', '.join(missing)}", line)
    key = re.compile(r"(\d+)(.*)")
    ordered = sorted(figures, key=lambda figure: (int(key.match(figure.number)[1]), key.match(figure.number)[2]))
    return Article(title, tuple(ordered), line)


def read(text: str) -> list[Article]:
    """The articles of a data file; anything wrong is a ``Mistake`` with its line."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        raise Mistake(f"this is not TOML: {error}", int(at[1]) if at else 1) from None
    if set(data) != {"article"}:
        raise Mistake("expected [[article]] tables and nothing else at the top", 1)
    # TOML gives no lines: the headers are counted as they stand in the file.
    starts: list[tuple[int, list[int]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        header = line.split("#")[0].replace(" ", "").strip()
        if header == "[[article]]":
            starts.append((number, []))
        elif header == "[[article.figure]]":
            starts[-1][1].append(number)
    pairs = zip(data["article"], starts, strict=True)
    return [_article(table, line, lines) for table, (line, lines) in pairs]


class CounterpartsDirective(SphinxDirective):
    """``{counterparts} file.toml``: a section with a table for each article of the file."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        relative, path = self.env.relfn2path(self.arguments[0])
        self.env.note_dependency(relative)
        table = kept(self.env)[self.env.docname] = {"path": path, "mistakes": [], "figures": []}
        try:
            articles = read(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            table["mistakes"].append((f"cannot be read: {error.strerror}", 1))
            return []
        except Mistake as mistake:
            table["mistakes"].append((str(mistake), mistake.line))
            return []
        table["figures"] = [(name, f.line) for article in articles for f in article.figures for name in f.names]
        return [self._section(article) for article in articles]

    def _section(self, article: Article) -> nodes.section:
        section = nodes.section(names=[nodes.fully_normalize_name(article.title)])
        section += nodes.title(article.title, article.title)
        self.state.document.note_implicit_target(section, section)
        table = nodes.table(classes=["counterparts"])
        group = nodes.tgroup(cols=len(HEADS))
        group += [nodes.colspec(colwidth=width) for width in HEADS.values()]
        body = nodes.tbody()
        for figure in article.figures:
            shown, _ = self.parse_inline(figure.shows)
            if figure.section:
                shown = [nodes.emphasis("", figure.section), nodes.Text(": "), *shown]
            body += _row([[nodes.Text(figure.number)], shown, [Counterpart(figures=figure.names)]], quoted=1)
        table += group
        group += [nodes.thead("", _row([[nodes.Text(text)] for text in HEADS])), body]
        section += table
        return section


def _row(cells: list[list[nodes.Node]], quoted: int | None = None) -> nodes.row:
    """One row; the cell at the place `quoted` tells of the other work, and nothing of this book holds its words."""
    paragraphs = [nodes.paragraph("", "", *cell, proveq_quoted=place == quoted) for place, cell in enumerate(cells)]
    return nodes.row("", *(nodes.entry("", paragraph) for paragraph in paragraphs))


class Links(SphinxPostTransform):
    """Puts the links where counterparts are named: the figures' numbers, and the title of each page once."""

    default_priority = 5

    def run(self, **_kwargs: Any) -> None:
        labels = self.env.domains.standard_domain.anonlabels
        for node in list(self.document.findall(Counterpart)):
            pages: dict[str, list[nodes.Node]] = {}
            for name in node["figures"]:
                if name in labels:  # what is missing was reported when the environment was updated
                    docname, identifier = labels[name]
                    pages.setdefault(docname, []).append(self._link(name, docname, identifier))
            shown: list[nodes.Node] = []
            for docname, links in pages.items():
                shown += [nodes.Text("; ")] if shown else []
                shown += [part for link in links for part in (link, nodes.Text(", "))]
                shown.append(nodes.Text(self.env.titles[docname].astext()))
            node.replace_self(shown)

    def _link(self, name: str, docname: str, identifier: str) -> nodes.reference:
        numbers = self.env.toc_fignumbers.get(docname, {}).get("figure", {}).get(identifier)
        shown = self.config.numfig_format["figure"] % ".".join(map(str, numbers)) if numbers else name
        text = nodes.inline(shown, shown, classes=["std", "std-numref"])
        return make_refnode(self.app.builder, self.env.docname, docname, identifier, text)


def kept(env: BuildEnvironment) -> dict[str, dict[str, Any]]:
    """What each page's data hold; in the environment, so that every later build checks it anew."""
    if not hasattr(env, "counterparts"):
        env.counterparts = {}
    return env.counterparts


def check(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Report every mistake, and have the pages written again: the numbers of the figures may have changed."""
    labels = env.domains.standard_domain.anonlabels
    for table in kept(env).values():
        wrong = list(table["mistakes"])
        missing = [entry for entry in table["figures"] if not _is_figure(env, labels.get(entry[0]))]
        wrong += [(f"there is no figure '{name}' in this book", line) for name, line in missing]
        for message, line in wrong:
            logger.error("%s", message, location=f"{table['path']}:{line}", type="counterparts")
            app.counterparts_failed = True
    return sorted(kept(env))


def _is_figure(env: BuildEnvironment, place: tuple[str, str] | None) -> bool:
    return place is not None and place[1] in env.toc_fignumbers.get(place[0], {}).get("figure", {})


def purge(_app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget a page that is read again."""
    kept(env).pop(docname, None)


def merge(_app: Sphinx, env: BuildEnvironment, docnames: Iterable[str], other: BuildEnvironment) -> None:
    """Take over what a parallel reader found."""
    kept(env).update({name: table for name, table in kept(other).items() if name in set(docnames)})


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Fail the build, also where warnings are not errors."""
    if exception is None and getattr(app, "counterparts_failed", False):
        app.statuscode = 1


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and the checks."""
    app.add_node(Counterpart)
    app.add_directive("counterparts", CounterpartsDirective)
    app.add_post_transform(Links)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    # Behind Sphinx's own listener, which numbers the figures.
    app.connect("env-get-updated", check, priority=900)
    app.connect("build-finished", finish)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
