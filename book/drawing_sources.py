"""What the drawings show: the numbers of the running example as the drawings group them, and the cell's equations."""

from functools import cache
from pathlib import Path

import numpy as np
from proveq.sphinx import load, typeset
from scope_models import lstm
from scope_models.rows import example

from lstmderiv.lstm_cell import lstm_cell_step

__all__ = ["forward_equations", "running_example"]


class SideBySide:
    """A scope whose gradients of the four pre-activations can also be had side by side, in the order of the code."""

    def __init__(self, scope):
        self.sizes, self._scope = scope.sizes, scope

    def value(self, name, step=None):
        """The scope's value; ``d_a`` is the row of the four."""
        if name == "d_a":
            return np.concatenate([self._scope.value(f"d_a_{gate}", step) for gate in "figo"], axis=-1)
        return self._scope.value(name, step)


@cache
def running_example():
    """The running example's first prediction, forward and backward."""
    return SideBySide(example(lstm.SCOPES["step"]))


@cache
def forward_equations():
    """Name to TeX of the cell's forward lines, in the order of the code and set from it."""
    table = load(Path(__file__).parent / "symbols.toml")
    names = ("z", "a_f", "a_i", "a_g", "a_o", "f", "i", "g", "o", "c", "h")
    return {name: typeset(lstm_cell_step, name, table).tex for name in names}
