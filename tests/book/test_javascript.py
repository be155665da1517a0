"""Functions written as JavaScript: what is written, and that nothing is guessed. Numbers are tested in a browser."""

import linecache

import numpy as np
import pytest
from javascript import Program, TranslationError


def function(source, **known):
    """A function compiled from text, its source readable."""
    path = f"<text {len(linecache.cache)}>"
    linecache.cache[path] = (len(source), None, source.splitlines(keepends=True), path)
    names = {"np": np, **known}
    exec(compile(source, path, "exec"), names)
    return names["made"]


def written(source, *wanted, checks=None, **known):
    program = Program(checks or {})
    program.want(function(source, **known), *wanted)
    return program.source()


def test_lines_that_are_wanted_and_no_others():
    text = written("def made(x, W):\n    y = x @ W.T\n    unused = x * 2\n    z = 1 - y * y / 3\n    return z\n", "z")
    assert "v.y = n.matmul(v.x, n.transpose(v.W));" in text
    assert "v.z = n.subtract(1, n.divide(n.multiply(v.y, v.y), 3));" in text
    assert "unused" not in text and "result" not in text


def test_slices_reductions_and_new_axes():
    text = written(
        "def made(z, D):\n    a = z[:, :D]\n    b = z[:, D:].sum(axis=-1, keepdims=True)\n    c = a[..., None]\n"
        "    return np.concatenate([a, b], axis=-1) + c[..., 0] - z.shape[-1]\n",
        "return",
    )
    assert "v.a = n.index(v.z, [[null, null], [null, v.D]]);" in text
    assert "n.sum(n.index(v.z, [[null, null], [v.D, null]]), {axis: -1, keepdims: true})" in text
    assert 'n.index(v.a, ["...", null])' in text and 'n.index(v.c, ["...", 0])' in text
    assert "v.z.shape.at(-1)" in text


def test_checks_hand_on_what_they_check():
    def checked(name, value, dims):
        raise AssertionError("never called")

    def both(x, y):
        raise AssertionError("never called")

    source = 'def made(x, y):\n    x = checked("x", x, ("B",))\n    x, y = both(x, y)\n    return x + y\n'
    text = written(source, "return", checks={checked: 1, both: "all"}, checked=checked, both=both)
    assert "v.result = n.add(v.x, v.y);" in text and "checked" not in text


def test_functions_called_are_written_too():
    inner = function("def made(a, unused=None):\n    return a * 2\n")
    inner.__name__ = "made"
    text = written("def outer(x):\n    return inner(x, None)\nmade = outer\n", "return", inner=inner)
    assert "v.result = f.made({a: v.x}).result;" in text and "v.result = n.multiply(v.a, 2);" in text


def test_one_line_of_a_loop():
    program = Program({})
    loop = function("def made(d, steps):\n    for t in steps:\n        e = d[:, t] + d_next\n    return e\n")
    program.want_line(loop, "e", {"d[:, t]": "d_here"})
    assert "v.e = n.add(v.d_here, v.d_next);" in program.source()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def made(x):\n    if x:\n        y = x\n    return y\n", "depends on a condition"),
        ("def made(x):\n    for k in x:\n        y = k\n    return y\n", "stands in a loop"),
        ("def made(x):\n    y = x * 1\n    y[0] = 2\n    return y\n", "changes a part of y"),
        ("def made(x):\n    return x ** 2\n", "the operator has no counterpart"),
        ("def made(x):\n    return np.sin(x)\n", "sin has no counterpart"),
        ("def made(x):\n    return x if x else 1\n", "IfExp has no counterpart"),
        ("def made(x):\n    return x == 'a'\n", "is not a number"),
        ("def made(x):\n    return nowhere(x)\n", "is not a function that can be written"),
        ("def made(x):\n    return x + y\n", "nothing is assigned to y"),
        ("def made(x):\n    return not x\n", "the operator has no counterpart"),
        ("def made(x):\n    return 1 < x\n", "only a single =="),
    ],
)
def test_what_cannot_be_written_is_an_error(source, message):
    with pytest.raises(TranslationError, match=message) as caught:
        written(source, "return")
    assert "made" in str(caught.value) or "<text" in str(caught.value)


def test_two_functions_of_one_name_are_refused():
    program = Program({})
    program.want(function("def made(x):\n    return x\n"), "return")
    with pytest.raises(TranslationError, match="two functions are named made"):
        program.want(function("def made(x):\n    return x + 1\n"), "return")
