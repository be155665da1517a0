"""The tapes of a layer-normalised LSTM: what one step, and a sequence of steps, keep and give back."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from lstmderiv._steps import outputs
from lstmderiv.types import Array, Computed

if TYPE_CHECKING:
    from lstmderiv.layer_norm_lstm_cell import LayerNormLSTMParameters

__all__ = [
    "LayerNormLSTMCellGradients",
    "LayerNormLSTMCellTrace",
    "LayerNormLSTMGradients",
    "LayerNormLSTMTrace",
]


@dataclass(frozen=True, eq=False)
class LayerNormLSTMCellTrace:
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


@dataclass(frozen=True, eq=False)
class LayerNormLSTMCellGradients:
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
    """

    x: Array
    h: Array
    c: Array
    W: Array
    gain: Array
    shift: Array
    d_h: Array
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


@dataclass(frozen=True, eq=False)
class LayerNormLSTMTrace:
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
    x: Array
    h0: Array
    c0: Array
    h_last: Array
    c_last: Array
    parameters: "LayerNormLSTMParameters"
    active: Array | None
    reverse: bool

    h: ClassVar[Computed[Array]] = outputs("h")
    c: ClassVar[Computed[Array]] = outputs("c")


@dataclass(frozen=True, eq=False)
class LayerNormLSTMGradients:
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

    x: Array
    h0: Array
    c0: Array
    W: Array
    gain: Array
    shift: Array
    steps: tuple[LayerNormLSTMCellGradients, ...]
