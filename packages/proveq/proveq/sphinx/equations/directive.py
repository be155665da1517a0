"""The `{equation}` directive: the only way to display mathematics.

An equation is typed, or set from a line of code. Either way it is a numbered `math_block` of Sphinx's math
domain, so `{eq}` references and every renderer work as usual; what it claims goes to the equation domain.
"""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.directives.patches import MathDirective
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from ..front_matter import front_matter
from . import printer
from .assignments import Body
from .domain import KINDS, Equation, EquationDomain
from .symbol_table import with_subscripts


class DirectiveError(Exception):
    """What the author of an equation has to change."""


def names(argument: str | None) -> tuple[str, ...]:
    """Split an option's comma-separated list."""
    return tuple(name for name in (part.strip() for part in (argument or "").split(",")) if name)


def kind(argument: str) -> str:
    """Read the `:kind:` option."""
    return directives.choice(argument, KINDS)


def yes_or_no(argument: str | None) -> bool:
    """Read a flag which may also be switched off."""
    return directives.choice(argument or "yes", ("yes", "no")) == "yes"


def resolve(reference: str) -> Any:
    """Import the object which "module:attribute" names."""
    module, separator, attribute = reference.partition(":")
    if not (module and separator and attribute):
        raise DirectiveError(f"{reference!r} is not of the form module:name")
    try:
        target = importlib.import_module(module)
        for part in attribute.split("."):
            target = getattr(target, part)
    except (ImportError, AttributeError) as error:
        raise DirectiveError(f"{reference} cannot be imported: {error}") from error
    return target


def directive_line(path: str | Path, label: str, reported: int) -> int:
    """The line at which an equation's directive stands, nearest to the one reported.

    In a notebook, myst-nb counts from where a cell's text begins, and is out by a line and the blank lines there.
    """
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    opening = f"{{equation}} {label}".rstrip()
    found = [number for number, line in enumerate(lines, start=1) if line.rstrip().endswith(opening)]
    block = None
    for number, line in enumerate(lines, start=1):
        if (begins := _SEVERAL.fullmatch(line.strip())) or line.startswith("```"):
            block = begins[1] if begins else None
        elif block and line.strip() and not line.startswith(":") and several(block, [line])[0][0] == label:
            found.append(number)
    return min(found, key=lambda number: abs(number - reported), default=reported)


_SEVERAL = re.compile(r"`{3,}\{equations\}\s+(\S+)")


def several(prefix: str, content: list[str]) -> list[tuple[str, dict[str, str]]]:
    """The equations that an `{equations}` directive stands for: label, and options beside those of the directive.

    A line is `name`, the k-th of several `name@k`, or `name: others`, with others put in.
    """
    found = []
    for line in content:
        result, _, substitute = (part.strip() for part in line.partition(":"))
        label = f"{prefix}-{result.lower().replace('_', '-').replace('@', '-')}"
        found.append((label, {"result": result} | ({"substitute": substitute} if substitute else {})))
    return found


def with_defaults(options: dict[str, Any], front: dict[str, Any]) -> dict[str, Any]:
    """An equation's options with what its page says once: `kind:`, and `code:` for those with a `:result:` alone.

    Of several functions that one is meant which assigns the result.
    """
    default, codes = front.get("kind"), front.get("code", [])
    codes = [codes] if isinstance(codes, str) else codes
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise DirectiveError(f"front matter: code: expected module:name, or a list of them, got {codes!r}")
    if default is not None and default not in KINDS:
        raise DirectiveError(f"front matter: kind: expected one of {', '.join(KINDS)}, got {default!r}")
    options = ({"kind": default} if default else {}) | options
    if codes and "result" in options and "code" not in options:
        result = options["result"].partition("@")[0]
        found = [code for code in codes if any(one.name == result for one in Body(resolve(code)).assignments)]
        if not found:
            raise DirectiveError(f"the page's code, {', '.join(codes)}, assigns no {result}")
        if len(found) > 1:
            raise DirectiveError(f"both {' and '.join(found)} assign {result}; give :code:")
        options["code"] = found[0]
    return options


