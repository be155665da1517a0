"""The running example's network with peephole connections in its cell."""

import numpy as np
from proved import instrumented

from lstmderiv import PeepholeParameters, peephole_lstm_cell

from .lstm import LSTM
from .rows import step

__all__ = ["SCOPES", "Peephole"]

_WEIGHTS = ("p_f", "p_i", "p_o")


class Peephole(LSTM):
    """As `LSTM`; the peephole weights are drawn, or 0.1 like the other weights of the running example."""

    chapter = "peephole"

    shared = LSTM.shared | set(_WEIGHTS)
    meaning = {**LSTM.meaning, **{f"d_{name}_total": (f"{name}_total", 0) for name in _WEIGHTS}}

    def __init__(self, generic, batch=1, t=2, every=True):
        super().__init__(generic, batch, t, every)
        cell = instrumented(peephole_lstm_cell, lambda name, value: self._watch(name, value))

        def with_peepholes(x, h, c, plain, *, forget_bias):
            parameters = PeepholeParameters(plain.W, plain.b, *self._peepholes)
            return cell(x, h, c, parameters, forget_bias=forget_bias)

        self._cell = with_peepholes

    def inputs(self, numbers):
        H = self.sizes["H"]
        peepholes = {name: numbers.draw((H,)) if self.generic else numbers.given(np.full(H, 0.1)) for name in _WEIGHTS}
        return super().inputs(numbers) | {f"given_{name}": value for name, value in peepholes.items()}

    def run(self, v, probe, numbers):
        self._peepholes = [v[f"given_{name}"] for name in _WEIGHTS]
        super().run(v, probe, numbers)


SCOPES = {"peephole": lambda: step(Peephole)}
