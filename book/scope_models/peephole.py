"""The running example's network with peephole connections in its cell."""

import numpy as np

from lstmderiv import PeepholeParameters
from lstmderiv.peephole import peephole_lstm_cell_step

from .lstm import LSTM
from .rows import example, run_step, step

__all__ = ["SCOPES", "Peephole", "running_example"]

_WEIGHTS = ("p_f", "p_i", "p_o")


class Peephole(LSTM):
    """As `LSTM`; the peephole weights are drawn, or 0.1 like the other weights of the running example."""

    chapter = "peephole"

    shared = LSTM.shared | set(_WEIGHTS)
    meaning = {**LSTM.meaning, **{f"d_{name}_total": (f"{name}_total", 0) for name in _WEIGHTS}}

    def inputs(self, numbers):
        H = self.sizes["H"]
        peepholes = {name: numbers.draw((H,)) if self.generic else numbers.given(np.full(H, 0.1)) for name in _WEIGHTS}
        return super().inputs(numbers) | {f"given_{name}": value for name, value in peepholes.items()}

    def step(self, v, probe, t, known):
        parameters = PeepholeParameters(v["W"], v["b"], *(v[f"given_{name}"] for name in _WEIGHTS))
        return run_step(peephole_lstm_cell_step, parameters, probe, t, known, forget_bias=1)


SCOPES = {"peephole": lambda: step(Peephole)}


def running_example():
    """The running example with peephole connections, their weights 0.1."""
    return example(SCOPES["peephole"])
