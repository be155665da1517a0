"""Read the file of the symbol table, and refuse one that contradicts itself; its form is described in `symbols.py`."""

import ast
import re
import tomllib
from dataclasses import dataclass, fields, replace

__all__ = ["Entry", "TableError", "normalise", "read"]

_RESERVED = ("_functions", "_vector_functions", "_scalar_functions", "_indices", "_groups", "_sizes", "function")
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\S")
_SPACING = {r"\,", r"\;", r"\:", r"\!", r"\quad", r"\qquad", r"\left", r"\right"}
_SPACING |= {rf"\{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r")}


class TableError(ValueError):
    """The symbol table contradicts itself or lacks something."""


@dataclass(frozen=True)
class Entry:
    """One symbol; the fields are described in `symbols.py`."""

    name: str
    tex: str = ""
    meaning: str = ""
    shape: str = ""
    group: str = ""
    series: str = ""
    indexed: bool = False
    function: str = ""
    of: str = ""
    code: tuple = ()

    @property
    def scalar(self):
        """Whether it is one number per example."""
        return self.shape in ("()", "(B,)")

    @property
    def batched(self):
        """Whether its first axis is the batch."""
        return self.shape.startswith("(B")


def normalise(tex):
    r"""One spelling of a TeX expression: no spaces, no sizes of brackets, no braces around one token.

    >>> normalise(r"\delta  c_{t}") == normalise(r"\delta c_t")
    True
    """
    tokens = [token for token in _TOKEN.findall(tex) if token not in _SPACING]
    spelt = []
    for token in tokens:
        spelt.append(token)
        if token == "}" and len(spelt) > 3 and spelt[-3] == "{" and spelt[-4] in "_^":
            spelt[-3:] = [spelt[-2]]
    return " ".join(spelt)


def read(path):
    """Entries by name, and the reserved tables by theirs; TableError names file, line and symbol."""
    text = path.read_text(encoding="utf-8")
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TableError(f"{path}: {error}") from None
    return _Reader(path, text, tables).read()


class _Reader:
    """One table being read; every method that checks raises TableError."""

    def __init__(self, path, text, tables):
        self.path, self.lines = path, text.splitlines()
        self.reserved = {key: tables.get(key, {}) for key in _RESERVED}
        self.tables = {key: table for key, table in tables.items() if key not in _RESERVED}

    def read(self):
        entries = {name: self.plain(name, table) for name, table in self.tables.items()}
        for name, entry in entries.items():
            if entry.function:
                entries[name] = self.composed(entry, entries)
        self.reserved["function"] = {
            place: dict(self.override(place, name, value, entries) for name, value in names.items())
            for place, names in self.reserved["function"].items()
        }
        self.distinct(entries)
        return entries, self.reserved

    def fail(self, name, message):
        header = re.compile(rf"\[(function\.)?[\"']?{re.escape(name)}[\"']?\]")
        line = next((number for number, line in enumerate(self.lines, 1) if header.match(line)), 1)
        raise TableError(f"{self.path}:{line}: [{name}]: {message}")

    def plain(self, name, table):
        known = {field.name for field in fields(Entry)} - {"name"}
        if not isinstance(table, dict):
            raise TableError(f"{self.path}: {name}: expected a table [{name}], got {table!r}")
        if set(table) - known:
            self.fail(name, f"unknown key {min(set(table) - known)}; known are {', '.join(sorted(known))}")
        entry = Entry(**{"name": name, **table, "code": tuple(self.form(name, form) for form in table.get("code", ()))})
        if ("tex" in table) == ("function" in table and "of" in table):
            self.fail(name, "expected either tex, or function and of")
        if not entry.meaning or not (entry.shape or entry.of):
            self.fail(name, "expected a meaning and a shape")
        if entry.group not in self.reserved["_groups"]:
            self.fail(name, f"group {entry.group!r} is not in [_groups]: {', '.join(self.reserved['_groups'])}")
        if entry.indexed and re.search(r"_(\\?\w+|\{[^{}]*\})$", entry.tex):
            self.fail(name, f"{entry.tex} ends in a subscript, so it cannot be indexed as well")
        return entry

    def composed(self, entry, entries):
        inner = entries.get(entry.of)
        if inner is None or inner.function:
            self.fail(entry.name, f"of = {entry.of!r} is not a symbol with TeX of its own")
        template = self.reserved["_functions"].get(entry.function)
        if template is None:
            self.fail(entry.name, f"function {entry.function!r} is not in [_functions]")
        tex = template.replace("#", inner.tex) if "#" in template else f"{template}({inner.tex})"
        return replace(entry, tex=tex, shape=entry.shape or inner.shape, indexed=inner.indexed)

    def override(self, place, name, value, entries):
        if isinstance(value, str):
            if value not in entries:
                self.fail(place, f"{name} = {value!r} is not a symbol of this table")
            return self.form(place, name), entries[value]
        if not isinstance(value, dict) or not value.get("tex") or set(value) - {"tex", "shape"}:
            self.fail(place, f"{name}: expected the name of a symbol, or a table of tex and shape")
        return self.form(place, name), Entry(name="", tex=value["tex"], shape=value.get("shape", "()"))

    def form(self, name, code):
        try:
            return ast.unparse(ast.parse(code, mode="eval"))
        except SyntaxError:
            self.fail(name, f"`{code}` is not a Python expression")

    def distinct(self, entries):
        """No two symbols with one TeX or one form, an element of an indexed symbol included."""
        taken, forms = {}, {}
        for name, entry in entries.items():
            written = taken.setdefault(normalise(entry.tex), name)
            if written != name:
                self.fail(name, f"{entry.tex} already stands for [{written}]")
            for form in entry.code:
                if form in entries or forms.setdefault(form, name) != name:
                    self.fail(name, f"`{form}` already stands for [{forms.get(form, form)}]")
        for name, entry in entries.items():
            for letter in self.reserved["_indices"].get("letters", ()) if entry.indexed and not entry.of else ():
                element = f"{entry.tex}_{letter}"
                if normalise(element) in taken:
                    self.fail(taken[normalise(element)], f"{element} is also an element of the indexed [{name}]")
