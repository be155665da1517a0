"""The oracles: each is seen to pass on the package's code and to fail on every way to break it."""

import ast
import inspect
import json
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from support import NOT_A_REAL_NUMBER, not_finite, not_numbers, random_parameters, refused

from lstmderiv import lstm_backward, lstm_cell, lstm_cell_backward, sigmoid_backward, softmax
from lstmderiv.verify import (
    MIME_TYPE,
    ORACLES,
    SUBJECTS,
    CheckFailed,
    Record,
    agree,
    compare,
    complex_step,
    edited,
    finite_difference,
    instrumented,
    must_fail,
    named_values,
    prove,
    prove_symbolically,
    published,
    subject_of,
)
from lstmderiv.verify.automatic import gradients as by_jax
from lstmderiv.verify.comparison import relative_difference
from lstmderiv.verify.numbers import (
    PRIME,
    Dual,
    FreeFunctions,
    HighPrecision,
    Modular,
    fractions,
    lift,
    modulars,
    tangents,
)
from lstmderiv.verify.symbolic import softmax_fact

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
    """The lines `name = expression` of the derivation in lstm_cell_backward: all that begin with d_."""
    lines = inspect.getsource(lstm_cell_backward).splitlines(keepends=True)
    found = [line for line in lines if line.startswith("    d_") and " = floating(" not in line]
    return [
        (line, *(part.strip() for part in line.split("=", 1)))
        for line in found
        if "=" in line and "," not in line.split("=")[0]
    ]


LINES = [(line, name, expression) for line, name, expression in derivation() if not expression.endswith(",")]
MUTANTS = [
    pytest.param(line, name, new, id=f"{name}-{what}")
    for line, name, expression in LINES
    for what, new in mutants_of(expression)
]


def test_the_mutants_cover_the_derivation():
    names = [name for _, name, _ in LINES]
    assert names == [
        *"d_o d_a_o d_tanh_c d_c_total d_g d_a_g d_f d_a_f d_i d_a_i".split(),
        *(f"d_{kind}_{gate}" for kind in "Wb" for gate in "figo"),
        *"d_z d_x d_h_prev d_c_prev".split(),
    ]
    assert len(MUTANTS) > 70


def assert_caught(line, name, new, oracle):
    broken = edited(lstm_cell_backward, line, f"    {name} = {new}\n")
    with pytest.raises(
        CheckFailed, match=rf"^eq:the-label: {oracle}: lstm_cell_backward\n  {name}\[.*\] = .*\n  expected "
    ) as caught:
        prove(broken, {name: "eq:the-label"}, rng(), oracles=[oracle])
    assert ("residual" in str(caught.value)) == (oracle != "exact")


@pytest.mark.parametrize("oracle", ["exact", "complex step"])
@pytest.mark.parametrize("line, name, new", MUTANTS)
def test_every_broken_line_is_caught(line, name, new, oracle):
    assert_caught(line, name, new, oracle)


@pytest.mark.parametrize("line, name, new", [p for p in MUTANTS if p.id.endswith(("sign", "drop left 0", "plus 0"))])
def test_every_broken_line_is_caught_by_jax(line, name, new):
    assert_caught(line, name, new, "JAX")


def test_one_broken_line_leaves_the_others_proved():
    line = "    d_a_o = d_o * o * (1 - o)\n"
    broken = edited(lstm_cell_backward, line, line.replace("1 - o", "1 + o"))
    assert prove(broken, {"d_o": "eq:d-o", "d_a_f": "eq:d-a-f"}, rng(), oracles=["exact"]).records
    with pytest.raises(CheckFailed, match="eq:d-w-o"):
        prove(broken, {"d_W_o": "eq:d-w-o"}, rng(), oracles=["exact"])


