"""Sphinx extensions for a book of equations that answer for themselves; `proveq.sphinx` loads all but the drawings.

`proveq.sphinx.equations`
    The `equation` directive, the evidence, the gate, the ledger.
`proveq.sphinx.mathml`
    Mathematics as MathML, set while the book is built.
`proveq.sphinx.freshness`
    A stale build does not pass.
`proveq.sphinx.progress`
    What a build does, as long as it runs.
`proveq.sphinx.drawings`
    The `drawing` directive: figures drawn by functions. Loaded by its own name.

What is imported here is what a book's own extensions and tests may use.
"""

from .drawings import provide
from .equations.assignments import Body, PrinterError
from .equations.directive import code_reference
from .equations.domain import EquationDomain
from .equations.evaluate import EquationError, NotApplicable, check, symbols_in
from .equations.pages import equations_of
from .equations.parse import parse
from .equations.printer import typeset
from .equations.symbols import Symbols, TableError, UnknownSymbol, load
from .equations.views import badge, link, marked
from .freshness import rests_on
from .mathml import to_mathml

__all__ = [
    "Body",
    "EquationDomain",
    "EquationError",
    "NotApplicable",
    "PrinterError",
    "Symbols",
    "TableError",
    "UnknownSymbol",
    "badge",
    "check",
    "code_reference",
    "equations_of",
    "link",
    "load",
    "marked",
    "parse",
    "provide",
    "rests_on",
    "symbols_in",
    "to_mathml",
    "typeset",
]


def setup(app):
    """Register the extensions that every such book needs."""
    for part in ("equations", "mathml", "freshness", "progress"):
        app.setup_extension(f"proveq.sphinx.{part}")
    return {"version": "0.1.0", "parallel_read_safe": True, "parallel_write_safe": True}
