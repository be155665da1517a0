"""The golden cases: each option of each cell alone, and in the combinations that frameworks have.

Their numbers come from a formula in whole numbers, so that no generator of random numbers is needed to make them again:
entry k (counted from 0, last axis fastest) of array j is n / 128, where

    m = 1 + (k + 37 j) mod 250
    n = m * m * m mod 251, less 251 if it is above 125.

251 is prime and 3 does not divide 250, so the cubes are a permutation: up to 250 entries of an array are distinct. They
lie between -125/128 and 125/128, none is zero, and float16 holds each exactly. The arrays of a case are counted from 0
in the order of a case's file: x, h0, c0, the parameters, d_y, d_h_last, d_c_last. `lengths` is not counted; a zero
state is.
"""

import itertools
import math

import numpy as np

from lstmderiv.checks import ArgumentError, instance, integer_in
from lstmderiv.interchange.arrays import ARRAYS, arrays_of
from lstmderiv.interchange.case import Case
from lstmderiv.interchange.network import Network, Weights
from lstmderiv.interchange.options import CELLS, Options
from lstmderiv.types import Array, Shape

__all__ = ["SIZES", "case_names", "golden_case", "golden_numbers"]

# All different, so that a wrong axis cannot pass. Layers above the first, and a projection, have no choice but R.
SIZES = {"B": 3, "T": 5, "D": 6, "H": 4, "P": 2}
# One whole row, and in no order. The empty row stands apart: what state it ends in, operators disagree on.
_LENGTHS = {"some": (3, 5, 2), "empty": (3, 0, 5)}

