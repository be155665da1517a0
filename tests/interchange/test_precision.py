"""Number formats against whole-number arithmetic, and cases run in them."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import NOT_A_REAL_NUMBER

from lstmderiv.interchange import (
    Case,
    FixedPoint,
    Float,
    Network,
    Options,
    Weights,
    number_format,
    number_formats,
    precision,
    recurrent,
    recurrent_backward,
    smallest_fixed_point,
)
from lstmderiv.interchange.precision.formats import format_of
from lstmderiv.interchange.precision.rounding import run_in

GATES = {"lstm": 4, "gru": 3, "rnn": 1}


def made(cell="lstm", B=2, T=6, D=3, H=4, layers=1, seed=0, scale=1.0, lengths=None, **options):
    """A case with normal numbers."""
    options = Options(cell, **options)
    G, K, R = GATES[cell], len(options.directions), 2 if options.projection else H
    rng, built, size = np.random.default_rng(seed), [], D
    shapes = {"b_x": (G * H,), "b_h": (G * H,), "p_f": (H,), "p_i": (H,), "p_o": (H,), "W_p": (R, H), "b_p": (R,)}
    names = ["b_x", "b_h"][: options.biases] + ["p_f", "p_i", "p_o"] * options.peepholes
    names += ["W_p"] * options.projection + ["b_p"] * options.projection_bias
    for _ in range(layers):
        built.append(
            [
                Weights(
                    scale * rng.normal(size=(G * H, size)),
                    scale * rng.normal(size=(G * H, R)),
                    **{name: scale * rng.normal(size=shapes[name]) for name in names},
                )
                for _ in range(K)
            ]
        )
        size = K * R
    first = (T, B) if options.layout == "time_first" else (B, T)
    states = {"h0": (layers, K, B, R), "c0": (layers, K, B, H)}
    last = {"d_h_last": states["h0"], "d_c_last": states["c0"]}
    if cell != "lstm":
        del states["c0"], last["d_c_last"]
    arrays = {"x": (*first, D), "d_y": (*first, K * R), **states, **last}
    arrays = {name: rng.normal(size=shape) for name, shape in arrays.items()}
    return Case("made", Network(options, built), lengths=lengths, **arrays)


EVERY = [
    {},
    {"layers": 2, "direction": "bidirectional", "lengths": [6, 0, 3], "B": 3},
    {"layout": "time_first", "direction": "reverse", "lengths": [2, 6], "finished": "last"},
    {
        "peepholes": True,
        "projection": True,
        "projection_bias": True,
        "clip": 1.5,
        "cell_clip": 0.9,
        "projection_clip": 0.8,
        "biases": 2,
    },
    {"coupled": "f", "finished": "computed", "lengths": [2, 5], "forget_bias": 0.0},
    {"cell": "gru", "biases": 2},
    {"cell": "gru", "reset": "before", "direction": "bidirectional"},
    {"cell": "rnn", "activations": {"h": "relu"}, "scale": 0.3},
]
every_case = pytest.mark.parametrize("settings", EVERY, ids=lambda settings: "-".join(settings) or "plain")


# Formats


def nearest(value, word, fraction, overflow):
    """The number of a fixed-point format that a fraction rounds to, in whole numbers."""
    scaled = Fraction(value) * Fraction(2) ** fraction
    count = floor(scaled)
    rest = scaled - count
    if rest > Fraction(1, 2) or (rest == Fraction(1, 2) and count % 2):
        count += 1
    low, high = -(2 ** (word - 1)), 2 ** (word - 1) - 1
    within = low <= count <= high
    count = (count - low) % 2**word + low if overflow == "wrap" else min(max(count, low), high)
    return count / Fraction(2) ** fraction, not within


words = st.integers(2, 32)
fractions = st.integers(-4, 40)
overflows = st.sampled_from(["saturate", "wrap"])


@given(words, fractions, overflows, st.floats(-300, 300), st.integers(-9, 9))
def test_fixed_point_rounds_as_whole_numbers_do(word, fraction, overflow, value, halves):
    chosen = FixedPoint(word, fraction, overflow)
    # Anything, ties, and the ends of the range with what is next to them.
    ends = [end + k * 2.0 ** -(fraction + 1) for end in (chosen.low, chosen.high) for k in (-2, -1, 0, 1, 2)]
    for number in (value, halves * 2.0 ** -(fraction + 1), *ends):
        expected, over = nearest(number, word, fraction, overflow)
        array = np.array([number])
        assert Fraction(float(chosen.round(array)[0])) == expected
        assert chosen.overflows(array)[0] == over


@given(words, fractions, overflows, st.floats(-300, 300))
def test_rounding_twice_is_rounding_once(word, fraction, overflow, value):
    chosen = FixedPoint(word, fraction, overflow)
    once = chosen.round(np.array([value]))
    assert np.array_equal(chosen.round(once), once)
    assert chosen.low <= once <= chosen.high
    assert chosen.integer + chosen.fraction + 1 == word


@pytest.mark.parametrize("name", ["float16", "float32", "float64"])
def test_float_rounds_as_its_dtype(name):
    values = np.array([0.1, -70000.0, 1e-9, 1e39, 3.0])
    with np.errstate(over="ignore"):
        expected = values.astype(name)
    assert np.array_equal(Float(name).round(values), expected.astype(np.float64))
    assert np.array_equal(Float(name).overflows(values), np.isinf(expected))


@pytest.mark.parametrize(
    "text, expected",
    [
        ("float16", Float("float16")),
        ("float32", Float("float32")),
        ("fixed:16:12", FixedPoint(16, 12)),
        ("fixed:8:-2", FixedPoint(8, -2)),
        ("fixed:32:20:wrap", FixedPoint(32, 20, "wrap")),
        ("fixed:32:20:saturate", FixedPoint(32, 20)),
    ],
)
def test_names_of_formats(text, expected):
    assert number_format(text) == number_format(expected) == number_format(str(expected)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "q16.12",
        "float8",
        "fixed",
        "fixed:16",
        "fixed:16:12:cut",
        "fixed:1:0",
        "fixed:33:0",
        "fixed:16:65",
        "fixed:x:1",
        "fixed:16:12:wrap:wrap",
        "fixed:1e1:2",
        "FIXED:16:12",
        "fixed: 16:12",
        "fixed:²:1",
        "fixed:" + "9" * 5000 + ":1",
    ],
)
def test_unknown_formats_are_refused(text):
    with pytest.raises(ValueError, match=r"^format: expected .+, got "):
        number_format(text)


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: number_format(16), TypeError, "format: expected float16, .*, got int"),
        (lambda: FixedPoint(16.0, 3), TypeError, "word: expected an integer in 2..32, got float"),
        (lambda: FixedPoint(16, "3"), TypeError, "fraction: expected an integer in -32..64, got str"),
        (lambda: FixedPoint(16, 3, "cut"), ValueError, "overflow: expected 'saturate' or 'wrap', got 'cut'"),
        (lambda: FixedPoint(16, 3, None), TypeError, "overflow: expected 'saturate' or 'wrap', got NoneType"),
        (lambda: Float("bfloat16"), ValueError, "name: expected float16, float32, float64, got 'bfloat16'"),
        (lambda: Float(16), TypeError, "name: expected float16, float32, float64, got int"),
        (lambda: number_formats({}), ValueError, "formats: expected at least one kind .*, got an empty mapping"),
        (lambda: number_formats(3), TypeError, "formats: expected .*, got int"),
        (lambda: number_formats({"c": 3}), TypeError, r"formats\['c'\]: expected .*, got int"),
        (lambda: number_formats({"c": "x"}), ValueError, r"formats\['c'\]: expected .*, got 'x'"),
        (lambda: number_formats("c=float32,"), ValueError, "formats: expected KIND=FORMAT.*, got 'c=float32,'"),
        (lambda: number_formats("c=float32,c=float16"), ValueError, "formats: expected .* different kinds, got "),
    ],
)
def test_bad_formats_are_refused(call, error, message):
    with pytest.raises(error, match=f"^{message}"):
        call()


def test_a_string_holds_formats_by_kind():
    expected = {"weights": FixedPoint(8, 6), "default": Float("float32")}
    assert number_formats("weights=fixed:8:6,default=float32") == expected
    assert number_formats({"weights": "fixed:8:6", "default": "float32"}) == expected
    assert number_formats("float16") == {"default": Float("float16")}


# A case in formats


@every_case
def test_float64_costs_nothing(settings):
    case = made(**settings)
    report = precision(case, "float64")
    tensors = case.tensors()
    assert list(report.tensors) == [name for name in tensors if name != "lengths"]
    for name, one in report.tensors.items():
        assert not one.absolute.any() and not one.relative.any() and one.overall == 0
        assert not one.overflows.any() and not one.flushed.any()
        assert (one.low.min(), one.high.max()) == (tensors[name].min(), tensors[name].max())
        assert one.shape == tensors[name].shape


@pytest.mark.sampled(3)
@every_case
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_a_float_runs_the_operator_in_its_dtype(settings, dtype):
    case = made(**settings)
    single = case.astype(dtype)
    trace = recurrent(single.x, single.network, single.h0, single.c0, lengths=single.lengths)
    gradients = recurrent_backward(single.d_y, trace, single.d_h_last, single.d_c_last)
    assert trace.y.dtype == dtype
    exact, report = case.tensors(), precision(case, np.dtype(dtype).name)
    for name, rounded in {"y": trace.y, **trace.tensors, **gradients.tensors, "d_x": gradients.x}.items():
        assert report.tensors[name].absolute.max() == abs(rounded.astype(float) - exact[name]).max()


def test_the_errors_are_those_of_each_step():
    case = made(layout="batch_first")
    exact, rounded = case.tensors(), case.astype(np.float32).tensors()
    one = precision(case, "float32").tensors["layer0.forward.c"]
    errors = rounded["layer0.forward.c"].astype(float) - exact["layer0.forward.c"]
    for t in range(6):
        step = exact["layer0.forward.c"][:, t]
        assert one.low[t] == step.min() and one.high[t] == step.max() and one.smallest[t] == abs(step).min()
        assert one.absolute[t] == abs(errors[:, t]).max()
        assert np.isclose(one.relative[t], np.linalg.norm(errors[:, t]) / np.linalg.norm(step), rtol=1e-12)
    assert np.isclose(one.overall, np.linalg.norm(errors) / np.linalg.norm(exact["layer0.forward.c"]), rtol=1e-12)


@pytest.mark.sampled(3)
@every_case
def test_layouts_have_the_same_steps(settings):
    first = made(**{**settings, "layout": "time_first"})
    second = replace(
        first,
        network=first.network.replace(layout="batch_first"),
        x=first.x.swapaxes(0, 1),
        d_y=first.d_y.swapaxes(0, 1),
    )
    chosen = "fixed:9:6"
    reports = precision(first, chosen).tensors, precision(second, chosen).tensors
    for name, one in reports[0].items():
        assert np.allclose(one.relative, reports[1][name].relative, rtol=1e-9)
        assert np.array_equal(one.overflows, reports[1][name].overflows)


# Fixed point, against whole numbers written by hand: a second program that shares nothing with the first but tanh.


def by_hand(case, word, fraction):
    """An LSTM of one layer and direction without options: every named value as an exact fraction, rounded."""
    weights, H = case.network.layers[0][0], case.network.hidden_size

    def q(value):
        return nearest(value, word, fraction, "saturate")[0]

    def array(values):
        return [array(part) for part in values] if values.ndim else q(float(values))

    def sigmoid(value):
        return q((1 + np.tanh(float(value) / 2)) / 2)

    W_x, W_h, b = array(weights.W_x), array(weights.W_h), array(weights.b_x)
    x, found = array(case.x), {}
    for row in range(len(x)):
        h, c = array(case.h0[0, 0, row]), array(case.c0[0, 0, row])
        for t in range(len(x[row])):
            a = [
                q(sum(w * v for w, v in zip(W_x[k], x[row][t])) + sum(w * v for w, v in zip(W_h[k], h)) + b[k])
                for k in range(4 * H)
            ]
            f, i, o = ([sigmoid(v) for v in a[k * H : (k + 1) * H]] for k in (0, 1, 3))
            g = [q(np.tanh(float(v))) for v in a[2 * H : 3 * H]]
            c = [q(f[k] * c[k] + i[k] * g[k]) for k in range(H)]
            h = [q(o[k] * q(np.tanh(float(c[k])))) for k in range(H)]
            found[row, t] = h, c
    B, T = case.x.shape[:2]
    return tuple(
        np.array([[[float(v) for v in found[row, t][part]] for t in range(T)] for row in range(B)]) for part in (0, 1)
    )


@pytest.mark.parametrize("word, fraction", [(16, 12), (8, 5), (6, 4), (24, 20)])
def test_fixed_point_is_that_of_whole_numbers(word, fraction):
    case = made()
    h, c = by_hand(case, word, fraction)
    report, exact = precision(case, FixedPoint(word, fraction)), case.tensors()
    for name, expected in {"layer0.forward.h": h, "layer0.forward.c": c, "y": h}.items():
        errors = expected - exact[name]
        assert np.array_equal(report.tensors[name].absolute, abs(errors).max(axis=(0, 2)))
        assert report.tensors[name].flushed.sum() == ((expected == 0) & (exact[name] != 0)).sum()


@pytest.mark.sampled(3)
@every_case
def test_every_value_is_in_its_format(settings):
    formats = number_formats("weights=fixed:8:6,c=fixed:20:14,states=fixed:12:10,default=fixed:16:11")
    sections, _ = run_in(made(**settings), formats)
    for part in sections.values():
        for name, array in part.items():
            if name != "lengths":
                assert np.array_equal(format_of(name, formats).round(array), array), name


@pytest.mark.sampled(3)
@every_case
def test_more_bits_are_better(settings):
    case = made(**settings)
    errors = [precision(case, FixedPoint(7 + fraction, fraction)).tensors for fraction in (4, 8, 12, 16)]
    for name in ("y", "d_x", case.network.places()[0][2] + "d_W_x"):
        overall = [tensors[name].overall for tensors in errors]
        # Four bits are a factor of sixteen, more or less.
        assert all(after < before / 4 for before, after in pairwise(overall)), (name, overall)


def test_formats_by_kind_round_nothing_else():
    case = made()
    report = precision(case, {"weights": "fixed:8:5"}).tensors
    assert report["layer0.forward.W_x"].absolute.any() and str(report["layer0.forward.W_x"].format) == "fixed:8:5"
    assert not report["x"].absolute.any() and not report["d_y"].absolute.any()
    # Rounded weights, and float64 from there on.
    weights = {name: FixedPoint(8, 5).round(array) for name, array in case.network.arrays().items()}
    expected = replace(case, network=case.network.replace(weights)).tensors()["y"]
    assert report["y"].absolute.max() == abs(expected - case.tensors()["y"]).max()


def test_a_name_goes_before_its_kind_and_the_default():
    report = precision(made(), {"default": "fixed:24:18", "states": "fixed:16:12", "c": "fixed:12:8"}).tensors
    formats = {
        name: str(report[name].format) for name in ("layer0.forward.c", "c0", "c_last", "y", "x", "layer0.forward.f")
    }
    assert formats == {
        "layer0.forward.c": "fixed:12:8",
        "c0": "fixed:12:8",
        "c_last": "fixed:12:8",
        "y": "fixed:16:12",
        "x": "fixed:24:18",
        "layer0.forward.f": "fixed:24:18",
    }


def test_overflows_are_counted_where_and_when_they_happen():
    # Relu, one unit, W_x = 1, no recurrence: a_h = x.
    network = Network(Options("rnn", biases=0, activations={"h": "relu"}), [[Weights([[1.0]], [[0.0]])]])
    case = Case("steps", network, np.array([[[0.5], [3.0], [5.0]], [[-9.0], [1.0], [0.01]]]))
    report = precision(case, {"pre_activations": FixedPoint(6, 3), "default": "float64"}).tensors
    one = report["layer0.forward.a_h"]
    assert list(one.overflows) == [1, 0, 1] and list(one.flushed) == [0, 0, 1]
    assert list(one.absolute) == [5.0, 0.0, 5.0 - 3.875]
    assert list(report["layer0.forward.h"].absolute) == [0.0, 0.0, 5.0 - 3.875]
    assert not report["x"].overflows.any()
    # Padding is not counted, and a reverse direction counts at the time of its inputs.
    short = Case("short", network, case.x, lengths=[2, 1])
    assert list(precision(short, {"pre_activations": FixedPoint(6, 3)}).tensors["layer0.forward.a_h"].overflows) == [
        1,
        0,
        0,
    ]
    options = Options("rnn", biases=0, direction="reverse", activations={"h": "relu"})
    reverse = Case("reverse", Network(options, network.layers), case.x, lengths=[3, 2])
    report = precision(reverse, {"pre_activations": FixedPoint(6, 3)}).tensors
    assert list(report["layer0.reverse.a_h"].overflows) == [1, 0, 1]


def test_the_sum_of_both_directions_gradients_is_in_range():
    case = made(direction="bidirectional", scale=2.0)
    chosen = FixedPoint(5, 3)
    found, one = run_in(case, {"gradients": chosen})[0], precision(case, {"gradients": chosen}).tensors["d_x"]
    assert np.array_equal(chosen.round(found["backward"]["d_x"]), found["backward"]["d_x"])
    assert one.overflows.sum() > 0


def test_numbers_among_the_options_are_rounded():
    case = made(forget_bias=0.3, clip=0.7, cell_clip=0.6)
    formats = {"weights": "fixed:8:3", "pre_activations": "fixed:8:3", "c": "fixed:8:3"}
    rounded = case.network.replace(forget_bias=0.25, clip=0.75, cell_clip=0.625)
    same = precision(replace(case, network=rounded), formats).tensors["y"]
    exact = case.tensors()["y"] - replace(case, network=rounded).tensors()["y"]
    found = run_in(case, number_formats(formats))[0]["forward"]["y"]
    expected = run_in(replace(case, network=rounded), number_formats(formats))[0]["forward"]["y"]
    assert np.array_equal(found, expected)
    assert exact.any() and same.absolute.any()


def test_wrapping_is_worse_than_saturating():
    case = made(scale=3.0)
    errors = [precision(case, {"pre_activations": FixedPoint(8, 5, how)}).tensors for how in ("saturate", "wrap")]
    assert errors[0]["y"].overall < errors[1]["y"].overall
    assert errors[1]["layer0.forward.a_f"].overflows.sum() > 0


def test_float16_that_overflows_is_reported():
    network = Network(Options("rnn", biases=0, activations={"h": "relu"}), [[Weights([[1000.0]], [[1.0]])]])
    case = Case("large", network, np.full((1, 3, 1), 50.0))
    one = precision(case, "float16").tensors["layer0.forward.h"]
    assert list(one.overflows) == [0, 1, 1] and np.isinf(one.absolute[1:]).all()


@pytest.mark.parametrize(
    "low, high, bits",
    [
        (-1.0, 0.5, 0),
        (-1.0, 1.0, 1),
        (0.0, 0.99, 0),
        (-4.0, 3.9, 2),
        (-4.1, 0, 3),
        (0.0, 4.0, 3),
        (0.0, 0.2, -2),
        (0, 0, 0),
    ],
)
def test_integer_bits_hold_the_range(low, high, bits):
    network = Network(Options("rnn", biases=0), [[Weights([[1.0]], [[1.0]])]])
    case = Case("range", network, np.array([[[low], [high]]], dtype=float))
    one = precision(case, "float64").tensors["x"]
    assert one.integer_bits == bits
    chosen = FixedPoint(1 + bits + 20, 20)
    assert not chosen.overflows(np.array([low, high])).any()
    if low or high:
        assert FixedPoint(bits + 20, 20).overflows(np.array([low, high])).any()


# The smallest word


@pytest.mark.sampled(4)
@every_case
def test_the_smallest_word_suffices_and_no_smaller_one(settings):
    case = made(**settings)
    weights = case.network.places()[0][2] + "d_W_x"
    for tensors in (("y",), ("y", weights)):
        chosen = smallest_fixed_point(case, 1e-2, tensors=tensors)
        backward = len(tensors) == 2

        def errors(chosen, backward=backward, tensors=tensors):
            report = precision(case, chosen if backward else {"default": chosen, "gradients": "float64"})
            return max(report.tensors[name].overall for name in tensors)

        assert errors(chosen) <= 1e-2
        assert errors(FixedPoint(chosen.word - 1, chosen.fraction - 1)) > 1e-2


def test_the_smallest_word_for_outputs_takes_no_notice_of_gradients():
    case = made()
    loud = replace(case, d_y=1e4 * case.d_y)
    assert smallest_fixed_point(loud, 1e-2) == smallest_fixed_point(case, 1e-2)
    assert smallest_fixed_point(loud, 1e-2, tensors=("d_x",)).integer > 10


def test_the_smallest_word_has_a_limit():
    with pytest.raises(ValueError, match=r"^tolerance: expected one that a word of 32 bits keeps, got 1e-12"):
        smallest_fixed_point(made(), 1e-12)


def test_a_clip_that_would_vanish_is_refused_and_passed_over():
    case = made(clip=0.1)
    with pytest.raises(ValueError, match=r"^formats: expected one in which clip = 0.1 is not zero, got fixed:8:2"):
        precision(case, "fixed:8:2")
    assert smallest_fixed_point(case, 0.9).fraction >= 3


@pytest.mark.parametrize("tolerance, error", [*NOT_A_REAL_NUMBER, (0, ValueError), (-1.0, ValueError)])
def test_bad_tolerances_are_refused(tolerance, error):
    with pytest.raises(error, match=r"^tolerance: expected .+, got "):
        smallest_fixed_point(made(), tolerance)


@pytest.mark.parametrize(
    "tensors, error", [("y", TypeError), (None, TypeError), ((), ValueError), (("z",), ValueError)]
)
def test_bad_names_are_refused(tensors, error):
    with pytest.raises(error, match=r"^tensors: expected .+, got "):
        smallest_fixed_point(made(), 1e-2, tensors=tensors)


# What is refused


def test_sums_that_float64_does_not_hold_are_refused():
    case = made(T=3)
    precision(case, "fixed:28:22")
    with pytest.raises(
        ValueError, match=r"^formats: expected fixed point whose sums .* at most 53 bits, got \d+ bits for layer0"
    ):
        precision(case, "fixed:32:26")
    # Exactness is promised where every factor is in fixed point only.
    precision(case, {"states": "fixed:32:26"})


def test_the_largest_of_the_gates_counts():
    # Only the last cell state has a gradient, so that the output gate has none.
    case = made(T=1)
    case = replace(case, d_y=0 * case.d_y, d_h_last=0 * case.d_h_last)
    with pytest.raises(ValueError, match=r"^formats: .* bits for layer0.forward.d_W_x"):
        precision(case, {"gradients": "fixed:32:28", "inputs": "fixed:32:28"})


@pytest.mark.parametrize("fraction", [23, 24])
def test_a_sum_of_the_last_bits_that_are_allowed_is_exact(fraction):
    # The last bits of both factors matter, and cancel in part.
    values = np.array([[[1 - 2.0**-fraction, -(2.0**-fraction), 0.5, 2.0**-fraction]]])
    network = Network(
        Options("rnn", biases=0, activations={"h": ("affine", 1.0, 0.0)}),
        [[Weights(values[0].copy(), np.array([[0.0]]))]],
    )
    formats = {"inputs": FixedPoint(fraction + 1, fraction), "weights": FixedPoint(fraction + 1, fraction)}
    report = precision(Case("last", network, values), formats | {"default": FixedPoint(32, 30)})
    expected = sum(Fraction(v) ** 2 for v in values.ravel().tolist())
    rounded = nearest(expected, 32, 30, "saturate")[0]
    exact = recurrent(values, network).y[0, 0, 0]
    assert report.tensors["y"].absolute[0] == abs(float(rounded) - exact)


@pytest.mark.parametrize(
    "case, formats, error, message",
    [
        (None, "float32", TypeError, "case: expected Case, got NoneType"),
        (made(), None, TypeError, "formats: expected .*, got NoneType"),
        (
            made(),
            {"weigths": "float32"},
            ValueError,
            "formats: expected 'default', a kind .* or a tensor, got 'weigths'",
        ),
        (made(), {1: "float32"}, ValueError, "formats: expected 'default', a kind .* or a tensor, got 1"),
        (made().astype(np.complex128), "float32", TypeError, "case: expected real numbers, got complex ones"),
        (made(T=0), "float32", ValueError, "case: expected at least one row and one step, got x of shape"),
        (made(B=0), "float32", ValueError, "case: expected at least one row and one step, got x of shape"),
        (
            made(scale=1e6),
            "float16",
            ValueError,
            "formats: expected one that holds layer0.forward.W_x, .*, got float16",
        ),
    ],
)
def test_bad_input_is_refused(case, formats, error, message):
    with pytest.raises(error, match=f"^{message}"):
        precision(case, formats)


# The text


def test_the_text_fits_and_says_what_the_numbers_say():
    report = precision(made(layers=2, direction="bidirectional"), "fixed:10:7")
    text = report.text()
    assert max(map(len, text.splitlines())) <= 100
    for name, one in report.tensors.items():
        (line,) = [line for line in text.splitlines() if line.split()[:1] == [name]]
        fields = line.split()
        assert fields[3:5] == [str(one.integer_bits), f"{one.absolute.max():.1e}"]
        assert fields[-2:] == [str(one.overflows.sum()), str(one.flushed.sum())]
    assert report.integer_bits == max(one.integer_bits for one in report.tensors.values())
    steps = report.steps_text("layer1.reverse.c").splitlines()
    assert len(steps) == 2 + 6 and [line.split()[0] for line in steps[2:]] == list("012345")
    assert len(report.steps_text("c_last").splitlines()) == 3
    assert len(report.text(["y"]).splitlines()) == 5


@pytest.mark.parametrize("call", [lambda report: report.text(["z"]), lambda report: report.steps_text("z")])
def test_the_text_of_unknown_tensors_is_refused(call):
    with pytest.raises(ValueError, match=r"^name: expected a tensor of the case, such as x, got 'z'"):
        call(precision(made(), "float32"))


def test_objects_are_taken_as_their_float64_values():
    case = made(cell="rnn", activations={"h": "relu"})
    fractions = case.astype(lambda array: np.vectorize(Fraction, otypes=[object])(array))
    assert precision(fractions, "fixed:16:10").text() == precision(case, "fixed:16:10").text()


def test_the_case_is_not_changed():
    case = made()
    before = {name: array.copy() for name, array in case.tensors().items()}
    precision(case, "fixed:8:4")
    assert all(np.array_equal(array, before[name]) for name, array in case.tensors().items())
