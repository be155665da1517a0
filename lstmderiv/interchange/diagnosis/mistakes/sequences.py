"""Mistakes around the steps: the order of time, padding, axes, first and last states, and outputs."""

from dataclasses import replace

import numpy as np

from lstmderiv.interchange.case import Case
from lstmderiv.interchange.diagnosis.mistakes.kind import Mistake
from lstmderiv.interchange.diagnosis.mistakes.reading import by_place, reads
from lstmderiv.interchange.diagnosis.mistakes.states import changed, state_mistakes
from lstmderiv.interchange.network import Network

__all__ = ["sequence_mistakes", "upstream_mistakes"]


def _time_axis(options):
    return 1 if options.layout == "batch_first" else 0


def _flipped(array, lengths, options):
    """A sequence from each row's last step to its first; padding stays where it is."""
    axis = _time_axis(options)
    rows = array.swapaxes(0, 1) if axis == 0 else array
    B, T = rows.shape[:2]
    lengths = np.full(B, T) if lengths is None else lengths
    times = np.arange(T)[None]
    order = np.where(times < lengths[:, None], lengths[:, None] - 1 - times, times)
    found = np.take_along_axis(rows, order[..., None], axis=1)
    return found.swapaxes(0, 1) if axis == 0 else found


def _time(case):
    options, lengths = case.network.options, case.lengths

    def flip(array):
        return _flipped(array, lengths, options)

    def flip_all(tensors):
        wanted = [name for name, array in tensors.items() if "." in name and array.ndim == 3]
        return changed((*wanted, *(["y"] if "y" in tensors else [])), flip)(tensors)

    def inputs(attempt):
        return attempt.but(x=flip(attempt.x), gradients=changed(("d_x",), flip))

    def inputs_alone(attempt):
        return attempt.but(x=flip(attempt.x))

    def naive(attempt):
        return attempt.but(x=np.flip(attempt.x, _time_axis(options)))

    def outputs(attempt):
        return attempt.but(d_y=flip(attempt.d_y), outputs=flip_all, gradients=flip_all)

    def outputs_alone(attempt):
        return attempt.but(d_y=flip(attempt.d_y), outputs=changed(("y",), flip))

    def outputs_after(attempt):
        return attempt.but(outputs=changed(("y",), flip))

    def both(attempt):
        return outputs(inputs(attempt))

    if options.direction != "bidirectional":
        first, last = ("first", "last") if options.direction == "forward" else ("last", "first")
        yield Mistake(
            "time",
            f"time runs the other way: the {last} step is read before the {first}",
            f"begin with the {first} step of each row",
            (
                ("", both),
                ("its outputs stay in the order in which they were computed", inputs),
                ("its outputs and d_x stay in the order in which they were computed", inputs_alone),
                *([("the padding is reversed with the steps, and comes first", naive)] if lengths is not None else []),
            ),
        )
        yield Mistake(
            "time",
            "outputs are in the reverse order of the inputs: not re-aligned in time",
            "turn the outputs round in time, each row within its own length",
            (
                ("", outputs),
                ("intermediates are aligned", outputs_alone),
                ("the upstream gradient is applied in the right order", outputs_after),
            ),
        )
        return
    R = case.network.state_size
    prefix = f"layer{len(case.network.layers) - 1}.reverse."

    def half(array):
        return np.concatenate([array[..., :R], flip(array[..., R:])], axis=-1)

    def reverse(tensors):
        wanted = [name for name, array in tensors.items() if name.startswith(prefix) and array.ndim == 3]
        return changed(("y",), half)(changed(wanted, flip)(tensors))

    yield Mistake(
        "time",
        "outputs of the last layer's reverse direction stay in the order in which they were computed: not re-aligned "
        "in time",
        "turn the outputs of the reverse direction round in time, each row within its own length",
        (
            ("", lambda attempt: attempt.but(d_y=half(attempt.d_y), outputs=changed(("y",), half))),
            (
                "so do its intermediates",
                lambda attempt: attempt.but(d_y=half(attempt.d_y), outputs=reverse, gradients=reverse),
            ),
            (
                "the upstream gradient is applied in the right order",
                lambda attempt: attempt.but(outputs=changed(("y",), half)),
            ),
        ),
    )


def _swapped_halves(case):
    R = case.network.state_size

    def halves(array):
        return np.concatenate([array[..., R:], array[..., :R]], axis=-1)

    yield Mistake(
        "directions",
        "the outputs of the two directions are concatenated in the other order: reverse, forward",
        "put the outputs of the forward direction first",
        (
            ("", lambda attempt: attempt.but(d_y=halves(attempt.d_y), outputs=changed(("y",), halves))),
            (
                "the upstream gradient is applied in the right order",
                lambda attempt: attempt.but(outputs=changed(("y",), halves)),
            ),
        ),
    )
    upper = frozenset((n, k) for n, k, _ in case.network.places() if n > 0)
    if upper:

        def read(own):
            return {**own, "W_x": halves(own["W_x"])}

        yield Mistake(
            "directions",
            "layers above the first read the outputs of the two directions in the other order: reverse, forward",
            "put the outputs of the forward direction first",
            reads(by_place(case.network, upper, read), by_place(case.network, upper, read)),
            places=upper,
        )


