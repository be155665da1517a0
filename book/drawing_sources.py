"""What the drawings show: the numbers of the running example, and the cell's equations."""

from functools import cache
from pathlib import Path

from equations import printer, symbols
from scopes import SCOPES

from lstmderiv import lstm_cell

__all__ = ["both_directions", "forward_equations", "running_example", "two_layers"]


@cache
def running_example():
    """The running example's first prediction, forward and backward."""
    return next(scope for scope in SCOPES["step"]() if scope.name == "running example")


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
    table = symbols.load(Path(__file__).parent / "symbols.toml")
    names = ("z", "a_f", "a_i", "a_g", "a_o", "f", "i", "g", "o", "c", "h")
    return {name: printer.typeset(lstm_cell, name, table).tex for name in names}
