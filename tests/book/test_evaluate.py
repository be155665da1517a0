"""The evaluator of equations: what is right holds on two kinds of numbers, and every small error in it is caught."""

import contextlib

import pytest
from proveq.mutants import mutations
from proveq.sphinx import EquationError, NotApplicable, check, load
from reference_scopes import ComplexStep, Exact, Scope, cell, softmax, write_symbols


def softmax_scopes():
    shapes = {"logits": (1, 4), "y_raw": (1, 4), "argument": (), "u": (1, 3)}
    return [Scope("softmax", numbers(), softmax, {"B": 1, "N": 4}, shapes) for numbers in (Exact, ComplexStep)]


def cell_scopes(batch, steps, t):
    B, T, D, H = batch, steps, 3, 2
    shapes = {"h_start": (B, H), "c_start": (B, H), "inputs": (T, B, D), "W_o": (H, D + H), "b_o": (H,)}
    shapes |= {"keep": (T, B, H), "add": (T, B, H), "G": (T, B, H), "G_c": (B, H)}
    sizes = {"B": B, "T": T, "D": D, "H": H}
    return [Scope(f"cell {B} {T}", numbers(), cell, sizes, shapes, t) for numbers in (Exact, ComplexStep)]


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return load(write_symbols(tmp_path_factory.mktemp("symbols") / "symbols.toml"))


@pytest.fixture(scope="module")
def scopes():
    return {
        "softmax": softmax_scopes(),
        "step": cell_scopes(1, 1, 1) + cell_scopes(2, 1, 1),
        "sequence": cell_scopes(2, 3, 2),
    }


JACOBIAN = r"\frac{\partial p_i}{\partial \ell_j} = "
DIAGONAL = JACOBIAN + r"p_i (1 - p_j) \quad \text{if } i = j, \qquad p_k^2 = p_k p_k \quad \text{(always)}"
CASES = JACOBIAN + r"\begin{cases} p_i (1 - p_j) & \text{if } i = j, \\ -p_i p_j & i \neq j \end{cases}"
OTHERWISE = JACOBIAN + r"\begin{cases} p_i - p_j^2 & i = j \\ -p_i p_j & \text{otherwise} \end{cases}"
LINES = r"""\begin{aligned}
    \frac{\partial p_i}{\partial \ell_j}
    &= \frac{\delta_{ij} e^{\ell_i} \sum_k e^{\ell_k} - e^{\ell_i} e^{\ell_j}}{\left(\sum_k e^{\ell_k}\right)^{2}} \\
    &= \frac{e^{\ell_i}}{\sum_k e^{\ell_k}} \cdot
        \frac{\delta_{ij} \sum_k e^{\ell_k} - e^{\ell_j}}{\sum_m e^{\ell_m}} \\
    &= p_i \delta_{ij} \\
    &\quad - p_i p_j
\end{aligned}"""
NOTHING = r"\sum_j \frac{\partial p_i}{\partial \ell_j} = 0"
LABELS = r"\frac{\partial E}{\partial \ell_j} = -y_j (1 - p_j) + \sum_{k \neq j} y_k p_j = p_j \sum_k y_k - y_j"

