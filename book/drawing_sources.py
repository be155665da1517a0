"""What the drawings show: the numbers of the running example, and the cell's equations."""

from functools import cache
from pathlib import Path

from equations import printer, symbols
from scopes import SCOPES

from lstmderiv import lstm_cell

__all__ = ["forward_equations", "gru_before_example", "gru_example", "peephole_example", "running_example"]


@cache
def running_example():
    """The running example's first prediction, forward and backward."""
    return next(scope for scope in SCOPES["step"]() if scope.name == "running example")


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
def forward_equations():
    """Name to TeX of the cell's forward lines, in the order of the code and set from it."""
    table = symbols.load(Path(__file__).parent / "symbols.toml")
    names = ("z", "a_f", "a_i", "a_g", "a_o", "f", "i", "g", "o", "c", "h")
    return {name: printer.typeset(lstm_cell, name, table).tex for name in names}
