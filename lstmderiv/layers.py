"""The series' object form, thin over the functions: `LSTMCell` and `Dense`, with debug output.

A layer holds its parameters and nothing else. A forward pass returns its trace, a backward pass takes that trace: no
state is left behind between two calls. `debug=True` logs every intermediate of the forward pass, `backpassdebug=True`
of the backward pass, through the logger "lstmderiv.layers" at level INFO; the program that wants to read them
configures `logging`.
"""

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstmderiv._validation import floating, instance, positive_integer, real_scalar
from lstmderiv.dense import dense, dense_backward
from lstmderiv.lstm import lstm, lstm_backward
from lstmderiv.lstm_cell import LSTMParameters

__all__ = ["Constant", "Dense", "DenseTrace", "LSTMCell", "Uniform"]

logger = logging.getLogger(__name__)


class Constant:
    """Initializer that fills an array with one number, or with given ones.

    Parameters
    ----------
    value : float or array_like
        An array must have exactly the shape that the layer asks for.

    Raises
    ------
    TypeError, ValueError
        If `value` does not hold finite numbers; when called, if its shape is not the one asked for.
    """

    def __init__(self, value):
        self.value = floating("value", value, ("...",))

    def __call__(self, shape):
        if self.value.ndim and self.value.shape != tuple(shape):
            raise ValueError(f"value: expected {tuple(shape)}, got {self.value.shape}")
        return np.broadcast_to(self.value, shape).copy()


class Uniform:
    """Initializer that draws from the uniform distribution on [-limit, limit).

    Parameters
    ----------
    limit : float
        Finite and >= 0.
    rng : numpy.random.Generator
        The only source of randomness.

    Raises
    ------
    TypeError, ValueError
        If `limit` is not such a number or `rng` is not a Generator.
    """

    def __init__(self, limit, rng):
        self.limit = real_scalar("limit", limit, minimum=0)
        self.rng = instance("rng", rng, np.random.Generator)

    def __call__(self, shape):
        return self.rng.uniform(-self.limit, self.limit, shape)


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

    def __init__(
        self, hidden_size, *, kernel_initializer=None, bias_initializer=None, forget_bias=0.0,
        debug=False, backpassdebug=False,
    ):  # fmt: skip
        self.hidden_size = positive_integer("hidden_size", hidden_size)
        self.kernel_initializer = _initializer("kernel_initializer", kernel_initializer)
        self.bias_initializer = _initializer("bias_initializer", bias_initializer)
        self.forget_bias = real_scalar("forget_bias", forget_bias)
        self.debug, self.backpassdebug = debug, backpassdebug
        self.parameters = None

    def build(self, input_size):
        """Make the parameters for inputs of size D = `input_size`.

        Raises
        ------
        TypeError, ValueError
            If `input_size` is not a positive integer, or an initializer's array has another shape.
        """
        H, D = self.hidden_size, positive_integer("input_size", input_size)
        self.parameters = LSTMParameters(
            _initial("kernel_initializer", self.kernel_initializer, (4 * H, D + H)),
            _initial("bias_initializer", self.bias_initializer, (4 * H,)),
        )
        return self

    def forward(self, x, h0=None, c0=None, *, lengths=None, reverse=False):
        """Run over a sequence; arguments, result and errors are those of `lstm`.

        Returns
        -------
        LSTMTrace
        """
        if self.parameters is None:
            self.build(floating("x", x, ("B", "T", "D")).shape[-1])
        trace = lstm(x, self.parameters, h0, c0, forget_bias=self.forget_bias, lengths=lengths, reverse=reverse)
        if self.debug:
            names = ("x", "h_prev", "c_prev", "a_f", "a_i", "a_g", "a_o", "f", "i", "g", "o", "c", "tanh_c", "h")
            _log_steps("LSTMCell forward", trace, names, trace._order())
        return trace

    def backward(self, d_h, trace, d_h_last=None, d_c_last=None):
        """Run back through the sequence; arguments, result and errors are those of `lstm_backward`.

        Returns
        -------
        LSTMGradients
        """
        gradients = lstm_backward(d_h, trace, d_h_last, d_c_last)
        if self.backpassdebug:
            names = ("d_h", "d_o", "d_a_o", "d_c", "d_g", "d_a_g", "d_f", "d_a_f", "d_i", "d_a_i")
            names += ("d_h_prev", "d_c_prev")
            _log_steps("LSTMCell backward", gradients, names, reversed(list(trace._order())))
            _log("LSTMCell backward, all steps", {"d_W": gradients.W, "d_b": gradients.b, "d_x": gradients.x})
        return gradients