EQUATIONS = {
    "softmax": [
        r"p_i = \frac{e^{\ell_i}}{\sum_k e^{\ell_k}}",
        r"\hat{p}_i = \frac{\exp(\ell_i)}{\sum_{k=1}^{N} \exp \ell_k} = \hat p_i + p_i - \bigl(\hat p_i\bigr)",
        r"p_i = \frac{e^{\ell_i}}{e^{\ell_i} + \sum_{k \neq i} e^{\ell_k}}",
        r"p = \frac{1}{\sum_{k} e^{\ell_k}} "
        r"\begin{bmatrix} e^{\ell_1} & e^{\ell_2} & e^{\ell_3} & e^{\ell_4} \end{bmatrix}",
        r"\frac{\partial p_i}{\partial \ell_j} = p_i (\delta_{ij} - p_j)",
        r"\frac{\partial p}{\partial \ell} = \operatorname{diag}(p) - p^\top p",
        DIAGONAL,
        r"\frac{\partial p_i}{\partial \ell_j} = -p_i p_j \qquad i \neq j.",
        CASES,
        OTHERWISE,
        r"\frac{\partial p_i}{\partial \ell_j} = \frac{\frac{\partial e^{\ell_i}}{\partial \ell_j} \sum_k e^{\ell_k}"
        r" - e^{\ell_i} \frac{\partial}{\partial \ell_j}\sum_k e^{\ell_k}}{\left(\sum_k e^{\ell_k}\right)^2}",
        LINES,
        NOTHING,
        r"E = -\sum_k y_k \log p_k = -y \cdot \log(p)^\top",
        r"\frac{\partial E}{\partial p_k} = -\frac{y_k}{p_k}, \quad \delta p = -\frac{y}{p}",
        r"\frac{\partial E}{\partial \ell_j}"
        r" = \sum_k \frac{\partial E}{\partial p_k}\frac{\partial p_k}{\partial \ell_j} = p_j - y_j",
        LABELS,
        r"\delta \ell = \frac{\partial E}{\partial \ell}"
        r" = \frac{\partial E}{\partial p}\,\frac{\partial p}{\partial \ell} = p - y",
        r"\delta \ell = p \odot \Bigl( \delta p - \sum_k p_k \, \delta p_k \Bigr)",
        r"\frac{d e^x}{dx} = e^{x}, \quad \frac{d}{dx} e^{2x} = 2 e^{2x}",
        r"\sigma'(x) = \sigma(x)(1-\sigma(x)) = \frac{d}{dx} \sigma(x) = \frac{d \sigma(x)}{d x}",
        r"\tanh'(u) = 1 - \tanh^2(u) = \frac{d \tanh(u)}{d u}",
        r"\frac{\mathrm{d}}{\mathrm{d} u} (0.5 u^2 - \frac{1}{3} u) = u - \frac{1}{3}",
    ],
    "step": [
        r"z_t = [x_t, h_{t-1}]",
        r"[\delta x_t, \delta h_{t-1}] = \delta z_t = \delta a_{o,t} W_o",
        r"a_{o,t} = z_t W_o^\top + b_o",
        r"\frac{\partial a_{o,t}}{\partial z_t} = W_o",
        r"o_t = \sigma(z_t W_o^{\top} + b_o) = \sigma(a_{o,t})",
        r"h_t = o_t \odot \tanh(c_t) = o_t \odot \tanh c_t",
        r"\frac{\partial E}{\partial o_t} = \frac{\partial E}{\partial h_t}\,\frac{\partial h_t}{\partial o_t}",
        r"\delta a_{o,t} = \delta h_t \odot \tanh(c_t) \odot \sigma'(a_{o,t})",
        r"\delta a_{o,t} = \delta h_t \odot \tanh(c_t) \odot o_t \odot (1 - o_t)",
        r"\delta W_o = \delta a_{o,t}^\top z_t = \sum_{n=1}^{B} \delta a_{o,t}^{(n)\top} z_t^{(n)}",
        r"\delta b_o = \sum_{n=1}^{B} \delta a_{o,t}^{(n)} = \mathbf{1}^\top \delta a_{o,t}",
        r"a_{o,t}^{(n)} = z_t^{(n)} W_o^\top + b_o \quad \text{for all } n",
        r"\frac{\partial h_t^{(n)}}{\partial a_{o,t}^{(n)}} = "
        r"\operatorname{diag}(\tanh(c_t^{(n)}) \odot o_t^{(n)} \odot (1 - o_t^{(n)}))",
        r"\delta c_t = \delta h_t \odot o_t \odot (1 - \tanh^2(c_t)) + \delta c_{\mathrm{next}}",
    ],
    "sequence": [
        r"\delta W_o = \sum_{t=1}^{T} \delta a_{o,t}^\top z_t = \sum_{s=1}^{T} \delta a_{o,s}^\top \, [x_s, h_{s-1}]",
        r"\delta b_o = \sum_{t=1}^T \sum_{n=1}^B \delta a_{o,t}^{(n)}",
        r"\delta c_t = \delta h_t \odot o_t \odot (1 - \tanh^2(c_t)) + \delta c_{\mathrm{next}}",
        r"\sum_{t=1}^{T} a_{o,t}^{[2]} = 2 \sum_{s=1}^{T} a_{o,s}",
        r"h_T = o_3 \odot \tanh(c_3) = h_{t-1} - h_1 + h_T",
    ],
}

