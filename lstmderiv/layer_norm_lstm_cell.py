"""One step of a layer-normalised LSTM, forward and backward: the literal derivation, a line an equation.

As `lstmderiv.lstm_cell`, but five rows are normalised on their way: the weighted sums of the four gates before their
activation, and the new cell state. A gain and a shift of each place take over from the biases.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lstmderiv._layer_norm_lstm_tape import LayerNormLSTMCellGradients, LayerNormLSTMCellTrace
from lstmderiv._parameters import Parameters
from lstmderiv.activations import sigmoid
from lstmderiv.checks import ArgumentError, check_shape, floating, instance, real_scalar
from lstmderiv.layer_norm import positive_epsilon, row_mean
from lstmderiv.types import Array, ArrayLike, Computed, Real

__all__ = [
    "LayerNormLSTMCellGradients",
    "LayerNormLSTMCellTrace",
    "LayerNormLSTMParameters",
    "layer_norm_lstm_cell",
    "layer_norm_lstm_cell_backward",
]


@dataclass(frozen=True, eq=False)
class LayerNormLSTMParameters(Parameters):
    """Weights, gains and shifts of a layer-normalised LSTM.

    Copies of what is given: nothing that happens to the arguments later changes them. There are no biases: the shifts
    do their work, behind the normalisation.

    Parameters
    ----------
    W : array_like (4H, D + H)
        The four gates stacked in the order f, i, g, o. Columns: input first, then previous hidden state.
    gain : array_like (5, H), optional
        Rows in the order f, i, g, o, c: the four gates, then the cell state. Ones if not given.
    shift : array_like (5, H), optional
        In the same order. Zeros if not given.

    Attributes
    ----------
    hidden_size, input_size : int
        H and D.
    W_f, W_i, W_g, W_o : ndarray (H, D + H)
        The gates' blocks of `W`.
    gain_f, gain_i, gain_g, gain_o, gain_c : ndarray (H,)
        The rows of `gain`.
    shift_f, shift_i, shift_g, shift_o, shift_c : ndarray (H,)
        The rows of `shift`.

    Raises
    ------
    TypeError
        If an argument does not hold numbers.
    ValueError
        If shapes do not fit, or an argument holds NaN or infinities.

    Notes
    -----
    Source: TensorFlow 1, `tf.contrib.rnn.LayerNormBasicLSTMCell` (contrib/rnn/python/ops/rnn_cell.py), which begins
    with gains of 1 and shifts of 0 (`norm_gain`, `norm_shift`), and adds a bias only where it does not normalise.
    """

    W: Array
    gain: Array = None
    shift: Array = None

    if TYPE_CHECKING:

        def __init__(self, W: ArrayLike, gain: ArrayLike | None = None, shift: ArrayLike | None = None) -> None: ...

    def __post_init__(self) -> None:
        W = floating("W", self.W, ("4H", "D + H"))
        rows, columns = W.shape
        H = rows // 4
        if rows == 0 or rows % 4 or columns <= H:
            raise ArgumentError("W", "(4H, D + H) with H >= 1 and D >= 1", W.shape)
        gain, shift = (
            np.full((5, H), number, W.dtype) if given is None else floating(name, given, ("5", "H"), **{"5": 5, "H": H})
            for name, given, number in (("gain", self.gain, 1), ("shift", self.shift, 0))
        )
        object.__setattr__(self, "W", W.copy())
        object.__setattr__(self, "gain", gain.copy())
        object.__setattr__(self, "shift", shift.copy())

    @property
    def hidden_size(self) -> int:
        return self.W.shape[0] // 4

    @property
    def input_size(self) -> int:
        return self.W.shape[1] - self.hidden_size

    def _block(self, k):
        return self.W[k * self.hidden_size : (k + 1) * self.hidden_size]

    W_f: ClassVar[Computed[Array]] = Computed(lambda self: self._block(0))
    W_i: ClassVar[Computed[Array]] = Computed(lambda self: self._block(1))
    W_g: ClassVar[Computed[Array]] = Computed(lambda self: self._block(2))
    W_o: ClassVar[Computed[Array]] = Computed(lambda self: self._block(3))
    gain_f: ClassVar[Computed[Array]] = Computed(lambda self: self.gain[0])
    gain_i: ClassVar[Computed[Array]] = Computed(lambda self: self.gain[1])
    gain_g: ClassVar[Computed[Array]] = Computed(lambda self: self.gain[2])
    gain_o: ClassVar[Computed[Array]] = Computed(lambda self: self.gain[3])
    gain_c: ClassVar[Computed[Array]] = Computed(lambda self: self.gain[4])
    shift_f: ClassVar[Computed[Array]] = Computed(lambda self: self.shift[0])
    shift_i: ClassVar[Computed[Array]] = Computed(lambda self: self.shift[1])
    shift_g: ClassVar[Computed[Array]] = Computed(lambda self: self.shift[2])
    shift_o: ClassVar[Computed[Array]] = Computed(lambda self: self.shift[3])
    shift_c: ClassVar[Computed[Array]] = Computed(lambda self: self.shift[4])


def layer_norm_lstm_cell(
    x: ArrayLike,
    h: ArrayLike,
    c: ArrayLike,
    parameters: LayerNormLSTMParameters,
    *,
    forget_bias: Real = 0.0,
    epsilon: Real = 1e-12,
) -> LayerNormLSTMCellTrace:
    """One step of a layer-normalised LSTM, :eq:`eq:layer-norm-lstm-cell-s-f` to :eq:`eq:layer-norm-lstm-cell-h`.

    Parameters
    ----------
    x : array_like (B, D)
        Input. B may be 0.
    h, c : array_like (B, H)
        Hidden and cell state of the step before. The cell state that is handed on is the normalised one.
    parameters : LayerNormLSTMParameters
        W (4H, D + H), gain and shift (5, H).
    forget_bias : float, optional
        Added to the forget gate's pre-activation, behind the normalisation. TensorFlow's default is 1.0.
    epsilon : float, optional
        Added to each variance below the root. More than 0.

    Returns
    -------
    LayerNormLSTMCellTrace
        Every intermediate; the new states are `.h` and `.c`. Dtype: NumPy's promotion of all arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, an argument holds NaN or infinities, or `epsilon` is not positive in the dtype.

    Notes
    -----
    Source: TensorFlow 1, `tf.contrib.rnn.LayerNormBasicLSTMCell`, without its recurrent dropout; Ba, Kiros and Hinton
    (2016), whose own LSTM normalises the products with x and h apart, and hands on the cell state as it was before.
    """
    instance("parameters", parameters, LayerNormLSTMParameters)
    x = floating("x", x, ("B", "D"), D=parameters.input_size)
    states = {"B": x.shape[0], "H": parameters.hidden_size}
    h_prev = floating("h", h, ("B", "H"), **states)
    c_prev = floating("c", c, ("B", "H"), **states)
    dtype = np.result_type(x, h_prev, c_prev, parameters.W, parameters.gain, parameters.shift)
    forget_bias = real_scalar("forget_bias", forget_bias, dtype=dtype)
    epsilon = positive_epsilon(epsilon, dtype)
    W_f, W_i, W_g, W_o = parameters.W_f, parameters.W_i, parameters.W_g, parameters.W_o
    gain_f, gain_i, gain_g, gain_o, gain_c = parameters.gain
    shift_f, shift_i, shift_g, shift_o, shift_c = parameters.shift

    z = np.concatenate([x, h_prev], axis=-1)
    s_f = z @ W_f.T
    s_i = z @ W_i.T
    s_g = z @ W_g.T
    s_o = z @ W_o.T
    n_f, root_f = _normalised(s_f, epsilon)
    n_i, root_i = _normalised(s_i, epsilon)
    n_g, root_g = _normalised(s_g, epsilon)
    n_o, root_o = _normalised(s_o, epsilon)
    a_f = n_f * gain_f + shift_f + forget_bias
    a_i = n_i * gain_i + shift_i
    a_g = n_g * gain_g + shift_g
    a_o = n_o * gain_o + shift_o
    f = sigmoid(a_f)
    i = sigmoid(a_i)
    g = np.tanh(a_g)
    o = sigmoid(a_o)
    s_c = f * c_prev + i * g
    n_c, root_c = _normalised(s_c, epsilon)
    c = n_c * gain_c + shift_c
    tanh_c = np.tanh(c)
    h = o * tanh_c
    return LayerNormLSTMCellTrace(
        x=x.copy(), h_prev=h_prev.copy(), c_prev=c_prev.copy(), z=z,
        s_f=s_f, s_i=s_i, s_g=s_g, s_o=s_o, n_f=n_f, n_i=n_i, n_g=n_g, n_o=n_o,
        root_f=root_f, root_i=root_i, root_g=root_g, root_o=root_o, a_f=a_f, a_i=a_i, a_g=a_g, a_o=a_o,
        f=f, i=i, g=g, o=o, s_c=s_c, n_c=n_c, root_c=root_c, c=c, tanh_c=tanh_c, h=h,
    )  # fmt: skip


def layer_norm_lstm_cell_backward(
    d_h: ArrayLike, d_c: ArrayLike, trace: LayerNormLSTMCellTrace, parameters: LayerNormLSTMParameters
) -> LayerNormLSTMCellGradients:
    """Backward through one step, :eq:`eq:layer-norm-lstm-cell-d-n-c` to :eq:`eq:layer-norm-lstm-cell-d-c-prev`.

    Parameters
    ----------
    d_h : array_like (B, H)
        Gradient of the loss with respect to the new hidden state: everything that reads it, the next step included.
    d_c : array_like (B, H)
        What the next step hands back for the new, normalised cell state; zero at the last step.
    trace : LayerNormLSTMCellTrace
        What `layer_norm_lstm_cell` returned.
    parameters : LayerNormLSTMParameters
        The parameters it was given.

    Returns
    -------
    LayerNormLSTMCellGradients
        `.x`, `.h`, `.c`, `.W`, `.gain`, `.shift` for the arguments of `layer_norm_lstm_cell`, and every intermediate
        gradient by name. Dtype: NumPy's promotion of all arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, or `d_h` or `d_c` holds NaN or infinities.

    Notes
    -----
    Source: TensorFlow differentiates its cell by itself; the derivation is this book's.
    """
    instance("parameters", parameters, LayerNormLSTMParameters)
    instance("trace", trace, LayerNormLSTMCellTrace)
    D, H = parameters.input_size, parameters.hidden_size
    z = floating("trace.z", trace.z, ("B", "D + H"), finite=False, **{"D + H": D + H})
    states = {"B": z.shape[0], "H": H, "1": 1}
    for name in ("c_prev", "n_f", "n_i", "n_g", "n_o", "n_c", "f", "i", "g", "o", "tanh_c"):
        check_shape(f"trace.{name}", np.shape(getattr(trace, name)), ("B", "H"), states)
    for name in ("root_f", "root_i", "root_g", "root_o", "root_c"):
        check_shape(f"trace.{name}", np.shape(getattr(trace, name)), ("B", "1"), states)
    d_h = floating("d_h", d_h, ("B", "H"), B=z.shape[0], H=H)
    d_c = floating("d_c", d_c, ("B", "H"), B=z.shape[0], H=H)
    c_prev, f, i, g, o, tanh_c = trace.c_prev, trace.f, trace.i, trace.g, trace.o, trace.tanh_c
    n_f, n_i, n_g, n_o, n_c = trace.n_f, trace.n_i, trace.n_g, trace.n_o, trace.n_c
    root_f, root_i, root_g, root_o, root_c = trace.root_f, trace.root_i, trace.root_g, trace.root_o, trace.root_c
    W_f, W_i, W_g, W_o = parameters.W_f, parameters.W_i, parameters.W_g, parameters.W_o
    gain_f, gain_i, gain_g, gain_o, gain_c = parameters.gain

    d_o = d_h * tanh_c
    d_tanh_c = d_h * o
    d_c_total = d_tanh_c * (1 - tanh_c * tanh_c) + d_c
    d_n_c = d_c_total * gain_c
    d_s_c = (d_n_c - row_mean(d_n_c) - n_c * row_mean(d_n_c * n_c)) / root_c
    d_f = d_s_c * c_prev
    d_i = d_s_c * g
    d_g = d_s_c * i
    d_c_prev = d_s_c * f
    d_a_f = d_f * f * (1 - f)
    d_a_i = d_i * i * (1 - i)
    d_a_g = d_g * (1 - g * g)
    d_a_o = d_o * o * (1 - o)
    d_n_f = d_a_f * gain_f
    d_n_i = d_a_i * gain_i
    d_n_g = d_a_g * gain_g
    d_n_o = d_a_o * gain_o
    d_s_f = (d_n_f - row_mean(d_n_f) - n_f * row_mean(d_n_f * n_f)) / root_f
    d_s_i = (d_n_i - row_mean(d_n_i) - n_i * row_mean(d_n_i * n_i)) / root_i
    d_s_g = (d_n_g - row_mean(d_n_g) - n_g * row_mean(d_n_g * n_g)) / root_g
    d_s_o = (d_n_o - row_mean(d_n_o) - n_o * row_mean(d_n_o * n_o)) / root_o
    d_gain_f = (d_a_f * n_f).sum(axis=0)
    d_gain_i = (d_a_i * n_i).sum(axis=0)
    d_gain_g = (d_a_g * n_g).sum(axis=0)
    d_gain_o = (d_a_o * n_o).sum(axis=0)
    d_gain_c = (d_c_total * n_c).sum(axis=0)
    d_shift_f = d_a_f.sum(axis=0)
    d_shift_i = d_a_i.sum(axis=0)
    d_shift_g = d_a_g.sum(axis=0)
    d_shift_o = d_a_o.sum(axis=0)
    d_shift_c = d_c_total.sum(axis=0)
    d_W_f = d_s_f.T @ z
    d_W_i = d_s_i.T @ z
    d_W_g = d_s_g.T @ z
    d_W_o = d_s_o.T @ z
    d_z = d_s_f @ W_f + d_s_i @ W_i + d_s_g @ W_g + d_s_o @ W_o
    d_x = d_z[:, :D]
    d_h_prev = d_z[:, D:]
    return LayerNormLSTMCellGradients(
        x=d_x, h=d_h_prev, c=d_c_prev, W=np.concatenate([d_W_f, d_W_i, d_W_g, d_W_o]),
        gain=np.stack([d_gain_f, d_gain_i, d_gain_g, d_gain_o, d_gain_c]),
        shift=np.stack([d_shift_f, d_shift_i, d_shift_g, d_shift_o, d_shift_c]),
        d_h=d_h.copy(), d_c=d_c_total, d_tanh_c=d_tanh_c, d_n_c=d_n_c, d_s_c=d_s_c,
        d_f=d_f, d_i=d_i, d_g=d_g, d_o=d_o, d_a_f=d_a_f, d_a_i=d_a_i, d_a_g=d_a_g, d_a_o=d_a_o,
        d_n_f=d_n_f, d_n_i=d_n_i, d_n_g=d_n_g, d_n_o=d_n_o, d_s_f=d_s_f, d_s_i=d_s_i, d_s_g=d_s_g, d_s_o=d_s_o,
        d_z=d_z,
    )  # fmt: skip


def _normalised(s, epsilon):
    """Each row normalised, and the root that it was divided by, as in `layer_norm`."""
    deviation = s - row_mean(s)
    root = np.sqrt(row_mean(deviation * deviation) + epsilon)
    return deviation / root, root
