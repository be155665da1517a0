"""Which pages are read again: held by content, each by what it rests on.

What a page rests on:

- its text;
- the files that Sphinx and its extensions note for it, and that its cells have read;
- everything in `proveq_freshness_sources`, except what is in `proveq_freshness_traced` too: of that, only the files
  that it is known to have read. An extension says so with `rests_on`. The names of all files count for every page: a
  new one may be found in the place of another.

Errors belong to the build that reads a page. In the doctree folder stands, from the start of a build to its end, a
marker. A build that finds one reads those pages again of which the marker says that they had errors; if it names none,
or if an error could not be laid to a page, nothing saved is trusted.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from sphinx.application import ENV_PICKLE_FILENAME, Sphinx
from sphinx.domains import Domain
from sphinx.util.logging import NAMESPACE, is_suppressed_warning
from sphinx.util.parallel import make_chunks

from ..settings import Settings, register
from . import cells, outlines
from .contents import Contents, files
from .imports import Imports
from .outlines import Counted, outline

__all__ = ["connect", "digest_of_modules", "rests_on", "state"]

MARKER = "unfinished"


class State:
    """The sources as they are in this build."""

    def __init__(self, app: Sphinx):
        chosen = Settings.of(app.config)
        self.contents = Contents(app.confdir)
        sources = files(app.confdir, chosen.freshness_sources)
        #: The folder that holds them all: what is read there is noted.
        self.root = os.path.commonpath([os.path.realpath(path) for path in (app.confdir, *sources)])
        self.imports = Imports(self.root)
        names = [self.contents.name(path) for path in sources]
        #: All that is watched.
        self.names = frozenset(names)
        traced = files(app.confdir, chosen.freshness_traced, "proveq_freshness_traced")
        self.common = self.contents.of(set(names) - {self.contents.name(path) for path in traced}, *names)
        chosen_cells = files(app.confdir, chosen.freshness_cells, "proveq_freshness_cells")
        everywhere = [self.contents.name(path) for path in chosen_cells] or names
        machinery = digest_of_files(Path(__file__).parents[1], ("kernels", "jupyter"))
        self.around_cells = self.contents.of(everywhere, machinery, *names)
        self.everything = self.contents.of(names)
        self.failed: set[str] = set()
        #: The pages to be read.
        self.due: set[str] = set()
        self.read: list[str] = []

    def digest(self, names: Iterable[str] | None) -> str:
        """Of what a page rests on: the files named, and what every page rests on; None means everything."""
        return self.everything if names is None else self.contents.of(names, self.common)

    def digest_of_cells(self, names: Iterable[str] | None) -> str:
        """Of what a page's cells rest on: the files that they read, and what all cells rest on."""
        return self.everything if names is None else self.contents.of(names, self.around_cells)


def state(app: Sphinx) -> State:
    """The state of a build."""
    return app.proveq_freshness


class FreshnessDomain(Domain):
    """Keeps in the environment what each page was read with."""

    name = "freshness"
    label = "Freshness"
    data_version = 2
    initial_data: ClassVar[dict[str, Any]] = {"pages": {}, "surface": ""}

    @classmethod
    def of(cls, env: Any) -> FreshnessDomain:
        """The domain of an environment."""
        return env.domains[cls.name]

    @property
    def pages(self) -> dict[str, dict[str, Any]]:
        """By page: `text` (digest), `files` (names, or None for everything), `digest` (of these), and `outline`."""
        return self.data["pages"]

    def clear_doc(self, docname: str) -> None:
        self.pages.pop(docname, None)

    def merge_domaindata(self, docnames: Iterable[str], otherdata: dict[str, Any]) -> None:
        self.pages.update({name: otherdata["pages"][name] for name in docnames if name in otherdata["pages"]})

    def resolve_any_xref(self, *_args: Any) -> list[Any]:
        """Nothing to refer to here."""
        return []

    def get_enumerable_node_type(self, node: Any) -> str | None:
        """What is counted in outlines."""
        return node["counted"] if isinstance(node, Counted) else None

    @property
    def outlines(self) -> dict[str, Any]:
        """The outlines of the pages."""
        return {docname: page["outline"] for docname, page in self.pages.items()}


def rests_on(app: Sphinx, modules: Iterable[str]) -> None:
    """Say that the page being read shows what these modules compute.

    Parameters
    ----------
    app : sphinx.application.Sphinx
    modules : iterable of str
        Names. What they import counts too; if that cannot be told, the page rests on everything.
    """
    if hasattr(app, "proveq_freshness"):
        FreshnessDomain.of(app.env).pages[app.env.docname]["modules"].update(modules)


def digest_of_modules(app: Sphinx, modules: Iterable[str]) -> str | None:
    """A digest of everything that what these modules compute rests on, the machine that evaluates it included.

    Returns
    -------
    str or None
        None if it is not known, or if not all of it is watched.
    """
    found = getattr(app, "proveq_freshness", None)
    names: set[str] = set()
    for module in modules if found else ():
        behind = found.imports.behind(module)
        if not behind:
            return None
        names |= {found.contents.name(path) for path in behind}
    chosen = Settings.of(app.config)
    if not names or not names <= found.names:
        return None
    own = digest_of_files(Path(__file__).parents[2], ("**/*.py", "**/*.lark"))
    symbols = [found.contents.name(Path(app.confdir, chosen.symbols))] if chosen.symbols else []
    return found.contents.of(symbols, own, found.digest(names))


@cache
def digest_of_files(folder: Path, patterns: tuple[str, ...]) -> str:
    """A digest of files of this package, wherever it and the project lie."""
    contents = Contents(folder)
    return contents.of(map(contents.name, files(folder, [*patterns])))


