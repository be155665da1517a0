"""What the evaluator of equations refuses, and what its messages say."""

from fractions import Fraction

import numpy as np
import pytest
from proveq.sphinx import EquationError, NotApplicable, check, load
from reference_scopes import write_symbols


def _both(a, b):
    return a, b


class Numbers:
    """Values only."""

    oracle = "values"

    def __init__(self, tolerance=1e-12, batch=1, **values):
        self.name, self.tolerance, self.values, self.sizes = "given", tolerance, values, {"B": batch, "N": 3, "T": 2}

    def value(self, name, step=None):
        return self.values[name]

    def function(self, name):
        return {"tanh": np.tanh, "exp": np.exp, "log": np.log, "max": np.max, "min": np.min, "both": _both}[name]

    def derivative(self, evaluate, by, index=None, step=None):
        evaluate(self.value)
        return np.zeros(np.shape(self.values[by]) + np.shape(evaluate(self.value)))


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return load(write_symbols(tmp_path_factory.mktemp("symbols") / "symbols.toml"))


@pytest.fixture
def numbers():
    row = np.array([[0.2, 0.3, 0.5]])
    return Numbers(
        p=row, y=row, logits=np.log(row), E=np.float64(2.0), argument=np.float64(0.5), h=row, o=row, c=row, b_o=row[0],
        W_o=np.arange(9.0).reshape(3, 3), W_i=np.eye(3),
    )  # fmt: skip


UNREADABLE = [
    (r"p = \foo", 1, 5, r"unknown symbol \foo"),
    (r"p = 2 \delta q", 1, 7, r"unknown symbol \delta q"),
    ("p = y\n  \\odot o_t \\odot", 2, 18, "ends too early"),
    (r"p \approx y", 1, 3, r"\approx cannot be evaluated"),
    (r"p \le p", 1, 7, "both sides are the same"),
    (r"p = y / o_t h_t", 1, 13, "h cannot stand here"),
    (r"p = y / o_t / h_t", 1, 13, "/ cannot stand here"),
    (r"p = y / o_t \odot h_t", 1, 13, r"\odot cannot stand here"),
    (r"p = h_t \odot y / o_t", 1, 17, "/ cannot stand here"),
    (r"E = \sum_k p_k / y_k", 1, 16, "/ cannot stand here"),
    (r"p = \log y / o_t", 1, 5, "before a slash the argument of a function stands in a bracket"),
    (r"p = 2 y / o_t", 1, 5, "a product, then a slash and an array"),
    (r"p = 2 (y, o_t)", 1, 9, ", cannot stand here"),
    (r"E = \max(E)", 1, 11, ") cannot stand here"),
    (r"p = \operatorname{both}^2(y, o_t)", 1, 5, "a power or a prime of a function of several arguments"),
    (r"p = \operatorname{both}'(y, o_t)", 1, 5, "a power or a prime of a function of several arguments"),
    (r"E = \lVert p \rVert_1", 1, 5, r"expected \lVert x \rVert or \lVert A \rVert_2"),
    (r"p \odot y", 1, 1, "expected an equation"),
    (r"p = {y + o_t} \odot p", 1, 5, "'{' is not in the notation"),
    (r"p = y % + o_t", 1, 7, "'%' is not in the notation"),
    (r"p = y & + o_t", 1, 7, "& cannot stand here"),
    (r"p = y) \odot o_t", 1, 6, ") cannot stand here"),
    (r"p = \odot y", 1, 5, r"\odot cannot stand here"),
    (r"p = y^T", 1, 5, r"a transpose is written ^\top"),
    (r"p = \tanh(y)^2", 1, 10, "ambiguous"),
    (r"h_t = h_t", 1, 7, "both sides are the same"),
    (r"h_t = h_{t}", 1, 7, "both sides are the same"),
    (r"p_i = \sum_i p_i", 1, 7, "index i is summed over here, but stands outside"),
    (r"E = \sum_k \sum_k p_k", 1, 12, "index k is already in use"),
    (r"E = \sum_k^N p_k", 1, 5, "an upper limit needs a lower one"),
    (r"E = \sum p", 1, 5, r"expected \sum_k"),
    (r"E = \sum_{k = } p_k", 1, 5, "cannot read the limits"),
    (r"p_i W_i = y_i W_i", 1, 5, "W_{i} is a symbol by itself, but i is an index"),
    (r"E = o_{t,k}", 1, 5, "o_{t} is not declared as indexed"),
    (r"E = \delta_{ijk}", 1, 5, "Kronecker"),
    (r"\frac{\partial E}{d p} = y", 1, 1, r"expected \partial above and below"),
    (r"\frac{\partial E}{\partial p^2} = y", 1, 28, "with respect to a symbol"),
    (r"\frac{\partial \frac{\partial E}{\partial p}}{\partial p} = y", 1, 16, "a derivative within a derivative"),
    (r"p_i = y_i \quad \text{unless } i = j", 1, 17, "before a condition expected"),
    (r"p_i = y_i \quad i = i", 1, 17, "unknown symbol i"),
    (r"p_i = \begin{cases} y_i & i = i \\ 2 & \text{otherwise} \end{cases}", 1, 27, "expected as condition"),
    (r"p_i = \begin{cases} y_i & i = 1 \\ 2 & \text{perhaps} \end{cases}", 1, 36, "expected as condition"),
]

