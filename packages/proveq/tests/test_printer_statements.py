"""The printer: which statement it takes, what stands on its left, and what is put into it."""

import linecache
import re

import numpy as np
import printing
import pytest
from printing import body, stub
from proveq.sphinx.equations.printer import PrinterError, Quoted, typeset


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return printing.table(tmp_path_factory.mktemp("table") / "symbols.toml")


@pytest.mark.parametrize(
    "line, name, tex",
    [
        ("d_c += a * b", "d_c", r"\delta c_t = \delta c_t + a \odot b"),
        ("d_c -= a - b", "d_c", r"\delta c_t = \delta c_t - (a - b)"),
        ("r: float = a", "r", "r = a"),
        ("r = u = a", "u", "u = a"),
        ("r, u = a, b + c", "u", "u = b + c_t"),
        ("(r, (u, h)) = a, (b, c)", "h", "h_t = c_t"),
        ("h[t] = a", "h", "h_t = a"),
        ("h[t] += a", "h", "h_t = h_t + a"),
        ("c[t - 1] = a", "c", "c_{t-1} = a"),
        ("self.h = a", "h", "h_t = a"),
        ("v = q / q.sum(axis=-1)", "v", r"v_i = \frac{q_i}{\sum_{k} q_k}"),
        ("E = (y * p).sum(axis=-1)", "E", r"E = \sum_{k} y_k \, p_k"),
        ("other = a", "other", "x_t = a"),
    ],
)
def test_left_hand_sides(table, line, name, tex):
    assert typeset(body(line), name, table).tex == tex


def test_a_returned_value_gets_its_name(table):
    assert typeset(body("return a + b"), "return", table, symbol="r").tex == "r = a + b"
    assert typeset(body("if a:", "    return a", "return b"), "return@1", table, symbol="r").tex == "r = a"
    assert typeset(body("r = a"), "r", table, symbol="u").tex == "u = a"
    with pytest.raises(PrinterError, match="a returned value has no name"):
        typeset(body("return a"), "return", table)


def test_which_of_several_assignments(table):
    function = body(
        "r = a", "if a:", "    r = b", "else:", "    r = c", "r = r.astype(float, copy=False)", "u = r.copy()"
    )
    assert typeset(function, "r", table).tex == "r = c_t"
    assert typeset(function, "r@1", table).tex == "r = a"
    assert typeset(function, "r@2", table).tex == "r = b"
    with pytest.raises(PrinterError, match="`r` is assigned 3 times"):
        typeset(function, "r@4", table)
    with pytest.raises(PrinterError, match=r"no notation for the method `\.copy`"):
        typeset(function, "u", table)


def test_nested_blocks_count_and_nested_functions_do_not(table):
    function = body(
        "for t in x:", "    with a:", "        try:", "            r = a", "        except E:", "            u = b",
        "def g():", "    r = c", "class k:", "    r = d",
    )  # fmt: skip
    assert typeset(function, "r", table).tex == "r = a"
    assert typeset(function, "u", table).tex == "u = b"


SUBSTITUTIONS = [
    (["u = a * b", "r = u * c"], ["u"], r"a \odot b \odot c_t"),
    (["u = a + b", "r = u * c"], ["u"], r"(a + b) \odot c_t"),
    (["u = a - b", "r = c - u"], ["u"], r"c_t - (a - b)"),
    (["u = a + b", "r = u.T @ u"], ["u"], r"(a + b)^\top (a + b)"),
    (["u = a + b", "r = u * u"], ["u"], r"(a + b)^2"),
    (["u = a * b", "r = u @ W"], ["u"], r"(a \odot b) W"),
    (["u = a + b", "r = u / 2"], ["u"], r"\frac{a + b}{2}"),
    (["u = a + b", "r = u.sum(axis=0)"], ["u"], r"\sum_{n=1}^{B} (a^{(n)} + b^{(n)})"),
    (["d = a + b", "u = d * c", "r = u * x"], ["u", "d"], r"(a + b) \odot c_t \odot x_t"),
    (["d = a + b", "u = d * c", "r = u * x"], ["u"], r"d \odot c_t \odot x_t"),
    (["u = a", "r = u * x", "u = b"], ["u"], r"a \odot x_t"),
    (["u = a", "u = b", "r = u * x"], ["u"], r"b \odot x_t"),
    (["u = a", "u = b", "r = u * x"], ["u@1"], r"a \odot x_t"),
    (["u = a", "u += b", "r = u * x"], ["u"], r"(a + b) \odot x_t"),
    (["d = a", "u = d", "d = b", "r = u * d"], ["u", "d"], r"a \odot b"),
    (["local = a + b", "r = local * c"], ["local"], r"(a + b) \odot c_t"),
]


