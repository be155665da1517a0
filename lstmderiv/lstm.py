"""An LSTM over a sequence, forward and backward through time.

The same derivation as `lstmderiv.lstm_cell`, arranged for speed: the input's product with the weights is taken once
for all steps, and so are the gradients of weights, biases and inputs. The tape is stored step-major: axis 0 is time.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np

from lstmderiv._sequence_arguments import common_dtype, initial_states, steps_to_run, upstream_arguments
from lstmderiv.checks import floating, instance, integer_in, real_scalar
from lstmderiv.lstm_cell import LSTMCellGradients, LSTMCellTrace, LSTMParameters
from lstmderiv.tape import Shown
from lstmderiv.types import Array, ArrayLike, Computed, Real

__all__ = ["LSTMGradients", "LSTMTrace", "lstm", "lstm_backward"]


def batch_first(steps: Array) -> Array:
    """A step-major array (T, B, ...) seen batch first, (B, T, ...)."""
    return np.swapaxes(steps, 0, 1)


def _gate(name: str, k: int, tape: str) -> Computed[Array]:
    def read(self):
        H = self.parameters.hidden_size
        return batch_first(getattr(self, tape)[..., k * H : (k + 1) * H])

    return Computed[Array](read, doc=f"`{name}` of every step, (B, T, H).")


@dataclass(frozen=True, eq=False, repr=False)
class LSTMTrace(Shown):
    """Every intermediate of a forward pass over a sequence: the tape that the backward pass reads.

    The tape is step-major and contiguous; the properties show it batch first, as views.

    Attributes
    ----------
    x_steps : ndarray (T, B, D)
        Inputs.
    a_steps, gate_steps : ndarray (T, B, 4H)
        Pre-activations and gate values f, i, g, o; the forget gate's pre-activation includes the forget bias.
    tanh_c_steps : ndarray (T, B, H)
    h_steps, c_steps : ndarray (T + 1, B, H)
        States between the steps: forward, step t leads from entry t to t + 1; reversed, from t + 1 to t.
    parameters : LSTMParameters
    active : ndarray of bool (T, B, 1), or None
        False at the padded steps of a row, where its states are handed on unchanged. None: no step is padded.
    reverse : bool
    h, c : ndarray (B, T, H)
        States after each step, zero at padded steps.
    h0, c0, h_last, c_last : ndarray (B, H)
        States before the first and after the last step of each row.
    f, i, g, o, a_f, a_i, a_g, a_o, tanh_c, h_prev, c_prev : ndarray (B, T, H)
    x : ndarray (B, T, D)
    """

    x_steps: Array
    a_steps: Array
    gate_steps: Array
    tanh_c_steps: Array
    h_steps: Array
    c_steps: Array
    parameters: LSTMParameters
    active: Array | None
    reverse: bool

    _lines: ClassVar[str] = LSTMCellTrace._lines

    def _after(self, states):
        return states[:-1] if self.reverse else states[1:]

    def _before(self, states):
        return states[1:] if self.reverse else states[:-1]

    def _outputs(self, states):
        after = self._after(states)
        return batch_first(after if self.active is None else np.where(self.active, after, 0 * after))

    def _order(self):
        steps = range(self.x_steps.shape[0])
        return reversed(steps) if self.reverse else steps

    def _values(self):
        return {name: getattr(self, name) for name in LSTMCellTrace._declared() if name != "z"}

    x: ClassVar[Computed[Array]] = Computed(lambda self: batch_first(self.x_steps))
    h: ClassVar[Computed[Array]] = Computed(lambda self: self._outputs(self.h_steps))
    h_prev: ClassVar[Computed[Array]] = Computed(lambda self: batch_first(self._before(self.h_steps)))
    h0: ClassVar[Computed[Array]] = Computed(lambda self: self.h_steps[-1 if self.reverse else 0])
    h_last: ClassVar[Computed[Array]] = Computed(lambda self: self.h_steps[0 if self.reverse else -1])
    c: ClassVar[Computed[Array]] = Computed(lambda self: self._outputs(self.c_steps))
    c_prev: ClassVar[Computed[Array]] = Computed(lambda self: batch_first(self._before(self.c_steps)))
    c0: ClassVar[Computed[Array]] = Computed(lambda self: self.c_steps[-1 if self.reverse else 0])
    c_last: ClassVar[Computed[Array]] = Computed(lambda self: self.c_steps[0 if self.reverse else -1])
    tanh_c: ClassVar[Computed[Array]] = Computed(lambda self: batch_first(self.tanh_c_steps))
    f: ClassVar[Computed[Array]] = _gate("f", 0, "gate_steps")
    i: ClassVar[Computed[Array]] = _gate("i", 1, "gate_steps")
    g: ClassVar[Computed[Array]] = _gate("g", 2, "gate_steps")
    o: ClassVar[Computed[Array]] = _gate("o", 3, "gate_steps")
    a_f: ClassVar[Computed[Array]] = _gate("a_f", 0, "a_steps")
    a_i: ClassVar[Computed[Array]] = _gate("a_i", 1, "a_steps")
    a_g: ClassVar[Computed[Array]] = _gate("a_g", 2, "a_steps")
    a_o: ClassVar[Computed[Array]] = _gate("a_o", 3, "a_steps")

    def step(self, t: int) -> LSTMCellTrace:
        """Trace of one step, as `lstm_cell` would have returned it.

        Parameters
        ----------
        t : int
            Step in time, 0..T-1 (or negative, from the end).

        Returns
        -------
        LSTMCellTrace
            Of views of shape (B, D), (B, H) and so on. At a padded step, `.h` and `.c` are the states handed on.

        Raises
        ------
        TypeError
            If `t` is not an integer.
        ValueError
            If there is no such step.
        """
        T, H = self.x_steps.shape[0], self.parameters.hidden_size
        t = integer_in("t", t, -T, T, bounds=f"in -T..T-1 with T = {T}")
        h_prev, c_prev = self._before(self.h_steps)[t], self._before(self.c_steps)[t]
        known = {"x": self.x_steps[t], "h_prev": h_prev, "c_prev": c_prev}
        known["z"] = np.concatenate([self.x_steps[t], h_prev], axis=-1)
        for prefix, stacked in (("a_", self.a_steps[t]), ("", self.gate_steps[t])):
            known |= {f"{prefix}{gate}": stacked[:, k * H : (k + 1) * H] for k, gate in enumerate("figo")}
        h, c = self._after(self.h_steps)[t], self._after(self.c_steps)[t]
        return LSTMCellTrace(known | {"c": c, "tanh_c": self.tanh_c_steps[t], "h": h})


@dataclass(frozen=True, eq=False, repr=False)
class LSTMGradients(Shown):
    """Gradients of a backward pass over a sequence: those of the arguments, and every per-step one.

    Attributes
    ----------
    x : ndarray (B, T, D)
    h0, c0 : ndarray (B, H)
    W : ndarray (4H, D + H)
    b : ndarray (4H,)
    d_h, d_c : ndarray (B, T, H)
        With respect to the states after each step, through every path; zero at padded steps.
    d_f, d_i, d_g, d_o, d_a_f, d_a_i, d_a_g, d_a_o : ndarray (B, T, H)
        With respect to gate values and pre-activations of each step.
    d_h_prev, d_c_prev : ndarray (B, T, H)
        What each step hands back to the one that ran before it.
    d_h_steps, d_c_steps, d_h_prev_steps, d_c_prev_steps : ndarray (T, B, H)
        The same, step-major, as stored.
    d_gate_steps, d_a_steps : ndarray (T, B, 4H)
    parameters : LSTMParameters
    """

    x: Array
    h0: Array
    c0: Array
    W: Array
    b: Array
    d_h_steps: Array
    d_c_steps: Array
    d_gate_steps: Array
    d_a_steps: Array
    d_h_prev_steps: Array
    d_c_prev_steps: Array
    parameters: LSTMParameters

    _lines: ClassVar[str] = LSTMCellGradients._lines

    d_h: ClassVar[Computed[Array]] = Computed(lambda self: batch_first(self.d_h_steps))
    d_c: ClassVar[Computed[Array]] = Computed(lambda self: batch_first(self.d_c_steps))
    d_h_prev: ClassVar[Computed[Array]] = Computed(lambda self: batch_first(self.d_h_prev_steps))
    d_c_prev: ClassVar[Computed[Array]] = Computed(lambda self: batch_first(self.d_c_prev_steps))
    d_f: ClassVar[Computed[Array]] = _gate("d_f", 0, "d_gate_steps")
    d_i: ClassVar[Computed[Array]] = _gate("d_i", 1, "d_gate_steps")
    d_g: ClassVar[Computed[Array]] = _gate("d_g", 2, "d_gate_steps")
    d_o: ClassVar[Computed[Array]] = _gate("d_o", 3, "d_gate_steps")
    d_a_f: ClassVar[Computed[Array]] = _gate("d_a_f", 0, "d_a_steps")
    d_a_i: ClassVar[Computed[Array]] = _gate("d_a_i", 1, "d_a_steps")
    d_a_g: ClassVar[Computed[Array]] = _gate("d_a_g", 2, "d_a_steps")
    d_a_o: ClassVar[Computed[Array]] = _gate("d_a_o", 3, "d_a_steps")

    def _values(self):
        given = {name: getattr(self, name) for name in ("x", "h0", "c0", "W", "b")}
        names = ("d_h", "d_c", "d_f", "d_i", "d_g", "d_o", "d_a_f", "d_a_i", "d_a_g", "d_a_o", "d_h_prev", "d_c_prev")
        return {name: getattr(self, name) for name in names} | given


def lstm(
    x: ArrayLike,
    parameters: LSTMParameters,
    h0: ArrayLike | None = None,
    c0: ArrayLike | None = None,
    *,
    forget_bias: Real = 0.0,
    lengths: ArrayLike | None = None,
    reverse: bool = False,
) -> LSTMTrace:
    """LSTM over a sequence, Equation :eq:`eq:lstm-recurrence`.

    Parameters
    ----------
    x : array_like (B, T, D)
        Inputs. B and T may be 0; with T = 0 the last states are the initial ones.
    parameters : LSTMParameters
        W (4H, D + H) and b (4H,).
    h0, c0 : array_like (B, H), optional
        Initial states; zeros if not given.
    forget_bias : float, optional
        Added to the forget gate's pre-activation at every step.
    lengths : array_like of integers (B,), optional
        Steps of each row, 0..T. Later steps are padding: outputs there are zero and the states are handed on. What
        the input holds there has no influence, but must be finite.
    reverse : bool, optional
        Run from each row's own last step to its first. Outputs stay aligned in time with the inputs.

    Returns
    -------
    LSTMTrace
        Outputs `.h` (B, T, H), last states `.h_last` and `.c_last` (B, H), and every intermediate. Dtype: NumPy's
        promotion of all arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, a length is out of range, or an argument holds NaN or infinities.

    Notes
    -----
    Source: articles "LSTM Part 1" and "LSTM Part 2".
    """
    instance("parameters", parameters, LSTMParameters)
    D, H = parameters.input_size, parameters.hidden_size
    x = floating("x", x, ("B", "T", "D"), D=D)
    B, T, _ = x.shape
    h0, c0 = initial_states({"h0": h0, "c0": c0}, B, H)
    dtype = common_dtype(x, parameters.W, parameters.b, h0, c0)
    forget_bias = real_scalar("forget_bias", forget_bias, dtype=dtype)
    active, reverse = steps_to_run(lengths, reverse, B, T)

    # The tape owns what it holds: a copy, even where B = 1 and the swapped axes are contiguous already.
    x_steps = np.array(np.swapaxes(x, 0, 1), dtype=dtype, order="C")
    W_x, W_h = parameters.W[:, :D], parameters.W[:, D:]
    W_h_transposed = np.ascontiguousarray(W_h.T)
    bias = parameters.b.astype(dtype)
    bias[:H] += forget_bias
    a_steps = (x_steps.reshape(T * B, D) @ W_x.T + bias).astype(dtype, copy=False).reshape(T, B, 4 * H)
    # sigmoid(a) = (1 + tanh(a / 2)) / 2: with these factors one tanh serves the four gates.
    half = Fraction(1, 2) if dtype.kind == "O" else dtype.type(0.5)
    scale, shift = np.full(4 * H, half, dtype), np.full(4 * H, half, dtype)
    scale[2 * H : 3 * H], shift[2 * H : 3 * H] = 1, 0
    trace = LSTMTrace(
        x_steps=x_steps, a_steps=a_steps, gate_steps=np.empty_like(a_steps),
        tanh_c_steps=np.empty((T, B, H), dtype), h_steps=np.empty((T + 1, B, H), dtype),
        c_steps=np.empty((T + 1, B, H), dtype), parameters=parameters, active=active, reverse=reverse,
    )  # fmt: skip
    trace.h0[...] = 0 if h0 is None else h0
    trace.c0[...] = 0 if c0 is None else c0
    h_before, c_before = trace._before(trace.h_steps), trace._before(trace.c_steps)
    h_after, c_after = trace._after(trace.h_steps), trace._after(trace.c_steps)
    for t in trace._order():
        a, gates, tanh_c, h, c = a_steps[t], trace.gate_steps[t], trace.tanh_c_steps[t], h_after[t], c_after[t]
        a += h_before[t] @ W_h_transposed
        np.multiply(a, scale, out=gates)
        np.tanh(gates, out=gates)
        np.multiply(gates, scale, out=gates)
        np.add(gates, shift, out=gates)
        f, i, g, o = gates[:, :H], gates[:, H : 2 * H], gates[:, 2 * H : 3 * H], gates[:, 3 * H :]
        np.multiply(f, c_before[t], out=c)
        np.add(c, i * g, out=c)
        np.tanh(c, out=tanh_c)
        np.multiply(o, tanh_c, out=h)
        if active is not None:
            np.copyto(h, h_before[t], where=~active[t])
            np.copyto(c, c_before[t], where=~active[t])
    return trace


def lstm_backward(
    d_h: ArrayLike | None, trace: LSTMTrace, d_h_last: ArrayLike | None = None, d_c_last: ArrayLike | None = None
) -> LSTMGradients:
    """Back-propagation through time, Equations :eq:`eq:through-time-d-h` to :eq:`eq:through-time-d-w`.

    Parameters
    ----------
    d_h : array_like (B, T, H), or None
        Gradient of the loss with respect to the outputs, step by step; None for zero. Padded steps are ignored.
    trace : LSTMTrace
        What `lstm` returned.
    d_h_last, d_c_last : array_like (B, H), optional
        Gradients with respect to the last states, in addition to `d_h`; zero if not given.

    Returns
    -------
    LSTMGradients
        `.x`, `.h0`, `.c0`, `.W`, `.b` for the arguments of `lstm`, and every per-step gradient. Dtype: NumPy's
        promotion of all arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, or an argument holds NaN or infinities.

    Notes
    -----
    Source: article "LSTM Part 3", figure 7 and the recursions dh_next and dc_next; Werbos (1990).
    """
    instance("trace", trace, LSTMTrace)
    T, B, D = trace.x_steps.shape
    H = trace.parameters.hidden_size
    last = {"d_h_last": d_h_last, "d_c_last": d_c_last}
    d_h, (d_h_next, d_c_next), dtype = upstream_arguments(d_h, last, (B, T, H), trace.gate_steps)
    W_x, W_h = trace.parameters.W[:, :D], np.ascontiguousarray(trace.parameters.W[:, D:])

    gates, tanh_c = trace.gate_steps, trace.tanh_c_steps
    h_before, c_before = trace._before(trace.h_steps), trace._before(trace.c_steps)
    # The derivatives of the activations need no recursion: once for all steps.
    slopes = gates * (1 - gates)
    g_steps = gates[..., 2 * H : 3 * H]
    slopes[..., 2 * H : 3 * H] = 1 - g_steps * g_steps
    c_slopes = gates[..., 3 * H :] * (1 - tanh_c * tanh_c)
    d_gates, d_a = np.empty((T, B, 4 * H), dtype), np.empty((T, B, 4 * H), dtype)
    d_h_steps, d_c_steps, d_h_prev, d_c_prev = (np.empty((T, B, H), dtype) for _ in range(4))
    for t in reversed(list(trace._order())):
        f, i, g = gates[t, :, :H], gates[t, :, H : 2 * H], g_steps[t]
        d_h_t = d_h[:, t] + d_h_next
        d_c_t = d_h_t * c_slopes[t] + d_c_next
        if trace.active is not None:
            padded = ~trace.active[t]
            np.copyto(d_h_t, 0, where=padded)
            np.copyto(d_c_t, 0, where=padded)
        d_h_steps[t], d_c_steps[t] = d_h_t, d_c_t
        np.multiply(d_c_t, c_before[t], out=d_gates[t, :, :H])
        np.multiply(d_c_t, g, out=d_gates[t, :, H : 2 * H])
        np.multiply(d_c_t, i, out=d_gates[t, :, 2 * H : 3 * H])
        np.multiply(d_h_t, tanh_c[t], out=d_gates[t, :, 3 * H :])
        np.multiply(d_gates[t], slopes[t], out=d_a[t])
        np.matmul(d_a[t], W_h, out=d_h_prev[t])
        np.multiply(d_c_t, f, out=d_c_prev[t])
        if trace.active is not None:
            np.copyto(d_h_prev[t], d_h_next, where=padded)
            np.copyto(d_c_prev[t], d_c_next, where=padded)
        d_h_next, d_c_next = d_h_prev[t], d_c_prev[t]

    rows = d_a.reshape(T * B, 4 * H)
    d_W_x = rows.T @ trace.x_steps.reshape(T * B, D)
    d_W_h = rows.T @ h_before.reshape(T * B, H)
    d_b = np.ones(T * B, dtype) @ rows
    d_x = (rows @ W_x).reshape(T, B, D)
    return LSTMGradients(
        x=batch_first(d_x), h0=d_h_next.copy(), c0=d_c_next.copy(), W=np.concatenate([d_W_x, d_W_h], axis=1), b=d_b,
        d_h_steps=d_h_steps, d_c_steps=d_c_steps, d_gate_steps=d_gates, d_a_steps=d_a,
        d_h_prev_steps=d_h_prev, d_c_prev_steps=d_c_prev, parameters=trace.parameters,
    )  # fmt: skip
