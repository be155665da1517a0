"""The book's own symbol table, and the sizes of its example."""

import importlib
import re
import runpy
from pathlib import Path

import pytest
from proveq.sphinx import load

from lstmderiv.running_example import initial_parameters, predict, windows

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "book" / "symbols.toml"


def test_the_book_has_what_it_declares():
    symbols = load(BOOK)
    entries = symbols.all()
    assert {entry.group for entry in entries.values()} == set(symbols.groups)
    for (chapter, name), written in entries.items():
        if not written.derived:
            assert symbols.within(chapter).name(written.tex) == name
        assert None not in written.sizes(dict.fromkeys((*symbols.sizes, "H_1", "H_2", "H_f", "H_b"), 2)), written
    text = BOOK.read_text(encoding="utf-8")
    for place in re.findall(r'^\[function\."(.*)"\]$', text, re.MULTILINE):
        module, _, function = place.partition(":")
        assert (
            callable(getattr(importlib.import_module(module), function))
            if function
            else importlib.import_module(module)
        )


@pytest.mark.parametrize(
    "name, tex",
    [
        ("d_c", r"\delta c_t"),
        ("d_c_next", r"\delta c_{\mathrm{next}}"),
        ("d_h_prev", r"\delta h_{\mathrm{prev}}"),
        ("d_a_o", r"\delta a_{o,t}"),
        ("d_logits", r"\delta \ell"),
        ("learning_rate", r"\eta"),
        ("tanh_c", r"\tanh(c_t)"),
    ],
)
def test_names_that_the_pages_rely_on(name, tex):
    assert load(BOOK).within("lstm").name(tex) == name


def test_tables_give_the_running_example_its_own_sizes(monkeypatch):
    monkeypatch.setattr("sys.path", [])
    (sizes,) = runpy.run_path(str(ROOT / "conf.py"))["proveq_examples"].values()
    ids, targets = windows()
    trace = predict(initial_parameters(), ids[2:3], targets[2:3])
    (B, T, D), (_, _, H), (_, N) = trace.lstm.x.shape, trace.lstm.h.shape, trace.logits.shape
    assert sizes == {"B": B, "T": T, "D": D, "H": H, "N": N}
