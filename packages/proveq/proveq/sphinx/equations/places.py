"""Where a page's formulas stand in its file, which the nodes of a paragraph do not say."""

from __future__ import annotations

import re

from docutils import nodes

__all__ = ["places"]


def places(doctree: nodes.document, source: str) -> dict[int, tuple[int, int]]:
    """Line and column, from 1, of each inline formula.

    They are found one after the other, in the order in which they come. One that stands in another file, as a part that
    is included, has (1, 1).

    Parameters
    ----------
    doctree : docutils.nodes.document
    source : str
        The text of the page.

    Returns
    -------
    dict of int to (int, int)
        By the `id` of the node.
    """
    found, start = {}, 0
    for node in doctree.findall(nodes.math):
        # What is written over two lines comes with a single space. A letter by itself stands in many words.
        tex = r"\s+".join(map(re.escape, node.astext().split()))
        pattern = re.compile(rf"(?<=[$`]){tex}(?=[$`]|\s+@)")
        match = pattern.search(source, start) or pattern.search(source)
        if match is None:
            found[id(node)] = 1, 1
            continue
        start = match.end()
        line = source.count("\n", 0, match.start()) + 1
        found[id(node)] = line, match.start() - (source.rfind("\n", 0, match.start()) + 1) + 1
    return found
