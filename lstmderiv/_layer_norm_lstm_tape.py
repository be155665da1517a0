"""The tapes of a layer-normalised LSTM: what one step, and a sequence of steps, keep and give back."""

from dataclasses import dataclass
from typing import Any

from lstmderiv._steps import outputs

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

    x: Any
    h_prev: Any
    c_prev: Any
    z: Any
    s_f: Any
    s_i: Any
    s_g: Any
    s_o: Any
    n_f: Any
    n_i: Any
    n_g: Any
    n_o: Any
    root_f: Any
    root_i: Any
    root_g: Any
    root_o: Any
    a_f: Any
    a_i: Any
    a_g: Any
    a_o: Any
    f: Any
    i: Any
    g: Any
    o: Any
    s_c: Any
    n_c: Any
    root_c: Any
    c: Any
    tanh_c: Any
    h: Any


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

    x: Any
    h: Any
    c: Any
    W: Any
    gain: Any
    shift: Any
    d_h: Any
    d_c: Any
    d_tanh_c: Any
    d_n_c: Any
    d_s_c: Any
    d_f: Any
    d_i: Any
    d_g: Any
    d_o: Any
    d_a_f: Any
    d_a_i: Any
    d_a_g: Any
    d_a_o: Any
    d_n_f: Any
    d_n_i: Any
    d_n_g: Any
    d_n_o: Any
    d_s_f: Any
    d_s_i: Any
    d_s_g: Any
    d_s_o: Any
    d_z: Any


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

    steps: tuple
    x: Any
    h0: Any
    c0: Any
    h_last: Any
    c_last: Any
    parameters: Any
    active: Any
    reverse: bool

    h, c = outputs("h"), outputs("c")


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

    x: Any
    h0: Any
    c0: Any
    W: Any
    gain: Any
    shift: Any
    steps: tuple
