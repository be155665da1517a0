"""The checks of arguments, each with all that it refuses, and the one error that they raise."""

import copy
import pickle
import re
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import lstmderiv
from lstmderiv import ArgumentError, ArgumentTypeError
from lstmderiv.checks import (
    check_shape,
    flag,
    floating,
    instance,
    integer_in,
    integers,
    positive_integer,
    real_floating,
    real_scalar,
    same_keys,
)
from lstmderiv.language_model import initial_parameters
from lstmderiv.language_training import train

KINDS = [(ArgumentError, ValueError), (ArgumentTypeError, TypeError)]


@pytest.mark.parametrize(("kind", "builtin"), KINDS)
def test_an_error_is_the_builtin_one_and_not_the_other(kind, builtin):
    (other,) = {ValueError, TypeError} - {builtin}
    assert issubclass(kind, builtin) and not issubclass(kind, other)


@pytest.mark.parametrize("kind", [ArgumentError, ArgumentTypeError])
def test_an_error_carries_what_its_message_says(kind):
    error = kind("x", "(B, T, D) with D = 10", (3, 7))
    assert str(error) == "x: expected (B, T, D) with D = 10, got (3, 7)"
    assert (error.name, error.expected, error.got) == ("x", "(B, T, D) with D = 10", "(3, 7)")


@pytest.mark.parametrize("kind", [ArgumentError, ArgumentTypeError])
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_a_copy_of_an_error_says_the_same(kind, copied):
    # The value that is refused cannot be pickled itself.
    error = kind("x", "numbers", lambda: None)
    again = copied(error)
    assert type(again) is kind and str(again) == str(error)
    assert (again.name, again.expected, again.got) == (error.name, error.expected, error.got)


@pytest.mark.parametrize("kind", [ArgumentError, ArgumentTypeError])
def test_an_error_of_another_name_is_of_the_same_kind(kind):
    again = kind("alpha", "a number", "None").renamed("activations['f']")
    assert type(again) is kind and str(again) == "activations['f']: expected a number, got None"


def test_parts_of_a_message_may_hold_its_own_words():
    error = ArgumentError("a: expected b", "c, got d", "e: expected f, got g")
    assert (error.name, error.expected, error.got) == ("a: expected b", "c, got d", "e: expected f, got g")


def test_a_function_raises_both():
    with pytest.raises(ArgumentError) as caught:
        lstmderiv.dense(np.ones((2, 3)), np.ones((4, 2)), np.ones(2))
    assert (caught.value.name, caught.value.expected, caught.value.got) == ("x", "(..., K) with K = 4", "(2, 3)")
    with pytest.raises(ArgumentTypeError) as caught:
        lstmderiv.sigmoid("text")
    assert (caught.value.name, caught.value.expected) == ("x", "an array of numbers")


# Every kind of check, with all that it refuses. That an argument goes through its check is tested beside its function,
# by a row or two of each kind: see `refused`.

SHAPE = (2, 3)


def pairs(*names):
    """(value, error) rows of one test, numbered."""
    return pytest.mark.parametrize(("value", "kind"), [row for rows in names for row in rows])


NOT_NUMBERS = [
    (np.full(SHAPE, "a"), ArgumentTypeError),
    ("text", ArgumentTypeError),
    (np.full(SHAPE, object()), ArgumentTypeError),
    (np.full(SHAPE, None), ArgumentTypeError),
    (np.full(SHAPE, "2026-01-01", "datetime64[D]"), ArgumentTypeError),
    ({}, ArgumentTypeError),
    (None, ArgumentTypeError),
    ([[1.0], [2.0, 3.0]], ArgumentError),
]


def with_one(number, dtype):
    array = np.ones(SHAPE, dtype)
    array[-1, -1] = number
    return array


NOT_FINITE = [
    (with_one(number, dtype), ArgumentError)
    for number in (np.nan, np.inf, -np.inf)
    for dtype in (np.float16, np.float32, np.float64, np.complex128, object)
]
MISSHAPEN = [(np.ones(shape), ArgumentError) for shape in ((3, 3), (2, 4), (3,), (2, 2, 3), ())]


