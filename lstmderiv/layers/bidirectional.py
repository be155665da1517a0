"""Two LSTM layers, or stacks of them, one in each direction of time, as one object."""

from collections.abc import Sequence
from typing import Any, Self

from lstmderiv.bidirectional import (
    BidirectionalLSTMGradients,
    BidirectionalLSTMTrace,
    bidirectional_lstm,
    bidirectional_lstm_backward,
)
from lstmderiv.checks import ArgumentError, ArgumentTypeError, flag, positive_integer
from lstmderiv.layers._log import log_backward, log_forward
from lstmderiv.layers.cell import LSTMCell
from lstmderiv.layers.initializers import width
from lstmderiv.layers.stack import MultiRNNCell
from lstmderiv.types import ArrayLike

__all__ = ["BidirectionalLSTM"]


class BidirectionalLSTM:
    """A cell, or a stack of cells, in each direction of time, as in the article "LSTM Part 4".

    Parameters
    ----------
    forward_cell, backward_cell : LSTMCell or MultiRNNCell
        Two objects, for two sets of parameters.
    debug, backpassdebug : bool, optional
        Log every intermediate of the forward or of the backward pass, direction by direction; a cell whose own switch
        is on logs in any case.

    Attributes
    ----------
    forward_cell, backward_cell : LSTMCell or MultiRNNCell
    parameters : tuple
        The parameters of both, as each has them. Assign what an optimizer returns.

    Raises
    ------
    TypeError, ValueError
        If a cell is not one, both are the same object, or a switch is not a bool.
    """

    forward_cell: LSTMCell | MultiRNNCell
    backward_cell: LSTMCell | MultiRNNCell
    debug: bool
    backpassdebug: bool

    def __init__(
        self,
        forward_cell: LSTMCell | MultiRNNCell,
        backward_cell: LSTMCell | MultiRNNCell,
        *,
        debug: bool = False,
        backpassdebug: bool = False,
    ) -> None:
        for name, cell in (("forward_cell", forward_cell), ("backward_cell", backward_cell)):
            if not isinstance(cell, (LSTMCell, MultiRNNCell)):
                raise ArgumentTypeError(name, "an LSTMCell or a MultiRNNCell", type(cell).__name__)
        if _cells(forward_cell) & _cells(backward_cell):
            raise ArgumentError("backward_cell", "cells of its own", "one that forward_cell has already")
        self.forward_cell, self.backward_cell = forward_cell, backward_cell
        self.debug, self.backpassdebug = flag("debug", debug), flag("backpassdebug", backpassdebug)

    @property
    def parameters(self) -> tuple[Any, Any]:
        return self.forward_cell.parameters, self.backward_cell.parameters

    @parameters.setter
    def parameters(self, parameters: Sequence[Any]) -> None:
        if not isinstance(parameters, (list, tuple)):
            raise ArgumentTypeError("parameters", "a pair (forward, backward)", type(parameters).__name__)
        if len(parameters) != 2:
            raise ArgumentError("parameters", "a pair (forward, backward)", f"{len(parameters)} entries")
        self.forward_cell.parameters, self.backward_cell.parameters = parameters

    def build(self, input_size: int) -> Self:
        """Make the parameters of the cells that have none, for inputs of size D = `input_size`.

        Raises
        ------
        TypeError, ValueError
            If `input_size` is not a positive integer, or an initializer's array has another shape.
        """
        D = positive_integer("input_size", input_size)
        for cell in (self.forward_cell, self.backward_cell):
            if isinstance(cell, MultiRNNCell) or cell.parameters is None:
                cell.build(D)
        return self

    def forward(
        self,
        x: ArrayLike,
        h0: Sequence[Any] | None = None,
        c0: Sequence[Any] | None = None,
        *,
        lengths: ArrayLike | None = None,
    ) -> BidirectionalLSTMTrace:
        """Run over a sequence in both directions; arguments, result and errors are those of `bidirectional_lstm`.

        Returns
        -------
        BidirectionalLSTMTrace
        """
        self.build(width(x, ("B", "T", "D")))
        biases = (self.forward_cell.forget_bias, self.backward_cell.forget_bias)
        trace = bidirectional_lstm(x, *self.parameters, h0, c0, forget_bias=biases, lengths=lengths)
        for title, cell, tape in self._ways(trace):
            if isinstance(cell, MultiRNNCell):
                cell.log_forward(title, tape, self.debug)
            elif self.debug or cell.debug:
                log_forward(f"{title},", tape)
        return trace

    def backward(
        self,
        d_h: ArrayLike | None,
        trace: BidirectionalLSTMTrace,
        d_h_last: ArrayLike | tuple[Any, Any] | None = None,
        d_c_last: ArrayLike | tuple[Any, Any] | None = None,
    ) -> BidirectionalLSTMGradients:
        """Run back through both directions; arguments, result and errors are those of `bidirectional_lstm_backward`.

        Returns
        -------
        BidirectionalLSTMGradients
        """
        gradients = bidirectional_lstm_backward(d_h, trace, d_h_last, d_c_last)
        for (title, cell, tape), (_, _, of_tape) in zip(self._ways(trace), self._ways(gradients)):
            if isinstance(cell, MultiRNNCell):
                cell.log_backward(title, tape, of_tape, self.backpassdebug)
            elif self.backpassdebug or cell.backpassdebug:
                log_backward(f"{title},", tape, of_tape)
        return gradients

    def _ways(self, result):
        yield "BidirectionalLSTM, forward direction", self.forward_cell, result.forward
        yield "BidirectionalLSTM, backward direction", self.backward_cell, result.backward


def _cells(cell):
    return {id(one) for one in (cell.cells if isinstance(cell, MultiRNNCell) else [cell])}