def begin(app: Sphinx) -> None:
    """Look at the sources, and at how the last build ended."""
    app.proveq_freshness = found = State(app)
    marker = Path(app.doctreedir, MARKER)
    if marker.exists():
        try:
            found.failed = set(json.loads(marker.read_text(encoding="utf-8")))
        except ValueError:
            Path(app.doctreedir, ENV_PICKLE_FILENAME).unlink(missing_ok=True)
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.write_text("", encoding="utf-8")
    app.proveq_errors = errors = Errors(app)
    logging.getLogger(NAMESPACE).addHandler(errors)


class Errors(logging.Handler):
    """Notes of which page each warning is; `unplaced` if there is one of no page."""

    def __init__(self, app: Sphinx):
        super().__init__(logging.WARNING)
        self._app, self.pages, self.unplaced = app, set(), False

    def emit(self, record: logging.LogRecord) -> None:
        kind, subtype = getattr(record, "type", None), getattr(record, "subtype", None)
        if subtype == "summary":  # of errors that came one by one before
            return
        if kind and is_suppressed_warning(kind, subtype, self._app.config.suppress_warnings):
            return
        place = getattr(record, "location", None)
        docname = place[0] if isinstance(place, tuple) else None
        if isinstance(place, str):
            docname = place if place in self._app.env.found_docs else self._app.env.path2doc(place.partition(":")[0])
        elif docname is None and hasattr(place, "source"):
            source = place.source or getattr(place.document, "current_source", None)
            docname = self._app.env.path2doc(source) if source else None
        if docname in self._app.env.found_docs:
            self.pages.add(docname)
        else:
            self.unplaced = True


def note_text(app: Sphinx, docname: str, source: list[str]) -> None:
    """Note the text which is being read."""
    text = hashlib.sha256(Path(app.env.doc2path(docname)).read_bytes()).hexdigest()
    FreshnessDomain.of(app.env).pages[docname] = {"text": text, "modules": set()}


def note_rest(app: Sphinx, doctree: Any) -> None:
    """Note on what the page rests that was just read."""
    docname, found = app.env.docname, state(app)
    page = FreshnessDomain.of(app.env).pages[docname]
    names: set[str] | None = set()
    for module in page.pop("modules"):
        behind = found.imports.behind(module)
        if behind is None:
            names = None
            break
        names |= {found.contents.name(path) for path in behind}
    if app.config.nb_execution_mode == "cache" and cells.folder(app, docname).joinpath(cells.READS).exists():
        read = cells.reads(app, docname)
        names = None if names is None or read is None else names | set(read)
    noted = {found.contents.name(Path(app.srcdir, path)) for path in app.env.dependencies.get(docname, ())}
    page["noted"] = sorted(noted)
    page["files"] = None if names is None else sorted(names)
    page["digest"] = digest_of(page, found)
    page["outline"] = outline(app.env, doctree)


def digest_of(page: dict[str, Any], found: State) -> str:
    """What a page's digest is now."""
    return found.contents.of(page["noted"], found.digest(page["files"]))


def outdated(app: Sphinx, env: Any, added: set[str], _changed: set[str], removed: set[str]) -> list[str]:
    """The pages to be read again, besides those that Sphinx adds or reads in every build."""
    found, pages = state(app), FreshnessDomain.of(env).pages
    stale = set(found.failed)
    for docname in env.found_docs - added:
        page = pages.get(docname)
        text = hashlib.sha256(Path(env.doc2path(docname)).read_bytes()).hexdigest()
        if page is None or page["text"] != text or page.get("digest") != digest_of(page, found):
            stale.add(docname)
    found.due = added | stale | (env.reread_always & env.found_docs)
    if added or removed:
        found.due |= env.glob_toctrees & env.found_docs
    return sorted(stale)


def choose(app: Sphinx, _env: Any, docnames: list[str]) -> None:
    """Leave out pages whose time stamps are new and whose contents are not; deal the others out.

    Sphinx gives each process a run of neighbours, and the pages of one folder may all be long ones.
    """
    due = [name for name in docnames if name in state(app).due]
    count = len(make_chunks(due, max(app.parallel, 1)))
    docnames[:] = [name for start in range(count) for name in due[start::count]]
    state(app).read = list(docnames)


def end(app: Sphinx, exception: Exception | None) -> None:
    """Say in the marker which pages had errors; without any, delete it."""
    errors = getattr(app, "proveq_errors", None)
    if errors is None:
        return
    logging.getLogger(NAMESPACE).removeHandler(errors)
    marker = Path(app.doctreedir, MARKER)
    if exception is not None:
        return
    if not app.statuscode and not app._warncount:
        marker.unlink(missing_ok=True)
    elif errors.pages and not errors.unplaced:
        marker.write_text(json.dumps(sorted(errors.pages)), encoding="utf-8")


def connect(app: Sphinx) -> None:
    """Register with Sphinx."""
    register(app, "freshness_sources", "freshness_traced", "freshness_cells", "preload")
    app.add_domain(FreshnessDomain)
    app.connect("config-inited", lambda app, _config: begin(app))
    app.connect("builder-inited", lambda app: outlines.connect(app, lambda env: FreshnessDomain.of(env).outlines))
    app.connect("source-read", note_text, priority=1)
    app.connect("doctree-read", note_rest, priority=999)
    app.connect("env-get-outdated", outdated)
    app.connect("env-before-read-docs", choose, priority=999)
    app.connect("build-finished", end, priority=999)  # after every handler which may still find fault
