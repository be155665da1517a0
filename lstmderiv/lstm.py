"""An LSTM over a sequence, forward and backward through time.

The same derivation as `lstmderiv.lstm_cell`, arranged for speed; the equations do not change.

- One product a step. With z = [x, h_prev, 1] the bias is a column of the weights, and the four gates are one product.
- The four gates of a step are four blocks of memory, one behind the other. What is done to a gate, or to gates that are
  neighbours, is one pass over memory without gaps.
- The sigmoids of real numbers are 1 / (1 + exp(-a)), as exp is faster than tanh. The sign is in the weights: exact.
- A step is worked off in blocks that stay in the processor's cache from the first operation to the last.
- What is one product of two stored values, as d_f = d_c * c_prev, is not stored: it is formed when it is read.
- The memory of an earlier result can be used again, `out`: the system has to clear new memory before it hands it out.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lstmderiv._sequence_arguments import common_dtype, initial_states, steps_to_run, upstream_arguments
from lstmderiv.arithmetic import constant
from lstmderiv.checks import ArgumentError, ArgumentTypeError, flag, floating, having, instance, integer_in, real_scalar
from lstmderiv.lstm_cell import LSTMCellGradients, LSTMCellTrace, LSTMParameters
from lstmderiv.tape import Shown
from lstmderiv.types import Array, ArrayLike, Computed, Real

__all__ = ["LSTMGradients", "LSTMTrace", "lstm", "lstm_backward"]

#: Bytes of the four gates that are worked on at a time: two such blocks and their like fit into a second-level cache.
BLOCK = 192 * 1024
#: Where a gate stands on the tape: the sigmoids side by side, and f, i, g, which the cell state is made of.
PLACE = {"o": 0, "f": 1, "i": 2, "g": 3}


def batch_first(steps: Array) -> Array:
    """A step-major array (T, B, ...) seen batch first, (B, T, ...)."""
    return steps.swapaxes(0, 1)


def _of_every_step(name, read):
    return Computed[Array](lambda self: batch_first(read(self)), doc=f"`{name}` of every step, (B, T, H).")


def _gate(name):
    return _of_every_step(name, lambda self: self.gate_steps[:, PLACE[name]])


def _pre_activation(name):
    def read(self):
        a = self.a_steps[:, PLACE[name]]
        return a if name == "g" else a * _scale(a)[1]

    return _of_every_step(f"a_{name}", read)


def _d_pre_activation(name):
    def read(self):
        H, k = self.parameters.hidden_size, "figo".index(name)
        return self.d_a_steps[..., k * H : (k + 1) * H]

    return _of_every_step(f"d_a_{name}", read)


@dataclass(frozen=True, eq=False, repr=False)
class LSTMTrace(Shown):
    """Every intermediate of a forward pass over a sequence: the tape that the backward pass reads.

    The tape is step-major and contiguous; the properties show it batch first: as views, but for a_f, a_i and a_o, and
    for h and c where steps are padded.

    Attributes
    ----------
    z_steps : ndarray (T + 1, B, D + H + 1)
        [x, h_prev, 1]. Forward, step t reads entry t, and its h is in entry t + 1; reversed, it reads entry t + 1, and
        its h is in entry t.
    a_steps, gate_steps : ndarray (T, 4, B, H)
        Pre-activations and gate values in the order o, f, i, g. The forget gate's pre-activation includes the forget
        bias. Those of o, f and i are stored as exp or tanh takes them: times -1; where complex or exact, half.
    tanh_c_steps : ndarray (T, B, H)
    c_steps : ndarray (T + 1, B, H)
        Cell states between the steps, where their h is in `z_steps`.
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

    z_steps: Array
    a_steps: Array
    gate_steps: Array
    tanh_c_steps: Array
    c_steps: Array
    parameters: LSTMParameters
    active: Array | None
    reverse: bool

    _lines: ClassVar[str] = LSTMCellTrace._lines

    @property
    def _order(self):
        """From the order of time to that of the run, and back."""
        return slice(None, None, -1 if self.reverse else 1)

    @property
    def _h_steps(self):
        return self.z_steps[..., self.parameters.input_size : -1]

    def _after(self, states):
        return states[:-1] if self.reverse else states[1:]

    def _before(self, states):
        return states[1:] if self.reverse else states[:-1]

    def _outputs(self, states):
        after = self._after(states)
        return batch_first(after if self.active is None else np.where(self.active, after, 0 * after))

    def _values(self):
        return {name: getattr(self, name) for name in LSTMCellTrace._declared() if name != "z"}

    x: ClassVar[Computed[Array]] = Computed(
        lambda self: batch_first(self._before(self.z_steps)[..., : self.parameters.input_size])
    )
    h: ClassVar[Computed[Array]] = Computed(lambda self: self._outputs(self._h_steps))
    h_prev: ClassVar[Computed[Array]] = _of_every_step("h_prev", lambda self: self._before(self._h_steps))
    h0: ClassVar[Computed[Array]] = Computed(lambda self: self._h_steps[self._order][0])
    h_last: ClassVar[Computed[Array]] = Computed(lambda self: self._h_steps[self._order][-1])
    c: ClassVar[Computed[Array]] = Computed(lambda self: self._outputs(self.c_steps))
    c_prev: ClassVar[Computed[Array]] = _of_every_step("c_prev", lambda self: self._before(self.c_steps))
    c0: ClassVar[Computed[Array]] = Computed(lambda self: self.c_steps[self._order][0])
    c_last: ClassVar[Computed[Array]] = Computed(lambda self: self.c_steps[self._order][-1])
    tanh_c: ClassVar[Computed[Array]] = _of_every_step("tanh_c", lambda self: self.tanh_c_steps)
    f: ClassVar[Computed[Array]] = _gate("f")
    i: ClassVar[Computed[Array]] = _gate("i")
    g: ClassVar[Computed[Array]] = _gate("g")
    o: ClassVar[Computed[Array]] = _gate("o")
    a_f: ClassVar[Computed[Array]] = _pre_activation("f")
    a_i: ClassVar[Computed[Array]] = _pre_activation("i")
    a_g: ClassVar[Computed[Array]] = _pre_activation("g")
    a_o: ClassVar[Computed[Array]] = _pre_activation("o")

    def step(self, t: int) -> LSTMCellTrace:
        """Trace of one step, as `lstm_cell` would have returned it.

        Parameters
        ----------
        t : int
            Step in time, 0..T-1 (or negative, from the end).

        Returns
        -------
        LSTMCellTrace
            Of shapes (B, D), (B, H) and so on. At a padded step, `.h` and `.c` are the states handed on.

        Raises
        ------
        TypeError
            If `t` is not an integer.
        ValueError
            If there is no such step.
        """
        T, D = len(self.tanh_c_steps), self.parameters.input_size
        t = integer_in("t", t, -T, T, bounds=f"in -T..T-1 with T = {T}")
        z, c_prev = self._before(self.z_steps)[t, :, :-1], self._before(self.c_steps)[t]
        known = {"x": z[:, :D], "h_prev": z[:, D:], "c_prev": c_prev, "z": z}
        known |= {name: getattr(self, name)[:, t] for name in ("a_f", "a_i", "a_g", "a_o", "f", "i", "g", "o")}
        h, c = self._after(self._h_steps)[t], self._after(self.c_steps)[t]
        return LSTMCellTrace(known | {"c": c, "tanh_c": self.tanh_c_steps[t], "h": h})


