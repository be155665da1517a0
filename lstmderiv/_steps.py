"""A cell run over the steps of a sequence, forward and backward: what the variations of the LSTM share.

A loop and no more: the product of inputs and weights is not taken out of it, as `lstmderiv.lstm` does for speed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lstmderiv._sequence_arguments import steps_to_run, upstream_arguments
from lstmderiv.checks import flag, floating
from lstmderiv.types import Array, ArrayLike, Computed

__all__ = ["active_steps", "checked_sequence", "outputs", "run_backward", "run_forward", "stacked", "total", "upstream"]


def checked_sequence(
    x: ArrayLike, parameters: Any, arrays: Iterable[Array], **states: ArrayLike | None
) -> tuple[Array, list[Array]]:
    """Inputs and initial states of a sequence, checked, and copied to the dtype that all arguments promote to.

    `states` are by name, None for zeros; `arrays` are the parameters' arrays, which take part in the promotion.
    """
    x = floating("x", x, ("B", "T", "D"), D=parameters.input_size)
    shape = {"B": x.shape[0], "H": parameters.hidden_size}
    given = {name: floating(name, value, ("B", "H"), **shape) for name, value in states.items() if value is not None}
    dtype = np.result_type(x, *given.values(), *arrays)
    zero = np.zeros(tuple(shape.values()), dtype)
    return np.array(x, dtype), [np.array(given.get(name, zero), dtype) for name in states]


def active_steps(lengths: ArrayLike | None, B: int, T: int) -> Array | None:
    """Which steps of which rows are not padding, (T, B, 1); None if no lengths are given."""
    return steps_to_run(lengths, False, B, T)[0]


def _order(T, reverse):
    return list(reversed(range(T)) if flag("reverse", reverse) else range(T))


def run_forward(
    cell: Callable[..., Any], x: Array, states: Mapping[str, Array], active: Array | None, reverse: bool
) -> tuple[tuple[Any, ...], list[Array]]:
    """Run cell(x_t, *states) over x (B, T, D); `states` is a dict from the cell's names of them to the initial arrays.

    Returns the cell's trace of every step, in the order of time, and the last states. At a padded step the trace holds
    the states that were handed on.
    """
    names, steps = list(states), [None] * x.shape[1]
    states = list(states.values())
    for t in _order(x.shape[1], reverse):
        trace = cell(x[:, t], *states)
        after = [getattr(trace, name) for name in names]
        if active is not None:
            after = [np.where(active[t], new, old) for new, old in zip(after, states)]
            trace = replace(trace, **dict(zip(names, after)))
        steps[t], states = trace, after
    return tuple(steps), [state.copy() for state in states]


def upstream(trace: Any, d_h: ArrayLike | None, **d_last: ArrayLike | None) -> list[Array]:
    """Gradients from outside, checked, of the dtype that they and the tape promote to; None becomes zero."""
    (B, H), T = trace.h0.shape, len(trace.steps)
    d_h, last, dtype = upstream_arguments(d_h, d_last, (B, T, H), trace.h_last)
    return [np.array(value, dtype) for value in (d_h, *last)]


def run_backward(
    cell_backward: Callable[..., Any], trace: Any, d_h: Array, carries: Mapping[str, Array]
) -> tuple[tuple[Any, ...], list[Array]]:
    """Run cell_backward(*d_states, step) back over the steps; `carries` is a dict from names of states, "h" first.

    Returns the cell's gradients of every step, in the order of time, and what the first step hands back. At a padded
    step the gradients hold the carries that were handed on.
    """
    names, found = list(carries), [None] * len(trace.steps)
    carries = list(carries.values())
    for t in reversed(_order(len(trace.steps), trace.reverse)):
        d_states = [d_h[:, t] + carries[0], *carries[1:]]
        if trace.active is not None:
            d_states = [np.where(trace.active[t], d, 0 * d) for d in d_states]
        one = cell_backward(*d_states, trace.steps[t])
        back = [getattr(one, name) for name in names]
        if trace.active is not None:
            back = [np.where(trace.active[t], new, old) for new, old in zip(back, carries)]
            one = replace(one, **dict(zip(names, back)))
        found[t], carries = one, back
    return tuple(found), [carry.copy() for carry in carries]


def total(steps: Sequence[Any], name: str, like: Array) -> Array:
    """Sum over the steps of the gradient that each calls `name`; zeros of the shape of `like` if there is no step."""
    return sum((getattr(step, name) for step in steps), 0 * like)


def stacked(name: str) -> Computed[Array]:
    """A property: the value that every step calls `name`, (B, T, H); None if this kind of cell has none."""

    def read(self):
        if not self.steps:
            return self.h0[:, None][:, :0]
        values = [getattr(step, name) for step in self.steps]
        return None if values[0] is None else np.stack(values, axis=1)

    return Computed[Array](read)


def outputs(name: str) -> Computed[Array]:
    """A property: the state `name` after every step, (B, T, H), zero at padded steps."""

    def read(self):
        states = stacked(name).fget(self)
        return states if self.active is None else np.where(np.swapaxes(self.active, 0, 1), states, 0 * states)

    return Computed[Array](read)