@pytest.mark.parametrize("oracle", ORACLES)
@pytest.mark.parametrize(
    "old, new",
    [
        ("c_slopes[t] + d_c_next", "c_slopes[t] + 0 * d_c_next"),
        ("d_h_t = d_h[:, t] + d_h_next", "d_h_t = d_h[:, t] + 0 * d_h_next"),
        ("np.copyto(d_c_prev[t], d_c_next, where=padded)", "pass"),
        ("np.copyto(d_h_t, 0, where=padded)", "pass"),
    ],
)
def test_a_broken_recursion_is_caught(old, new, oracle):
    broken = edited(lstm_backward, old, new)
    equations = {f"d_{name}": f"eq:{name}" for name in ("W", "h0", "c0", "x")}
    with pytest.raises(CheckFailed, match=rf"^eq:\w+: {oracle}: lstm_backward\n  d_\w+\["):
        prove(broken, equations, rng(), subject="lstm, lengths", oracles=[oracle])


def test_a_failure_shows_both_numbers():
    broken = edited(lstm_cell_backward, "d_c_prev = d_c_total * f", "d_c_prev = -d_c_total * f")
    message = must_fail(lambda: prove(broken, {"d_c_prev": "eq:d-c-prev"}, rng(), oracles=["exact"]))
    got, expected = message.split(" = ")[1].split("\n  expected ")
    assert Fraction(got) == -Fraction(expected)


def test_proofs_repeat():
    first, second = (prove(lstm_cell_backward, {"d_o": "eq:o"}, rng()) for _ in range(2))
    assert first == second


def test_evidence_of_a_proof():
    evidence = prove(lstm_cell_backward, {"d_o": "eq:o", "d_W_f": "eq:w"}, rng())
    assert [(r.label, r.oracle) for r in evidence.records] == [
        (label, oracle) for label in ("eq:o", "eq:w") for oracle in ("exact", "complex step", "JAX")
    ]
    exact, step, jax = evidence.records[:3]
    assert exact == Record("eq:o", "exact", "0", 0.0, 2, "(3, 3)", exact.dtype, SEED, "lstm_cell_backward: d_o")
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


def test_must_fail():
    def check():
        raise CheckFailed("what is wrong")

    assert must_fail(check) == "what is wrong"
    with pytest.raises(CheckFailed, match="expected this check to fail, but it passed"):
        must_fail(lambda: None)
    with pytest.raises(ZeroDivisionError):
        must_fail(lambda: 1 / 0)


def run_python(*arguments):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True).stdout


def test_checks_survive_optimized_python():
    code = """
import numpy as np
from lstmderiv import lstm_cell_backward
from lstmderiv.verify import edited, must_fail, prove

broken = edited(lstm_cell_backward, "d_o = d_h * tanh_c\\n", "d_o = d_h\\n")
print(must_fail(lambda: prove(broken, {"d_o": "eq:o"}, np.random.default_rng(1), oracles=["exact"])))
"""
    assert run_python("-O", "-c", code).startswith("eq:o: exact: lstm_cell_backward\n  d_o[")


def test_numpy_is_all_that_is_imported():
    code = "import sys, lstmderiv, lstmderiv.verify; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = set(run_python("-c", code).split())
    assert {"lstmderiv", "numpy"} <= loaded
    assert not loaded & {
        "jax",
        "jaxlib",
        "sympy",
        "mpmath",
        "lark",
        "matplotlib",
        "scipy",
        "sphinx",
        "IPython",
        "hypothesis",
    }


def test_the_derivations_know_nothing_of_the_oracles():
    code = "import sys, lstmderiv; print(*[name for name in sys.modules if name.startswith('lstmderiv.verify')])"
    assert run_python("-c", code).strip() == ""


def test_edited():
    copy = edited(sigmoid_backward, "(1 - y)", "(1 + y)")
    assert copy(1.0, 2.0) == 6 and sigmoid_backward(1.0, 2.0) == -2
    assert "(1 + y)" in inspect.getsource(copy)
    assert edited(copy, "(1 + y)", "(1 - y)")(1.0, 2.0) == -2
    assert subject_of(copy) is SUBJECTS["sigmoid"]


@pytest.mark.parametrize("old, count", [("no such text", 0), ("d_h", None)])
def test_edited_needs_exactly_one_match(old, count):
    count = inspect.getsource(lstm_cell_backward).count(old) if count is None else count
    with pytest.raises(ValueError, match=rf"^old: expected exactly one {old!r} in lstm_cell_backward, got {count}$"):
        edited(lstm_cell_backward, old, "x")


