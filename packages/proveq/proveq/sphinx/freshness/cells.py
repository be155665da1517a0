"""The outputs of a page's cells, kept as long as neither the cells nor what they read has changed.

myst-nb keeps outputs by the text of the cells (`nb_execution_mode = "cache"`). Each page has its own folder for that,
in which `reads.json` says what was read when the cells ran: which files of the project, and their bytes. Before a page
is read its folder is looked at, and deleted if anything in it is no longer so.

Of a kernel which does not say what it reads, or which starts another process, it is taken that it read everything.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

from jupyter_cache import get_cache
from sphinx.application import Sphinx

from ...expressions import ASKED
from ..kernels import session
from ..settings import Settings
from . import pages

__all__ = ["connect", "folder", "reads"]

READS, RECORD = "reads.json", "record.json"


def folder(app: Sphinx, docname: str) -> Path:
    """Where a page's outputs are kept."""
    return Path(app.outdir).parent / "cells" / docname


def reads(app: Sphinx, docname: str) -> list[str] | None:
    """The files that a page's cells read, as far as they are watched; None if it is not known."""
    try:
        return json.loads((folder(app, docname) / READS).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError):
        return None


def before(app: Sphinx, docname: str, _source: list[str]) -> None:
    """Keep or delete what is there, and have the kernel say what it reads."""
    if app.config.nb_execution_mode != "cache":
        return
    place = folder(app, docname)
    state = pages.state(app)
    try:
        known = json.loads((place / READS).read_text(encoding="utf-8"))
        fresh = known["digest"] == state.digest_of_cells(known["files"]) and known["asked"] == _asked()
    except (OSError, ValueError, KeyError):
        fresh = False
    if not fresh:
        shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True, exist_ok=True)
    (place / RECORD).unlink(missing_ok=True)
    os.environ["PROVEQ_RECORD"] = str(place / RECORD)
    os.environ["PROVEQ_ROOT"] = state.root
    app.env.mystnb_config = app.env.mystnb_config.copy(execution_cache_path=str(place / "outputs"))


def after(app: Sphinx, _doctree: Any) -> None:
    """Note what the kernel read, if one ran."""
    if app.config.nb_execution_mode != "cache":
        return
    docname, state = app.env.docname, pages.state(app)
    run = getattr(app.env, "nb_metadata", {}).get(docname, {}).get("exec_data")
    place = folder(app, docname)
    record = place / RECORD
    os.environ.pop("PROVEQ_RECORD", None)
    if run is None or ((place / READS).exists() and not record.exists()):
        return
    try:
        found = json.loads(record.read_text(encoding="utf-8"))
        names = [state.contents.name(Path(state.root, name)) for name in found["files"]]
        files = None if found["unknown"] else names
    except (OSError, ValueError, KeyError):
        files = None
    known = {"files": files, "digest": state.digest_of_cells(files), "asked": _asked()}
    (place / READS).write_text(json.dumps(known), encoding="utf-8")
    # Outputs of other cells that the page had before: of these nothing is known any more.
    cache = get_cache(place / "outputs")
    for kept in sorted(cache.list_cache_records(), key=lambda one: one.pk)[:-1]:
        cache.remove_cache(kept.pk)


def _asked() -> str:
    """What the sentences of the page ask of its cells."""
    return hashlib.sha256(os.environ.get(ASKED, "").encode()).hexdigest()


def begin(app: Sphinx) -> None:
    """Let kernels be forked during this build."""
    app.proveq_session = session.open_session(Settings.of(app.config).preload)


def end(app: Sphinx, _exception: Exception | None) -> None:
    """End the server, if this build started it."""
    if getattr(app, "proveq_session", False):
        session.close()


def connect(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("builder-inited", begin)
    app.connect("source-read", before)
    app.connect("doctree-read", after, priority=100)  # before what notes the page's dependencies
    app.connect("build-finished", end, priority=1)
