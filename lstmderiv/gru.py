"""A gated recurrent unit (GRU), forward and backward, under both conventions for its reset gate.

Row-wise throughout: x (B, D), h (B, H), z = [x, h_prev] (B, D + H). Order r, u, g: reset gate, update gate, candidate.
The update gate says how much of the old state is kept: h = (1 - u) * g + u * h_prev.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lstmderiv._cell import first_tape, gradient_of, last_tape, written
from lstmderiv._parameters import Parameters
from lstmderiv.activations import sigmoid
from lstmderiv.checks import ArgumentError, ArgumentTypeError, floating, instance
from lstmderiv.sequence import (
    SequenceGradients,
    SequenceTrace,
    checked_sequence,
    run_cell,
    run_cell_backward,
    state_over_time,
)
from lstmderiv.tape import Tape, Trace
from lstmderiv.types import Array, ArrayLike, Computed, Reset

__all__ = [
    "GRUCellGradients",
    "GRUCellTrace",
    "GRUGradients",
    "GRUParameters",
    "GRUTrace",
    "gru",
    "gru_backward",
    "gru_cell",
    "gru_cell_backward",
    "gru_cell_step",
    "gru_cell_step_backward",
]

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


class _GRUValues(Trace):
    _lines: ClassVar[str] = "lstmderiv.gru:gru_cell_step"
    _optional: ClassVar[frozenset[str]] = frozenset({"s", "z_g", "v"})
    _shapes: ClassVar[Mapping[str, tuple[str, ...]]] = Trace._shapes | {"z_g": ("B", "D + H")}

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


class GRUCellTrace(_GRUValues):
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


class _GRUGradientValues(Trace):
    _lines: ClassVar[str] = "lstmderiv.gru:gru_cell_step_backward"
    _optional: ClassVar[frozenset[str]] = frozenset({"d_s", "d_z_g", "d_v", "d_W_gx", "d_W_gh", "d_b_gh", "b_gh"})

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
    d_x: Array
    d_h_prev: Array


class GRUCellGradients(_GRUGradientValues):
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
    d_x : ndarray (B, D)
    d_h_prev : ndarray (B, H)
        The same as `.x` and `.h`, under the names of the page.
    d_W_gx, d_W_gh : ndarray (H, D) and (H, H), or None
        With respect to the candidate's two blocks, with `reset` "after".
    d_W_r, d_W_u, d_W_g : ndarray (H, D + H)
    d_b_r, d_b_u, d_b_g : ndarray (H,)
        With respect to the blocks' own weights and biases.
    d_W, d_b, d_b_gh
        The gradients of the parameters once more, under the names of the page.
    """

    d_W_gx: Array | None
    d_W_gh: Array | None
    d_W_r: Array
    d_W_u: Array
    d_W_g: Array
    d_b_r: Array
    d_b_u: Array
    d_b_g: Array
    d_b_gh: Array | None
    d_W: Array
    d_b: Array

    x: ClassVar[Computed[Array]] = gradient_of("x", "d_x")
    h: ClassVar[Computed[Array]] = gradient_of("h", "d_h_prev")
    W: ClassVar[Computed[Array]] = gradient_of("W", "d_W")
    b: ClassVar[Computed[Array]] = gradient_of("b", "d_b")
    b_gh: ClassVar[Computed[Array | None]] = gradient_of("b_gh", "d_b_gh")


class GRUTrace(_GRUValues, SequenceTrace):
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
    parameters: GRUParameters

    _step: ClassVar[type[Trace]] = GRUCellTrace
    h: ClassVar[Computed[Array]] = state_over_time("h")  # type: ignore[misc]


class GRUGradients(_GRUGradientValues, SequenceGradients):
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

    steps: tuple[GRUCellGradients, ...]
    W: Array
    b: Array
    b_gh: Array | None

    _step: ClassVar[type[Trace]] = GRUCellGradients