@pytest.mark.parametrize("function", [len, None, 3, np.add])
def test_source_must_be_readable(function):
    for attempt in (
        lambda: edited(function, "a", "b"),
        lambda: instrumented(function, None),
        lambda: named_values(function),
    ):
        with pytest.raises(TypeError, match=r"^function: expected one with readable source, got "):
            attempt()


def test_named_values_and_instrumented():
    arguments = SUBJECTS["lstm_cell"].shapes
    x, h, c = (np.ones(arguments[name]) for name in "xhc")
    parameters = random_parameters(2, 3)
    trace, values = named_values(lstm_cell, x, h, c, parameters)
    for name in ("z", "a_f", "f", "i", "g", "o", "c", "tanh_c", "h"):
        np.testing.assert_array_equal(values[name], getattr(trace, name))
    closed = instrumented(lstm_cell, lambda name, value: 0 * value if name == "o" else value)
    assert not closed(x, h, c, parameters).h.any()
    np.testing.assert_array_equal(lstm_cell(x, h, c, parameters).h, trace.h)


PRINTED = ["2.14400878e-03", "1.58422012e-02", "1.17058913e-01", "8.64954877e-01"]


def digits():
    """The printed numbers with one digit changed by one, a place at a time; in the last place by two."""
    for k, text in enumerate(PRINTED):
        mantissa, exponent = text.split("e")
        for place, digit in enumerate(mantissa):
            if digit.isdigit():
                step = 2 if place == len(mantissa) - 1 else 1
                new = str(int(digit) + step if int(digit) + step <= 9 else int(digit) - step)
                changed = f"{mantissa[:place]}{new}{mantissa[place + 1 :]}e{exponent}"
                yield [*PRINTED[:k], changed, *PRINTED[k + 1 :]], k


@pytest.mark.parametrize("printed, k", digits())
def test_published_fails_where_a_digit_is_wrong(printed, k):
    with pytest.raises(
        CheckFailed, match=rf"^eq:p: published number: an article\n  .* at \({k},\)\n  expected {printed[k]}"
    ):
        published("eq:p", softmax([1, 3, 5, 7]), printed, "an article")


def test_published_leaves_a_record():
    (record,) = published("eq:p", softmax(np.float32([1, 3, 5, 7])), PRINTED, "an article", dtype=np.float32).records
    assert (record.label, record.oracle, record.subject) == ("eq:p", "published number", "an article")
    assert (record.draws, record.shapes, record.dtype, record.tolerance) == (4, "(4,)", "float32", 1.0)
    assert 0 <= record.residual <= 1


def test_published_knows_the_places_of_a_number():
    for got, text in [(12.3, "12"), (0.125, "0.12"), (0.125, ".13"), (-1.5e-9, "-1.5E-09"), (7, "7.")]:
        published("eq:p", got, text, "an article")
    for got, text in [(13.1, "12"), (0.125, "0.14"), (1.5, "-1.5"), (7, "7.02")]:
        assert "expected " + text in must_fail(lambda got=got, text=text: published("eq:p", got, text, "an article"))
    assert "shape (2,)\n  expected (3,)" in must_fail(lambda: published("eq:p", [1, 2], ["1", "2", "3"], "an article"))


def test_published_allows_for_the_rounding_of_a_dtype_and_no_more():
    published("eq:p", 0.3054873488, "0.30548733", "TensorFlow", dtype=np.float32)
    must_fail(lambda: published("eq:p", 0.3054873488, "0.30548733", "TensorFlow"))
    must_fail(lambda: published("eq:p", 0.3054873488, "0.30548730", "TensorFlow", dtype=np.float32))


