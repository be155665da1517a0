"""The tape of a recurrent network over a sequence: what the forward pass keeps, and what the backward pass gives."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lstmderiv.checks import integer_in
from lstmderiv.lstm_cell import LSTMCellTrace, LSTMParameters
from lstmderiv.types import Array, Computed

__all__ = ["LSTMGradients", "LSTMTrace", "SequenceTape", "batch_first"]


def batch_first(steps: Array) -> Array:
    """A step-major array (T, B, ...) seen batch first, (B, T, ...)."""
    return np.swapaxes(steps, 0, 1)


def _gate(name: str, k: int, tape: str) -> Computed[Array]:
    def read(self):
        H = self.parameters.hidden_size
        return batch_first(getattr(self, tape)[..., k * H : (k + 1) * H])

    return Computed[Array](read, doc=f"`{name}` of every step, (B, T, H).")


class SequenceTape:
    """What the tapes of all recurrent networks share: inputs and hidden states of every step, seen batch first.

    A tape has the fields `x_steps` (T, B, D), `h_steps` (T + 1, B, H), `active` and `reverse`; see `LSTMTrace`.
    """

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

    def _index(self, t):
        T = self.x_steps.shape[0]
        return integer_in("t", t, -T, T, bounds=f"in -T..T-1 with T = {T}")

    x: ClassVar[Computed[Array]] = Computed(lambda self: batch_first(self.x_steps))
    h: ClassVar[Computed[Array]] = Computed(lambda self: self._outputs(self.h_steps))
    h_prev: ClassVar[Computed[Array]] = Computed(lambda self: batch_first(self._before(self.h_steps)))
    h0: ClassVar[Computed[Array]] = Computed(lambda self: self.h_steps[-1 if self.reverse else 0])
    h_last: ClassVar[Computed[Array]] = Computed(lambda self: self.h_steps[0 if self.reverse else -1])


@dataclass(frozen=True, eq=False)
class LSTMTrace(SequenceTape):
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
        t = self._index(t)
        H = self.parameters.hidden_size
        gates = [self.gate_steps[t][:, k * H : (k + 1) * H] for k in range(4)]
        pre_activations = [self.a_steps[t][:, k * H : (k + 1) * H] for k in range(4)]
        h_prev, c_prev = self._before(self.h_steps)[t], self._before(self.c_steps)[t]
        z = np.concatenate([self.x_steps[t], h_prev], axis=-1)
        h, c = self._after(self.h_steps)[t], self._after(self.c_steps)[t]
        return LSTMCellTrace(self.x_steps[t], h_prev, c_prev, z, *pre_activations, *gates, c, self.tanh_c_steps[t], h)


@dataclass(frozen=True, eq=False)
class LSTMGradients:
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