def _padding(case):
    options, lengths = case.network.options, case.lengths
    T = case.x.shape[_time_axis(options)]
    if lengths is None or (lengths == T).all():
        return
    running = np.arange(T)[None] < lengths[:, None]
    running = (running if _time_axis(options) else running.T)[..., None]

    def mask(array):
        return np.where(running, array, 0 * array)

    yield Mistake(
        "padding",
        "lengths are ignored: padded steps are computed as if they were inputs, and states go on changing there",
        "keep the state of a row from its own last step on",
        (
            ("", lambda attempt: attempt.but(lengths=None)),
            (
                "its outputs are zeroed there",
                lambda attempt: attempt.but(
                    lengths=None,
                    d_y=mask(attempt.d_y),
                    outputs=changed(("y",), mask),
                    gradients=lambda tensors: tensors,
                ),
            ),
        ),
    )
    rules = {
        "zero": "outputs at padded steps are zero",
        "last": "outputs at padded steps repeat the last one before",
        "computed": "outputs at padded steps are what the cell computes when it goes on: they are not masked",
    }
    for finished, text in rules.items():
        if finished != options.finished:
            yield Mistake.one(
                "padding",
                text,
                f"follow finished={options.finished!r}",
                lambda attempt, finished=finished: attempt.but(network=attempt.network.replace(finished=finished)),
            )
    ended = lengths == T

    def at_the_end(tensors):
        found = dict(tensors)
        for name in ("h", "c"):
            if f"{name}_last" not in tensors:
                continue
            last = tensors[f"{name}_last"].copy()
            for n, k, prefix in case.network.places():
                if prefix.endswith("forward."):
                    last[n, k] = np.take(tensors[prefix + name], T - 1, _time_axis(options))
            found[f"{name}_last"] = last
        return found

    def only_ended(attempt):
        forward = np.array([way == "forward" for way in options.directions])[None, :, None, None]
        kept = ~forward | ended[None, None, :, None]
        ends = {"d_h_last": attempt.d_h_last, "d_c_last": attempt.d_c_last}
        ends = {name: np.where(kept, d, 0 * d) for name, d in ends.items() if d is not None}
        return attempt.but(outputs=at_the_end, **ends)

    if options.direction != "reverse":
        yield Mistake(
            "last states",
            "the last states are taken at the last step of the batch instead of each row's own last step",
            "take the state of each row at its own length",
            (
                ("", only_ended),
                ("its upstream gradients enter at the right step", lambda attempt: attempt.but(outputs=at_the_end)),
            ),
        )


def _axes(case):
    B, T = case.x.shape[:2] if case.network.options.layout == "batch_first" else case.x.shape[1::-1]
    states = [state for state in (case.h0, case.c0) if state is not None]
    layouts = {"batch_first": "time_first", "time_first": "batch_first"}
    names = {"batch_first": "(B, T, D)", "time_first": "(T, B, D)"}
    layout = case.network.options.layout

    def exchanged(attempt):
        options = replace(attempt.network.options, layout=layouts[layout])
        changes = {}
        if B != T:
            # States of another batch size can only be zeros.
            changes = dict.fromkeys(("h0", "c0", "d_h_last", "d_c_last"))
        return attempt.but(network=Network(options, attempt.network.layers), **changes)

    quiet = not any(a is not None and a.any() for a in (*states, case.d_h_last, case.d_c_last))
    if (B == T or (quiet and case.lengths is None)) and min(B, T) > 0 and B * T > 1:
        yield Mistake.one(
            "axes",
            f"batch and time are exchanged: x is read as {names[layouts[layout]]}",
            f"read x as {names[layout]}",
            exchanged,
        )

    def turned(tensors):
        return {
            name: np.ascontiguousarray(a.swapaxes(0, 1)) if a.ndim == 3 and (name in ("y", "d_x") or "." in name) else a
            for name, a in tensors.items()
        }

    if B == T > 1:
        yield Mistake.one(
            "axes",
            f"batch and time are exchanged in what it gives: not {names[layout]}",
            f"give every sequence as {names[layout]}",
            lambda attempt: attempt.but(outputs=turned, gradients=turned),
        )


def sequence_mistakes(case: Case) -> list[Mistake]:
    """Every known mistake around the steps of a case."""
    found = [*_time(case), *_padding(case), *state_mistakes(case), *_axes(case)]
    if case.network.options.direction == "bidirectional":
        found += _swapped_halves(case)
    return found


def upstream_mistakes(case: Case) -> list[Mistake]:
    """Every known mistake in taking the upstream gradients of a case."""
    axis = _time_axis(case.network.options)
    T = case.x.shape[axis]
    for name, text in (
        ("d_y", "the outputs"), ("d_h_last", "the last hidden states"), ("d_c_last", "the last cell states"),
    ):  # fmt: skip
        upstream = getattr(case, name)
        if upstream is not None and upstream.any():
            yield Mistake.one(
                "upstream",
                f"the gradient {name} with respect to {text} is ignored",
                f"start the backward pass with {name}, too",
                lambda attempt, name=name: attempt.but(**{name: 0 * getattr(attempt, name)}),
                forward=False,
            )
    last = (np.arange(T) == T - 1).reshape((T, 1) if axis else (T, 1, 1))
    if T > 1 and case.d_y.any():
        yield Mistake.one(
            "upstream",
            "of d_y only the last step is used",
            "add d_y of every step to the gradient of the hidden state there",
            lambda attempt: attempt.but(d_y=np.where(last, attempt.d_y, 0 * attempt.d_y)),
            forward=False,
        )
