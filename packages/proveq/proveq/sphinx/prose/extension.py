"""What is done with sentences at which moment of a build."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from ...expressions import ASKED
from ..front_matter import front_matter_of
from ..settings import Settings
from .collect import Reader, asked_of, declared_in
from .held import Prose
from .typed import phrases

__all__ = ["ROLES", "ask", "collect"]

ROLES = ("value", "shown", "unshown")


def ask(app: Sphinx, _docname: str, source: list[str]) -> None:
    """Tell the kernel of the page about to be read what the page asks."""
    asked = asked_of(source[0], declared_in(front_matter_of(source[0]))[0])
    os.environ.pop(ASKED, None)
    if asked:
        os.environ[ASKED] = json.dumps([one.request(place) for place, one in enumerate(asked)])


def collect(
    app: Sphinx,
    doctree: nodes.document,
    answers: Mapping[int, Mapping[str, str]],
    stopped: bool,
    states: Mapping[int, str],
    held: set[int],
) -> tuple[Prose, list[tuple[int, str]]]:
    """Judge the sentences of the page just read and put in what the run has answered.

    Parameters
    ----------
    app, doctree
    answers
        By place, as the outputs of the cells have them.
    stopped
        Whether the cells did not run to the end.
    states
        State of each inline formula, by the `id` of its node.
    held
        Cells of tables, by `id`, whose numbers have been compared with arrays.

    Returns
    -------
    Prose
    list of (int, str)
        Problems: line and message.
    """
    settings = Settings.of(app.config)
    source = Path(app.env.doc2path(app.env.docname)).read_text(encoding="utf-8")
    front = front_matter_of(source)
    declared, wrong = declared_in(front)
    common, wrong_for_all = phrases(settings.typed)
    os.environ.pop(ASKED, None)  # it was this page's
    reader = Reader(source, asked_of(source, declared), answers, stopped)
    reader.read(doctree, states, held, declared, common, front.get("sentences") != "open")
    return reader.prose, [(1, message) for message in (*wrong, *wrong_for_all)] + reader.problems
