"""Small cases of the recurrent operator with random numbers, and random options, for the tests beside this file."""

import numpy as np
from hypothesis import strategies as st
from support import random

from lstmderiv.interchange import ACTIVATIONS, Case, Network, Options, Weights

GATES = {"lstm": "figoc", "gru": "rug", "rnn": "h"}
WITH_CONSTANTS = {
    "leaky_relu": (0.25,),
    "thresholded_relu": (0.5,),
    "elu": (0.75,),
    "affine": (0.5, 0.25),
    "scaled_tanh": (1.5, 0.75),
    "hard_sigmoid": (0.25, 0.5),
}


def shapes(options, D, H, P):
    """Shapes of the arrays of one direction."""
    G, R = len(options.gates), P if options.projection else H
    found = {"W_x": (G * H, D), "W_h": (G * H, R)}
    found |= dict.fromkeys(["b_x", "b_h"][: options.biases], (G * H,))
    found |= {f"p_{gate}": (H,) for gate in "fio" if options.peepholes}
    found |= {"W_p": (P, H)} if options.projection else {}
    return found | ({"b_p": (P,)} if options.projection_bias else {})


def random_network(options, L=1, D=2, H=2, P=3, seed=0, dtype=np.float64):
    K, R = len(options.directions), P if options.projection else H
    counter = iter(range(1000 * seed, 1000 * seed + 1000))
    return Network(
        options,
        [
            [
                Weights(
                    **{name: random(shape, next(counter), dtype) for name, shape in shapes(options, D, H, P).items()}
                )
                for _ in range(K)
            ]
            for D in [D, *[K * R] * (L - 1)]
        ],
    )


def random_case(options, L=1, B=2, T=3, D=2, H=2, P=3, lengths=None, seed=0, dtype=np.float64):
    network = random_network(options, L, D, H, P, seed, dtype)
    K, R = len(options.directions), network.state_size
    steps = (B, T) if options.layout == "batch_first" else (T, B)
    counter = iter(range(500 + 1000 * seed, 600 + 1000 * seed))

    def draw(*shape):
        return random(shape, next(counter), dtype)

    c0, d_c_last = (draw(L, K, B, H), draw(L, K, B, H)) if options.cell == "lstm" else (None, None)
    given = {"x": draw(*steps, D), "h0": draw(L, K, B, R), "c0": c0, "lengths": lengths}
    upstream = {"d_y": draw(*steps, K * R), "d_h_last": draw(L, K, B, R), "d_c_last": d_c_last}
    return Case("random", network, **given, **upstream)


def cases_of_every_option():
    """Options by name: each one alone, every value of it, and every activation at every gate."""
    alone = {f"{cell}": Options(cell=cell) for cell in GATES}
    for cell in GATES:
        alone |= {f"{cell}-{d}": Options(cell=cell, direction=d) for d in ("reverse", "bidirectional")}
        alone |= {f"{cell}-{f}": Options(cell=cell, finished=f) for f in ("last", "computed")}
        alone |= {f"{cell}-{n}-biases": Options(cell=cell, biases=n) for n in (0, 2)}
        alone[f"{cell}-time-first"] = Options(cell=cell, layout="time_first")
        alone[f"{cell}-clip"] = Options(cell=cell, clip=0.5)
        for gate in GATES[cell]:
            for name in ACTIVATIONS:
                chosen = {gate: (name, *WITH_CONSTANTS.get(name, ()))}
                alone[f"{cell}-{gate}-{name}"] = Options(cell=cell, activations=chosen)
    alone["gru-before"] = Options(cell="gru", reset="before")
    alone["gru-before-2-biases"] = Options(cell="gru", reset="before", biases=2)
    alone["lstm-forget-bias"] = Options(forget_bias=1.0)
    alone["lstm-peepholes"] = Options(peepholes=True)
    alone["lstm-cell-clip"] = Options(cell_clip=0.25)
    alone["lstm-projection"] = Options(projection=True)
    alone["lstm-projection-bias"] = Options(projection=True, projection_bias=True)
    alone["lstm-projection-clip"] = Options(projection=True, projection_clip=0.125)
    alone |= {f"lstm-coupled-{gate}": Options(coupled=gate) for gate in "fi"}
    return alone


def all_together(coupled=None, **options):
    """An LSTM with everything on."""
    return Options(
        **{
            "direction": "bidirectional", "layout": "time_first", "biases": 2, "peepholes": True, "coupled": coupled,
            "projection": True, "projection_bias": True, "clip": 1.5, "cell_clip": 0.75, "projection_clip": 0.75,
            "finished": "computed", "activations": {"f": "hard_sigmoid", "i": "softsign", "g": "elu", "c": "relu"},
            "forget_bias": 0.0 if coupled == "f" else 0.5,
        }
        | options
    )  # fmt: skip


def _bound():
    return st.sampled_from([None, 0.25, 0.5, 1.5])


@st.composite
def random_options(draw):
    """Any combination of options that is not refused."""
    cell = draw(st.sampled_from(sorted(GATES)))
    names = st.sampled_from(ACTIVATIONS).map(lambda name: (name, *WITH_CONSTANTS.get(name, ())))
    chosen = {
        "direction": draw(st.sampled_from(["forward", "reverse", "bidirectional"])),
        "layout": draw(st.sampled_from(["batch_first", "time_first"])),
        "finished": draw(st.sampled_from(["zero", "last", "computed"])),
        "biases": draw(st.integers(0, 2)),
        "clip": draw(_bound()),
        "activations": draw(st.dictionaries(st.sampled_from(GATES[cell]), names, max_size=2)),
    }
    if cell == "gru":
        chosen["reset"] = draw(st.sampled_from(["after", "before"]))
    if cell == "lstm":
        chosen["peepholes"], chosen["projection"] = draw(st.booleans()), draw(st.booleans())
        chosen["coupled"], chosen["cell_clip"] = draw(st.sampled_from([None, "f", "i"])), draw(_bound())
        if chosen["coupled"] != "f":
            chosen["forget_bias"] = draw(st.sampled_from([0.0, 1.0]))
        if chosen["projection"]:
            chosen["projection_bias"], chosen["projection_clip"] = draw(st.booleans()), draw(_bound())
    return Options(cell=cell, **chosen)
