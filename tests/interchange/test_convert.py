from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import random_network
from proveq import relative_difference
from support import random

from lstmderiv import GRUParameters, LSTMParameters, gru, lstm
from lstmderiv.interchange import (
    FRAMEWORKS,
    Options,
    convention,
    convert,
    from_framework,
    gradients_to_framework,
    recurrent,
    recurrent_backward,
    to_framework,
)

FORMS = [form for name in FRAMEWORKS for form in convention(name).cells.values()]
HOLDABLE = [
    pytest.param(form, candidate, id=f"{form.framework}-{form.cell}-{k}")
    for form in FORMS
    for k, candidate in enumerate(form.candidates())
]


def options_of(form, candidate, **more):
    finished = form.finished_choices(candidate["direction"])[0]
    return Options(**{"cell": form.cell, "layout": form.layout, "finished": finished, **candidate, **more})


def identical(a, b):
    """Whether two dictionaries hold the same arrays, bit for bit."""
    assert a.keys() == b.keys()
    return all(
        a[name].dtype == b[name].dtype and a[name].shape == b[name].shape and a[name].tobytes() == b[name].tobytes()
        for name in a
    )


def outputs(network, x):
    """Outputs batch first, whatever the layout, for x (B, T, D) batch first."""
    swap = network.options.layout == "time_first"
    y = recurrent(x.swapaxes(0, 1) if swap else x, network).y
    return y.swapaxes(0, 1) if swap else y


@st.composite
def stored(draw):
    """A form and a network that it can hold, with any of the numbers and activations that it has."""
    form = draw(st.sampled_from(FORMS))
    candidate = draw(st.sampled_from(form.candidates()))
    more = {}
    for setting in form.settings:
        if setting.kind == "number":
            projected = candidate["projection"] or setting.about != "projection_clip"
            coupled = candidate["coupled"] == "f" and setting.about == "forget_bias"
            if projected and not coupled:
                more[setting.about] = draw(st.sampled_from([0.25, 1.0, 3.5]))
        elif setting.kind == "option" and setting.about in ("layout", "finished"):
            held = form.finished_choices(candidate["direction"])
            wanted = [ours for _, ours in setting.values if setting.about == "layout" or ours in held]
            more[setting.about] = draw(st.sampled_from(wanted))
        elif setting.kind == "activation":
            entry = draw(st.sampled_from(list(form.activations.values())))
            more.setdefault("activations", {}).update(dict.fromkeys(setting.about, tuple(entry)))
        elif setting.kind == "activations":
            for group in setting.about:
                entry = draw(st.sampled_from([("relu",), ("affine", 0.5, 0.25), ("elu", 0.75), ("hard_sigmoid",)]))
                more.setdefault("activations", {}).update(dict.fromkeys(group, entry))
    sizes = {name: draw(st.integers(1, 4)) for name in ("layers", "D", "H", "P")}
    if candidate["projection"] and any(setting.below for setting in form.settings):
        sizes["H"] += sizes["P"]
    dtype = draw(st.sampled_from([np.float16, np.float32, np.float64]))
    return form, random_network(options_of(form, candidate, **more), dtype=dtype, **sizes)


@settings(max_examples=200)
@given(stored())
def test_there_and_back_is_lossless(case):
    form, network = case
    there = to_framework(form.framework, network)
    back = from_framework(form.framework, there.arrays, form.cell, **there.settings)
    again = to_framework(form.framework, back)
    assert identical(there.arrays, again.arrays)
    assert there.settings == again.settings
    assert again.notes == tuple(note for note in there.notes if "added" not in note)
    assert back.options.as_dict() == network.options.as_dict()


@given(stored())
def test_sizes_and_directions_are_read_from_the_arrays(case):
    form, network = case
    there = to_framework(form.framework, network)
    kept = {
        setting.name: there.settings[setting.name]
        for setting in form.settings
        if setting.required or (setting.about == "direction" and network.options.direction == "reverse")
    }
    back = from_framework(form.framework, there.arrays, form.cell, **kept)
    for name in ("direction", "biases", "peepholes", "projection", "projection_bias"):
        assert getattr(back.options, name) == getattr(network.options, name)
    for name in ("input_size", "hidden_size", "state_size"):
        assert getattr(back, name) == getattr(network, name)
    assert len(back.layers) == len(network.layers)


