import numpy as np
import pytest
from framework_equations import CASES
from support import random

from lstmderiv.interchange import FRAMEWORKS, Activation, Options, convention, from_framework, recurrent
from lstmderiv.interchange.conversion.forms import DISCRETE
from lstmderiv.interchange.options import GATES

FORMS = [
    pytest.param(form, id=f"{name}-{cell}") for name in FRAMEWORKS for cell, form in convention(name).cells.items()
]


def test_every_framework_of_the_table_is_there():
    named = {"pytorch", "keras", "tensorflow1", "onnx", "cudnn", "flax", "tflite", "series", "lstmderiv"}
    assert named | {"haste_pytorch", "haste_tf", "flax_nnx"} == set(FRAMEWORKS)


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_a_convention_says_what_was_read(name):
    entry = convention(name)
    assert entry.title and entry.read and entry.layers and entry.state
    assert entry.sources and all(source["title"] for source in entry.sources)
    assert entry.cells


@pytest.mark.parametrize(("framework", "cell", "equations", "shapes", "settings"), CASES)
def test_arrays_are_read_as_the_framework_computes_with_them(framework, cell, equations, shapes, settings):
    arrays = {name: random(shape, seed) for seed, (name, shape) in enumerate(shapes.items())}
    x = random((2, 5, 3), 99)
    network = from_framework(framework, arrays, cell, **settings)
    assert network.options.layout == "batch_first"
    np.testing.assert_allclose(recurrent(x, network).y, equations(arrays, x), rtol=0, atol=1e-14)


# As the frameworks document them: axes and finished rows of a call without further arguments, and its arguments.
RUNS = {
    "lstmderiv": ("batch_first", "zero", {"reverse": False, "forget_bias": 0.0, "reset": "after"}),
    "series": ("batch_first", "computed", {"forget_bias": 1.0}),
    "pytorch": (
        "time_first",
        "zero",
        {"bias": True, "batch_first": False, "bidirectional": False, "nonlinearity": "tanh"},
    ),
    "keras": (
        "batch_first",
        "last",
        {"use_bias": True, "go_backwards": False, "zero_output_for_mask": False, "reset_after": True}
        | {"activation": "tanh", "recurrent_activation": "sigmoid"},
    ),
    "tensorflow1": (
        "batch_first",
        "zero",
        {"time_major": False, "use_peepholes": False, "forget_bias": 1.0, "activation": "tanh"},
    ),
    "onnx": ("time_first", "zero", {"direction": "forward", "layout": 0, "input_forget": 0, "linear_before_reset": 0}),
    "cudnn": (
        "time_first",
        "zero",
        {"dirMode": "CUDNN_UNIDIRECTIONAL", "biasMode": "CUDNN_RNN_DOUBLE_BIAS", "cellMode": "CUDNN_RNN_TANH"}
        | {"layout": "CUDNN_RNN_DATA_LAYOUT_SEQ_MAJOR_UNPACKED"},
    ),
    "flax": ("batch_first", "computed", {"time_major": False, "reverse": False, "gate_fn": "sigmoid"}),
    "flax_nnx": ("batch_first", "computed", {"time_major": False, "reverse": False, "gate_fn": "sigmoid"}),
    "haste_pytorch": ("time_first", "computed", {"batch_first": False}),
    "haste_tf": ("batch_first", "computed", {"direction": "unidirectional", "time_major": False}),
    "tflite": ("batch_first", "computed", {"cell_clip": 0.0, "proj_clip": 0.0}),
}


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_defaults_are_the_frameworks_own(name):
    entry, (layout, finished, expected) = convention(name), RUNS[name]
    assert (entry.layout, entry.finished) == (layout, finished)
    found = [{s.name: s.default for s in form.settings if s.name in expected} for form in entry.cells.values()]
    assert {key for defaults in found for key in defaults} == set(expected)
    for defaults in found:
        assert defaults == {key: expected[key] for key in defaults}


@pytest.mark.parametrize("form", FORMS)
def test_what_is_shown_is_what_is_read(form):
    # The table of a page shows these; the converters read arrays and settings.
    for setting in form.settings:
        if setting.about == "layout" and not setting.required:
            assert dict(setting.values)[setting.default] == form.layout
        if setting.about == "forget_bias":
            assert form.forget_bias["where"] == "run time" and form.forget_bias["default"] == setting.default
    every = {}
    for rule in form.arrays:
        if "W_x" in rule.parts:
            # What belongs together has the same condition.
            every.setdefault(tuple(rule.when.items()), []).extend(rule.gates)
    assert any(tuple(gates) == form.gates for gates in every.values())


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_consistent(form):
    assert sorted(form.gates) == sorted(GATES[form.cell])
    assert len(form.gate_names) == len(form.gates)
    fields = set(Options(cell=form.cell).as_dict())
    for setting in form.settings:
        if setting.kind in ("option", "number"):
            assert setting.about in fields
    for rule in form.arrays:
        assert set(rule.gates) <= set(form.gates) and len(rule.gate_names) == len(rule.gates)
        assert set(rule.when) <= set(DISCRETE)


