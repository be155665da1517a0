r"""The symbol table: which TeX stands for which name of the code, in both directions.

One TOML file is the only place that knows. A table in it is one symbol, headed by the name that the code uses::

    [d_a_o]
    tex = "\\delta a_{o,t}"
    meaning = "gradient of the loss with respect to the product"
    shape = "(B, H)"           # "()" and "(B,)" are one number per example: scalars
    group = "gradients"        # a key of [_groups]
    series = "DOt"             # optional: the name that the book's model uses
    indexed = true             # optional: a vector along its last axis, whose elements are written p_i
    code = ["d_z[:, :D]"]      # optional: other code that means this symbol

A symbol that is a function of another one gives these two in place of `tex`, so that squares, indices and rows are set
where they belong, \tanh^2(c_t) and \log(p_k)::

    [tanh_c]
    function = "tanh"          # a key of [_functions]
    of = "c"

No two symbols share one TeX: reading would be ambiguous. Names that mean something else inside one function, or inside
one module, are declared for it::

    [function."least_squares:residual_backward"]     # or [function."least_squares"]
    x = "h_last"                                      # a symbol of the table: printed and read as that symbol
    "p[..., None, :]" = { tex = "p_j" }               # TeX to print only, a scalar unless it has a `shape`

The second form is never looked up when TeX is read: the page's reader takes it for what it says.

Reserved tables: `_functions` (function of the code -> TeX; `#` marks where the argument goes, without it the argument
follows in brackets), `_vector_functions` (the same, for functions that mix the elements of their argument),
`_scalar_functions` (the same, for those that make one number of an array: a norm, a trace),
`_indices` (`letters`; `element`, the letter of a free index; `sums`, the letters of bound ones; `row` and `rows`, index
and upper limit of sums over the batch; `steps`, the subscripts of the code that mean "this time step"), `_groups`
(key -> heading, in the order of the notation page) and `_sizes` (letter -> meaning).
"""

import difflib
from pathlib import Path

from .table import Entry, TableError, normalise, read

__all__ = ["Entry", "Symbols", "TableError", "UnknownSymbol", "load", "normalise"]


class UnknownSymbol(KeyError):
    """The table has no such symbol."""

    def __str__(self):
        return self.args[0]


class Symbols:
    """The table, read.

    Attributes
    ----------
    entries : dict of str to Entry
        In the order of the file.
    functions, vector_functions, scalar_functions, indices, groups, sizes : dict
        The reserved tables.
    """

    def __init__(self, path, entries, reserved):
        self.path = path
        self.entries = entries
        self.functions = reserved["_functions"]
        self.vector_functions = reserved["_vector_functions"]
        self.scalar_functions = reserved["_scalar_functions"]
        self.indices = reserved["_indices"]
        self.groups = reserved["_groups"]
        self.sizes = reserved["_sizes"]
        self._names = {normalise(entry.tex): entry.name for entry in entries.values()}
        self._forms = {form: entry.name for entry in entries.values() for form in entry.code}
        self._local = reserved["function"]

    def tex(self, name):
        """TeX of a symbol; UnknownSymbol if the table has none."""
        return self.entry(name).tex

    def name(self, tex):
        """Symbol that a TeX expression writes, spaces and needless braces aside; UnknownSymbol if there is none."""
        found = self._names.get(normalise(tex))
        if found is None:
            near = difflib.get_close_matches(normalise(tex), self._names, 2)
            written = [self.entries[self._names[other]].tex for other in near]
            raise UnknownSymbol(f"no symbol is written {tex} in {self.path.name}{_nearest(written)}")
        return found

    def entry(self, name, function=None):
        """Entry that a name, or a form such as ``d_z[:, :D]``, has in a function ("module:qualified.name").

        Parameters
        ----------
        name : str
            Code, as `ast.unparse` spells it.
        function : str, optional
            Where it stands. What is declared for the function comes before what is declared for its module, and that
            before the table at large.

        Raises
        ------
        UnknownSymbol
            If nothing is declared.
        """
        for place in (function, function and function.partition(":")[0]):
            if name in self._local.get(place, ()):
                return self._local[place][name]
        found = self.entries.get(self._forms.get(name, name))
        if found is None:
            near = _nearest(difflib.get_close_matches(name, self.entries, 2))
            raise UnknownSymbol(f"no symbol `{name}` in {self.path.name}{near}")
        return found


def load(path):
    """Read and check the symbol table.

    Parameters
    ----------
    path : path-like
        The TOML file.

    Returns
    -------
    Symbols

    Raises
    ------
    TableError
        Naming file, line and symbol, and what was expected.
    """
    path = Path(path)
    return Symbols(path, *read(path))


def _nearest(names):
    return f" (nearest: {', '.join(names)})" if names else ""