def test_compare_and_agree():
    (record,) = compare("eq:c", "by hand", [3.0, 4.0], [3.0, 4.0 + 5e-15], tolerance=1e-14, subject="two rows").records
    assert record.label == "eq:c" and 0 < record.residual <= 1e-14
    assert agree([1.0], [1.0]).startswith("no difference")
    assert agree(fractions(rng(), (2,)), fractions(rng(), (2,))).startswith("no difference")
    message = must_fail(
        lambda: compare("eq:c", "by hand", [[1.0, 2.0]], [[1.0, 2.1]], tolerance=1e-14, subject="a row")
    )
    assert message.startswith("eq:c: by hand: a row\n  2.0 at (0, 1)\n  expected 2.1\n  residual 0.0")
    assert "shape (1,)\n  expected (2,)" in must_fail(lambda: agree([1.0], [1.0, 2.0]))
    assert "1/7" in must_fail(lambda: agree(np.array([Fraction(1, 7)], object), np.array([Fraction(1, 8)], object)))


@pytest.mark.parametrize("size", [1e-300, 1.0, 1e300])
def test_differences_are_relative_at_any_size(size):
    assert relative_difference(np.array([size]), np.array([2 * size])) == 0.5
    assert must_fail(lambda: agree([size], [2 * size]))
    assert relative_difference(np.zeros(2), np.zeros(2)) == relative_difference(np.ones(0), np.ones(0)) == 0


@pytest.mark.parametrize("fact", ["sigmoid", "tanh", "softmax"])
def test_symbolic_facts(fact):
    (record,) = prove_symbolically("eq:fact", fact).records
    assert (record.label, record.oracle, record.residual) == ("eq:fact", "symbolic", "0")


def test_a_wrong_symbolic_fact_is_caught(monkeypatch):
    import sympy

    from lstmderiv.verify import symbolic

    broken = edited(symbolic.tanh_fact, "(1 - t**2)", "(1 + t**2)")
    assert sympy.simplify(broken()) != 0
    monkeypatch.setitem(symbolic._FACTS, "tanh", broken)
    assert must_fail(lambda: prove_symbolically("eq:fact", "tanh")).startswith(
        "eq:fact: symbolic: tanh rule\n  difference "
    )
    assert edited(softmax_fact, "- p[j]", "+ p[j]")(2) != 0


def test_complex_step_and_finite_difference():
    argument = np.array([[0.5, -1.0], [2.0, 0.1]])

    def function(x):
        return (np.sin(x) * x).sum()

    expected = np.cos(argument) * argument + np.sin(argument)
    assert relative_difference(complex_step(function, argument), expected) < 1e-15
    assert 1e-15 < relative_difference(finite_difference(function, argument), expected) < 1e-8
    assert complex_step(np.exp, 0.0) == 1 and complex_step(np.exp, 0.0).shape == ()


def test_jax_gradients_of_intermediates():
    x = np.array([[0.5, -1.0]])
    upstream = {"y": np.array([[2.0, 3.0]])}
    found = by_jax("tanh", {"x": x}, upstream, ["x", "y"])
    np.testing.assert_allclose(found["x"], upstream["y"] * (1 - np.tanh(x) ** 2), rtol=1e-15)
    np.testing.assert_array_equal(found["y"], upstream["y"])
    with pytest.raises(ValueError, match=r"^forward: expected one of .*'softmax'.*, got 'relu'"):
        by_jax("relu", {}, {}, [])
    with pytest.raises(ValueError, match=r"^names: expected intermediates of tanh, .*, got \['z'\]"):
        by_jax("tanh", {"x": x}, upstream, ["z"])


def test_modular_numbers_are_a_field():
    a, b, c = modulars(rng(), (3,))
    assert a * (b + c) == a * b + a * c and a - a == 0 and (a / b) * b == a and 1 / a * a == 1
    assert -a + a == 0 and 3 - a == -(a - 3) and a**3 == a * a * a and 2 + a == a + 2 and hash(a) == hash(Modular(a))
    assert Modular(Fraction(1, 2)) * 2 == 1 and Modular(PRIME + 5) == 5 and Modular(-1) == PRIME - 1
    with pytest.raises(TypeError):
        a + 0.5


