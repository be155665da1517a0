"""A stale build must not pass, and what has not changed is not done again.

Sphinx re-reads a page when its time stamp is newer; that the code which the page calls has changed, it does not see.
Here everything is held by content, and each page by what it has read:

`contents`
    Digests of files: a change is a change of bytes, whatever the time stamp says.
`imports`
    The files behind a module: what it imports, and what that imports.
`cells`
    The outputs of a page's cells, kept until the cells or a file that they read has changed.
`pages`
    Which pages are read again: those whose text, outputs or files have changed, and those that had errors.
`outlines`
    What is numbered in a page: the book is numbered without loading its pages.
`site`
    Which pages are written again: those that were read, or all if what every page shows has changed.

A build of which nothing at all has changed is known before Sphinx starts: see `proveq.build`.
"""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

from . import cells, pages, site
from .pages import digest_of_modules, rests_on

__all__ = ["digest_of_modules", "rests_on", "setup"]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    pages.connect(app)
    cells.connect(app)
    site.connect(app)
    return {"version": "2", "env_version": 2, "parallel_read_safe": True, "parallel_write_safe": True}
