"""The recurrent operator under its options, step by step, and the outputs of a row that has finished."""

import numpy as np
from proved import ComplexStep, Model, OrderedExact

from lstmderiv.arithmetic import above, below, constant
from lstmderiv.interchange import Network, Options, Weights, recurrent

from .rows import proved

__all__ = ["SCOPES", "Finished", "Operator"]

_BOUND = 0.5


def _clip(x):
    edge = 0 * x + constant(_BOUND, x)
    return np.where(above(x, _BOUND), edge, np.where(below(x, -_BOUND), -edge, x))


def _kept(x):
    return np.where(above(x, _BOUND) | below(x, -_BOUND), 0 * x, 0 * x + 1)


class Operator(Model):
    """An LSTM with projection over three steps, everything that can be cut being cut at one bound.

    Under `coupled`, "f" or "i", that gate is one minus the other, and the cell state alone is cut.
    """

    chapter = "operator"

    shared = frozenset({"W_p", "b_p"})
    meaning = {"d_c": ("c", 0), "d_c_next": ("c_prev", 1)}
    functions = {"clip": _clip}
    t = 2

    def __init__(self, batch, coupled=None):
        self.sizes = {"B": batch, "T": 3, "D": 2, "H": 4, "P": 3}
        bounds = {"cell_clip": _BOUND} | ({} if coupled else {"clip": _BOUND, "projection_clip": _BOUND})
        bend = {"f": ("scaled_tanh", 1.5, 0.75)}
        self.options = Options(
            projection=True, projection_bias=True, coupled=coupled, activations={} if coupled else bend, **bounds
        )

    def inputs(self, numbers):
        B, T, D, H, P = (self.sizes[key] for key in "BTDHP")
        shapes = {"W_x": (4 * H, D), "W_h": (4 * H, P), "b": (4 * H,), "given_W_p": (P, H), "given_b_p": (P,)}
        shapes |= {"xs": (B, T, D), "h0": (B, P), "c0": (B, H), "upstream": (T, B, P)}
        return {name: numbers.draw(shape) for name, shape in shapes.items()}

    def run(self, v, probe, numbers):
        h, c, read = v["h0"], v["c0"], 0
        for t in range(1, self.sizes["T"] + 1):
            c = probe("c_prev", c, t)
            W_p, b_p = probe("W_p", v["given_W_p"], t), probe("b_p", v["given_b_p"], t)
            network = Network(self.options, [[Weights(v["W_x"], v["W_h"], v["b"], W_p=W_p, b_p=b_p)]])

            def watch(place, name, value, tape, t=t):
                value = probe(name, value, t)
                self._probe_slopes(name, value, lambda name, value: probe(name, value, t))
                return value

            trace = recurrent(v["xs"][:, t - 1 : t], network, h[None, None], c[None, None], intervene=watch)
            h, c = trace.h_last[0, 0], trace.c_last[0, 0]
            read = read + (v["upstream"][t - 1] * h).sum()
        probe("loss", read)

    def _probe_slopes(self, name, value, probe):
        """The masks of what was cut, and the slope of the forget gate's activation."""
        if name in ("a_f", "unclipped_c", "unclipped_h"):
            probe({"a_f": "kept_f", "unclipped_c": "kept_c", "unclipped_h": "kept_h"}[name], _kept(value))
        if name == "clipped_a_f":
            one = self.options.activations["f"]
            probe("slope_f", one.slope(value, one.value(value)))


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


SCOPES = {
    "recurrent": lambda: [
        ("two examples", OrderedExact(), Operator(2)),
        ("one example", OrderedExact(), Operator(1)),
        ("one example", ComplexStep(), Operator(1)),
    ],
    "recurrent-coupled-f": lambda: proved("f coupled to i", Operator(1, "f")),
    "recurrent-coupled-i": lambda: proved("i coupled to f", Operator(1, "i")),
    "recurrent-finished": lambda: proved("a finished row", Finished()),
}
