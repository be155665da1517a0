"""The ``{drawing}`` directive: a numbered figure drawn by a function, as inline SVG.

The extension knows no drawing.  A package named in ``proveq_drawings_package`` holds them in ``DRAWINGS``, a mapping
from a name to an object with ``draw(source, **options)``, ``title`` and ``options`` (option name to converter), beside
the class ``Source`` that carries the configuration's values, equations and mathematics to them.  Any ``ValueError``
from a converter or a drawing becomes a build error with file and line.

Configuration
-------------
proveq_drawings_package
    Importable name of the package of drawings.
proveq_drawings_values
    Name to provider, for ``:values:``: a callable without arguments or its address, ``"module:function"``.
proveq_drawings_equations
    Name to TeX, in forward order, for drawings that show equations; or the address of a function that returns it.
proveq_drawings_math
    A callable from TeX to MathML, or its address; without it equations are shown as they are written.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from .freshness import rests_on
from .settings import Settings, register

logger = logging.getLogger(__name__)

COMMON = ("alt", "name", "title", "values")


class Drawn(nodes.General, nodes.Element):
    """Finished markup with its text alternative; kept apart from raw HTML, which the search index would read."""


class _AnyOption(dict):
    """An option table that lets every name through: which are known depends on the drawing, so ``run`` decides."""

    def __missing__(self, name: str) -> Callable[[str | None], str]:
        return lambda text: (text or "").strip()


def resolve(target: object) -> Any:
    """The object at an address such as ``"module:name"``; anything but a string is returned unchanged."""
    if not isinstance(target, str):
        return target
    module, _, attribute = target.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"cannot import '{target}': {error}") from error


def module_of(target: Any) -> str:
    """The module that an address or a function belongs to."""
    return target.partition(":")[0] if isinstance(target, str) else getattr(target, "__module__", None) or ""


@cache
def provide(target: Any) -> object:
    """A provider's object, made once in each process."""
    return resolve(target)()


def package_of(name: str) -> Any:
    """The package of drawings."""
    if not name:
        raise ValueError("the configuration value proveq_drawings_package is empty")
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ValueError(f"proveq_drawings_package: cannot import '{name}': {error}") from error


def _entry(table: dict[str, Any], name: str, what: str) -> Any:
    if name not in table:
        raise ValueError(f"unknown {what} '{name}'; known: {', '.join(sorted(table)) or 'none'}")
    return table[name]


def svg(picture: Any, identifier: str, title: str, alternative: str) -> str:
    """One picture as an inline ``<svg>``, named and described for those who do not see it."""
    if picture.use != "any":
        identifier = f"{identifier}-{picture.use}"
    return (
        f'<svg class="drawing-picture drawing-{picture.use}" xmlns="http://www.w3.org/2000/svg" role="img"'
        f' viewBox="0 0 {picture.width:g} {picture.height:g}" width="{picture.width:g}" height="{picture.height:g}"'
        f' aria-labelledby="{identifier}-title" aria-describedby="{identifier}-desc">'
        f'<title id="{identifier}-title">{escape(title)}</title>'
        f'<desc id="{identifier}-desc">{escape(alternative)}</desc>{picture.body}</svg>'
    )


def markup(drawn: Any, identifier: str, title: str, alternative: str) -> str:
    """What a drawing function returned, as HTML: pictures, or a panel of HTML that is read as it stands."""
    if hasattr(drawn, "html"):
        return f'<div role="group" aria-label="{escape(alternative)}">{drawn.html}</div>'
    return "\n".join(svg(picture, identifier, title, alternative) for picture in drawn)


