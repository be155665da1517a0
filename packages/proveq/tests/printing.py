"""A small symbol table, and functions made of given lines, for the tests of the printer."""

import itertools
import linecache

import numpy as np
from proveq.sphinx.equations.symbols import load

TABLE = r"""
[_groups]
all = "All"
[_indices]
letters = ["i", "j", "k", "m"]
element = "i"
sums = ["k", "m"]
row = "n"
rows = "B"
steps = ["t"]
[_functions]
tanh = "\\tanh"
sigmoid = "\\sigma"
exp = "e^{#}"
log = "\\log"
sqrt = "\\sqrt{#}"
[_vector_functions]
softmax = "\\operatorname{softmax}"
[function."stub:f"]
other = "x"
"fancy(a)[0]" = { tex = "\\star", shape = "(B, H)" }
"""
ARRAYS = {"a": "a", "b": "b", "c": "c_t", "x": "x_t", "g": "g_t", "h": "h_t", "d": "d", "r": "r", "u": "u"}
ARRAYS |= {"d_c": r"\delta c_t", "d_x": r"\delta x_t", "c_prev": "c_{t-1}", "z_x": "z_{1:D}"}


def table(path):
    """A symbol table with arrays, indexed vectors, parameters, scalars, functions of symbols, and one scope."""
    text = TABLE

    def add(name, tex, shape, more=""):
        return f"[{name}]\ntex = '{tex}'\nshape = '{shape}'\nmeaning = 'm'\ngroup = 'all'\n{more}\n"

    code = {"z_x": "code = ['z[:, :D]']", "c_prev": "code = ['c[t - 1]']"}
    for name, tex in ARRAYS.items():
        text += add(name, tex, "(B, H)", code.get(name, ""))
    for name, tex in {"p": "p", "y": "y", "d_p": r"\delta p", "q": "q", "v": "v"}.items():
        text += add(name, tex, "(B, N)", "indexed = true")
    text += add("W", "W", "(H, D)") + add("b_f", "b_f", "(H,)") + add("eta", r"\eta", "()") + add("E", "E", "(B,)")
    for name, function, of in (("tanh_c", "tanh", "c"), ("log_p", "log", "p"), ("sigma_a", "sigmoid", "a")):
        text += f"[{name}]\nfunction = '{function}'\nof = '{of}'\nmeaning = 'm'\ngroup = 'all'\n"
    path.write_text(text, encoding="utf-8")
    return load(path)


_numbers = itertools.count()


def stub(source):
    """The function `f` of a piece of source that only `linecache` knows, as in an interactive session."""
    filename = f"<stub-{next(_numbers)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    names = {"np": np, "__name__": "stub"}
    exec(compile(source, filename, "exec"), names)
    return names["f"]


def body(*lines):
    """The function `f` of these lines."""
    return stub("def f():\n" + "".join(f"    {line}\n" for line in lines))
