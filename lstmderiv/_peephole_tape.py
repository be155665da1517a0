"""The parameters and the tape of an LSTM with peephole connections, for one step and for a sequence."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from lstmderiv._parameters import Parameters
from lstmderiv._steps import outputs, stacked
from lstmderiv.checks import floating
from lstmderiv.lstm_cell import LSTMParameters
from lstmderiv.types import Array, ArrayLike, Computed

__all__ = [
    "PeepholeCellGradients",
    "PeepholeCellTrace",
    "PeepholeGradients",
    "PeepholeParameters",
    "PeepholeTrace",
]


@dataclass(frozen=True, eq=False)
class PeepholeParameters(Parameters):
    """Weights and biases of an LSTM layer with peephole connections.

    Copies of what is given: nothing that happens to the arguments later changes them.

    Parameters
    ----------
    W : array_like (4H, D + H)
        The gates' blocks stacked in the order f, i, g, o. Columns: input first, then previous hidden state.
    b : array_like (4H,)
        One bias for each row of `W`.
    p_f, p_i : array_like (H,)
        Peephole weights: how forget gate and input gate read the previous cell state, each unit its own entry.
    p_o : array_like (H,)
        Peephole weights: how the output gate reads the new cell state.

    Attributes
    ----------
    hidden_size, input_size : int
        H and D.
    W_f, W_i, W_g, W_o : ndarray (H, D + H)
        The gates' blocks of `W`.
    b_f, b_i, b_g, b_o : ndarray (H,)
        The gates' blocks of `b`.

    Raises
    ------
    TypeError
        If an argument does not hold numbers.
    ValueError
        If shapes do not fit, or an argument holds NaN or infinities.

    Notes
    -----
    The candidate has no peephole. Source: Gers and Schmidhuber (2000).
    """

    W: Array
    b: Array
    p_f: Array
    p_i: Array
    p_o: Array

    if TYPE_CHECKING:

        def __init__(self, W: ArrayLike, b: ArrayLike, p_f: ArrayLike, p_i: ArrayLike, p_o: ArrayLike) -> None: ...

    def __post_init__(self) -> None:
        plain = LSTMParameters(self.W, self.b)
        object.__setattr__(self, "W", plain.W)
        object.__setattr__(self, "b", plain.b)
        for name in ("p_f", "p_i", "p_o"):
            weights = floating(name, getattr(self, name), ("H",), H=plain.hidden_size)
            object.__setattr__(self, name, weights.copy())

    @property
    def hidden_size(self) -> int:
        return self.W.shape[0] // 4

    @property
    def input_size(self) -> int:
        return self.W.shape[1] - self.hidden_size

    _block = LSTMParameters._block
    W_f: ClassVar[Computed[Array]] = LSTMParameters.W_f
    W_i: ClassVar[Computed[Array]] = LSTMParameters.W_i
    W_g: ClassVar[Computed[Array]] = LSTMParameters.W_g
    W_o: ClassVar[Computed[Array]] = LSTMParameters.W_o
    b_f: ClassVar[Computed[Array]] = LSTMParameters.b_f
    b_i: ClassVar[Computed[Array]] = LSTMParameters.b_i
    b_g: ClassVar[Computed[Array]] = LSTMParameters.b_g
    b_o: ClassVar[Computed[Array]] = LSTMParameters.b_o


@dataclass(frozen=True, eq=False)
class PeepholeCellTrace:
    """Every intermediate of one forward step: the tape that the backward step reads. Inputs are copied onto it.

    Attributes
    ----------
    x : ndarray (B, D)
        Input.
    h_prev, c_prev : ndarray (B, H)
        Hidden and cell state of the step before.
    z : ndarray (B, D + H)
        [x, h_prev].
    a_f, a_i, a_g, a_o : ndarray (B, H)
        Pre-activations, peepholes included; `a_f` includes the forget bias too.
    f, i, g, o : ndarray (B, H)
        Forget gate, input gate, candidate, output gate.
    c, tanh_c, h : ndarray (B, H)
        New cell state, its tanh, new hidden state.
    """

    x: Array
    h_prev: Array
    c_prev: Array
    z: Array
    a_f: Array
    a_i: Array
    a_g: Array
    a_o: Array
    f: Array
    i: Array
    g: Array
    o: Array
    c: Array
    tanh_c: Array
    h: Array


@dataclass(frozen=True, eq=False)
class PeepholeCellGradients:
    """Gradients of one backward step: those of the arguments, and every intermediate one.

    Attributes
    ----------
    x : ndarray (B, D)
        With respect to the input.
    h, c : ndarray (B, H)
        With respect to the states that came in, h_prev and c_prev: what the step before receives.
    W : ndarray (4H, D + H)
    b : ndarray (4H,)
    p_f, p_i, p_o : ndarray (H,)
    d_h : ndarray (B, H)
        With respect to the new hidden state, as given.
    d_c : ndarray (B, H)
        With respect to the new cell state, through three paths: its tanh, the output gate's peephole, the next step.
    d_tanh_c, d_o, d_f, d_i, d_g : ndarray (B, H)
        With respect to tanh(c) and to the gate values.
    d_a_f, d_a_i, d_a_g, d_a_o : ndarray (B, H)
        With respect to the pre-activations.
    d_z : ndarray (B, D + H)
        With respect to [x, h_prev].
    """

    x: Array
    h: Array
    c: Array
    W: Array
    b: Array
    p_f: Array
    p_i: Array
    p_o: Array
    d_h: Array
    d_c: Array
    d_tanh_c: Array
    d_o: Array
    d_f: Array
    d_i: Array
    d_g: Array
    d_a_f: Array
    d_a_i: Array
    d_a_g: Array
    d_a_o: Array
    d_z: Array


@dataclass(frozen=True, eq=False)
class PeepholeTrace:
    """Every intermediate of a forward pass over a sequence: the tape that the backward pass reads.

    Attributes
    ----------
    steps : tuple of PeepholeCellTrace
        The steps in the order of time. At a padded step `.h` and `.c` are the states handed on.
    x : ndarray (B, T, D)
    h0, c0, h_last, c_last : ndarray (B, H)
        States before the first and after the last step of each row.
    parameters : PeepholeParameters
    active : ndarray of bool (T, B, 1), or None
        False at the padded steps of a row, where its states are handed on unchanged. None: no step is padded.
    reverse : bool
    h, c : ndarray (B, T, H)
        States after each step, zero at padded steps.
    f, i, g, o, a_f, a_i, a_g, a_o, tanh_c, h_prev, c_prev : ndarray (B, T, H)
    """

    steps: tuple[PeepholeCellTrace, ...]
    x: Array
    h0: Array
    c0: Array
    h_last: Array
    c_last: Array
    parameters: PeepholeParameters
    active: Array | None
    reverse: bool

    h: ClassVar[Computed[Array]] = outputs("h")
    c: ClassVar[Computed[Array]] = outputs("c")
    tanh_c: ClassVar[Computed[Array]] = stacked("tanh_c")
    h_prev: ClassVar[Computed[Array]] = stacked("h_prev")
    c_prev: ClassVar[Computed[Array]] = stacked("c_prev")
    f: ClassVar[Computed[Array]] = stacked("f")
    i: ClassVar[Computed[Array]] = stacked("i")
    g: ClassVar[Computed[Array]] = stacked("g")
    o: ClassVar[Computed[Array]] = stacked("o")
    a_f: ClassVar[Computed[Array]] = stacked("a_f")
    a_i: ClassVar[Computed[Array]] = stacked("a_i")
    a_g: ClassVar[Computed[Array]] = stacked("a_g")
    a_o: ClassVar[Computed[Array]] = stacked("a_o")


@dataclass(frozen=True, eq=False)
class PeepholeGradients:
    """Gradients of a backward pass over a sequence: those of the arguments, and every per-step one.

    Attributes
    ----------
    x : ndarray (B, T, D)
    h0, c0 : ndarray (B, H)
    W : ndarray (4H, D + H)
    b : ndarray (4H,)
    p_f, p_i, p_o : ndarray (H,)
    steps : tuple of PeepholeCellGradients
        The steps in the order of time. At a padded step `.h` and `.c` are the carries handed on.
    d_h, d_c : ndarray (B, T, H)
        With respect to the states after each step, through every path; zero at padded steps.
    d_f, d_i, d_g, d_o, d_a_f, d_a_i, d_a_g, d_a_o : ndarray (B, T, H)
        With respect to gate values and pre-activations of each step.
    d_h_prev, d_c_prev : ndarray (B, T, H)
        What each step hands back to the one that ran before it.
    """

    x: Array
    h0: Array
    c0: Array
    W: Array
    b: Array
    p_f: Array
    p_i: Array
    p_o: Array
    steps: tuple[PeepholeCellGradients, ...]

    d_h: ClassVar[Computed[Array]] = stacked("d_h")
    d_c: ClassVar[Computed[Array]] = stacked("d_c")
    d_h_prev: ClassVar[Computed[Array]] = stacked("h")
    d_c_prev: ClassVar[Computed[Array]] = stacked("c")
    d_f: ClassVar[Computed[Array]] = stacked("d_f")
    d_i: ClassVar[Computed[Array]] = stacked("d_i")
    d_g: ClassVar[Computed[Array]] = stacked("d_g")
    d_o: ClassVar[Computed[Array]] = stacked("d_o")
    d_a_f: ClassVar[Computed[Array]] = stacked("d_a_f")
    d_a_i: ClassVar[Computed[Array]] = stacked("d_a_i")
    d_a_g: ClassVar[Computed[Array]] = stacked("d_a_g")
    d_a_o: ClassVar[Computed[Array]] = stacked("d_a_o")
