"""Who may import what: the book uses nothing of `proveq` but its public interface, and `proveq` knows no LSTM."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import proveq
import proveq.mutants
import proveq.sphinx
import pytest

ROOT = Path(__file__).parents[1]
PUBLIC = {module.__name__: set(module.__all__) for module in (proveq, proveq.sphinx, proveq.mutants)}
CELL = re.compile(r"^```\{code-cell\}.*?\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: Words that only this book has: of the code, and of what it derives.
LSTM = re.compile(
    r"lstm|\bgru\b|peephole|(forget|input|output|reset|update)[ _]gate|cell state|forget_bias", re.IGNORECASE
)
PACKAGE = ROOT / "packages" / "proveq"


def sources():
    """Every piece of Python outside the package, by its place."""
    for folder in ("lstmderiv", "book", "tests", "crosscheck", "benchmarks"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "book").rglob("*.md")):
        for number, cell in enumerate(CELL.findall(path.read_text(encoding="utf-8"))):
            lines = [line for line in cell.splitlines() if not line.startswith((":", "%", "!"))]
            yield f"{path.relative_to(ROOT)}, cell {number + 1}", "\n".join(lines)


def private(code):
    """The imports of `proveq` in a piece of code that are not its public interface."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "proveq" and not node.level:
            names = {alias.name for alias in node.names} - PUBLIC.get(node.module, set())
            yield from (f"from {node.module} import {name}" for name in sorted(names))
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name.split(".")[0] == "proveq"]
            yield from (f"import {name}" for name in names if name not in PUBLIC)


def test_only_the_public_interface_is_used():
    assert {str(place): found for place, code in sources() if (found := list(private(code)))} == {}


@pytest.mark.parametrize(
    "code",
    [
        "from proveq.numbers import Modular",
        "from proveq import numbers",
        "import proveq.sphinx.equations.gate",
        "from proveq.sphinx.equations import gate",
        "def f():\n    from proveq.prove import _exact",
    ],
)
def test_a_private_import_is_found(code):
    assert len(list(private(code))) == 1


def test_the_machine_knows_no_lstm():
    paths = [path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".md", ".toml", ".lark")]
    paths = [path for path in paths if "tests" not in path.parts]
    found = {str(path.relative_to(ROOT)): LSTM.findall(path.read_text(encoding="utf-8")) for path in paths}
    assert len(paths) > 40
    assert {path: words for path, words in found.items() if words} == {}


@pytest.mark.parametrize("text", ["lstm_cell", "the forget gate", "from lstmderiv import x", "GRU"])
def test_an_lstm_would_be_found(text):
    assert LSTM.search(text)


@pytest.mark.parametrize("name", ["proveq", "lstmderiv"])
def test_what_is_loaded(name):
    every = f"[getattr({name}, one) for one in {name}.__all__]"
    code = f"import sys, {name}; {every}; print(*sorted({{module.split('.')[0] for module in sys.modules}}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"sphinx", "lark", "jax", "mpmath", "numba", "sympy", "myst_nb"}
    heavy |= {"proveq"} if name == "lstmderiv" else set()
    assert heavy.isdisjoint(loaded) and "numpy" in loaded
