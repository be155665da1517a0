"""The cases: what operators can vary, alone, in pairs, and as many at a time as go together; from one list."""

from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from lstmderiv.interchange import Case, Network, Options, Weights

__all__ = ["CELLS", "Variation", "build", "features", "full", "home", "joined", "pairs", "singles"]

CELLS = ("lstm", "gru", "rnn")
# B, T, D, H and P: all different, so that no axis passes for another.
B, T, D, H, P = 3, 5, 6, 4, 2
RAGGED, EMPTY = (5, 2, 1), (5, 0, 3)


@dataclass(frozen=True)
class Variation:
    """One thing that a case does differently: values of options, lengths of rows, or more layers.

    `axis` names what it varies; a case takes at most one variation of each axis. Only those with `pairs` are combined.
    A `default` is what an axis is without any, for frameworks whose home it is not.
    """

    axis: str
    label: str
    options: dict = field(default_factory=dict, hash=False)
    lengths: tuple | None = None
    layers: int = 1
    pairs: bool = True
    default: bool = False


def _one(label, pairs=True, axis=None, **options):
    return Variation(axis or label, label, options, pairs=pairs)


_EVERY = [
    _one("reverse", axis="direction", direction="reverse"),
    _one("bidirectional", axis="direction", direction="bidirectional"),
    Variation("layers", "two_layers", layers=2),
    Variation("layers", "three_layers", layers=3, pairs=False),
    _one("time_first", axis="layout", layout="time_first"),
    Variation("layout", "batch_first", {"layout": "batch_first"}, default=True),
    Variation("activations", "tanh", pairs=False, default=True),
    *(
        Variation("lengths", f"{rows}_{finished}", {"finished": finished}, lengths, pairs=rows == "ragged")
        for rows, lengths in (("ragged", RAGGED), ("empty", EMPTY))
        for finished in ("zero", "last", "computed")
    ),
    _one("no_bias", axis="biases", biases=0),
    _one("two_biases", axis="biases", biases=2),
    _one("clip", clip=0.4375),
]
_FUNCTIONS = {
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "relu": "relu",
    "softsign": "softsign",
    "softplus": "softplus",
    "leaky_relu": ("leaky_relu", 0.125),
    "thresholded_relu": ("thresholded_relu", 0.3125),
    "elu": ("elu", 0.75),
    "affine": ("affine", 0.5, 0.125),
    "scaled_tanh": ("scaled_tanh", 0.5, 0.75),
    "hard_sigmoid": ("hard_sigmoid", 0.25, 0.5),
    # With constants that frameworks have fixed.
    "linear": ("affine", 1.0, 0.0),
    "elu_1": ("elu", 1.0),
    "leaky_relu_0.01": ("leaky_relu", 0.01),
    "leaky_relu_0.2": ("leaky_relu", 0.2),
    "hard_sigmoid_0.2": ("hard_sigmoid", 0.2, 0.5),
    "hard_sigmoid_sixth": ("hard_sigmoid", 1 / 6, 0.5),
}


def _activations(part, gates, functions, paired):
    return [
        _one(f"{name}_{part}", name in paired, "activations", activations=dict.fromkeys(gates, _FUNCTIONS[name]))
        for name in functions
    ]


_NOT_TANH = [name for name in _FUNCTIONS if name != "tanh"]
_GATES = ["tanh", "hard_sigmoid", "hard_sigmoid_0.2", "hard_sigmoid_sixth"]
VARIATIONS = {
    "lstm": [
        *_EVERY,
        _one("forget_bias", forget_bias=1.0),
        _one("peepholes", peepholes=True),
        _one("coupled_f", axis="coupled", coupled="f"),
        _one("coupled_i", axis="coupled", coupled="i"),
        _one("projection", projection=True),
        _one("projection_bias", axis="projection", projection=True, projection_bias=True),
        _one("projection_clip", axis="projection", projection=True, projection_clip=0.09375),
        _one("cell_clip", cell_clip=0.1875),
        *_activations("candidate", "g", _NOT_TANH, ["relu"]),
        *_activations("gates", "fio", _GATES, ["hard_sigmoid", "hard_sigmoid_sixth"]),
        *_activations("state", "c", ["relu", "softsign"], []),
        *_activations("both", "gc", _NOT_TANH, ["softsign", "relu"]),
    ],
    "gru": [
        *_EVERY,
        _one("reset_before", axis="reset", reset="before"),
        Variation("reset", "reset_after", {"reset": "after"}, pairs=False, default=True),
        *_activations("candidate", "g", _NOT_TANH, ["relu"]),
        *_activations("gates", "ru", _GATES, ["hard_sigmoid", "hard_sigmoid_sixth"]),
    ],
    "rnn": [*_EVERY, *_activations("state", "h", _NOT_TANH, ["relu"])],
}


