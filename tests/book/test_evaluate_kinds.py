"""Tuples, order, slashes, and cases of a label: what is right holds, and each way to get it wrong is refused."""

import pytest
from proveq import ComplexStep, Exact, FiftyDigits, Model, OrderedExact, Scope
from proveq.sphinx import EquationError, NotApplicable, check
from test_every_equation import EQUATIONS, scopes, table
from test_typed_mistakes import holds


class Three(Model):
    """A few numbers, none of them like another, and a function of two arguments."""

    chapter = "output"
    sizes = {"N": 3}

    def inputs(self, numbers):
        # Eighths, which every kind of numbers has.
        return {"p": numbers.given([1, 2, 5]) / 8, "logits": numbers.given([2, -3, 5])}

    def steps(self):
        return {
            "exchange": lambda _, a, b: (b, a + b),
            "overleftarrow{exchange}": lambda _, a, b: (a - b, a),
            "exchange^{[2]}": lambda _, a, b: a,
        }

    def run(self, v, probe, numbers):
        probe("loss", (v["p"] * v["p"]).sum())


def oracles(tex):
    """The kinds of numbers on which an equation of `Three` is evaluated."""
    held = []
    for numbers in (Exact(), OrderedExact(), FiftyDigits(), ComplexStep()):
        try:
            check(tex, table(), Scope("three", numbers, Three()))
        except NotApplicable:
            continue
        held.append(numbers.kind)
    return held


EVERY = [Exact.kind, OrderedExact.kind, FiftyDigits.kind, ComplexStep.kind]
HOLDS = [
    (r"(p, \ell + p) = \operatorname{exchange}(\ell, p)", EVERY),
    (r"(2 p, p + \ell) = \overleftarrow{\operatorname{exchange}}(\ell + p, \ell - p)", EVERY),
    (r"p_i = 1 \cdot \operatorname{exchange}^{[2]}(p_i, \ell_i)", EVERY),
    (r"(p_i, 2 \ell_i) = (p_i + 0, \ell_i + \ell_i)", EVERY),
    (r"p_1 / 2 = 1/8 - 1/16 = \frac{1}{16}", EVERY),
    (r"2 p / 4 + 1/2 - 0.5 = \ell / \frac{2 \ell}{p}", EVERY),
    (r"\partial E / \partial p = 2 p", EVERY),
    (r"\partial E / \partial p_i = (4 p_i) / 2", EVERY),
    (r"(\partial E / \partial p) / 2 = p", EVERY),
    (r"0 < p \le 5/8 < 1", EVERY[1:]),
    (r"\ell_i \geq -3 > -4", EVERY[1:]),
    (r"\begin{aligned} \ell - 1 &\lt \ell + 0 \\ &\leq \ell + p \end{aligned}", EVERY[1:]),
    (r"\max(p_1, 1/2, \ell_2) = 1/2", EVERY[1:]),
    (r"\min\Bigl(p_i, \frac{1}{4}\Bigr) \le 1/4", EVERY[1:]),
    (r"\lVert p \rVert_2^2 = \lVert p \rVert^2", [ComplexStep.kind]),
    (r"\lVert \operatorname{diag}(\ell) \rVert_2 = 5", [ComplexStep.kind]),
]


@pytest.mark.parametrize("tex, kinds", HOLDS)
def test_holds(tex, kinds):
    assert oracles(tex) == kinds


REFUSED = [
    r"(\ell + p, p) = \operatorname{exchange}(\ell, p)",
    r"(p, \ell + p) = \operatorname{exchange}(p, \ell)",
    r"(p, \ell + p) = \overleftarrow{\operatorname{exchange}}(\ell, p)",
    r"p = 1 \cdot \operatorname{exchange}^{[2]}(\ell, p)",
    r"p_1 / 2 = 1/8 + 1/16",
    r"\partial E / \partial p = p",
    r"\partial E / \partial p = 2 \ell",
    r"0 < p < 5/8",
    r"p \ge 1/2",
    r"5/8 \le p",
    r"0 < p = \ell",
    r"\max(p_1, 1/2, \ell_2) = -3",
    r"\min(p_i, 1/4) \ge 1/4",
    r"\lVert \operatorname{diag}(\ell) \rVert_2 = \lVert \ell \rVert",
]


@pytest.mark.parametrize("tex", REFUSED)
def test_refused(tex):
    with pytest.raises(EquationError, match="does not hold"):
        oracles(tex)


def test_no_order_in_a_finite_field_and_no_derivative_that_would_be_lost():
    exact, floats = Scope("three", Exact(), Three()), Scope("three", ComplexStep(), Three())
    for tex, scope in [
        (r"p \le 1", exact),
        (r"\max(p_1, p_2) = p_2", exact),
        (r"\frac{\partial}{\partial p_1} \operatorname{exchange}^{[2]}(p_1, p_2) = 1", floats),
        (r"\frac{\partial}{\partial p} \lVert p \rVert_2 = p", floats),
    ]:
        with pytest.raises(NotApplicable):
            check(tex, table(), scope)