#: Shapes, ranges and values: readable, but wrong.
WRONG = [
    (r"p = y + W_o W_o", "its sides have the shapes (1, 3) and (3, 3)"),
    (r"p = y + o_t^\top", "shapes (1, 3) and (3, 1) do not go together"),
    (r"p = y o_t", r"no matrix product of shapes (1, 3) and (1, 3); element by element is written \odot"),
    (r"p = y \odot o_t^\top", "do not go together"),
    (r"W_o = p", "its sides have the shapes (3, 3) and (1, 3)"),
    (r"E = p", "its sides have the shapes () and (1, 3)"),
    (r"E = \sum_{k=1}^{4} p_k", "no element or row 4"),
    (r"E = \sum_{k=0}^{N} p_k", "no element or row 0"),
    (r"E = p_4", "no element or row 4"),
    (r"E = p^{(2)}", "no element or row 2"),
    (r"p_i = \begin{cases} y_i & i = 1 \\ y_i & i \neq 2 \end{cases}", "2 of the cases hold for i = 1"),
    (r"p_i = \begin{cases} y_i & i = 1 \end{cases}", "0 of the cases hold for i = 2"),
    (r"p_i = \delta_{ik}", "nothing says how far k runs"),
    (r"p = y^{-1}", "a negative power of an array"),
    (r"W_o = W_o^{-1}", "division by zero"),
    (r"[p, 2] = y", "arrays can be joined, or numbers"),
    (r"p = \begin{bmatrix} y \\ W_o & E \end{bmatrix}", "cells of the matrix"),
    (r"p = \operatorname{diag}(W_o)", "diag needs a row"),
    (r"\frac{\partial W_o}{\partial p} = W_o", "not an array of two axes"),
    (r"E = \frac{1}{0}", "division by zero"),
    (r"p = y = 2 y - y + o_t", "equality 2 of 2 does not hold: residual 0.5, tolerance 1e-12 on scope given (values)"),
    (r"p - p = 10^{-3} p", "does not hold"),
    (r"p - y + 0.1 = 0", "does not hold"),
    (r"p = y + \log(E - E)", "residual nan"),
    (r"(p, y) = (p, y + 1)", "left side (part 2):  [[0.2, 0.3, 0.5]]"),
    (r"(p, y) = \operatorname{both}(y, 2 p)", "does not hold: residual 0.447"),
    (r"(p, y) = \operatorname{both}(p, y, y)", "both does not take these arguments"),
    (r"(p, y) = (p, y, y)", "its sides have 2 values and 3 values"),
    (r"(p, y) = p + 0", "its sides have 2 values and one value"),
    (r"p = 2 \operatorname{both}(y, p)", "both has 2 results: it must be a whole side"),
    (r"E = \min(E, p)", "is taken of numbers, not of shapes (), (1, 3)"),
    (r"p < y", "the inequality does not hold: residual 0, tolerance"),
    (r"p \ge 0.3", "the inequality does not hold: residual 0.333"),
    (r"p = y \le 0.4", "inequality 2 of 2 does not hold: residual 0.2"),
    (r"0 \ge p", "does not hold"),
    (r"W_o \le p", "its sides have the shapes (3, 3) and (1, 3)"),
]


