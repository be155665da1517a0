"""Packages whose names are imported when they are first asked for, each with no more than it needs."""

import ast
import importlib
import sys
from pathlib import Path
from types import ModuleType

__all__ = ["lazily"]


def lazily(package):
    """Let a package find its names where its stub, `__init__.pyi`, imports them from.

    Parameters
    ----------
    package : str
        Its `__name__`; called while it is imported.

    Returns
    -------
    list of str
        Its public names.
    """
    module = sys.modules[package]
    tree = ast.parse(Path(module.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    imports = (node for node in tree.body if isinstance(node, ast.ImportFrom))
    module._places = {alias.name: node.module for node in imports for alias in node.names}
    module.__class__ = _Package
    return sorted(module._places)


class _Package(ModuleType):
    def __getattr__(self, name):
        if name not in vars(self)["_places"]:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(self._places[name]), name)
        super().__setattr__(name, value)
        return value

    def __setattr__(self, name, value):
        # An imported module becomes an attribute of its package. Here many a module bears the name of its function,
        # and it is the function that the name of the package means.
        if name not in self._places or not isinstance(value, ModuleType):
            super().__setattr__(name, value)

    def __dir__(self):
        return sorted({*super().__dir__(), *self._places})
