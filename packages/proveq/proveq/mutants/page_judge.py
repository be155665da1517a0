"""What the build says of a page with a mistake in it: the page is read once more, as Sphinx reads it.

Its cells are not run again: what they gave is in the copy of the build. What is new among the errors, compared with the
page as it is, has noticed the mistake.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from io import StringIO
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.console import nocolor
from sphinx.util.docutils import docutils_namespace, patch_docutils

from ..sphinx.equations import gate, parse
from ..sphinx.equations.domain import Book, EquationDomain
from .mutant import Mutant
from .verdict import Unusable, Verdict
from .workplace import Died, OutOfTime, call, edited

__all__ = ["PageJudge"]

#: Seconds that reading a page may take.
LIMIT = 60


class PageJudge:
    """Judges mutants of pages, in a process of its own: it imports the book's package.

    Parameters
    ----------
    place : Path
        A copy of the project, which `workplace.copied` made.
    pages : str
        The folder of its pages.
    """

    def __init__(self, place: Path, pages: str):
        self._place, self._pages = place, pages
        self._known: dict[str, list[str]] = {}
        self._said = StringIO()
        os.chdir(place)
        sys.path.insert(0, str(place))
        nocolor()
        self._open = ExitStack()
        self._open.enter_context(patch_docutils(str(place)))
        self._open.enter_context(docutils_namespace())
        # No cell runs: its server of processes need import nothing.
        settings = {"proveq_partial": "1", "proveq_preload": []}
        built = place / "build"
        self._app = Sphinx(
            place / pages, place, built / "html", built / "doctrees", "html", settings, status=None, warning=self._said
        )
        self._app.events.emit("env-before-read-docs", self._app.env, sorted(self._app.env.found_docs))
        parse.parser()

    def close(self) -> None:
        """End what Sphinx has started."""
        self._app.events.emit("build-finished", Exception())
        self._open.close()

    def judge(self, mutant: Mutant) -> Verdict:
        """Who notices a mutant, if anybody."""
        docname = Path(mutant.path).relative_to(self._pages).with_suffix("").as_posix()
        if docname not in self._known:
            # Read here, not in a process of its own: what it computes is at hand for every mutant of the page.
            self._known[docname] = self._read(docname)
        if self._known[docname]:
            raise Unusable(f"{mutant.path} does not hold as it is: {self._known[docname][0]}")
        path = self._place / mutant.path
        with edited(path, mutant.applied(path.read_text(encoding="utf-8"))):
            try:
                found = call(lambda: self._read(docname), LIMIT)
            except (OutOfTime, Died) as ended:
                found = [str(ended)]
        return Verdict("build", docname, found[0]) if found else Verdict()

    def _read(self, docname: str) -> list[str]:
        """The errors of a page as it stands in the copy."""
        app, domain = self._app, EquationDomain.of(self._app.env)
        self._said.seek(0)
        self._said.truncate()
        app.events.emit("env-purge-doc", app.env, docname)
        app.env.clear_doc(docname)
        try:
            app.builder.read_doc(docname)
        except Exception as error:  # whatever a directive meets is the end of a build
            return [f"{type(error).__name__}: {error}"]
        # The settings are this judge's own.
        rules = (gate.cells, gate.failures, gate.strays, gate.evidence)
        book = Book({docname: domain.page(docname)})
        problems = [*domain.page(docname).problems, *(problem for rule in rules for problem in rule(book))]
        return [problem.text for problem in problems] + _lines(self._said.getvalue())


def _lines(said: str) -> Iterable[str]:
    return [line for line in said.splitlines() if line.strip()]
