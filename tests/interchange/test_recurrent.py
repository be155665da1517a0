"""The recurrent operator against the derivations of the chapters, and as a function: dtypes, empty axes, errors."""

import numpy as np
import pytest
from hypothesis import given
from operator_cases import all_together, cases_of_every_option, random_case, random_options
from proveq import relative_difference
from support import (
    FLOAT_TYPES,
    misshapen,
    not_finite,
    not_integers,
    not_numbers,
    out_of_range,
    random,
    refused,
    seeds,
)

import lstmderiv as book
from lstmderiv.interchange import Network, Options, Weights, recurrent, recurrent_backward

B, T, D, H = 3, 4, 2, 3
LENGTHS = [4, 0, 2]
X, H0, C0 = random((B, T, D), 10), random((B, H), 11), random((B, H), 12)
D_Y, D_H, D_C = random((B, T, H), 13), random((B, H), 14), random((B, H), 15)


def same(mine, theirs):
    """But for the last bits: sums are taken in another order."""
    return relative_difference(np.asarray(mine), np.asarray(theirs)) <= 1e-14


def joined(one):
    return np.concatenate([one.W_x, one.W_h], axis=1)


def lstm_of(one):
    return book.LSTMParameters(joined(one), one.b_x)


@pytest.mark.parametrize("reverse", [False, True])
def test_as_the_lstm_of_its_chapter(reverse):
    options = Options(direction="reverse" if reverse else "forward", forget_bias=0.5)
    case = random_case(options, B=B, T=T, D=D, H=H, lengths=LENGTHS)
    trace, gradients = case.run()
    one = case.network.layers[0][0]
    theirs = book.lstm(
        case.x, lstm_of(one), case.h0[0, 0], case.c0[0, 0], forget_bias=0.5, lengths=LENGTHS, reverse=reverse
    )
    back = book.lstm_backward(case.d_y, theirs, case.d_h_last[0, 0], case.d_c_last[0, 0])
    assert (
        same(trace.y, theirs.h) and same(trace.h_last[0, 0], theirs.h_last) and same(trace.c_last[0, 0], theirs.c_last)
    )
    assert same(gradients.x, back.x) and same(gradients.h0[0, 0], back.h0) and same(gradients.c0[0, 0], back.c0)
    assert same(joined(gradients.layers[0][0]), back.W) and same(gradients.layers[0][0].b_x, back.b)
    tensors = {**trace.tensors, **gradients.tensors}
    prefix = f"layer0.{'reverse' if reverse else 'forward'}."
    # Here padded steps hold zeros, there what was computed from the padding, or what is carried through it.
    active = (np.arange(T) < np.array(LENGTHS)[:, None])[..., None]
    for name in ("f", "i", "g", "o", "a_f", "a_o", "c"):
        assert same(tensors[prefix + name], active * getattr(theirs, name)), name
    for name in ("d_f", "d_i", "d_g", "d_o", "d_a_f", "d_a_i", "d_a_g", "d_a_o", "d_h_prev", "d_c_prev"):
        assert same(tensors[prefix + name], active * getattr(back, name)), name


@pytest.mark.parametrize("reverse", [False, True])
def test_as_the_peephole_lstm_of_its_chapter(reverse):
    options = Options(peepholes=True, direction="reverse" if reverse else "forward")
    case = random_case(options, B=B, T=T, D=D, H=H, lengths=LENGTHS)
    trace, gradients = case.run()
    one = case.network.layers[0][0]
    theirs = book.peephole_lstm(
        case.x, book.PeepholeParameters(joined(one), one.b_x, one.p_f, one.p_i, one.p_o),
        case.h0[0, 0], case.c0[0, 0], lengths=LENGTHS, reverse=reverse,
    )  # fmt: skip
    back = book.peephole_lstm_backward(case.d_y, theirs, case.d_h_last[0, 0], case.d_c_last[0, 0])
    mine = gradients.layers[0][0]
    assert same(trace.y, theirs.h) and same(trace.c_last[0, 0], theirs.c_last)
    assert same(gradients.x, back.x) and same(gradients.c0[0, 0], back.c0) and same(joined(mine), back.W)
    assert same(mine.p_f, back.p_f) and same(mine.p_i, back.p_i) and same(mine.p_o, back.p_o)