@dataclass(frozen=True, eq=False, repr=False)
class LSTMGradients(Shown):
    """Gradients of a backward pass over a sequence: those of the arguments, and every per-step one.

    d_f, d_i, d_g, d_o and d_c_prev are products of what is stored here and in the trace, formed when they are read.

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
    d_x_steps : ndarray (T, B, D)
    d_h_steps, d_c_steps, d_h_prev_steps : ndarray (T, B, H)
        The same, step-major, as stored.
    d_a_steps : ndarray (T, B, 4H)
        In the order f, i, g, o.
    d_W_b : ndarray (4H, D + H + 1)
        `W`, and `b` as the last column.
    d_c_last : ndarray (B, H)
        As given; zero if it was not.
    trace : LSTMTrace
    parameters : LSTMParameters
        The trace's.
    """

    d_h_steps: Array
    d_c_steps: Array
    d_h_prev_steps: Array
    d_a_steps: Array
    d_x_steps: Array
    d_W_b: Array
    h0: Array
    c0: Array
    d_c_last: Array
    trace: LSTMTrace

    _lines: ClassVar[str] = LSTMCellGradients._lines

    def _handed_back(self):
        d_c_prev = self.d_c_steps * self.trace.gate_steps[:, PLACE["f"]]
        if self.trace.active is None:
            return d_c_prev
        # A padded step hands on what it was handed. Padding is at the end: forward it ran last, reversed it ran first.
        return np.where(self.trace.active, d_c_prev, self.c0 if self.trace.reverse else self.d_c_last)

    parameters: ClassVar[Computed[LSTMParameters]] = Computed(lambda self: self.trace.parameters)
    x: ClassVar[Computed[Array]] = Computed(lambda self: batch_first(self.d_x_steps))
    W: ClassVar[Computed[Array]] = Computed(lambda self: self.d_W_b[:, :-1])
    b: ClassVar[Computed[Array]] = Computed(lambda self: self.d_W_b[:, -1])
    d_h: ClassVar[Computed[Array]] = _of_every_step("d_h", lambda self: self.d_h_steps)
    d_c: ClassVar[Computed[Array]] = _of_every_step("d_c", lambda self: self.d_c_steps)
    d_h_prev: ClassVar[Computed[Array]] = _of_every_step("d_h_prev", lambda self: self.d_h_prev_steps)
    d_c_prev: ClassVar[Computed[Array]] = _of_every_step("d_c_prev", lambda self: self._handed_back())
    d_f: ClassVar[Computed[Array]] = Computed(lambda self: self.d_c * self.trace.c_prev)
    d_i: ClassVar[Computed[Array]] = Computed(lambda self: self.d_c * self.trace.g)
    d_g: ClassVar[Computed[Array]] = Computed(lambda self: self.d_c * self.trace.i)
    d_o: ClassVar[Computed[Array]] = Computed(lambda self: self.d_h * self.trace.tanh_c)
    d_a_f: ClassVar[Computed[Array]] = _d_pre_activation("f")
    d_a_i: ClassVar[Computed[Array]] = _d_pre_activation("i")
    d_a_g: ClassVar[Computed[Array]] = _d_pre_activation("g")
    d_a_o: ClassVar[Computed[Array]] = _d_pre_activation("o")

    def _values(self):
        given = {name: getattr(self, name) for name in ("x", "h0", "c0", "W", "b")}
        names = ("d_h", "d_c", "d_f", "d_i", "d_g", "d_o", "d_a_f", "d_a_i", "d_a_g", "d_a_o", "d_h_prev", "d_c_prev")
        return {name: getattr(self, name) for name in names} | given