@pytest.mark.sampled(11)
@pytest.mark.parametrize(("form", "candidate"), HOLDABLE)
@pytest.mark.parametrize("layers", [1, 2])
def test_a_network_computes_the_same_in_every_framework_that_holds_it(form, candidate, layers):
    network = random_network(options_of(form, candidate), layers)
    x = random((2, 4, 3), 7)
    y = outputs(network, x)
    held = 0
    for name in FRAMEWORKS:
        try:
            there = to_framework(name, network)
        except ValueError:
            continue
        back = from_framework(name, there.arrays, form.cell, **there.settings)
        np.testing.assert_allclose(outputs(back, x), y, rtol=0, atol=2e-13)
        held += 1
    assert held >= 1


@pytest.mark.sampled(11)
@pytest.mark.parametrize(("form", "candidate"), HOLDABLE)
@pytest.mark.parametrize("layers", [1, 2])
def test_gradients_are_those_of_the_frameworks_arrays(form, candidate, layers):
    there = to_framework(form.framework, random_network(options_of(form, candidate), layers))
    network = from_framework(form.framework, there.arrays, form.cell, **there.settings)
    x = random((2, 3, 3), 5)
    shares = random((2, 3, outputs(network, x).shape[-1]), 6)
    swap = network.options.layout == "time_first"
    trace = recurrent(x.swapaxes(0, 1) if swap else x, network)
    found = gradients_to_framework(
        form.framework, network, recurrent_backward(shares.swapaxes(0, 1) if swap else shares, trace)
    )
    assert found.keys() == there.arrays.keys()
    directions = {name: random(array.shape, seed) for seed, (name, array) in enumerate(there.arrays.items())}
    stepped = {name: array + 1e-30j * directions[name] for name, array in there.arrays.items()}
    moved = from_framework(form.framework, stepped, form.cell, **there.settings)
    expected = (outputs(moved, x) * shares).sum().imag / 1e-30
    assert all(found[name].shape == array.shape for name, array in there.arrays.items())
    assert (
        abs(expected - sum((found[name] * directions[name]).sum() for name in found)) <= 1e-12 * abs(expected) + 1e-13
    )


@pytest.mark.parametrize("framework", ["tensorflow1", "keras", "flax", "tflite", "haste_tf"])
def test_the_gradient_of_a_sum_of_biases_is_the_gradient_of_both(framework):
    network = random_network(Options(biases=2), 2)
    x, d_y = random((2, 3, 3), 1), random((2, 3, 4), 2)
    mine = gradients_to_framework(framework, network, recurrent_backward(d_y, recurrent(x, network)))
    there = to_framework(framework, network)
    assert any("the two biases of f, i, g, o were added" in note for note in there.notes)
    back = from_framework(framework, there.arrays, "lstm", **there.settings)
    theirs = gradients_to_framework(framework, back, recurrent_backward(d_y, recurrent(x, back)))
    for name, gradient in theirs.items():
        assert relative_difference(mine[name], gradient) < 1e-13


def test_gradients_from_one_bias_to_two_are_the_same_for_both():
    network = random_network(Options(biases=1))
    gradients = recurrent_backward(random((2, 3, 4), 2), recurrent(random((2, 3, 3), 1), network))
    found = gradients_to_framework("pytorch", network, gradients.layers)
    np.testing.assert_array_equal(found["bias_ih_l0"], found["bias_hh_l0"])


def test_a_gradient_that_does_not_follow_is_refused():
    network = random_network(Options(cell="gru", biases=1))
    gradients = recurrent_backward(random((2, 3, 4), 2), recurrent(random((2, 3, 3), 1), network))
    with pytest.raises(ValueError, match="gradients: expected those of b_h, which bias_hh_l0 holds, got none: run the"):
        gradients_to_framework("pytorch", network, gradients)


