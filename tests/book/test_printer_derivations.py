"""The printer and the book's symbol table on the derivations themselves."""

import importlib
import inspect
from pathlib import Path

import pytest
from proveq.sphinx import load, parse, typeset

BOOK = load(Path(__file__).parents[2] / "book" / "symbols.toml")


def _derivation(place):
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(f"lstmderiv.{module}"), name)


CELL, BACK = "lstm_cell:lstm_cell_step", "lstm_cell:lstm_cell_step_backward"
DERIVATIONS = [
    (CELL, "z", r"z_t = [x_t, h_{t-1}]"),
    (CELL, "a_f", r"a_{f,t} = z_t W_f^\top + b_f + \beta"),
    (CELL, "a_o", r"a_{o,t} = z_t W_o^\top + b_o"),
    (CELL, "f", r"f_t = \sigma(a_{f,t})"),
    (CELL, "g", r"g_t = \tanh(a_{g,t})"),
    (CELL, "c", r"c_t = f_t \odot c_{t-1} + i_t \odot g_t"),
    (CELL, "h", r"h_t = o_t \odot \tanh(c_t)"),
    (BACK, "d_o", r"\delta o_t = \delta h_t \odot \tanh(c_t)"),
    (BACK, "d_a_o", r"\delta a_{o,t} = \delta o_t \odot o_t \odot (1 - o_t)"),
    (BACK, "d_a_o d_o", r"\delta a_{o,t} = \delta h_t \odot \tanh(c_t) \odot o_t \odot (1 - o_t)"),
    (
        BACK,
        "d_c d_tanh_c",
        r"\delta c_t = \delta h_t \odot o_t \odot (1 - \tanh^2(c_t)) + \delta c_{\mathrm{next}}",
    ),
    (BACK, "d_a_f d_f", r"\delta a_{f,t} = \delta c_t \odot c_{t-1} \odot f_t \odot (1 - f_t)"),
    (BACK, "d_a_i d_i", r"\delta a_{i,t} = \delta c_t \odot g_t \odot i_t \odot (1 - i_t)"),
    (BACK, "d_a_g d_g", r"\delta a_{g,t} = \delta c_t \odot i_t \odot (1 - g_t^2)"),
    (BACK, "d_W_f", r"\delta W_{f,t} = \delta a_{f,t}^\top z_t"),
    (BACK, "d_b_f", r"\delta b_{f,t} = \sum_{n=1}^{B} \delta a_{f,t}^{(n)}"),
    (BACK, "d_z", " + ".join(rf"\delta a_{{{gate},t}} W_{gate}" for gate in "figo").join([r"\delta z_t = ", ""])),
    (BACK, "d_x", r"\delta x_t = \delta z_{t,1:D}"),
    (BACK, "d_h_prev", r"\delta h_{\mathrm{prev}} = \delta z_{t,D+1:D+H}"),
    (BACK, "d_c_prev", r"\delta c_{\mathrm{prev}} = \delta c_t \odot f_t"),
    ("softmax:softmax", "p exponentials", r"p_i = \frac{e^{r_i}}{\sum_{k} e^{r_k}}"),
    ("softmax:softmax_jacobian", "jacobian", r"\frac{\partial p_i}{\partial \ell_j} = p_i (\delta_{ij} - p_j)"),
    ("softmax:log_softmax", "log_p", r"\log(p_i) = r_i - \log\left(\sum_{k} e^{r_k}\right)"),
    ("cross_entropy:cross_entropy", "loss", r"E = -\sum_{k} y_k \, \log(p_k)"),
    ("cross_entropy:cross_entropy_backward", "d_logits", r"\delta\ell = p - y"),
    ("dense:dense_backward", "d_x", r"\delta h_{\mathrm{ext}} = \delta\ell W_y^\top"),
    ("dense:dense_backward", "d_W", r"\delta W_y = h_T^\top \, \delta\ell"),
    ("dense:dense_backward", "d_b", r"\delta b_y = \sum_{n=1}^{B} \delta\ell^{(n)}"),
    ("activations:sigmoid_backward", "d_x", r"\delta a = \delta s \odot s \odot (1 - s)"),
    ("activations:tanh_backward", "d_x", r"\delta v = \delta u \odot (1 - u^2)"),
]


@pytest.mark.parametrize("place, names, tex", DERIVATIONS)
def test_the_derivations_of_the_book(place, names, tex):
    name, *substitute = names.split()
    function = _derivation(place)
    found = typeset(function, name, BOOK, substitute)
    assert found.tex == tex
    assert parse(found.tex)
    lines, first = inspect.getsourcelines(function)
    assert lines[found.lineno - first].strip() == found.line
    assert Path(found.path).samefile(inspect.getsourcefile(function))


@pytest.mark.parametrize(
    "place, symbol, substitute, tex",
    [
        ("dense:dense", "logits", [], r"\ell = h_T W_y + b_y"),
        ("activations:sigmoid", "sigmoid_applied", [], r"\sigma(a) = \frac{1 + \tanh\left(\frac{a}{2}\right)}{2}"),
        ("softmax:_shifted", "shifted", ["largest", "real"], r"r_i = \ell_i - \max_{k} \ell_k"),
    ],
)
def test_the_returned_values_of_the_book(place, symbol, substitute, tex):
    found = typeset(_derivation(place), "return", BOOK, substitute, symbol)
    assert found.tex == tex
    assert found.symbol == symbol
    assert parse(tex)
