"""One LSTM layer as an object."""

from typing import Any, Self

from lstmderiv.checks import affordable, flag, positive_integer, real_scalar
from lstmderiv.layers._log import log_backward, log_forward
from lstmderiv.layers.initializers import checked_initializer, initial, width
from lstmderiv.lstm import LSTMGradients, LSTMTrace, lstm, lstm_backward
from lstmderiv.lstm_cell import LSTMParameters
from lstmderiv.types import ArrayLike, Initializer, Real

__all__ = ["LSTMCell"]


class LSTMCell:
    """An LSTM layer as an object, Listing-1 of the article "LSTM Part 3".

    Parameters
    ----------
    hidden_size : int
        The size H of the states.
    kernel_initializer, bias_initializer : callable, optional
        From a shape to an array; zeros if not given. Used once, when the first input tells D.
    forget_bias : float, optional
    debug, backpassdebug : bool, optional
        Log every intermediate of the forward or of the backward pass.

    Attributes
    ----------
    parameters : LSTMParameters or None
        None until the first forward pass or `build`. Assign what an optimizer returns.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type or out of range.
    """

    hidden_size: int
    kernel_initializer: Initializer
    bias_initializer: Initializer
    forget_bias: Any
    debug: bool
    backpassdebug: bool
    parameters: LSTMParameters | None

    def __init__(
        self,
        hidden_size: int,
        *,
        kernel_initializer: Initializer | None = None,
        bias_initializer: Initializer | None = None,
        forget_bias: Real = 0.0,
        debug: bool = False,
        backpassdebug: bool = False,
    ) -> None:
        self.hidden_size = positive_integer("hidden_size", hidden_size)
        self.kernel_initializer = checked_initializer("kernel_initializer", kernel_initializer)
        self.bias_initializer = checked_initializer("bias_initializer", bias_initializer)
        self.forget_bias = real_scalar("forget_bias", forget_bias)
        self.debug, self.backpassdebug = flag("debug", debug), flag("backpassdebug", backpassdebug)
        self.parameters = None

    def build(self, input_size: int) -> Self:
        """Make the parameters for inputs of size D = `input_size`.

        Raises
        ------
        TypeError, ValueError
            If `input_size` is not a positive integer, or an initializer's array has another shape.
        """
        H, D = self.hidden_size, positive_integer("input_size", input_size)
        affordable("input_size", (4 * H, D + H))
        self.parameters = LSTMParameters(
            initial("kernel_initializer", self.kernel_initializer, (4 * H, D + H)),
            initial("bias_initializer", self.bias_initializer, (4 * H,)),
        )
        return self

    def forward(
        self,
        x: ArrayLike,
        h0: ArrayLike | None = None,
        c0: ArrayLike | None = None,
        *,
        lengths: ArrayLike | None = None,
        reverse: bool = False,
    ) -> LSTMTrace:
        """Run over a sequence; arguments, result and errors are those of `lstm`.

        Returns
        -------
        LSTMTrace
        """
        if self.parameters is None:
            self.build(width(x, ("B", "T", "D")))
        trace = lstm(x, self.parameters, h0, c0, forget_bias=self.forget_bias, lengths=lengths, reverse=reverse)
        if self.debug:
            log_forward("LSTMCell", trace)
        return trace

    def backward(
        self,
        d_h: ArrayLike | None,
        trace: LSTMTrace,
        d_h_last: ArrayLike | None = None,
        d_c_last: ArrayLike | None = None,
    ) -> LSTMGradients:
        """Run back through the sequence; arguments, result and errors are those of `lstm_backward`.

        Returns
        -------
        LSTMGradients
        """
        gradients = lstm_backward(d_h, trace, d_h_last, d_c_last)
        if self.backpassdebug:
            log_backward("LSTMCell", trace, gradients)
        return gradients