def features():
    """The labels of all variations, in their order; "" first, for none."""
    return list(dict.fromkeys(["", *(v.label for cell in CELLS for v in VARIATIONS[cell])]))


def home(cell, labels):
    """The variations that every case of a framework has, because it cannot do without them."""
    return [v for v in VARIATIONS[cell] if v.label in labels]


def singles(cell, base):
    """Every variation, alone, that `base` does not have already; one of an axis that `base` has takes its place."""
    taken = {v.axis for v in base}
    return [v for v in VARIATIONS[cell] if v not in base and (v.axis in taken or not v.default)]


def joined(base, chosen):
    """`base` with the chosen variations, which take the place of its own of the same axis."""
    axes = {v.axis for v in chosen}
    return [*(v for v in base if v.axis not in axes), *chosen]


def pairs(possible):
    """Every two of the variations that vary different things, if both are meant for combination."""
    paired = [v for v in possible if v.pairs]
    return [two for two in combinations(paired, 2) if two[0].axis != two[1].axis]


def full(cell, base, possible):
    """Combinations of all axes at a time, as many as it takes to bring in every variation that is paired.

    What contradicts those taken already is left out.
    """
    axes = {}
    for variation in possible:
        if variation.pairs and not variation.default:
            axes.setdefault(variation.axis, []).append(variation)
    found = []
    for n in range(max(map(len, axes.values()), default=0)):
        taken = []
        for values in axes.values():
            one = values[n % len(values)]
            if options_of(cell, [*base, *taken, one]) is not None:
                taken.append(one)
        if len(taken) > 2 and taken not in found:
            found.append(taken)
    return found


def options_of(cell, variations, finished="zero"):
    """The options of some variations, or None if they contradict each other."""
    merged = {"finished": finished}
    for variation in variations:
        merged |= variation.options
    try:
        return Options(cell=cell, **merged)
    except ValueError:
        return None


def build(cell, variations, finished):
    """The case of some variations, with upstream gradients for all that comes out, or None if they contradict.

    `finished` is the option where no rows are padded and it means nothing. Every number is a multiple of 1/512 made by
    a formula: exact in float32, and the same everywhere.
    """
    options = options_of(cell, variations, finished)
    if options is None:
        return None
    lengths = next((v.lengths for v in variations if v.lengths), None)
    layers = max((v.layers for v in variations), default=1)
    numbers = _Numbers()
    network = _network(options, layers, numbers)
    K, R = len(options.directions), network.state_size
    states = [numbers(layers, K, B, R), numbers(layers, K, B, H) if cell == "lstm" else None]
    x = numbers(*(B, T, D) if options.layout == "batch_first" else (T, B, D))
    outputs = numbers(*x.shape[:2], K * R)
    last = [numbers(layers, K, B, R), numbers(layers, K, B, H) if cell == "lstm" else None]
    name = "-".join([cell, *(v.label for v in variations)])
    return Case(name, network, x, *states, lengths, outputs, *last)


class _Numbers:
    """Arrays of multiples of 1/512 in [-1, 1], each going on where the last one ended."""

    def __init__(self):
        self.made = 0

    def __call__(self, *shape):
        k = np.arange(self.made, self.made + np.prod(shape))
        self.made += k.size
        return ((k * k * 37 + k * 11) % 1021 - 510).reshape(shape) / 512


def _network(options, layers, numbers):
    G, K = len(options.gates), len(options.directions)
    R = P if options.projection else H

    def weights(inputs):
        arrays = {"W_x": numbers(G * H, inputs), "W_h": numbers(G * H, R)}
        arrays |= {name: numbers(G * H) for name in ("b_x", "b_h")[: options.biases]}
        if options.peepholes:
            arrays |= {name: numbers(H) for name in ("p_f", "p_i", "p_o")}
        if options.projection:
            arrays["W_p"] = numbers(P, H)
        if options.projection_bias:
            arrays["b_p"] = numbers(P)
        return Weights(**arrays)

    return Network(options, [[weights(D if n == 0 else K * R) for _ in range(K)] for n in range(layers)])