def gru_cell_step(t: Tape, w: GRUParameters) -> None:
    """One step, Equations :eq:`eq:gru-a-r` to :eq:`eq:gru-h`.

    Parameters
    ----------
    t : Tape
        Reads x (B, D) and h_prev (B, H); writes the other values of `GRUCellTrace`.
    w : GRUParameters
    """
    t.z = np.concatenate([t.x, t.h_prev], axis=-1)
    t.a_r = t.z @ w.W_r.T + w.b_r
    t.a_u = t.z @ w.W_u.T + w.b_u
    t.r = sigmoid(t.a_r)
    t.u = sigmoid(t.a_u)
    if w.reset == "before":
        t.s = t.r * t.h_prev
        t.z_g = np.concatenate([t.x, t.s], axis=-1)
        t.a_g = t.z_g @ w.W_g.T + w.b_g
    else:
        t.v = t.h_prev @ w.W_gh.T + w.b_gh
        t.a_g = t.x @ w.W_gx.T + w.b_g + t.r * t.v
    t.g = np.tanh(t.a_g)
    t.h = (1 - t.u) * t.g + t.u * t.h_prev


def gru_cell_step_backward(t: Tape, w: GRUParameters) -> None:
    """Backward through `gru_cell_step`, Equations :eq:`eq:gru-d-u` to :eq:`eq:gru-d-h-prev-after`.

    Parameters
    ----------
    t : Tape
        What `gru_cell_step` left, and d_h (B, H); writes the other values of `GRUCellGradients`.
    w : GRUParameters
    """
    D = w.input_size
    t.d_u = t.d_h * (t.h_prev - t.g)
    t.d_a_u = t.d_u * t.u * (1 - t.u)
    t.d_g = t.d_h * (1 - t.u)
    t.d_a_g = t.d_g * (1 - t.g * t.g)
    if w.reset == "before":
        t.d_z_g = t.d_a_g @ w.W_g
        t.d_s = t.d_z_g[:, D:]
        t.d_r = t.d_s * t.h_prev
        d_x_g = t.d_z_g[:, :D]
        d_h_g = t.d_s * t.r
        t.d_W_g = t.d_a_g.T @ t.z_g
    else:
        t.d_v = t.d_a_g * t.r
        t.d_r = t.d_a_g * t.v
        d_x_g = t.d_a_g @ w.W_gx
        d_h_g = t.d_v @ w.W_gh
        t.d_W_gx = t.d_a_g.T @ t.x
        t.d_W_gh = t.d_v.T @ t.h_prev
        t.d_b_gh = t.d_v.sum(axis=0)
        t.d_W_g = np.concatenate([t.d_W_gx, t.d_W_gh], axis=-1)
    t.d_a_r = t.d_r * t.r * (1 - t.r)
    t.d_W_r = t.d_a_r.T @ t.z
    t.d_W_u = t.d_a_u.T @ t.z
    t.d_b_r = t.d_a_r.sum(axis=0)
    t.d_b_u = t.d_a_u.sum(axis=0)
    t.d_b_g = t.d_a_g.sum(axis=0)
    t.d_z = t.d_a_r @ w.W_r + t.d_a_u @ w.W_u
    t.d_x = t.d_z[:, :D] + d_x_g
    t.d_h_prev = t.d_h * t.u + t.d_z[:, D:] + d_h_g
    t.d_W = np.concatenate([t.d_W_r, t.d_W_u, t.d_W_g])
    t.d_b = np.concatenate([t.d_b_r, t.d_b_u, t.d_b_g])


def gru_cell(x: ArrayLike, h: ArrayLike, parameters: GRUParameters) -> GRUCellTrace:
    """One step of a GRU, Equations :eq:`eq:gru-z` to :eq:`eq:gru-h`.

    Parameters
    ----------
    x : array_like (B, D)
        Input. B may be 0.
    h : array_like (B, H)
        Hidden state of the step before.
    parameters : GRUParameters
        W (3H, D + H), b (3H,), b_gh (H,) or None; they say which convention for the reset gate they belong to.

    Returns
    -------
    GRUCellTrace
        Every intermediate; the new state is `.h`. Dtype: NumPy's promotion of all arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, or an argument holds NaN or infinities.

    Notes
    -----
    Source: Cho et al. (2014).
    """
    t = first_tape(GRUParameters, parameters, x, h=h)
    gru_cell_step(t, parameters)
    return GRUCellTrace(t)


