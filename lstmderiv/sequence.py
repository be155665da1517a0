"""A cell over the steps of a sequence, forward and backward: the one loop over time, and what it leaves.

The loop is handed the step, and a function that begins a step's tape. It runs the steps in the order in which they
come: who wants the other direction hands them over the other way round.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypeVar

import numpy as np

from lstmderiv._parameters import Parameters
from lstmderiv._sequence_arguments import steps_to_run, upstream_arguments
from lstmderiv.arithmetic import filled
from lstmderiv.checks import floating, having, integer_in
from lstmderiv.tape import Tape, Trace
from lstmderiv.types import Array, ArrayLike, Computed

__all__ = ["SequenceGradients", "SequenceTrace", "kept", "run", "run_backward", "run_cell", "run_cell_backward"]

#: From the number of a step and what is known at its beginning to its tape.
Begin: TypeAlias = Callable[[int, Mapping[str, Any]], Tape]
States: TypeAlias = dict[str, Array]
OfTrace = TypeVar("OfTrace", bound="SequenceTrace")
OfGradients = TypeVar("OfGradients", bound="SequenceGradients")


def kept(value: Array, where: Array) -> Array:
    """`value` where it is kept, zero elsewhere: never -0.0, whatever stood there."""
    return np.where(where, value, filled(0, value))


def run(
    step: Callable[[Tape], None], begin: Begin, x: Sequence[Array], states: Mapping[str, Array], on: Array | None
) -> tuple[list[Tape], States]:
    """Run a step over inputs, and hand its states on.

    Parameters
    ----------
    step : callable
        Called as step(t): reads x and, for a state h, h_prev; writes h.
    begin : callable
        Called as begin(k, known) for step k.
    x : sequence of ndarray (B, D)
        In the order in which they are read.
    states : mapping of ndarray (B, H)
        The initial states by name.
    on : ndarray of bool (T, B, 1), or None
        False at the padded steps of a row: its states are handed on, and stand on the tape as what the step left.

    Returns
    -------
    tapes : list of Tape
        As they ran.
    states : dict of ndarray (B, H)
        The last states.
    """
    tapes, states = [], dict(states)
    for k, x_k in enumerate(x):
        t = begin(k, {"x": x_k, **{f"{name}_prev": state for name, state in states.items()}})
        step(t)
        if on is not None:
            for name, state in states.items():
                t[name] = np.where(on[k], t[name], state)
        states = {name: t[name] for name in states}
        tapes.append(t)
    return tapes, states


def run_backward(
    step_backward: Callable[[Tape], None],
    begin: Begin,
    tapes: Sequence[Mapping[str, Any]],
    d_h: Sequence[Array],
    carries: Mapping[str, Array],
    totals: Mapping[str, Array],
    on: Array | None,
    late: Callable[[int], Mapping[str, Array]] | None = None,
) -> tuple[list[Tape], States, States]:
    """Run a backward step from the last step to the first, hand its states' gradients on, and add up the weights'.

    Parameters
    ----------
    step_backward : callable
        Called as step_backward(t): reads what the forward step left, d_h, and for a further state c d_c_next; writes
        d_h_prev, d_c_prev, and its share of each total.
    begin : callable
        As for `run`; given what the forward step left.
    tapes : sequence of mapping
        As they ran.
    d_h : sequence of ndarray (B, H)
        What reaches each step's hidden state from outside the loop, in the same order.
    carries : mapping of ndarray (B, H)
        Gradients of the last states, by the states' names.
    totals : mapping of ndarray
        By the names of gradients, what the shares are added to.
    on : ndarray of bool (T, B, 1), or None
        False at the padded steps of a row: the carry is handed on, and no gradient reaches the step.
    late : callable, optional
        late(k) is added to the carries before step k.

    Returns
    -------
    tapes : list of Tape
        In the order of the forward pass.
    carries : dict of ndarray (B, H)
        Gradients of the initial states.
    totals : dict of ndarray
    """
    found: list[Any] = [None] * len(tapes)
    carries, totals = dict(carries), dict(totals)
    for k in reversed(range(len(tapes))):
        if late is not None:
            carries |= {name: carries[name] + d for name, d in late(k).items()}
        padded = on is not None and not on[k].all()
        t = begin(k, tapes[k])
        d_states = {"h": d_h[k] + carries["h"], **{name: d for name, d in carries.items() if name != "h"}}
        if padded:
            d_states = {name: kept(d, on[k]) for name, d in d_states.items()}
        for name, d in d_states.items():
            if name == "h":
                t.d_h = d
            else:
                t[f"d_{name}_next"] = d
        step_backward(t)
        if padded:
            for name, d in carries.items():
                t[f"d_{name}_prev"] = np.where(on[k], t[f"d_{name}_prev"], d)
        carries = {name: t[f"d_{name}_prev"] for name in carries}
        totals = {name: total + t[name] for name, total in totals.items()}
        found[k] = t
    return found, carries, totals


class _OverTime(Trace):
    """Every value of a cell's steps, with an axis of time: `steps` holds them step by step."""

    steps: tuple[Any, ...]
    x: Array
    h0: Array

    #: The cell's own trace or gradients.
    _step: ClassVar[type[Trace]] = Trace

    if not TYPE_CHECKING:

        def __getattr__(self, name):
            # A step's share in a weight's gradient has no axis of time: the class does not declare it.
            if name in self._step._declared() and name in self._declared():
                return _over_time(self, name)
            return super().__getattr__(name)

    def _values(self) -> Mapping[str, Any]:
        # The states are properties: zero at padded steps.
        known = {*self._declared(), *(name for name in "hc" if hasattr(type(self), name))}
        return {name: getattr(self, name) for name in (vars(self.steps[0]) if self.steps else ()) if name in known}