@dataclass(frozen=True, eq=False)
class DenseTrace:
    """What a `Dense` layer's backward pass needs.

    Attributes
    ----------
    x : ndarray (..., K)
    W : ndarray (K, N)
    y : ndarray (..., N)
    """

    x: Any
    W: Any
    y: Any


class Dense:
    """A dense layer as an object, Listing-1 of the article "LSTM Part 3".

    Parameters
    ----------
    size : int
        N, the number of outputs.
    kernel_initializer, bias_initializer : callable, optional
        From a shape to an array; zeros if not given. Used once, when the first input tells K.
    debug, backpassdebug : bool, optional
        Log every intermediate of the forward or of the backward pass.

    Attributes
    ----------
    W : ndarray (K, N) or None
    b : ndarray (N,) or None
        None until the first forward pass or `build`. Assign what an optimizer returns.

    Raises
    ------
    TypeError, ValueError
        If `size` is not a positive integer.
    """

    def __init__(self, size, *, kernel_initializer=None, bias_initializer=None, debug=False, backpassdebug=False):
        self.size = positive_integer("size", size)
        self.kernel_initializer = _initializer("kernel_initializer", kernel_initializer)
        self.bias_initializer = _initializer("bias_initializer", bias_initializer)
        self.debug, self.backpassdebug = debug, backpassdebug
        self.W = self.b = None

    def build(self, input_size):
        """Make the parameters for inputs of size K = `input_size`.

        Raises
        ------
        TypeError, ValueError
            If `input_size` is not a positive integer, or an initializer's array has another shape.
        """
        K, N = positive_integer("input_size", input_size), self.size
        self.W = _initial("kernel_initializer", self.kernel_initializer, (K, N))
        self.b = _initial("bias_initializer", self.bias_initializer, (N,))
        return self

    def forward(self, x):
        """Apply the layer; argument and errors are those of `dense`.

        Returns
        -------
        DenseTrace
            Output `.y` (..., N), dtype as of `dense`.
        """
        if self.W is None:
            self.build(floating("x", x, ("...", "K")).shape[-1])
        y = dense(x, self.W, self.b)
        trace = DenseTrace(np.array(x), self.W, y)
        if self.debug:
            _log("Dense forward", {"x": trace.x, "W": self.W, "b": self.b, "y": trace.y})
        return trace

    def backward(self, d_y, trace):
        """Gradients of the layer; errors are those of `dense_backward`.

        Parameters
        ----------
        d_y : array_like (..., N)
        trace : DenseTrace

        Returns
        -------
        DenseGradients
        """
        instance("trace", trace, DenseTrace)
        gradients = dense_backward(d_y, trace.x, trace.W)
        if self.backpassdebug:
            named = {"d_y": np.asarray(d_y), "d_W": gradients.W, "d_b": gradients.b, "d_x": gradients.x}
            _log("Dense backward", named)
        return gradients


def _initializer(name, initializer):
    if initializer is None:
        return Constant(0.0)
    if not callable(initializer):
        raise TypeError(f"{name}: expected a callable from a shape to an array, got {type(initializer).__name__}")
    return initializer


def _initial(name, initializer, shape):
    array = floating(name, initializer(shape), ("...",))
    if array.shape != shape:
        raise ValueError(f"{name}: expected an array of shape {shape}, got {array.shape}")
    return array


def _log_steps(title, tape, names, order):
    for t in order:
        _log(f"{title}, step {t + 1}", {name: getattr(tape, name)[:, t] for name in names})


def _log(title, arrays):
    """Log one block: name, shape and values of each array, in aligned columns."""
    name_width = max(map(len, arrays))
    shapes = {name: " x ".join(map(str, array.shape)) for name, array in arrays.items()}
    shape_width = max(map(len, shapes.values()))
    lines = [title]
    for name, array in arrays.items():
        head = f"  {name:<{name_width}}  {shapes[name]:<{shape_width}}  "
        values = np.array2string(array, precision=6, threshold=60, max_line_width=120 - len(head))
        lines.append(head + values.replace("\n", "\n" + " " * len(head)))
    logger.info("\n".join(lines))