#: Mutations that leave an equation true: equation, what was replaced by what, and why it is still true.
EQUIVALENT = [
    (DIAGONAL, r"{\partial p_i}", r"{\partial p_j}", "i = j here"),
    (DIAGONAL, r"\ell_j}", r"\ell_i}", "i = j here"),
    (DIAGONAL, r"= p_i (", r"= p_j (", "i = j here"),
    (DIAGONAL, r"1 - p_j", r"1 - p_i", "i = j here"),
    (CASES, r"1 - p_j", r"1 - p_i", "i = j in this row"),
    (CASES, r"p_i (1", r"p_j (1", "i = j in this row"),
    (OTHERWISE, r"p_j^2", r"p_i^2", "i = j in this row"),
    (OTHERWISE, r"p_i - p", r"p_j - p", "i = j in this row"),
    (LINES, r"\delta_{ij} e^{\ell_i}", r"\delta_{ij} e^{\ell_j}", "Kronecker's delta is 0 unless i = j"),
    (LINES, r"p_i \delta_{ij}", r"p_j \delta_{ij}", "Kronecker's delta is 0 unless i = j"),
    (NOTHING, r"\sum_j", r"\sum_i", "the Jacobian of softmax is symmetric: its columns sum to 0 as its rows do"),
    (LABELS, r"p_j \sum_k y_k - y_j", r"p_j - y_j", "the labels sum to 1"),
]

ALL = [(given, tex) for given, equations in EQUATIONS.items() for tex in equations]


@pytest.mark.parametrize("given, tex", ALL)
def test_holds(given, tex, table, scopes):
    oracles = set()
    for scope in scopes[given]:
        try:
            residual = check(tex, table, scope)
        except NotApplicable:
            continue
        oracles.add(scope.oracle)
        assert residual.value == 0 if scope.tolerance == 0 else residual.value < 1e-14
    assert oracles == {"exact", "complex step"}


@pytest.mark.sampled(4)
@pytest.mark.parametrize("given, tex", ALL)
def test_small_errors_raise(given, tex, table, scopes):
    excused = {"".join(tex.replace(old, new).split()) for equation, old, new, _ in EQUIVALENT if equation == tex}
    survivors = set()
    for mutated in mutations(tex):
        held = False
        try:
            for scope in scopes[given]:
                with contextlib.suppress(NotApplicable):
                    held = bool(check(mutated, table, scope))
        except EquationError:
            continue
        # What no scope can evaluate, the gate refuses.
        if held:
            survivors.add("".join(mutated.split()))
    assert survivors == excused


def test_straight_d_is_of_one_variable(table, scopes):
    for scope in scopes["softmax"]:
        with pytest.raises(EquationError, match="not a function of one variable"):
            check(r"\frac{d p}{d \ell} = p \odot (1 - p)", table, scope)


def test_mutations_are_made():
    made = mutations(r"a_i = b^\top \odot c_j - 2 d \quad i \neq j")
    assert len(mutations(r"\delta W_o = \delta a_{o,t}^\top z_t")) == 7
    for expected in (r"a_j = b", "b ", "+ 2 d", "- 3 d", "- 2 ", r"\quad j \neq j"):
        assert any(expected in mutated for mutated in made), expected
