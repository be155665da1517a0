"""One stylesheet for the site: of the theme's rules those that its pages can use, and the book's own.

The theme brings 450 kB of styles, most of them for parts that this book does not have. When all pages are written, a
rule of the theme stays if each class, id, element and attribute that its selector names is in one of the pages, or in a
script's strings: what a script switches on is known before it is seen. Nothing is listed by hand, so that a page which
begins to use a part of the theme finds its rules. Custom properties and animations stay if something refers to them.

The setting `site_styles` names the book's own sheets, which follow the theme's and stay whole. They draw the icons, so
that Font Awesome, a font and a script of 1.6 MB, counts as unused.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import tinycss2
from sphinx.application import Sphinx

STYLESHEET = "site.css"
#: Beside the pages that were read: the stylesheet of the last build, below a digest of all that it was made of.
KEPT = "site_styles"
#: In the order in which the theme loads them.
THEME = (
    "basic.css",
    "styles/pydata-sphinx-theme.css",
    "pygments.css",
    "styles/sphinx-book-theme.css",
    "mystnb.*.css",
)
#: What the theme brings and no page loads.
UNUSED = (
    "styles",
    "vendor",
    "images",
    "locales",
    "scripts/bootstrap.*",
    "scripts/fontawesome.*",
    "scripts/*.map",
    "translations.js",
    "*webpack-macros.html",
)

#: Scripts that put the theme's classes into a page; the book's own use the book's.
SCRIPTS = ("scripts/*.js", "doctools.js", "searchtools.js", "sphinx_highlight.js")
#: What they put there only for parts of the theme which a page would already show: notes in the margin, banners, a
#: switch of versions, a sidebar that folds to a strip.
NOT_MADE = set(
    "dropdown-menu-dark full-width list-group-item list-group-item-action margin margin-caption marginnote popout "
    "pst-button-link-to-stable-version pst-collapse-sidebar-button pst-expand-sidebar-label pst-squeeze sidebar "
    "sidenote thebe-launch-button".split()
)

TAG = re.compile(r"<([a-z][\w-]*)((?:\s[^<>]*)?)>", re.IGNORECASE)
ATTRIBUTE = re.compile(r"""([\w:-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'))?""")
STRING = re.compile(r'"([^"\n]*)"|' + r"'([^'\n]*)'|`([^`]*)`")
DATASET = re.compile(r"dataset\.(\w+)")
ASSIGNED = re.compile(r"\.([a-z]+)\s*=[^=]")
ICON = re.compile(r"\.fa([srb]?|-.*)$")
PROPERTY = re.compile(r"--[\w-]+")
REFERENCE = re.compile(r"var\(\s*(--[\w-]+)")
WORD = re.compile(r"(?<![.#\w-])[a-z_][\w-]*", re.IGNORECASE)  # a selector looks for a class, and puts it nowhere
# Of these the argument says what an element is; that of any other function, such as :not(), does not.
ALTERNATIVES = ("is", "where", "has", "host", "-webkit-any")


def names_in_pages(pages: Iterable[str]) -> set[str]:
    """What selectors can name in pages: `.class`, `#id`, `element`, `[attribute]`."""
    names = set()
    for element, attributes in {tag for page in pages for tag in TAG.findall(page)}:
        names.add(element.lower())
        for name, *values in ATTRIBUTE.findall(attributes):
            value = "".join(values)
            names.add(f"[{name.lower()}]")
            if name == "class":
                names.update(f".{word}" for word in value.split())
            elif name == "id":
                names.add(f"#{value}")
    return {name for name in names if not ICON.match(name)}


def words_in_scripts(scripts: Iterable[str]) -> set[str]:
    """Every word of their strings."""
    return {word for script in scripts for string in STRING.findall(script) for word in WORD.findall("".join(string))}


def names_in_scripts(scripts: list[str], of_theme: list[str]) -> set[str]:
    """What scripts may put into a page: elements and attributes, and of the theme's scripts classes and ids as well."""
    words = words_in_scripts([*scripts, *of_theme])
    names = {word.lower() for word in words} | {f"[{word.lower()}]" for word in words}
    made = words_in_scripts(of_theme) - NOT_MADE
    names |= {f".{word}" for word in made} | {f"#{word}" for word in made}
    for script in [*scripts, *of_theme]:
        names |= {f"[{name}]" for name in ASSIGNED.findall(script)}  # such as `row.hidden = true`
        for key in DATASET.findall(script):
            names.add("[data-" + re.sub("[A-Z]", lambda upper: "-" + upper[0].lower(), key) + "]")
    return {name for name in names if not ICON.match(name)}


def split(tokens: list[Any]) -> Iterator[list[Any]]:
    """The parts between commas."""
    part: list[Any] = []
    for token in tokens:
        if token == ",":
            yield part
            part = []
        else:
            part.append(token)
    yield part


def applies(selector: list[Any], names: set[str]) -> bool:
    """Whether everything that a selector asks for is among the names."""
    before = None
    for token in selector:
        kind = token.type
        if kind == "ident" and before == ".":
            found = f".{token.value}" in names
        elif kind == "ident" and before != ":":
            found = token.lower_value in names
        elif kind == "hash":
            found = f"#{token.value}" in names
        elif kind == "[] block":
            found = next(f"[{part.lower_value}]" for part in token.content if part.type == "ident") in names
        elif kind == "function" and token.lower_name in ALTERNATIVES:
            found = any(applies(part, names) for part in split(token.arguments))
        else:
            found = True
        if not found:
            return False
        before = token.value if kind == "literal" else None
    return True


def compact(tokens: list[Any]) -> str:
    """The text of tokens, without comments, with single spaces."""
    text = tinycss2.serialize([token for token in tokens if token.type != "comment"])
    return re.sub(r"\s+", " ", text).strip()


@dataclass
class Rule:
    """A rule with declarations, or an at-rule with rules; `declared` are names and texts."""

    head: str
    declared: list[tuple[str, str]]
    rules: list[Rule]

    def text(self) -> str:
        """As it is written."""
        declarations = ";".join(f"{name}:{value}" for name, value in self.declared)
        return f"{self.head}{{{declarations}{''.join(rule.text() for rule in self.rules)}}}"

    def values(self) -> Iterator[str]:
        """All values, those of inner rules too."""
        yield from (value for _, value in self.declared)
        for rule in self.rules:
            yield from rule.values()


def declarations(content: list[Any]) -> list[tuple[str, str]]:
    """Names and values of a rule's declarations."""
    found = []
    for one in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True):
        if one.type != "declaration":
            raise ValueError(f"line {one.source_line}: expected a declaration, got {one.type}")
        found.append((one.name, compact(one.value) + ("!important" if one.important else "")))
    return found


def kept(rules: list[Any], names: set[str] | None) -> Iterator[Rule]:
    """The rules that can apply; all, where there are no names."""
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [part for part in split(rule.prelude) if names is None or applies(part, names)]
            if selectors and (declared := declarations(rule.content)):
                yield Rule(",".join(map(compact, selectors)), declared, [])
        elif rule.type == "at-rule" and rule.content is not None:
            head = f"@{rule.lower_at_keyword} {compact(rule.prelude)}".strip()
            if rule.lower_at_keyword == "font-face":
                if names is None:  # the theme's fonts are those of Font Awesome
                    yield Rule(head, declarations(rule.content), [])
                continue
            inside = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            of_frames = None if rule.lower_at_keyword.endswith("keyframes") else names
            if inner := list(kept(inside, of_frames)):
                yield Rule(head, [], inner)


def without_unreferenced(rules: list[Rule], referred: set[str]) -> list[Rule]:
    """Leave out custom properties and animations that nothing refers to."""

    def prune(rule: Rule, used: set[str]) -> Rule | None:
        declared = [(name, value) for name, value in rule.declared if not name.startswith("--") or name in used]
        inner = [one for one in (prune(one, used) for one in rule.rules) if one]
        return Rule(rule.head, declared, inner) if declared or inner else None

    size = None
    while size != (size := sum(len(rule.text()) for rule in rules)):  # a property may have been all that used another
        used = referred | {name for rule in rules for value in rule.values() for name in REFERENCE.findall(value)}
        rules = [rule for rule in (prune(rule, used) for rule in rules) if rule]
    animations = {word for rule in rules for value in rule.values() for word in WORD.findall(value)}
    return [rule for rule in rules if not rule.head.startswith("@keyframes") or rule.head.split()[1] in animations]


def stylesheet(theme: list[str], own: list[str], names: set[str], referring: list[str]) -> str:
    """The text of the one stylesheet, with the notices of the licences.

    Parameters
    ----------
    theme, own
        The sheets whose rules are chosen, and those that stay whole.
    names
        What selectors can name.
    referring
        Other texts that may use custom properties.
    """
    notices: dict[str, None] = {}
    rules: list[Rule] = []
    for sheets, needed in ((theme, names), (own, None)):
        for sheet in sheets:
            parsed = tinycss2.parse_stylesheet(sheet, skip_whitespace=True)
            notices |= {f"/*{one.value}*/": None for one in parsed if one.type == "comment" and one.value[0] == "!"}
            rules += kept(parsed, needed)
    referred = {name for text in referring for name in PROPERTY.findall(text)}
    return "\n".join([*notices, *(rule.text() for rule in without_unreferenced(rules, referred))]) + "\n"


def as_before(place: Path, make: Callable[..., str], *of: Any) -> str:
    """What `make` gives of its arguments, or, if it and they are as they were, what it gave before: kept at `place`."""
    source = Path(__file__).read_text(encoding="utf-8")
    content = [sorted(part) if isinstance(part, set) else part for part in of]
    digest = hashlib.sha256(repr([tinycss2.__version__, source, content]).encode()).hexdigest()
    if not place.exists() or not place.read_text(encoding="utf-8").startswith(f"{digest}\n"):
        place.write_text(f"{digest}\n{make(*of)}", encoding="utf-8")
    return place.read_text(encoding="utf-8").partition("\n")[2]


def texts(folder: Path, patterns: Iterable[str]) -> list[str]:
    """The contents of files, in the order of the patterns."""
    return [path.read_text(encoding="utf-8") for pattern in patterns for path in sorted(folder.glob(pattern))]


def link(app: Sphinx, _pagename: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    """Leave to the page only the sheets that the one does not have; the layout links that one itself."""
    merged = [f"_static/{pattern}" for pattern in (*THEME, *app.config.site_styles)]
    context["css_files"] = [
        sheet for sheet in context["css_files"] if not any(fnmatch(sheet.filename, pattern) for pattern in merged)
    ]


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the stylesheet when all pages are there, and take away what no page loads."""
    if exception is not None or app.builder.name != "html":
        return
    static = Path(app.outdir, "_static")
    theme, own = (texts(static, patterns) for patterns in (THEME, app.config.site_styles))
    for path in [path for pattern in (*UNUSED, *THEME, *app.config.site_styles) for path in static.glob(pattern)]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)  # it may have been in a folder
    pages, scripts, of_theme = (
        texts(Path(app.outdir), ["**/*.html"]),
        texts(static, ["**/*.js"]),
        texts(static, SCRIPTS),
    )
    names = names_in_pages(pages) | names_in_scripts(scripts, of_theme)
    referring = sorted({name for text in (*pages, *scripts) for name in PROPERTY.findall(text)})
    text = as_before(Path(app.doctreedir, KEPT), stylesheet, theme, own, names, referring)
    (static / STYLESHEET).write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the setting and what is done when a page and when all pages are written."""
    app.add_config_value("site_styles", [], "html", (list,))
    app.connect("html-page-context", link, priority=900)  # after the theme and the extensions have added theirs
    app.connect("build-finished", write, priority=900)  # after the theme has written its colours of code
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
