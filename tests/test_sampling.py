import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import (
    NOT_A_REAL_NUMBER,
    NOT_A_SIZE,
    not_finite,
    not_integers,
    not_numbers,
    out_of_range,
    random,
    refused,
    seeds,
)

from lstmderiv import language_model, softmax
from lstmderiv.language_model import initial_parameters
from lstmderiv.sampling import sample, softmax_with_temperature

LOGITS = np.array([[1.0, -2.0, 0.5], [3.0, 3.0, -1.0]])


def model(seed=0):
    p = initial_parameters(4, 3, 6, np.random.default_rng(seed))
    return {**p, "output": {"W": p["output"]["W"] * 4, "b": np.array([0.5, -1.0, 1.0, 0.0])}}


@given(st.floats(0.01, 100), seeds)
def test_it_is_the_softmax_of_the_logits_over_the_temperature(temperature, seed):
    logits = random((2, 4), seed)
    p = softmax_with_temperature(logits, temperature)
    np.testing.assert_allclose(p, softmax(logits / temperature), rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(p.sum(axis=-1), 1, rtol=1e-14)


@pytest.mark.parametrize("temperature", [1e-9, 1e-200, 5e-324])
def test_towards_zero_only_the_greatest_is_left(temperature):
    assert softmax_with_temperature(LOGITS, temperature).tolist() == [[1, 0, 0], [0.5, 0.5, 0]]
    assert softmax_with_temperature([1e308, -1e308], temperature).tolist() == [1, 0]
    assert softmax_with_temperature(LOGITS.astype(np.float32), temperature).tolist() == [[1, 0, 0], [0.5, 0.5, 0]]


def test_towards_infinity_all_are_equal():
    np.testing.assert_allclose(softmax_with_temperature(LOGITS, 1e308), 1 / 3, rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtype_is_kept(dtype):
    assert softmax_with_temperature(LOGITS.astype(dtype), 0.5).dtype == dtype


def test_the_first_word_is_drawn_from_the_model_at_the_temperature():
    start = np.array([2, 0, 1])
    trace = language_model(start[None], start[None], model())
    expected = softmax(trace.logits[0, -1] / 0.7)
    rng, n, one = np.random.default_rng(1), 4000, model()
    drawn = np.array([sample(one, start, 1, 0.7, rng)[0] for _ in range(n)])
    counts = np.bincount(drawn, minlength=4)
    # Pearson's statistic with 3 degrees of freedom exceeds 16.3 once in a thousand times; the seed is fixed.
    assert (expected * n > 100).all()
    assert ((counts - n * expected) ** 2 / (n * expected)).sum() < 16.3
    wrong = softmax(trace.logits[0, -1])
    assert ((counts - n * wrong) ** 2 / (n * wrong)).sum() > 16.3


def test_cold_sampling_takes_the_likeliest_word_given_all_before():
    text = [1]
    for _ in range(12):
        read = np.array([text])
        text.append(int(language_model(read, read, model()).logits[0, -1].argmax()))
    assert sample(model(), [1], 12, 1e-12, np.random.default_rng(0)).tolist() == text[1:]


def test_one_seed_one_text():
    one, other, third = (sample(model(), [0], 30, 1.0, np.random.default_rng(seed)).tolist() for seed in (5, 5, 6))
    assert one == other != third
    assert set(one) <= set(range(4))


def test_low_precision_parameters_can_be_sampled_from():
    p = model()
    low = {
        "embedding": p["embedding"].astype(np.float16),
        "lstm": type(p["lstm"])(p["lstm"].W.astype(np.float16), p["lstm"].b.astype(np.float16)),
        "output": {name: value.astype(np.float16) for name, value in p["output"].items()},
    }
    assert len(sample(low, [0], 20, 1.0, np.random.default_rng(0))) == 20


TEMPERATURES = [*NOT_A_REAL_NUMBER, (0, ValueError), (-1.0, ValueError)]
test_softmax_with_temperature_refuses = refused(
    softmax_with_temperature,
    {"logits": LOGITS, "temperature": 1.0},
    {
        "logits": [
            *not_numbers((2, 3)),
            *not_finite((2, 3)),
            (LOGITS * 1j, TypeError),
            (np.ones((2, 0)), ValueError),
            (1.0, ValueError),
        ],
        "temperature": TEMPERATURES,
    },
)
test_sample_refuses = refused(
    sample,
    {"parameters": model(), "start": [0, 1], "length": 2, "temperature": 1.0, "rng": np.random.default_rng(0)},
    {
        "parameters": [(None, TypeError), ({}, ValueError)],
        "start": [*not_integers((2,)), *out_of_range((2,), -1, 4), ([], ValueError), ([[0]], ValueError)],
        "length": NOT_A_SIZE,
        "temperature": TEMPERATURES,
        "rng": [(0, TypeError), (None, TypeError)],
        "forget_bias": NOT_A_REAL_NUMBER,
    },
)