def test_a_forget_bias_moves_into_the_bias_where_it_is_not_added_at_run_time():
    network = random_network(Options(forget_bias=1.0))
    there = to_framework("keras", network)
    H = network.hidden_size
    np.testing.assert_array_equal(there.arrays["lstm/lstm_cell/bias"][H : 2 * H], network.layers[0][0].b_x[:H] + 1.0)
    assert "the forget bias 1.0 was added to the bias of the forget gate" in there.notes
    assert to_framework("tensorflow1", network).settings["forget_bias"] == 1.0
    without = random_network(Options(forget_bias=1.0, biases=0))
    np.testing.assert_array_equal(
        to_framework("pytorch", without).arrays["bias_ih_l0"], np.repeat([0.0, 1.0, 0.0, 0.0], H)
    )


def test_what_ended_rows_hold_is_noted_where_it_differs():
    assert to_framework("pytorch", random_network(Options(finished="last", biases=2))).notes == (
        "finished is 'last' in the network, 'zero' in PyTorch",
    )
    one, both = (random_network(Options(finished="last", direction=way)) for way in ("forward", "bidirectional"))
    assert to_framework("keras", one).settings["zero_output_for_mask"] is False
    there = to_framework("keras", both)
    assert there.settings["zero_output_for_mask"] is True
    assert "finished is 'last' in the network, 'zero' in Keras 3" in there.notes
    assert from_framework("keras", there.arrays, "lstm").options.finished == "zero"
    assert (
        "layout is 'time_first' in the network, 'batch_first' in Keras 3"
        in to_framework("keras", one.replace(layout="time_first")).notes
    )


def test_tensorflow_adds_one_unless_told_otherwise():
    arrays = {"rnn/lstm_cell/kernel": random((7, 16)), "rnn/lstm_cell/bias": random((16,))}
    assert from_framework("tensorflow1", arrays, "lstm").options.forget_bias == 1.0
    assert from_framework("tensorflow1", arrays, "lstm", forget_bias=0.0).options.forget_bias == 0.0


def test_negative_zero_survives():
    arrays = {name: -np.zeros(shape) for name, shape in {"W": (16, 7), "b": (16,)}.items()}
    for target in FRAMEWORKS:
        there = convert(arrays, "lstmderiv", target, "lstm")
        back = to_framework("lstmderiv", from_framework(target, there.arrays, "lstm", **there.settings))
        assert identical(arrays, back.arrays), target


def test_exact_numbers_stay_exact():
    network = random_network(Options(biases=2), dtype=object)
    there = to_framework("keras", network)
    assert all(isinstance(value, Fraction) for array in there.arrays.values() for value in array.flat)


def test_the_containers_of_this_package_are_a_convention_too():
    parameters = LSTMParameters(random((16, 7), 1), random((16,), 2))
    network = from_framework("lstmderiv", {"W": parameters.W, "b": parameters.b}, "lstm", forget_bias=1.0)
    x = random((2, 5, 3), 3)
    np.testing.assert_allclose(recurrent(x, network).y, lstm(x, parameters, forget_bias=1.0).h, rtol=0, atol=1e-15)
    units = GRUParameters(random((12, 7), 1), random((12,), 2), random((4,), 3))
    arrays = {name: getattr(units, name) for name in ("W", "b", "b_gh")}
    network = from_framework("lstmderiv", arrays, "gru")
    np.testing.assert_allclose(recurrent(x, network).y, gru(x, units).h, rtol=0, atol=1e-15)


def test_names_may_stand_in_a_larger_model():
    there = to_framework("pytorch", random_network(Options(biases=2), 2))
    model = {f"encoder.lstm.{name}": array for name, array in there.arrays.items()} | {"head.weight": random((2, 4))}
    network = from_framework("pytorch", model, "lstm", prefix="encoder.lstm.")
    assert identical(to_framework("pytorch", network).arrays, there.arrays)


@pytest.mark.parametrize("direction", ["forward", "bidirectional"])
def test_a_session_of_keras_may_have_counted_on(direction):
    there = to_framework("keras", random_network(Options(direction=direction), 2))
    later = {}
    for name, array in there.arrays.items():
        first, rest = name.split("/", 1)
        later[f"{first.removesuffix('_1')}_{8 if first.endswith('_1') else 7}/{rest}"] = array
    network = from_framework("keras", later, "lstm")
    assert identical(to_framework("keras", network).arrays, there.arrays)