# What a case is called, what it is for, and its settings: options, and `layers`, `lengths` (rows of different length),
# `states` (initial states, and gradients of the last ones), `square` (D = H).
_EVERY_CELL = (
    ("plain", "one bias and nothing else", {}),
    ("square", "as many inputs as units: a transposed matrix has the right shape", {"square": True}),
    ("no-biases", "no bias", {"biases": 0}),
    ("two-biases", "a bias with each of the two products", {"biases": 2}),
    ("clip", "pre-activations clipped", {"clip": 0.75}),
    ("states", "initial states, and gradients of the last states", {"states": True}),
    ("lengths", "rows of different length", {"lengths": "some", "states": True}),
    ("empty-row", "a row without steps, which keeps its initial states", {"lengths": "empty", "states": True}),
    ("time-first", "time as the first axis", {"layout": "time_first"}),
    ("reverse", "from the last step to the first", {"direction": "reverse"}),
    (
        "reverse-lengths",
        "in reverse, each row from its own last step",
        {"direction": "reverse", "lengths": "some", "states": True},
    ),
    ("bidirectional", "both directions", {"direction": "bidirectional"}),
    (
        "bidirectional-lengths",
        "both directions over rows of different length",
        {"direction": "bidirectional", "lengths": "some", "states": True},
    ),
    ("finished-last", "finished rows repeat their last output", {"finished": "last", "lengths": "some"}),
    ("finished-computed", "finished rows go on", {"finished": "computed", "lengths": "some"}),
    ("two-layers", "one layer above another", {"layers": 2}),
    (
        "two-layers-bidirectional",
        "two layers of both directions, two biases, rows of different length",
        {"layers": 2, "direction": "bidirectional", "biases": 2, "lengths": "some", "states": True},
    ),
)
_HARD_GATES = dict.fromkeys("fio", ("hard_sigmoid", 0.5, 0.5))
_LSTM = (
    ("forget-bias", "1 added to the forget gate's pre-activation", {"forget_bias": 1.0}),
    ("peepholes", "gates read the cell state", {"peepholes": True}),
    ("coupled-f", "forget gate as one minus the input gate", {"coupled": "f"}),
    ("coupled-i", "input gate as one minus the forget gate", {"coupled": "i"}),
    ("projection", "hidden state projected", {"projection": True}),
    ("projection-bias", "hidden state projected, with a bias", {"projection": True, "projection_bias": True}),
    ("projection-clip", "projected hidden state clipped", {"projection": True, "projection_clip": 0.125}),
    ("cell-clip", "cell state clipped", {"cell_clip": 0.25}),
    ("hard-sigmoid", "piecewise linear gates", {"activations": _HARD_GATES}),
    # From a zero state, a candidate of zero would leave the cell state on the corner of its rectifier.
    ("relu", "rectifiers for candidate and cell state", {"activations": {"g": "relu", "c": "relu"}, "states": True}),
    (
        "own-activations",
        "another activation for each gate",
        {
            "activations": {
                "f": ("hard_sigmoid", 0.25, 0.5),
                "i": "softplus",
                "g": ("elu", 0.5),
                "o": "softsign",
                "c": ("scaled_tanh", 1.5, 0.5),
            }
        },
    ),
    (
        "projection-bidirectional",
        "projection in two layers of both directions, two biases",
        {
            "projection": True, "layers": 2, "direction": "bidirectional", "biases": 2, "lengths": "some",
            "states": True,
        },
    ),
    (
        "peepholes-coupled-clip",
        "peepholes, coupled gates, clipping and own activations in both directions, time first",
        {
            "peepholes": True, "coupled": "f", "clip": 0.75, "direction": "bidirectional", "lengths": "some",
            "states": True, "layout": "time_first", "activations": {"g": "softsign", "c": ("affine", 0.75, 0.125)},
        },
    ),
    (
        "peepholes-projection-clips",
        "forget bias, peepholes, projection, and both states clipped",
        {
            "forget_bias": 1.0, "peepholes": True, "projection": True, "cell_clip": 0.5, "projection_clip": 0.25,
            "lengths": "some", "states": True,
        },
    ),
    (
        "everything",
        "every option at once",
        {
            "direction": "bidirectional", "layout": "time_first", "biases": 2, "forget_bias": 0.5, "peepholes": True,
            "coupled": "i", "projection": True, "projection_bias": True, "clip": 0.875, "cell_clip": 0.5,
            "projection_clip": 0.75, "finished": "last", "layers": 2, "lengths": "empty", "states": True,
            "activations": {"f": ("hard_sigmoid", 0.5, 0.5), "g": ("leaky_relu", 0.125), "c": "softsign"},
        },
    ),
)  # fmt: skip
_GRU = (
    ("before", "reset before the product", {"reset": "before"}),
    ("before-two-biases", "reset before the product, two biases", {"reset": "before", "biases": 2}),
    ("before-lengths", "reset before the product, rows of different length",
        {"reset": "before", "lengths": "some", "states": True}),
    ("before-two-layers-bidirectional", "reset before the product, two layers of both directions",
        {"reset": "before", "layers": 2, "direction": "bidirectional", "lengths": "some", "states": True}),
    ("own-activations", "another activation for each gate",
        {"activations": {"r": ("hard_sigmoid", 0.5, 0.5), "u": ("affine", 0.25, 0.5), "g": ("leaky_relu", 0.125)}}),
    ("hard-sigmoid", "piecewise linear gates and a softsign candidate",
        {"activations": {"r": ("hard_sigmoid", 0.5, 0.5), "u": ("hard_sigmoid", 0.5, 0.5), "g": "softsign"}}),
    ("everything", "every option at once", {
        "reset": "before", "direction": "bidirectional", "layout": "time_first", "biases": 2, "clip": 0.75,
        "finished": "last", "layers": 2, "lengths": "empty", "states": True, "activations": {"g": ("elu", 0.5)},
    }),
)  # fmt: skip
_RNN_ACTIVATIONS = (
    ("sigmoid",), ("relu",), ("softsign",), ("softplus",), ("leaky_relu", 0.125), ("thresholded_relu", 0.25),
    ("elu", 0.5), ("affine", 0.5, 0.125), ("scaled_tanh", 1.5, 0.5), ("hard_sigmoid", 0.5, 0.5),
)  # fmt: skip
_RNN = (
    *(
        (one[0].replace("_", "-"), f"activation {one[0]}", {"activations": {"h": one}, "states": True})
        for one in _RNN_ACTIVATIONS
    ),
    ("everything", "every option at once", {
        "direction": "bidirectional", "layout": "time_first", "biases": 2, "clip": 0.75, "finished": "last",
        "layers": 2, "lengths": "empty", "states": True, "activations": {"h": ("scaled_tanh", 1.5, 0.5)},
    }),
)  # fmt: skip
_CASES = {
    f"{cell}-{name}": (cell, sentence, settings)
    for cell, own in zip(CELLS, (_LSTM, _GRU, _RNN))
    for name, sentence, settings in _EVERY_CELL + own
}