def test_dual_numbers_carry_derivatives():
    functions = HighPrecision(40)
    number = functions.context.mpf("0.3")
    x = Dual(number, functions.context.mpf(1), functions)
    context = functions.context
    for value, derivative in [
        (x * x * x, 3 * number**2),
        (1 / x, -1 / number**2),
        ((1 - x) / (x + 2), -3 / (number + 2) ** 2),
        (x.exp(), context.exp(number)),
        (x.log(), 1 / number),
        (x.tanh(), 1 - context.tanh(number) ** 2),
        (x.sqrt(), 1 / (2 * context.sqrt(number))),
        (-(x**4), -4 * number**3),
        (2 - x, -1),
    ]:
        assert abs(value.tangent - derivative) < 1e-35


def test_free_functions_remember_and_know_their_symmetry():
    source = rng()
    free = FreeFunctions(lambda: fractions(source))
    x = Fraction(1, 3)
    assert free("tanh", x) == free("tanh", x) == -free("tanh", -x)
    assert free("exp", x) * free("exp", -x) == 1 and free("exp", x) != free("tanh", x)


def test_lift_and_tangents_are_inverse():
    values, direction = fractions(rng(), (2, 3)), fractions(rng(), (2, 3))
    back, slopes = tangents(lift(values, None, direction))
    np.testing.assert_array_equal(back, values)
    np.testing.assert_array_equal(slopes, direction)
    assert not tangents(values)[1].any()


ONES = np.ones(2)
test_complex_step_refuses = refused(
    complex_step,
    {"function": lambda x: x.sum(), "argument": ONES},
    {
        "function": [(lambda x: x, ValueError)],
        "argument": [*not_numbers((2,)), *not_finite((2,)), (1j * ONES, TypeError)],
    },
)
test_finite_difference_refuses = refused(
    finite_difference,
    {"function": lambda x: x.sum(), "argument": ONES, "step": 1e-6},
    {
        "function": [(lambda x: x, ValueError)],
        "argument": [*not_numbers((2,)), *not_finite((2,)), (1j * ONES, TypeError)],
        "step": [*NOT_A_REAL_NUMBER, (0, ValueError), (-1, ValueError)],
    },
)
test_prove_refuses = refused(
    prove,
    {
        "backward": sigmoid_backward,
        "equations": {"d_x": "eq:x"},
        "rng": rng(),
        "subject": "sigmoid",
        "oracles": ["exact"],
    },
    {
        "equations": [({"d_q": "eq:q"}, ValueError), (None, TypeError), ("d_x", TypeError), (["d_x"], TypeError)],
        "rng": [(None, TypeError), (1, TypeError)],
        "subject": [("relu", ValueError), (3, ValueError)],
        "oracles": [(["guess"], ValueError), ("guess", ValueError)],
    },
)
test_subject_of_refuses = refused(
    subject_of,
    {"backward": sigmoid_backward},
    {"backward": [(softmax, ValueError), (None, ValueError), (len, ValueError)]},
)
test_compare_refuses = refused(
    compare,
    {"label": "eq:c", "oracle": "o", "got": ONES, "expected": ONES, "tolerance": 0.1, "subject": "s"},
    {
        "got": not_numbers((2,)) + not_finite((2,)),
        "expected": not_numbers((2,)) + not_finite((2,)),
        "tolerance": [*NOT_A_REAL_NUMBER, (-1, ValueError)],
    },
)
test_agree_refuses = refused(
    agree,
    {"got": ONES, "expected": ONES, "tolerance": 0.1},
    {"got": not_numbers((2,)) + not_finite((2,)), "expected": not_numbers((2,)), "tolerance": NOT_A_REAL_NUMBER},
)
test_published_refuses = refused(
    published,
    {"label": "eq:p", "got": ONES, "printed": ["1.0", "1"], "source": "s"},
    {
        "got": [*not_numbers((2,)), *not_finite((2,)), (1j * ONES, TypeError)],
        "printed": [
            ([1.0, 1.0], TypeError),
            (["1.0", "one"], ValueError),
            (["1", "nan"], ValueError),
            ([["1"], ["1", "2"]], ValueError),
            (None, TypeError),
        ],
    },
)
test_prove_symbolically_refuses = refused(
    prove_symbolically, {"label": "eq:f", "fact": "tanh"}, {"fact": [("relu", ValueError), (None, ValueError)]}
)
