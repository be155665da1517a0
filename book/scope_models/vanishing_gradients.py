"""An LSTM with its two states in one row, one whose gates are given numbers, a plain network near its bound."""

import numpy as np
from proveq import ComplexStep, Model

from lstmderiv import LSTMParameters
from lstmderiv.lstm_cell import lstm_cell_step

from .rnn import RNN
from .rows import proved, run_step

__all__ = ["SCOPES", "HeldGates", "NearBound", "State"]


class State(Model):
    """An LSTM over four steps with the state s = [h, c], one example; the loss reads the last state."""

    chapter = "jacobians"

    t = 2
    sizes = {"B": 1, "T": 4, "D": 2, "H": 2, "t": 2}

    def inputs(self, numbers):
        B, T, D, H = (self.sizes[key] for key in "BTDH")
        shapes = {"weights": (4 * H, D + H), "biases": (4 * H,), "xs": (B, T, D)}
        shapes |= {"start": (B, 2 * H), "upstream": (B, 2 * H)}
        return {name: numbers.draw(shape) for name, shape in shapes.items()}

    def run(self, v, probe, numbers):
        D, H = self.sizes["D"], self.sizes["H"]
        parameters, state = LSTMParameters(v["weights"], v["biases"]), v["start"]
        for gate in "figo":
            probe(f"W_{gate}_h", getattr(parameters, f"W_{gate}")[:, D:])
        for t in range(1, self.sizes["T"] + 1):
            before = probe("state_prev", state, t)
            known = {"x": v["xs"][:, t - 1], "h_prev": before[:, :H], "c_prev": before[:, H:]}
            tape = run_step(lstm_cell_step, parameters, probe, t, known, forget_bias=1)
            state = probe("state", np.concatenate([tape.h, tape.c], axis=1), t)
        probe("loss", (v["upstream"] * state).sum())


class HeldGates(Model):
    """The cell state over four steps, its gates and candidates given numbers that nothing moves."""

    chapter = "jacobians"

    t = 1
    sizes = {"B": 1, "T": 4, "H": 2, "t": 1}

    def inputs(self, numbers):
        B, T, H = (self.sizes[key] for key in "BTH")
        shapes = {"forget": (T, B, H), "input": (T, B, H), "candidate": (T, B, H), "c0": (B, H)}
        return {name: numbers.draw(shape) for name, shape in shapes.items()}

    def run(self, v, probe, numbers):
        c = v["c0"]
        for t in range(1, self.sizes["T"] + 1):
            f = probe("f", v["forget"][t - 1], t)
            c = probe("c", f * c + v["input"][t - 1] * v["candidate"][t - 1], t)
        probe("c_last", c)
        probe("loss", c.sum())


class NearBound(RNN):
    """A plain network whose Jacobians all but reach their bound, so that a smaller bound does not hold.

    W_h is symmetric, of the norm given: its powers have the powers of this norm. The states are so small that the
    slopes of the tanh are nearly 1.
    """

    def __init__(self, norm):
        super().__init__(1, jacobians=True)
        self.norm = norm

    def inputs(self, numbers):
        D, H = self.sizes["D"], self.sizes["H"]
        values = super().inputs(numbers)
        directions = np.linalg.qr(numbers.draw((H, H)))[0]
        stretched = directions * [self.norm, 0.75 * self.norm]
        small = {name: 0.01 * values[name] for name in ("biases", "xs", "h0")}
        return (
            values | small | {"weights": np.concatenate([values["weights"][:, :D], stretched @ directions.T], axis=1)}
        )


SCOPES = {
    "lstm-state": lambda: proved("LSTM, both states in one row", State()),
    "rnn-bound": lambda: [
        (f"plain network, norm of W_h {norm:g}", ComplexStep(), NearBound(norm)) for norm in (0.5, 2.0)
    ],
    "held-gates": lambda: proved("cell state, its gates given", HeldGates()),
}
