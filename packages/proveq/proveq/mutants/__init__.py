"""Small mistakes, put into a book and its package one at a time: which of them its checks let through.

`python -m proveq.mutants`, in the folder of `conf.py`, draws mutants, judges them as the build and the tests would, and
names those that live. It needs the extra `proveq[sphinx]`, pytest, and a book that has been built.

`mutant`
    One mistake: an edit of one file.
`tex`, `prose`, `python`
    The mistakes that a formula, a sentence and a line of code may have.
`kinds`
    The kinds of mutants, and who has to notice them. A new kind is a function there, and a line of `KINDS`.
`page_judge`, `package_judge`
    What the build and the tests say of a mutant.
`workplace`
    Copies of the project, and processes with a limit: nothing is ever written into the project itself.
`equivalents`
    The list of mutants that change nothing, each with a reason.
`run`
    Draws, hands out, counts.

Nothing in it knows of a particular book; `pyproject.toml` names what it works on, under `[tool.proveq.mutants]`.
"""

from .equivalents import Equivalents
from .mutant import Edit, Mutant
from .tex import mutations

__all__ = ["Edit", "Equivalents", "Mutant", "mutations"]
