"""`python -m proveq.mutants` on a project of one page, one module and one test, and the mistakes that it makes."""

import ast
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from proveq.build.stamp import tree
from proveq.mutants import prose
from proveq.mutants.mutant import Edit, Mutant
from proveq.mutants.python import mutations
from proveq.sphinx.regions import code_cells, formulas, regions

FILES = {
    "pyproject.toml": """\
[tool.proveq.mutants]
package = "shop"
pages = "pages"
tests = "tests"
equivalents = "equivalent.toml"

[tool.pytest.ini_options]
markers = ["slow", "browser"]
""",
    "equivalent.toml": "",
    "conf.py": """\
extensions = ["myst_nb", "proveq.sphinx.equations", "proveq.sphinx.freshness"]
myst_enable_extensions = ["dollarmath"]
nb_execution_mode = "cache"
proveq_symbols = "symbols.toml"
proveq_scopes = "scopes:SCOPES"
proveq_default_scope = "sale"
""",
    "symbols.toml": """\
_sizes = { B = "sales", D = "days" }
_chapters = { shop = { modules = ["shop.price"], group = "money" } }
_functions = {}
_letters = {}
_indices = { letters = ["i"], element = "i", sums = ["i"] }
_groups = { money = "Money" }

[shop]
net = { tex = "n", meaning = "net price", shape = "(B, D)" }
rate = { tex = "r", meaning = "rate of the tax", shape = "(B, D)" }
tax = { tex = "x", meaning = "tax", shape = "(B, D)" }
""",
    "scopes.py": """\
import numpy as np

from shop.price import tax_of


class Sale:
    name, oracle, sizes, tolerance, chapter = "sale", "floats", {"B": 1, "D": 2}, 1e-12, "shop"

    def value(self, name, step=None):
        numbers = {"net": np.array([[2.0, 3.0]]), "rate": np.array([[0.5, 0.25]])}
        return numbers[name] if name in numbers else tax_of(**numbers)


SCOPES = {"sale": lambda: [Sale()]}
""",
    "shop/__init__.py": "",
    "shop/price.py": '''\
"""Prices."""


def tax_of(net, rate):
    tax = net * rate
    return tax


def checked(rate):
    if rate < 0:
        raise ValueError("rate")
    return rate
''',
    "pages/index.md": """\
---
file_format: mystnb
kernelspec: {name: python3}
---

# Tax

Whoever buys pays the tax, $x = n \\odot r$, and $x$ (B, D) has an entry for each sale.

```{equation} eq:tax
:kind: definition
:code: shop.price:tax_of
:result: tax
```

```{equation} eq:tax-typed
:kind: cited
:source: the law
n \\odot r = x
```
""",
    "tests/test_price.py": """\
import pytest

from shop.price import checked


def test_a_rate():
    assert checked(0.5) == 0.5
    with pytest.raises(ValueError):
        checked(-1)
""",
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """The project in a folder, as after a build of pages without cells."""
    place = tmp_path / "project"
    for name, text in FILES.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (place / "build" / "cells").mkdir(parents=True)
    monkeypatch.chdir(place)
    return place


def judged(*arguments):
    """Status, and what was said, of a run over everything that the arguments choose.

    In a process of its own: the judges are forked, which another test's threads would not survive.
    """
    command = [sys.executable, "-m", "proveq.mutants", "--all", "--processes", "1", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout


def rows(said):
    """The numbers of each kind."""
    words = [line.split() for line in said.splitlines()]
    return {first: rest for first, *rest in filter(None, words) if rest and rest[0].isdigit()}


def test_the_noticed_are_counted_and_the_living_named(project):
    status, said = judged("--record", "verdicts.json")
    # there are, tried, noticed by the build, by the tests, equivalent, alive
    assert rows(said) == {
        "equation": ["4", "4", "4", "-", "0", "0"],
        "inline": ["4", "4", "4", "-", "0", "0"],
        "shape": ["4", "4", "4", "-", "0", "0"],
        "number": ["0", "0", "0", "-", "0", "0"],
        "word": ["0", "0", "0", "-", "0", "0"],
        "printed": ["3", "3", "3", "-", "0", "0"],
        "line": ["3", "3", "0", "2", "0", "1"],
    }
    assert status == 1
    assert "alive: shop/price.py:10:13: line, < -> <=\n    - if rate < 0:\n    + if rate <= 0:" in said
    verdicts = json.loads((project / "verdicts.json").read_text())
    (sign,) = [one for one in verdicts if one["before"] == "tax = net * rate" and "/" in one["after"]]
    assert sign["by"] == "build" and "eq:tax" in sign["said"]


ENTRY = """
[[equivalent]]
path = "shop/price.py"
before = "if rate < 0:"
after = "if rate {} 0:"
reason = "A rate of nothing is refused by nobody."
"""


@pytest.mark.slow
def test_one_that_changes_nothing_is_excused(project):
    (project / "equivalent.toml").write_text(ENTRY.format("<="))
    status, said = judged("--kind", "line")
    assert (status, rows(said)["line"][-2:]) == (0, ["1", "0"])
    assert "equivalent, A rate of nothing is refused by nobody.: shop/price.py:10:13" in said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sign", "problem"),
    [
        ("==", "problem: shop/price.py: no such mutant: `if rate < 0:` -> `if rate == 0:`"),
        (">=", "problem: listed as equivalent, but tests/test_price.py notices it"),
    ],
)
def test_an_entry_that_does_not_apply_is_refused(project, sign, problem):
    (project / "equivalent.toml").write_text(ENTRY.format("<=") + ENTRY.format(sign))
    status, said = judged("--kind", "line")
    assert status == 1 and problem in said


def test_an_entry_gives_a_reason(project):
    (project / "equivalent.toml").write_text(ENTRY.replace("A rate of nothing is refused by nobody.", ""))
    status, said = judged("--kind", "line")
    assert status == 2 and "expected after, before, path, reason, each a text" in said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [("tests/test_price.py", "\n    assert False\n", "line"), ("pages/index.md", "$x = n$", "inline")],
)
def test_a_check_that_fails_by_itself_notices_nothing(project, name, text, kind):
    (project / name).write_text(FILES[name] + text)
    status, said = judged("--kind", kind)
    assert status == 1
    assert f"problem: {name} does not hold as it is" in said and rows(said)[kind][3] in ("0", "-")


