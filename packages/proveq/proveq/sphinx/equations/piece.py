"""Pieces of TeX that know how tightly they hold together."""

from dataclasses import dataclass

__all__ = ["ATOM", "PRODUCT", "SCRIPTED", "SUM", "Piece", "brackets", "joint", "power", "signed"]

# How tightly a piece of TeX holds together. Scripted: a factor as it is, but in brackets under another superscript.
SUM, PRODUCT, SCRIPTED, ATOM = range(4)
_TALL = (r"\frac", r"\sum", r"\max")


@dataclass(frozen=True)
class Piece:
    """TeX of a part of an expression.

    Attributes
    ----------
    tex : str
    level : int
        SUM, PRODUCT, SCRIPTED or ATOM.
    scalar : bool
        One number per example: products with it are written without a sign.
    head : str
        Of f(x): the TeX of f, to which an exponent goes.
    product : str
        "elementwise", "matrix" or "scaled", if it is one.
    trailing : bool
        It ends in a sum, which would swallow a factor that follows.
    """

    tex: str
    level: int = ATOM
    scalar: bool = False
    head: str = ""
    product: str = ""
    trailing: bool = False

    @property
    def number(self):
        """Whether it begins with a digit, so that it cannot stand right after another factor."""
        return self.level > SUM and self.tex[0].isdigit()

    def within(self, lowest):
        """TeX, in brackets if it holds together less tightly than needed."""
        return self.tex if self.level >= lowest else brackets(self.tex)


def brackets(tex):
    """TeX in brackets that are as tall as it."""
    return rf"\left({tex}\right)" if any(tall in tex for tall in _TALL) else f"({tex})"


def signed(piece, negative=True):
    """Minus the piece."""
    return Piece("-" + piece.within(PRODUCT), SUM, piece.scalar) if negative else piece


def joint(left, right):
    """What stands between two factors of a product that is not a matrix product."""
    if not left.scalar and not right.scalar:
        return r" \odot "
    if right.number:
        return r" \cdot "
    coefficient = left.number and not right.tex.startswith(r"\delta")
    return " " if coefficient or right.tex.startswith(("(", r"\left")) else r" \, "


def power(base, exponent):
    """The piece raised to a power."""
    raised = "^" + (exponent if len(exponent) == 1 else f"{{{exponent}}}")
    if base.head:
        return Piece(base.head + raised + base.tex[len(base.head) :], SCRIPTED, base.scalar)
    return Piece(base.within(ATOM) + raised, SCRIPTED, base.scalar)
