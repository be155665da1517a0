"""Numbers that are written in sentences: each is told apart, and none is from nowhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["KINDS", "Number", "Phrase", "numbers_in", "phrases", "steps_out_of_order"]

#: Of what kind a number may be that `typed:` declares without an expression.
KINDS = {
    "bound": "a limit that a definition sets, as of a share between 0 and 1",
    "definition": "what defines an example, or a name of this book",
    "example": "chosen to make a point, of no run",
    "quoted": "stated by others",
}
_NUMBER = re.compile(r"(?<![\w.−-])[−-]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[−-]?\d+)?(?:/\d+)?%?(?![\w])")
_LIST = r"{0}(?:(?:,| and| or| to|,? and) (?:the )?{0})*".format(r"\d+(?:\.\d+)*['’]?")
#: Numbers that name something: part of a book, version of a program; or begin a title by themselves.
_LABELS = re.compile(
    r"\b(?:steps?|figures?|fig\.|sections?|parts?|articles?|chapters?|exercises?|errat(?:um|a)|equations?|eq|lines?|"
    r"tables?|pages?|cells?|layers?|versions?|exit codes?|appendix|Python|NumPy|Keras|TensorFlow|PyTorch|JAX|ONNX|"
    r"opset|IEEE|Annex)[ -]"
    rf"({_LIST})|^\s*\d+\.\s*$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<!\d)(?:19[5-9]|20[0-4])\d(?!\d)")
_SIZES = re.compile(r"\d+(?: × \d+)+")
_STEP = re.compile(r"Step (\d+)\.")

#: Functions whose further arguments are axes and digits.
_REDUCING = set("sum mean max min argmax argmin all any std var prod norm round diff sort argsort cumsum".split())


@dataclass(frozen=True)
class Number:
    """A number in a sentence: as it is written, where, and of which kind.

    `kind` is "label", "year", "size", or "" where the number itself does not say.
    """

    text: str
    start: int
    kind: str

    @property
    def value(self) -> Fraction:
        """What it is."""
        text = self.text.replace("−", "-").replace(",", "")
        number = Fraction(text.rstrip("%"))
        return number / 100 if text.endswith("%") else number


@dataclass(frozen=True)
class Phrase:
    """Words with a number, and the expression that it must equal, or its kind."""

    words: str
    expression: str
    kind: str

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where the words stand in a sentence."""
        words = r"\s+".join(map(re.escape, self.words.split()))
        for found in re.finditer(rf"(?<![\w.]){words}(?![\w])", text, re.IGNORECASE):
            yield found.span()

    @property
    def number(self) -> Number | None:
        """The first number among the words."""
        return next(iter(numbers_in(self.words)), None)


def phrases(declared: Mapping[str, str]) -> tuple[list[Phrase], list[str]]:
    """The phrases of a front matter or of the whole book, and what is wrong with others.

    >>> phrases({"40 steps": "len(x)", "between 0 and 1": "(bound)", "five": "(hope)"})[1]
    ["typed: 'five' is of kind 'hope'; there are: bound, definition, example, quoted"]
    """
    found, wrong = [], []
    for words, given in declared.items():
        words, given = str(words), str(given).strip()
        if (inside := re.fullmatch(r"\((\w+)\)", given)) and inside[1] not in KINDS:
            wrong.append(f"typed: {words!r} is of kind {inside[1]!r}; there are: {', '.join(KINDS)}")
        elif not (numbers := list(numbers_in(words))):
            wrong.append(f"typed: {words!r} has no number")
        elif not inside and len(numbers) > 1:
            wrong.append(f"typed: {words!r} has {len(numbers)} numbers; an expression holds one")
        else:
            found.append(Phrase(words, "" if inside else given, inside[1] if inside else ""))
    return found, wrong


def numbers_in(text: str) -> Iterator[Number]:
    """The numbers of a sentence.

    >>> [(one.text, one.kind) for one in numbers_in("Figures 2 and 3 of 1997 show 5 × 10, −0.5 and 3 of them.")]
    [('2', 'label'), ('3', 'label'), ('1997', 'year'), ('5', 'size'), ('10', 'size'), ('−0.5', ''), ('3', '')]
    """
    spans = [("label", found.span()) for found in _LABELS.finditer(text)]
    spans += [("year", found.span()) for found in _YEAR.finditer(text)]
    spans += [("size", found.span()) for found in _SIZES.finditer(text)]
    for found in _NUMBER.finditer(text):
        kinds = (kind for kind, (start, end) in spans if start <= found.start() and found.end() <= end)
        yield Number(found[0], found.start(), next(kinds, ""))


def is_label(head: str, cell: str) -> bool:
    """Whether a cell of a table holds nothing but what its column's head counts, as in "Figure" and "3"."""
    return bool(_LABELS.fullmatch(f"{head.strip()} {cell.strip()}"))


def literals(expressions: Iterable[str]) -> set[Fraction]:
    """The numbers that some expressions speak of, and the quotients of two: 1 / 6.

    Not those that say along which axis, to which digit or where in an array of several axes.

    >>> sorted(map(int, literals(["x[3, 0].sum(1) == 5", "np.round(y[6], 2) > 4"])))
    [-6, -5, -4, 4, 5, 6]
    """
    found: set[Fraction] = set()
    for expression in expressions:
        for node in _spoken(ast.parse(expression, mode="eval")):
            if isinstance(node, ast.Constant) and type(node.value) in (int, float):
                found |= {Fraction(str(node.value)), -Fraction(str(node.value))}
            elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and _whole(node.right):
                if _whole(node.left):
                    found.add(Fraction(node.left.value, node.right.value))
    return found


def _spoken(node: ast.AST) -> Iterator[ast.AST]:
    """An expression and its parts, without subscripts and the options of functions that reduce or round."""
    yield node
    parts = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice | ast.Tuple):
        parts = [node.value]
    elif isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in _REDUCING:
            of_module = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "np"
            parts = [node.func, *(node.args[:1] if of_module or isinstance(node.func, ast.Name) else [])]
    for part in parts:
        yield from _spoken(part)


def _whole(node):
    return isinstance(node, ast.Constant) and type(node.value) is int and node.value


def steps_out_of_order(texts: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """What is wrong with the numbers of steps, "Step 1." and so on, of a chapter's derivations, each with its line."""
    last = 0
    for line, text in texts:
        if found := _STEP.match(text):
            number = int(found[1])
            if number not in (1, last + 1):
                yield line, f"Step {number} follows step {last}"
                number = last + 1  # the next is not to blame
            last = number
