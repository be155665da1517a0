"""`prove` catches every broken line of the backward pass, and leaves evidence where nothing is broken."""

import ast
import inspect
import json
from fractions import Fraction

import numpy as np
import pytest
from proveq import MIME_TYPE, ORACLES, CheckFailed, Record, compare, edited, must_fail

from lstmderiv import lstm_backward, sigmoid_backward
from lstmderiv.lstm_cell import lstm_cell_step_backward
from lstmderiv.verify import prove

SEED = 7


def rng():
    return np.random.default_rng(SEED)


class Broken(ast.NodeTransformer):
    """Replaces the node number `target` of an expression by what `change` makes of it."""

    def __init__(self, target, change):
        self.target, self.change, self.seen = target, change, -1

    def visit(self, node):
        self.seen += 1
        if self.seen == self.target:
            return self.change(node)
        return self.generic_visit(node)


def mutants_of(expression):
    """(what was done, new expression): the sign flipped, a factor or a term dropped, `*` and `+` and `-` exchanged."""
    yield "sign", f"-({expression})"
    count = sum(1 for _ in ast.walk(ast.parse(expression, mode="eval").body))
    for target in range(count):
        changes = {
            ast.Mult: [("times to plus", ast.Add), ("drop left", "right"), ("drop right", "left")],
            ast.Add: [("plus to minus", ast.Sub), ("drop left", "right"), ("drop right", "left")],
            ast.Sub: [("minus to plus", ast.Add)],
        }
        for kind in changes:
            for name, change in changes[kind]:

                def apply(node, kind=kind, change=change):
                    if not (isinstance(node, ast.BinOp) and isinstance(node.op, kind)):
                        return node
                    if isinstance(change, str):
                        return getattr(node, change)
                    return ast.BinOp(node.left, change(), node.right)

                tree = ast.parse(expression, mode="eval").body
                new = ast.unparse(Broken(target, apply).visit(tree))
                if new != ast.unparse(ast.parse(expression, mode="eval").body):
                    yield f"{name} {target}", new


def derivation():
    """The lines `name = expression` of the derivation in lstm_cell_step_backward: all that begin with t.d_."""
    lines = inspect.getsource(lstm_cell_step_backward).splitlines(keepends=True)
    return [(line, *line.strip().removeprefix("t.").split(" = ", 1)) for line in lines if line.startswith("    t.d_")]


# The last two lines stack what the others found; a factor of theirs is a whole block.
LINES = derivation()
MUTANTS = [
    pytest.param(line, name, new, id=f"{name}-{what}")
    for line, name, expression in LINES
    for what, new in mutants_of(expression)
]


def test_the_mutants_cover_the_derivation():
    names = [name for _, name, _ in LINES]
    assert names == [
        *"d_o d_a_o d_tanh_c d_c d_g d_a_g d_f d_a_f d_i d_a_i".split(),
        *(f"d_{kind}_{gate}" for kind in "Wb" for gate in "figo"),
        *"d_z d_x d_h_prev d_c_prev d_W d_b".split(),
    ]
    assert len(MUTANTS) > 70


def assert_caught(line, name, new, oracle):
    broken = edited(lstm_cell_step_backward, line, f"    t.{name} = {new}\n")
    with pytest.raises(
        CheckFailed, match=rf"^eq:the-label: {oracle}: lstm_cell_step_backward\n  {name}\[.*\] = .*\n  expected "
    ) as caught:
        prove(broken, {name: "eq:the-label"}, rng(), oracles=[oracle])
    assert ("residual" in str(caught.value)) == (oracle != "exact")


@pytest.mark.sampled(5)
@pytest.mark.parametrize("oracle", ["exact", "complex step"])
@pytest.mark.parametrize("line, name, new", MUTANTS)
def test_every_broken_line_is_caught(line, name, new, oracle):
    assert_caught(line, name, new, oracle)


@pytest.mark.sampled(6)
@pytest.mark.parametrize("line, name, new", [p for p in MUTANTS if p.id.endswith(("sign", "drop left 0", "plus 0"))])
def test_every_broken_line_is_caught_by_jax(line, name, new):
    assert_caught(line, name, new, "JAX")


def test_one_broken_line_leaves_the_others_proved():
    line = "    t.d_a_o = t.d_o * t.o * (1 - t.o)\n"
    broken = edited(lstm_cell_step_backward, line, line.replace("1 - t.o", "1 + t.o"))
    assert prove(broken, {"d_o": "eq:d-o", "d_a_f": "eq:d-a-f"}, rng(), oracles=["exact"]).records
    with pytest.raises(CheckFailed, match="eq:d-w-o"):
        prove(broken, {"d_W_o": "eq:d-w-o"}, rng(), oracles=["exact"])