class EquationDirective(MathDirective):
    """Display one equation, number it, and hold it to its evidence."""

    optional_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {
        "kind": kind,
        "code": directives.unchanged_required,
        "result": directives.unchanged_required,
        "symbol": directives.unchanged_required,
        "substitute": names,
        "boxed": directives.flag,
        "given": directives.unchanged_required,
        "uses": names,
        "implements": directives.unchanged_required,
        "source": directives.unchanged_required,
        "shape": directives.unchanged_required,
        "show-code": yes_or_no,
        "unevaluated": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        self.label = self.arguments[0].strip() if self.arguments else ""
        docname = self.env.docname
        self.lineno = directive_line(self.env.doc2path(docname), self.label, self.lineno)
        tex, quote = "\n".join(self.content).strip(), None
        try:
            self.options = with_defaults(self.options, front_matter(self.env.doc2path(docname)))
            self.check_options(tex)
            if "code" in self.options:
                quote = self.typeset()
                tex = quote.tex
        except DirectiveError as error:
            EquationDomain.of(self.env).problem(docname, self.lineno, str(error), self.label)
        if self.label:
            shape = self.shape(quote)
            EquationDomain.of(self.env).page(docname).equations.append(self.record(tex, shape))
        return [self.box(tex or r"\text{?}", quote)]

    def check_options(self, tex: str) -> None:
        """Refuse an equation which lacks what its kind demands."""
        options = self.options
        if not self.label:
            raise DirectiveError("a displayed equation needs a label: ```{equation} eq:page-name")
        if not self.label.startswith("eq:"):
            raise DirectiveError("an equation's label begins with eq:")
        if ("code" in options) != ("result" in options):
            raise DirectiveError(":code: and :result: go together: the function, and the name it assigns")
        if "code" in options and tex:
            raise DirectiveError("an equation set from :code: has no text of its own")
        if "code" not in options and not tex:
            raise DirectiveError("nothing to display: type the equation, or set it from :code:")
        for name in {"substitute", "symbol"} & options.keys():
            if "code" not in options:
                raise DirectiveError(f":{name}: belongs to an equation set from :code:")
        if "unevaluated" in options and not options["unevaluated"].strip():
            raise DirectiveError(":unevaluated: gives the reason, in a sentence")
        kind = options.get("kind", "derived")
        if kind == "definition":
            if not ({"implements", "code"} & options.keys()):
                raise DirectiveError("a definition names what implements it, :implements: module:name")
            resolve(options.get("implements") or options["code"])
        elif "implements" in options:
            raise DirectiveError(f":implements: belongs to a definition; this equation is {kind}")
        if kind == "cited" and "source" not in options:
            raise DirectiveError("a cited equation names where it comes from, :source:")

    def typeset(self) -> printer.Typeset:
        """Set the line of code which assigns `:result:`."""
        function = resolve(self.options["code"])
        if code := getattr(inspect.unwrap(function), "__code__", None):
            self.env.note_dependency(code.co_filename)
        table = EquationDomain.of(self.env).symbols
        options = {name: self.options[name] for name in ("substitute", "symbol") if name in self.options}
        try:
            return printer.typeset(function, self.options["result"], table, **options)
        except Exception as error:  # whatever the printer cannot set is the author's to change
            raise DirectiveError(f"{self.options['code']}: {error}") from error

    def record(self, tex: str, shape: str) -> Equation:
        """What the ledger keeps."""
        options = self.options
        kind = options.get("kind", "derived")
        return Equation(
            label=self.label,
            kind=kind,
            docname=self.env.docname,
            line=self.lineno,
            tex=tex,
            code=options.get("code", ""),
            result=options.get("result", ""),
            given=options.get("given", ""),
            shape=shape,
            implements=options.get("implements", options.get("code", "") if kind == "definition" else ""),
            source=options.get("source", ""),
            uses=options.get("uses", ()),
            unevaluated=options.get("unevaluated", "").strip(),
        )

    def shape(self, quote: printer.Typeset | None) -> str:
        """The shape to show: stated, or that of the symbol on the left."""
        if "shape" in self.options or quote is None:
            return self.options.get("shape", "")
        return quote.shape if quote.symbol else ""

    def box(self, tex: str, quote: printer.Typeset | None) -> nodes.container:
        """The equation with what stands beneath it; the badge joins when the page is written."""
        options = self.options
        classes = ["eq-box", f"eq-{options.get('kind', 'derived')}"] + ["eq-boxed"] * ("boxed" in options)
        box = nodes.container(classes=classes)
        block = nodes.math_block(
            tex, tex, docname=self.env.docname, number=None, label=self.label or None, equation=self.label
        )
        block["no-wrap"] = block["nowrap"] = False
        self.set_source_info(block)
        parts: list[nodes.Node] = [block]
        self.add_target(parts)
        box += parts
        foot = nodes.container(classes=["eq-foot"])
        remarks = nodes.paragraph(classes=["eq-remarks"], equation_remarks=self.label)
        if quote is not None and options.get("show-code", True):
            block, place = self.quotation(quote)
            foot += block
            remarks += place
        if shape := self.shape(quote):
            remarks += with_subscripts(shape, classes=["eq-shape"])
        if options.get("source"):
            text, messages = self.parse_inline(options["source"], lineno=self.lineno)
            remarks += nodes.inline("", "", *text, *messages, classes=["eq-source"])
        foot += remarks
        box += foot
        return box

    def quotation(self, quote: printer.Typeset) -> tuple[nodes.literal_block, nodes.inline]:
        """The line of code, after those put into it, and where it stands."""
        module, _, function = self.options["code"].partition(":")
        lines = "\n".join(part.line.strip("\n") for part in (*quote.substituted, quote))
        block = nodes.literal_block(lines, lines, language="python", classes=["eq-code"])
        place = f"{module.replace('.', '/')}.py:{quote.lineno}"
        # becomes a link to the highlighted source, if the book turns out to publish it
        return block, nodes.inline(place, place, classes=["eq-place"], code_link=(module, function))


class EquationsDirective(SphinxDirective):
    """Display several lines of one function, each as an `{equation}` of its own.

    The argument is what their labels begin with: the line of `d_a_o` under eq:cell is eq:cell-d-a-o. The content has a
    line for each equation, see `several`; the options are those of every one.
    """

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = dict.fromkeys(
        ("kind", "code", "given", "uses", "boxed", "shape", "show-code"), directives.unchanged
    )

    def run(self) -> list[nodes.Node]:
        prefix, entries = self.arguments[0], [line for line in self.content if line.strip()]
        if not prefix.startswith("eq:") or not entries:
            message = "needs what its labels begin with, eq:..., and a line for each equation"
            EquationDomain.of(self.env).problem(self.env.docname, self.lineno, message, prefix)
            return []
        text = []
        for label, own in several(prefix, entries):
            options = [f":{name}: {value}".rstrip() for name, value in (self.options | own).items()]
            text += [f"```{{equation}} {label}", *options, "```", ""]
        return self.parse_text_to_nodes("\n".join(text))


def link_code(app: Any, doctree: nodes.document, docname: str) -> None:
    """Point quoted lines to the highlighted source which `sphinx.ext.viewcode` writes, where it does."""
    published = getattr(app.env, "_viewcode_modules", {})
    for node in list(doctree.findall(lambda node: isinstance(node, nodes.inline) and "code_link" in node)):
        reference = code_reference(app, docname, node["code_link"], node.astext(), published)
        reference["classes"] += node["classes"]
        node.replace_self(reference)


def code_reference(
    app: Any, docname: str, target: tuple[str, str], text: str, published: dict[str, Any]
) -> nodes.Element:
    """A link to a function's highlighted source; plain text where no such page is written."""
    module, function = target
    entry = published.get(module)
    if app.builder.format == "html" and entry and function in entry[2]:
        page = "_modules/" + module.replace(".", "/")
        return make_refnode(app.builder, docname, page, function, nodes.Text(text))
    return nodes.inline(text, text)


def refuse_other_displays(app: Any, doctree: nodes.document) -> None:
    """Note every displayed formula which did not come through `{equation}`."""
    domain = EquationDomain.of(app.env)
    for block in doctree.findall(nodes.math_block):
        if "equation" not in block:
            formula = " ".join(block.astext().split())
            shown = formula if len(formula) <= 60 else formula[:57] + "..."
            message = f"displayed mathematics must be an {{equation}} directive with a label: {shown}"
            domain.problem(app.env.docname, block.line or 0, message)
