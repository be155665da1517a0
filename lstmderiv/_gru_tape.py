"""The parameters and the tape of a GRU, for one step and for a sequence."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lstmderiv._parameters import Parameters
from lstmderiv._steps import outputs, stacked
from lstmderiv.checks import ArgumentError, ArgumentTypeError, floating
from lstmderiv.types import Array, ArrayLike, Computed, Reset

__all__ = ["RESETS", "GRUCellGradients", "GRUCellTrace", "GRUGradients", "GRUParameters", "GRUTrace"]

RESETS = ("after", "before")


@dataclass(frozen=True, eq=False)
class GRUParameters(Parameters):
    """Weights and biases of a GRU layer, and where its reset gate acts.

    The blocks of reset gate r, update gate u and candidate g are stacked in this order. Copies of what is given:
    nothing that happens to the arguments later changes them.

    Parameters
    ----------
    W : array_like (3H, D + H)
        Columns: input first, then previous hidden state.
    b : array_like (3H,)
        One bias for each row of `W`.
    b_gh : array_like (H,), optional
        With `reset` "after": the bias of the candidate's recurrent product, which the reset gate multiplies together
        with the product. Zeros if not given. With "before" there is none; it would only add to the candidate's bias.
    reset : {"after", "before"}, optional
        Whether the reset gate multiplies the product of weights and hidden state, or the hidden state before that
        product. Weights that were trained one way mean nothing the other way, so this is kept beside them.

    Attributes
    ----------
    hidden_size, input_size : int
        H and D.
    W_r, W_u, W_g : ndarray (H, D + H)
        The blocks of `W`.
    W_gx : ndarray (H, D)
        The input's columns of `W_g`.
    W_gh : ndarray (H, H)
        The hidden state's columns of `W_g`.
    b_r, b_u, b_g : ndarray (H,)
        The blocks of `b`.

    Raises
    ------
    TypeError
        If an argument does not hold numbers, or `reset` is no string.
    ValueError
        If shapes do not fit, an array holds NaN or infinities, or `reset` is another string.

    Notes
    -----
    Source: Cho et al. (2014). "after" is what PyTorch and cuDNN compute, and Keras and ONNX on demand (`reset_after`,
    `linear_before_reset`). Names elsewhere: PyTorch r, z, n for r, u, g, in the same order; Keras and ONNX z, r, h.
    """

    W: Array
    b: Array
    b_gh: Array | None = None
    reset: Reset = "after"

    if TYPE_CHECKING:

        def __init__(
            self, W: ArrayLike, b: ArrayLike, b_gh: ArrayLike | None = None, reset: Reset = "after"
        ) -> None: ...

    def __post_init__(self) -> None:
        if not isinstance(self.reset, str):
            raise ArgumentTypeError("reset", "'after' or 'before'", type(self.reset).__name__)
        if self.reset not in RESETS:
            raise ArgumentError("reset", "'after' or 'before'", repr(self.reset))
        W = floating("W", self.W, ("3H", "D + H"))
        rows, columns = W.shape
        if rows == 0 or rows % 3 or columns <= rows // 3:
            leaves = f" (H = {rows // 3} leaves D = {columns - rows // 3})" if rows and rows % 3 == 0 else ""
            raise ArgumentError("W", "(3H, D + H) with H >= 1 and D >= 1", f"{W.shape}{leaves}")
        b = floating("b", self.b, ("3H",), **{"3H": rows})
        object.__setattr__(self, "W", W.copy())
        object.__setattr__(self, "b", b.copy())
        if self.reset == "after":
            given = np.zeros(rows // 3, b.dtype) if self.b_gh is None else self.b_gh
            object.__setattr__(self, "b_gh", floating("b_gh", given, ("H",), H=rows // 3).copy())
        elif self.b_gh is not None:
            got = "an array; add it to the last H entries of b"
            raise ArgumentError("b_gh", "None, as reset is 'before'", got)

    @property
    def hidden_size(self) -> int:
        return self.W.shape[0] // 3

    @property
    def input_size(self) -> int:
        return self.W.shape[1] - self.hidden_size

    def _block(self, k):
        return slice(k * self.hidden_size, (k + 1) * self.hidden_size)

    W_r: ClassVar[Computed[Array]] = Computed(lambda self: self.W[self._block(0)])
    W_u: ClassVar[Computed[Array]] = Computed(lambda self: self.W[self._block(1)])
    W_g: ClassVar[Computed[Array]] = Computed(lambda self: self.W[self._block(2)])
    W_gx: ClassVar[Computed[Array]] = Computed(lambda self: self.W_g[:, : self.input_size])
    W_gh: ClassVar[Computed[Array]] = Computed(lambda self: self.W_g[:, self.input_size :])
    b_r: ClassVar[Computed[Array]] = Computed(lambda self: self.b[self._block(0)])
    b_u: ClassVar[Computed[Array]] = Computed(lambda self: self.b[self._block(1)])
    b_g: ClassVar[Computed[Array]] = Computed(lambda self: self.b[self._block(2)])


@dataclass(frozen=True, eq=False)
class GRUCellTrace:
    """Every intermediate of one forward step: the tape that the backward step reads. Inputs are copied onto it.

    Attributes
    ----------
    x : ndarray (B, D)
        Input.
    h_prev : ndarray (B, H)
        Hidden state of the step before.
    z : ndarray (B, D + H)
        [x, h_prev].
    a_r, a_u, a_g : ndarray (B, H)
        Pre-activations.
    r, u, g : ndarray (B, H)
        Reset gate, update gate, candidate.
    s : ndarray (B, H), or None
        With `reset` "before": the hidden state after the reset, r * h_prev.
    z_g : ndarray (B, D + H), or None
        With `reset` "before": what the candidate reads, [x, s].
    v : ndarray (B, H), or None
        With `reset` "after": the recurrent product and its bias, before the reset gate multiplies them.
    h : ndarray (B, H)
        New hidden state.
    """

    x: Array
    h_prev: Array
    z: Array
    a_r: Array
    a_u: Array
    a_g: Array
    r: Array
    u: Array
    g: Array
    s: Array | None
    z_g: Array | None
    v: Array | None
    h: Array


@dataclass(frozen=True, eq=False)
class GRUCellGradients:
    """Gradients of one backward step: those of the arguments, and every intermediate one.

    Attributes
    ----------
    x : ndarray (B, D)
        With respect to the input.
    h : ndarray (B, H)
        With respect to the state that came in, h_prev: what the step before receives.
    W : ndarray (3H, D + H)
    b : ndarray (3H,)
    b_gh : ndarray (H,), or None
        None with `reset` "before".
    d_h : ndarray (B, H)
        With respect to the new hidden state, as given.
    d_r, d_u, d_g : ndarray (B, H)
        With respect to the gate values and the candidate.
    d_a_r, d_a_u, d_a_g : ndarray (B, H)
        With respect to the pre-activations.
    d_s, d_z_g : ndarray (B, H) and (B, D + H), or None
        With respect to r * h_prev and to [x, s], with `reset` "before".
    d_v : ndarray (B, H), or None
        With respect to the recurrent product and its bias, with `reset` "after".
    d_z : ndarray (B, D + H)
        With respect to [x, h_prev], as the two gates read it.
    """

    x: Array
    h: Array
    W: Array
    b: Array
    b_gh: Array | None
    d_h: Array
    d_r: Array
    d_u: Array
    d_g: Array
    d_a_r: Array
    d_a_u: Array
    d_a_g: Array
    d_s: Array | None
    d_z_g: Array | None
    d_v: Array | None
    d_z: Array


@dataclass(frozen=True, eq=False)
class GRUTrace:
    """Every intermediate of a forward pass over a sequence: the tape that the backward pass reads.

    Attributes
    ----------
    steps : tuple of GRUCellTrace
        The steps in the order of time. At a padded step `.h` is the state handed on.
    x : ndarray (B, T, D)
    h0, h_last : ndarray (B, H)
        State before the first and after the last step of each row.
    parameters : GRUParameters
    active : ndarray of bool (T, B, 1), or None
        False at the padded steps of a row, where its state is handed on unchanged. None: no step is padded.
    reverse : bool
    h : ndarray (B, T, H)
        State after each step, zero at padded steps.
    r, u, g, a_r, a_u, a_g, h_prev : ndarray (B, T, H)
    s, v : ndarray (B, T, H), or None
        As in one step.
    """

    steps: tuple[GRUCellTrace, ...]
    x: Array
    h0: Array
    h_last: Array
    parameters: GRUParameters
    active: Array | None
    reverse: bool

    h: ClassVar[Computed[Array]] = outputs("h")
    h_prev: ClassVar[Computed[Array]] = stacked("h_prev")
    s: ClassVar[Computed[Array | None]] = stacked("s")
    v: ClassVar[Computed[Array | None]] = stacked("v")
    r: ClassVar[Computed[Array]] = stacked("r")
    u: ClassVar[Computed[Array]] = stacked("u")
    g: ClassVar[Computed[Array]] = stacked("g")
    a_r: ClassVar[Computed[Array]] = stacked("a_r")
    a_u: ClassVar[Computed[Array]] = stacked("a_u")
    a_g: ClassVar[Computed[Array]] = stacked("a_g")


@dataclass(frozen=True, eq=False)
class GRUGradients:
    """Gradients of a backward pass over a sequence: those of the arguments, and every per-step one.

    Attributes
    ----------
    x : ndarray (B, T, D)
    h0 : ndarray (B, H)
    W : ndarray (3H, D + H)
    b : ndarray (3H,)
    b_gh : ndarray (H,), or None
        None with `reset` "before".
    steps : tuple of GRUCellGradients
        The steps in the order of time. At a padded step `.h` is the carry handed on.
    d_h : ndarray (B, T, H)
        With respect to the state after each step, through every path; zero at padded steps.
    d_r, d_u, d_g, d_a_r, d_a_u, d_a_g : ndarray (B, T, H)
        With respect to gate values, candidate and pre-activations of each step.
    d_h_prev : ndarray (B, T, H)
        What each step hands back to the one that ran before it.
    """

    x: Array
    h0: Array
    W: Array
    b: Array
    b_gh: Array | None
    steps: tuple[GRUCellGradients, ...]

    d_h: ClassVar[Computed[Array]] = stacked("d_h")
    d_h_prev: ClassVar[Computed[Array]] = stacked("h")
    d_r: ClassVar[Computed[Array]] = stacked("d_r")
    d_u: ClassVar[Computed[Array]] = stacked("d_u")
    d_g: ClassVar[Computed[Array]] = stacked("d_g")
    d_a_r: ClassVar[Computed[Array]] = stacked("d_a_r")
    d_a_u: ClassVar[Computed[Array]] = stacked("d_a_u")
    d_a_g: ClassVar[Computed[Array]] = stacked("d_a_g")
