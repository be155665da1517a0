"""The container of weights: what it takes, what it refuses, and its flat dictionary."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from operator_cases import all_together, random_network, random_options, shapes
from support import FLOAT_TYPES, misshapen, not_finite, not_numbers, random

from lstmderiv.interchange import Network, Options, Weights

EVERYTHING = random_network(all_together(), L=2)
PLAIN = random_network(Options(cell="rnn"))


@given(random_options())
def test_a_flat_dictionary_and_back(options):
    network = random_network(options, L=2)
    arrays = network.arrays()
    again = Network.from_arrays(options, arrays)
    assert list(again.arrays()) == list(arrays)
    assert all(np.array_equal(again.arrays()[name], array) for name, array in arrays.items())
    assert [prefix for _, _, prefix in network.places()] == list(
        dict.fromkeys(name.rsplit(".", 1)[0] + "." for name in arrays)
    )


def test_sizes():
    assert (EVERYTHING.input_size, EVERYTHING.hidden_size, EVERYTHING.state_size) == (2, 2, 3)
    assert EVERYTHING.layers[1][0].W_x.shape == (8, 6)
    assert (PLAIN.input_size, PLAIN.hidden_size, PLAIN.state_size) == (2, 2, 2)
    one = random_network(Options(projection=True), P=1, H=4, D=5)
    assert (one.input_size, one.hidden_size, one.state_size) == (5, 4, 1)


def test_names_of_a_flat_dictionary():
    assert list(random_network(Options(biases=2)).arrays()) == [
        f"layer0.forward.{n}" for n in ("W_x", "W_h", "b_x", "b_h")
    ]
    assert list(EVERYTHING.arrays())[-9:] == [
        f"layer1.reverse.{name}" for name in ("W_x", "W_h", "b_x", "b_h", "p_f", "p_i", "p_o", "W_p", "b_p")
    ]


@pytest.mark.parametrize("dtype", [*FLOAT_TYPES, object])
def test_dtype(dtype):
    network = random_network(all_together(), dtype=dtype)
    assert network.dtype == dtype
    assert all(array.dtype == dtype for array in network.arrays().values())


def test_astype():
    halves = EVERYTHING.astype(np.float16)
    assert halves.dtype == np.float16
    assert EVERYTHING.dtype == np.float64


def test_copies():
    arrays = {name: array.copy() for name, array in PLAIN.arrays().items()}
    network = Network.from_arrays(PLAIN.options, arrays)
    arrays["layer0.forward.W_x"][:] = 0
    assert np.array_equal(network.arrays()["layer0.forward.W_x"], PLAIN.arrays()["layer0.forward.W_x"])


def test_replace():
    changed = PLAIN.replace({"layer0.forward.b_x": np.zeros(2)}, clip=1.0)
    assert changed.options.clip == 1.0
    assert not changed.layers[0][0].b_x.any()
    assert np.array_equal(changed.layers[0][0].W_x, PLAIN.layers[0][0].W_x)
    with pytest.raises(ValueError, match="arrays"):
        PLAIN.replace({"layer0.forward.b_y": np.zeros(2)})
    with pytest.raises(ValueError, match="clip: expected"):
        PLAIN.replace(clip=-1)


def weights(options=None, **changed):
    options = options or all_together(direction="forward")
    arrays = {name: random(shape) for name, shape in shapes(options, 2, 2, 3).items()}
    return Network(options, [[Weights(**{**arrays, **changed})]])


BAD = {name: [*misshapen(shape), *not_finite(shape), *not_numbers(shape, none=False)]
       for name, shape in shapes(all_together(direction="forward"), 2, 2, 3).items()}  # fmt: skip
# With one column more a network reads one input more, and that is all.
del BAD["W_x"][1]


@pytest.mark.parametrize(
    "name, value, error",
    [
        pytest.param(name, value, error, id=f"{name}-{k}")
        for name, wrong in BAD.items()
        for k, (value, error) in enumerate(wrong)
    ],
)
def test_a_bad_array_is_refused(name, value, error):
    with pytest.raises(error, match=r"^(layer0\.forward\.)?\w+: expected .+, got .+"):
        weights(**{name: value})


def test_missing_and_superfluous_arrays():
    with pytest.raises(
        ValueError, match=r"^layer0\.forward\.b_h: expected an array \(GH,\) under these options, got None"
    ):
        weights(b_h=None)
    with pytest.raises(ValueError, match=r"^layer0\.forward\.p_f: expected None under these options, got an array"):
        weights(Options(), p_f=np.ones(2))


@pytest.mark.parametrize(
    "layers, error, message",
    [
        ([], ValueError, "layers: expected at least one layer, each a sequence of Weights, got none"),
        (1, TypeError, "layers: expected at least one layer, each a sequence of Weights, got int"),
        ([[]], ValueError, r"layers\[0\]: expected the Weights of forward, got 0"),
        ([PLAIN.layers[0][0]], TypeError, r"layers\[0\]: expected the Weights of forward, got Weights"),
        ([[{}]], TypeError, r"layer0\.forward: expected Weights, got dict"),
        ([[PLAIN.layers[0][0]] * 2], ValueError, r"layers\[0\]: expected the Weights of forward, got 2"),
        (
            [PLAIN.layers[0], random_network(Options(cell="rnn"), D=3).layers[0]],
            ValueError,
            r"layer1\.forward\.W_x: expected \(GH, D\) with GH = 2, D = 2, got \(2, 3\)",
        ),
    ],
)
def test_bad_layers(layers, error, message):
    with pytest.raises(error, match=f"^{message}"):
        Network(PLAIN.options, layers)


def test_options_that_are_none():
    with pytest.raises(TypeError, match="options: expected Options, got str"):
        Network("lstm", PLAIN.layers)
    with pytest.raises(TypeError, match="options: expected Options, got NoneType"):
        Network.from_arrays(None, PLAIN.arrays())


def test_no_size_is_zero():
    with pytest.raises(ValueError, match=r"W_x: expected \(GH, D\) with no size 0, got \(4, 0\)"):
        Network(Options(biases=0), [[Weights(np.ones((4, 0)), np.ones((4, 1)))]])


def test_blocks_divide_the_rows():
    with pytest.raises(ValueError, match=r"W_x: expected \(GH, D\) with G = 4, got \(6, 2\)"):
        Network(Options(biases=0), [[Weights(np.ones((6, 2)), np.ones((6, 2)))]])


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"W_x": np.ones((2, 2))},
        {name.replace("layer0", "layer1"): array for name, array in PLAIN.arrays().items()},
        {name.replace("forward", "backward"): array for name, array in PLAIN.arrays().items()},
        {**PLAIN.arrays(), "layer0.forward.extra": np.ones(2)},
    ],
)
def test_a_flat_dictionary_with_other_names(arrays):
    with pytest.raises(ValueError, match=r"^arrays: expected .+, got .+"):
        Network.from_arrays(PLAIN.options, arrays)


@pytest.mark.parametrize("arrays", [None, 1, [("layer0.forward.W_x", np.ones((2, 2)))]])
def test_a_flat_dictionary_that_is_none(arrays):
    with pytest.raises(TypeError, match=r"^arrays: expected Mapping, got .+"):
        Network.from_arrays(PLAIN.options, arrays)
    if arrays is not None:
        with pytest.raises(TypeError, match=r"^arrays: expected Mapping, got .+"):
            PLAIN.replace(arrays)


def test_a_flat_dictionary_whose_keys_are_no_names():
    with pytest.raises(ValueError, match=r"^arrays: expected the keys .+, got \[0\]"):
        Network.from_arrays(PLAIN.options, {0: np.ones((2, 2))})


def test_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        PLAIN.options = None


@pytest.mark.parametrize("name", ["W_x", "W_h", "b_x", "b_h", "p_f", "p_i", "p_o", "W_p", "b_p"])
def test_weights_are_arrays_of_finite_numbers(name):
    shape = shapes(all_together(direction="forward"), 2, 2, 3)[name]
    good = {"W_x": np.ones((4, 2)), "W_h": np.ones((4, 1))}
    for value, error in [*not_finite(shape), *not_numbers(shape, none=False), *misshapen(shape)[len(shape) :]]:
        with pytest.raises(error, match=rf"^{name}: expected .+, got .+"):
            Weights(**{**good, name: value})
    given = np.ones(shape)
    found = getattr(Weights(**{**good, name: given}), name)
    assert found is not given and np.array_equal(found, given)


def test_weights_that_no_operator_is_without():
    with pytest.raises(TypeError, match=r"^W_h: expected (an array of )?numbers, got "):
        Weights(np.ones((4, 2)), None)
