"""One direction of one layer over its steps, forward and backward: padding, the order of time, and what is kept."""

from collections.abc import MutableMapping, Sequence
from dataclasses import fields

import numpy as np

from lstmderiv.interchange.activations import filled
from lstmderiv.interchange.cells import BACKWARD, FORWARD
from lstmderiv.interchange.network import Weights
from lstmderiv.interchange.options import Options
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


def _kept(value, where):
    """`value` where it is kept, zero elsewhere: never -0.0, whatever stood there."""
    return np.where(where, value, filled(0, value))


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
    x, tapes, end, outputs = _rows(x, order), [], dict(states), []
    on = running is None or options.finished == "computed"
    for t in range(T):
        tape = Tape(place._replace(step=t), intervene, {"x": x[t], **{f"{s}_prev": v for s, v in states.items()}})
        FORWARD[options.cell](tape, weights, options)
        new = {name: tape[name] for name in states}
        end = new if running is None else {name: np.where(at_end[t], new[name], end[name]) for name in new}
        states = new if on else {name: np.where(running[t], value, states[name]) for name, value in new.items()}
        outputs.append(tape.h if on else _kept(tape.h, running[t]))
        tapes.append(tape)
    y = np.stack(outputs) if T else np.zeros((T, B, weights.W_h.shape[1]), x.dtype)
    y = _rows(y, order)
    if running is not None and options.finished == "last" and place.direction == "forward":
        for t in range(1, T):
            y[t] = np.where(running[t], y[t], y[t - 1])
    return y, {name: state.copy() for name, state in end.items()}, tapes


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
            d_y[t - 1] += _kept(d_y[t], ~running[t])
    d_y = _rows(d_y, order)
    masked = running is not None and options.finished != "computed"
    if masked:
        d_y = _kept(d_y, running)
    empty = (np.full(B, T) if lengths is None else lengths) == 0
    carries = {name: filled(0, d) for name, d in ends.items()}
    found, totals = [None] * T, {name: filled(0, a.astype(d_y.dtype)) for name, a in weights.arrays().items()}
    for t in reversed(range(T)):
        if at_end[t].any():
            carries = {name: d + _kept(ends[name], at_end[t]) for name, d in carries.items()}
        # The forward values of a padded step take no part: they are zeroed with the gradients.
        known = _silenced(tapes[t], running[t]) if masked else tapes[t]
        tape = Tape(place._replace(step=t), intervene, known, shares=SHARES)
        tape.d_h = d_y[t] + carries["h"]
        if "c" in carries:
            tape["d_c_next"] = carries["c"]
        BACKWARD[options.cell](tape, weights, options)
        carries = {name: tape[f"d_{name}_prev"] for name in carries}
        totals = {name: total + tape[f"d_{name}"] for name, total in totals.items()}
        found[t] = tape
    start = {name: d + _kept(ends[name], empty[:, None]) for name, d in carries.items()}
    end = Tape(place, intervene)
    for name, total in totals.items():
        setattr(end, f"d_{name}", total)
    totals = Weights(**{name: end[f"d_{name}"] for name in totals})
    d_x = np.stack([tape.d_x for tape in found]) if T else np.zeros((T, B, weights.W_x.shape[1]), d_y.dtype)
    return found, start, _rows(_kept(d_x, running) if masked else d_x, order), totals


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
            values = _kept(values, running)
        values = _rows(values, order)
        tensors[prefix + name] = np.ascontiguousarray(
            values.swapaxes(0, 1) if options.layout == "batch_first" else values
        )


def _silenced(tape, running):
    return tape if running.all() else {name: _kept(value, running) for name, value in tape.items()}
