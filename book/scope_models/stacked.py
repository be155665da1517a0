"""Two layers on top of each other over three steps, and a layer in each direction of time."""

from functools import partial

import numpy as np
from proveq import Model

from lstmderiv import LSTMParameters, dense, one_hot, running_example
from lstmderiv.lstm_cell import lstm_cell_step

from .rows import example, run_step, step, unwatched

__all__ = ["SCOPES", "Bidirectional", "Stacked", "both_directions", "two_layers"]

_T = 3


class _Layers(Model):
    """Several cells, each with parameters of its own, an output layer, and the cross-entropy at the last or every step.

    With `generic`, random numbers, all sizes different; otherwise the running example's, all of its weights 0.1.
    """

    chapter = "layers"

    t = 2

    def __init__(self, names, generic, batch, every):
        self.generic, self.every = generic, every
        self.random = generic
        self.shared = frozenset(f"{kind}_{gate}_{name}" for name in names for kind in "Wb" for gate in "figo")
        D, cells, _ = self.widths()
        own = {f"H_{str(name)[0]}": H for name, (_, H) in cells.items()}
        self.sizes = {"B": batch, "T": _T, "D": D, "N": 4 if generic else 10, **own}
        self.meaning = {f"d_{parameter}_total": (f"{parameter}_total", 0) for parameter in self.shared}

    def widths(self):
        """Input and hidden size of each cell, by name, and the number of features of the output layer."""
        raise NotImplementedError

    def inputs(self, numbers):
        B, N = self.sizes["B"], self.sizes["N"]
        D, cells, features = self.widths()
        shapes = {"W_y": (features, N), "b_y": (N,), "xs": (B, _T, D)}
        for name, (size, H) in cells.items():
            shapes |= {f"W_{name}": (4 * H, size + H), f"b_{name}": (4 * H,)}
            shapes |= {f"h0_{name}": (B, H), f"c0_{name}": (B, H)}
        if self.generic:
            labels = one_hot(np.arange(_T * B).reshape(_T, B) % N, N).astype(int)
            return {name: numbers.draw(shape) for name, shape in shapes.items()} | {"ys": numbers.given(labels)}
        ids, targets = running_example.windows()
        output = running_example.initial_parameters()["output"]
        arrays = {name: np.full(shape, 0.0 if "0_" in name else 0.1) for name, shape in shapes.items()}
        arrays |= {"xs": one_hot(ids[2:3], N), "ys": one_hot(np.repeat(targets[2:3], _T)[:, None], N)}
        arrays |= {"W_y": np.tile(output["W"], (features // 5, 1)), "b_y": output["b"]}
        return {name: numbers.given(array) for name, array in arrays.items()}

    def cell(self, name, x, h, c, v, t, probe):
        """One step of one cell, every value of the cell's own step being watched as name_cell."""

        def watch(assigned, value, t):
            return probe(f"{assigned}_{name}", value, t)

        parameters = LSTMParameters(v[f"W_{name}"], v[f"b_{name}"])
        known = {"x": x, "h_prev": h, "c_prev": c}
        tape = run_step(lstm_cell_step, parameters, watch, t, known, forget_bias=1)
        return tape.h, tape.c

    def alone(self, name, v, x, h, c):
        """A step of one cell, from any input and any states."""
        return self.cell(name, x, h, c, v, None, unwatched)

    def losses(self, features, v, probe, numbers):
        """Output layer, softmax and cross-entropy, at the last step or at every one."""
        total = 0
        for t in range(1, _T + 1) if self.every else [_T]:
            at = t if self.every else None
            logits = probe("step_logits" if self.every else "logits", dense(features[t], v["W_y"], v["b_y"]), at)
            exponentials = numbers.function("exp")(logits)
            p = exponentials / exponentials.sum(axis=-1, keepdims=True)
            loss = -(v["ys"][t - 1] * numbers.function("log")(p)).sum()
            total = total + (probe("step_losses", loss, t) if self.every else loss)
        probe("loss", total)


class Stacked(_Layers):
    """Layer 2 reads the hidden states of layer 1."""

    def __init__(self, generic, batch=1, every=False):
        super().__init__((1, 2), generic, batch, every)
        self.columns = {"d_z_2_x": ("d_z_2", slice(self.widths()[1][1][1]))}

    def widths(self):
        D, first, second = (2, 2, 3) if self.generic else (10, 5, 5)
        return D, {1: (D, first), 2: (first, second)}, second

    def steps(self):
        return {f"cell^{{[{n}]}}": partial(self.alone, n) for n in (1, 2)}

    def run(self, v, probe, numbers):
        states = {n: (v[f"h0_{n}"], v[f"c0_{n}"]) for n in (1, 2)}
        features = {}
        for t in range(1, _T + 1):
            states[1] = self.cell(1, probe("x", v["xs"][:, t - 1], t), *states[1], v, t, probe)
            # What reads layer 1 from above has a name of its own, so that this way up can be moved alone.
            above = probe("h_ext_1", states[1][0], t)
            states[2] = self.cell(2, above, *states[2], v, t, probe)
            features[t] = probe("h_ext_2", states[2][0], t)
        self.losses(features | {_T: probe("h_last_2", features[_T])}, v, probe, numbers)


class Bidirectional(_Layers):
    """One cell reads from the first step to the last, the other from the last to the first; outputs side by side."""

    def __init__(self, generic, batch=1, every=True):
        super().__init__(("forward", "backward"), generic, batch, every)
        H = self.widths()[1]["forward"][1]
        self.columns = {"d_h_left": ("d_h", slice(H)), "d_h_right": ("d_h", slice(H, None))}
        self.meaning |= {
            "d_h_prev_forward_next": ("h_prev_forward", 1),
            "d_h_prev_backward_next": ("h_prev_backward", -1),
        }

    def widths(self):
        D, forward, backward = (2, 2, 3) if self.generic else (10, 5, 5)
        return D, {"forward": (D, forward), "backward": (D, backward)}, forward + backward

    def steps(self):
        arrows = {"forward": "overrightarrow{cell}", "backward": "overleftarrow{cell}"}
        return {arrow: partial(self.alone, name) for name, arrow in arrows.items()}

    def run(self, v, probe, numbers):
        inputs = {t: probe("x", v["xs"][:, t - 1], t) for t in range(1, _T + 1)}
        outputs = {}
        for name, order in (("forward", range(1, _T + 1)), ("backward", range(_T, 0, -1))):
            h, c = v[f"h0_{name}"], v[f"c0_{name}"]
            for t in order:
                h, c = self.cell(name, inputs[t], h, c, v, t, probe)
                outputs[name, t] = probe(f"h_ext_{name}", h, t)
        features = {}
        for t in range(1, _T + 1):
            features[t] = probe("h", np.concatenate([outputs["forward", t], outputs["backward", t]], axis=-1), t)
        self.losses(features | {_T: probe("h_last", features[_T])}, v, probe, numbers)


SCOPES = {
    "stacked": lambda: step(Stacked),
    "stacked-every-step": lambda: step(Stacked, every=True),
    "bidirectional": lambda: step(Bidirectional),
    "bidirectional-last-step": lambda: step(Bidirectional, every=False),
}


def two_layers():
    """Two layers on the running example's window."""
    return example(SCOPES["stacked"])


def both_directions():
    """A layer in each direction on the running example's window, the loss at the last step."""
    return example(SCOPES["bidirectional-last-step"])
