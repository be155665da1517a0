"""A small mistake in any typed equation of the book is noticed, in definitions and citations too.

A sign flipped, a factor or a transpose dropped, an index, a number or a step of time changed, two parts exchanged.
"""

import pytest
from mutations import mutations
from proveq.sphinx import EquationError, NotApplicable, check
from test_every_equation import EQUATIONS, scopes, table

# Changed, and still true: each with the reason.
STILL_TRUE = {
    ("eq:activations-sigmoid-quotient", "number"): "a constant vanishes when it is differentiated",
    ("eq:cross-entropy-d-p", "index k -> i"): "of the sum over k only the term k = i is not zero",
    ("eq:cross-entropy-d-gathered", "factor dropped"): "the labels sum to 1",
    ("eq:cross-entropy-hessian", "sign"): "the labels do not depend on the logits",
    (
        "eq:layer-norm-lstm-cell-carry",
        "factor dropped",
    ): "a column of ones, added to all, is the matrix of ones",
    ("eq:softmax-above", "index i -> j"): "i = j in this case",
    ("eq:softmax-off-diagonal-quotient", "factor dropped"): "the factor multiplies a zero",
    ("eq:softmax-off-diagonal-quotient", "factor exchanged"): "the factor multiplies a zero",
    ("eq:vanishing-gradients-bound", "norm"): "the root of the sum of squares is a bound too, a larger one",
    ("eq:softmax-cases", "index j -> i"): "i = j in this case",
    ("eq:softmax-cases", "index i -> j"): "i = j in this case",
}
TYPED = [equation for equation in EQUATIONS if not {"code", "unevaluated"} & equation.options.keys()]


def holds(tex, given):
    """Whether the gate would let the equation pass: some scope can evaluate it, and it holds on every one that can."""
    held = False
    for scope in scopes(given):
        try:
            check(tex, table(), scope)
        except NotApplicable:
            continue
        except EquationError as error:
            if not error.unreadable:
                return False
            continue
        held = True
    return held


@pytest.mark.slow
@pytest.mark.parametrize("equation", [pytest.param(equation, id=equation.label) for equation in TYPED])
def test_a_mistake_is_noticed(equation):
    survivors = {change for tex, change in mutations(equation.text).items() if holds(tex, equation.given)}
    expected = {change for label, change in STILL_TRUE if label == equation.label}
    assert survivors == expected
