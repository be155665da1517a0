"""Small errors, put one at a time into the TeX of an equation."""

import re

from lark import Tree

from ..sphinx import parse

__all__ = ["mutations"]

_STEP = re.compile(r"(?<![A-Za-z\\])t(\s*[+-]\s*1)?(?![A-Za-z])")
_OPPOSITE = {r"\min": r"\max", r"\max": r"\min", "<": ">", ">": "<"}
_SUBSCRIPT = re.compile(r"_\s*\{?\s*([ijkm]|[ijkm] ?[ijkm]|[ijkm] *(=|\\neq?) *\w)\s*\}?")


def mutations(tex, alone=False):
    """The equation with one small thing changed.

    A sign; a factor or a transpose dropped; two parts of a quotient, of cases or of a tuple exchanged; one factor put
    in place of the other; an index, a number or a step of time replaced; an inequality, a minimum turned round.

    Parameters
    ----------
    tex : str
    alone : bool, optional
        Whether a side may stand alone, as in a sentence.

    Returns
    -------
    dict of str to str
        What was changed, by the changed equation.

    Raises
    ------
    EquationError
        If the equation cannot be read.
    """
    found = {}
    for equality in parse(tex, alone=alone):
        letters = sorted({letter for place, letter in _indices(equality)})
        for place, letter in _indices(equality):
            for other in letters:
                if other != letter:
                    found[tex[:place] + other + tex[place + 1 :]] = f"index {letter} -> {other}"
        for side in equality.sides:
            if side.data == "tuple":
                found[_exchanged(tex, *map(_span, side.children[:2]))] = "results exchanged"
        for tree in _trees(equality):
            found.update(_of(tree, tex))
    found.pop(tex, None)
    return found


def _trees(equality):
    for root in (*equality.sides, *equality.conditions):
        yield from root.iter_subtrees()


def _of(tree, tex):
    children = [child for child in tree.children if isinstance(child, Tree)]
    spans = list(map(_span, children))
    if tree.data in ("add", "subtract"):
        (_, start), (end, _) = spans
        between = tex[start:end]
        yield tex[:start] + between.translate(str.maketrans("+-", "-+")) + tex[end:], "sign"
    if tree.data == "negative":
        start = tree.meta.start_pos
        yield tex[:start] + " " + tex[start + 1 :], "sign"
    if tree.data in ("hadamard", "product"):
        (first, start), (end, last) = spans
        yield tex[:first] + tex[end:], "factor dropped"
        yield tex[:start] + tex[last:], "factor dropped"
        yield tex[:first] + tex[end:last] + tex[start:], "factor exchanged"
        yield tex[:end] + tex[first:start] + tex[last:], "factor exchanged"
    if tree.data in ("fraction", "quotient"):
        yield _exchanged(tex, *spans), "parts exchanged"
    if tree.data == "application" and children[1].data == "tuple":
        yield _exchanged(tex, *map(_span, children[1].children[:2])), "arguments exchanged"
    if tree.data == "cases":
        yield _exchanged(tex, *(_span(row.children[0]) for row in children[:2])), "cases exchanged"
    for token in tree.children:
        kind = getattr(token, "type", "")
        if kind in ("RELATION", "EXTREMUM"):
            yield tex[: token.start_pos] + _turned(token) + tex[token.end_pos :], "turned round"
        elif kind == "SUB" and tree.data == "norm":
            yield tex[: token.start_pos] + tex[token.end_pos :], "norm"
        elif kind == "SUB" and tree.data == "reference" and len(_STEP.findall(token)) == 1:
            yield tex[: token.start_pos] + _STEP.sub(_another_step, _braced(token)) + tex[token.end_pos :], "step"
        elif kind == "SUP" and r"\top" in token:
            without = token.replace(r"\top", "").replace("^{}", "").rstrip("^")
            yield tex[: token.start_pos] + without + tex[token.end_pos :], "transpose"
        elif kind in ("SUP", "NUMBER") and re.search(r"\d", token):
            changed = re.sub(r"\d+", lambda digits: str(int(digits[0]) + 1), token)
            yield tex[: token.start_pos] + changed + tex[token.end_pos :], "number"
        elif kind == "PRIME":
            yield tex[: token.start_pos] + " " + tex[token.end_pos :], "prime"


def _span(tree):
    return tree.meta.start_pos, tree.meta.end_pos


def _exchanged(tex, first, second):
    return tex[: first[0]] + tex[slice(*second)] + tex[first[1] : second[0]] + tex[slice(*first)] + tex[second[1] :]


def _turned(token):
    for sign, other in _OPPOSITE.items():
        if sign in token:
            return token.replace(sign, other)
    return re.sub(r"\\([lg])", lambda sign: "\\" + {"l": "g", "g": "l"}[sign[1]], token)


def _braced(token):
    return token if "{" in token else f"_{{{token[1:].strip()}}}"


def _another_step(step):
    """One earlier; of one that is not the present one, the present."""
    return "t" if step[1] else "t-1"


def _indices(equality):
    """Places of index letters: alone in a subscript, in Kronecker's delta, or in a condition."""
    for tree in _trees(equality):
        if tree.data in ("chain", "unequal"):
            yield from ((side.meta.start_pos, str(side.children[0])) for side in tree.children)
        for token in tree.children:
            if getattr(token, "type", "") == "SUB" and _SUBSCRIPT.fullmatch(token):
                for match in re.finditer(r"(?<![\\A-Za-z])[ijkm]+", token):
                    yield from ((token.start_pos + place, token[place]) for place in range(*match.span()))