class SequenceTrace(_OverTime):
    """Every intermediate of a forward pass over a sequence: the tape that the backward pass reads.

    Attributes
    ----------
    steps : tuple
        What the cell left at each step, in the order of time. At a padded step the states are those handed on.
    x : ndarray (B, T, D)
    h0, h_last : ndarray (B, H)
        State before the first and after the last step of each row.
    h : ndarray (B, T, H)
        State after each step, zero at padded steps.
    parameters
        Of the cell.
    active : ndarray of bool (T, B, 1), or None
        False at the padded steps of a row, where its state is handed on unchanged. None: no step is padded.
    reverse : bool
    """

    h_last: Array
    active: Array | None
    reverse: bool

    def step(self, t: int) -> Any:
        """What the cell left at one step.

        Parameters
        ----------
        t : int
            Step in time, 0..T-1 (or negative, from the end).

        Returns
        -------
        Trace
            The cell's own. At a padded step, its states are those handed on.

        Raises
        ------
        TypeError
            If `t` is not an integer.
        ValueError
            If there is no such step.
        """
        T = len(self.steps)
        return self.steps[integer_in("t", t, -T, T, bounds=f"in -T..T-1 with T = {T}")]


class SequenceGradients(_OverTime):
    """Gradients of a backward pass over a sequence: those of the arguments, and every step's.

    Attributes
    ----------
    steps : tuple
        The gradients of each step, in the order of time. At a padded step `.d_h_prev` is what was handed on.
    x : ndarray (B, T, D)
    h0 : ndarray (B, H)
    """

    def _values(self) -> Mapping[str, Any]:
        return super()._values() | {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}


def _over_time(self, name):
    """The value that every step calls `name`, (B, T, H); None if this kind of cell has none."""
    if not self.steps:
        return None if name in self._optional else self.h0[:, None][:, :0]
    values = [getattr(step, name) for step in self.steps]
    return None if values[0] is None else np.stack(values, axis=1)


