"""The numbers on which the page's equations are evaluated.

A scope runs one computation forward and names its values. A gradient symbol is then taken by what it means: the
derivative of the loss with respect to the value of that name, changed where it arises. No backward pass of the package
is used here: an equation for a gradient is compared with derivatives that know nothing of it.

`scope_models` has the computations that a chapter writes for itself. Every other subject of a proof has a scope of its
own name, if it runs a single step and its forward function belongs to a chapter.
"""

import tomllib
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path

from proveq import Scope, SubjectModel
from scope_models import ROWS
from scope_models.rows import proved

__all__ = ["SCOPES"]

_SYMBOLS = Path(__file__).with_name("symbols.toml")


def _of_subject(name, subject, chapter):
    return proved(name, SubjectModel(subject, chapter))


@cache
def _of_subjects():
    """Rows of the scopes that come from subjects, not yet made, by name."""
    from lstmderiv.verify import SUBJECTS

    chapters = tomllib.loads(_SYMBOLS.read_text(encoding="utf-8"))["_chapters"]
    chapter_of = {module: name for name, chapter in chapters.items() for module in chapter.get("modules", ())}
    return {
        name: partial(_of_subject, name, subject, chapter_of[subject.forward.__module__])
        for name, subject in SUBJECTS.items()
        if name not in ROWS and not subject.sequence and subject.forward.__module__ in chapter_of
    }


class _Scopes(Mapping):
    """Name -> function that makes the scopes. The subjects are looked at when a name is asked for that no model has."""

    def __getitem__(self, name):
        rows = ROWS[name] if name in ROWS else _of_subjects()[name]
        return lambda: [Scope(*row) for row in rows()]

    def __iter__(self):
        yield from ROWS
        yield from _of_subjects()

    def __len__(self):
        return len(ROWS) + len(_of_subjects())


SCOPES = _Scopes()
