"""A stale build must not pass.

Sphinx re-reads a page when the page changes, and executes it then; that the code which the page calls has changed, it
does not see. Two measures close the gaps:

- `proveq_freshness_sources` lists files, folders and patterns, relative to the configuration. A digest over their names
  and contents is a configuration value of its own, on which the environment depends: whatever changes among them, every
  page is read and executed again. An execution cache of myst-nb moves to a folder named by the digest.
- Warnings belong to the build that reads a page. A marker stands in the doctree folder from the start of a build to its
  clean end; a build that finds one (the last had warnings, failed, or was killed) starts without a saved environment.

And `sphinx.ext.viewcode` makes a module's page again only when the module is newer, not when the book links to more of
it: its pages are deleted before each build.
"""

from __future__ import annotations

import glob
import hashlib
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from sphinx.application import ENV_PICKLE_FILENAME, Sphinx
from sphinx.errors import ConfigError

from . import settings

MARKER = "unfinished"
SOURCES = "_modules"
IGNORED = ("__pycache__", ".pyc")


def files(root: str | Path, patterns: list[str]) -> list[Path]:
    """All files which the patterns name, folders with everything in them.

    Raises
    ------
    ConfigError
        If a pattern names none: a misspelt one would protect nothing.
    """
    found: set[Path] = set()
    for pattern in patterns:
        matches = {Path(match) for match in glob.glob(os.path.join(root, pattern), recursive=True)}
        matches |= {inner for match in matches if match.is_dir() for inner in match.rglob("*")}
        matches = {path for path in matches if path.is_file() and not set(IGNORED) & {*path.parts, path.suffix}}
        if not matches:
            raise ConfigError(f"proveq_freshness_sources: {pattern!r} names no file")
        found |= matches
    return sorted(found)


def digest(root: str | Path, patterns: list[str]) -> str:
    """Hash the names and contents of all files, and the interpreter's version."""
    state = hashlib.sha256(sys.version.encode())
    for path in files(root, patterns):
        content = path.read_bytes()
        state.update(f"\0{Path(os.path.relpath(path, root)).as_posix()}\0{len(content)}\0".encode())
        state.update(content)
    return state.hexdigest()


def begin(app: Sphinx, config: Any) -> None:
    """Take the digest, and forget the environment of a build that did not end well."""
    config.proveq_freshness_digest = digest(app.confdir, settings.Settings.of(config).freshness_sources)
    if getattr(config, "nb_execution_mode", "off") == "cache":
        caches = Path(config.nb_execution_cache_path or Path(app.outdir).parent / ".jupyter_cache")
        config.nb_execution_cache_path = str(Path(app.confdir, caches) / config.proveq_freshness_digest[:16])
    marker = Path(app.doctreedir, MARKER)
    if marker.exists():
        Path(app.doctreedir, ENV_PICKLE_FILENAME).unlink(missing_ok=True)
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.touch()


def forget_sources(app: Sphinx) -> None:
    """Have every module's highlighted source written again."""
    shutil.rmtree(Path(app.outdir, SOURCES), ignore_errors=True)


def end(app: Sphinx, exception: Exception | None) -> None:
    """Trust the saved environment only after a build without warnings."""
    if exception is None and not app.statuscode and not app._warncount:
        Path(app.doctreedir, MARKER).unlink(missing_ok=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    settings.register(app, "freshness_sources")
    app.add_config_value("proveq_freshness_digest", "", "env", (str,))
    app.connect("config-inited", begin)
    app.connect("builder-inited", forget_sources)
    app.connect("build-finished", end, priority=999)  # after every handler which may still find fault
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
