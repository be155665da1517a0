"""The files behind a module, by reading the import statements: its own, and those of everything that it imports.

Nothing is run. An import that depends on a value (`importlib.import_module(name)`, `exec`) cannot be followed: then
nobody can say what the module rests on, and the answer is None.

A package may leave its names to modules that are imported when a name is first asked for (a module's `__getattr__`);
which name is where is said in the stub beside it, `__init__.pyi`. Of such a package only the modules count whose names
are imported from it.

The imports of `proveq` are not followed: it knows of no book, and every page rests on all of it.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Imports"]

OWN = __name__.partition(".")[0]
DYNAMIC = {"import_module", "__import__", "iter_modules", "walk_packages", "exec", "eval", "find_spec"}


@dataclass
class Module:
    """What one file imports: modules, and names from modules."""

    modules: set[str] = field(default_factory=set)
    names: set[tuple[str, str]] = field(default_factory=set)
    dynamic: bool = False


class Imports:
    """Follows imports between the files below `root`; what lies outside is not looked at.

    Parameters
    ----------
    root : path-like
    path : iterable of str, optional
        Where modules are looked for; `sys.path` if not given.
    """

    def __init__(self, root: str | Path, path: Iterable[str] | None = None):
        self._root = os.path.join(os.path.realpath(root), "")
        entries = sys.path if path is None else path
        self._path = [Path(os.path.realpath(entry or ".")) for entry in entries]
        self._path = [entry for entry in self._path if os.path.join(entry, "").startswith(self._root)]
        installed = os.path.join(os.path.realpath(sys.prefix), "")  # an environment below the project is no part of it
        self._path = [entry for entry in self._path if not os.path.join(entry, "").startswith(installed)]
        self._excused: set[str] = set()
        self._read: dict[Path, Module] = {}
        self._behind: dict[str, frozenset[Path] | None] = {}
        self._files: dict[str, Path | None] = {}

    def behind(self, module: str) -> frozenset[Path] | None:
        """The files that running a module may run: none for a foreign one, None if that cannot be told."""
        if module not in self._behind:
            self._behind[module] = self._closure(module)
        return self._behind[module]

    def _closure(self, module: str) -> frozenset[Path] | None:
        found: set[Path] = set()
        waiting: list[tuple[str, str | None]] = [(module, None)]
        met = set(waiting)
        while waiting:
            for target in self._targets(*waiting.pop(), found):
                if target is None:
                    return None
                if target not in met:
                    met.add(target)
                    waiting.append(target)
        return frozenset(found)

    def _targets(self, module: str, name: str | None, found: set[Path]) -> Iterable[tuple[str, str | None] | None]:
        """What comes with a module, or with a name of it; its files are added to `found`."""
        parts = module.split(".")
        if parts[0] == OWN or not self._file(parts[0]):
            return
        for end in range(1, len(parts) + 1):  # a module runs after the packages that it is in
            path = self._file(".".join(parts[:end]))
            if path is not None and path not in found:
                found.add(path)
                yield from self._of(path, ".".join(parts[:end]))
        path = self._file(module)
        if path is None:
            yield None
            return
        if name is not None and self._file(f"{module}.{name}"):
            yield f"{module}.{name}", None
            return
        stub = path.with_suffix(".pyi")
        if stub.is_file():
            found.add(stub)
            read = self._module(stub, module)
            # An attribute of the package as a whole may be any of its names.
            wanted = {(origin, one) for origin, one in read.names if name in (None, "*", one)}
            yield from wanted

    def _of(self, path: Path, module: str) -> Iterable[tuple[str, str | None] | None]:
        read = self._module(path, module)
        if path.with_suffix(".pyi").is_file():  # what it looks up, or what helps it to, is in its stub
            self._excused |= {module, *read.modules, *(origin for origin, _ in read.names)}
        if read.dynamic and module not in self._excused:
            yield None
        yield from ((other, None) for other in read.modules)
        yield from read.names

    def _module(self, path: Path, module: str) -> Module:
        if path not in self._read:
            package = module if path.name.startswith("__init__.") else module.rpartition(".")[0]
            reader = _Reader(package)
            reader.visit(ast.parse(path.read_bytes()))
            self._read[path] = reader.found
        return self._read[path]

    def _file(self, module: str) -> Path | None:
        if module not in self._files:
            bases = [entry.joinpath(*module.split(".")) for entry in self._path]
            paths = (path for base in bases for path in (base / "__init__.py", base.with_name(f"{base.name}.py")))
            self._files[module] = next(filter(Path.is_file, paths), None)
        return self._files[module]


class _Reader(ast.NodeVisitor):
    def __init__(self, package: str):
        self.package, self.found = package, Module()

    def visit_Import(self, node: ast.Import) -> None:
        self.found.modules |= {alias.name for alias in node.names}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = self.package.split(".")
        base = base[: len(base) - node.level + 1] if node.level else []
        module = ".".join([*base, *([node.module] if node.module else [])])
        self.found.names |= {(module, alias.name) for alias in node.names}

    def visit_If(self, node: ast.If) -> None:
        # What only a type checker imports does not run.
        if ast.unparse(node.test) not in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            self.visit(node.test)
            for child in node.body:
                self.visit(child)
        for child in node.orelse:
            self.visit(child)

    def visit_Call(self, node: ast.Call) -> None:
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        match called, node.args:
            case "import_module", [ast.Constant(str(module))]:
                self.found.modules.add(module)
            case _:
                self.found.dynamic |= called in DYNAMIC
        self.generic_visit(node)
