r"""Print a syntax tree of Python in the book's notation.

Every piece of TeX carries how tightly it holds together, so that brackets stand where they are needed and nowhere else.
"""

import ast
from dataclasses import replace

from .assignments import PrinterError
from .piece import ATOM, PRODUCT, SCRIPTED, SUM, Piece, brackets, joint, power, signed
from .symbols import UnknownSymbol

__all__ = ["Notation", "runs_over_last_axis"]

_REDUCTIONS = {"sum": r"\sum", "max": r"\max"}


def _axis(call):
    given = [keyword.value for keyword in call.keywords if keyword.arg == "axis"]
    return ast.unparse(given[0]) if given else None


def runs_over_last_axis(node):
    """Whether a node is a sum or a maximum over the last axis."""
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Attribute) and called.attr in _REDUCTIONS and _axis(node) == "-1"


class Notation(ast.NodeVisitor):
    """Syntax tree to pieces of TeX, one method for each kind of node.

    Parameters
    ----------
    body : equations.assignments.Body
    symbols : equations.symbols.Symbols
    assignment : equations.assignments.Assignment
        The statement, for messages.

    Attributes
    ----------
    element, row : str or None
        Letters of the indices along the last axis and along the batch, where what is printed is written with them.
    """

    def __init__(self, body, symbols, assignment):
        self.body, self.symbols, self.assignment = body, symbols, assignment
        self.element = self.row = None
        self._depth = 0

    def fail(self, node, message):
        """Raise PrinterError with the place of a node."""
        raise PrinterError(self.body.path, node.lineno, self.assignment.line, f"`{ast.unparse(node)}`: {message}")

    def set(self, node):
        """Piece for a node: a declared form if there is one, else by kind."""
        if not isinstance(node, (ast.Name, ast.Constant)):
            entry = self.declared(node)
            if entry is not None:
                return self.symbol(node, entry)
        return self.visit(node)

    def declared(self, node):
        """Entry of a form as it stands, or of `t.z[:, :D]` as that of `z[:, :D]`; None if there is none."""
        entry = self.symbols.found(ast.unparse(node), self.body.key)
        if entry is not None or not (isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute)):
            return entry
        if not isinstance(node.value.value, ast.Name):
            return None
        part = ast.Subscript(ast.Name(node.value.attr), node.slice)
        return self.symbols.found(ast.unparse(part), self.body.key)

    def generic_visit(self, node):
        self.fail(node, f"{type(node).__name__} is not a notation of this book; declare the symbol that it stands for")

    # Names

    def lookup(self, node):
        """Entry of a name, of the last of several attributes, or of the array that is indexed by the time step."""
        entry = self.declared(node)
        if entry is not None:
            return entry
        if isinstance(node, ast.Attribute) and isinstance(node.value, (ast.Name, ast.Attribute)):
            return self.lookup(ast.copy_location(ast.Name(node.attr), node))
        if not isinstance(node, ast.Subscript):
            return self.missing(node)
        named = isinstance(node.value, (ast.Name, ast.Attribute, ast.Subscript))
        entry = self.lookup(node.value) if named and self.same_step(node.slice) else None
        if entry is None or (_adds_axis(node) and not entry.scalar):
            self.fail(node, "is not a declared form: give it as `code` of the symbol that it stands for")
        return entry

    def missing(self, node):
        """Raise PrinterError for a name that stands for no symbol."""
        try:
            self.symbols.entry(ast.unparse(node), self.body.key)
        except UnknownSymbol as error:
            self.fail(node, str(error))

    def same_step(self, index):
        """Whether a subscript holds nothing but whole axes, new axes, and the time step itself."""
        parts = index.elts if isinstance(index, ast.Tuple) else [index]
        return all(ast.unparse(part) in (":", "...", "None", *self.symbols.indices["steps"]) for part in parts)

    def symbol(self, node, entry):
        """Piece for a symbol, with the index and the row that it needs here."""
        if entry.function:
            return self.applied(node, entry.function, self.symbol(node, entry.inner))
        tex, scalar = entry.tex, entry.scalar or self.element is not None
        if self.element and not entry.scalar:
            if not entry.indexed:
                self.fail(node, f"{tex} stands in a sum over the last axis, but is not declared `indexed`")
            tex = f"{tex}_{self.element}"
        if self.row and entry.batched:
            tex = f"{tex}^{{({self.row})}}"
        scripted = "^" in tex or tex.startswith(r"\delta")
        return Piece(tex, SCRIPTED if scripted else ATOM, scalar)

    def visit_Name(self, node):
        return self.symbol(node, self.lookup(node))

    def visit_Attribute(self, node):
        if node.attr == "real":  # taken for the sake of the complex step; on the numbers of the page it changes nothing
            return self.set(node.value)
        if node.attr != "T":
            return self.symbol(node, self.lookup(node))
        base = self.set(node.value)
        if base.scalar or self.row:
            self.fail(node, "a scalar, an element or one row of a sum over the batch is not transposed")
        # \delta W^\top needs no brackets: it is the transpose of \delta W and the gradient of W^\top alike.
        plain = base.level == ATOM or ("^" not in base.tex and base.level == SCRIPTED and r"\frac" not in base.tex)
        return Piece((base.tex if plain else brackets(base.tex)) + r"^\top", SCRIPTED)

    def visit_Subscript(self, node):
        if self.same_step(node.slice) and not isinstance(node.value, (ast.Name, ast.Attribute, ast.Subscript)):
            piece = self.set(node.value)
            if piece.scalar or not _adds_axis(node):
                return piece
        return self.symbol(node, self.lookup(node))

    def visit_Constant(self, node):
        if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
            self.fail(node, "is not a number")
        mantissa, e, exponent = repr(node.value).partition("e")
        if not e:
            return Piece(mantissa, scalar=True)
        ten = f"10^{{{int(exponent)}}}"
        if mantissa == "1":
            return Piece(ten, SCRIPTED, scalar=True)
        return Piece(rf"{mantissa} \cdot {ten}", PRODUCT, scalar=True, product="scaled")

    # Operators

    def visit_UnaryOp(self, node):
        if not isinstance(node.op, ast.USub):
            self.generic_visit(node)
        return signed(self.set(node.operand))

    def visit_BinOp(self, node):
        operation = getattr(self, type(node.op).__name__.lower(), None)
        return operation(node) if operation else self.generic_visit(node)

    def add(self, node, sign="+"):
        left, right = self.set(node.left), self.set(node.right)
        keep = right.level == SUM and (sign == "-" or right.tex.startswith("-"))
        return Piece(
            f"{left.tex} {sign} {right.within(PRODUCT) if keep else right.tex}", SUM, left.scalar and right.scalar
        )

    def sub(self, node):
        return self.add(node, "-")

    def factors(self, node, operator):
        """Factors of a product, and whether a sign goes in front of it: (-a) b is written -ab, and so is a (-2)."""
        factors, negative = [], False
        for place, factor in enumerate(_flat(node, operator)):
            sign = isinstance(factor, ast.UnaryOp) and isinstance(factor.op, ast.USub)
            if sign and (place == 0 or isinstance(factor.operand, ast.Constant)):
                negative = not negative
                factors += _flat(factor.operand, operator)
            else:
                factors.append(factor)
        return factors, negative

    def mult(self, node):
        nodes, negative = self.factors(node, ast.Mult)
        factors = []
        for factor in nodes:
            if factors and ast.dump(factors[-1][0]) == ast.dump(factor) and not isinstance(factor, ast.Constant):
                factors[-1][1] += 1
            else:
                factors.append([factor, 1])
        pieces = [self.set(factor) if count == 1 else power(self.set(factor), str(count)) for factor, count in factors]
        arrays = sum(not piece.scalar for piece in pieces)
        # Numbers in front, then the other scalars: they commute, and that is where a reader looks for them.
        pieces.sort(key=lambda piece: 0 if piece.scalar and piece.number else 1 if piece.scalar or not arrays else 2)
        if len(pieces) == 1:
            return signed(pieces[0], negative)
        tex, before = "", None
        for piece in pieces:
            loose = piece.level == SUM or (piece.product == "matrix" and arrays > 1)
            loose = loose or (piece.trailing and piece is not pieces[-1])
            piece = replace(piece, tex=brackets(piece.tex), level=ATOM) if loose else piece
            tex += (joint(before, piece) if before else "") + piece.tex
            before = piece
        kind = "elementwise" if arrays > 1 else "scaled"
        return signed(Piece(tex, PRODUCT, not arrays, product=kind, trailing=before.trailing), negative)

    def matmult(self, node):
        nodes, negative = self.factors(node, ast.MatMult)
        if self.element:
            self.fail(node, "a matrix product cannot be written in elements")
        tex = ""
        for factor in nodes:
            piece = self.set(factor)
            loose = piece.level == SUM or piece.trailing or piece.product == "elementwise" or (piece.product and tex)
            factor = brackets(piece.tex) if loose else piece.tex
            tex += (r" \, " if factor.startswith(r"\delta") else " ") * bool(tex) + factor
        return signed(Piece(tex, PRODUCT, product="matrix"), negative)

    def div(self, node):
        negative = isinstance(node.left, ast.UnaryOp) and isinstance(node.left.op, ast.USub)
        above, below = self.set(node.left.operand if negative else node.left), self.set(node.right)
        tex = rf"\frac{{{above.tex}}}{{{below.tex}}}"
        return signed(Piece(tex, SCRIPTED, above.scalar and below.scalar), negative)

    def pow(self, node):
        return power(self.set(node.left), self.set(node.right).tex)

    # Calls

    def visit_Call(self, node):
        called = node.func
        of_module = isinstance(called, ast.Attribute) and ast.unparse(called.value) in self.body.modules
        name = called.attr if isinstance(called, ast.Attribute) else ast.unparse(called)
        if isinstance(called, ast.Attribute) and name in _REDUCTIONS:
            return self.reduced(node, name, node.args if of_module else [called.value, *node.args])
        if isinstance(called, ast.Attribute) and not of_module:
            self.fail(node, f"no notation for the method `.{name}`")
        if name == "concatenate":
            return self.joined(node)
        mixing = {**self.symbols.vector_functions, **self.symbols.scalar_functions}
        if name not in self.symbols.functions and name not in mixing:
            self.fail(node, f"no function `{name}` in [_functions] of {self.symbols.path.name}")
        allowed = ("axis",) if name in self.symbols.vector_functions else ()  # a scalar function takes the whole
        if len(node.args) != 1 or any(keyword.arg not in allowed for keyword in node.keywords):
            self.fail(node, "expected one argument")
        if name in mixing and self.element:
            self.fail(node, f"`{name}` mixes the elements of a vector and cannot be written in elements")
        return self.applied(node, name, self.set(node.args[0]))

    def applied(self, node, name, argument):
        """Piece for a function of a piece."""
        symbols = self.symbols
        template = {**symbols.scalar_functions, **symbols.vector_functions, **symbols.functions}[name]
        scalar = argument.scalar or name in symbols.scalar_functions
        if "#" in template:
            # What an exponent follows directly must hold together: (X^T X)^{-1}.
            tex = template.replace("#", argument.within(ATOM) if template.startswith("#^") else argument.tex)
            return Piece(tex, SCRIPTED if "^" in template else ATOM, scalar)
        return Piece(template + brackets(argument.tex), scalar=scalar, head=template)

    def joined(self, node):
        """Piece for arrays joined along the last axis."""
        if len(node.args) != 1 or not isinstance(node.args[0], (ast.List, ast.Tuple)) or _axis(node) != "-1":
            self.fail(node, "expected a list of arrays, and axis=-1")
        if self.element:
            self.fail(node, "a joined array cannot be written in elements")
        return Piece("[" + ", ".join(self.set(part).tex for part in node.args[0].elts) + "]")

    def reduced(self, node, name, arguments):
        """Piece for a sum or a maximum over the batch or over the last axis."""
        unknown = {keyword.arg for keyword in node.keywords} - {"axis", "keepdims"}
        axis, indices = _axis(node), self.symbols.indices
        if len(arguments) != 1 or unknown or axis not in ("0", "-1") or (name, axis) == ("max", "0"):
            self.fail(node, f"expected {name} of one array with axis=-1" + (" or axis=0" if name == "sum" else ""))
        outside = self.element, self.row
        if axis == "0":
            self.row = indices["row"]
            bounds = f"_{{{self.row}=1}}^{{{indices['rows']}}}"
        else:
            if self._depth == len(indices["sums"]):
                self.fail(node, f"sums within sums: only {', '.join(indices['sums'])} are declared")
            self.element = indices["sums"][self._depth]
            self._depth += 1
            bounds = f"_{{{self.element}}}"
        inner = self.set(arguments[0])
        self._depth -= axis == "-1"
        self.element, self.row = outside
        scalar = axis == "-1" or inner.scalar
        return Piece(f"{_REDUCTIONS[name]}{bounds} {inner.within(PRODUCT)}", PRODUCT, scalar, trailing=True)


def _adds_axis(subscript):
    return any(isinstance(node, ast.Constant) and node.value is None for node in ast.walk(subscript.slice))


def _flat(node, operator):
    """Factors of a chain of one operator, however it is nested."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, operator):
        return [*_flat(node.left, operator), *_flat(node.right, operator)]
    return [node]
