"""LSTM layers on top of each other, forward and backward: thin over `lstm` and `lstm_backward`.

What is new is one line each way. Forward, the hidden states of a layer are the inputs of the layer above. Backward,
the gradient of those inputs is the external part of the gradient of those hidden states. Layers are counted from the
bottom.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from lstmderiv.checks import ArgumentError, ArgumentTypeError, floating, instance, real_scalar
from lstmderiv.lstm import LSTMGradients, LSTMTrace, lstm, lstm_backward
from lstmderiv.lstm_cell import LSTMParameters
from lstmderiv.types import Array, ArrayLike, Computed, Real

__all__ = ["StackedLSTMGradients", "StackedLSTMTrace", "stacked_lstm", "stacked_lstm_backward"]


def _of_layers(name: str) -> Computed[tuple[Array, ...]]:
    return Computed[tuple[Array, ...]](lambda self: tuple(getattr(layer, name) for layer in self.layers))


@dataclass(frozen=True, eq=False)
class StackedLSTMTrace:
    """Every intermediate of a forward pass through a stack: one tape a layer.

    Attributes
    ----------
    layers : tuple of LSTMTrace
        From the bottom to the top. `trace.layers[0].f` is the forget gate of the lowest layer.
    x : ndarray (B, T, D)
        Inputs of the lowest layer.
    h, c : ndarray (B, T, H_L)
        States of the top layer after each step, zero at padded steps: the outputs are `h`.
    h_last, c_last, h0, c0 : tuple of ndarray (B, H_n)
        Last and initial states of every layer.
    parameters : tuple of LSTMParameters
    """

    layers: tuple[LSTMTrace, ...]

    x: ClassVar[Computed[Array]] = Computed(lambda self: self.layers[0].x)
    h: ClassVar[Computed[Array]] = Computed(lambda self: self.layers[-1].h)
    c: ClassVar[Computed[Array]] = Computed(lambda self: self.layers[-1].c)
    h_last: ClassVar[Computed[tuple[Array, ...]]] = _of_layers("h_last")
    c_last: ClassVar[Computed[tuple[Array, ...]]] = _of_layers("c_last")
    h0: ClassVar[Computed[tuple[Array, ...]]] = _of_layers("h0")
    c0: ClassVar[Computed[tuple[Array, ...]]] = _of_layers("c0")
    parameters: ClassVar[Computed[tuple[LSTMParameters, ...]]] = Computed(
        lambda self: tuple(layer.parameters for layer in self.layers)
    )


@dataclass(frozen=True, eq=False)
class StackedLSTMGradients:
    """Gradients of a backward pass through a stack: those of the arguments, and every one inside, layer by layer.

    Attributes
    ----------
    layers : tuple of LSTMGradients
        From the bottom to the top; what `gradient_descent` takes for the sequence of parameters.
    x : ndarray (B, T, D)
    h0, c0 : tuple of ndarray (B, H_n)
    W : tuple of ndarray (4H_n, D_n + H_n)
    b : tuple of ndarray (4H_n,)
    """

    layers: tuple[LSTMGradients, ...]

    x: ClassVar[Computed[Array]] = Computed(lambda self: self.layers[0].x)
    h0: ClassVar[Computed[tuple[Array, ...]]] = _of_layers("h0")
    c0: ClassVar[Computed[tuple[Array, ...]]] = _of_layers("c0")
    W: ClassVar[Computed[tuple[Array, ...]]] = _of_layers("W")
    b: ClassVar[Computed[tuple[Array, ...]]] = _of_layers("b")


def stacked_lstm(
    x: ArrayLike,
    parameters: Sequence[LSTMParameters],
    h0: Sequence[ArrayLike | None] | None = None,
    c0: Sequence[ArrayLike | None] | None = None,
    *,
    forget_bias: Real | Sequence[Real] = 0.0,
    lengths: ArrayLike | None = None,
    reverse: bool = False,
) -> StackedLSTMTrace:
    """A stack of LSTM layers over a sequence, Equation :eq:`eq:stacked-x-above` between each two neighbours.

    Parameters
    ----------
    x : array_like (B, T, D)
        Inputs of the lowest layer. B and T may be 0.
    parameters : sequence of LSTMParameters
        One a layer, lowest first. The input size of a layer is the hidden size of the layer below.
    h0, c0 : sequence of array_like (B, H_n), optional
        Initial states, one a layer; zeros for what is None.
    forget_bias : float or sequence of float, optional
        One number for all layers, or one a layer.
    lengths : array_like of integers (B,), optional
        Steps of each row, 0..T, the same for all layers; see `lstm`.
    reverse : bool, optional
        Run every layer from each row's own last step to its first.

    Returns
    -------
    StackedLSTMTrace
        Outputs of the top layer `.h` (B, T, H_L), last states of every layer, and every intermediate in `.layers`.
        Dtype of a layer: NumPy's promotion of what it reads and its own arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes or the number of layers do not fit, a length is out of range, or an argument holds NaN or infinities.

    Notes
    -----
    Source: article "LSTM Part 4", the multi-layer forward pass; Graves (2013), Equations 1 to 4.
    """
    parameters = checked_layers("parameters", parameters)
    x = floating("x", x, ("B", "T", "D"), D=parameters[0].input_size)
    widths = [layer.hidden_size for layer in parameters]
    h0, c0 = (per_layer(name, states, widths, x.shape[0]) for name, states in (("h0", h0), ("c0", c0)))
    biases = _biases(forget_bias, len(parameters))

    way = {"lengths": lengths, "reverse": reverse}
    layers = [lstm(x, parameters[0], h0[0], c0[0], forget_bias=biases[0], **way)]
    for n in range(1, len(parameters)):
        h_below = layers[-1].h
        x_above = h_below
        layers.append(lstm(x_above, parameters[n], h0[n], c0[n], forget_bias=biases[n], **way))
    return StackedLSTMTrace(tuple(layers))


def stacked_lstm_backward(
    d_h: ArrayLike | None,
    trace: StackedLSTMTrace,
    d_h_last: Sequence[ArrayLike | None] | None = None,
    d_c_last: Sequence[ArrayLike | None] | None = None,
) -> StackedLSTMGradients:
    """Back-propagation through a stack, from the top layer down, Equations :eq:`eq:stacked-d-h-below` and following.

    Parameters
    ----------
    d_h : array_like (B, T, H_L), or None
        Gradient of the loss with respect to the outputs of the top layer; None for zero. Padded steps are ignored.
    trace : StackedLSTMTrace
        What `stacked_lstm` returned.
    d_h_last, d_c_last : sequence of array_like (B, H_n), optional
        Gradients with respect to the last states, one a layer, in addition to `d_h`; zero for what is None.

    Returns
    -------
    StackedLSTMGradients
        `.x`, and one `LSTMGradients` a layer. Dtype: NumPy's promotion of all arguments, downwards.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes or the number of layers do not fit, or an argument holds NaN or infinities.

    Notes
    -----
    Source: article "LSTM Part 4", the multi-layer backward pass.
    """
    instance("trace", trace, StackedLSTMTrace)
    widths = [layer.parameters.hidden_size for layer in trace.layers]
    B = trace.x.shape[0]
    d_h_last = per_layer("d_h_last", d_h_last, widths, B)
    d_c_last = per_layer("d_c_last", d_c_last, widths, B)

    top, *others = reversed(range(len(trace.layers)))
    layers = [lstm_backward(d_h, trace.layers[top], d_h_last[top], d_c_last[top])]
    for n in others:
        d_x_above = layers[-1].x
        d_h_below = d_x_above
        layers.append(lstm_backward(d_h_below, trace.layers[n], d_h_last[n], d_c_last[n]))
    return StackedLSTMGradients(tuple(reversed(layers)))


def checked_layers(name: str, parameters: Any) -> tuple[LSTMParameters, ...]:
    """Return a tuple of LSTMParameters of which each reads what the one before it gives."""
    if not isinstance(parameters, (list, tuple)):
        raise ArgumentTypeError(name, "a list or tuple of LSTMParameters", type(parameters).__name__)
    if not parameters:
        raise ArgumentError(name, "at least one layer", "none")
    for n, layer in enumerate(parameters):
        instance(f"{name}[{n}]", layer, LSTMParameters)
        if n and layer.input_size != (below := parameters[n - 1].hidden_size):
            raise ArgumentError(
                f"{name}[{n}]",
                f"the input size to be the hidden size of the layer below, D = {below}",
                f"D = {layer.input_size}",
            )
    return tuple(parameters)


def per_layer(name: str, states: Any, widths: Sequence[int], B: int) -> list[Array | None]:
    """Return one state (B, H_n) a layer, None where nothing is given."""
    if states is None:
        return [None] * len(widths)
    if not isinstance(states, (list, tuple)):
        raise ArgumentTypeError(name, "a list or tuple of arrays, one a layer", type(states).__name__)
    if len(states) != len(widths):
        raise ArgumentError(name, f"{len(widths)} entries, one a layer", len(states))
    return [
        None if state is None else floating(f"{name}[{n}]", state, ("B", "H"), B=B, H=H)
        for n, (state, H) in enumerate(zip(states, widths))
    ]


def _biases(forget_bias, count):
    if not isinstance(forget_bias, (list, tuple)):
        return [real_scalar("forget_bias", forget_bias)] * count
    if len(forget_bias) != count:
        raise ArgumentError("forget_bias", f"one number, or {count}, one a layer", len(forget_bias))
    return [real_scalar(f"forget_bias[{n}]", bias) for n, bias in enumerate(forget_bias)]
