"""Which pages are written again: those that were read; all, if something has changed that every page may show.

Titles, their order and numbers stand in every page's navigation; labels, numbers of equations and figures in whatever
refers to them; templates and static files in all. All this together is the surface of the book. A page of a module's
source, which `sphinx.ext.viewcode` writes again only when the module is newer, is deleted when its source, the links
into it or the surface has changed.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from .pages import FreshnessDomain, state

__all__ = ["connect"]

#: Where an object without a text of its own lies in memory.
ADDRESS = re.compile(r" at 0x[0-9a-f]+")
SOURCES, NOTES, STATIC = "_modules", "modules.json", "static.json"


def surface(app: Sphinx, env: Any) -> str:
    """A digest of all that pages show of one another."""
    parts: list[Any] = [sorted(env.toctree_includes.items())]
    for docname in sorted(env.found_docs):
        figures = sorted((kind, sorted(found.items())) for kind, found in env.toc_fignumbers.get(docname, {}).items())
        sections = sorted(env.toc_secnumbers.get(docname, {}).items())
        titles = env.titles[docname].astext(), env.longtitles[docname].astext()
        parts.append((docname, titles, env.tocs[docname].pformat(), sections, figures))
    for domain in env.domains.sorted():
        parts.append((domain.name, sorted(map(repr, domain.get_objects()))))
        for table in ("labels", "anonlabels", "equations", "citations"):
            found = getattr(domain, table, {})
            entries = map(repr, found.items() if isinstance(found, dict) else found)
            parts.append((table, sorted(ADDRESS.sub("", entry) for entry in entries)))
    for docname, page in sorted(getattr(env.domains.get("equations"), "pages", {}).items()):
        parts.append((docname, sorted((equation.label, equation.tex) for equation in page.equations)))
    files = inside(app, [*app.config.html_static_path, *app.config.templates_path])
    return state(app).contents.of(files, *map(repr, parts))


def inside(app: Sphinx, folders: list[str]) -> set[str]:
    """The names of all files in folders."""
    found = (path for folder in folders for path in Path(app.confdir, folder).rglob("*") if path.is_file())
    return {state(app).contents.name(path) for path in found if "__pycache__" not in path.parts}


def forget_static(app: Sphinx) -> None:
    """Delete the static files of the site if others are to be there: Sphinx writes them all, and deletes none."""
    names, noted = sorted(inside(app, app.config.html_static_path)), Path(app.doctreedir, STATIC)
    text = json.dumps(names)
    if not noted.exists() or noted.read_text(encoding="utf-8") != text:
        shutil.rmtree(Path(app.outdir, "_static"), ignore_errors=True)
        noted.write_text(text, encoding="utf-8")
    # myst-nb writes its sheet when the pages are written: only in a site built before would they have its checksum.
    for sheet in Path(app.outdir, "_static").glob("mystnb.*.css"):
        sheet.unlink()


def outdated(app: Sphinx, env: Any) -> list[str]:
    """All pages, if the surface has changed, or if there is no index of the search: it is made as they are written."""
    domain = FreshnessDomain.of(env)
    if app.builder.format != "html":
        return []
    now = surface(app, env)
    if domain.data["surface"] == now and (search_index(app).exists() or not app.builder.search):
        return []
    domain.data["surface"] = now
    return sorted(env.found_docs)


def forget_sources(app: Sphinx) -> list[Any]:
    """Delete the pages of modules that have to be written again, and of those that are no longer shown."""
    env, folder, notes = app.env, Path(app.outdir, SOURCES), Path(app.doctreedir, NOTES)
    # A module of which nothing is shown is forgotten by Sphinx when any page is read again, and only then.
    modules = {name: entry for name, entry in getattr(env, "_viewcode_modules", {}).items() if entry and entry[2]}
    around = sorted(modules), FreshnessDomain.of(env).data["surface"]
    shown = {
        name: hashlib.sha256(repr((code, sorted(used.items()), refname, around)).encode()).hexdigest()
        for name, (code, _tags, used, refname) in modules.items()
    }
    try:
        before = json.loads(notes.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        before = {}
    kept = set()
    for page in folder.rglob("*.html"):
        name = ".".join(page.relative_to(folder).with_suffix("").parts)
        if name in shown and before.get(name) == shown[name]:
            kept.add(name)
        elif name != "index" or not shown:
            page.unlink()
    for inner in sorted([folder, *folder.rglob("*/")], reverse=True):
        with suppress(OSError):
            inner.rmdir()  # where nothing is left
    notes.write_text(json.dumps(shown), encoding="utf-8")
    # The environment is saved already; of what is False the name alone counts, and no module is imported to look at it.
    env._viewcode_modules = {name: name not in kept and entry for name, entry in modules.items()}
    return []


def complete_search(app: Sphinx) -> list[Any]:
    """Take over what Sphinx forgets of pages that are not written, and drop the words that no page has any more."""
    indexer = getattr(app.builder, "indexer", None)
    if indexer is None:
        return []
    indexer.prune(app.env.all_docs)
    for mapping in (indexer._mapping, indexer._title_mapping):
        for word in [word for word, pages in mapping.items() if not pages]:
            del mapping[word]
    # Only pages that were written have given their entries; those of the others stand in the index as it was.
    written, entries = set(indexer._index_entries), indexer._index_entries
    with suppress(OSError):
        before = app.builder.indexer_format.loads(search_index(app).read_text(encoding="utf-8"))
        for entry, places in before["indexentries"].items():
            for number, target, main in places:
                docname = before["docnames"][number]
                if docname in app.env.all_docs and docname not in written:
                    entries.setdefault(docname, []).append((entry, target, "main" if main else ""))
    in_order = sorted(entries.items())
    entries.clear()
    entries.update(in_order)
    return []


def search_index(app: Sphinx) -> Path:
    """The file of the search index."""
    return Path(app.outdir, app.builder.searchindex_filename)


def forget_pages(app: Sphinx, _env: Any, _added: set[str], _changed: set[str], removed: set[str]) -> list[str]:
    """Delete what was written of pages that are no longer there."""
    for docname in removed:
        Path(app.builder.get_outfilename(docname)).unlink(missing_ok=True)
        for source in Path(app.outdir, "_sources").glob(f"{docname}.*"):
            source.unlink()
    return []


def forget_pictures(app: Sphinx, exception: Exception | None) -> None:
    """Delete pictures that no page shows any more, and what was noted of errors that are mended."""
    if exception is None:
        Path(app.outdir, ".buildinfo.bak").unlink(missing_ok=True)
        if not app.statuscode and not app._warncount:
            shutil.rmtree(Path(app.outdir, "reports"), ignore_errors=True)
        shown = {name for _pages, name in app.env.images.values()}
        for path in Path(app.outdir, "_images").glob("*"):
            if path.name not in shown:
                path.unlink()


def connect(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("builder-inited", forget_static, priority=1)  # before anything is written there
    app.connect("env-get-outdated", forget_pages)
    app.connect("build-finished", forget_pictures)
    app.connect("env-get-updated", outdated, priority=999)  # after numbers are given and the gate has judged
    app.connect("html-collect-pages", forget_sources, priority=1)
    app.connect("html-collect-pages", complete_search, priority=1)
