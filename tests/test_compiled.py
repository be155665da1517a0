"""`lstm` and `lstm_backward` with compiled steps, beside NumPy's lines: the same bits, or how far from them."""

import dataclasses
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import assert_pure, random, random_parameters, seeds, sizes

from lstmderiv import ArgumentTypeError, LSTMParameters, lstm, lstm_backward
from lstmderiv.compiled import LARGEST, curves

ROOT = Path(__file__).parents[1]
DTYPES = [np.float64, np.float32]
#: In units in the last place; over 360 000 arguments of each dtype the worst were 2.3 and 2.5.
CURVE_BOUND = 3
#: In units of epsilon, relative to the largest entry or 1; over 3000 cases the worst was 3.5.
TRACE_BOUND = 5
#: Each dtype of the trace with that of the gradients.
PAIRS = [(np.float64, np.float64), (np.float32, np.float32), (np.float32, np.float64)]


def drawn(B, T, D, H, seed, dtype):
    """Arguments of `lstm`, of weights that let no rounding error grow, and gradients of outputs and last states."""
    parameters = random_parameters(D, H, seed, dtype)
    parameters = LSTMParameters(parameters.W * dtype((D + H) ** -0.5), parameters.b)
    shapes = [(B, T, D), (B, H), (B, H), (B, T, H), (B, H), (B, H)]
    x, h0, c0, *upstream = (random(shape, seed + 2 + k, dtype) for k, shape in enumerate(shapes))
    return (x, parameters, h0, c0), upstream


def stored(result):
    """Every array that a trace or gradients hold, and every value that is formed of them."""
    arrays = {field.name: getattr(result, field.name) for field in dataclasses.fields(result)} | result._values()
    return {name: value for name, value in arrays.items() if isinstance(value, np.ndarray)}


def assert_same_bits(found, expected):
    found, expected = stored(found), stored(expected)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name].dtype == value.dtype
        np.testing.assert_array_equal(found[name], value, err_msg=name)


def distance(found, expected):
    """The largest difference of any value, in units of epsilon."""
    found, expected = stored(found), stored(expected)
    assert found.keys() == expected.keys()
    differences = [0.0]
    for name, value in expected.items():
        assert found[name].shape == value.shape and found[name].dtype == value.dtype, name
        if value.size and value.dtype != bool:
            unit = np.finfo(value.dtype).eps * max(1, np.abs(value).max())
            differences.append(np.abs(found[name] - value).max() / unit)
    return max(differences)


options = st.fixed_dictionaries(
    {"forget_bias": st.sampled_from([0.0, 1.0]), "reverse": st.booleans(), "padded": st.booleans()}
)


def run_of(options, B, T, seed):
    lengths = np.random.default_rng(seed).integers(0, T + 1, B) if options["padded"] else None
    return {"forget_bias": options["forget_bias"], "reverse": options["reverse"], "lengths": lengths}


@given(st.integers(0, 4), st.integers(0, 6), sizes, st.integers(1, 40), options, seeds, st.sampled_from(DTYPES))
def test_a_forward_pass_differs_in_last_bits_only(B, T, D, H, options, seed, dtype):
    arguments, _ = drawn(B, T, D, H, seed, dtype)
    run = run_of(options, B, T, seed)
    assert distance(lstm(*arguments, **run, compiled=True), lstm(*arguments, **run)) <= TRACE_BOUND


@pytest.mark.parametrize("dtype", DTYPES)
def test_only_the_curves_differ_from_numpy(dtype):
    arguments, _ = drawn(3, 4, 2, 40, 1, dtype)
    trace = lstm(*arguments, compiled=True)
    np.testing.assert_array_equal(trace.c, trace.f * trace.c_prev + trace.i * trace.g)
    np.testing.assert_array_equal(trace.h, trace.o * trace.tanh_c)