@pairs(NOT_NUMBERS, NOT_FINITE, MISSHAPEN)
def test_floating_refuses(value, kind):
    with pytest.raises(kind, match=r"^x: expected .+, got .+"):
        floating("x", value, ("B", "D"), B=2, D=3)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex64, np.complex128, object])
def test_floating_keeps_the_kind_of_number(dtype):
    array = np.ones(SHAPE, dtype)
    assert floating("x", array, ("B", "D")) is array


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64])
def test_floating_makes_integers_float64(dtype):
    assert floating("x", np.ones(SHAPE, dtype), ("B", "D")).dtype == np.float64


def test_floating_says_where_the_first_bad_number_is():
    with pytest.raises(ArgumentError, match=r"^x: expected finite numbers, got nan at index \(1, 2\)$"):
        floating("x", with_one(np.nan, np.float64), ("B", "D"))


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_floating_takes_all_floats_where_it_is_told_to(number):
    array = with_one(number, np.float64)
    assert floating("x", array, ("B", "D"), finite=False) is array


@pairs(NOT_NUMBERS, NOT_FINITE, [(np.ones(SHAPE, complex), ArgumentTypeError)])
def test_real_floating_refuses(value, kind):
    with pytest.raises(kind, match=r"^x: expected .+, got .+"):
        real_floating("x", value)


@pytest.mark.parametrize(
    ("shape", "dims", "sizes", "fits"),
    [
        ((2, 3), ("B", "D"), {}, True),
        ((2, 3), ("B", "D"), {"B": 2, "D": 3}, True),
        ((2, 3), ("B", "D"), {"D": 4}, False),
        ((2, 3), ("B", "D", "H"), {}, False),
        ((2, 3), ("B",), {}, False),
        ((3,), ("...", "D"), {"D": 3}, True),
        ((2, 5, 3), ("...", "D"), {"D": 3}, True),
        ((2, 5, 4), ("...", "D"), {"D": 3}, False),
        ((), ("...", "D"), {}, False),
        ((2, 3), ("...",), {}, True),
    ],
)
def test_a_shape_is_held_to_its_symbols(shape, dims, sizes, fits):
    if fits:
        check_shape("x", shape, dims, sizes)
    else:
        with pytest.raises(ArgumentError, match=rf"^x: expected \(.*{dims[-1]},?\).*, got {re.escape(str(shape))}$"):
            check_shape("x", shape, dims, sizes)


NOT_INTEGERS = [
    (np.ones(SHAPE), ArgumentTypeError),
    (np.ones(SHAPE, bool), ArgumentTypeError),
    (np.full(SHAPE, "a"), ArgumentTypeError),
    (np.full(SHAPE, 1j), ArgumentTypeError),
    (np.full(SHAPE, None), ArgumentTypeError),
    (None, ArgumentTypeError),
    ([[1], [2, 3]], ArgumentError),
    (np.ones((3, 3), int), ArgumentError),
    (np.ones(2, int), ArgumentError),
]
OUT_OF_RANGE = [(with_one(number, int), ArgumentError) for number in (-1, 5, 2**40, -(2**40))]


@pairs(NOT_INTEGERS, OUT_OF_RANGE)
def test_integers_refuses(value, kind):
    with pytest.raises(kind, match=r"^ids: expected .+, got .+"):
        integers("ids", value, ("B", "T"), 0, 5, bounds="in 0..4", B=2)


def test_integers_looks_only_where_it_is_told_to():
    ids = with_one(-1, int)
    where = np.ones(SHAPE, bool)
    where[-1, -1] = False
    assert integers("ids", ids, ("B", "T"), 0, 5, bounds="in 0..4", where=where) is ids
    with pytest.raises(ArgumentError, match=r"^ids: expected \(2, 4\), as targets, got \(2, 3\)$"):
        integers("ids", ids, ("B", "T"), -1, 5, bounds="in -1..4", shape=((2, 4), "as targets"))


