"""The computations behind the scopes: each runs forward once and names its values. No backward pass of the package.

One module a chapter. What a module calls `SCOPES` are its scopes: name -> function that returns rows of (title,
numbers, model). A module in this folder is found by itself.
"""

import importlib
import pkgutil

__all__ = ["ROWS"]


def _gathered():
    rows = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        for name, make in getattr(importlib.import_module(f"{__name__}.{module.name}"), "SCOPES", {}).items():
            if name in rows:
                raise ValueError(f"scope_models.{module.name}: another module has a scope {name!r} already")
            rows[name] = make
    return rows


#: Every scope of the book, not yet made.
ROWS = _gathered()
