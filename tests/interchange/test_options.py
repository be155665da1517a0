"""What the options are, what they refuse, and what survives a file."""

import json

import pytest
from hypothesis import given
from operator_cases import random_options
from support import NOT_A_FLAG, NOT_A_REAL_NUMBER, refused

from lstmderiv.interchange import Activation, Options

NOT_A_CHOICE = [("sideways", ValueError), ("", ValueError), (1, TypeError), (True, TypeError)]
BOUND = [*NOT_A_REAL_NUMBER, (0, ValueError), (-1, ValueError)]
ACTIVATIONS = [
    ("tanh", TypeError),
    (["tanh"], TypeError),
    ({"x": "tanh"}, ValueError),
    ({"h": "tanh"}, ValueError),
    ({"f": "hello"}, ValueError),
    ({"f": 1}, TypeError),
    ({"f": ()}, TypeError),
    ({"f": ("elu", 1.0, 2.0, 3.0)}, TypeError),
    ({"f": ("elu", "1")}, TypeError),
    ({"f": ("affine", 1.0)}, ValueError),
]

test_refused = refused(
    Options,
    {"projection": True},
    {
        "cell": [*NOT_A_CHOICE, (None, TypeError)],
        "direction": [*NOT_A_CHOICE, (None, TypeError)],
        "layout": [*NOT_A_CHOICE, (None, TypeError)],
        "finished": [*NOT_A_CHOICE, (None, TypeError)],
        "coupled": [*NOT_A_CHOICE, ("g", ValueError)],
        "reset": [*NOT_A_CHOICE, ("after", ValueError)],
        "biases": [(3, ValueError), (-1, ValueError), (1.0, TypeError), (True, TypeError), (None, TypeError)],
        "peepholes": NOT_A_FLAG,
        "projection": NOT_A_FLAG,
        "projection_bias": NOT_A_FLAG,
        "forget_bias": NOT_A_REAL_NUMBER,
        "clip": BOUND,
        "cell_clip": BOUND,
        "projection_clip": BOUND,
    },
)
test_refused_activations = refused(
    Options, {}, {"activations": [(value, error) for value, error in ACTIVATIONS if not isinstance(value, dict)]}
)


@pytest.mark.parametrize("value, error", ACTIVATIONS)
def test_what_activations_refuse_names_the_gate(value, error):
    with pytest.raises(error, match=r"^activations(\['f'\])?: expected .+, got .+"):
        Options(activations=value)


@pytest.mark.parametrize("cell", ["gru", "rnn"])
@pytest.mark.parametrize(
    "name, value",
    [
        ("forget_bias", 1.0),
        ("peepholes", True),
        ("coupled", "f"),
        ("projection", True),
        ("cell_clip", 1.0),
        ("projection_bias", True),
        ("projection_clip", 1.0),
    ],
)
def test_what_only_an_lstm_has(cell, name, value):
    with pytest.raises(ValueError, match=rf"^{name}: expected .+, as cell is '{cell}', got "):
        Options(cell=cell, **{name: value})


@pytest.mark.parametrize(
    "options, message",
    [
        ({"projection_bias": True}, "projection_bias: expected False, as projection is False, got True"),
        ({"projection_clip": 1.0}, "projection_clip: expected None, as projection is False, got 1.0"),
        ({"cell": "rnn", "reset": "after"}, "reset: expected None, as cell is 'rnn', got 'after'"),
        (
            {"coupled": "f", "forget_bias": 1.0},
            "forget_bias: expected 0, as the forget gate is coupled to the input gate, got 1.0",
        ),
    ],
)
def test_contradictions(options, message):
    with pytest.raises(ValueError) as caught:
        Options(**options)
    assert str(caught.value) == message


def test_defaults():
    assert Options().differences() == {} == Options(cell="gru").differences() == Options(cell="rnn").differences()
    assert Options(cell="gru").reset == "after"
    assert Options().activations == {
        "f": Activation("sigmoid"),
        "i": Activation("sigmoid"),
        "g": Activation("tanh"),
        "o": Activation("sigmoid"),
        "c": Activation("tanh"),
    }
    assert Options(clip=2, direction="reverse").differences() == {"clip": 2.0, "direction": "reverse"}


def test_blocks_and_directions():
    assert {cell: Options(cell=cell).gates for cell in ("lstm", "gru", "rnn")} == {
        "lstm": ("f", "i", "g", "o"),
        "gru": ("r", "u", "g"),
        "rnn": ("h",),
    }
    assert Options(direction="reverse").directions == ("reverse",)
    assert Options(direction="bidirectional").directions == ("forward", "reverse")


@given(random_options())
def test_a_file_and_back(options):
    again = Options(**json.loads(json.dumps(options.as_dict())))
    assert again == options
    assert hash(again) == hash(options)
    assert {options: 1}[again] == 1
    assert Options(cell=options.cell, **{k: v for k, v in options.differences().items() if k != "cell"}) == options


def test_frozen():
    options = Options()
    with pytest.raises(AttributeError):
        options.cell = "gru"
    with pytest.raises(TypeError):
        options.activations["f"] = Activation("tanh")