@pytest.mark.parametrize("reset", ["after", "before"])
@pytest.mark.parametrize("reverse", [False, True])
def test_as_the_gru_of_its_chapter(reset, reverse):
    options = Options(cell="gru", reset=reset, biases=2, direction="reverse" if reverse else "forward")
    case = random_case(options, B=B, T=T, D=D, H=H, lengths=LENGTHS)
    trace, gradients = case.run()
    one, mine = case.network.layers[0][0], gradients.layers[0][0]
    b = one.b_x + one.b_h
    if reset == "after":
        b = np.concatenate([b[: 2 * H], one.b_x[2 * H :]])
    parameters = book.GRUParameters(joined(one), b, one.b_h[2 * H :] if reset == "after" else None, reset)
    theirs = book.gru(case.x, parameters, case.h0[0, 0], lengths=LENGTHS, reverse=reverse)
    back = book.gru_backward(case.d_y, theirs, case.d_h_last[0, 0])
    assert same(trace.y, theirs.h) and same(trace.h_last[0, 0], theirs.h_last)
    assert same(gradients.x, back.x) and same(gradients.h0[0, 0], back.h0)
    assert same(joined(mine), back.W) and same(mine.b_x, back.b)
    assert same(mine.b_h[: 2 * H], back.b[: 2 * H])
    assert same(mine.b_h[2 * H :], back.b_gh if reset == "after" else back.b[2 * H :])


@pytest.mark.parametrize("reverse", [False, True])
def test_as_the_plain_network_of_its_chapter(reverse):
    case = random_case(
        Options(cell="rnn", direction="reverse" if reverse else "forward"), B=B, T=T, H=H, lengths=LENGTHS
    )
    trace, gradients = case.run()
    one = case.network.layers[0][0]
    theirs = book.rnn(case.x, book.RNNParameters(joined(one), one.b_x), case.h0[0, 0], lengths=LENGTHS, reverse=reverse)
    back = book.rnn_backward(case.d_y, theirs, case.d_h_last[0, 0])
    assert same(trace.y, theirs.h) and same(gradients.x, back.x) and same(joined(gradients.layers[0][0]), back.W)


def test_as_the_stack_of_its_chapter():
    case = random_case(Options(), L=3, B=B, T=T, lengths=LENGTHS)
    trace, gradients = case.run()
    parameters = [lstm_of(one) for (one,) in case.network.layers]
    theirs = book.stacked_lstm(case.x, parameters, list(case.h0[:, 0]), list(case.c0[:, 0]), lengths=LENGTHS)
    back = book.stacked_lstm_backward(case.d_y, theirs, list(case.d_h_last[:, 0]), list(case.d_c_last[:, 0]))
    assert same(trace.y, theirs.h) and same(gradients.x, back.x)
    assert all(same(joined(mine), W) for (mine,), W in zip(gradients.layers, back.W, strict=True))


def test_as_both_directions_of_their_chapter():
    case = random_case(Options(direction="bidirectional"), B=B, T=T, lengths=LENGTHS)
    trace, gradients = case.run()
    both = [lstm_of(one) for one in case.network.layers[0]]
    theirs = book.bidirectional_lstm(case.x, *both, tuple(case.h0[0]), tuple(case.c0[0]), lengths=LENGTHS)
    back = book.bidirectional_lstm_backward(case.d_y, theirs, tuple(case.d_h_last[0]), tuple(case.d_c_last[0]))
    assert same(trace.y, theirs.h) and same(gradients.x, back.x)
    for mine, their in zip(gradients.layers[0], (back.forward, back.backward)):
        assert same(joined(mine), their.W)


