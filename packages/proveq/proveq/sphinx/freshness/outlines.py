"""Figures, tables and equations are numbered from outlines of the pages, not from the pages.

Sphinx numbers the whole book in every build, and for that loads every page and asks of each of its nodes what is
counted there. Of a page it needs the sections, the tables of contents and what is counted: these are noted when the
page is read, in the order and the nesting that they have there, and Sphinx's own numbering walks over them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from docutils import nodes
from sphinx.addnodes import toctree
from sphinx.application import Sphinx
from sphinx.domains.std import StandardDomain
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors.toctree import TocTreeCollector

__all__ = ["Counted", "connect", "outline"]


class Counted(nodes.Element):
    """Stands for a node that is counted: `ids`, and the kind as `counted`."""


def kind(env: BuildEnvironment, node: nodes.Node) -> str | None:
    """As what a node is counted, as Sphinx decides it."""
    for domain in env.domains.sorted():
        found = domain.get_enumerable_node_type(node)
        if found and not (isinstance(domain, StandardDomain) and not domain.get_numfig_title(node)):
            return found
    return None


def outline(env: BuildEnvironment, doctree: nodes.Element) -> nodes.Element:
    """The outline of a page."""
    return nodes.Element("", *parts(env, doctree))


def parts(env: BuildEnvironment, parent: nodes.Element) -> Iterator[nodes.Element]:
    """The outline of what a node contains."""
    for child in parent.children:
        if isinstance(child, nodes.section):
            yield nodes.section("", *parts(env, child), ids=child["ids"])
        elif isinstance(child, toctree):
            yield child.copy()
        elif isinstance(child, nodes.Element):
            counted = kind(env, child)
            if counted and child["ids"]:
                yield Counted("", ids=child["ids"], counted=counted)
            yield from parts(env, child)


def number(collector: TocTreeCollector, env: BuildEnvironment, outlines: Mapping[str, nodes.Element]) -> list[str]:
    """Give the numbers, by what Sphinx does; returns the pages whose numbers are new."""
    env.get_doctree = outlines.__getitem__
    try:
        return TocTreeCollector.assign_figure_numbers(collector, env)
    finally:
        del env.get_doctree


def connect(app: Sphinx, outlines: Callable[[BuildEnvironment], Mapping[str, nodes.Element]]) -> None:
    """Have the collector of this build number from outlines."""
    for listener in app.events.listeners["env-get-updated"]:
        collector = getattr(listener.handler, "__self__", None)
        if isinstance(collector, TocTreeCollector):
            collector.assign_figure_numbers = lambda env, own=collector: number(own, env, outlines(env))