def gru_cell_backward(d_h: ArrayLike, trace: GRUCellTrace, parameters: GRUParameters) -> GRUCellGradients:
    """Backward through one step of a GRU, Equations :eq:`eq:gru-d-u` to :eq:`eq:gru-d-h-prev-after`.

    Parameters
    ----------
    d_h : array_like (B, H)
        Gradient of the loss with respect to the new hidden state: everything that reads it, the next step included.
    trace : GRUCellTrace
        What `gru_cell` returned.
    parameters : GRUParameters
        The parameters it was given.

    Returns
    -------
    GRUCellGradients
        `.x`, `.h`, `.W`, `.b`, `.b_gh` for the arguments of `gru_cell`, and every intermediate gradient by name.
        Dtype: NumPy's promotion of all arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, `d_h` holds NaN or infinities, or the trace is one of the other convention.

    Notes
    -----
    Source: own derivation.
    """
    t = last_tape(GRUParameters, parameters, GRUCellTrace, trace, d_h=d_h)
    if ("v" in t) != (parameters.reset == "after"):
        raise ArgumentError("trace", f"one made with reset {parameters.reset!r}", "one of the other convention")
    gru_cell_step_backward(t, parameters)
    return written(GRUCellGradients, t, trace)


def gru(
    x: ArrayLike,
    parameters: GRUParameters,
    h0: ArrayLike | None = None,
    *,
    lengths: ArrayLike | None = None,
    reverse: bool = False,
) -> GRUTrace:
    """A GRU over a sequence: `gru_cell`, step by step.

    Parameters
    ----------
    x : array_like (B, T, D)
        Inputs. B and T may be 0; with T = 0 the last state is the initial one.
    parameters : GRUParameters
    h0 : array_like (B, H), optional
        Initial state; zeros if not given.
    lengths : array_like of integers (B,), optional
        Steps of each row, 0..T. Later steps are padding: outputs there are zero and the state is handed on. What the
        input holds there has no influence, but must be finite.
    reverse : bool, optional
        Run from each row's own last step to its first. Outputs stay aligned in time with the inputs.

    Returns
    -------
    GRUTrace
        Outputs `.h` (B, T, H), last state `.h_last` (B, H), and every intermediate. Dtype: NumPy's promotion of all
        arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, a length is out of range, or an argument holds NaN or infinities.

    Notes
    -----
    Source: Cho et al. (2014).
    """
    instance("parameters", parameters, GRUParameters)
    x, states = checked_sequence(x, parameters, h0=h0)
    return run_cell(GRUTrace, lambda t: gru_cell_step(t, parameters), x, states, parameters, lengths, reverse)


def gru_backward(d_h: ArrayLike | None, trace: GRUTrace, d_h_last: ArrayLike | None = None) -> GRUGradients:
    """Back-propagation through time, Equation :eq:`eq:gru-through-time`.

    Parameters
    ----------
    d_h : array_like (B, T, H), or None
        Gradient of the loss with respect to the outputs, step by step; None for zero. Padded steps are ignored.
    trace : GRUTrace
        What `gru` returned.
    d_h_last : array_like (B, H), optional
        Gradient with respect to the last state, in addition to `d_h`; zero if not given.

    Returns
    -------
    GRUGradients
        `.x`, `.h0`, `.W`, `.b`, `.b_gh` for the arguments of `gru`, and every per-step gradient. Dtype: NumPy's
        promotion of all arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, or an argument holds NaN or infinities.

    Notes
    -----
    Source: Werbos (1990).
    """
    instance("trace", trace, GRUTrace)
    parameters = trace.parameters
    return run_cell_backward(GRUGradients, lambda t: gru_cell_step_backward(t, parameters), trace, d_h, {"h": d_h_last})