def test_integers_takes_an_empty_list():
    assert integers("ids", [], ("T",), 0, 5, bounds="in 0..4").dtype == np.int64


NOT_A_REAL_NUMBER = [
    ("1", ArgumentTypeError),
    (None, ArgumentTypeError),
    (True, ArgumentTypeError),
    (1j, ArgumentTypeError),
    (np.ones(2), ArgumentTypeError),
    (np.array(1j), ArgumentTypeError),
    (np.bool_(True), ArgumentTypeError),
    ([1.0], ArgumentTypeError),
    (np.nan, ArgumentError),
    (np.inf, ArgumentError),
    (-np.inf, ArgumentError),
    (10**400, ArgumentError),
]


@pairs(NOT_A_REAL_NUMBER)
def test_real_scalar_refuses(value, kind):
    with pytest.raises(kind, match=r"^rate: expected .+, got .+"):
        real_scalar("rate", value)


@pytest.mark.parametrize(
    ("value", "bounds", "fits"),
    [
        (0, {"minimum": 0}, True),
        (-0.1, {"minimum": 0}, False),
        (0, {"above": 0}, False),
        (0.1, {"above": 0}, True),
        (Fraction(-1, 3), {"minimum": 0, "above": -1}, False),
    ],
)
def test_real_scalar_is_held_to_its_bounds(value, bounds, fits):
    if fits:
        assert real_scalar("rate", value, **bounds) == value
    else:
        with pytest.raises(ArgumentError, match=r"^rate: expected a finite number [>=]+ .+, got .+"):
            real_scalar("rate", value, **bounds)


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), np.int64(2), np.array(2.0), Fraction(2)])
def test_real_scalar_is_a_python_number(value):
    found = real_scalar("rate", value)
    assert found == 2 and not isinstance(found, (np.ndarray, np.generic))
    assert type(real_scalar("rate", value, dtype=np.dtype(np.float32))) is float
    assert type(real_scalar("rate", value, dtype=np.dtype(object))) is type(found)


NOT_AN_INTEGER = [
    (2.0, ArgumentTypeError),
    (True, ArgumentTypeError),
    ("2", ArgumentTypeError),
    (None, ArgumentTypeError),
    (np.array([2]), ArgumentTypeError),
    (Fraction(2), ArgumentTypeError),
]


@pairs(NOT_AN_INTEGER, [(0, ArgumentError), (-1, ArgumentError)])
def test_positive_integer_refuses(value, kind):
    with pytest.raises(kind, match=r"^size: expected an integer >= 1, got .+"):
        positive_integer("size", value)


@pairs(NOT_AN_INTEGER, [(np.bool_(True), ArgumentTypeError), (1, ArgumentError), (5, ArgumentError)])
def test_integer_in_refuses(value, kind):
    with pytest.raises(kind, match=r"^digits: expected an integer in 2\.\.4, got .+"):
        integer_in("digits", value, 2, 5, bounds="in 2..4")


@pytest.mark.parametrize("value", [2, np.int8(2), np.uint64(2)])
def test_an_integer_is_a_python_int(value):
    assert type(positive_integer("size", value)) is type(integer_in("digits", value, 2, 5, bounds="in 2..4")) is int


@pairs([(value, ArgumentTypeError) for value in (1, 0, None, "no", np.ones(2), np.ones(1, bool))])
def test_flag_refuses(value, kind):
    with pytest.raises(kind, match=r"^reverse: expected True or False, got .+"):
        flag("reverse", value)


def test_flag_is_a_python_bool():
    assert flag("reverse", np.bool_(True)) is True and flag("reverse", False) is False


def test_instance_refuses():
    assert instance("trace", 2, int) == 2
    with pytest.raises(ArgumentTypeError, match=r"^trace: expected dict, got NoneType$"):
        instance("trace", None, dict)


