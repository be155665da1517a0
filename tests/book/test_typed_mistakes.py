"""A small mistake in any typed equation of the book is noticed, in definitions and citations too.

A sign flipped, a factor or a transpose dropped, an index, a number or a step of time changed, two parts exchanged:
`make mutants KIND=equation` makes the same ones, and reads each page again as the build does. Those that change nothing
are in the list of both.
"""

from pathlib import Path

import pytest
from proveq.mutants import Edit, Equivalents, Mutant, mutations
from proveq.sphinx import EquationError, NotApplicable, check
from test_every_equation import BOOK, EQUATIONS, scopes, table

EQUIVALENT = Equivalents.read(Path(__file__).parents[1] / "equivalent_mutants.toml")
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
    page = BOOK / equation.path
    text = page.read_text(encoding="utf-8")
    offset = text.index(equation.text, text.index(f"{{equation}} {equation.label}\n"))
    for tex, change in mutations(equation.text).items():
        edit = Edit.between(equation.text, tex, change, offset)
        mutant = Mutant.of("equation", f"{BOOK.name}/{equation.path}", text, edit)
        assert holds(tex, equation.given) == bool(EQUIVALENT.reason(mutant)), mutant