def _memory(out, kind, shapes, dtype):
    """The arrays of an earlier result, which must fit, or new ones."""
    if out is None:
        return {name: np.empty(shape, dtype) for name, shape in shapes.items()}
    arrays = {name: getattr(instance("out", out, kind), name) for name in shapes}
    for name, shape in shapes.items():
        if arrays[name].shape != shape or arrays[name].dtype != dtype:
            got = f"{arrays[name].shape} {arrays[name].dtype}"
            raise ArgumentError("out", f"a result for the same shapes and dtype, with {name} {shape} {dtype}", got)
    return arrays


def _compiled(wanted, arguments, *dtypes):
    """The module of compiled steps where they are asked for; None where NumPy's lines run."""
    if not flag("compiled", wanted):
        return None
    for dtype in dtypes:
        if dtype not in (np.float32, np.float64):
            expected = f"False where {arguments} make {dtype}: what is compiled is float32 and float64"
            raise ArgumentTypeError("compiled", expected, True)
    from lstmderiv import compiled  # it needs an extra

    return compiled


def _blocks(B, T, H, dtype):
    """The rows of each block, and the number of steps that are one block: more than one where all rows fit."""
    row = 4 * H * dtype.itemsize
    count = min(-(-B * row // BLOCK), B) or 1
    steps = min(T, BLOCK // (B * row)) if B else T
    return [slice(k * B // count, (k + 1) * B // count) for k in range(count)], max(1, steps)


def _by_rows(blocks, *arrays):
    """The rows of each block, of arrays (..., B, H)."""
    return (arrays,) if len(blocks) == 1 else ([array[..., rows, :] for array in arrays] for rows in blocks)


def _scale(a):
    """What a sigmoid's pre-activation is scaled by before it is computed, and by what it is scaled back: both exact."""
    return (-1, -1) if a.dtype.kind == "f" else (constant(0.5, a), 2)


def _write_sigmoids(a, out):
    """The sigmoid of pre-activations that are scaled."""
    if a.dtype.kind == "f":
        np.exp(a, out=out)
        out += 1
        np.reciprocal(out, out=out)
    else:  # as `lstmderiv.sigmoid`: the quotient is NaN where exp of a complex number overflows
        half, _ = _scale(a)
        np.tanh(a, out=out)
        out *= half
        out += half


def _gate_weights(parameters, forget_bias, dtype):
    """Weights and bias of the gates in the order of the tape, (4, D + H + 1, H), the sigmoids' scaled.

    Products with a transposed copy are faster than with a transposed view where the batch is small.
    """
    H = parameters.hidden_size
    W, b = parameters.W.reshape(4, H, -1), parameters.b.reshape(4, H)
    weights = np.empty((4, W.shape[2] + 1, H), dtype)
    # A few columns at a time: to write a column of a large matrix is to touch as many pages as it has rows.
    for k in range(0, H, 64):
        weights[0, :-1, k : k + 64] = W[3, k : k + 64].T
        weights[1:, :-1, k : k + 64] = W[:3, k : k + 64].swapaxes(1, 2)
    weights[0, -1], weights[1:, -1] = b[3], b[:3]
    weights[PLACE["f"], -1] += forget_bias
    weights[:3] *= _scale(weights)[0]
    return weights


def lstm(
    x: ArrayLike,
    parameters: LSTMParameters,
    h0: ArrayLike | None = None,
    c0: ArrayLike | None = None,
    *,
    forget_bias: Real = 0.0,
    lengths: ArrayLike | None = None,
    reverse: bool = False,
    compiled: bool = False,
    out: LSTMTrace | None = None,
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
    compiled : bool, optional
        Run the lines of `lstmderiv.compiled` in place of NumPy's: float32 and float64 only, and without warnings of
        floating-point arithmetic. It needs the extra `lstmderiv[fast]`. The first call compiles, which takes seconds.
    out : LSTMTrace, optional
        An earlier result for the same B, T, D, H and dtype, whose memory is used again. Give it up: its values, views
        of them, and what gradients made from it form when they are read are those of the new result from now on. Other
        arguments may be views of it; they are read first.

    Returns
    -------
    LSTMTrace
        Outputs `.h` (B, T, H), last states `.h_last` and `.c_last` (B, H), and every intermediate. Dtype: NumPy's
        promotion of all arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers, or `compiled` is asked for another dtype.
    ImportError
        If `compiled` is asked for without the extra.
    ValueError
        If shapes do not fit, a length is out of range, an argument holds NaN or infinities, or `out` is for another
        shape or dtype.

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
    if x.size and dtype.kind == "O":
        having("tanh", x=x, h0=h0, c0=c0, **{f"parameters.{name}": a for name, a in parameters.arrays().items()})
    forget_bias = real_scalar("forget_bias", forget_bias, dtype=dtype)
    active, reverse = steps_to_run(lengths, reverse, B, T)
    lines = _compiled(compiled, "x, parameters, h0 and c0", dtype)
    shapes = {
        "z_steps": (T + 1, B, D + H + 1), "a_steps": (T, 4, B, H), "gate_steps": (T, 4, B, H),
        "tanh_c_steps": (T, B, H), "c_steps": (T + 1, B, H),
    }  # fmt: skip
    trace = LSTMTrace(**_memory(out, LSTMTrace, shapes, dtype), parameters=parameters, active=active, reverse=reverse)
    h0, c0 = (0 if state is None else state.copy() for state in (h0, c0))

    # In the order of the run, time first.
    order = trace._order
    z, a, gates = trace.z_steps[order], trace.a_steps[order], trace.gate_steps[order]
    c, tanh_c = trace.c_steps[order], trace.tanh_c_steps[order]
    h = z[:, :, D:-1]
    z[:-1, :, :D] = batch_first(x)[order]
    z[-1, :, :D], z[:, :, -1] = 0, 1
    h[0], c[0] = h0, c0
    weights = _gate_weights(parameters, forget_bias, dtype)
    if lines is not None:
        lines.forward(trace, weights)
        return trace
    padded = None if active is None else ~active[order]
    blocks, _ = _blocks(B, T, H, dtype)
    # Where exp(-a) overflows, the sigmoid is 0.
    with np.errstate(over="ignore", under="ignore"):
        for t in range(T):
            np.matmul(z[t], weights, out=a[t])
            step = a[t], gates[t], c[t], c[t + 1], tanh_c[t], h[t + 1]
            for a_ofig, ofig, c_prev, c_t, tanh_c_t, h_t in _by_rows(blocks, *step):
                o, f, i, g = ofig
                _write_sigmoids(a_ofig[:3], ofig[:3])
                np.tanh(a_ofig[3], out=g)
                np.multiply(f, c_prev, out=c_t)
                c_t += i * g
                np.tanh(c_t, out=tanh_c_t)
                np.multiply(o, tanh_c_t, out=h_t)
            if padded is not None:
                np.copyto(h[t + 1], h[t], where=padded[t])
                np.copyto(c[t + 1], c[t], where=padded[t])
    return trace


def lstm_backward(
    d_h: ArrayLike | None,
    trace: LSTMTrace,
    d_h_last: ArrayLike | None = None,
    d_c_last: ArrayLike | None = None,
    *,
    compiled: bool = False,
    out: LSTMGradients | None = None,
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
    compiled : bool, optional
        As for `lstm`. The trace may be of either kind.
    out : LSTMGradients, optional
        An earlier result for the same B, T, D, H and dtype, whose memory is used again. Give it up: its values, and
        views of them, are those of the new result from now on. Other arguments may be views of it; they are read first.

    Returns
    -------
    LSTMGradients
        `.x`, `.h0`, `.c0`, `.W`, `.b` for the arguments of `lstm`, and every per-step gradient. Dtype: NumPy's
        promotion of all arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers, or `compiled` is asked for another dtype.
    ImportError
        If `compiled` is asked for without the extra.
    ValueError
        If shapes do not fit, an argument holds NaN or infinities, or `out` is for another shape or dtype.

    Notes
    -----
    Source: article "LSTM Part 3", figure 7 and the recursions dh_next and dc_next; Werbos (1990).
    """
    instance("trace", trace, LSTMTrace)
    T, B, H = trace.tanh_c_steps.shape
    D = trace.parameters.input_size
    last = {"d_h_last": d_h_last, "d_c_last": d_c_last}
    d_h, (d_h_next, d_c_last), dtype = upstream_arguments(d_h, last, (B, T, H), trace.gate_steps)
    shapes = {
        "d_h_steps": (T, B, H), "d_c_steps": (T, B, H), "d_h_prev_steps": (T, B, H), "d_a_steps": (T, B, 4 * H),
        "d_x_steps": (T, B, D), "d_W_b": (4 * H, D + H + 1),
    }  # fmt: skip
    lines = _compiled(compiled, "d_h, trace, d_h_last and d_c_last", trace.gate_steps.dtype, dtype)
    memory = _memory(out, LSTMGradients, shapes, dtype)
    if out is not None and any(np.may_share_memory(d_h, array) for array in memory.values()):
        d_h = d_h.copy()
    d_h_next, d_c_last, d_c_next = d_h_next.copy(), d_c_last.copy(), d_c_last.copy()
    if lines is not None:
        recursion = (memory[name] for name in ("d_h_steps", "d_c_steps", "d_a_steps", "d_h_prev_steps"))
        d_h_next = lines.backward(trace, d_h, *recursion, d_h_next, d_c_next)
        return _completed(memory, d_h_next, d_c_next, d_c_last, trace)

    # From here on, step t is the t-th that ran.
    order = trace._order
    gates, tanh_c, c_before = trace.gate_steps[order], trace.tanh_c_steps[order], trace.c_steps[order][:-1]
    d_h, d_a, d_h_prev = d_h[:, order], memory["d_a_steps"][order], memory["d_h_prev_steps"][order]
    d_h_steps, d_c_steps = memory["d_h_steps"][order], memory["d_c_steps"][order]
    d_figo = d_a.reshape(T, B, 4, H).swapaxes(1, 2)
    W_h = trace.parameters.W[:, trace.parameters.input_size :]
    active = None if trace.active is None else trace.active[order]
    blocks, steps = _blocks(B, T, H, gates.dtype)
    slopes = np.empty((5, steps, -(-B // len(blocks)), H), gates.dtype)
    # Either all rows are one block, and several steps are taken at a time, or each step is taken block by block.
    for stop in range(T, 0, -steps):
        start = max(0, stop - steps)
        for rows in blocks:
            # What needs no recursion, for several steps: the slope of each activation, times what its gate meets.
            ofig, tanh = gates[start:stop, :, rows].swapaxes(0, 1), tanh_c[start:stop, rows]
            o, f, i, g = ofig
            slope = slopes[:, : stop - start, : rows.stop - rows.start]
            o_slope, f_slope, i_slope, g_slope, c_slope = slope
            np.subtract(1, ofig[:3], out=slope[:3])
            slope[:3] *= ofig[:3]
            np.multiply(g, g, out=g_slope)
            np.multiply(tanh, tanh, out=c_slope)
            np.subtract(1, slope[3:], out=slope[3:])
            o_slope *= tanh
            f_slope *= c_before[start:stop, rows]
            i_slope *= g
            g_slope *= i
            c_slope *= o
            # The recursion.
            for t in reversed(range(start, stop)):
                k = t - start
                d_h_t, d_c_t = d_h_steps[t, rows], d_c_steps[t, rows]
                d_h_t[...] = d_h[rows, t] + d_h_next[rows]
                np.multiply(d_h_t, c_slope[k], out=d_c_t)
                d_c_t += d_c_next[rows]
                if active is None:
                    np.multiply(d_c_t, f[k], out=d_c_next[rows])
                else:
                    on = active[t, rows]
                    np.copyto(d_h_t, 0, where=~on)
                    np.copyto(d_c_t, 0, where=~on)
                    np.multiply(d_c_t, f[k], out=d_c_next[rows], where=on)
                np.multiply(d_h_t, o_slope[k], out=d_figo[t, 3, rows])
                np.multiply(d_c_t, slope[1:4, k], out=d_figo[t, :3, rows])
                if rows is blocks[-1]:  # the step is complete
                    np.matmul(d_a[t], W_h, out=d_h_prev[t])
                    if active is not None:
                        np.copyto(d_h_prev[t], d_h_next, where=~active[t])
                    d_h_next = d_h_prev[t]
    return _completed(memory, d_h_next, d_c_next, d_c_last, trace)


def _completed(memory, d_h_next, d_c_next, d_c_last, trace):
    """The gradients: with those that need nothing but the recursion's result, for all steps."""
    d_a, z, W = memory["d_a_steps"], trace._before(trace.z_steps), trace.parameters.W
    T, B, D = memory["d_x_steps"].shape
    rows = d_a.reshape(T * B, d_a.shape[-1])
    np.matmul(rows, W[:, :D], out=memory["d_x_steps"].reshape(T * B, D))
    np.matmul(rows.T, z.reshape(T * B, z.shape[-1]), out=memory["d_W_b"])
    return LSTMGradients(**memory, h0=d_h_next.copy(), c0=d_c_next, d_c_last=d_c_last, trace=trace)