@pairs(
    [([("a", 1)], ArgumentTypeError), (None, ArgumentTypeError), ({}, ArgumentError)],
    [({"a": 1}, ArgumentError), ({"a": 1, "b": 2, "c": 3}, ArgumentError), ({"a": 1, "c": 3}, ArgumentError)],
)
def test_same_keys_refuses(value, kind):
    same_keys("parameters", {"b": 2, "a": 1}, ("a", "b"))
    with pytest.raises(kind, match=r"^parameters: expected .+, got .+"):
        same_keys("parameters", value, ("a", "b"))


MASKED = np.ma.masked_array([[1.0, 2.0, 3.0]] * 2, [[False, False, True]] * 2)


@pytest.mark.parametrize("value", [MASKED, list(MASKED), [list(MASKED)], MASKED.astype(int)])
def test_what_is_masked_is_refused(value):
    for check in (floating, lambda *given: integers(*given, 0, 5, bounds="in 0..4")):
        with pytest.raises(ArgumentError, match=r"^x: expected an array without masked entries, got 2 masked$"):
            check("x", value, ("...",))


def test_a_masked_array_of_which_nothing_is_masked_is_an_array():
    assert np.array_equal(floating("x", np.ma.masked_array(np.ones(SHAPE)), ("B", "D")), np.ones(SHAPE))


def test_a_masked_number_is_none():
    with pytest.raises(ArgumentTypeError, match=r"^rate: expected a real number, got a masked one$"):
        real_scalar("rate", np.ma.masked)


def test_what_another_library_raises_is_told():
    class Elsewhere:
        def __array__(self, dtype=None, copy=None):
            raise RuntimeError("it stands on another device")

    for value in (Elsewhere(), [Elsewhere()]):
        with pytest.raises(ArgumentTypeError, match=r"^x: expected an array of numbers, got .*another device\)$"):
            floating("x", value, ("...",))


def test_whole_numbers_of_any_size_are_float64():
    assert floating("x", [2**70, 1], ("N",)).dtype == np.float64
    assert floating("x", np.array([2**70, 1]), ("N",)).dtype == object


@pytest.mark.parametrize("value", [10**400, [10**400], np.array([10**400]), np.array([Fraction(-(10**400), 3)])])
def test_numbers_beyond_float64_are_refused(value):
    with pytest.raises(ArgumentError, match=r"^x: expected numbers within the range of float64, got a larger one at"):
        floating("x", value, ("...",))


@pytest.mark.parametrize("value", [2**1023, Fraction(2**2000, 2**1000), Fraction(1, 10**400)])
def test_numbers_within_float64_are_not(value):
    assert floating("x", np.array([value]), ("N",))[0] == value


