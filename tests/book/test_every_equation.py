"""The book's checks without Sphinx: every equation by its label, evaluated as displayed, and every line of code proved.

One equation: `pytest tests/book/test_every_equation.py -k eq:d-o-value`.
"""

import functools
import sys
from pathlib import Path

import numpy as np
import pytest
from proveq.sphinx import NotApplicable, check, equations_of, load

from lstmderiv.verify import SUBJECTS, prove

BOOK = Path(__file__).parents[2] / "book"
EQUATIONS = list(equations_of(BOOK))
# A line in the loop over time assigns one step's value; it is proved by what is made of all of them.
MADE_OF = {"d_h_t": "d_x"}
# A scope on which another branch of the code runs: the subject that runs it too.
SUBJECT = {"gru-before": "gru_cell, reset before"}
BACKWARD = {(s.backward.__module__, s.backward.__name__) for s in SUBJECTS.values()}


@functools.cache
def table():
    return load(BOOK / "symbols.toml")


@functools.cache
def scopes(name):
    sys.path.insert(0, str(BOOK))
    from scopes import SCOPES

    return SCOPES[name]()


def labelled(equations):
    return [pytest.param(equation, id=equation.label) for equation in equations]


def test_the_pages_hold_equations():
    assert len(EQUATIONS) > 50
    assert len({equation.label for equation in EQUATIONS}) == len(EQUATIONS)


# The build evaluates every one as well.
@pytest.mark.sampled(24)
@pytest.mark.parametrize("equation", labelled(e for e in EQUATIONS if "unevaluated" not in e.options))
def test_equation_holds_as_displayed(equation):
    tex = equation.tex(table())
    held = []
    for scope in scopes(equation.given):
        try:
            check(tex, table(), scope)
        except NotApplicable:
            continue
        held.append(scope.oracle)
    assert held, "no scope can evaluate it"


def proved_lines():
    for equation in EQUATIONS:
        function = equation.function()
        # The operator's lines stand under options: they are proved in tests/interchange/test_operator_gradients.py.
        if function and function.__module__ == "lstmderiv.interchange.cells":
            continue
        if function and (function.__module__, function.__name__) in BACKWARD and equation.kind == "derived":
            yield equation


@pytest.mark.sampled(12)
@pytest.mark.parametrize("equation", labelled(proved_lines()))
def test_line_of_code_is_proved(equation):
    result = equation.options["result"].partition("@")[0]
    evidence = prove(
        equation.function(),
        {MADE_OF.get(result, result): equation.label},
        np.random.default_rng(7),
        subject=SUBJECT.get(equation.given),
        oracles=("exact", "complex step"),
    )
    assert [record.oracle for record in evidence.records] == ["exact", "complex step"]