def test_tensorflow_names_of_variables_and_of_the_basic_cell_are_read():
    arrays = {"rnn/basic_lstm_cell/kernel:0": random((7, 16)), "rnn/basic_lstm_cell/bias:0": random((16,))}
    assert set(to_framework("tensorflow1", from_framework("tensorflow1", arrays, "lstm")).arrays) == {
        "rnn/lstm_cell/kernel",
        "rnn/lstm_cell/bias",
    }


def test_settings_may_be_numpy_values_and_bytes():
    arrays = to_framework("onnx", random_network(Options(biases=2, direction="bidirectional"))).arrays
    network = from_framework(
        "onnx", arrays, "lstm", direction=b"bidirectional", layout=np.int64(1), hidden_size=np.int32(4),
        activations=[b"Sigmoid", b"Tanh", b"LeakyRelu"] * 2, activation_alpha=np.array([0.5, 0.5]), clip=np.float32(2),
    )  # fmt: skip
    assert network.options.layout == "batch_first" and network.options.clip == 2.0
    assert network.options.activations["c"].as_list() == ["leaky_relu", 0.5]


def test_what_is_given_is_copied():
    arrays = {"W": random((16, 7)), "b": random((16,))}
    network = from_framework("lstmderiv", arrays, "lstm")
    kept = network.layers[0][0].W_x.copy()
    arrays["W"][:] = 0
    there = to_framework("lstmderiv", network)
    there.arrays["W"][:] = 0
    np.testing.assert_array_equal(network.layers[0][0].W_x, kept)


LSTM = {"weight_ih_l0": np.ones((8, 3)), "weight_hh_l0": np.ones((8, 2))}
WITH_B = {**LSTM, "bias_ih_l0": np.ones(8), "bias_hh_l0": np.ones(8)}
TFLITE = {"weights": np.ones((2, 3)), "recurrent_weights": np.ones((2, 2)), "bias": np.ones(2)}
ONNX = {"W": np.ones((1, 8, 3)), "R": np.ones((1, 8, 2))}


