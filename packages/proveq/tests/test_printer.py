"""The printer: for a line of code, the equation that a careful author would write."""

import re

import printing
import pytest
from printing import body
from proveq.sphinx.equations.printer import PrinterError, typeset


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return printing.table(tmp_path_factory.mktemp("table") / "symbols.toml")


SUMS = [
    ("r = a + b + c", r"a + b + c_t"),
    ("r = a + (b + c)", r"a + b + c_t"),
    ("r = a - b - c", r"a - b - c_t"),
    ("r = a - (b - c)", r"a - (b - c_t)"),
    ("r = a - (b + c)", r"a - (b + c_t)"),
    ("r = a + (b - c)", r"a + b - c_t"),
    ("r = a + -b", r"a + (-b)"),
    ("r = a - -b", r"a - (-b)"),
    ("r = -(a + b)", r"-(a + b)"),
    ("r = -a", r"-a"),
    ("r = -a + b", r"-a + b"),
    ("r = - -a", r"-(-a)"),
    ("r = 1 - g * g", r"1 - g_t^2"),
]
PRODUCTS = [
    ("r = a * b * c", r"a \odot b \odot c_t"),
    ("r = a * (b * c)", r"a \odot b \odot c_t"),
    ("r = a * (b + c)", r"a \odot (b + c_t)"),
    ("r = (a + b) * c", r"(a + b) \odot c_t"),
    ("r = (1 - a) * b", r"(1 - a) \odot b"),
    ("r = a * (1 - b)", r"a \odot (1 - b)"),
    ("r = -a * b * c", r"-a \odot b \odot c_t"),
    ("r = -(a * b)", r"-a \odot b"),
    ("r = -(a + b) * c", r"-(a + b) \odot c_t"),
    ("r = a * -b", r"a \odot (-b)"),
    ("r = 0.5 * x", r"0.5 x_t"),
    ("r = x * 0.5", r"0.5 x_t"),
    ("r = -0.5 * x", r"-0.5 x_t"),
    ("r = x * -0.5", r"-0.5 x_t"),
    ("r = -x * -0.5", r"0.5 x_t"),
    ("r = 0.5 * d_x", r"0.5 \, \delta x_t"),
    ("r = 2 * 3 * x", r"2 \cdot 3 x_t"),
    ("r = eta * 2 * x", r"2 \eta \, x_t"),
    ("r = eta * d_x", r"\eta \, \delta x_t"),
    ("r = x * eta", r"\eta \, x_t"),
    ("r = (1 - eta) * x", r"(1 - \eta) \, x_t"),
    ("r = eta * (a + b)", r"\eta (a + b)"),
    ("r = eta * a * b", r"\eta \, a \odot b"),
    ("r = a * E[..., None]", r"E \, a"),
    ("r = 1e-8 + x", r"10^{-8} + x_t"),
    ("r = 2.5e-7 * x", r"2.5 \cdot 10^{-7} x_t"),
]
POWERS = [
    ("r = x ** 2", r"x_t^2"),
    ("r = x ** 10", r"x_t^{10}"),
    ("r = g * g", r"g_t^2"),
    ("r = a * a * a * b", r"a^3 \odot b"),
    ("r = a * b * a", r"a \odot b \odot a"),
    ("r = (a + b) * (a + b)", r"(a + b)^2"),
    ("r = (a + b) ** 2", r"(a + b)^2"),
    ("r = (a * b) ** 2", r"(a \odot b)^2"),
    ("r = (-a) ** 2", r"(-a)^2"),
    ("r = -a ** 2", r"-a^2"),
    ("r = d_x * d_x", r"(\delta x_t)^2"),
    ("r = (a ** 2) ** 3", r"(a^2)^3"),
    ("r = tanh_c * tanh_c", r"\tanh^2(c_t)"),
    ("r = np.tanh(a + b) ** 2", r"\tanh^2(a + b)"),
    ("r = np.exp(a) ** 2", r"(e^{a})^2"),
    ("r = (a / b) ** 2", r"\left(\frac{a}{b}\right)^2"),
    ("r = 2 * 2", r"2 \cdot 2"),
]
FRACTIONS = [
    ("r = a / b", r"\frac{a}{b}"),
    ("r = (a + b) / c", r"\frac{a + b}{c_t}"),
    ("r = a / b * c", r"\frac{a}{b} \odot c_t"),
    ("r = a / (b * c)", r"\frac{a}{b \odot c_t}"),
    ("r = -a / b", r"-\frac{a}{b}"),
    ("r = -(a + b) / c", r"-\frac{a + b}{c_t}"),
    ("r = a - b / 2", r"a - \frac{b}{2}"),
    ("r = eta / 2 * x", r"\frac{\eta}{2} \, x_t"),
    ("r = np.tanh(x / 2)", r"\tanh\left(\frac{x_t}{2}\right)"),
    ("r = a * (1 - b / c)", r"a \odot \left(1 - \frac{b}{c_t}\right)"),
]
MATRICES = [
    ("r = a @ W.T + b_f", r"a W^\top + b_f"),
    ("r = (a @ b).T", r"(a b)^\top"),
    ("r = (a + b).T @ c", r"(a + b)^\top c_t"),
    ("r = a @ b @ c", r"a b c_t"),
    ("r = a @ (b @ c)", r"a b c_t"),
    ("r = (a + b) @ c", r"(a + b) c_t"),
    ("r = (a * b) @ c", r"(a \odot b) c_t"),
    ("r = a * (b @ c)", r"a \odot (b c_t)"),
    ("r = a * (0.5 * b @ c)", r"a \odot (0.5 b c_t)"),
    ("r = 0.5 * (a @ b)", r"0.5 a b"),
    ("r = 0.5 * a @ b", r"0.5 a b"),
    ("r = a @ (0.5 * b)", r"a (0.5 b)"),
    ("r = -a @ b", r"-a b"),
    ("r = d_x.T @ d_c", r"\delta x_t^\top \, \delta c_t"),
    ("r = (a / b).T", r"\left(\frac{a}{b}\right)^\top"),
    ("r = (a ** 2).T", r"(a^2)^\top"),
    ("r = W.T ** 2", r"(W^\top)^2"),
    ("r = np.concatenate([x, a + b], axis=-1)", r"[x_t, a + b]"),
    ("r = np.concatenate((x, a), axis=-1) @ W.T", r"[x_t, a] W^\top"),
]
REDUCTIONS = [
    ("r = d_x.sum(axis=0)", r"\sum_{n=1}^{B} \delta x_t^{(n)}"),
    ("r = np.sum(d_x, axis=0)", r"\sum_{n=1}^{B} \delta x_t^{(n)}"),
    ("r = (a * b_f).sum(axis=0)", r"\sum_{n=1}^{B} a^{(n)} \odot b_f"),
    ("r = (a + b).sum(axis=0)", r"\sum_{n=1}^{B} (a^{(n)} + b^{(n)})"),
    ("r = (a * a).sum(axis=0)", r"\sum_{n=1}^{B} (a^{(n)})^2"),
    ("r = tanh_c.sum(axis=0)", r"\sum_{n=1}^{B} \tanh(c_t^{(n)})"),
    ("r = a.sum(axis=0) * b", r"\left(\sum_{n=1}^{B} a^{(n)}\right) \odot b"),
    ("r = b * a.sum(axis=0)", r"b \odot \sum_{n=1}^{B} a^{(n)}"),
    ("r = eta * a.sum(axis=0)", r"\eta \, \sum_{n=1}^{B} a^{(n)}"),
    ("r = a.sum(axis=0) + b", r"\sum_{n=1}^{B} a^{(n)} + b"),
    ("E = -(y * log_p).sum(axis=-1)", r"-\sum_{k} y_k \, \log(p_k)"),
    ("E = (p * y).sum(axis=-1).sum(axis=0)", r"\sum_{n=1}^{B} \sum_{k} p_k^{(n)} \, y_k^{(n)}"),
    ("E = p.sum(axis=-1) - q.sum(axis=-1)", r"\sum_{k} p_k - \sum_{k} q_k"),
    ("r = E.sum(axis=0) * a", r"\left(\sum_{n=1}^{B} E^{(n)}\right) \, a"),
    ("E = E.sum(axis=0)", r"\sum_{n=1}^{B} E^{(n)}"),
    ("E = (y * y.sum(axis=-1)).sum(axis=-1)", r"\sum_{k} y_k \, \sum_{m} y_m"),
    ("v = q / q.sum(axis=-1, keepdims=True)", r"\frac{q_i}{\sum_{k} q_k}"),
    (
        "v = p * (d_p - (p * d_p).sum(axis=-1, keepdims=True))",
        r"p_i \left(\delta p_i - \sum_{k} p_k \, \delta p_k\right)",
    ),
    ("v = q - np.max(q, axis=-1, keepdims=True)", r"q_i - \max_{k} q_k"),
    ("v = q - q.real.max(axis=-1, keepdims=True)", r"q_i - \max_{k} q_k"),
    ("v = q - np.log(np.exp(q).sum(axis=-1, keepdims=True))", r"q_i - \log\left(\sum_{k} e^{q_k}\right)"),
    ("v = eta * p * p.sum(axis=-1)", r"\eta \, p_i \, \sum_{k} p_k"),
    ("v = p.sum(axis=-1) * p * E", r"\left(\sum_{k} p_k\right) \, p_i \, E"),
]
CALLS = [
    ("r = np.tanh(a)", r"\tanh(a)"),
    ("r = sigmoid(a + b)", r"\sigma(a + b)"),
    ("r = np.tanh(sigmoid(a))", r"\tanh(\sigma(a))"),
    ("r = a * np.exp(-b)", r"a \odot e^{-b}"),
    ("r = np.sqrt(a + b) * c", r"\sqrt{a + b} \odot c_t"),
    ("r = softmax(v)", r"\operatorname{softmax}(v)"),
    ("r = softmax(v, axis=-1)", r"\operatorname{softmax}(v)"),
    ("r = tanh_c", r"\tanh(c_t)"),
    ("r = sigma_a * a", r"\sigma(a) \odot a"),
]
NAMES = [
    ("r = trace.c", r"c_t"),
    ("r = trace.cell.c * parameters.b_f", r"c_t \odot b_f"),
    ("r = self.W.T", r"W^\top"),
    ("r = c[t]", r"c_t"),
    ("r = c[:, t]", r"c_t"),
    ("r = trace.c[t] * x", r"c_t \odot x_t"),
    ("r = c[t-1]", r"c_{t-1}"),
    ("r = (a + b)[:, t]", r"a + b"),
    ("r = z[:, :D]", r"z_{1:D}"),
    ("r = other", r"x_t"),
    ("r = fancy(a)[0] * b", r"\star \odot b"),
    ("r = a.real", r"a"),
]


