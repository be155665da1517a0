"""True values: decimal arithmetic against mpmath, one rounding, and independence from the number of digits."""

import decimal
from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmderiv.interchange import case_names, exact_sections, golden_case
from lstmderiv.interchange.activations import ACTIVATIONS, Activation
from lstmderiv.interchange.vectors.decimals import DIGITS, Number, numbers_of, rounded

floats = st.floats(-20, 20)
FLOAT_TYPES = [np.float16, np.float32, np.float64]


def number(value):
    return Number(Decimal(value))


@given(floats, floats)
def test_arithmetic_is_that_of_the_numbers(a, b):
    x, third = number(a), Fraction(1, 3)
    with decimal.localcontext(decimal.Context(prec=50)), mpmath.workdps(60):
        m, t = mpmath.mpf(a), mpmath.mpf(1) / 3
        pairs = [
            (x + number(b), m + b), (x - b, m - b), (b - x, b - m), (x * third, m * t), (third * x, m * t),
            (x / 2, m / 2), (1 + x, 1 + m), (-x, -m), (x.tanh(), mpmath.tanh(m)), (x.exp(), mpmath.exp(m)),
            ((1 + x * x).log(), mpmath.log(1 + m * m)), (1 / (1 + x * x), 1 / (1 + m * m)),
        ]  # fmt: skip
        for found, expected in pairs:
            assert abs(mpmath.mpf(str(found.value)) - expected) <= mpmath.mpf(10) ** -48 * max(1, abs(expected))
    assert (x > b) == (a > b) and (x < third) == (a < third)


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(x=floats.filter(lambda x: abs(x) > 1e-9))
def test_activations_of_decimals_are_true(name, x):
    one = Activation(name, 0.75, 0.5) if name in ("affine", "scaled_tanh") else Activation(name)
    a, b = one.alpha, one.beta
    with decimal.localcontext(decimal.Context(prec=50)), mpmath.workdps(80):
        m = mpmath.mpf(x)
        expected = {
            "sigmoid": lambda: 1 / (1 + mpmath.exp(-m)),
            "tanh": lambda: mpmath.tanh(m),
            "relu": lambda: max(m, 0),
            "softsign": lambda: m / (1 + abs(m)),
            "softplus": lambda: mpmath.log(1 + mpmath.exp(m)),
            "leaky_relu": lambda: m if m > 0 else a * m,
            "thresholded_relu": lambda: m if m > a else mpmath.mpf(0),
            "elu": lambda: m if m > 0 else a * (mpmath.exp(m) - 1),
            "affine": lambda: a * m + b,
            "scaled_tanh": lambda: a * mpmath.tanh(b * m),
            "hard_sigmoid": lambda: min(mpmath.mpf(1), max(mpmath.mpf(0), a * m + b)),
        }[name]()
        found = one.value(np.array([number(x)], dtype=object))[0]
        assert abs(mpmath.mpf(str(found.value)) - expected) <= mpmath.mpf(10) ** -46


@pytest.mark.parametrize("dtype", FLOAT_TYPES)
@given(x=st.floats(-1000, 1000), step=st.integers(-3, 3), bits=st.sampled_from([0, 60, 90]))
def test_rounding_is_once_and_to_nearest(dtype, x, step, bits):
    # A number beside the middle of two neighbours, by much less than a float64 can hold.
    low = dtype(x)
    middle = (Fraction(float(low)) + Fraction(float(np.nextafter(low, dtype(np.inf))))) / 2
    true = middle + (Fraction(step, 2**bits) if bits else step * Fraction(float(np.spacing(low))) / 8)
    with decimal.localcontext(decimal.Context(prec=400)):
        exact = Decimal(true.numerator) / Decimal(true.denominator)
    found = rounded(np.array([Number(exact)], object), dtype)[0]
    neighbours = [found, np.nextafter(found, dtype(np.inf)), np.nextafter(found, dtype(-np.inf))]
    assert found.dtype == dtype
    assert all(abs(Fraction(float(found)) - true) <= abs(Fraction(float(one)) - true) for one in neighbours)


