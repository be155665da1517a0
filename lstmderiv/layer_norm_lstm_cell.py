"""One step of a layer-normalised LSTM, forward and backward: the literal derivation, a line an equation.

As `lstmderiv.lstm_cell`, but five rows are normalised on their way: the weighted sums of the four gates before their
activation, and the new cell state. A gain and a shift of each place take over from the biases.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lstmderiv._cell import bias, first_tape, gradient_of, last_tape, written
from lstmderiv._parameters import Parameters
from lstmderiv.activations import sigmoid
from lstmderiv.checks import ArgumentError, floating, instance, real_scalar
from lstmderiv.layer_norm import positive_epsilon, row_mean
from lstmderiv.sequence import (
    SequenceGradients,
    SequenceTrace,
    checked_sequence,
    run_cell,
    run_cell_backward,
    state_over_time,
)
from lstmderiv.tape import Tape, Trace
from lstmderiv.types import Array, ArrayLike, Computed, Real

__all__ = [
    "LayerNormLSTMCellGradients",
    "LayerNormLSTMCellTrace",
    "LayerNormLSTMGradients",
    "LayerNormLSTMParameters",
    "LayerNormLSTMTrace",
    "layer_norm_lstm",
    "layer_norm_lstm_backward",
    "layer_norm_lstm_cell",
    "layer_norm_lstm_cell_backward",
    "layer_norm_lstm_cell_step",
    "layer_norm_lstm_cell_step_backward",
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


class _LayerNormLSTMValues(Trace):
    _lines: ClassVar[str] = "lstmderiv.layer_norm_lstm_cell:layer_norm_lstm_cell_step"
    _shapes: ClassVar[Mapping[str, tuple[str, ...]]] = Trace._shapes | {
        f"root_{place}": ("B", "1") for place in "figoc"
    }

    x: Array
    h_prev: Array
    c_prev: Array
    z: Array
    s_f: Array
    s_i: Array
    s_g: Array
    s_o: Array
    n_f: Array
    n_i: Array
    n_g: Array
    n_o: Array
    root_f: Array
    root_i: Array
    root_g: Array
    root_o: Array
    a_f: Array
    a_i: Array
    a_g: Array
    a_o: Array
    f: Array
    i: Array
    g: Array
    o: Array
    s_c: Array
    n_c: Array
    root_c: Array
    c: Array
    tanh_c: Array
    h: Array


class LayerNormLSTMCellTrace(_LayerNormLSTMValues):
    """Every intermediate of one forward step: the tape that the backward step reads. Inputs are copied onto it.

    Attributes
    ----------
    x : ndarray (B, D)
        Input.
    h_prev, c_prev : ndarray (B, H)
        Hidden and cell state of the step before.
    z : ndarray (B, D + H)
        [x, h_prev].
    s_f, s_i, s_g, s_o : ndarray (B, H)
        Weighted sums of `z`, not yet normalised.
    n_f, n_i, n_g, n_o : ndarray (B, H)
        The same, normalised.
    root_f, root_i, root_g, root_o : ndarray (B, 1)
        What their rows were divided by.
    a_f, a_i, a_g, a_o : ndarray (B, H)
        Pre-activations, with gain and shift; `a_f` includes the forget bias.
    f, i, g, o : ndarray (B, H)
        Forget gate, input gate, candidate, output gate.
    s_c, n_c, root_c : ndarray (B, H), (B, H), (B, 1)
        The sum that the plain cell would hand on, the same normalised, and what it was divided by.
    c, tanh_c, h : ndarray (B, H)
        New cell state, which is normalised, its tanh, new hidden state.
    """


class _LayerNormLSTMGradientValues(Trace):
    _lines: ClassVar[str] = "lstmderiv.layer_norm_lstm_cell:layer_norm_lstm_cell_step_backward"

    d_h: Array
    d_c_next: Array
    d_c: Array
    d_tanh_c: Array
    d_n_c: Array
    d_s_c: Array
    d_f: Array
    d_i: Array
    d_g: Array
    d_o: Array
    d_a_f: Array
    d_a_i: Array
    d_a_g: Array
    d_a_o: Array
    d_n_f: Array
    d_n_i: Array
    d_n_g: Array
    d_n_o: Array
    d_s_f: Array
    d_s_i: Array
    d_s_g: Array
    d_s_o: Array
    d_z: Array
    d_x: Array
    d_h_prev: Array
    d_c_prev: Array


class LayerNormLSTMCellGradients(_LayerNormLSTMGradientValues):
    """Gradients of one backward step: those of the arguments, and every intermediate one.

    Attributes
    ----------
    x : ndarray (B, D)
        With respect to the input.
    h, c : ndarray (B, H)
        With respect to the states that came in, h_prev and c_prev: what the step before receives.
    W : ndarray (4H, D + H)
    gain, shift : ndarray (5, H)
    d_h : ndarray (B, H)
        With respect to the new hidden state, as given.
    d_c_next : ndarray (B, H)
        What the next step handed back for the new cell state, as given.
    d_c : ndarray (B, H)
        With respect to the new, normalised cell state, through both paths: its own hidden state and the next step.
    d_tanh_c, d_n_c, d_s_c : ndarray (B, H)
        With respect to tanh(c), and to the cell state before gain and shift and before its normalisation.
    d_f, d_i, d_g, d_o : ndarray (B, H)
        With respect to the gate values.
    d_a_f, d_a_i, d_a_g, d_a_o : ndarray (B, H)
        With respect to the pre-activations.
    d_n_f, d_n_i, d_n_g, d_n_o : ndarray (B, H)
        With respect to the normalised sums.
    d_s_f, d_s_i, d_s_g, d_s_o : ndarray (B, H)
        With respect to the weighted sums.
    d_z : ndarray (B, D + H)
        With respect to [x, h_prev].
    d_x : ndarray (B, D)
    d_h_prev, d_c_prev : ndarray (B, H)
        The same as `.x`, `.h` and `.c`, under the names of the page.
    d_W_f, d_W_i, d_W_g, d_W_o : ndarray (H, D + H)
    d_gain_f, d_gain_i, d_gain_g, d_gain_o, d_gain_c : ndarray (H,)
    d_shift_f, d_shift_i, d_shift_g, d_shift_o, d_shift_c : ndarray (H,)
        With respect to the places' own weights, gains and shifts.
    d_W, d_gain, d_shift
        The gradients of the parameters once more, under the names of the page.
    """

    d_gain_f: Array
    d_gain_i: Array
    d_gain_g: Array
    d_gain_o: Array
    d_gain_c: Array
    d_shift_f: Array
    d_shift_i: Array
    d_shift_g: Array
    d_shift_o: Array
    d_shift_c: Array
    d_W_f: Array
    d_W_i: Array
    d_W_g: Array
    d_W_o: Array
    d_W: Array
    d_gain: Array
    d_shift: Array

    x: ClassVar[Computed[Array]] = gradient_of("x", "d_x")
    h: ClassVar[Computed[Array]] = gradient_of("h", "d_h_prev")
    c: ClassVar[Computed[Array]] = gradient_of("c", "d_c_prev")
    W: ClassVar[Computed[Array]] = gradient_of("W", "d_W")
    gain: ClassVar[Computed[Array]] = gradient_of("gain", "d_gain")
    shift: ClassVar[Computed[Array]] = gradient_of("shift", "d_shift")


class LayerNormLSTMTrace(_LayerNormLSTMValues, SequenceTrace):
    """Every intermediate of a forward pass over a sequence: the tape that the backward pass reads.

    Attributes
    ----------
    steps : tuple of LayerNormLSTMCellTrace
        The steps in the order of time. At a padded step `.h` and `.c` are the states handed on.
    x : ndarray (B, T, D)
    h0, c0, h_last, c_last : ndarray (B, H)
        States before the first and after the last step of each row.
    parameters : LayerNormLSTMParameters
    active : ndarray of bool (T, B, 1), or None
        False at the padded steps of a row, where its states are handed on unchanged. None: no step is padded.
    reverse : bool
    h, c : ndarray (B, T, H)
        States after each step, zero at padded steps.
    """

    steps: tuple[LayerNormLSTMCellTrace, ...]
    parameters: LayerNormLSTMParameters
    c0: Array
    c_last: Array

    _step: ClassVar[type[Trace]] = LayerNormLSTMCellTrace
    h: ClassVar[Computed[Array]] = state_over_time("h")  # type: ignore[misc]
    c: ClassVar[Computed[Array]] = state_over_time("c")  # type: ignore[misc]


class LayerNormLSTMGradients(_LayerNormLSTMGradientValues, SequenceGradients):
    """Gradients of a backward pass over a sequence: those of the arguments, and every step's.

    Attributes
    ----------
    x : ndarray (B, T, D)
    h0, c0 : ndarray (B, H)
    W : ndarray (4H, D + H)
    gain, shift : ndarray (5, H)
    steps : tuple of LayerNormLSTMCellGradients
        The steps in the order of time. At a padded step `.h` and `.c` are what was handed on, all else is zero.
    """

    steps: tuple[LayerNormLSTMCellGradients, ...]
    c0: Array
    W: Array
    gain: Array
    shift: Array

    _step: ClassVar[type[Trace]] = LayerNormLSTMCellGradients


def layer_norm_lstm_cell_step(
    t: Tape, w: LayerNormLSTMParameters, forget_bias: Real = 0.0, epsilon: Real = 1e-12
) -> None:
    """One step, :eq:`eq:layer-norm-lstm-cell-s-f` to :eq:`eq:layer-norm-lstm-cell-h`.

    Parameters
    ----------
    t : Tape
        Reads x (B, D), h_prev and c_prev (B, H); writes the other values of `LayerNormLSTMCellTrace`.
    w : LayerNormLSTMParameters
    forget_bias, epsilon : float, optional
    """
    t.z = np.concatenate([t.x, t.h_prev], axis=-1)
    t.s_f = t.z @ w.W_f.T
    t.s_i = t.z @ w.W_i.T
    t.s_g = t.z @ w.W_g.T
    t.s_o = t.z @ w.W_o.T
    t.n_f, t.root_f = _normalised(t.s_f, epsilon)
    t.n_i, t.root_i = _normalised(t.s_i, epsilon)
    t.n_g, t.root_g = _normalised(t.s_g, epsilon)
    t.n_o, t.root_o = _normalised(t.s_o, epsilon)
    t.a_f = t.n_f * w.gain_f + w.shift_f + forget_bias
    t.a_i = t.n_i * w.gain_i + w.shift_i
    t.a_g = t.n_g * w.gain_g + w.shift_g
    t.a_o = t.n_o * w.gain_o + w.shift_o
    t.f = sigmoid(t.a_f)
    t.i = sigmoid(t.a_i)
    t.g = np.tanh(t.a_g)
    t.o = sigmoid(t.a_o)
    t.s_c = t.f * t.c_prev + t.i * t.g
    t.n_c, t.root_c = _normalised(t.s_c, epsilon)
    t.c = t.n_c * w.gain_c + w.shift_c
    t.tanh_c = np.tanh(t.c)
    t.h = t.o * t.tanh_c


def layer_norm_lstm_cell_step_backward(t: Tape, w: LayerNormLSTMParameters) -> None:
    """Backward through one step, :eq:`eq:layer-norm-lstm-cell-d-n-c` to :eq:`eq:layer-norm-lstm-cell-d-c-prev`.

    Parameters
    ----------
    t : Tape
        What `layer_norm_lstm_cell_step` left, d_h and d_c_next (B, H); writes the other values of
        `LayerNormLSTMCellGradients`.
    w : LayerNormLSTMParameters
    """
    D = w.input_size
    t.d_o = t.d_h * t.tanh_c
    t.d_tanh_c = t.d_h * t.o
    t.d_c = t.d_tanh_c * (1 - t.tanh_c * t.tanh_c) + t.d_c_next
    t.d_n_c = t.d_c * w.gain_c
    t.d_s_c = (t.d_n_c - row_mean(t.d_n_c) - t.n_c * row_mean(t.d_n_c * t.n_c)) / t.root_c
    t.d_f = t.d_s_c * t.c_prev
    t.d_i = t.d_s_c * t.g
    t.d_g = t.d_s_c * t.i
    t.d_c_prev = t.d_s_c * t.f
    t.d_a_f = t.d_f * t.f * (1 - t.f)
    t.d_a_i = t.d_i * t.i * (1 - t.i)
    t.d_a_g = t.d_g * (1 - t.g * t.g)
    t.d_a_o = t.d_o * t.o * (1 - t.o)
    t.d_n_f = t.d_a_f * w.gain_f
    t.d_n_i = t.d_a_i * w.gain_i
    t.d_n_g = t.d_a_g * w.gain_g
    t.d_n_o = t.d_a_o * w.gain_o
    t.d_s_f = (t.d_n_f - row_mean(t.d_n_f) - t.n_f * row_mean(t.d_n_f * t.n_f)) / t.root_f
    t.d_s_i = (t.d_n_i - row_mean(t.d_n_i) - t.n_i * row_mean(t.d_n_i * t.n_i)) / t.root_i
    t.d_s_g = (t.d_n_g - row_mean(t.d_n_g) - t.n_g * row_mean(t.d_n_g * t.n_g)) / t.root_g
    t.d_s_o = (t.d_n_o - row_mean(t.d_n_o) - t.n_o * row_mean(t.d_n_o * t.n_o)) / t.root_o
    t.d_gain_f = (t.d_a_f * t.n_f).sum(axis=0)
    t.d_gain_i = (t.d_a_i * t.n_i).sum(axis=0)
    t.d_gain_g = (t.d_a_g * t.n_g).sum(axis=0)
    t.d_gain_o = (t.d_a_o * t.n_o).sum(axis=0)
    t.d_gain_c = (t.d_c * t.n_c).sum(axis=0)
    t.d_shift_f = t.d_a_f.sum(axis=0)
    t.d_shift_i = t.d_a_i.sum(axis=0)
    t.d_shift_g = t.d_a_g.sum(axis=0)
    t.d_shift_o = t.d_a_o.sum(axis=0)
    t.d_shift_c = t.d_c.sum(axis=0)
    t.d_W_f = t.d_s_f.T @ t.z
    t.d_W_i = t.d_s_i.T @ t.z
    t.d_W_g = t.d_s_g.T @ t.z
    t.d_W_o = t.d_s_o.T @ t.z
    t.d_z = t.d_s_f @ w.W_f + t.d_s_i @ w.W_i + t.d_s_g @ w.W_g + t.d_s_o @ w.W_o
    t.d_x = t.d_z[:, :D]
    t.d_h_prev = t.d_z[:, D:]
    t.d_W = np.concatenate([t.d_W_f, t.d_W_i, t.d_W_g, t.d_W_o])
    t.d_gain = np.stack([t.d_gain_f, t.d_gain_i, t.d_gain_g, t.d_gain_o, t.d_gain_c])
    t.d_shift = np.stack([t.d_shift_f, t.d_shift_i, t.d_shift_g, t.d_shift_o, t.d_shift_c])


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
    t = first_tape(LayerNormLSTMParameters, parameters, x, h=h, c=c)
    epsilon = positive_epsilon(epsilon, np.result_type(*t.values(), *parameters.arrays().values()))
    layer_norm_lstm_cell_step(t, parameters, bias(forget_bias, t, parameters), epsilon)
    return LayerNormLSTMCellTrace(t)


def layer_norm_lstm_cell_backward(
    d_h: ArrayLike, d_c_next: ArrayLike, trace: LayerNormLSTMCellTrace, parameters: LayerNormLSTMParameters
) -> LayerNormLSTMCellGradients:
    """Backward through one step, :eq:`eq:layer-norm-lstm-cell-d-n-c` to :eq:`eq:layer-norm-lstm-cell-d-c-prev`.

    Parameters
    ----------
    d_h : array_like (B, H)
        Gradient of the loss with respect to the new hidden state: everything that reads it, the next step included.
    d_c_next : array_like (B, H)
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
        If shapes do not fit, or `d_h` or `d_c_next` holds NaN or infinities.

    Notes
    -----
    Source: TensorFlow differentiates its cell by itself; the derivation is this book's.
    """
    t = last_tape(LayerNormLSTMParameters, parameters, LayerNormLSTMCellTrace, trace, d_h=d_h, d_c_next=d_c_next)
    layer_norm_lstm_cell_step_backward(t, parameters)
    return written(LayerNormLSTMCellGradients, t, trace)


def layer_norm_lstm(
    x: ArrayLike,
    parameters: LayerNormLSTMParameters,
    h0: ArrayLike | None = None,
    c0: ArrayLike | None = None,
    *,
    forget_bias: Real = 0.0,
    epsilon: Real = 1e-12,
    lengths: ArrayLike | None = None,
    reverse: bool = False,
) -> LayerNormLSTMTrace:
    """Layer-normalised LSTM over a sequence: `layer_norm_lstm_cell`, step after step.

    Parameters
    ----------
    x : array_like (B, T, D)
        Inputs. B and T may be 0; with T = 0 the last states are the initial ones.
    parameters : LayerNormLSTMParameters
        W (4H, D + H), gain and shift (5, H).
    h0, c0 : array_like (B, H), optional
        Initial states; zeros if not given.
    forget_bias, epsilon : float, optional
        As for `layer_norm_lstm_cell`.
    lengths : array_like of integers (B,), optional
        Steps of each row, 0..T. Later steps are padding: outputs there are zero and the states are handed on. What
        the input holds there has no influence, but must be finite.
    reverse : bool, optional
        Run from each row's own last step to its first. Outputs stay aligned in time with the inputs.

    Returns
    -------
    LayerNormLSTMTrace
        Outputs `.h` (B, T, H), last states `.h_last` and `.c_last` (B, H), and the trace of every step. Dtype: NumPy's
        promotion of all arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, a length is out of range, an argument holds NaN or infinities, or `epsilon` is not
        positive in the dtype.

    Notes
    -----
    Source: TensorFlow 1, `tf.contrib.rnn.LayerNormBasicLSTMCell`, unrolled.
    """
    instance("parameters", parameters, LayerNormLSTMParameters)
    x, states = checked_sequence(x, parameters, h0=h0, c0=c0)
    forget_bias = real_scalar("forget_bias", forget_bias, dtype=x.dtype)
    epsilon = positive_epsilon(epsilon, x.dtype)

    def step(t):
        layer_norm_lstm_cell_step(t, parameters, forget_bias, epsilon)

    return run_cell(LayerNormLSTMTrace, step, x, states, parameters, lengths, reverse)


def layer_norm_lstm_backward(
    d_h: ArrayLike | None,
    trace: LayerNormLSTMTrace,
    d_h_last: ArrayLike | None = None,
    d_c_last: ArrayLike | None = None,
) -> LayerNormLSTMGradients:
    """Back-propagation through time: `layer_norm_lstm_cell_backward`, from the last step that ran to the first.

    Parameters
    ----------
    d_h : array_like (B, T, H), or None
        Gradient of the loss with respect to the outputs, step by step; None for zero. Padded steps are ignored.
    trace : LayerNormLSTMTrace
        What `layer_norm_lstm` returned.
    d_h_last, d_c_last : array_like (B, H), optional
        Gradients with respect to the last states, in addition to `d_h`; zero if not given.

    Returns
    -------
    LayerNormLSTMGradients
        `.x`, `.h0`, `.c0`, `.W`, `.gain`, `.shift` for the arguments of `layer_norm_lstm`, and every step's gradients.
        Dtype: NumPy's promotion of all arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, or an argument holds NaN or infinities.

    Notes
    -----
    Source: Werbos (1990) for the recursion.
    """
    instance("trace", trace, LayerNormLSTMTrace)

    def step_backward(t):
        layer_norm_lstm_cell_step_backward(t, trace.parameters)

    return run_cell_backward(LayerNormLSTMGradients, step_backward, trace, d_h, {"h": d_h_last, "c": d_c_last})


def _normalised(s, epsilon):
    """Each row normalised, and the root that it was divided by, as in `layer_norm`."""
    deviation = s - row_mean(s)
    root = np.sqrt(row_mean(deviation * deviation) + epsilon)
    return deviation / root, root
