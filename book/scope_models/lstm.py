"""The running example's network, on its own numbers or on drawn ones, and the same with an embedding."""

import numpy as np
from proveq import Model

from lstmderiv import LSTMParameters, dense, one_hot, running_example
from lstmderiv.lstm_cell import lstm_cell_step

from .rows import proved, run_step, step, unwatched

__all__ = ["LSTM", "SCOPES", "Embedded"]

_GATES = "figo"


class LSTM(Model):
    """The running example's network over three steps: LSTM, output layer at the last step, cross-entropy.

    With `generic`, random numbers. With `every`, these have a loss that also reads every step's hidden state: no
    term is zero by chance.
    """

    chapter = "lstm"

    shared = frozenset(f"{kind}_{gate}" for kind in "Wb" for gate in _GATES) | {"forget_bias"}
    meaning = {
        "d_c": ("c", 0),
        "d_h_next": ("h_prev", 1),
        "d_c_next": ("c_prev", 1),
        **{f"d_{name}_total": (f"{name}_total", 0) for name in shared},
    }

    def __init__(self, generic, batch=1, t=2, every=True):
        self.generic, self.batch, self.t, self.every = generic, batch, t, every
        self.random = generic
        D, H, N = (3, 2, 4) if generic else (10, 5, 10)
        self.sizes = {"B": batch, "T": 3, "D": D, "H": H, "N": N}
        self.columns = {"d_z_x": ("d_z", slice(D)), "d_z_h": ("d_z", slice(D, None))}

    def inputs(self, numbers):
        B, T, D, H, N = (self.sizes[key] for key in "BTDHN")
        if self.generic:
            shapes = {"W": (4 * H, D + H), "b": (4 * H,), "W_y": (H, N), "b_y": (N,), "xs": (B, T, D)}
            shapes |= {"h0": (B, H), "c0": (B, H), "upstream": (T, B, H)}
            values = {name: numbers.draw(shape) for name, shape in shapes.items()}
            if not self.every:
                values["upstream"] = numbers.given(np.zeros((T, B, H), dtype=int))
            return values | {"y": numbers.given(one_hot(np.arange(B) % N, N).astype(int))}
        ids, targets = running_example.windows()
        parameters = running_example.initial_parameters()
        arrays = {
            "W": parameters["lstm"].W, "b": parameters["lstm"].b,
            "W_y": parameters["output"]["W"], "b_y": parameters["output"]["b"],
            "xs": one_hot(ids[2:3], N), "y": one_hot(targets[2:3], N),
            "h0": np.zeros((B, H)), "c0": np.zeros((B, H)), "upstream": np.zeros((T, B, H)),
        }  # fmt: skip
        return {name: numbers.given(array) for name, array in arrays.items()}

    def step(self, v, probe, t, known):
        """The cell's own step."""
        return run_step(lstm_cell_step, LSTMParameters(v["W"], v["b"]), probe, t, known, forget_bias=1)

    def steps(self):
        return {"cell": self.cell}

    def cell(self, v, x, h, c):
        """A step alone, from any input and any states."""
        tape = self.step(v, unwatched, None, {"x": x, "h_prev": h, "c_prev": c})
        return tape.h, tape.c

    def run(self, v, probe, numbers):
        h, c = v["h0"], v["c0"]
        read = 0
        for t in range(1, self.sizes["T"] + 1):
            tape = self.step(v, probe, t, {"x": v["xs"][:, t - 1], "h_prev": h, "c_prev": c})
            h, c = tape.h, tape.c
            h_ext = probe("h_ext", h, t)
            read = read + (v["upstream"][t - 1] * h_ext).sum()
        probe("c_last", c)
        self._predict(v, probe, numbers, h_ext, read)

    def _predict(self, v, probe, numbers, h_last, read):
        """Output layer and loss; `read` is what the loss reads beside them."""
        h_last = probe("h_last", h_last)
        logits = probe("logits", dense(h_last, v["W_y"], v["b_y"]))
        exponentials = numbers.function("exp")(logits)
        p = probe("p", exponentials / exponentials.sum(axis=-1, keepdims=True))
        probe("loss", read - (v["y"] * numbers.function("log")(p)).sum())


class Embedded(LSTM):
    """The same, its inputs being rows of an embedding table; the first example has one word twice."""

    chapter = "language_model"

    def __init__(self, *options):
        super().__init__(*options)
        self.sizes |= {"V": 4}

    def inputs(self, numbers):
        D, V = self.sizes["D"], self.sizes["V"]
        words = one_hot(np.array([[0, 2, 0], [1, 0, 3]])[: self.batch], V).astype(int)
        table = numbers.draw((V, D))
        return super().inputs(numbers) | {"words": numbers.given(words), "table": table}

    def run(self, v, probe, numbers):
        for t in range(self.sizes["T"]):
            probe("word", v["words"][:, t], t + 1)
        super().run(v | {"xs": v["words"] @ v["table"]}, probe, numbers)


SCOPES = {
    "step": lambda: step(LSTM),
    "last-step": lambda: step(LSTM, t=3, every=False),
    "earlier-step": lambda: step(LSTM, every=False),
    "embedding": lambda: proved("embedding", Embedded(True, 2)),
}