@pytest.mark.parametrize("tex, line, column, message", UNREADABLE)
def test_unreadable(tex, line, column, message, table, numbers):
    with pytest.raises(EquationError) as caught:
        check(tex, table, numbers)
    assert message in str(caught.value)
    assert (caught.value.line, caught.value.column, caught.value.unreadable) == (line, column, True)
    *_, excerpt, caret = str(caught.value).splitlines()
    assert excerpt[caret.index("^") :].strip() == tex.splitlines()[line - 1][column - 1 :].strip()


@pytest.mark.parametrize("tex, message", WRONG)
def test_wrong(tex, message, table, numbers):
    with pytest.raises(EquationError) as caught:
        check(tex, table, numbers)
    assert message in str(caught.value)
    assert caught.value.line == 1 and not caught.value.unreadable


def test_mismatch_shows_both_sides(table, numbers):
    with pytest.raises(EquationError) as caught:
        check(r"p_i = y_i (1 - \delta_{i2})", table, numbers)
    assert "left side (i = 2):  0.3\n    right side (i = 2): 0\n" in str(caught.value)


def test_plain_zero_is_relative_to_the_terms(table, numbers):
    assert check(r"p - 0.4 y - 0.6 o_t = 0", table, numbers).value < 1e-15
    assert check(r"0 = 1 - \sum_k p_k", table, numbers).shapes == "()"


def test_not_applicable(table, numbers):
    two = {name: np.vstack([value, value]) for name, value in numbers.values.items() if np.shape(value) == (1, 3)}
    several = Numbers(batch=2, **two)
    for tex in (r"p_i = y_i", r"\frac{\partial p}{\partial y} = p^\top y", r"p = \sqrt{y}", r"p = E y", r"p = h_{t+1}"):
        with pytest.raises(NotApplicable):
            check(tex, table, several)
    with pytest.raises(NotApplicable, match="meet the conditions"):
        check(r"p_i p_j = y_i y_j \quad i \neq j, i = j", table, numbers)
    assert check(r"p^{(n)} = y^{(n)}", table, several).shapes == "(1, 3) for all n"


def test_a_known_function_value_stands_in(table, numbers):
    numbers.values["tanh_c"] = np.tanh(numbers.values["c"])
    numbers.values["h_layer"] = numbers.values["tanh_c"] ** 2
    numbers.function = {}.__getitem__
    assert check(r"h_t^{(2)} = \tanh^2(c_t)", table, numbers).value == 0
    with pytest.raises(NotApplicable):
        check(r"h_t^{(2)} = \tanh(o_t)", table, numbers)


def test_exact_numbers_stay_exact(table):
    thirds = np.array([Fraction(1, 3)] * 3, dtype=object)
    exact = Numbers(tolerance=0, p=thirds, y=np.array([1, 0, 2]), E=Fraction(1, 2), o=thirds.astype(float))
    residual = check(r"p = \frac{1}{3} (y - y + 1) = 0.5 \frac{2 p}{2 E}", table, exact)
    assert (residual.value, residual.shapes) == (0, "(1, 3)")
    assert check(r"E = \frac{1}{2} \sum_k \frac{y_k}{3}", table, exact).value == 0
    with pytest.raises(EquationError, match="1 of 3 entries differ"):
        check(r"p_i = \frac{1}{3} + \frac{\delta_{i1}}{10000000000000000000000}", table, exact)
    with pytest.raises(TypeError, match="tolerance 0"):
        check(r"p = o_t", table, exact)
    exact.function = lambda name: np.exp
    with pytest.raises(TypeError, match="not exact"):
        check(r"p_i = e^{y_i}", table, exact)