@pytest.mark.parametrize(
    ("arguments", "settings", "error", "message"),
    [
        (("torch", LSTM, "lstm"), {}, ValueError, "framework: expected one of lstmderiv"),
        ((3, LSTM, "lstm"), {}, TypeError, "framework: expected str, got int"),
        (("pytorch", LSTM, "mgu"), {}, ValueError, "cell: expected one of lstm, gru, rnn, got 'mgu'"),
        (("pytorch", LSTM, None), {}, TypeError, "cell: expected str, got NoneType"),
        (("tflite", LSTM, "gru"), {}, ValueError, "cell: expected 'lstm' or 'rnn', as TensorFlow Lite has no other"),
        (("pytorch", [1], "lstm"), {}, TypeError, "arrays: expected a mapping from names to arrays, got list"),
        (("pytorch", {}, "lstm"), {}, ValueError, "arrays: expected names, got none"),
        (("pytorch", {3: np.ones(2)}, "lstm"), {}, TypeError, "arrays: expected names that are strings, got int"),
        (
            ("pytorch", LSTM, "lstm"),
            {"prefix": "rnn."},
            ValueError,
            "expected names beginning with 'rnn.', the prefix, got weight_hh",
        ),
        (("pytorch", LSTM, "lstm"), {"prefix": 1}, TypeError, "prefix: expected str, got int"),
        (("pytorch", {"weight_ih_l0": np.ones((8, 3))}, "lstm"), {}, ValueError, "got these without weight_hh_l0"),
        (("pytorch", {**LSTM, "scale": np.ones(2)}, "lstm"), {}, ValueError, "got these with scale"),
        (
            ("pytorch", {**LSTM, **{f"grad_{name}": array for name, array in LSTM.items()}}, "lstm"),
            {},
            ValueError,
            "got these with grad_",
        ),
        (
            ("pytorch", {**LSTM, "weight_ih_l0": np.ones((7, 3))}, "lstm"),
            {},
            ValueError,
            "expected (4H, D), got (7, 3)",
        ),
        (
            ("pytorch", {**LSTM, "weight_hh_l0": np.ones((8, 3))}, "lstm"),
            {},
            ValueError,
            "['weight_hh_l0']: expected (4H, H) with H = 2, got (8, 3)",
        ),
        (
            ("pytorch", {**LSTM, "weight_hh_l0": np.ones(8)}, "lstm"),
            {},
            ValueError,
            "['weight_hh_l0']: expected (4H, H), got (8,)",
        ),
        (
            ("pytorch", {**LSTM, "weight_hh_l0": np.full((8, 2), np.nan)}, "lstm"),
            {},
            ValueError,
            "['weight_hh_l0']: expected finite numbers",
        ),
        (
            ("pytorch", {**LSTM, "weight_hh_l0": "text"}, "lstm"),
            {},
            TypeError,
            "['weight_hh_l0']: expected an array of numbers",
        ),
        (
            ("pytorch", LSTM, "lstm"),
            {"dropout": 0.5},
            ValueError,
            "bidirectional, proj_size for PyTorch's torch.nn.LSTM, got 'dropout'",
        ),
        (
            ("pytorch", LSTM, "lstm"),
            {"bias": True},
            ValueError,
            "bias: expected what the arrays say, biases = 0, got True",
        ),
        (
            ("pytorch", WITH_B, "lstm"),
            {"bidirectional": True},
            ValueError,
            "what the arrays say, direction = 'forward', got True",
        ),
        (("pytorch", LSTM, "lstm"), {"batch_first": 1}, TypeError, "batch_first: expected True or False, got int"),
        (("pytorch", LSTM, "lstm"), {"hidden_size": 3}, ValueError, "hidden_size: expected 2, as in the arrays, got 3"),
        (("pytorch", LSTM, "lstm"), {"proj_size": 1}, ValueError, "proj_size: expected 0, as in the arrays, got 1"),
        (("onnx", ONNX, "lstm"), {"direction": "both"}, ValueError, "'reverse' or 'bidirectional', got 'both'"),
        (
            ("onnx", ONNX, "lstm"),
            {"direction": "bidirectional"},
            ValueError,
            "['W']: expected (2, 4H, D) with H = 2, D = 3, got (1, 8, 3)",
        ),
        (("onnx", ONNX, "lstm"), {"clip": -1.0}, ValueError, "clip: expected a finite number > 0, got -1.0"),
        (("onnx", ONNX, "lstm"), {"clip": "2"}, TypeError, "clip: expected a real number, got str"),
        (("onnx", ONNX, "lstm"), {"activations": ["Tanh"]}, ValueError, "activations: expected 3 names, got 1"),
        (("onnx", ONNX, "lstm"), {"activations": "Tanh"}, TypeError, "activations: expected a list of names, got str"),
        (
            ("onnx", ONNX, "lstm"),
            {"activations": ["Tanh", "Tanh", "Mish"]},
            ValueError,
            "activations: expected 'Tanh', ",
        ),
        (("onnx", ONNX, "lstm"), {"activations": ["Tanh", "Tanh", 3]}, TypeError, "activations: expected 'Tanh', "),
        (
            ("onnx", ONNX, "lstm"),
            {"activations": ["Sigmoid", "Affine", "Tanh"]},
            ValueError,
            "activation_alpha: expected a number for affine",
        ),
        (
            ("onnx", ONNX, "lstm"),
            {"activation_alpha": [1.0]},
            ValueError,
            "for the activations that take one, got 1 more",
        ),
        (
            ("tflite", TFLITE, "rnn"),
            {"time_major": True},
            ValueError,
            "'RELU' or 'NONE', as TensorFlow Lite has no one default",
        ),
    ],
)
def test_bad_input_is_refused_with_one_clear_error(arguments, settings, error, message):
    with pytest.raises(error) as raised:
        from_framework(*arguments, **settings)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_both_directions_need_the_same_activations():
    arrays = to_framework("onnx", random_network(Options(biases=2, direction="bidirectional"))).arrays
    with pytest.raises(ValueError, match="activations: expected the same activations in both directions"):
        from_framework("onnx", arrays, "lstm", activations=["Sigmoid", "Tanh", "Tanh", "Sigmoid", "Relu", "Tanh"])


