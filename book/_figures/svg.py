"""The few SVG elements that the drawings are made of, as plain strings.

Colour never appears here: an element carries classes, and ``_static/drawings.css`` gives each class its colour in
either theme.  Other attributes pass through: those in ``data-`` tell a script what an element shows.  Arrowheads are
polygons, not markers, because a marker needs an identifier and would not follow the colour of its line.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from html import escape

Point = tuple[float, float]

GREEK = {
    "alpha": "\U0001d6fc",
    "beta": "\U0001d6fd",
    "gamma": "\U0001d6fe",
    "delta": "\U0001d6ff",
    "eta": "\U0001d702",
    "pi": "\U0001d70b",
    "theta": "\U0001d703",
    "sigma": "\U0001d70e",
}
SIGNS = {
    "ell": "ℓ",
    "odot": "⊙",
    "top": "⊤",
    "sum": "∑",
    "times": "×",
    "cdot": "·",
    "cdots": "⋯",
    "prime": "′",
    "partial": "∂",
    "to": "→",
    "neq": "≠",
    ",": "\u2009",
}
# A command (which takes the space behind it, as in TeX), a subscript or superscript (braced, or of one sign), or any
# other character.
TOKEN = re.compile(r"\\([A-Za-z]+|,) ?|([_^])(?:\{([^{}]*)\}|(\\[A-Za-z]+|.))|(.)", re.DOTALL)


@dataclass(frozen=True)
class Picture:
    """One finished drawing: its natural size in CSS pixels and the markup inside its ``<svg>``.

    ``use`` is ``"any"``, or ``"wide"`` or ``"narrow"`` when a drawing comes in two layouts.
    """

    width: float
    height: float
    body: str
    use: str = "any"


@dataclass(frozen=True)
class Panel:
    """A drawing that is not SVG: ready HTML, readable without a text alternative."""

    html: str


def number(value: float) -> str:
    """A coordinate in at most two decimals, never in exponent form, never ``-0``."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def element(tag: str, content: str = "", /, **attributes: object) -> str:
    """One element; ``content`` is markup, attribute values are escaped, ``None`` leaves an attribute out."""
    parts = []
    for name, value in attributes.items():
        if value is None:
            continue
        shown = number(value) if isinstance(value, (int, float)) else escape(str(value))
        parts.append(f' {name.rstrip("_").replace("_", "-")}="{shown}"')
    return f"<{tag}{''.join(parts)}>{content}</{tag}>" if content else f"<{tag}{''.join(parts)}/>"


def group(*content: str, class_: str | None = None, **attributes: object) -> str:
    """Elements drawn together."""
    return element("g", "".join(content), class_=class_, **attributes)


def rectangle(x: float, y: float, width: float, height: float, class_: str, radius: float = 0) -> str:
    """A rectangle by its top left corner."""
    return element("rect", x=x, y=y, width=width, height=height, rx=radius or None, class_=class_)


def circle(centre: Point, radius: float, class_: str) -> str:
    """A circle."""
    return element("circle", cx=centre[0], cy=centre[1], r=radius, class_=class_)


def line(points: list[Point], class_: str, **attributes: object) -> str:
    """A line through several points, without a head."""
    path = " ".join(f"{number(x)},{number(y)}" for x, y in points)
    return element("polyline", points=path, class_=f"d-line {class_}".strip(), **attributes)


def arrow(points: list[Point], class_: str, size: float = 7, **attributes: object) -> str:
    """A line through several points with a head at the last one."""
    (x0, y0), (x1, y1) = points[-2], points[-1]
    length = math.hypot(x1 - x0, y1 - y0) or 1.0
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    base = (x1 - size * ux, y1 - size * uy)
    half = 0.48 * size
    corners = [(x1, y1), (base[0] - half * uy, base[1] + half * ux), (base[0] + half * uy, base[1] - half * ux)]
    head = " ".join(f"{number(x)},{number(y)}" for x, y in corners)
    # The line ends inside the head: a thick line would otherwise blunt its point.
    shaft = [*points[:-1], (x1 - 0.8 * size * ux, y1 - 0.8 * size * uy)]
    tip = element("polygon", points=head, class_=f"d-head {class_}".strip(), **attributes)
    return line(shaft, class_, **attributes) + tip


def _italic(character: str) -> str:
    """The mathematical italic of a Latin letter, as the book's equations set it; anything else unchanged."""
    if character == "h":
        return "ℎ"
    if "a" <= character <= "z":
        return chr(0x1D44E + ord(character) - ord("a"))
    if "A" <= character <= "Z":
        return chr(0x1D434 + ord(character) - ord("A"))
    return "−" if character == "-" else character


def symbols(source: str) -> str:
    """Plain characters of a label without subscripts: Greek letters, signs, upright function names, italics."""
    out = []
    for command, _script, _braced, _single, character in TOKEN.findall(source):
        if command:
            # An unknown command is an upright name such as \tanh.
            out.append(GREEK.get(command) or SIGNS.get(command) or command)
        elif character:
            out.append(_italic(character))
    return "".join(out)


def label(source: str, size: float) -> str:
    """Markup of a label written in a little TeX: ``\\delta a_{o,t}``, ``\\tanh(c_t)``, ``W_f^\\top``."""
    out: list[str] = []
    plain = ""
    shift = 0.0  # how far the baseline stands off after the last subscript or superscript

    def flush() -> None:
        nonlocal plain, shift
        if plain:
            text = escape(symbols(plain), quote=False)
            out.append(element("tspan", text, dy=-shift) if shift else text)
            plain, shift = "", 0.0

    for match in TOKEN.finditer(source):
        _command, script, braced, single, _character = match.groups()
        if not script:
            plain += match.group(0)
            continue
        flush()
        content = escape(symbols(braced if braced is not None else single), quote=False)
        target = (0.24 if script == "_" else -0.36) * size
        out.append(element("tspan", content, dy=target - shift, font_size=max(11.7, round(0.75 * size, 1))))
        shift = target
    flush()
    return "".join(out)


def _set(size: float, anchor: str) -> dict[str, object]:
    """A text's size and anchor, but for those that `drawings.css` gives all texts."""
    return {"font_size": size if size != 16 else None, "text_anchor": anchor if anchor != "middle" else None}


def math_text(
    at: Point, source: str, size: float = 16, class_: str = "", anchor: str = "middle", **attributes: object
) -> str:
    """A mathematical label; ``at`` is the middle of its height."""
    return element(
        "text",
        label(source, size),
        x=at[0],
        y=at[1] + 0.32 * size,
        **_set(size, anchor),
        class_=f"d-math {class_}".strip(),
        **attributes,
    )


def plain_text(
    at: Point, words: str, size: float = 12, class_: str = "", anchor: str = "middle", **attributes: object
) -> str:
    """Words or a number in the page's own type; ``at`` is the middle of its height."""
    return element(
        "text",
        escape(words, quote=False),
        x=at[0],
        y=at[1] + 0.35 * size,
        **_set(size, anchor),
        class_=f"d-text {class_}".strip(),
        **attributes,
    )