@pytest.mark.parametrize("value", [Decimal("0.5"), [Decimal("NaN")], np.array([Fraction(1), Decimal(1)])])
def test_numbers_that_do_not_combine_are_refused(value):
    with pytest.raises(ArgumentTypeError, match=r"^x: expected numbers that can be added to Fractions, got .*Decimal$"):
        floating("x", value, ("...",))


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("x", lambda F: lstmderiv.sigmoid(F)),
        ("logits", lambda F: lstmderiv.softmax(F)),
        ("logits", lambda F: lstmderiv.cross_entropy(F, [0, 1])),
        ("x", lambda F: lstmderiv.layer_norm(F, np.ones(2), np.ones(2))),
        ("x", lambda F: lstmderiv.rnn_cell(F, np.ones((2, 1)), lstmderiv.RNNParameters(np.ones((1, 3)), np.ones(1)))),
        (
            "parameters.W",
            lambda F: lstmderiv.rnn_cell(np.ones((2, 1)), np.ones((2, 1)), lstmderiv.RNNParameters(F[:1], np.ones(1))),
        ),
        (
            "parameters.b",
            lambda F: lstmderiv.lstm(
                np.ones((1, 1, 1)), lstmderiv.LSTMParameters(np.ones((4, 2)), np.repeat(F[0, :1], 4))
            ),
        ),
    ],
)
def test_exact_numbers_without_the_function_are_refused(name, call):
    message = rf"^{name}: expected floating-point numbers, or objects with a method \w+, got .*Fraction$"
    with pytest.raises(ArgumentTypeError, match=message):
        call(np.full((2, 2), Fraction(1, 3)))


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("size", lambda: lstmderiv.one_hot([0, 1], size=10**13)),
        ("vocabulary_size", lambda: lstmderiv.embedding_backward(np.ones((1, 1000)), [0], vocabulary_size=2**40)),
        ("p", lambda: lstmderiv.softmax_jacobian(np.full(10**7, 1e-7))),
        ("x", lambda: lstmderiv.sigmoid(np.broadcast_to(1.0, (10**8, 10**8)))),
        ("input_size", lambda: lstmderiv.Dense(1000).build(10**12)),
        ("shape", lambda: lstmderiv.Constant(0.0)((10**400, 2))),
    ],
)
def test_what_does_not_fit_into_memory_is_refused_with_its_size(name, call):
    message = rf"^{name}: expected a size for which there is memory, got one that takes .*\d+ bytes \(.+\)$"
    with pytest.raises(ArgumentError, match=message):
        call()


def test_a_limit_on_memory_is_kept_to(tmp_path):
    resource = pytest.importorskip("resource")
    program = (
        "import lstmderiv, resource\n"
        "lstmderiv.one_hot([0], 2)\n"
        f"resource.setrlimit(resource.RLIMIT_AS, ({4 * 2**30}, resource.RLIM_INFINITY))\n"
        "try:\n    lstmderiv.one_hot([0, 1, 2], size=10**9)\n"
        "except lstmderiv.ArgumentError as error:\n    print(error)\n"
    )
    assert (
        resource
        and "bytes"
        in subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    )


def test_trees_that_hold_themselves_are_refused():
    inner, outer = {}, []
    inner["a"], _ = inner, outer.append(outer)
    deep = np.ones(2)
    for _ in range(1000):
        deep = {"a": deep}
    for tree, start in ((inner, r"gradients\['a'\]"), (outer, r"gradients\[0\]"), (deep, "gradients.*")):
        for call in (lstmderiv.global_norm, lambda g: lstmderiv.clip_by_global_norm(g, 1.0)):
            with pytest.raises(ArgumentError, match=rf"^{start}: expected .*containers"):
                call(tree)
    with pytest.raises(ArgumentError, match=r"^parameters\['a'\]: expected containers that do not hold themselves"):
        lstmderiv.gradient_descent(inner, inner, 0.1)


@pytest.mark.parametrize("value", [Fraction(-3, 4), [Fraction(3, 4)], np.array(Fraction(3, 4))])
def test_the_norm_of_exact_numbers(value):
    assert lstmderiv.global_norm(value) == 0.75
    assert lstmderiv.clip_by_global_norm(value, 2)[1] == 0.75


def test_training_that_overflows_names_the_rate():
    rng = np.random.default_rng(0)
    parameters = initial_parameters(5, 4, 2, rng)
    with np.errstate(all="ignore"), pytest.raises(ArgumentError, match=r"^learning_rate: expected one with which"):
        train(
            parameters, [0, 1, 2, 3, 4, 0], epochs=3, batch_size=1, window=2, learning_rate=1e308, max_norm=1e300,
            rng=rng,
        )  # fmt: skip


def test_finite_numbers_may_overflow_and_numpy_says_so():
    with pytest.warns(RuntimeWarning, match="overflow"):
        assert np.isinf(lstmderiv.gradient_descent(np.array([-1e308]), np.array([1e308]), 1.0)).all()
    with np.errstate(over="raise"), pytest.raises(FloatingPointError, match="overflow"):
        lstmderiv.layer_norm(np.array([[1e308, -1e308]]), np.ones(2), np.ones(2))
