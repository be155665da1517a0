"""Read the file of the symbol table, and refuse one that contradicts itself; its form is described in `symbols.py`."""

import ast
import re
import string
import tomllib
from dataclasses import dataclass, replace
from functools import cache

__all__ = ["Chapter", "Entry", "TableError", "normalise", "read", "sizes_of"]

_RESERVED = (
    "_functions", "_vector_functions", "_scalar_functions", "_indices", "_groups", "_sizes", "_letters", "_chapters",
    "function",
)  # fmt: skip
_KEYS = ("tex", "meaning", "shape", "group", "series", "indexed", "shared", "function", "of", "code")
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\S")
_SPACING = {r"\,", r"\;", r"\:", r"\!", r"\quad", r"\qquad", r"\left", r"\right"}
_SPACING |= {rf"\{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r")}
_GREEK = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi"
_LETTERS = (*string.ascii_letters, *(f"\\{name}" for name in f"{_GREEK} omega".split()))
#: The step t as a subscript, alone or among others.
_STEP = re.compile(r"_t(?![A-Za-z])|(?<=[{,])t(?=[,}])")
_SUBSCRIPT = re.compile(r"_(\\?[A-Za-z]+|\{[^{}]*\})")
#: A term of a size: 4H, D, H_1, 3.
_TERM = re.compile(r"(\d*)([A-Z](?:_\w)?|(?<=\d))")
_ARTICLE = ("the ", "a ", "an ", "all ", "both ", "their ", "what ", "one ")


class TableError(ValueError):
    """The symbol table contradicts itself or lacks something."""


@dataclass(frozen=True)
class Entry:
    """One symbol; the first fields are described in `symbols.py`.

    `chapter` is where it stands, "" for what all share; `inner` is the entry that a function is `of`; `derived` says
    that the table has no entry for it, and `header` where in the file it comes from.
    """

    name: str
    tex: str = ""
    meaning: str = ""
    shape: str = ""
    group: str = ""
    series: str = ""
    indexed: bool = False
    shared: bool = False
    function: str = ""
    of: str = ""
    code: tuple = ()
    chapter: str = ""
    inner: "Entry | None" = None
    derived: bool = False
    header: str = ""

    @property
    def scalar(self):
        """Whether it is one number per example."""
        return self.shape in ("()", "(B,)")

    @property
    def batched(self):
        """Whether its first axis is the batch."""
        return self.shape.startswith("(B")

    def sizes(self, letters):
        """Its shape in numbers, None for an axis that needs a letter not among these; None if no shape is stated."""
        if not self.shape.startswith("("):
            return None
        return sizes_of(self.shape, letters)


@dataclass(frozen=True)
class Chapter:
    """Where symbols are valid: the modules that mean them, and the chapters whose symbols these know as well."""

    name: str = ""
    modules: tuple = ()
    on: tuple = ()
    group: str = ""


