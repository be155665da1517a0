from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from proveq import CheckFailed, edited, must_fail
from support import (
    FLOAT_TYPES,
    NOT_A_REAL_NUMBER,
    assert_gradient,
    assert_pure,
    leading_shapes,
    misshapen,
    not_finite,
    not_numbers,
    random,
    refused,
    seeds,
    sizes,
)

from lstmderiv import LayerNormTrace, layer_norm, layer_norm_backward
from lstmderiv.verify import prove

X, GAIN, SHIFT, D_Y = random((3, 4), 1), random((4,), 2), random((4,), 3), random((3, 4), 4)
ONE, ZERO = np.ones(4), np.zeros(4)
TRACE = layer_norm(X, GAIN, SHIFT)
EQUATIONS = {
    name: f"eq:{name}"
    for name in ("d_gain", "d_shift", "d_normalised", "d_root", "d_variance", "d_deviation", "d_mean", "d_x")
}


def test_by_hand():
    trace = layer_norm([1.0, 3.0, 5.0, 7.0], [1.0, 1.0, 2.0, 2.0], [0.0, 0.0, 0.0, 10.0], epsilon=4.0)
    assert trace.mean.tolist() == [4]
    assert trace.deviation.tolist() == [-3, -1, 1, 3]
    assert trace.variance.tolist() == [5]  # (9 + 1 + 1 + 9) / 4: not divided by 3
    assert trace.root.tolist() == [3]  # the square root of 5 + 4
    np.testing.assert_allclose(trace.normalised, [-1, -1 / 3, 1 / 3, 1], rtol=1e-15)
    np.testing.assert_allclose(trace.y, [-1, -1 / 3, 2 / 3, 12], rtol=1e-15)


def test_mean_and_variance_are_numpys():
    np.testing.assert_allclose(TRACE.mean[:, 0], X.mean(axis=-1), rtol=1e-14)
    np.testing.assert_allclose(TRACE.variance[:, 0], X.var(axis=-1), rtol=1e-14)


def test_every_intermediate_gradient_by_every_oracle():
    evidence = prove(layer_norm_backward, EQUATIONS, np.random.default_rng(1))
    assert len(evidence.records) == 3 * len(EQUATIONS)


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    "old, new, hit",
    [
        ("-(d_normalised * deviation)", "(d_normalised * deviation)", "d_root"),
        ("(2 * root)", "root", "d_variance"),
        (" + 2 * d_variance * deviation / H", "", "d_deviation"),
        ("-d_deviation.sum", "d_deviation.sum", "d_mean"),
        (" + d_mean / H", "", "d_x"),
        ("d_y * gain", "d_y", "d_normalised"),
        ("(d_y * normalised)", "(d_y * deviation)", "d_gain"),
    ],
)
def test_a_wrong_line_is_noticed_by_every_oracle(old, new, hit):
    broken = edited(layer_norm_backward, old, new)
    for oracle in ("exact", "complex step", "JAX"):
        message = must_fail(lambda oracle=oracle: prove(broken, EQUATIONS, np.random.default_rng(1), oracles=[oracle]))
        assert message.startswith("eq:d_")
        with pytest.raises(CheckFailed, match=f"^eq:{hit}: "):
            prove(broken, {hit: EQUATIONS[hit]}, np.random.default_rng(1), oracles=[oracle])


@given(leading_shapes, sizes, seeds)
def test_gradients_by_complex_step(leading, H, seed):
    point = {"x": random((*leading, H), seed), "gain": random((H,), seed + 1), "shift": random((H,), seed + 2)}
    d_y = random((*leading, H), seed + 3)

    def loss(name):
        return lambda value: (d_y * layer_norm(**{**point, name: value}, epsilon=1).y).sum()

    gradients = layer_norm_backward(d_y, layer_norm(**point, epsilon=1))
    for name in point:
        assert_gradient(getattr(gradients, name), loss(name), point[name])


@given(leading_shapes, sizes, seeds)
def test_shapes(leading, H, seed):
    trace = layer_norm(random((*leading, H), seed), np.ones(H), np.zeros(H))
    gradients = layer_norm_backward(trace.y, trace)
    for array in (trace.deviation, trace.normalised, trace.y, gradients.x, gradients.d_normalised):
        assert array.shape == (*leading, H)
    for array in (trace.mean, trace.variance, trace.root, gradients.d_root, gradients.d_variance, gradients.d_mean):
        assert array.shape == (*leading, 1)
    assert gradients.gain.shape == gradients.shift.shape == (H,)


def test_the_result_has_the_mean_and_the_variance_that_it_should_have():
    for epsilon in (1e-12, 1e-3, 0.5):
        trace = layer_norm(X, ONE, ZERO, epsilon=epsilon)
        np.testing.assert_allclose(trace.y.mean(axis=-1), 0, atol=1e-15)
        np.testing.assert_allclose(trace.y.var(axis=-1), 1 - epsilon / trace.root[:, 0] ** 2, rtol=1e-14)


def test_a_constant_added_and_a_factor_leave_the_result():
    np.testing.assert_allclose(layer_norm(X + 7, GAIN, SHIFT).y, TRACE.y, rtol=1e-13)
    np.testing.assert_allclose(layer_norm(3 * X, GAIN, SHIFT, epsilon=9e-12).y, TRACE.y, rtol=1e-13)


