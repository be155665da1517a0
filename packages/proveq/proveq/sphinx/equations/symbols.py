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

Where a symbol is valid: in every chapter if it stands at the top, as `[x]`; in one chapter if it is headed by it, as
`[fit.r]`. A chapter has a name, the modules that mean its symbols, the chapters whose symbols it knows as well, and
a group for those of its symbols that name none. This is the one place of the file with names of modules::

    [_chapters]
    fit = { modules = ["least_squares"], on = ["matrices"], group = "data" }

Code of a module is printed, and TeX is read on a scope, with what its chapter sees: the shared symbols, those of the
chapters it is `on`, its own. No name and no TeX may stand for two things there; in two chapters that do not see each
other they may. A module of no chapter sees the shared symbols only.

One table may stand for several symbols, `@` for the letter and `@name` for what `[_letters]` calls it; a value may also
be a table from letter to value, and an entry of its own comes before it::

    [fit."a_@"]
    each = "xy"
    tex = "a_{@,t}"
    meaning = "pre-activation of the @name"

A chapter that means the same symbol with another shape says only that, `[fit.W]` with a `shape` and no `tex`.

Nothing need be written for a gradient: `d_x` is \delta before the base's TeX, with the base's shape. Of a parameter
(`shared = true`, one value for all steps) `d_W` is one step's share, with t as a subscript, and `d_W_total` the sum.
Nor for `x_following`, the value one step later. An entry `[d_x]` gives only what differs.

Names that mean something else inside one function, or inside one module, are declared for it::

    [function."least_squares:residual_backward"]     # or [function."least_squares"]
    x = "h_last"                                      # a symbol of the table: printed and read as that symbol
    y = "output.logits"                               # with its chapter, where the name alone does not say which
    "p[..., None, :]" = { tex = "p_j" }               # TeX to print only, a scalar unless it has a `shape`

The last form is never looked up when TeX is read: the page's reader takes it for what it says.

Reserved tables: `_functions` (function of the code -> TeX; `#` marks where the argument goes, without it the argument
follows in brackets), `_vector_functions` (the same, for functions that mix the elements of their argument),
`_scalar_functions` (the same, for those that make one number of an array: a norm, a trace),
`_indices` (`letters`; `element`, the letter of a free index; `sums`, the letters of bound ones; `row` and `rows`, index
and upper limit of sums over the batch; `steps`, the subscripts of the code that mean "this time step"), `_groups`
(key -> heading, in the order of the notation page), `_sizes` and `_letters` (letter -> meaning), `_chapters`.
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
    """The table, read: what one chapter sees of it.

    Attributes
    ----------
    chapter : str
        "" for a view that has the shared symbols only.
    entries : dict of str to Entry
        Those of the file in its order, then those that are derived.
    functions, vector_functions, scalar_functions, indices, groups, sizes : dict
        The reserved tables.
    """

    def __init__(self, path, chapters, visible, reserved, chapter=""):
        self.path, self.chapter = path, chapter
        self._read = (path, chapters, visible, reserved)
        self._chapters, self._visible = chapters, visible
        self.entries = visible[chapter]
        self.functions = reserved["_functions"]
        self.vector_functions = reserved["_vector_functions"]
        self.scalar_functions = reserved["_scalar_functions"]
        self.indices = reserved["_indices"]
        self.groups = reserved["_groups"]
        self.sizes = reserved["_sizes"]
        self._names = {}
        for entry in self.entries.values():
            self._names.setdefault(normalise(entry.tex), entry.name)
        self._forms = {form: entry.name for entry in self.entries.values() for form in entry.code}
        self._local = reserved["function"]
        self._views = {chapter: self}

    def within(self, chapter):
        """What a chapter sees; KeyError if the table has no such chapter."""
        if chapter not in self._chapters:
            known = ", ".join(filter(None, self._chapters)) or "none"
            raise UnknownSymbol(f"no chapter `{chapter}` in [_chapters] of {self.path.name}; there are: {known}")
        if chapter not in self._views:
            self._views[chapter] = view = Symbols(*self._read, chapter)
            view._views = self._views
        return self._views[chapter]

    def of(self, function):
        """What the chapter sees that a function ("module:qualified.name") belongs to."""
        module = function.partition(":")[0]
        return self.within(next((one.name for one in self._chapters.values() if module in one.modules), ""))

    def all(self):
        """Every entry of every chapter, in the order of the file, derived ones last, as (chapter, entry)."""
        found = {}
        for derived in (False, True):
            for entries in self._visible.values():
                for entry in entries.values():
                    if entry.derived == derived:
                        found.setdefault((entry.chapter, entry.name), entry)
        return found

    def tex(self, name):
        """TeX of a symbol; UnknownSymbol if the table has none."""
        return self.entry(name).tex

    def written(self, tex):
        """Symbol that a TeX expression writes, spaces and needless braces aside; None if there is none.

        A reader tries many spellings of which most are none: nothing is looked for that only a message needs.
        """
        return self._names.get(normalise(tex))

    def name(self, tex):
        """Symbol that a TeX expression writes, as for `written`; UnknownSymbol, which says what is near, if none."""
        found = self.written(tex)
        if found is None:
            others = self._elsewhere(lambda entry: normalise(entry.tex) == normalise(tex))
            if others:
                raise UnknownSymbol(f"{tex} is {others[0]}, which {self._who()} does not know")
            near = difflib.get_close_matches(normalise(tex), self._names, 2)
            written = [self.entries[self._names[other]].tex for other in near]
            raise UnknownSymbol(f"no symbol is written {tex} in {self.path.name}{_nearest(written)}")
        return found

    def found(self, name, function=None):
        """Entry that a name has in a function, as for `entry`; None if nothing is declared."""
        for place in (function, function and function.partition(":")[0]):
            if name in self._local.get(place, ()):
                return self._local[place][name]
        return self.entries.get(self._forms.get(name, name))

    def entry(self, name, function=None):
        """Entry that a name, or a form such as ``d_z[:, :D]``, has in a function ("module:qualified.name").

        Parameters
        ----------
        name : str
            Code, as `ast.unparse` spells it.
        function : str, optional
            Where it stands. What is declared for the function comes before what is declared for its module, and that
            before what the chapter sees.

        Raises
        ------
        UnknownSymbol
            If nothing is declared.
        """
        found = self.found(name, function)
        if found is None:
            others = self._elsewhere(lambda entry: name in (entry.name, *entry.code))
            if others:
                module = function.partition(":")[0] if function else "its module"
                raise UnknownSymbol(
                    f'`{name}` is {others[0]}; declare it for {module}: in its chapter, or under [function."{module}"]'
                )
            near = _nearest(difflib.get_close_matches(name, self.entries, 2))
            raise UnknownSymbol(f"no symbol `{name}` in {self.path.name}{near}")
        return found

    def _who(self):
        return f"chapter {self.chapter}" if self.chapter else "a scope or module without a chapter"

    def _elsewhere(self, matches):
        """Where other chapters have such a symbol, in words."""
        found = []
        for chapter, entries in self._visible.items():
            for entry in entries.values():
                if matches(entry) and entry.chapter == chapter:
                    modules = ", ".join(self._chapters[chapter].modules)
                    place = f"chapter {chapter}" + (f" ({modules})" if modules else "")
                    found.append(f"[{chapter}.{entry.name}] of {self.path.name}, which belongs to {place}")
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