@given(random_options(), seeds)
def test_a_row_is_the_same_alone_and_in_company(options, seed):
    case = random_case(options, B=3, T=3, lengths=[3, 1, 2], seed=seed % 5)
    trace, _ = case.run()
    axis = 0 if options.layout == "batch_first" else 1
    for b, length in enumerate([3, 1, 2]):
        own = np.take(np.take(case.x, [b], axis), range(length), 1 - axis)
        states = [None if s is None else s[:, :, b : b + 1] for s in (case.h0, case.c0)]
        alone = recurrent(own, case.network, *states)
        here = np.take(np.take(trace.y, [b], axis), range(length), 1 - axis)
        assert relative_difference(alone.y, here) <= 1e-14
        assert relative_difference(alone.h_last, trace.h_last[:, :, b : b + 1]) <= 1e-14


@given(random_options())
def test_layouts_differ_in_axes_only(options):
    changed = {**options.as_dict(), "layout": "time_first"}
    case = random_case(Options(**{**changed, "layout": "batch_first"}), lengths=[3, 2])
    turned = Network.from_arrays(Options(**changed), case.network.arrays())
    trace = recurrent(case.x.swapaxes(0, 1), turned, case.h0, case.c0, lengths=case.lengths)
    back = recurrent_backward(case.d_y.swapaxes(0, 1), trace, case.d_h_last, case.d_c_last)
    mine, gradients = case.run()
    assert np.array_equal(trace.y.swapaxes(0, 1), mine.y)
    assert np.array_equal(back.x.swapaxes(0, 1), gradients.x)
    assert all(np.array_equal(a.swapaxes(0, 1), mine.tensors[name]) for name, a in trace.tensors.items())


def test_what_finished_rows_put_out():
    given = {"B": 2, "T": 3, "lengths": [1, 3]}
    zero = random_case(Options(cell="rnn"), **given).run()[0].y
    last = random_case(Options(cell="rnn", finished="last"), **given).run()[0].y
    computed = random_case(Options(cell="rnn", finished="computed"), **given).run()[0]
    assert not zero[0, 1:].any()
    assert np.array_equal(last[0], zero[0, [0, 0, 0]])
    assert computed.y[0, 1:].all() and np.array_equal(computed.y[0, 0], zero[0, 0])
    # The last state is that of the row's own last step in every case.
    assert np.array_equal(computed.h_last[0, 0, 0], zero[0, 0])
    back = random_case(Options(cell="rnn", finished="last", direction="reverse"), **given).run()[0].y
    assert not back[0, 1:].any()


def test_padding_is_not_read():
    case = random_case(all_together(finished="zero", layout="batch_first"), L=2, B=2, T=3, lengths=[1, 3])
    other = case.x.copy()
    other[0, 1:] = 1e3
    trace, gradients = case.run()
    again = recurrent(other, case.network, case.h0, case.c0, lengths=case.lengths)
    assert np.array_equal(again.y, trace.y) and np.array_equal(again.h_last, trace.h_last)
    back = recurrent_backward(case.d_y, again, case.d_h_last, case.d_c_last)
    assert not back.x[0, 1:].any()
    for name, gradient in gradients.tensors.items():
        assert np.array_equal(back.tensors[name], gradient), name


@pytest.mark.filterwarnings("ignore:overflow encountered", "ignore:invalid value encountered")
@pytest.mark.parametrize("finished", ["zero", "last"])
@pytest.mark.parametrize("options", [{"activations": {"f": "hard_sigmoid", "g": "relu", "c": "relu"}}, {"clip": 0.5}])
def test_padding_that_overflows_is_not_read(options, finished):
    case = random_case(Options(finished=finished, **options), L=1, B=2, T=3, lengths=[1, 3]).astype(np.float32)
    _, gradients = case.run()
    other = case.x.copy()
    other[0, 1:] = 3e38
    again = recurrent(other, case.network, case.h0, case.c0, lengths=case.lengths)
    back = recurrent_backward(case.d_y, again, case.d_h_last, case.d_c_last)
    for name, gradient in gradients.tensors.items():
        assert np.array_equal(back.tensors[name], gradient), name


