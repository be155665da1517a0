"""The explorer: every value of a computation, one by one, and a page that computes them anew in the reader's browser.

`{explorer}` sets one entry for each value: symbol, meaning, equation and line of code, shape, what it is made of, its
row of the ledger, and its numbers as the book computes them. That is the whole of it where no script runs. The scripts
in `_static/explorer/` turn the same entries, and the drawings around them, into one picture to step through. Their
arithmetic is written by `javascript` from the package's own functions while the site is built.

The extension knows none of the values: `explorer_model` names the module that does, with `VALUES`, `CHAPTER`
(whose symbols they are), `line`, `sources`,
`parts`, `arithmetic` and `settings`; `explorer_values` is the address of the provider of their numbers, as in
`drawings`.
"""

import importlib
import json
import re
from functools import cache
from html import escape

import numpy as np
from _figures.drawing import figure
from docutils import nodes
from proveq.sphinx import (
    EquationDomain,
    badge,
    code_reference,
    link,
    marked,
    provide,
    rests_on,
    symbols_in,
    to_mathml,
    typeset,
)
from sphinx.errors import ConfigError
from sphinx.util.docutils import SphinxDirective

FOLDER = "explorer"
#: In the order in which they are loaded: each uses those before it.
SCRIPTS = ("arrays.js", "arithmetic.js", "network.js", "numbers.js", "page.js", "equations.js", "norms.js")
STEPS = (1, 2, 3)


@cache
def model(app_module):
    """The module of the values."""
    return importlib.import_module(app_module)


def identifier(name):
    """The id of a value's entry, and the label to refer to it by."""
    return nodes.make_id(f"explore-{name}")


def meaning(symbol):
    """What a symbol means, away from the table whose heading completes it."""
    return f"gradient {symbol.meaning}" if symbol.meaning.startswith("with respect") else symbol.meaning


class ExplorerDirective(SphinxDirective):
    """Keep the place of the entries, and let other pages refer to each of them."""

    def run(self):
        docname = self.env.docname
        rests_on(self.env._app, [self.config.explorer_model, self.config.explorer_values.partition(":")[0]])
        page = EquationDomain.of(self.env).page(docname)
        page.views.add("explorer")
        standard = self.env.domains.standard_domain
        values = model(self.config.explorer_model).VALUES
        symbols = EquationDomain.of(self.env).symbols
        chapter = symbols.within(model(self.config.explorer_model).CHAPTER)
        unknown = [value.name for value in values if value.name not in chapter.entries]
        if unknown:
            message = f"{{explorer}}: values that the symbol table does not have: {', '.join(unknown)}"
            EquationDomain.of(self.env).problem(docname, self.lineno, message)
            return []
        for value in values:
            label = identifier(value.name)
            standard.note_hyperlink_target(label, docname, label, "explorer")
            if has_line(value, chapter.entries):
                page.symbols |= symbols_in(line_of(value, symbols).tex, chapter)
        return [nodes.container(ids=["explorer"], classes=["xp"], explorer=True)]


def has_line(value, entries):
    """Whether a line of code says more than the symbol: not of what is given, nor of tanh(c), which says it itself."""
    return value.function is not None and not entries[value.name].function


def line_of(value, symbols):
    """The equation set from the line of a value."""
    left = value.name if value.result == "return" else None
    return typeset(value.function, value.result, symbols, symbol=left)


