"""Two LSTMs over one sequence, one from its beginning and one from its end, forward and backward.

Thin over `lstm` and `stacked_lstm`: a direction is one layer or a stack of them. Outputs stand side by side, aligned in
time: entry t of both is what the direction knows after it has read step t.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from lstmderiv.checks import ArgumentError, ArgumentTypeError, floating, instance
from lstmderiv.lstm import LSTMGradients, LSTMTrace, lstm, lstm_backward
from lstmderiv.lstm_cell import LSTMParameters
from lstmderiv.stacked import (
    StackedLSTMGradients,
    StackedLSTMTrace,
    checked_layers,
    per_layer,
    stacked_lstm,
    stacked_lstm_backward,
)
from lstmderiv.types import Array, ArrayLike, Computed, Real

__all__ = ["BidirectionalLSTMGradients", "BidirectionalLSTMTrace", "bidirectional_lstm", "bidirectional_lstm_backward"]


def _top(states):
    return states[-1] if isinstance(states, tuple) else states


def _side_by_side(name: str) -> Computed[Array]:
    def read(self):
        return np.concatenate([_top(getattr(self.forward, name)), _top(getattr(self.backward, name))], axis=-1)

    return Computed[Array](read)


def _of_both(name: str) -> Computed[tuple[Any, Any]]:
    return Computed[tuple[Any, Any]](lambda self: (getattr(self.forward, name), getattr(self.backward, name)))


@dataclass(frozen=True, eq=False)
class BidirectionalLSTMTrace:
    """Every intermediate of a forward pass in both directions: one tape each.

    Attributes
    ----------
    forward, backward : LSTMTrace or StackedLSTMTrace
        The direction's own tape; a stack where it was given several layers.
    h : ndarray (B, T, H_f + H_b)
        Outputs, aligned in time: forward direction first. Zero at padded steps.
    h_last, c_last : ndarray (B, H_f + H_b)
        Last states of the top layers: the forward direction's after each row's last step, the backward direction's
        after its first, where that direction ends. Not `h[:, -1]`, whose second half has read one step only.
    x : ndarray (B, T, D)
    h0, c0 : tuple
        Initial states, forward and backward; of a stack a tuple, one a layer.
    """

    forward: LSTMTrace | StackedLSTMTrace
    backward: LSTMTrace | StackedLSTMTrace
    h: Array

    h_last: ClassVar[Computed[Array]] = _side_by_side("h_last")
    c_last: ClassVar[Computed[Array]] = _side_by_side("c_last")
    x: ClassVar[Computed[Array]] = Computed(lambda self: self.forward.x)
    h0: ClassVar[Computed[tuple[Any, Any]]] = _of_both("h0")
    c0: ClassVar[Computed[tuple[Any, Any]]] = _of_both("c0")


@dataclass(frozen=True, eq=False)
class BidirectionalLSTMGradients:
    """Gradients of a backward pass in both directions.

    Attributes
    ----------
    forward, backward : LSTMGradients or StackedLSTMGradients
        Every gradient of the direction; `.W`, `.b` and `.x` are its own.
    x : ndarray (B, T, D)
        The sum of both directions' shares.
    h0, c0 : tuple
        Forward and backward; of a stack a tuple, one a layer.
    """

    forward: LSTMGradients | StackedLSTMGradients
    backward: LSTMGradients | StackedLSTMGradients
    x: Array

    h0: ClassVar[Computed[tuple[Any, Any]]] = _of_both("h0")
    c0: ClassVar[Computed[tuple[Any, Any]]] = _of_both("c0")


def bidirectional_lstm(
    x: ArrayLike,
    forward_parameters: LSTMParameters | Sequence[LSTMParameters],
    backward_parameters: LSTMParameters | Sequence[LSTMParameters],
    h0: Sequence[Any] | None = None,
    c0: Sequence[Any] | None = None,
    *,
    forget_bias: Real | Sequence[Any] = 0.0,
    lengths: ArrayLike | None = None,
) -> BidirectionalLSTMTrace:
    """An LSTM in each direction of time, Equation :eq:`eq:bidirectional-h`.

    Parameters
    ----------
    x : array_like (B, T, D)
        Inputs, read by both directions. B and T may be 0.
    forward_parameters, backward_parameters : LSTMParameters, or sequence of LSTMParameters
        One layer, or a stack, lowest layer first. Widths and depths of the two may differ.
    h0, c0 : pair, optional
        Initial states (forward, backward), each as the direction's own function takes it: (B, H), for a stack a
        sequence of these; zeros for what is None.
    forget_bias : float or pair, optional
        One number, or (forward, backward), each as the direction's own function takes it.
    lengths : array_like of integers (B,), optional
        Steps of each row, 0..T. The backward direction begins at each row's own last step.

    Returns
    -------
    BidirectionalLSTMTrace
        Outputs `.h` (B, T, H_f + H_b), and every intermediate in `.forward` and `.backward`.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, a length is out of range, or an argument holds NaN or infinities.

    Notes
    -----
    Source: Schuster and Paliwal (1997); article "LSTM Part 4".
    """
    sizes = [_sizes("forward_parameters", forward_parameters), _sizes("backward_parameters", backward_parameters)]
    D = sizes[0][0]
    if sizes[1][0] != D:
        raise ArgumentError("backward_parameters", f"input size D = {D}, the forward one's", sizes[1][0])
    x = floating("x", x, ("B", "T", "D"), D=D)
    h0, c0 = (_states(name, pair, sizes, x.shape[0]) for name, pair in (("h0", h0), ("c0", c0)))
    biases = _pair("forget_bias", forget_bias) if isinstance(forget_bias, (list, tuple)) else [forget_bias] * 2

    run, way = _run(forward_parameters), {"lengths": lengths}
    forward = run(x, forward_parameters, h0[0], c0[0], forget_bias=biases[0], **way)
    run, way = _run(backward_parameters), {"lengths": lengths, "reverse": True}
    backward = run(x, backward_parameters, h0[1], c0[1], forget_bias=biases[1], **way)
    h_forward = forward.h
    h_backward = backward.h
    h = np.concatenate([h_forward, h_backward], axis=-1)
    return BidirectionalLSTMTrace(forward, backward, h)


def bidirectional_lstm_backward(
    d_h: ArrayLike | None,
    trace: BidirectionalLSTMTrace,
    d_h_last: ArrayLike | tuple[Any, Any] | None = None,
    d_c_last: ArrayLike | tuple[Any, Any] | None = None,
) -> BidirectionalLSTMGradients:
    """Backward through both directions, Equations :eq:`eq:bidirectional-d-h-forward` to :eq:`eq:bidirectional-d-x`.

    Parameters
    ----------
    d_h : array_like (B, T, H_f + H_b), or None
        Gradient of the loss with respect to the outputs; None for zero. Padded steps are ignored.
    trace : BidirectionalLSTMTrace
        What `bidirectional_lstm` returned.
    d_h_last, d_c_last : array_like (B, H_f + H_b), or tuple, optional
        Gradients with respect to the last states `.h_last` and `.c_last`, in addition to `d_h`. A tuple is a pair
        (forward, backward), each entry as the direction's own backward function takes it: for the lower layers of a
        stack.

    Returns
    -------
    BidirectionalLSTMGradients
        `.x`, `.h0`, `.c0`, and the directions' own gradients in `.forward` and `.backward`.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, or an argument holds NaN or infinities.

    Notes
    -----
    Source: Schuster and Paliwal (1997); article "LSTM Part 4".
    """
    instance("trace", trace, BidirectionalLSTMTrace)
    B, T, _ = trace.x.shape
    sizes = [_sizes("trace", direction.parameters) for direction in (trace.forward, trace.backward)]
    H = sizes[0][1][-1]
    both = H + sizes[1][1][-1]
    if d_h is None:
        d_h = np.zeros_like(trace.h)
    d_h = floating("d_h", d_h, ("B", "T", "H_f + H_b"), **{"B": B, "T": T, "H_f + H_b": both})
    d_h_last, d_c_last = (
        _halves(name, states, sizes, B) for name, states in (("d_h_last", d_h_last), ("d_c_last", d_c_last))
    )

    d_h_forward = d_h[..., :H]
    d_h_backward = d_h[..., H:]
    forward = _run_back(trace.forward)(d_h_forward, trace.forward, d_h_last[0], d_c_last[0])
    backward = _run_back(trace.backward)(d_h_backward, trace.backward, d_h_last[1], d_c_last[1])
    d_x_forward, d_x_backward = forward.x, backward.x
    d_x = d_x_forward + d_x_backward
    return BidirectionalLSTMGradients(forward, backward, d_x)


def _run(parameters):
    return lstm if isinstance(parameters, LSTMParameters) else stacked_lstm


def _run_back(trace):
    return lstm_backward if isinstance(trace, LSTMTrace) else stacked_lstm_backward


def _sizes(name, parameters):
    """Input size, hidden sizes from the bottom to the top, and whether there may be several."""
    if isinstance(parameters, LSTMParameters):
        return parameters.input_size, [parameters.hidden_size], False
    if not isinstance(parameters, (list, tuple)):
        kind = type(parameters).__name__
        raise ArgumentTypeError(name, "LSTMParameters, or a list or tuple of these", kind)
    layers = checked_layers(name, parameters)
    return layers[0].input_size, [layer.hidden_size for layer in layers], True


def _pair(name, pair):
    if not isinstance(pair, (list, tuple)):
        raise ArgumentTypeError(name, "a pair (forward, backward)", type(pair).__name__)
    if len(pair) != 2:
        raise ArgumentError(name, "a pair (forward, backward)", f"{len(pair)} entries")
    return pair


def _states(name, pair, sizes, B):
    """The states of both directions, each as its own function takes them."""
    if pair is None:
        return None, None
    checked = []
    for k, (states, (_, widths, stack)) in enumerate(zip(_pair(name, pair), sizes)):
        if not stack:
            states = None if states is None else floating(f"{name}[{k}]", states, ("B", "H"), B=B, H=widths[0])
        checked.append(per_layer(f"{name}[{k}]", states, widths, B) if stack else states)
    return checked


def _halves(name, states, sizes, B):
    """Gradients of last states, split in two; of a stack they belong to the top layer."""
    if states is None or isinstance(states, tuple):
        return _states(name, states, sizes, B)
    H, both = sizes[0][1][-1], sum(widths[-1] for _, widths, _ in sizes)
    states = floating(name, states, ("B", "H_f + H_b"), **{"B": B, "H_f + H_b": both})
    halves = zip((states[:, :H], states[:, H:]), sizes)
    return [[None] * (len(widths) - 1) + [half] if stack else half for half, (_, widths, stack) in halves]