class DrawingDirective(SphinxDirective):
    """``{drawing} name``: the figure of that name, with its options, and the caption as content."""

    required_arguments = 1
    has_content = True
    option_spec = _AnyOption(alt=lambda text: (text or "").strip())

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        try:
            return [self._figure(name)]
        except ValueError as error:
            logger.error("drawing '%s': %s", name, error, location=(self.env.docname, self.lineno), type="drawings")
            failed(self.env).add(self.env.docname)
            # Otherwise the next incremental build would take the page as read, and pass.
            self.env.note_reread()
            return []

    def _figure(self, name: str) -> nodes.figure:
        settings = Settings.of(self.config)
        package = package_of(settings.drawings_package)
        for module in sorted(Path(package.__file__).parent.glob("*.py")):
            self.env.note_dependency(str(module))
        found = _entry(package.DRAWINGS, name, "drawing")
        alternative = self.options.get("alt", "")
        if not alternative:
            raise ValueError("the option :alt: is required: say what a reader who cannot see the drawing needs")
        caption = self._caption()
        options = self._options(found)
        drawn = found.draw(self._source(package, settings), **options)

        figure = nodes.figure(classes=["drawing", f"drawing-of-{name}"])
        figure.source, figure.line = self.get_source_info()
        title = self.options.get("title") or found.title
        number = self.env.new_serialno("drawing")
        identifier = nodes.make_id(self.options.get("name") or f"drawing-{number + 1}")
        picture = Drawn(alternative=alternative, markup=markup(drawn, identifier, title, alternative))
        figure += [picture, *caption]
        self.add_name(figure)
        return figure

    def _caption(self) -> list[nodes.Node]:
        parsed = self.parse_content_to_nodes()
        if not parsed or not isinstance(parsed[0], nodes.paragraph):
            raise ValueError("a caption is required: write one paragraph below the options")
        caption = nodes.caption(parsed[0].rawsource, "", *parsed[0].children)
        caption.source, caption.line = parsed[0].source, parsed[0].line
        return [caption, nodes.legend("", *parsed[1:])] if len(parsed) > 1 else [caption]

    def _options(self, found: Any) -> dict[str, Any]:
        read = {}
        for option, text in self.options.items():
            if option in COMMON:
                continue
            if option not in found.options:
                raise ValueError(f"unknown option '{option}'; known: {', '.join(sorted([*COMMON, *found.options]))}")
            try:
                read[option.replace("-", "_")] = found.options[option](text)
            except ValueError as error:
                raise ValueError(f"option '{option}': {error}") from error
        return read

    def _source(self, package: Any, settings: Settings) -> Any:
        name = self.options.get("values", "")
        provider = _entry(settings.drawings_values, name, "values") if name else None
        rests_on(
            self.env._app,
            [module_of(one) for one in (provider, settings.drawings_equations) if one and not isinstance(one, dict)],
        )
        values = provide(provider) if name else None
        equations = settings.drawings_equations
        return package.Source(
            values=values,
            values_name=name,
            equations=provide(equations) if isinstance(equations, str) else equations,
            math=resolve(settings.drawings_math),
        )


def failed(env: BuildEnvironment) -> set[str]:
    """The pages whose drawings are in error; kept in the environment, so that parallel readers can report."""
    if not hasattr(env, "drawings_failed"):
        env.drawings_failed = set()
    return env.drawings_failed


def purge(_app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget a page that is read again."""
    failed(env).discard(docname)


def merge(_app: Sphinx, env: BuildEnvironment, docnames: Iterable[str], other: BuildEnvironment) -> None:
    """Take over what a parallel reader found."""
    failed(env).update(failed(other) & set(docnames))


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Fail the build if any page's drawing is in error, also where warnings are not errors."""
    if exception is None and failed(app.env):
        app.statuscode = 1


def visit_html(self: Any, node: Drawn) -> None:
    self.body.append(node["markup"])


def visit_text(self: Any, node: Drawn) -> None:
    self.add_text(node["alternative"])


def visit_latex(self: Any, node: Drawn) -> None:
    self.body.append(self.encode(node["alternative"]))


def depart(_self: Any, _node: Drawn) -> None:
    """Nothing is left open."""


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive, its node and its configuration."""
    register(app, "drawings_package", "drawings_values", "drawings_math", "drawings_equations")
    app.add_node(Drawn, html=(visit_html, depart), text=(visit_text, depart), latex=(visit_latex, depart))
    app.add_directive("drawing", DrawingDirective)
    app.add_css_file("drawings.css")
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("build-finished", finish)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
