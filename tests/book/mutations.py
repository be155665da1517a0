"""Small errors, put one at a time into the TeX of an equation."""

import re

from lark import Tree
from proveq.sphinx import parse

_SUBSCRIPT = re.compile(r"_\s*\{?\s*([ijkm]|[ijkm] ?[ijkm]|[ijkm] *(=|\\neq?) *\w)\s*\}?")


def mutations(tex):
    """The equation with one sign changed, one factor or transpose dropped, one index or number replaced."""
    found = {}
    for equality in parse(tex):
        letters = sorted({letter for place, letter in _indices(equality)})
        for place, letter in _indices(equality):
            for other in letters:
                if other != letter:
                    found[tex[:place] + other + tex[place + 1 :]] = f"index {letter} -> {other}"
        for tree in _trees(equality):
            found.update(_of(tree, tex))
    found.pop(tex, None)
    return found


def _trees(equality):
    for root in (*equality.sides, *equality.conditions):
        yield from root.iter_subtrees()


def _of(tree, tex):
    children = [child for child in tree.children if isinstance(child, Tree)]
    spans = [(child.meta.start_pos, child.meta.end_pos) for child in children]
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
    for token in tree.children:
        kind = getattr(token, "type", "")
        if kind == "SUP" and r"\top" in token:
            without = token.replace(r"\top", "").replace("^{}", "").rstrip("^")
            yield tex[: token.start_pos] + without + tex[token.end_pos :], "transpose"
        elif kind in ("SUP", "NUMBER") and re.search(r"\d", token):
            changed = re.sub(r"\d+", lambda digits: str(int(digits[0]) + 1), token)
            yield tex[: token.start_pos] + changed + tex[token.end_pos :], "number"
        elif kind == "PRIME":
            yield tex[: token.start_pos] + " " + tex[token.end_pos :], "prime"


def _indices(equality):
    """Places of index letters: alone in a subscript, in Kronecker's delta, or in a condition."""
    for tree in _trees(equality):
        if tree.data in ("chain", "unequal"):
            yield from ((side.meta.start_pos, str(side.children[0])) for side in tree.children)
        for token in tree.children:
            if getattr(token, "type", "") == "SUB" and _SUBSCRIPT.fullmatch(token):
                for match in re.finditer(r"(?<![\\A-Za-z])[ijkm]+", token):
                    yield from ((token.start_pos + place, token[place]) for place in range(*match.span()))
