"""What the extension does at which moment of a build."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ConfigError
from sphinx.util import logging

from .. import settings
from ..freshness import digest_of_modules
from ..prose import extension as prose
from ..prose.collect import ProseRole
from . import directive, evidence, gate, inline, parse, symbol_table, symbols, value_links, views
from .domain import Book, EquationDomain, Problem
from .ledger import FILE, Ledger, numbers, reading_order

logger = logging.getLogger(__name__)
#: myst-nb's own words on what the gate reports in full.
REPLACED_WARNINGS = ["mystnb.exec", "mystnb.unknown_mime_type"]
#: As many pages to be read as need most of what any page needs.
MANY = 10


def quieten(_app: Sphinx, config: Any) -> None:
    """Leave out the warnings which the gate's messages replace."""
    config.suppress_warnings = [*config.suppress_warnings, *REPLACED_WARNINGS]


def prepare(app: Sphinx) -> None:
    """Read the symbol table and find the scopes."""
    domain = EquationDomain.of(app.env)
    chosen = settings.Settings.of(app.config)
    if chosen.symbols:
        try:
            domain.symbols = symbols.load(Path(app.confdir) / chosen.symbols)
        except (OSError, ValueError) as error:
            raise ConfigError(f"proveq_symbols: {error}") from error
    if chosen.scopes:
        domain.scopes = evidence.Scopes.imported(chosen.scopes)


def make_ready(app: Sphinx, env: Any, docnames: list[str]) -> None:
    """Make once what otherwise each of the processes would make that read pages: they are forked from this one."""
    if len(docnames) >= MANY:
        parse.parser()
        scopes = EquationDomain.of(env).scopes
        for given in scopes or ():
            digest_of_modules(app, scopes.modules(given))


def judge(app: Sphinx, env: Any) -> list[str]:
    """Check the whole book, in every build; return the pages to write again."""
    domain = EquationDomain.of(env)
    book = Book(domain.pages, reading_order(env))
    problems = gate.problems(book, app.config)
    chosen = settings.Settings.of(app.config)
    # What an equation at fault would have read is not known: its symbols are no fault of the table's.
    if domain.symbols is not None and chosen.every_symbol and not (problems or chosen.partial):
        problems += [Problem("", 0, message) for message in gate.unused(book, domain.symbols)]
    for problem in problems:
        logger.error("%s", problem.text, location=(problem.docname, problem.line) if problem.docname else None)
    if problems:
        app.statuscode = 1
    domain.ledger = Ledger(book, problems, numbers(env, book))
    return views.outdated(domain)


def close(app: Sphinx, exception: Exception | None) -> None:
    """Write `ledger.json` and say in one line how the book stands."""
    if exception is not None:
        return
    ledger = EquationDomain.of(app.env).ledger
    (Path(app.outdir) / FILE).write_text(ledger.json(), encoding="utf-8")
    if ledger.problems:
        logger.error("%s", ledger.summary(), type="proveq", subtype="summary")
    elif app.quiet:  # -q silences the progress; the totals are the result
        print(ledger.summary())
    else:
        logger.info("%s", ledger.summary())


def connect(app: Sphinx) -> dict[str, Any]:
    """Register everything with Sphinx."""
    settings.register(app, "symbols", "scopes", "default_scope", "every_symbol", "partial", "typed", "examples")
    app.add_domain(EquationDomain)
    app.add_directive("equation", directive.EquationDirective)
    app.add_directive("equations", directive.EquationsDirective)
    for role in inline.ROLES:
        app.add_role(role, inline.InlineRole())
    for role in prose.ROLES:
        app.add_role(role, ProseRole())
    views.setup(app)
    symbol_table.setup(app)
    app.connect("config-inited", quieten)
    app.connect("builder-inited", prepare)
    app.connect("env-before-read-docs", make_ready, priority=1000)  # after it is known which pages are read
    app.connect("source-read", evidence.forget_notebook)
    app.connect("source-read", prose.ask, priority=400)  # before it is looked up whether the cells must run again
    app.connect("doctree-read", directive.refuse_other_displays)
    app.connect("doctree-read", evidence.collect)
    app.connect("env-get-updated", judge, priority=900)  # after Sphinx has numbered the equations
    app.connect("doctree-resolved", directive.link_code)
    app.connect("doctree-resolved", value_links.link_values)
    app.connect("build-finished", close)
    return {"version": "1", "env_version": 2, "parallel_read_safe": True, "parallel_write_safe": True}
