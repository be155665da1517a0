"""Evaluate one equation without running a cell: `python -m proveq.sphinx.equations eq:page-d-r`.

For the author's loop. It shows what the page prints and how it does on each scope; that the code is proved, only the
page's cells show.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from pathlib import Path

from . import evaluate, pages, symbols
from .directive import DirectiveError
from .evidence import Scopes

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Evaluate the equation with a label; return 0 if it holds, 1 if not, 2 if it cannot be found."""
    parser = argparse.ArgumentParser(prog="python -m proveq.sphinx.equations", description=__doc__.partition("\n")[0])
    parser.add_argument("label")
    parser.add_argument("--pages", default="book", help="folder of the pages")
    parser.add_argument("--symbols", default="book/symbols.toml", help="the symbol table")
    parser.add_argument("--scopes", default="scopes:SCOPES", help="the scopes, module:ATTRIBUTE")
    given = parser.parse_args(arguments)
    try:
        known = {one.label: one for one in pages.equations_of(given.pages)}
        if given.label not in known:
            near = difflib.get_close_matches(given.label, known, 3)
            print(f"no page displays {given.label}{' (nearest: ' + ', '.join(near) + ')' if near else ''}")
            return 2
        return report(known[given.label], symbols.load(Path(given.symbols)), Scopes.imported(given.scopes), given.pages)
    except (DirectiveError, symbols.TableError) as error:
        print(error)
        return 2


def report(equation: pages.PageEquation, table: symbols.Symbols, scopes: Scopes, folder: str) -> int:
    """Print an equation and its residual on every scope of its name."""
    print(f"{folder}/{equation.path}:{equation.line}: {equation.label}, {equation.kind}")
    try:
        tex = equation.tex(table)
    except Exception as error:  # whatever the printer cannot set is the author's to change
        print(f"  cannot be set: {error}")
        return 1
    print("  " + tex.replace("\n", "\n  "))
    if equation.given not in scopes:
        print(f"  no scope is named {equation.given!r}; there are: {scopes.names}")
        return 1
    try:
        made = scopes[equation.given]
    except Exception as error:  # what the scope runs is the author's own
        print(f"  scope {equation.given} cannot be made: {type(error).__name__}: {error}")
        return 1
    held = 0
    for scope in made:
        where = f"  {scope.name}, {scope.oracle}: "
        try:
            residual = evaluate.check(tex, table, scope)
        except evaluate.NotApplicable as error:
            print(f"{where}not applicable: {error}")
            continue
        except (evaluate.EquationError, ValueError, TypeError) as error:
            print(f"{where}{error}")
            if getattr(error, "unreadable", False):
                continue
            return 1
        if wrong := evaluate.misstated(equation.options.get("shape", ""), residual, scope.sizes):
            print(f"{where}{wrong}")
            return 1
        print(f"{where}residual {residual.value:g}, shape {residual.shapes}")
        held += 1
    print(f"  holds on {held} scopes; no cell was run" if held else "  no scope can evaluate it")
    if held and equation.options.get("unevaluated"):
        print("  marked as not evaluated: take :unevaluated: away")
    return 0 if bool(held) != bool(equation.options.get("unevaluated")) else 1


if __name__ == "__main__":
    sys.exit(main())
