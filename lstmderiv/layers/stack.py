"""LSTM layers on top of each other as one object."""

from collections.abc import Sequence
from typing import Self

from lstmderiv.checks import ArgumentError, ArgumentTypeError, flag, instance, positive_integer
from lstmderiv.layers._log import log_backward, log_forward
from lstmderiv.layers.cell import LSTMCell
from lstmderiv.layers.initializers import width
from lstmderiv.lstm_cell import LSTMParameters
from lstmderiv.stacked import StackedLSTMGradients, StackedLSTMTrace, stacked_lstm, stacked_lstm_backward
from lstmderiv.types import ArrayLike

__all__ = ["MultiRNNCell"]


class MultiRNNCell:
    """A stack of cells as an object, as in the article "LSTM Part 4".

    Parameters
    ----------
    cells : sequence of LSTMCell
        Lowest first. Each object once: cells do not share parameters.
    debug, backpassdebug : bool, optional
        Log every intermediate of the forward or of the backward pass, layer by layer; a cell whose own switch is on
        logs in any case.

    Attributes
    ----------
    cells : tuple of LSTMCell
    parameters : list of LSTMParameters or None
        The cells' own. Assign what an optimizer returns.

    Raises
    ------
    TypeError, ValueError
        If `cells` is not a sequence of different cells, or a switch is not a bool.
    """

    cells: tuple[LSTMCell, ...]
    debug: bool
    backpassdebug: bool

    def __init__(self, cells: Sequence[LSTMCell], *, debug: bool = False, backpassdebug: bool = False) -> None:
        if not isinstance(cells, (list, tuple)):
            raise ArgumentTypeError("cells", "a list or tuple of LSTMCell", type(cells).__name__)
        if not cells:
            raise ArgumentError("cells", "at least one cell", "none")
        for n, cell in enumerate(cells):
            instance(f"cells[{n}]", cell, LSTMCell)
            if any(cell is other for other in cells[:n]):
                raise ArgumentError(f"cells[{n}]", "a cell of its own", "one that is there already")
        self.cells = tuple(cells)
        self.debug, self.backpassdebug = flag("debug", debug), flag("backpassdebug", backpassdebug)

    @property
    def parameters(self) -> list[LSTMParameters | None]:
        return [cell.parameters for cell in self.cells]

    @parameters.setter
    def parameters(self, parameters: Sequence[LSTMParameters | None]) -> None:
        if not isinstance(parameters, (list, tuple)):
            raise ArgumentTypeError("parameters", "a list or tuple", type(parameters).__name__)
        if len(parameters) != len(self.cells):
            raise ArgumentError("parameters", f"{len(self.cells)} entries, one a cell", len(parameters))
        for cell, layer in zip(self.cells, parameters):
            cell.parameters = layer

    @property
    def forget_bias(self) -> list[float]:
        """The cells' own, one a layer."""
        return [cell.forget_bias for cell in self.cells]

    def build(self, input_size: int) -> Self:
        """Make the parameters of the cells that have none, for inputs of size D = `input_size`.

        Raises
        ------
        TypeError, ValueError
            If `input_size` is not a positive integer, or an initializer's array has another shape.
        """
        D = positive_integer("input_size", input_size)
        for cell in self.cells:
            if cell.parameters is None:
                cell.build(D)
            D = cell.hidden_size
        return self

    def forward(
        self,
        x: ArrayLike,
        h0: Sequence[ArrayLike | None] | None = None,
        c0: Sequence[ArrayLike | None] | None = None,
        *,
        lengths: ArrayLike | None = None,
        reverse: bool = False,
    ) -> StackedLSTMTrace:
        """Run over a sequence; arguments, result and errors are those of `stacked_lstm`.

        Returns
        -------
        StackedLSTMTrace
        """
        if None in self.parameters:
            self.build(width(x, ("B", "T", "D")))
        options = {"forget_bias": self.forget_bias, "lengths": lengths, "reverse": reverse}
        trace = stacked_lstm(x, self.parameters, h0, c0, **options)
        self.log_forward("MultiRNNCell", trace)
        return trace

    def backward(
        self,
        d_h: ArrayLike | None,
        trace: StackedLSTMTrace,
        d_h_last: Sequence[ArrayLike | None] | None = None,
        d_c_last: Sequence[ArrayLike | None] | None = None,
    ) -> StackedLSTMGradients:
        """Run back through the stack; arguments, result and errors are those of `stacked_lstm_backward`.

        Returns
        -------
        StackedLSTMGradients
        """
        instance("trace", trace, StackedLSTMTrace)
        gradients = stacked_lstm_backward(d_h, trace, d_h_last, d_c_last)
        self.log_backward("MultiRNNCell", trace, gradients)
        return gradients

    def log_forward(self, title: str, trace: StackedLSTMTrace, debug: bool = False) -> None:
        """Log what the switches ask for, from the bottom to the top; everything with `debug`."""
        for n, (cell, layer) in enumerate(zip(self.cells, trace.layers), 1):
            if debug or self.debug or cell.debug:
                log_forward(f"{title}, layer {n},", layer)

    def log_backward(
        self, title: str, trace: StackedLSTMTrace, gradients: StackedLSTMGradients, backpassdebug: bool = False
    ) -> None:
        """Log what the switches ask for, from the top to the bottom; everything with `backpassdebug`."""
        for n in reversed(range(len(trace.layers))):
            if backpassdebug or self.backpassdebug or self.cells[n].backpassdebug:
                log_backward(f"{title}, layer {n + 1},", trace.layers[n], gradients.layers[n])
