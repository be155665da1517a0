"""The recurrent operator under its options, step by step, and the outputs of a row that has finished."""

import numpy as np
from proveq import ComplexStep, Exact, Model, OrderedExact, instrumented

from lstmderiv.arithmetic import above, below, constant
from lstmderiv.interchange import Options, Weights
from lstmderiv.interchange.cells import FORWARD
from lstmderiv.tape import Tape

from .rows import proved

__all__ = ["SCOPES", "Finished", "Lines"]

_BOUND = 0.5


def _clip(x):
    edge = 0 * x + constant(_BOUND, x)
    return np.where(above(x, _BOUND), edge, np.where(below(x, -_BOUND), -edge, x))


def _kept(x):
    return np.where(above(x, _BOUND) | below(x, -_BOUND), 0 * x, 0 * x + 1)


class Finished(Model):
    """What is put out at three steps by a row that has finished before the second: its last output again."""

    chapter = "operator"

    t = 2

    def __init__(self):
        self.sizes = {"B": 1, "T": 3, "H": 3}

    def inputs(self, numbers):
        B, T, H = (self.sizes[key] for key in "BTH")
        return {"h_own": numbers.draw((B, H)), "upstream": numbers.draw((T, B, H))}

    def run(self, v, probe, numbers):
        held, read = v["h_own"], 0
        for t in range(1, self.sizes["T"] + 1):
            held = probe("held", held, t)
            read = read + (v["upstream"][t - 1] * probe("held_ext", held, t)).sum()
        probe("loss", read)


class Lines(Model):
    """The operator's own step of one cell over three steps, every value that its lines name being one of the page."""

    chapter = "operator"

    t = 2
    meaning = {"d_c_next": ("c_prev", 1)}
    functions = {"clip": _clip}
    shared = frozenset({"W_x", "W_h", "b_x", "b_h", "p_f", "p_i", "p_o", "W_p", "b_p", "forget_bias"}) | {
        f"{kind}_h{gate}" for kind in "Wb" for gate in "rug"
    }

    def __init__(self, batch, **options):
        self.options = Options(biases=2, **options)
        cell, G, H = self.options.cell, len(self.options.gates), 2
        P = 4 if self.options.projection else H
        self.sizes = {"B": batch, "T": 3, "D": 3, "H": H, "P": P, "Q": G * H}
        self.states = {"h": P, "c": H} if cell == "lstm" else {"h": P}
        if cell == "lstm":
            self._names = {"s": "a_all", "activated_c": "tanh_c"} | {f"s_{gate}": f"a_all_{gate}" for gate in "figo"}
        else:
            self._names = {f"{kind}_{gate}": f"{kind}_h{gate}" for kind in "Wb" for gate in "rug"}

    def inputs(self, numbers):
        B, T, D, H, P, Q = (self.sizes[key] for key in "BTDHPQ")
        shapes = {"W_x": (Q, D), "W_h": (Q, P), "b_x": (Q,), "b_h": (Q,)}
        if self.options.peepholes:
            shapes |= {f"p_{gate}": (H,) for gate in "fio"}
        if self.options.projection:
            shapes |= {"W_p": (P, H), "b_p": (P,)}
        shapes = {f"given_{name}": shape for name, shape in shapes.items()}
        shapes |= {"xs": (B, T, D), "upstream": (T, B, P)}
        shapes |= {f"start_{name}": (B, size) for name, size in self.states.items()}
        return {name: numbers.draw(shape) for name, shape in shapes.items()}

    def run(self, v, probe, numbers):
        states, read = {name: v[f"start_{name}"] for name in self.states}, 0
        given = {name.removeprefix("given_"): array for name, array in v.items() if name.startswith("given_")}
        for t in range(1, self.sizes["T"] + 1):
            known = {"x": v["xs"][:, t - 1], **{f"{name}_prev": state for name, state in states.items()}}
            tape = Tape(known={name: probe(name, value, t) for name, value in known.items()})
            weights = Weights(**{name: probe(name, array, t) for name, array in given.items()})
            if self.options.forget_bias:
                probe("forget_bias", 0 * v["upstream"][0, 0, 0] + constant(self.options.forget_bias, tape.x), t)
            instrumented(FORWARD[self.options.cell], self._note(probe, t))(tape, weights, self.options)
            self._probe_slopes(tape, probe, t)
            states = {name: tape[name] for name in states}
            read = read + (v["upstream"][t - 1] * tape.h).sum()
        probe("loss", read)

    def _note(self, probe, t):
        met = set()

        def note(name, value):
            # A block of the sum is what it is when it is cut out; bias and peephole are added under the same name.
            if name in met and name in self._names:
                return value
            met.add(name)
            return probe(self._names.get(name, name), value, t) if isinstance(value, np.ndarray) else value

        return note

    def _probe_slopes(self, tape, probe, t):
        """The masks of what was cut, and the slope of every activation at what it reads."""
        for state in "ch":
            if f"unclipped_{state}" in tape:
                probe(f"kept_{state}", _kept(tape[f"unclipped_{state}"]), t)
        for name in [name for name in tape if name.startswith("a_")]:
            gate = name.removeprefix("a_")
            seen = tape[f"clipped_{name}"] if self.options.clip is not None else tape[name]
            one = self.options.activations[gate]
            probe(f"kept_{gate}", _kept(tape[name]), t)
            probe(f"slope_{gate}", one.slope(seen, one.value(seen)), t)
        if "c" in self.states:
            one = self.options.activations["c"]
            probe("slope_c", one.slope(tape.c, one.value(tape.c)), t)


def _lines(**options):
    if not any("clip" in name for name in options):
        return lambda: [("two examples", Exact(), Lines(2, **options)), *proved("one example", Lines(1, **options))]
    kinds = (OrderedExact, ComplexStep)
    return lambda: [
        ("two examples", OrderedExact(), Lines(2, **options)),
        *(("one example", numbers(), Lines(1, **options)) for numbers in kinds),
    ]


_EVERY_CUT = {"clip": _BOUND, "cell_clip": _BOUND, "projection_clip": _BOUND}

SCOPES = {
    "operator-lstm": _lines(peepholes=True, projection=True, projection_bias=True, forget_bias=1, **_EVERY_CUT),
    "operator-lstm-plain": _lines(),
    "operator-lstm-projection": _lines(projection=True, projection_bias=True),
    "operator-gru-after": _lines(cell="gru", reset="after", clip=_BOUND),
    "operator-gru-before": _lines(cell="gru", reset="before"),
    "operator-rnn": _lines(cell="rnn", clip=_BOUND),
    "operator-rnn-plain": _lines(cell="rnn"),
    "recurrent": _lines(
        projection=True, projection_bias=True, activations={"f": ("scaled_tanh", 1.5, 0.75)}, **_EVERY_CUT
    ),
    "recurrent-coupled-f": _lines(projection=True, projection_bias=True, coupled="f", cell_clip=_BOUND),
    "recurrent-coupled-i": _lines(projection=True, projection_bias=True, coupled="i", cell_clip=_BOUND),
    "recurrent-finished": lambda: proved("a finished row", Finished()),
}
