"""One direction of one layer over its steps, forward and backward: padding, the order of time, and what is kept."""

from collections.abc import MutableMapping, Sequence
from dataclasses import fields

import numpy as np

from lstmderiv import sequence
from lstmderiv.arithmetic import filled
from lstmderiv.interchange.cells import BACKWARD, FORWARD
from lstmderiv.interchange.network import Weights
from lstmderiv.interchange.options import Options
from lstmderiv.sequence import kept
from lstmderiv.tape import Intervene, Place, Tape
from lstmderiv.types import Array

__all__ = ["collect", "run", "run_backward"]

#: Of these a step computes its part of a sum over all steps.
SHARES = frozenset(f"d_{field.name}" for field in fields(Weights))


def _rows(array, order):
    """The steps (T, B, ...) of an array, each row in an order of its own (T, B); None is the order of time."""
    return array if order is None else np.take_along_axis(array, order[..., None], axis=0)


def _order(direction, lengths, T, B):
    """For each step that runs and each row: the time that it reads. It is its own inverse."""
    if direction == "forward":
        return None
    times = np.broadcast_to(np.arange(T)[:, None], (T, B))
    lengths = np.full(B, T) if lengths is None else lengths
    # Past a row's first step time goes round: what reads on into padding (`finished` "computed") begins at its end.
    return (lengths - 1 - times) % T if T else times


def _running(lengths, T):
    """(T, B, 1): the steps of each row that are not padding; None if there is no padding."""
    if lengths is None or (lengths == T).all():
        return None
    return (np.arange(T)[:, None] < lengths)[..., None]


def _at_end(lengths, T, B):
    """(T, B, 1): each row's own last step."""
    lengths = np.full(B, T) if lengths is None else lengths
    return (np.arange(T)[:, None] == lengths - 1)[..., None]


def run(
    x: Array,
    weights: Weights,
    states: dict[str, Array],
    place: Place,
    options: Options,
    lengths: Array | None,
    intervene: Intervene | None,
) -> tuple[Array, dict[str, Array], list[Tape]]:
    """One direction of one layer over x (T, B, D): outputs aligned in time, last states, and the tapes as they ran."""
    T, B = x.shape[:2]
    order, running, at_end = _order(place.direction, lengths, T, B), _running(lengths, T), _at_end(lengths, T, B)
    on = None if options.finished == "computed" else running

    def begin(k, known):
        return Tape(place._replace(step=k), intervene, known)

    tapes, last = sequence.run(lambda t: FORWARD[options.cell](t, weights, options), begin, _rows(x, order), states, on)
    if running is not None and on is None:
        # The steps of padding were computed like the others: each row's last states stand at its own last step.
        last = dict(states)
        for k, tape in enumerate(tapes):
            last = {name: np.where(at_end[k], tape[name], state) for name, state in last.items()}
    outputs = [tape.h if on is None else kept(tape.h, on[k]) for k, tape in enumerate(tapes)]
    y = np.stack(outputs) if T else np.zeros((T, B, weights.W_h.shape[1]), x.dtype)
    y = _rows(y, order)
    if running is not None and options.finished == "last" and place.direction == "forward":
        for t in range(1, T):
            y[t] = np.where(running[t], y[t], y[t - 1])
    return y, {name: state.copy() for name, state in last.items()}, tapes


def run_backward(
    d_y: Array,
    tapes: Sequence[Tape],
    weights: Weights,
    ends: dict[str, Array],
    place: Place,
    options: Options,
    lengths: Array | None,
    intervene: Intervene | None,
) -> tuple[list[Tape], dict[str, Array], Array, Weights]:
    """Back through `run`: the tapes of the steps, gradients of first states, of x, and of the weights."""
    T, B = d_y.shape[:2]
    order, running, at_end = _order(place.direction, lengths, T, B), _running(lengths, T), _at_end(lengths, T, B)
    if running is not None and options.finished == "last" and place.direction == "forward":
        d_y = d_y.copy()
        for t in reversed(range(1, T)):
            d_y[t - 1] += kept(d_y[t], ~running[t])
    d_y = _rows(d_y, order)
    on = None if options.finished == "computed" else running
    if on is not None:
        d_y = kept(d_y, on)
        # What overflowed at a padded step would make NaN even of a gradient of zero.
        tapes = [tape if on[k].all() else {n: kept(v, on[k]) for n, v in tape.items()} for k, tape in enumerate(tapes)]
    totals = {f"d_{name}": filled(0, a.astype(d_y.dtype)) for name, a in weights.arrays().items()}
    carries, late = ends, None
    if running is not None and on is None:
        # Padding was computed, and handed nothing on: the last states' gradients come in at each row's own last step.
        carries = {name: filled(0, d) for name, d in ends.items()}

        def late(k):
            return {name: kept(d, at_end[k]) for name, d in ends.items()} if at_end[k].any() else {}

    def begin(k, known):
        return Tape(place._replace(step=k), intervene, known, shares=SHARES)

    def step_backward(t):
        BACKWARD[options.cell](t, weights, options)

    found, start, totals = sequence.run_backward(step_backward, begin, tapes, d_y, carries, totals, on, late)
    if late is not None:
        empty = (np.full(B, T) if lengths is None else lengths) == 0
        start = {name: d + kept(ends[name], empty[:, None]) for name, d in start.items()}
    end = Tape(place, intervene)
    for name, total in totals.items():
        setattr(end, name, total)
    totals = Weights._of({name.removeprefix("d_"): end[name] for name in totals})
    d_x = np.stack([tape.d_x for tape in found]) if T else np.zeros((T, B, weights.W_x.shape[1]), d_y.dtype)
    return found, start, _rows(d_x if on is None else kept(d_x, on), order), totals


def collect(
    tensors: MutableMapping[str, Array],
    prefix: str,
    tapes: Sequence[Tape],
    lengths: Array | None,
    options: Options,
    *,
    forward: bool,
) -> None:
    """Add to `tensors` what every step of one direction wrote down, aligned in time; nothing if there is no step."""
    if not tapes:
        return
    direction, T, B = tapes[0].place.direction, len(tapes), len(tapes[0].x)
    order, running = _order(direction, lengths, T, B), _running(lengths, T)
    for name in tapes[0]:
        if name == "x" or name.startswith("d_") == forward or name in SHARES:
            continue
        values = np.stack([tape[name] for tape in tapes])
        if running is not None and options.finished != "computed":
            values = kept(values, running)
        values = _rows(values, order)
        tensors[prefix + name] = np.ascontiguousarray(
            values.swapaxes(0, 1) if options.layout == "batch_first" else values
        )