def state_over_time(name: str) -> Computed[Array]:
    """A property: the state `name` after every step, (B, T, H), zero at padded steps."""

    def read(self):
        states = _over_time(self, name)
        return states if self.active is None else kept(states, np.swapaxes(self.active, 0, 1))

    return Computed[Array](read, doc=f"The state `{name}` after each step, (B, T, H), zero at padded steps.")


def run_cell(
    kind: type[OfTrace],
    step: Callable[[Tape], None],
    x: Array,
    states: Mapping[str, Array],
    parameters: Parameters,
    lengths: ArrayLike | None,
    reverse: bool,
) -> OfTrace:
    """Run a cell's step over x (B, T, D), both checked: the trace of the sequence."""
    active, reverse = steps_to_run(lengths, reverse, *x.shape[:2])
    order = slice(None, None, -1 if reverse else 1)
    on = None if active is None else active[order]
    tapes, last = run(step, _plain_tape, np.swapaxes(x, 0, 1)[order], states, on)
    values = {"steps": tuple(kind._step(vars(t)) for t in tapes[order]), "x": x}
    values |= {f"{name}0": state for name, state in states.items()}
    values |= {f"{name}_last": state.copy() for name, state in last.items()}
    return kind(values | {"parameters": parameters, "active": active, "reverse": reverse})


def run_cell_backward(
    kind: type[OfGradients],
    step_backward: Callable[[Tape], None],
    trace: Any,
    d_h: ArrayLike | None,
    d_last: Mapping[str, ArrayLike | None],
) -> OfGradients:
    """Run a cell's backward step back over `trace`, of which the type has been checked."""
    (B, H), T = trace.h0.shape, len(trace.steps)
    d_h, last, dtype = upstream_arguments(d_h, {f"d_{name}_last": d for name, d in d_last.items()}, (B, T, H), trace.h0)
    order = slice(None, None, -1 if trace.reverse else 1)
    on = None if trace.active is None else trace.active[order]
    totals = {f"d_{name}": filled(0, array.astype(dtype)) for name, array in trace.parameters.arrays().items()}
    tapes = [vars(step) for step in trace.steps[order]]
    carries = {name: d.copy() for name, d in zip(d_last, last)}
    d_steps = np.swapaxes(d_h, 0, 1)[order]
    found, first, totals = run_backward(step_backward, _plain_tape, tapes, d_steps, carries, totals, on)
    forward = set(tapes[0]) if tapes else ()
    steps = tuple(kind._step({n: v for n, v in vars(t).items() if n not in forward}) for t in found[order])
    d_x = np.stack([step.d_x for step in steps], axis=1) if steps else trace.x.astype(dtype)
    values = {"steps": steps, "x": d_x, **{f"{name}0": d.copy() for name, d in first.items()}}
    return kind(values | {name.removeprefix("d_"): total for name, total in totals.items()})


def checked_sequence(x: ArrayLike, parameters: Any, **states: ArrayLike | None) -> tuple[Array, dict[str, Array]]:
    """Inputs and initial states of a sequence, checked, and copied to the dtype that all arguments promote to.

    `states` are by name, None for zeros. They are returned by the names that the cell has for them.
    """
    x = floating("x", x, ("B", "T", "D"), D=parameters.input_size)
    shape = {"B": x.shape[0], "H": parameters.hidden_size}
    given = {name: floating(name, value, ("B", "H"), **shape) for name, value in states.items() if value is not None}
    arrays = parameters.arrays()
    if x.size:
        having("tanh", x=x, **given, **{f"parameters.{name}": array for name, array in arrays.items()})
    dtype = np.result_type(x, *given.values(), *arrays.values())
    zero = np.zeros(tuple(shape.values()), dtype)
    return np.array(x, dtype), {name.removesuffix("0"): np.array(given.get(name, zero), dtype) for name in states}


def _plain_tape(k, known):
    return Tape(known=known)