@pytest.mark.slow
def test_an_interrupted_run_leaves_nothing(project, tmp_path):
    before, scratch = tree(project), tmp_path / "scratch"
    scratch.mkdir()
    record = tmp_path / "verdicts.json"
    command = [sys.executable, "-m", "proveq.mutants", "--all", "--processes", "1", "--record", str(record)]
    environment = os.environ | {"TMPDIR": str(scratch)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True) as run:
        deadline = time.monotonic() + 60
        while not (record.exists() and "path" in record.read_text()) and time.monotonic() < deadline:
            time.sleep(0.05)
        os.killpg(run.pid, signal.SIGINT)
        said, _ = run.communicate()
    assert "Interrupted" in said
    assert tree(project) == before
    assert not list(scratch.glob("mutants-*"))


def test_kinds_that_there_are(project):
    status, said = judged("--kind", "line, colour")
    assert (status, said) == (
        2,
        "--kind: expected some of equation, inline, shape, number, word, printed, line, got colour\n",
    )


def test_nothing_is_said_before_a_build(project):
    (project / "build" / "cells").rmdir()
    assert judged()[0] == 2


def changed(source):
    """The texts that mutating a source gives, by what was changed."""
    found = {}
    for edit in mutations(source):
        after = source[: edit.start] + edit.new + source[edit.end :]
        ast.parse(after)
        found.setdefault(edit.change, []).append(after.splitlines()[-1].strip())
    return found


