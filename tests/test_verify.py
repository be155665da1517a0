"""The oracles: each is seen to pass on the package's code and to fail on every way to break it."""

import importlib
import inspect
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from proveq import (
    PRIME,
    CheckFailed,
    Dual,
    FreeFunctions,
    HighPrecision,
    Modular,
    agree,
    compare,
    complex_step,
    edited,
    finite_difference,
    fractions,
    instrumented,
    jax_gradients,
    lift,
    modulars,
    must_fail,
    named_values,
    published,
    relative_difference,
    tangents,
)
from support import NOT_A_REAL_NUMBER, not_finite, not_numbers, random_parameters, refused

from lstmderiv import lstm_cell, lstm_cell_backward, sigmoid_backward, softmax
from lstmderiv.lstm_cell import lstm_cell_step
from lstmderiv.verify import SUBJECTS, prove, prove_symbolically, subjects
from lstmderiv.verify.symbolic import softmax_fact

SEED = 7
#: `proveq` knows no error of lstmderiv.
PLAIN = {ValueError: ValueError, TypeError: TypeError}


def rng():
    return np.random.default_rng(SEED)


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
from proveq import edited, must_fail

from lstmderiv.lstm_cell import lstm_cell_step_backward
from lstmderiv.verify import prove

broken = edited(lstm_cell_step_backward, "t.d_h * t.tanh_c\\n", "t.d_h\\n")
print(must_fail(lambda: prove(broken, {"d_o": "eq:o"}, np.random.default_rng(1), oracles=["exact"])))
"""
    assert run_python("-O", "-c", code).startswith("eq:o: exact: lstm_cell_step_backward\n  d_o[")


def test_numpy_is_all_that_is_imported():
    every = "[getattr(package, name) for package in (lstmderiv, lstmderiv.verify) for name in package.__all__]"
    code = f"import sys, lstmderiv, lstmderiv.verify; {every}; print(*sys.modules)"
    loaded = {name.partition(".")[0] for name in run_python("-c", code).split()}
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
    assert SUBJECTS.of(copy) is SUBJECTS["sigmoid"]


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
    subject, rng = SUBJECTS["lstm_cell"], np.random.default_rng(0)
    arguments = {name: rng.normal(size=shape) for name, shape in subject.shapes.items()} | subject.fixed

    def run(function):
        return subject.call(function, arguments)

    trace = run(subject.forward)
    values = {}
    run(instrumented(subject.forward, lambda name, value: values.setdefault(name, value)))
    assert list(values) == [name for name in trace if name not in ("x", "h_prev", "c_prev")]
    for name, value in values.items():
        np.testing.assert_array_equal(value, trace[name])
    closed = instrumented(subject.forward, lambda name, value: 0 * value if name == "o" else value)
    assert not run(closed).h.any() and run(subject.forward).h.any()
    _, assigned = named_values(sigmoid_backward, 1.0, 2.0)
    assert assigned["d_x"] == -2


def test_edited_inside_a_function_that_is_called():
    copy = edited(lstm_cell, "t.o * t.tanh_c", "0 * t.tanh_c", inside=lstm_cell_step)
    arguments = np.ones((1, 2)), np.ones((1, 3)), np.ones((1, 3)), random_parameters(2, 3)
    assert not copy(*arguments).h.any() and lstm_cell(*arguments).h.any()
    with pytest.raises(
        ValueError, match=r"^inside: expected a function that sigmoid_backward calls, got lstm_cell_step"
    ):
        edited(sigmoid_backward, "a", "b", inside=lstm_cell_step)


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
    found = jax_gradients(SUBJECTS["tanh"].jax, {"x": x}, upstream, ["x", "y"])
    np.testing.assert_allclose(found["x"], upstream["y"] * (1 - np.tanh(x) ** 2), rtol=1e-15)
    np.testing.assert_array_equal(found["y"], upstream["y"])
    with pytest.raises(ValueError, match=r"^names: expected intermediates of tanh, .*, got \['z'\]"):
        jax_gradients(SUBJECTS["tanh"].jax, {"x": x}, upstream, ["z"])


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


def test_a_root_that_comes_first_is_the_root_of_its_square():
    source = rng()
    free = FreeFunctions(lambda: modulars(source))
    drawn, other = modulars(source), modulars(source)
    assert free("sqrt", other) * free("sqrt", other) != other  # a free root knows its derivative rule, and no more
    square = free.square(drawn)
    assert square == drawn * drawn
    root = Dual(square, Modular(1), free).sqrt()
    assert root.value == drawn and root.tangent * 2 * drawn == 1


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
    refusals=PLAIN,
)
test_finite_difference_refuses = refused(
    finite_difference,
    {"function": lambda x: x.sum(), "argument": ONES, "step": 1e-6},
    {
        "function": [(lambda x: x, ValueError)],
        "argument": [*not_numbers((2,)), *not_finite((2,)), (1j * ONES, TypeError)],
        "step": [*NOT_A_REAL_NUMBER, (0, ValueError), (-1, ValueError)],
    },
    refusals=PLAIN,
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
    refusals=PLAIN,
)
test_subject_of_refuses = refused(
    SUBJECTS.of,
    {"backward": sigmoid_backward},
    {"backward": [(softmax, ValueError), (None, ValueError), (len, ValueError)]},
    refusals=PLAIN,
)
test_compare_refuses = refused(
    compare,
    {"label": "eq:c", "oracle": "o", "got": ONES, "expected": ONES, "tolerance": 0.1, "subject": "s"},
    {
        "got": not_numbers((2,)) + not_finite((2,)),
        "expected": not_numbers((2,)) + not_finite((2,)),
        "tolerance": [*NOT_A_REAL_NUMBER, (-1, ValueError)],
    },
    refusals=PLAIN,
)
test_agree_refuses = refused(
    agree,
    {"got": ONES, "expected": ONES, "tolerance": 0.1},
    {"got": not_numbers((2,)) + not_finite((2,)), "expected": not_numbers((2,)), "tolerance": NOT_A_REAL_NUMBER},
    refusals=PLAIN,
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
    refusals=PLAIN,
)
test_prove_symbolically_refuses = refused(
    prove_symbolically, {"label": "eq:f", "fact": "tanh"}, {"fact": [("relu", ValueError), (None, ValueError)]}
)


def test_every_subject_of_the_book_has_the_foreign_oracle():
    """`prove` asks JAX where a subject has a program for it: none of the book's may be without."""
    assert not [name for name, subject in SUBJECTS.items() if subject.jax is None]


def test_a_module_of_subjects_is_found_by_itself():
    """Their order says nothing: the subjects of one backward function, of which the first is taken, share a module."""
    folder = Path(subjects.__file__).parent
    modules = [importlib.import_module(f"{subjects.__name__}.{path.stem}") for path in folder.glob("[a-z]*.py")]
    tables = [module.SUBJECTS for module in modules if hasattr(module, "SUBJECTS")]
    assert 0 < len(tables) < len(modules)
    assert set(SUBJECTS) == {name for table in tables for name in table}
    functions = [{subject.backward for subject in table.values()} for table in tables]
    assert sum(map(len, functions)) == len(set.union(*functions))
