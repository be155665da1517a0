"""The numbers on which the page's equations are evaluated.

A scope runs one computation forward and names its values. A gradient symbol is then taken by what it means: the
derivative of the loss with respect to the value of that name, changed where it arises. No backward pass of the package
is used here: an equation for a gradient is compared with derivatives that know nothing of it.

`scope_models` has the computations that a chapter writes for itself. Every other subject of a proof has a scope of its
own name, if it runs a single step and its forward function belongs to a chapter.
"""

import importlib
import pkgutil
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import scope_models
from proveq import Scope, SubjectModel
from scope_models.rows import proved

__all__ = ["SCOPES"]

_SYMBOLS = Path(__file__).with_name("symbols.toml")


class _Made:
    """Makes the scopes of one name; `modules` are those that they rest on."""

    def __init__(self, rows, *modules):
        self._rows, self.modules = rows, modules

    def __call__(self):
        return [Scope(*row) for row in self._rows()]


def _of_models():
    found = {}
    for module in sorted(pkgutil.iter_modules(scope_models.__path__), key=lambda module: module.name):
        address = f"{scope_models.__name__}.{module.name}"
        for name, make in getattr(importlib.import_module(address), "SCOPES", {}).items():
            if name in found:
                raise ValueError(f"{address}: another module has a scope {name!r} already")
            found[name] = _Made(make, address)
    return found


@cache
def _of_subjects():
    """The scopes that come from subjects, not yet made, by name."""
    from lstmderiv.verify.subjects import SUBJECTS

    chapters = tomllib.loads(_SYMBOLS.read_text(encoding="utf-8"))["_chapters"]
    chapter_of = {module: name for name, chapter in chapters.items() for module in chapter.get("modules", ())}
    found = {}
    for name, subject in SUBJECTS.items():
        module = subject.forward.__module__
        if name not in _MODELS and not subject.sequence and module in chapter_of:
            model = SubjectModel(subject, chapter_of[module])
            glue = f"lstmderiv.verify.subjects.{module.rpartition('.')[2]}"
            found[name] = _Made(lambda name=name, model=model: proved(name, model), glue, proved.__module__)
    return found


_MODELS = _of_models()


class _Scopes(Mapping):
    """Name -> function that makes the scopes. The subjects are looked at when a name is asked for that no model has."""

    def __getitem__(self, name):
        return _MODELS[name] if name in _MODELS else _of_subjects()[name]

    def __iter__(self):
        yield from _MODELS
        yield from _of_subjects()

    def __len__(self):
        return len(_MODELS) + len(_of_subjects())


SCOPES = _Scopes()
