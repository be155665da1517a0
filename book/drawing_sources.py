"""What the drawings show: the numbers of the running example, and the cell's equations."""

from functools import cache
from pathlib import Path

import numpy as np
from proveq.sphinx import load, typeset
from scopes import SCOPES

from lstmderiv.lstm_cell import lstm_cell_step

__all__ = [
    "both_directions",
    "forward_equations",
    "gru_before_example",
    "gru_example",
    "peephole_example",
    "running_example",
    "two_layers",
]


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
    return SideBySide(next(scope for scope in SCOPES["step"]() if scope.name == "running example"))


@cache
def peephole_example():
    """The same with peephole connections, their weights 0.1."""
    return next(scope for scope in SCOPES["peephole"]() if scope.name == "running example")


@cache
def gru_example():
    """The same with a GRU, its reset gate after the product."""
    return next(scope for scope in SCOPES["gru"]() if scope.name == "running example")


@cache
def gru_before_example():
    """The same with its reset gate before the product."""
    return next(scope for scope in SCOPES["gru-before"]() if scope.name == "running example")


@cache
def two_layers():
    """Two layers on the running example's window."""
    return next(scope for scope in SCOPES["stacked"]() if scope.name == "running example")


@cache
def both_directions():
    """A layer in each direction on the running example's window, the loss at the last step."""
    return next(scope for scope in SCOPES["bidirectional-last-step"]() if scope.name == "running example")


@cache
def forward_equations():
    """Name to TeX of the cell's forward lines, in the order of the code and set from it."""
    table = load(Path(__file__).parent / "symbols.toml")
    names = ("z", "a_f", "a_i", "a_g", "a_o", "f", "i", "g", "o", "c", "h")
    return {name: typeset(lstm_cell_step, name, table).tex for name in names}