@given(st.integers(0, 4), st.integers(0, 6), sizes, st.integers(1, 40), options, seeds, st.sampled_from(PAIRS))
def test_a_backward_pass_gives_the_same_bits(B, T, D, H, options, seed, dtypes):
    arguments, upstream = drawn(B, T, D, H, seed, dtypes[0])
    upstream = [d.astype(dtypes[1]) for d in upstream]
    trace = lstm(*arguments, **run_of(options, B, T, seed))
    found = lstm_backward(upstream[0], trace, *upstream[1:], compiled=True)
    assert_same_bits(found, lstm_backward(upstream[0], trace, *upstream[1:]))
    assert_same_bits(lstm_backward(None, trace, compiled=True), lstm_backward(None, trace))


@pytest.mark.parametrize("dtype", DTYPES)
def test_curves(dtype):
    rng = np.random.default_rng(0)
    x = [scale * rng.normal(size=400) for scale in (1e-6, 1e-2, 0.3, 1, 4, 30)]
    x = np.concatenate([*x, np.linspace(0.9, 1.1, 50) * LARGEST[np.dtype(dtype).name]]).astype(dtype)
    for function, exact in zip(curves(np.dtype(dtype)), (lambda v: 1 / (1 + mpmath.exp(v)), mpmath.tanh)):
        with mpmath.workdps(40):
            for v in x:
                expected = exact(mpmath.mpf(float(v)))
                # What is smaller than normal numbers may be 0.
                unit = max(float(np.spacing(dtype(abs(expected)))), float(np.finfo(dtype).tiny))
                assert abs(mpmath.mpf(float(function(v))) - expected) <= CURVE_BOUND * unit, v


@pytest.mark.parametrize("dtype", DTYPES)
def test_curves_at_the_ends(dtype):
    sigmoid_of_negative, tanh = curves(np.dtype(dtype))
    large = np.finfo(dtype).max
    assert [sigmoid_of_negative(dtype(v)) for v in (-np.inf, -large, 0, large, np.inf)] == [1, 1, 0.5, 0, 0]
    assert [tanh(dtype(v)) for v in (-np.inf, -large, 0, large, np.inf)] == [-1, -1, 0, 1, 1]
    assert np.isnan(sigmoid_of_negative(dtype(np.nan))) and np.isnan(tanh(dtype(np.nan)))
    # Just before the sigmoid is taken for 0 it is next to nothing, and just before exp overflows there is no step.
    last = 120 if dtype == np.float32 else 760
    steps = np.array([sigmoid_of_negative(dtype(v)) for v in np.linspace(60, last, 2000)])
    assert (np.diff(steps) <= 0).all() and steps[-1] == 0


@pytest.mark.parametrize("dtype", DTYPES)
def test_saturated_gates_are_their_limits(dtype):
    parameters = LSTMParameters(np.full((4, 2), 200, dtype), np.zeros(4, dtype))
    trace = lstm(np.array([[[80], [-80]]], dtype), parameters, compiled=True)
    np.testing.assert_array_equal(trace.f.ravel(), [1, 0])
    assert distance(trace, lstm(np.array([[[80], [-80]]], dtype), parameters)) <= 2
    assert not lstm_backward(np.ones((1, 2, 1), dtype), trace, compiled=True).b[:3].any()


def test_what_overflows_is_not_hidden():
    parameters = LSTMParameters(np.full((4, 2), 1e308), np.zeros(4))
    x, d_h = np.array([[[10.0], [-1.0]]]), np.full((1, 2, 1), 1e308)
    with np.errstate(all="ignore"):
        trace, other = lstm(x, parameters, compiled=True), lstm(x, parameters)
        for name, value in stored(other).items():
            np.testing.assert_array_equal(getattr(trace, name), value, err_msg=name)
        assert_same_bits(lstm_backward(d_h, other, compiled=True), lstm_backward(d_h, other))


def test_memory_is_used_again():
    arguments, upstream = drawn(3, 4, 2, 5, 1, np.float64)
    others, other_upstream = drawn(3, 4, 2, 5, 31, np.float64)
    trace = lstm(*arguments, compiled=True, lengths=[4, 0, 2], reverse=True)
    gradients = lstm_backward(upstream[0], trace, *upstream[1:], compiled=True)
    again = lstm(*others, compiled=True, out=trace)
    assert again.z_steps is trace.z_steps
    assert_same_bits(again, lstm(*others, compiled=True))
    d_h, *last = other_upstream
    found = lstm_backward(d_h, again, *last, compiled=True, out=gradients)
    assert_same_bits(found, lstm_backward(d_h, again, *last))