@cache  # the table's own TeX is compared with every formula of every page
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
    """Chapters by name, what each of them can see (entries by name), and the reserved tables by theirs."""
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
        self.chapters = {"": Chapter()}
        for name, table in self.reserved["_chapters"].items():
            self.chapters[name] = self.chapter(name, table)
        declared = {name: {} for name in self.chapters}
        for name, table in self.tables.items():
            chapter = name if name in self.chapters else ""
            for key, keys in table.items() if chapter else ((name, table),):
                declared[chapter].update(self.written(chapter, key, keys, declared[chapter]))
        visible = {}
        for name in self.chapters:
            raw = self.merged(name, declared)
            completed = {key: self.plain(entry, raw) for key, entry in raw.items()}
            completed = {
                key: self.composed(entry, completed) if entry.function else entry for key, entry in completed.items()
            }
            self.distinct(name, completed)
            visible[name] = completed | self.derived(completed)
        self.reserved["function"] = {
            place: dict(self.override(place, name, value, visible) for name, value in names.items())
            for place, names in self.reserved["function"].items()
        }
        return self.chapters, visible, self.reserved

    def fail(self, name, message):
        raise TableError(f"{self.path}:{self.line(name)}: [{name}]: {message}")

    def line(self, name):
        """Where a table is headed, or stands in one line below its chapter's heading; 1 if it is not found."""
        name = re.sub("[\"']", "", name)
        chapter, _, key = name.rpartition(".")
        within = False
        for number, text in enumerate(self.lines, 1):
            text = re.sub("[\"']", "", text)
            if text.startswith((f"[{name}]", f"[function.{name}]")):
                return number
            if text.startswith("["):
                within = text.startswith(f"[{chapter}]")
            elif within and re.match(rf"{re.escape(key)}\s*[.=]", text):
                return number
        return 1

    def place(self, entry):
        """Where an entry stands, for messages about another one."""
        return f"[{entry.header}], line {self.line(entry.header)}"

    def chapter(self, name, table):
        if not isinstance(table, dict) or set(table) - {"modules", "on", "group"}:
            self.fail(f"_chapters.{name}", "expected a table of modules, on and group")
        for other in table.get("on", ()):
            if other not in self.chapters:
                self.fail(f"_chapters.{name}", f"on = {other!r} is not a chapter above this one")
        for module in table.get("modules", ()):
            if other := next((one.name for one in self.chapters.values() if module in one.modules), None):
                self.fail(f"_chapters.{name}", f"{module} belongs to chapter {other} already")
        return Chapter(name, tuple(table.get("modules", ())), tuple(table.get("on", ())), table.get("group", ""))

    def written(self, chapter, key, table, before):
        """The entries of one table: one, or one for each letter of `each`. An entry of its own comes before those."""
        header = f"{chapter}.{key}" if chapter else key
        if not isinstance(table, dict):
            raise TableError(f"{self.path}: {header}: expected a table [{header}], got {table!r}")
        letters = table.get("each", "")
        if ("@" in key) != bool(letters):
            self.fail(header, "expected `each`, the letters that @ stands for, and @ in the name")
        unknown = set(table) - {*_KEYS, "each"}
        if unknown:
            self.fail(header, f"unknown key {min(unknown)}; known are each, {', '.join(sorted(_KEYS))}")
        found = {}
        for letter in letters or [""]:
            if letter and letter not in self.reserved["_letters"]:
                self.fail(header, f"letter {letter} is not in [_letters]: {', '.join(self.reserved['_letters'])}")
            own = {name: self.filled(value, letter) for name, value in table.items() if name != "each"}
            own = {name: value for name, value in own.items() if value is not None}
            name = key.replace("@", letter)
            if name in self.tables.get(chapter, {}) and letter and chapter:
                continue
            code = tuple(self.form(header, form) for form in own.get("code", ()))
            found[name] = Entry(**{**own, "name": name, "code": code, "chapter": chapter, "header": header})
        return found

    def filled(self, value, letter):
        """A value with the letter in place of @, and its name in place of @name; of a table, the letter's own value."""
        if letter and isinstance(value, dict):
            return value.get(letter)
        if letter and isinstance(value, str):
            return value.replace("@name", self.reserved["_letters"][letter]).replace("@", letter)
        return [self.filled(one, letter) for one in value] if isinstance(value, list) else value

    def merged(self, name, declared):
        """What a chapter sees: the shared symbols, those of the chapters it builds on, its own."""
        order, wanted = [], ["", *self.chapters[name].on, name]
        for other in wanted:
            for seen in self.closure(other):
                if seen not in order:
                    order.append(seen)
        entries = {}
        for seen in order:
            for key, entry in declared[seen].items():
                if key in entries and not (entry.tex or entry.function):
                    entry = self.varied(entries[key], entry)
                elif key in entries:
                    self.fail(entry.header, f"{key} already is {self.place(entries[key])}, which chapter {name} sees")
                entries[key] = entry
        return entries

    def varied(self, known, entry):
        """A symbol that a chapter sees, with what is different there: its shape, what it means."""
        return replace(
            known,
            **{key: getattr(entry, key) for key in _KEYS if getattr(entry, key)},
            chapter=entry.chapter,
            header=entry.header,
        )

    def closure(self, name):
        for other in self.chapters[name].on:
            yield from self.closure(other)
        yield name

    def plain(self, entry, entries):
        """An entry, checked; what the entry of a gradient leaves out is derived from its base."""
        header = entry.header
        base = entries.get(entry.name.removeprefix("d_")) if entry.name.startswith("d_") else None
        if base:
            given = {key: getattr(entry, key) for key in _KEYS if getattr(entry, key)}
            given |= {"name": entry.name, "chapter": entry.chapter, "derived": False, "header": header}
            if entry.function:
                given["tex"] = ""
            entry = replace(self.gradient(base), **given)
        if bool(entry.tex) == bool(entry.function and entry.of):
            self.fail(header, "expected either tex, or function and of, or the gradient of a symbol")
        group = entry.group or self.chapters[entry.chapter].group
        if not entry.meaning or not (entry.shape or entry.of):
            self.fail(header, "expected a meaning and a shape")
        if group not in self.reserved["_groups"]:
            self.fail(header, f"group {group!r} is not in [_groups]: {', '.join(self.reserved['_groups'])}")
        if entry.indexed and re.search(r"_(\\?\w+|\{[^{}]*\})$", entry.tex):
            self.fail(header, f"{entry.tex} ends in a subscript, so it cannot be indexed as well")
        return replace(entry, group=group)

    def composed(self, entry, entries):
        inner = entries.get(entry.of)
        if inner is None or inner.function:
            self.fail(entry.header, f"of = {entry.of!r} is not a symbol with TeX of its own")
        template = self.reserved["_functions"].get(entry.function)
        if template is None:
            self.fail(entry.header, f"function {entry.function!r} is not in [_functions]")
        tex = template.replace("#", inner.tex) if "#" in template else f"{template}({inner.tex})"
        return replace(entry, tex=tex, shape=entry.shape or inner.shape, indexed=inner.indexed, inner=inner)

    def gradient(self, base, total=False):
        r"""The gradient of the loss with respect to a symbol: \delta before it, the same shape.

        A parameter's has a t: it is one step's share; without it, it is the total.
        """
        meaning = base.meaning.partition(":")[0]
        meaning = f"with respect to {'' if meaning.startswith(_ARTICLE) else 'the '}{meaning}"
        own = self.chapters[base.chapter].group
        group = own or ("gradients" if "gradients" in self.reserved["_groups"] else base.group)
        tex = base.tex
        if base.shared and not total:
            tex, meaning = _with_step(tex), f"one step's share of the gradient {meaning}"
        elif group != "gradients":
            meaning = f"gradient {meaning}"
        if total:
            meaning += ", all steps together"
        return Entry(
            name=f"d_{base.name}" + "_total" * total,
            tex=r"\delta" + ("" if tex.startswith("\\") else " ") + tex,
            meaning=meaning,
            shape=base.shape,
            group=group,
            indexed=base.indexed,
            chapter=base.chapter,
            derived=True,
            header=base.header,
        )

    def derived(self, entries):
        """The symbols that need no entry: gradients, and values of the step that follows."""
        found = {}

        def add(entry):
            if entry.name not in entries:
                found.setdefault(entry.name, entry)

        bases = [one for one in entries.values() if not one.name.startswith("d_") and not one.function]
        for base in (*bases, *filter(None, map(_following, bases))):
            add(base)
            add(self.gradient(base))
            if base.shared:
                add(self.gradient(base, total=True))
        for entry in filter(None, map(_following, [*entries.values(), *found.values()])):
            if not entry.name.endswith("_following_following"):
                add(entry)
        return found

    def override(self, place, name, value, visible):
        if isinstance(value, str):
            module = place.partition(":")[0]
            own = next((one.name for one in self.chapters.values() if module in one.modules), "")
            chapter, _, symbol = value.rpartition(".")
            seen = [visible.get(chapter, {})] if chapter else [visible[own]]
            if not chapter and symbol not in visible[own]:
                seen = visible.values()
            found = {entries[symbol].chapter: entries[symbol] for entries in seen if symbol in entries}
            if not found:
                self.fail(place, f"{name} = {value!r} is not a symbol of this table")
            if len(found) > 1:
                choice = ", ".join(f"{one}.{symbol}" for one in sorted(found))
                self.fail(place, f"{name} = {value!r} may be any of {choice}: say which")
            return self.form(place, name), next(iter(found.values()))
        if not isinstance(value, dict) or not value.get("tex") or set(value) - {"tex", "shape"}:
            self.fail(place, f"{name}: expected the name of a symbol, or a table of tex and shape")
        return self.form(place, name), Entry(name="", tex=value["tex"], shape=value.get("shape", "()"))

    def form(self, name, code):
        try:
            return ast.unparse(ast.parse(code, mode="eval"))
        except SyntaxError:
            self.fail(name, f"`{code}` is not a Python expression")

    def distinct(self, chapter, entries):
        """No two symbols that one chapter sees with one TeX or one form, an element of an indexed one included."""
        taken, forms = {}, {}
        for name, entry in entries.items():
            written = taken.setdefault(normalise(entry.tex), name)
            if written != name:
                where = f" in chapter {chapter}" if chapter else ""
                self.fail(
                    entry.header,
                    f"{entry.tex} already stands for {self.place(entries[written])}{where}; letters need to differ "
                    f"only within what one chapter sees; free are {', '.join(_free(entries))}",
                )
            for form in entry.code:
                if form in entries or forms.setdefault(form, name) != name:
                    self.fail(entry.header, f"`{form}` already stands for [{forms.get(form, form)}]")
        for name, entry in entries.items():
            for letter in self.reserved["_indices"].get("letters", ()) if entry.indexed and not entry.of else ():
                element = f"{entry.tex}_{letter}"
                if normalise(element) in taken:
                    other = entries[taken[normalise(element)]]
                    self.fail(other.header, f"{element} is also an element of the indexed [{name}]")