@pytest.mark.parametrize(
    ("line", "change", "after"),
    [
        ("y = a - b", "- -> +", "y = a + b"),
        ("y = (a * b) ** 2", "** -> *", "y = (a * b) * 2"),
        ("y = a * b", "factor dropped", "y = (a)"),
        ("y = a + b", "term left out", "y = (b)"),
        ("y = -(a)", "sign", "y = (a)"),
        ("y += a", "sign", "y -= a"),
        ("y = a.T @ b", "transpose", "y = a @ b"),
        ("y = a[b]", "index", "y = a[b - 1]"),
        ("y = a if a < b else b", "< -> >=", "y = a if a >= b else b"),
        ("y = a is not b", "is not -> is", "y = a is b"),
        ("y = a and b", "and -> or", "y = a or b"),
        ("y = not (a)", "condition", "y =  (a)"),
        ("y = f(a, keepdims=True)", "constant", "y = f(a, keepdims=False)"),
        ("y = a.sum(axis=0)", "constant", "y = a.sum(axis=1)"),
        ("y = f(a, b)", "arguments exchanged", "y = f(b, a)"),
        ("y = w.W_f + w.W_i", "W_f -> W_i", "y = w.W_i + w.W_i"),
        ("y = max(a)", "max -> min", "y = min(a)"),
        ("y = 'ä', a * b", "* -> /", "y = 'ä', a / b"),
    ],
)
def test_mistakes_of_code(line, change, after):
    assert after in changed(f"def f(a, b):\n    {line}")[change]


@pytest.mark.parametrize(
    "line", ["raise ValueError(1)", "import a.b", "y: list[1]", "'a - b'", "y = f'{a + 1}'", "dy = a.c"]
)
def test_what_is_left_alone(line):
    assert not changed(f"def f(a):\n    {line}")


def test_a_mutant_knows_its_place_and_its_lines():
    text = "one\n  a + b\nthree\n"
    mutant = Mutant.of("line", "m.py", text, Edit(8, 9, "-", "sign"))
    assert (mutant.line, mutant.column, mutant.before, mutant.after) == (2, 5, "a + b", "a - b")
    assert mutant.applied(text) == "one\n  a - b\nthree\n"


def test_the_smallest_edit():
    assert Edit.between("a + b", "a - b", "sign", offset=10) == Edit(12, 13, "-", "sign")
    assert Edit.between("aa", "aaa", "more") == Edit(2, 2, "a", "more")


PAGE = """\
---
given: sale
---
Prose $a$ and `$code$`, {given}`b = 0 @ sale`, {quoted}`c`.

````md
```{equation} eq:example
$d$
```
````

:::{admonition} Title with $e$
$f
= g$
:::

```{figure} name.svg
:alt: not $read$

Caption with $h$.
```

```{equation} eq:one
:shape: (B,)
i = j
```

```{code-cell} python
:tags: [hide]

k = 1
```
"""


def test_parts_of_a_page():
    found = regions(PAGE)
    prose = [one for part in found if part.kind == "prose" for one in formulas(PAGE, part)]
    assert [(one.tex, one.role) for one in prose] == [
        ("a", ""), ("b = 0", "given"), ("c", "quoted"), ("e", ""), ("f\n= g", ""), ("h", ""),
    ]  # fmt: skip
    assert all(PAGE[one.start :].startswith(one.tex) for one in prose)
    (equation,) = [one for one in found if one.kind == "equation"]
    assert (equation.name, PAGE[equation.start : equation.end]) == ("eq:one", "i = j\n")
    assert PAGE[equation.options : equation.start] == ":shape: (B,)\n"
    assert code_cells(PAGE) == ["\nk = 1\n"]


def test_mistakes_of_sentences():
    page = (
        "---\nx: 1\n---\n\n# Part 5\n\nIt falls to 3, as in step 2, `4` and $5$.\nIt rises by 6.{unshown}`argument`\n\n"
        '```{code-cell} python\n:mystnb:\n:  image:\n:    alt: "At most 7 rows."\n\nx = 8\n```\n'
        "\n```{drawing} cell\n:alt: A larger 9.\n:step: 1\n\nIts caption.\n```\n"
    )
    assert [edit.change for edit in prose.numbers(page)] == ["3 -> 4", "7 -> 8", "9 -> 10"]
    assert [edit.change for edit in prose.words(page)] == ["falls -> rises", "at most -> at least", "larger -> smaller"]
    assert [page[edit.start : edit.end] for edit in prose.words(page)] == ["falls", "At most", "larger"]