def test_pure():
    (x, parameters, h0, c0), upstream = drawn(3, 4, 2, 5, 1, np.float64)
    assert_pure(lambda x, h0, c0: lstm(x, parameters, h0, c0, compiled=True), x, h0, c0)
    trace = lstm(x, parameters, h0, c0, lengths=[4, 0, 2])
    before = {name: value.copy() for name, value in stored(trace).items()}
    assert_pure(lambda *d: lstm_backward(d[0], trace, *d[1:], compiled=True), *upstream)
    for name, value in stored(trace).items():
        np.testing.assert_array_equal(value, before[name])


@pytest.mark.parametrize("turn", [np.asfortranarray, lambda d: d[:, ::-1], lambda d: np.broadcast_to(d[:1], d.shape)])
def test_gradients_of_any_layout(turn):
    arguments, (d_h, *last) = drawn(3, 4, 2, 5, 1, np.float64)
    trace = lstm(*arguments)
    assert_same_bits(lstm_backward(turn(d_h), trace, *last, compiled=True), lstm_backward(turn(d_h), trace, *last))


@pytest.mark.parametrize("dtype", [np.float16, np.longdouble, np.complex128])
def test_other_dtypes_are_refused(dtype):
    (x, parameters, *_), (d_h, *_) = drawn(1, 2, 2, 2, 1, dtype)
    trace = lstm(x, parameters, compiled=False)
    name = np.dtype(dtype).name
    with pytest.raises(ArgumentTypeError, match=f"^compiled: expected False where x, parameters, .* make {name}: "):
        lstm(x, parameters, compiled=True)
    with pytest.raises(ArgumentTypeError, match=f"^compiled: expected False where d_h, trace, .* make {name}: "):
        lstm_backward(d_h, trace, compiled=True)
    with pytest.raises(ArgumentTypeError, match=f"^compiled: expected False where d_h, trace, .* make {name}: "):
        lstm_backward(d_h.real.astype(np.float64), trace, compiled=True)
    # The trace may be one that is compiled: it is what comes from outside that makes the gradients wider.
    (x, parameters, *_), _ = drawn(1, 2, 2, 2, 1, np.float32)
    if dtype is not np.float16:
        with pytest.raises(ArgumentTypeError, match=name):
            lstm_backward(d_h, lstm(x, parameters, compiled=True), compiled=True)


def test_number_objects_are_refused():
    (x, parameters, *_), (d_h, *_) = drawn(1, 2, 2, 2, 1, np.float64)
    with pytest.raises(ArgumentTypeError, match=r"^compiled: expected False where d_h, .* make object: "):
        lstm_backward(np.vectorize(Fraction)(d_h), lstm(x, parameters), compiled=True)


def test_the_other_byte_order_is_taken():
    (x, parameters, *_), _ = drawn(1, 2, 2, 2, 1, np.float64)
    swapped = LSTMParameters(*(array.astype(array.dtype.newbyteorder()) for array in (parameters.W, parameters.b)))
    found = lstm(x.astype(x.dtype.newbyteorder()), swapped, compiled=True)
    assert_same_bits(found, lstm(x, parameters, compiled=True))


def test_compiled_is_a_flag():
    (x, parameters, *_), (d_h, *_) = drawn(1, 2, 2, 2, 1, np.float64)
    for call in (lambda: lstm(x, parameters, compiled=1), lambda: lstm_backward(d_h, lstm(x, parameters), compiled=1)):
        with pytest.raises(ArgumentTypeError, match="compiled: expected True or False, got int"):
            call()


def test_without_numba():
    code = "import sys; sys.modules['numba'] = None\nimport lstmderiv, numpy as np\n"
    code += "p = lstmderiv.LSTMParameters(np.ones((4, 2)), np.ones(4))\nx = np.ones((1, 2, 1))\n"
    code += "d = lstmderiv.lstm_backward(x, lstmderiv.lstm(x, p))\nlstmderiv.lstm(x, p, compiled=True)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    last = run.stderr.splitlines()[-1]
    assert last == "ImportError: lstmderiv.compiled needs the package `numba`: pip install lstmderiv[fast]"
