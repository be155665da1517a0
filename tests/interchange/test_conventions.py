import numpy as np
import pytest
from framework_equations import CASES
from support import random

from lstmderiv.interchange import FRAMEWORKS, Options, convention, from_framework, recurrent
from lstmderiv.interchange.forms import DISCRETE
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