@pytest.mark.parametrize(
    "line, tex",
    [*SUMS, *PRODUCTS, *POWERS, *FRACTIONS, *MATRICES, *REDUCTIONS, *CALLS, *NAMES],
    ids=lambda value: value,
)
def test_right_hand_sides(table, line, tex):
    found = typeset(body(line), line.split()[0], table)
    assert found.tex.split(" = ", 1)[1] == tex
    assert found.line == line


@pytest.mark.parametrize(
    "line, message",
    [
        ("r = a * nobody", "`nobody`: no symbol `nobody` in symbols.toml"),
        ("r = trace.nobody", "`nobody`: no symbol `nobody`"),
        ("r = softmax(a).c", "`softmax(a).c`: no symbol"),
        ("r = a if b else c", "`a if b else c`: IfExp is not a notation"),
        ("r = a % b", "`a % b`: BinOp is not a notation"),
        ("r = +a", "`+a`: UnaryOp is not a notation"),
        ("r = 'a'", "`'a'`: is not a number"),
        ("r = True", "`True`: is not a number"),
        ("r = np.where(a)", "no function `where` in [_functions] of symbols.toml"),
        ("r = np.tanh(a, out=b)", "`np.tanh(a, out=b)`: expected one argument"),
        ("r = np.tanh(a, b)", "`np.tanh(a, b)`: expected one argument"),
        ("r = a.tanh()", "no notation for the method `.tanh`"),
        ("r = x[:, 1:]", "`x[:, 1:]`: is not a declared form: give it as `code`"),
        ("r = c[t - 2]", "`c[t - 2]`: is not a declared form"),
        ("r = x[:, None, :]", "`x[:, None, :]`: is not a declared form"),
        ("r = (a + b)[..., None]", "`(a + b)[..., None]`: is not a declared form"),
        ("r, u = softmax(a)", "`softmax(a)[0]`: is not a declared form"),
        ("r, *u = a, b", "`(a, b)[0]`: is not a declared form"),
        ("r = a.sum()", "`a.sum()`: expected sum of one array with axis=-1 or axis=0"),
        ("r = a.sum(0)", "`a.sum(0)`: expected sum of one array"),
        ("r = a.sum(axis=(0, 1))", "expected sum of one array"),
        ("r = a.sum(axis=0, where=b)", "expected sum of one array"),
        ("r = a.max(axis=0)", "expected max of one array with axis=-1"),
        ("E = a.sum(axis=-1)", "`a`: a stands in a sum over the last axis, but is not declared `indexed`"),
        ("r = p * p.sum(axis=-1)", "`r`: is a sum over the last axis; r would have to be `indexed`, or a scalar"),
        ("v = p * p.sum(axis=-1) @ W", "a matrix product cannot be written in elements"),
        ("v = p.T * p.sum(axis=-1)", "`p.T`: a scalar, an element or one row"),
        ("r = a.T.sum(axis=0)", "`a.T`: a scalar, an element or one row"),
        ("v = softmax(p) * p.sum(axis=-1)", "`softmax` mixes the elements of a vector"),
        ("v = np.concatenate([p], axis=-1) * p.sum(axis=-1)", "a joined array cannot be written in elements"),
        ("E = (p * (p * p.sum(axis=-1)).sum(axis=-1)).sum(axis=-1)", "sums within sums: only k, m are declared"),
        ("r = np.concatenate([a, b])", "expected a list of arrays, and axis=-1"),
        ("r = np.concatenate(a, axis=-1)", "expected a list of arrays, and axis=-1"),
        ("r = np.tanh(a)[0] + fancy(b)[0]", "is not a declared form"),
        ("r = trace.r", "both sides are written r"),
    ],
)
def test_what_cannot_be_set_is_an_error(table, line, message):
    with pytest.raises(PrinterError) as caught:
        typeset(body("x = a", line), line.split()[0].strip(","), table)
    assert message in str(caught.value)
    assert re.match(r"<stub-\d+>:3: `", str(caught.value))
    assert f"`{line}`" in str(caught.value)


def test_errors_of_a_substituted_line_point_at_it(table):
    with pytest.raises(PrinterError, match=r">:2: `r = u \* a`: `nobody`"):
        typeset(body("u = nobody", "r = u * a"), "r", table, ["u"])
