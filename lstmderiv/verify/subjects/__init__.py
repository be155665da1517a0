"""What is proved: each pair of a forward and a backward function, with the glue that calls them on any numbers.

One module a chapter. What a module calls `SUBJECTS` are its subjects by name. A module in this folder is found by
itself.
"""

import importlib
import pkgutil

from proveq import Subjects

__all__ = ["SUBJECTS"]


def _tables():
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        yield getattr(importlib.import_module(f"{__name__}.{name}"), "SUBJECTS", {})


SUBJECTS = Subjects(*_tables())
