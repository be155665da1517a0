"""Draw which equation uses which: a layered graph as accessible SVG, the same bytes for the same book.

Edges run from left to right, from what is used to what uses it. Each layer holds the equations whose longest chain of
uses has the same length; within a layer, equations stand near the average height of their neighbours, which keeps
crossings few. Colours come from CSS classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

COLUMN, ROW = 232, 30
WIDTH, HEIGHT = 186, 22
MARGIN = 14
SWEEPS = 12
CHARACTERS = 28  # what fits into a node


@dataclass(frozen=True)
class Node:
    """One equation to draw."""

    name: str
    text: str
    title: str
    href: str
    state: str
    uses: tuple[str, ...] = ()


def layers(nodes: list[Node]) -> list[list[str]]:
    """Sort nodes into layers by their longest chain of uses, and order each layer.

    Nodes which neither use nor are used come in no layer; a circle of uses is cut where it is met.
    """
    known = {node.name for node in nodes}
    used = {node.name: [name for name in node.uses if name in known] for node in nodes}
    users: dict[str, list[str]] = {name: [] for name in used}
    for name, others in used.items():
        for other in others:
            users[other].append(name)
    depth: dict[str, int] = {}

    def measure(name: str, path: frozenset[str]) -> int:
        if name not in depth:
            inner = [measure(other, path | {name}) for other in used[name] if other not in path]
            depth[name] = 1 + max(inner, default=-1)
        return depth[name]

    table: dict[int, list[str]] = {}
    levels = {name: measure(name, frozenset({name})) for name in used}
    for name in used:
        if users[name] and not used[name]:  # what rests on nothing stands just before its first use
            levels[name] = min(levels[user] for user in users[name]) - 1
        if used[name] or users[name]:
            table.setdefault(levels[name], []).append(name)
    ordered = [table[level] for level in sorted(table)]
    place = {name: position / len(layer) for layer in ordered for position, name in enumerate(layer)}
    for sweep in range(SWEEPS):
        neighbours = users if sweep % 2 else used
        for layer in ordered[:: -1 if sweep % 2 else 1]:
            mean = {
                name: sum(place[other] for other in neighbours[name]) / len(neighbours[name])
                if neighbours[name]
                else place[name]
                for name in layer
            }
            layer.sort(key=lambda name: (mean[name], name))
            place.update((name, (position + 0.5) / len(layer)) for position, name in enumerate(layer))
    return ordered


def positions(nodes: list[Node]) -> tuple[dict[str, tuple[int, int]], int, int]:
    """Where each node stands, and the size of the drawing. Nodes without edges fill rows at the bottom."""
    ordered = layers(nodes)
    tallest = max((len(layer) for layer in ordered), default=0)
    spots: dict[str, tuple[int, int]] = {}
    for column, layer in enumerate(ordered):
        top = (tallest - len(layer)) * ROW // 2
        for row, name in enumerate(layer):
            spots[name] = (MARGIN + column * COLUMN, MARGIN + top + row * ROW)
    single = [node.name for node in nodes if node.name not in spots]
    columns = max(len(ordered), 4)
    below = MARGIN + tallest * ROW + (ROW if single and ordered else 0)
    for number, name in enumerate(single):
        spots[name] = (MARGIN + number % columns * COLUMN, below + number // columns * ROW)
    width = max((x for x, _ in spots.values()), default=0) + WIDTH + MARGIN
    height = max((y for _, y in spots.values()), default=0) + HEIGHT + MARGIN
    return spots, width, height


def draw(nodes: list[Node], title: str, description: str, identifier: str = "equation-graph") -> str:
    """Draw the graph.

    Parameters
    ----------
    nodes
        The equations, in reading order; uses of unknown names are left out.
    title, description
        The text alternative.
    identifier
        Prefix of the ids in the drawing.

    Returns
    -------
    str
        An `<svg>` element whose nodes are links.
    """
    spots, width, height = positions(nodes)
    parts = [
        f'<svg class="eq-graph" xmlns="http://www.w3.org/2000/svg" role="group" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" aria-labelledby="{identifier}-title" aria-describedby="{identifier}-desc">',
        f'<title id="{identifier}-title">{escape(title)}</title>',
        f'<desc id="{identifier}-desc">{escape(description)}</desc>',
        '<g class="eq-edges" aria-hidden="true">',
    ]
    for node in nodes:
        for name in node.uses:
            if name in spots:
                parts.append(edge(spots[name], spots[node.name]))
    parts.append("</g>")
    for node in nodes:
        x, y = spots[node.name]
        text = node.text if len(node.text) <= CHARACTERS else node.text[: CHARACTERS - 1] + "…"
        parts.append(
            f'<a class="eq-node eq-state-{node.state}" href="{escape(node.href)}" aria-label="{escape(node.title)}">'
            f"<title>{escape(node.title)}</title>"
            f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="4"/>'
            f'<text x="{x + 8}" y="{y + 15}">{escape(text)}</text></a>'
        )
    parts.append("</svg>")
    return "\n".join(parts)


def edge(start: tuple[int, int], end: tuple[int, int]) -> str:
    """A curve from the right side of one node to the left side of another."""
    x0, y0 = start[0] + WIDTH, start[1] + HEIGHT // 2
    x1, y1 = end[0], end[1] + HEIGHT // 2
    bend = (COLUMN - WIDTH) // 2
    return f'<path d="M{x0} {y0} C{x0 + bend} {y0} {x1 - bend} {y1} {x1} {y1}"/>'