def case_names() -> tuple[str, ...]:
    """Names of the golden cases: the cell, then what sets the case apart.

    Returns
    -------
    tuple of str
    """
    return tuple(_CASES)


def golden_numbers(shape: Shape, j: int) -> Array:
    """Array j of a golden case: the formula of this module.

    Parameters
    ----------
    shape : tuple of int
    j : int
        Which array of the case.

    Returns
    -------
    ndarray (...)
        Float64.

    Raises
    ------
    TypeError
        If `shape` is no tuple of integers, or `j` no integer.
    ValueError
        If a size or `j` is negative.
    """
    instance("shape", shape, tuple)
    shape = tuple(integer_in("shape", size, 0, 2**31, bounds="in 0..2^31 - 1") for size in shape)
    j = integer_in("j", j, 0, 2**31, bounds="in 0..2^31 - 1")
    k = np.arange(math.prod(shape))
    m = 1 + (k + 37 * j) % 250
    n = m * m * m % 251
    return (np.where(n > 125, n - 251, n) / 128).reshape(shape)


def _shapes(options, layers, D):
    """The shape of every parameter of a network, by layer, direction and name."""
    H, K = SIZES["H"], len(options.directions)
    R = SIZES["P"] if options.projection else H
    sizes = {"GH": len(options.gates) * H, "H": H, "R": R, "P": R}
    for n in range(layers):
        sizes["D"] = D if n == 0 else K * R
        shapes = {name: tuple(sizes[dim] for dim in ARRAYS[name].dims) for name in arrays_of(options)}
        yield [shapes] * K


def golden_case(name: str) -> Case:
    """A golden case in float64; `.astype(numpy.float32)` gives the same numbers in float32.

    Parameters
    ----------
    name : str
        One of `case_names()`.

    Returns
    -------
    Case

    Raises
    ------
    TypeError
        If `name` is no string.
    ValueError
        If no case has this name.
    """
    instance("name", name, str)
    if name not in _CASES:
        raise ArgumentError("name", f"one of {', '.join(_CASES)}", repr(name))
    cell, sentence, settings = _CASES[name]
    settings = {"layers": 1, "square": False, "lengths": None, "states": False, **settings}
    layers, square, lengths, states = (settings.pop(key) for key in ("layers", "square", "lengths", "states"))
    options = Options(cell=cell, **settings)
    B, T, H = (SIZES[size] for size in "BTH")
    D = H if square else SIZES["D"]
    K, R = len(options.directions), SIZES["P"] if options.projection else H
    sequence = (B, T) if options.layout == "batch_first" else (T, B)
    last = {"h": (layers, K, B, R), "c": (layers, K, B, H)}
    if cell != "lstm":
        del last["c"]

    count = itertools.count()

    def number(shape, zero=False):
        j = next(count)
        return np.zeros(shape) if zero else golden_numbers(shape, j)

    given = {"x": number((*sequence, D)), **{f"{key}0": number(shape, not states) for key, shape in last.items()}}
    network = Network(
        options,
        [
            [Weights(**{key: number(shape) for key, shape in shapes.items()}) for shapes in layer]
            for layer in _shapes(options, layers, D)
        ],
    )
    given["d_y"] = number((*sequence, K * R))
    given.update({f"d_{key}_last": number(shape, not states) for key, shape in last.items()})
    given["lengths"] = None if lengths is None else np.array(_LENGTHS[lengths])
    return Case(name, network, **given, description=f"{cell.upper()}: {sentence}.")