@pytest.mark.sampled(7)
@pytest.mark.parametrize("oracle", ORACLES)
@pytest.mark.parametrize(
    "old, new",
    [
        ("d_c_t += d_c_next[rows]", "pass"),
        ("d_h[rows, t] + d_h_next[rows]", "d_h[rows, t]"),
        ("np.multiply(d_h_t, c_slope[k], out=d_c_t)", "d_c_t[...] = 0"),
        ("out=d_c_next[rows], where=on)", "out=d_c_next[rows])"),
        ("np.copyto(d_h_t, 0, where=~on)", "pass"),
        ("np.copyto(d_c_t, 0, where=~on)", "pass"),
        ("np.copyto(d_h_prev[t], d_h_next, where=~active[t])", "pass"),
        ("d_h_next = d_h_prev[t]", "pass"),
        ("slope[:3] *= ofig[:3]", "pass"),
        ("np.multiply(g, g, out=g_slope)", "g_slope[...] = 0"),
        ("np.multiply(tanh, tanh, out=c_slope)", "c_slope[...] = 0"),
        ("o_slope *= tanh", "pass"),
        ("f_slope *= c_before[start:stop, rows]", "pass"),
        ("i_slope *= g", "pass"),
        ("g_slope *= i", "pass"),
        ("c_slope *= o", "pass"),
        ("np.multiply(d_h_t, o_slope[k]", "np.multiply(d_c_t, o_slope[k]"),
        ("np.multiply(d_c_t, slope[1:4, k]", "np.multiply(d_h_t, slope[1:4, k]"),
    ],
)
def test_a_broken_recursion_is_caught(old, new, oracle):
    broken = edited(lstm_backward, old, new)
    equations = {f"d_{name}": f"eq:{name}" for name in ("W", "h0", "c0", "x", "b")}
    with pytest.raises(CheckFailed, match=rf"^eq:\w+: {oracle}: lstm_backward\n  d_\w+\["):
        prove(broken, equations, rng(), subject="lstm, lengths", oracles=[oracle])


def test_a_failure_shows_both_numbers():
    broken = edited(lstm_cell_step_backward, "t.d_c_prev = t.d_c * t.f", "t.d_c_prev = -t.d_c * t.f")
    message = must_fail(lambda: prove(broken, {"d_c_prev": "eq:d-c-prev"}, rng(), oracles=["exact"]))
    got, expected = message.split(" = ")[1].split("\n  expected ")
    assert Fraction(got) == -Fraction(expected)


def test_proofs_repeat():
    first, second = (prove(lstm_cell_step_backward, {"d_o": "eq:o"}, rng()) for _ in range(2))
    assert first == second


def test_evidence_of_a_proof():
    evidence = prove(lstm_cell_step_backward, {"d_o": "eq:o", "d_W_f": "eq:w"}, rng())
    assert [(r.label, r.oracle) for r in evidence.records] == [
        (label, oracle) for label in ("eq:o", "eq:w") for oracle in ("exact", "complex step", "JAX")
    ]
    exact, step, jax = evidence.records[:3]
    assert exact == Record("eq:o", "exact", "0", 0.0, 2, "(3, 3)", exact.dtype, SEED, "lstm_cell_step_backward: d_o")
    assert "rational" in exact.dtype
    for record, tolerance in ((step, 1e-14), (jax, 1e-13)):
        assert 0 <= record.residual <= tolerance == record.tolerance
        assert (record.dtype, record.seed, record.draws) == ("float64", SEED, 1)
    assert evidence.records[3].shapes == "(3, 5)"


def test_evidence_shows_and_carries_its_records():
    evidence = prove(sigmoid_backward, {"d_x": "eq:<x>"}, rng(), oracles=["exact", "complex step"])
    both = evidence + compare("eq:y", "by hand", [1.0], [1.0], tolerance=0.0, subject="a < b")
    assert len(both.records) == 3
    bundle = both._repr_mimebundle_()
    assert bundle["text/plain"] == repr(both) and "sigmoid_backward: d_x" in repr(both)
    assert "a &lt; b" in bundle["text/html"] and "a < b" not in bundle["text/html"]
    records = json.loads(json.dumps(bundle[MIME_TYPE]))["records"]
    assert [Record(**record) for record in records] == list(both.records)
    with pytest.raises(TypeError):
        evidence + 1