@pytest.mark.filterwarnings("ignore:overflow encountered")
def test_what_overflows_is_clipped():
    weights = Weights(np.ones((4, 1), np.float32), np.ones((4, 1), np.float32), np.zeros(4, np.float32))
    arguments = Network(Options(clip=0.5), [[weights]]), np.full((1, 1, 1, 1), 3e38, np.float32)
    far = recurrent(np.full((1, 1, 1), 3e38, np.float32), *arguments)
    near = recurrent(np.full((1, 1, 1), 9, np.float32), *arguments)
    assert np.isinf(far.tensors["layer0.forward.a_f"]).all() and far.y == near.y


def test_no_steps():
    for options in (
        all_together("i"),
        Options(cell="gru", direction="bidirectional"),
        Options(cell="rnn", finished="last"),
    ):
        for lengths, T in ((None, 0), ([0, 0], 2)):
            case = random_case(options, B=2, T=T, lengths=lengths)
            trace, gradients = case.run()
            assert np.array_equal(trace.h_last, case.h0)
            if options.finished != "computed":
                assert not trace.y.any()
                assert np.array_equal(gradients.h0, case.d_h_last)
                assert all(not array.any() for name, array in gradients.tensors.items() if ".d_W_" in name)


def test_no_rows():
    trace, gradients = random_case(all_together("f"), L=2, B=0).run()
    assert trace.y.shape == (3, 0, 6) and trace.h_last.shape == (2, 2, 0, 3) and gradients.x.shape == (3, 0, 2)
    assert all(not gradient.any() for layer in gradients.layers for one in layer for gradient in one.arrays().values())


@pytest.mark.parametrize("dtype", FLOAT_TYPES)
@pytest.mark.parametrize("options", [all_together("i"), Options(cell="gru"), Options(cell="rnn")], ids=lambda o: o.cell)
def test_dtype_is_kept(options, dtype):
    tensors = random_case(options, dtype=dtype, lengths=[3, 1]).tensors()
    assert {name for name, array in tensors.items() if array.dtype != dtype} == {"lengths"}


@given(random_options())
def test_single_precision_comes_near(options):
    case = random_case(options, lengths=[3, 1])
    exact, single = case.tensors(), case.astype(np.float32).tensors()
    assert relative_difference(single["y"], exact["y"]) <= 1e-5


def test_exact_numbers_stay_exact():
    options = Options(activations=dict.fromkeys("figoc", "relu"), clip=0.5, peepholes=True, projection=True)
    case = random_case(options, T=2, dtype=object)
    for name, array in case.tensors().items():
        assert array.dtype == object and not any(isinstance(number, float) for number in array.flat), name


def test_dtypes_are_promoted():
    case = random_case(Options(cell="rnn"))
    assert recurrent(case.x.astype(np.float32), case.network).y.dtype == np.float64
    assert recurrent(case.x.astype(np.float32), case.network.astype(np.float32), case.h0).y.dtype == np.float64
    single = recurrent(case.x.astype(np.float32), case.network.astype(np.float32))
    assert single.y.dtype == np.float32
    assert recurrent_backward(case.d_y, single).x.dtype == np.float64


@pytest.mark.sampled(8)
@pytest.mark.parametrize("options", cases_of_every_option().values(), ids=cases_of_every_option())
def test_pure(options):
    case = random_case(options, lengths=[3, 1])
    given = [case.x, case.h0, case.c0, case.d_y, case.d_h_last, case.d_c_last, *case.network.arrays().values()]
    given = [array for array in given if array is not None]
    before = [array.copy() for array in given]
    trace, gradients = case.run()
    found = [trace.y, trace.h_last, trace.c_last, gradients.x, gradients.h0, *gradients.tensors.values()]
    kept = {name: array.copy() for name, array in trace.tensors.items()}
    for array, copy in zip(given, before):
        assert np.array_equal(array, copy)
        assert not any(np.shares_memory(array, result) for result in found if result is not None)
    gradients.x[:] = 7
    assert all(np.array_equal(trace.tensors[name], array) for name, array in kept.items())