@pytest.mark.parametrize(
    ("framework", "options", "message"),
    [
        (
            "pytorch",
            {"peepholes": True},
            "network.options.peepholes: expected False, as PyTorch's torch.nn.LSTM has no",
        ),
        ("pytorch", {"direction": "reverse"}, "network.options.direction: expected 'forward' or 'bidirectional'"),
        ("pytorch", {"cell": "gru", "reset": "before"}, "network.options.reset: expected 'after'"),
        ("keras", {"projection": True}, "network.options.projection: expected False"),
        ("keras", {"clip": 1.0}, "clip: expected None, as Keras 3's keras.layers.LSTM has none, got 1.0"),
        ("onnx", {"cell_clip": 1.0}, "network.options.cell_clip: expected None"),
        ("onnx", {"coupled": "i"}, "network.options.coupled: expected None or 'f'"),
        ("tflite", {"coupled": "f"}, "network.options.coupled: expected None or 'i'"),
        (
            "tensorflow1",
            {"projection": True, "projection_bias": True},
            "network.options.projection_bias: expected False",
        ),
        ("haste_pytorch", {"direction": "bidirectional"}, "network.options.direction: expected 'forward'"),
        ("pytorch", {"activations": {"g": "relu"}}, "network.options.activations: expected ['tanh'] for g"),
        ("keras", {"activations": {"g": "relu"}}, "network.options.activations: expected one for g, c, got"),
        (
            "keras",
            {"activations": {"g": ("elu", 2.0), "c": ("elu", 2.0)}},
            "network.options.activations: expected one of tanh",
        ),
        (
            "flax_nnx",
            {"cell": "gru", "biases": 2},
            "network.options.biases: expected 1, or zeros in the candidate's b_h",
        ),
    ],
)
def test_a_network_that_a_framework_cannot_hold_is_refused(framework, options, message):
    with pytest.raises(ValueError) as raised:
        to_framework(framework, random_network(Options(**options)))
    assert message in str(raised.value)


@pytest.mark.parametrize("framework", ["cudnn", "pytorch"])
@pytest.mark.parametrize("P", [4, 5])
def test_some_frameworks_project_to_fewer_units_only(framework, P):
    with pytest.raises(ValueError, match=r"options.projection: expected P < H = 4 in \w+, got P = "):
        to_framework(framework, random_network(Options(projection=True, biases=2), P=P))


def test_bad_arguments_of_the_other_functions_are_refused():
    network = random_network(Options(biases=2))
    gradients = recurrent_backward(random((2, 3, 4), 2), recurrent(random((2, 3, 3), 1), network))
    other = random_network(Options(biases=2), H=5)
    for call, error, message in [
        (lambda: to_framework("pytorch", {}), TypeError, "network: expected Network, got dict"),
        (lambda: to_framework("mxnet", network), ValueError, "framework: expected one of"),
        (lambda: to_framework("tflite", random_network(Options(cell="gru"))), ValueError, "cell: expected"),
        (lambda: gradients_to_framework("pytorch", {}, gradients), TypeError, "network: expected Network, got dict"),
        (lambda: gradients_to_framework("pytorch", network, 3), TypeError, "gradients: expected RecurrentGradients or"),
        (lambda: gradients_to_framework("pytorch", network, ()), ValueError, "gradients: expected those of 1 layers"),
        (lambda: gradients_to_framework("pytorch", network, (({},),)), TypeError, "gradients.layer0.forward: expected"),
        (
            lambda: gradients_to_framework("pytorch", other, gradients),
            ValueError,
            "gradients.layer0.forward.W_x: expected",
        ),
        (lambda: convert(LSTM, "pytorch", "mxnet", "lstm"), ValueError, "target: expected one of"),
    ]:
        with pytest.raises(error) as raised:
            call()
        assert message in str(raised.value)