@pytest.mark.parametrize("form", FORMS)
def test_every_combination_that_a_form_can_hold_is_one_of_the_options(form):
    for candidate in form.candidates():
        assert Options(cell=form.cell, **candidate).cell == form.cell
        rules = [rule for rule in form.arrays if all(candidate[k] in v for k, v in rule.when.items())]
        blocks = [(part, gate) for rule in rules for part in rule.parts for gate in rule.gates if part[0] in "Wb"]
        weights = [block for block in blocks if block[0] in ("W_x", "W_h", "b_x", "b_h")]
        assert len(weights) == len(set(weights)), "a block has two places"
        wanted = {(part, gate) for part in ("W_x", "W_h") for gate in form.gates if gate != candidate["coupled"]}
        assert wanted <= set(weights)


@pytest.mark.parametrize("form", FORMS)
def test_what_a_form_cannot_hold_is_named(form):
    for option, values in form.cannot().items():
        assert values
        assert not set(values) & set(form.choices(option) if option in DISCRETE else ())


def test_the_equations_cover_every_framework_and_cell():
    covered = {(framework, cell) for framework, cell, *_ in CASES} | {("lstmderiv", "lstm"), ("lstmderiv", "gru")}
    assert covered == {(name, cell) for name in FRAMEWORKS for cell in convention(name).cells}


@pytest.mark.parametrize(
    ("frameworks", "name", "function"),
    [
        (("keras", "flax", "flax_nnx"), "hard_sigmoid", lambda x: np.clip(x / 6 + 0.5, 0, 1)),
        (("tensorflow1",), "hard_sigmoid", lambda x: np.clip(0.2 * x + 0.5, 0, 1)),
        (("onnx",), "HardSigmoid", lambda x: np.clip(0.2 * x + 0.5, 0, 1)),
        (("keras",), "leaky_relu", lambda x: np.where(x > 0, x, 0.2 * x)),
        (("flax", "flax_nnx"), "leaky_relu", lambda x: np.where(x > 0, x, 0.01 * x)),
        (("onnx",), "LeakyRelu", lambda x: np.where(x > 0, x, 0.01 * x)),
        (("keras", "tensorflow1", "flax", "flax_nnx"), "elu", lambda x: np.where(x > 0, x, np.expm1(x))),
        (("onnx",), "Elu", lambda x: np.where(x > 0, x, np.expm1(x))),
        (("onnx",), "ThresholdedRelu", lambda x: np.where(x > 1, x, 0)),
        (("keras", "tensorflow1"), "softsign", lambda x: x / (1 + np.abs(x))),
        (("flax", "flax_nnx"), "soft_sign", lambda x: x / (1 + np.abs(x))),
        (("onnx",), "Softsign", lambda x: x / (1 + np.abs(x))),
        (("keras", "tensorflow1", "flax", "flax_nnx"), "softplus", lambda x: np.log1p(np.exp(x))),
        (("onnx",), "Softplus", lambda x: np.log1p(np.exp(x))),
        (("keras", "tensorflow1"), "linear", lambda x: x),
        (("flax", "flax_nnx"), "identity", lambda x: x),
        (("tflite",), "NONE", lambda x: x),
        (("pytorch", "keras", "tensorflow1", "flax", "flax_nnx"), "relu", lambda x: np.maximum(x, 0)),
        (("onnx",), "Relu", lambda x: np.maximum(x, 0)),
        (("cudnn",), "CUDNN_RNN_RELU", lambda x: np.maximum(x, 0)),
        (("tflite",), "RELU", lambda x: np.maximum(x, 0)),
    ],
)
def test_the_names_of_activations_are_those_functions(frameworks, name, function):
    x = np.linspace(-4, 4, 101)
    for framework in frameworks:
        form = next(iter(convention(framework).cells.values()))
        np.testing.assert_allclose(Activation(*form.activations[name]).value(x), function(x), rtol=1e-14, atol=1e-15)


def test_the_table_knows_where_forget_biases_are():
    where = {name: convention(name).cells["lstm"].forget_bias for name in FRAMEWORKS}
    assert where["tensorflow1"] == {"where": "run time", "default": 1.0}
    assert where["keras"] == {"where": "initial value", "default": 1.0, "setting": "unit_forget_bias"}
    assert where["pytorch"] == {"where": "none"}


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ("torch", ValueError, "framework: expected one of lstmderiv, series, pytorch, "),
        (None, TypeError, "framework: expected str, got NoneType"),
    ],
)
def test_an_unknown_framework_is_refused(value, error, message):
    with pytest.raises(error, match=message):
        convention(value)