# 1 + 2^-24 is the middle between 1 and the next float32.
JUST_ABOVE = Number(Decimal("1.000000059604644775390625" + "0" * 40 + "1"))


def test_a_number_just_above_the_middle_is_not_rounded_twice():
    assert np.float32(float(JUST_ABOVE.value)) == 1  # What two roundings give.
    assert rounded(np.array([JUST_ABOVE], object), np.float32)[0] == np.float32(1 + 2**-23)


def mpmath_lstm(case):
    """Outputs of a plain LSTM from the textbook's equations, number by number."""
    W_x, W_h, b = (case.network.arrays()[f"layer0.forward.{name}"] for name in ("W_x", "W_h", "b_x"))
    (B, T, D), H = case.x.shape, W_h.shape[1]
    y = np.empty((B, T, H), object)
    for row in range(B):
        h, c = [mpmath.mpf(0)] * H, [mpmath.mpf(0)] * H
        for t in range(T):
            a = [
                mpmath.fsum(mpmath.mpf(W_x[k, d]) * mpmath.mpf(case.x[row, t, d]) for d in range(D))
                + mpmath.fsum(mpmath.mpf(W_h[k, n]) * h[n] for n in range(H))
                + mpmath.mpf(b[k])
                for k in range(4 * H)
            ]
            gate = [1 / (1 + mpmath.exp(-one)) for one in a]
            c = [gate[n] * c[n] + gate[H + n] * mpmath.tanh(a[2 * H + n]) for n in range(H)]
            h = [gate[3 * H + n] * mpmath.tanh(c[n]) for n in range(H)]
            y[row, t] = h
    return y


@pytest.mark.parametrize("name", ["lstm-plain", "lstm-square"])
def test_outputs_are_those_of_the_textbook_to_the_last_bit(name):
    case = golden_case(name)
    with mpmath.workdps(70):
        expected = mpmath_lstm(case)
        assert np.array_equal(exact_sections(case)["forward"]["y"], expected.astype(np.float64))


@pytest.mark.sampled(17)
@pytest.mark.parametrize("name", case_names())
def test_more_digits_change_no_bit(name):
    one, other = (numbers_of(golden_case(name), digits) for digits in (DIGITS, DIGITS + 50))
    for section, tensors in one.items():
        for place, array in tensors.items():
            for dtype in FLOAT_TYPES if place != "lengths" else []:
                found, expected = rounded(array, dtype), rounded(other[section][place], dtype)
                assert found.dtype == dtype and found.tobytes() == expected.tobytes(), place


def test_too_few_digits_are_seen():
    case = golden_case("rnn-leaky-relu")
    few, enough = (exact_sections(case, digits=digits)["forward"] for digits in (50, DIGITS))
    assert any(not np.array_equal(few[place], array) for place, array in enough.items())


def test_the_callers_decimal_context_plays_no_part():
    case = golden_case("rnn-plain")
    expected = exact_sections(case)
    with decimal.localcontext(decimal.Context(prec=5, rounding=decimal.ROUND_UP)):
        found = exact_sections(case)
        middle = rounded(np.array([JUST_ABOVE], object), np.float32)
    assert np.array_equal(found["forward"]["y"], expected["forward"]["y"]) and middle[0] > 1


def test_zeros_have_no_sign():
    for tensors in exact_sections(golden_case("lstm-relu")).values():
        for array in tensors.values():
            assert not np.any(np.signbit(array) & (array == 0))


def test_wrong_arguments_are_refused():
    case = golden_case("rnn-plain")
    with pytest.raises(TypeError, match="case: expected Case, got dict"):
        exact_sections({})
    for wrong, error in [("int32", ValueError), (complex, ValueError), ("no type", TypeError)]:
        with pytest.raises(error, match="dtype: expected float64, float32 or float16, got"):
            exact_sections(case, wrong)
    with pytest.raises(ValueError, match=r"digits: expected an integer in 30..1000, got 5"):
        exact_sections(case, digits=5)