class Entries:
    """The entries of one page that is being written."""

    def __init__(self, app, docname):
        self.app, self.docname = app, docname
        self.domain = EquationDomain.of(app.env)
        self.model = model(app.config.explorer_model)
        self.numbers = provide(app.config.explorer_values)
        self.symbols = self.domain.symbols.within(self.model.CHAPTER).entries
        self.values = {value.name: value for value in self.model.VALUES}
        self.used = {name: [] for name in self.values}
        for value in self.model.VALUES:
            for source in self.model.sources(value):
                self.used[source].append(value.name)

    def entry(self, value):
        """Everything there is to say of one value."""
        symbol = self.symbols[value.name]
        heading = nodes.rubric("", "", self.math(symbol.tex), nodes.Text(f" {meaning(symbol)}"), classes=["xp-heading"])
        heading["heading-level"] = 2
        entry = nodes.container(ids=[identifier(value.name)], classes=["xp-entry", f"xp-{value.direction}"])
        entry += heading
        equation = self.equation(value)
        if value.function:
            entry += self.line(value)
        entry += self.facts(value, symbol, equation)
        entry += nodes.raw("", self.table(value), format="html")
        return entry

    def math(self, tex):
        return nodes.math(tex, tex)

    def equation(self, value):
        """The ledger's equation of the same line."""
        if value.function is None:
            return None
        code = f"{value.function.__module__}:{value.function.__name__}"
        found = [one for one in self.domain.ledger.book if (one.code, one.result) == (code, value.result)]
        return found[0] if found else None

    def line(self, value):
        """The equation set from the line, and the line."""
        set_from = nodes.container(classes=["xp-line"])
        if has_line(value, self.symbols):
            quote = line_of(value, self.domain.symbols)
            tex = rf"\displaystyle {quote.tex}"
            set_from += nodes.paragraph("", "", self.math(tex), classes=["xp-equation"])
        code = self.model.line(value).line
        set_from += nodes.literal_block(code, code, language="python", classes=["eq-code"])
        return set_from

    def facts(self, value, symbol, equation):
        """Shape, place, evidence, and the neighbours."""
        facts = nodes.definition_list(classes=["xp-facts"])

        def fact(term, *content):
            item = nodes.definition_list_item("", nodes.term(term, term))
            item += nodes.definition("", nodes.paragraph("", "", *content))
            facts.append(item)

        size = " × ".join(map(str, np.shape(self.number(value, STEPS[-1])))) or "1"
        fact("Shape", nodes.Text(f"{symbol.shape or '(B, H)'}, here {size}"))
        if equation is not None:
            ledger = self.domain.ledger
            number = link(self.app, ledger, equation, self.docname)
            fact("Derived in", self.page(equation.docname), nodes.Text(", equation "), number)
            fact("Evidence", badge(self.app, ledger, equation, self.docname))
        if value.function:
            module, name = value.function.__module__, value.function.__name__
            place = f"{module.replace('.', '/')}.py, {name}"
            published = getattr(self.app.env, "_viewcode_modules", {})
            fact("Code", code_reference(self.app, self.docname, (module, name), place, published))
        for term, names in (("Made from", self.model.sources(value)), ("Used for", self.used[value.name])):
            if names:
                other = value.place == "carried" and term == "Made from"
                words = [nodes.Text(" of the step that hands it over")] if other else []
                fact(term, self.neighbours(names), *words)
        return facts

    def neighbours(self, names):
        """Links to other entries: the symbol to see, its meaning to hear."""
        links = []
        for name in names:
            symbol = self.symbols[name]
            named = f'href="#{identifier(name)}" aria-label="{escape(meaning(symbol))}"'
            links.append(f'<a class="reference internal" {named}>{to_mathml(symbol.tex)}</a>')
        return nodes.raw("", ", ".join(links), format="html")

    def page(self, docname):
        title = self.app.env.titles[docname].astext()
        uri = self.app.builder.get_relative_uri(self.docname, docname)
        return nodes.reference("", title, internal=True, refuri=uri)

    def number(self, value, step):
        return np.asarray(self.numbers.value(value.name, step), dtype=float)

    def table(self, value):
        """The numbers of the value: at every step, or once."""
        rows = []
        for step in STEPS if value.place != "output" else STEPS[-1:]:
            array = self.number(value, step)
            shown = ", ".join(figure(float(one)) for one in array.ravel()) if array.size <= 15 else "–"
            norm = figure(float(np.linalg.norm(array)))
            rows.append(f"<tr><th scope='row'>{step}</th><td>{shown}</td><td>{norm}</td></tr>")
        heads = "".join(f"<th scope='col'>{head}</th>" for head in ("Step", "Numbers", "Norm"))
        label = f"Numbers of {escape(meaning(self.symbols[value.name]))}"
        frame = f'<div class="xp-numbers" tabindex="0" role="region" aria-label="{label}">'
        body = f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody>"
        return f'{frame}<table class="xp-table">{body}</table></div>'

    def data(self):
        """What the scripts need beside the entries, as JSON."""
        values = [
            {
                "name": value.name,
                "id": identifier(value.name),
                "direction": value.direction,
                "place": value.place,
                "result": "result" if value.result == "return" else value.result,
                "node": value.node,
                "parts": self.model.parts(value),
                "sources": self.model.sources(value),
                "label": to_mathml(self.symbols[value.name].tex),
                "words": meaning(self.symbols[value.name]),
            }
            for value in self.model.VALUES
        ]
        return json.dumps({"values": values, **self.model.settings()}, ensure_ascii=False, separators=(",", ":"))


def fill(app, doctree, docname):
    """Set the entries of a page that is about to be written."""
    for place in marked(doctree, "explorer"):
        entries = Entries(app, docname)
        place += [entries.entry(value) for value in entries.model.VALUES]
        # "</" would end the element early.
        data = re.sub("</", r"<\\/", entries.data())
        place += nodes.raw("", f'<script type="application/json" id="explorer-data">{data}</script>', format="html")


def write_arithmetic(app):
    """Write the package's functions as a script, beside the hand-written ones."""
    if not app.config.explorer_model or app.builder.format != "html":
        return
    folder = app.outdir / "_static" / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    try:
        text = model(app.config.explorer_model).arithmetic()
    except ValueError as error:  # a line of the package that JavaScript cannot say, or that is gone
        raise ConfigError(f"the explorer's arithmetic: {error}") from error
    head = "// Written from the syntax trees of lstmderiv while the site was built.\n"
    wrapped = f'"use strict";\n{head}lstmExplorer.functions = ((n) => {{\n{text}return f;\n}})(lstmExplorer.n);\n'
    (folder / "arithmetic.js").write_text(wrapped, encoding="utf-8")


def add_scripts(app, pagename, _template, _context, _doctree):
    """Load the scripts on the explorer's page only."""
    page = EquationDomain.of(app.env).pages.get(pagename)
    if page is not None and "explorer" in page.views:
        for script in SCRIPTS:
            app.add_js_file(f"{FOLDER}/{script}", loading_method="defer")
        app.add_css_file(f"{FOLDER}/explorer.css")


def setup(app):
    """Register the directive and its configuration."""
    app.add_config_value("explorer_model", "", "env", (str,))
    app.add_config_value("explorer_values", "", "env", (str,))
    app.add_directive("explorer", ExplorerDirective)
    app.connect("builder-inited", write_arithmetic)
    app.connect("doctree-resolved", fill)
    app.connect("html-page-context", add_scripts)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