def test_the_gradient_has_no_part_along_the_ones_and_next_to_none_along_the_normalised_row():
    for epsilon in (1e-12, 1e-3, 0.5):
        trace = layer_norm(X, GAIN, SHIFT, epsilon=epsilon)
        gradients = layer_norm_backward(D_Y, trace)
        np.testing.assert_allclose(gradients.x.sum(axis=-1), 0, atol=1e-14)
        left = epsilon * (D_Y * GAIN * trace.normalised).sum(axis=-1) / trace.root[:, 0] ** 3
        np.testing.assert_allclose((gradients.x * trace.normalised).sum(axis=-1), left, atol=1e-14)
        assert np.abs(gradients.x).min() > 1e-3


def test_the_combined_form():
    n, d_n = TRACE.normalised, D_Y * GAIN
    combined = (d_n - d_n.mean(-1, keepdims=True) - n * (d_n * n).mean(-1, keepdims=True)) / TRACE.root
    np.testing.assert_allclose(layer_norm_backward(D_Y, TRACE).x, combined, rtol=1e-13)


def test_a_row_of_one_entry_is_its_shift():
    trace = layer_norm([[2.0], [-5.0]], [3.0], [4.0])
    assert trace.y.tolist() == [[4], [4]]
    assert layer_norm_backward([[1.0], [1.0]], trace).x.tolist() == [[0], [0]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_row_of_equal_entries_is_the_shift(dtype):
    trace = layer_norm(np.full((2, 4), 0.25, dtype), GAIN.astype(dtype), SHIFT.astype(dtype))
    np.testing.assert_array_equal(trace.y, np.tile(SHIFT.astype(dtype), (2, 1)))
    gradients = layer_norm_backward(D_Y[:2].astype(dtype), trace)
    # The root is 1e-6: what is left of a gradient is a million times as large.
    d_n = (D_Y[:2] * GAIN).astype(dtype)
    expected = (d_n - d_n.mean(-1, keepdims=True)) * dtype(1e6)
    np.testing.assert_allclose(gradients.x, expected, rtol=4 * np.finfo(dtype).eps, atol=np.finfo(dtype).eps * 4e6)


@pytest.mark.parametrize("dtype", FLOAT_TYPES)
def test_dtype_is_kept(dtype):
    for epsilon in (1, 0.01, np.float64(0.01), np.array(0.01), Fraction(1, 100)):
        trace = layer_norm(X.astype(dtype), GAIN.astype(dtype), SHIFT.astype(dtype), epsilon=epsilon)
        gradients = layer_norm_backward(D_Y.astype(dtype), trace)
        for container in (trace, gradients):
            assert {array.dtype for array in vars(container).values()} == {np.dtype(dtype)}


def test_backward_stays_exact_on_fractions():
    wide = {name: random((2, 3), k, object) for k, name in enumerate(("deviation", "normalised", "y"))}
    narrow = {name: random((2, 1), k, object) + 20 for k, name in enumerate(("mean", "variance", "root"))}
    trace = LayerNormTrace(**wide, **narrow, gain=random((3,), 9, object))
    gradients = layer_norm_backward(random((2, 3), 10, object), trace)
    assert {type(number) for array in vars(gradients).values() for number in array.flat} == {Fraction}
    assert not any(gradients.x.sum(axis=-1))


def test_pure():
    assert_pure(lambda *arguments: vars(layer_norm(*arguments)), X, GAIN, SHIFT)
    assert_pure(lambda d_y: vars(layer_norm_backward(d_y, TRACE)), D_Y)


def test_no_rows():
    trace = layer_norm(np.ones((0, 4)), GAIN, SHIFT)
    gradients = layer_norm_backward(trace.y, trace)
    assert gradients.x.shape == (0, 4) and not gradients.gain.any()


def bad(shape, **kwargs):
    return not_numbers(shape) + not_finite(shape) + misshapen(shape, **kwargs)


test_layer_norm_refuses = refused(
    layer_norm,
    {"x": X, "gain": GAIN, "shift": SHIFT, "epsilon": 1e-12},
    {
        "x": [*not_numbers((3, 4)), *not_finite((3, 4)), (1.0, ValueError), (np.ones((2, 0)), ValueError)],
        "gain": bad((4,)),
        "shift": bad((4,)),
        "epsilon": [*NOT_A_REAL_NUMBER, (0.0, ValueError), (-1e-12, ValueError), (1e-400, ValueError)],
    },
)
test_layer_norm_backward_refuses = refused(
    layer_norm_backward,
    {"d_y": D_Y, "trace": TRACE},
    {
        "d_y": bad((3, 4)),
        "trace": [
            (None, TypeError),
            (TRACE.y, TypeError),
            *[
                (LayerNormTrace(**{**vars(TRACE), name: value}), ValueError)
                for name, value in [
                    ("normalised", np.ones(())),
                    ("deviation", np.ones((3, 5))),
                    ("root", np.ones((3, 4))),
                    ("gain", np.ones(5)),
                    ("gain", None),
                ]
            ],
        ],
    },
)


def test_an_epsilon_that_rounds_to_nothing_is_refused():
    with pytest.raises(ValueError, match=r"^epsilon: expected a number that does not round to 0 in float16, got 1e-12"):
        layer_norm(X.astype(np.float16), GAIN.astype(np.float16), SHIFT.astype(np.float16))