def test_a_strict_inequality_is_not_met_by_rounding():
    scope = Scope("three", ComplexStep(), Three())
    with pytest.raises(EquationError, match="does not hold"):
        check(r"0.3 - 0.1 < 0.2", table(), scope)
    assert check(r"0.1 + 0.2 \cdot 1 \le 0.3 + p_1 - p_1", table(), scope).value < 1e-15


#: Of the book's own equations: what to change in them, and how they are then wrong.
MISTAKES = [
    ("eq:cross-entropy-one-hot", r"1 & \text{if } k = j \\ 0", r"0 & \text{if } k = j \\ 1", "cases swapped"),
    ("eq:cross-entropy-one-hot", "k = j", r"k \neq j", "condition turned round"),
    ("eq:cross-entropy-one-hot", "k = j", "k = 1", "another label"),
    ("eq:lstm-recurrence", "h_{t-1}", "h_{t+1}", "a step to come"),
    ("eq:lstm-recurrence", "(h_t, c_t)", "(c_t, h_t)", "results exchanged"),
    ("eq:lstm-recurrence", "h_{t-1}, c_{t-1}", "c_{t-1}, h_{t-1}", "arguments exchanged"),
    ("eq:lstm-recurrence", "c_{t-1}", "c_t", "the new state for the old one"),
    ("eq:rnn-recurrence", "h_{t-1}", "h_t", "the new state for the old one"),
    ("eq:rnn-recurrence", "h_{t-1}", "h_{t+1}", "a step to come"),
    ("eq:stacked-recurrence", r"^{[2]}(h_t^{[1]}", r"^{[2]}(h_{t-1}^{[1]}", "from the layer below a step too early"),
    ("eq:stacked-recurrence", r"cell}^{[1]}", r"cell}^{[2]}", "the other layer's cell"),
    ("eq:bidirectional-recurrence", r"\overleftarrow{h}_{t+1}", r"\overleftarrow{h}_{t}", "its own state"),
    ("eq:bidirectional-recurrence", r"\overleftarrow{\op", r"\overrightarrow{\op", "the other direction's cell"),
    ("eq:bidirectional-recurrence", r"(x_t, \overrightarrow{h}_{t-1}", r"(x_{t-1}, \overrightarrow{h}_{t-1}", "input"),
    ("eq:vanishing-gradients-bound", r"\le", r"\ge", "turned round"),
    ("eq:vanishing-gradients-bound", "{T-t}", "{t-T}", "exponent turned round"),
    ("eq:vanishing-gradients-bound", "{T-t}", "{T-t-1}", "a step too few"),
    ("eq:vanishing-gradients-bound", "{T-t}", "{T-t+1}", "a step too many"),
    ("eq:vanishing-gradients-bound", r"\Bigr\rVert_2", r"\Bigr\rVert", "two different norms"),
    ("eq:through-time-gradient-descent", "W - ", "W + ", "uphill"),
    ("eq:through-time-global-norm", r")^2}", r")}", "no square"),
    ("eq:through-time-global-norm", r"\sqrt{\sum_{k} (\delta\theta_k)^2}", r"\sum_{k} (\delta\theta_k)^2", "no root"),
    ("eq:through-time-clipping", r"\min", r"\max", "the greatest"),
    (
        "eq:through-time-clipping",
        r"\frac{\nu}{\lVert \delta\theta \rVert}",
        r"\frac{\lVert \delta\theta \rVert}{\nu}",
        "",
    ),
    ("eq:through-time-clipping", r"\rVert}", r"\rVert^2}", "the norm squared"),
    ("eq:adding-problem-adam-mean", r"\mu_{n-1}", r"\mu_{n}", "a step too late"),
    ("eq:adding-problem-adam-square", r"(\delta\theta)^2", r"\delta\theta", "no square"),
    ("eq:adding-problem-adam-square", r"1 - \beta_2", r"1 - \beta_1", "the other share"),
    ("eq:adding-problem-adam-step", r"1 - \beta_1^n", r"1 - \beta_1", "not the nth power"),
    ("eq:adding-problem-adam-step", r"} + \varepsilon", r"+ \varepsilon}", "under the root"),
]


@pytest.mark.parametrize("label, old, new, what", MISTAKES, ids=[f"{row[0]}: {row[3]}" for row in MISTAKES])
def test_a_mistake_in_the_book_is_refused(label, old, new, what):
    equation = next(equation for equation in EQUATIONS if equation.label == label)
    tex = equation.tex(table())
    assert old in tex and holds(tex, equation.given)
    assert not holds(tex.replace(old, new), equation.given)


LSTM, GRU = (r"(h_t, c_t) = \operatorname{cell}(x_t, h_{t-1}, c_{t-1})", r"h_t = \operatorname{cell}(x_t, h_{t-1})")


@pytest.mark.parametrize("given", ["step", "peephole", "layer-norm-step", "embedding", "gru", "gru-before"])
def test_every_variant_has_its_own_cell(given):
    tex = GRU if "gru" in given else LSTM
    assert all(check(tex, table(), scope).value <= scope.tolerance for scope in scopes(given))
    assert not holds(tex.replace("x_t", r"(2 x_t)"), given)
