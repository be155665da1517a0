"""`published`, `compare` and `agree`: what they let pass, and what they do not."""

from fractions import Fraction

import numpy as np
import pytest
from proveq import CheckFailed, agree, between, compare, fractions, must_fail, published, relative_difference

from lstmderiv import softmax

SEED = 7


def rng():
    return np.random.default_rng(SEED)


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


def test_between_shows_what_it_found():
    assert between(0, 0.5, 1) == "0.5, between 0 and 1"
    assert between(-1, [[0.25, 1], [-1, 0]], np.inf) == "-1 to 1, between -1 and inf"


@pytest.mark.parametrize("numbers", [1.0001, [0.5, -0.0001], [[0.5], [2]]])
def test_between_refuses_what_lies_outside(numbers):
    message = must_fail(lambda: between(0, numbers, 1))
    assert "expected between 0 and 1" in message


@pytest.mark.parametrize(
    "numbers, error", [([], ValueError), ([0.5, np.nan], ValueError), (0.5j, TypeError), ("a", TypeError)]
)
def test_between_needs_finite_real_numbers(numbers, error):
    with pytest.raises(error, match="got: expected"):
        between(0, numbers, 1)


def test_a_long_fraction_is_shown_rounded():
    mine, other = Fraction(3**500, 7**600), Fraction(3**500 + 1, 7**600)
    said = must_fail(lambda: agree(np.array([mine], object), np.array([other], object)))
    assert "3.175435906368359897777064E-269 (rounded; the fraction has 747 digits)" in said
    assert max(map(len, said.splitlines())) < 100