@pytest.mark.parametrize("lines, substitute, tex", SUBSTITUTIONS)
def test_substitution(table, lines, substitute, tex):
    assert typeset(body(*lines), "r", table, substitute).tex == f"r = {tex}"


def test_substituted_lines_are_quoted(table):
    found = typeset(body("d = a", "u = d * c", "r = u * x"), "r", table, ["u", "d"])
    assert found.substituted == (Quoted("d", "d = a", 2, 2), Quoted("u", "u = d * c", 3, 3))
    assert (found.line, found.lineno, found.symbol) == ("r = u * x", 4, "r")


@pytest.mark.parametrize(
    "lines, substitute, message",
    [
        (["r = a * b"], ["u"], "`u` to substitute does not occur"),
        (["r = u * b", "u = a"], ["u"], "before line 2: nothing is assigned to it"),
        (["u = a", "r = u * b"], ["u@2"], "`u` is assigned 1 times"),
        (["u = a", "a = b", "r = u * a"], ["u"], "`a` has changed since `u = a`"),
        (["d = a", "u = d", "a = b", "r = u * a"], ["u", "d"], "`a` has changed since `d = a`"),
        (["u = a", "u[t] = b", "r = u * a"], ["u"], "`u` to substitute is not assigned as a whole in `u[t] = b`"),
        (["u = a", "self.u = b", "r = u * a"], ["u"], "is not assigned as a whole in `self.u = b`"),
    ],
)
def test_substitutions_that_would_not_be_true(table, lines, substitute, message):
    with pytest.raises(PrinterError, match=re.escape(message)):
        typeset(body(*lines), "r", table, substitute)


def test_unassigned_names_list_what_is_assigned(table):
    with pytest.raises(PrinterError, match="in stub:f: nothing is assigned to it; assigned are r, u"):
        typeset(body("r = a", "u = b"), "zzz", table)


def test_statements_over_several_lines(table):
    function = stub(
        "import numpy\n\ndef f(a):\n    if a:\n        r = (\n            a  # kept\n            * b\n        )\n"
    )
    found = typeset(function, "r", table)
    assert found.tex == r"r = a \odot b"
    assert found.line == "r = (\n    a  # kept\n    * b\n)"
    assert (found.lineno, found.end_lineno) == (5, 8)


def test_statements_that_share_a_line(table):
    assert typeset(body("r = a; u = b"), "u", table).line == "u = b"


def test_functions_that_are_no_longer_there(table):
    function = body("r = a")
    linecache.cache.pop(function.__code__.co_filename)
    with pytest.raises(PrinterError, match="its source is not there, or has changed since"):
        typeset(function, "r", table)
    with pytest.raises(PrinterError, match="is not a Python function"):
        typeset(np.tanh, "r", table)


def test_a_file_that_was_edited_after_its_import(table, tmp_path):
    path = tmp_path / "edited.py"
    path.write_text("def f():\n    r = a\n\n\ndef g():\n    def f():\n        r = b\n    return f\n")
    names = {"__name__": "edited"}
    exec(compile(path.read_text(), path, "exec"), names)
    assert typeset(names["f"], "r", table).tex == "r = a"
    assert typeset(names["g"](), "r", table).tex == "r = b"
    for text in ("# another line\ndef f():\n    r = a + b\n", "def f(:\n"):
        path.write_text(text)
        with pytest.raises(PrinterError, match=r"edited\.py:1: `def f`: its source is not there, or has changed since"):
            typeset(names["f"], "r", table)


def test_decorated_functions_and_methods(table):
    source = (
        "import functools\ndef keep(g):\n    @functools.wraps(g)\n    def wrapper(): return g()\n    return wrapper\n"
    )
    assert typeset(stub(source + "@keep\ndef f():\n    r = a\n"), "r", table).lineno == 8
    method = stub("class A:\n    def g(self):\n        r = b\n    def f(self):\n        self.r = a\nf = A.f\n")
    assert typeset(method, "r", table).tex == "r = a"
