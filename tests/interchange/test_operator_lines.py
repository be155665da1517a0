"""Every line of the operator's steps that computes is an equation of the book, and none can be wrong there."""

import ast
import functools
from pathlib import Path

import pytest
from proveq import CheckFailed, edited
from proveq.sphinx import Body, EquationError, NotApplicable, check, equations_of, load, typeset

from lstmderiv.interchange import cells

BOOK = Path(__file__).parents[2] / "book"
STEPS = [cells.FORWARD[cell] for cell in cells.FORWARD] + [cells.BACKWARD[cell] for cell in cells.BACKWARD]
STEPS.append(cells.input_backward)
TABLE = load(BOOK / "symbols.toml")
#: What is no equation: what is unpacked, cut into blocks or stacked, what an activation reads, and a slope left out.
UNPACKED = {"activations", "W_r", "W_u", "W_g", "b_r", "b_u", "b_g", "d_W_h", "d_b_h", "activated_c"}


@functools.cache
def shown():
    """(module:function, line) of every line that an equation shows, or that is put into one."""
    found = set()
    for equation in equations_of(BOOK):
        if "lstmderiv.interchange.cells:" in equation.options.get("code", ""):
            chosen = tuple(filter(None, equation.options.get("substitute", "").split(",")))
            quote = typeset(equation.function(), equation.options["result"], TABLE, substitute=chosen)
            found |= {(equation.options["code"], line.lineno) for line in (quote, *quote.substituted)}
    return found


def computes(assignment):
    """Whether an assignment does more than hand on a value, or choose zeros for what is not there."""
    value = assignment.value
    called = value.func.id if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) else ""
    hands_on = isinstance(value, ast.Name | ast.Attribute) or called in ("filled", "_blocks", "_columns")
    return not hands_on and assignment.name != "return"


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_every_line_stands_on_a_page(step):
    key, lines = f"{step.__module__}:{step.__name__}", shown()
    own = [one for one in Body(step).assignments if computes(one) and not isinstance(one.value, ast.Subscript)]
    missing = {
        f"{one.lineno}: {one.line}" for one in own if (key, one.lineno) not in lines and one.name not in UNPACKED
    }
    assert len(own) > 2 and not missing


def lines_of(step):
    """The lines of a backward step that are equations, once each: (name, line)."""
    lines = [(one.name, one.line) for one in Body(step).assignments if computes(one) and one.name not in UNPACKED]
    return [line for line in lines if sum(other == line for other in lines) == 1]


FLIPPED = [
    pytest.param(step, name, line, id=f"{step.__name__}-{line.split(' = ')[0]}-{k}")
    for step in (*cells.BACKWARD.values(), cells.input_backward)
    for k, (name, line) in enumerate(lines_of(step))
]


@pytest.fixture(scope="module")
def scopes():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BOOK))
        patch.syspath_prepend(str(BOOK / "_ext"))
        from scopes import SCOPES

        made = {}
        yield lambda name: made.setdefault(name, SCOPES[name]())


@pytest.mark.slow
@pytest.mark.parametrize("step, name, line", FLIPPED)
def test_a_flipped_sign_cannot_be_published(step, name, line, scopes):
    """As the page would print it: the equation that is set from the line is evaluated, and does not hold."""
    target, value = line.split(" = ", 1)
    copy = edited(step, f"{line}\n", f"{target} = -({value})\n")
    key, held = f"{step.__module__}:{step.__name__}", []
    for equation in equations_of(BOOK):
        chosen = tuple(filter(None, equation.options.get("substitute", "").split(",")))
        shows = {one.partition("@")[0] for one in (equation.options.get("result", ""), *chosen)}
        if equation.options.get("code") != key or name not in shows:
            continue
        wrong = typeset(copy, equation.options["result"], TABLE, substitute=chosen).tex
        if wrong != equation.tex(TABLE):  # else it shows another line of the same name
            held.append(all(holds(wrong, scope) for scope in scopes(equation.given)))
    # In one of its scopes a gradient may be zero, everything being cut: not in all of them.
    assert held and not any(held)


def holds(tex, scope):
    try:
        check(tex, TABLE, scope)
    except NotApplicable:
        return True
    except (EquationError, CheckFailed):
        return False
    return True