def test_the_backward_pass_may_run_twice():
    case = random_case(all_together("f"), L=2, lengths=[3, 1])
    trace, first = case.run()
    second = recurrent_backward(case.d_y, trace, case.d_h_last, case.d_c_last)
    assert all(np.array_equal(second.tensors[name], array) for name, array in first.tensors.items())


def test_intervention_sees_every_value_once_and_may_change_it():
    case = random_case(Options(direction="bidirectional"), L=2, T=2)
    places = []

    def halve(place, name, value, tape):
        places.append((*place, name))
        return value / 2 if name == "o" and place.layer == 1 else value

    tensors = case.tensors(halve)
    assert len(places) == len(set(places))
    assert {place[2] for place in places} == {0, 1, None}
    plain = case.tensors()
    assert np.array_equal(tensors["layer0.reverse.h"], plain["layer0.reverse.h"])
    assert same(tensors["layer1.reverse.o"][:, -1], plain["layer1.reverse.o"][:, -1] / 2)
    assert not np.array_equal(tensors["y"], plain["y"])


NETWORK = Network(Options(), [[Weights(random((4 * H, D)), random((4 * H, H)), random((4 * H,)))]])
TRACE = recurrent(X, NETWORK, H0[None, None], C0[None, None])
STATE = [*misshapen((1, 1, B, H)), *not_finite((1, 1, B, H)), *not_numbers((1, 1, B, H), none=False)]

test_refused = refused(
    recurrent,
    {"x": X, "network": NETWORK, "h0": H0[None, None]},
    {
        # Another B or T is refused by the states, if at all.
        "x": [misshapen((B, T, D))[2], *misshapen((B, T, D))[3:], *not_finite((B, T, D)), *not_numbers((B, T, D))],
        "network": [(None, TypeError), (NETWORK.options, TypeError), (NETWORK.arrays(), TypeError)],
        "h0": STATE,
        "c0": STATE,
        "lengths": [
            (np.ones(B + 1, int), ValueError),
            *not_integers((B,), none=False),
            *out_of_range((B,), -1, T + 1),
        ],
    },
)
test_backward_refused = refused(
    recurrent_backward,
    {"d_y": D_Y, "trace": TRACE},
    {
        "d_y": [*misshapen((B, T, H)), *not_finite((B, T, H)), *not_numbers((B, T, H), none=False)],
        "trace": [(None, TypeError), (X, TypeError)],
        "d_h_last": STATE,
        "d_c_last": STATE,
    },
)


def test_there_is_no_cell_state_but_in_an_lstm():
    case = random_case(Options(cell="gru"))
    state = np.ones((1, 1, 2, 2))
    with pytest.raises(TypeError, match="c0: expected None, as a gru has no cell state, got ndarray"):
        recurrent(case.x, case.network, c0=state)
    with pytest.raises(TypeError, match="d_c_last: expected None, as a gru has no cell state, got ndarray"):
        recurrent_backward(None, case.run()[0], d_c_last=state)
    assert case.run()[0].c_last is None and case.run()[1].c0 is None


@pytest.mark.parametrize("finished", ["zero", "last"])
@pytest.mark.parametrize("direction", ["forward", "reverse"])
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_no_zero_at_a_padded_step_is_negative(cell, direction, finished):
    options = Options(cell=cell, direction=direction, finished=finished)
    for seed in range(3):
        for name, array in random_case(options, L=2, T=4, lengths=[3, 0], seed=seed).tensors().items():
            assert not np.any(np.signbit(array) & (array == 0)), name