def _with_step(tex):
    r"""A symbol with t as its last subscript: W_f becomes W_{f,t}."""
    found = _SUBSCRIPT.search(tex)
    if found is None:
        return f"{tex}_t"
    return f"{tex[: found.start()]}_{{{found[1].strip('{}')},t}}{tex[found.end() :]}"


def _following(entry):
    """The symbol one step later, if the step stands in it."""
    tex = _STEP.sub(lambda step: "_{t+1}" if step[0] == "_t" else "t+1", entry.tex, count=1)
    if tex == entry.tex or entry.function:
        return None
    return replace(
        entry, name=f"{entry.name}_following", tex=tex, meaning=f"{entry.meaning}, one step later", series="", code=(),
        derived=True,
    )  # fmt: skip


def sizes_of(shape, letters):
    """The numbers of a shape such as "(B, D + H)", None for an axis that needs a letter not among these."""
    return tuple(_size(axis, letters) for axis in shape.strip("()").split(",") if axis.strip())


def _size(axis, letters):
    """The number that D + H or 4H stands for, or None."""
    total = 0
    for term in axis.split("+"):
        found = _TERM.fullmatch(term.strip())
        if found is None or (found[2] and found[2] not in letters):
            return None
        total += int(found[1] or 1) * (letters[found[2]] if found[2] else 1)
    return total


def _free(entries):
    """Letters with which no symbol begins."""
    taken = {token for entry in entries.values() for token in _TOKEN.findall(entry.tex)[:1]}
    return [letter for letter in _LETTERS if letter not in taken]
