"""Mistakes in first and last states, and in what is put out as one."""

from collections.abc import Callable, Iterable

import numpy as np

from lstmderiv.interchange.case import Case
from lstmderiv.interchange.diagnosis.mistakes.kind import Mistake
from lstmderiv.types import Array, Tensors

__all__ = ["changed", "state_mistakes"]


def changed(names: Iterable[str], change: Callable[[Array], Array]) -> Callable[[Tensors], dict[str, Array]]:
    """A function of tensors that changes some of them, where they are there."""
    return lambda tensors: {**tensors, **{name: change(tensors[name]) for name in names if name in tensors}}


def _states(case):
    states = {name: getattr(case, name) for name in ("h0", "c0") if getattr(case, name) is not None}
    L, K = len(case.network.layers), len(case.network.options.directions)
    groups = [tuple(states)] + ([(name,) for name in states] if len(states) > 1 else [])
    for names in groups:
        if any(states[name].any() for name in names):
            several = len(names) > 1
            gradients = [f"d_{name}" for name in names]

            def ignored(attempt, names=names):
                return attempt.but(**{name: 0 * getattr(attempt, name) for name in names})

            def unreached(attempt, ignored=ignored, gradients=gradients):
                return ignored(attempt).but(gradients=changed(gradients, np.zeros_like))

            yield Mistake(
                "first states",
                f"the initial state{'s' if several else ''} {' and '.join(names)} {'are' if several else 'is'} ignored",
                f"begin with {' and '.join(names)}",
                (
                    ("", ignored),
                    (f"and {' and '.join(gradients)} {'are' if several else 'is'} zero", unreached),
                ),
            )
    changes = []
    if K == 2:
        changes.append(("the two directions are exchanged in {}", lambda a: a[:, ::-1]))
    if L > 1:
        changes.append(("the layers are in the reverse order in {}", lambda a: a[::-1]))
    if K == 2 and L > 1:
        changes.append(
            (
                "{} hold all layers of the forward direction first, then those of the reverse one",
                lambda a: a.reshape(K, L, *a.shape[2:]).swapaxes(0, 1),
            )
        )
    for text, change in changes:
        names = tuple(states)
        yield Mistake.one(
            "first states",
            text.format(" and ".join(f"{name}" for name in names)),
            "order the states by layer, and in each layer forward before reverse",
            lambda attempt, names=names, change=change: attempt.but(
                **{name: change(getattr(attempt, name)) for name in names}
            ),
        )
        last = ("h_last", "c_last") if "c0" in states else ("h_last",)
        yield Mistake.one(
            "last states",
            text.format(" and ".join(last)),
            "order the states by layer, and in each layer forward before reverse",
            lambda attempt, last=last, change=change: attempt.but(outputs=changed(last, change)),
        )
    if "c0" in states and states["h0"].shape == states["c0"].shape:
        yield from _exchanged_states()


def _swapped(one, other):
    return lambda tensors: {**tensors, one: tensors[other], other: tensors[one]}


def _exchanged_states():
    yield Mistake.one(
        "first states",
        "the initial states h0 and c0 are exchanged",
        "begin the hidden state with h0 and the cell state with c0",
        lambda attempt: attempt.but(h0=attempt.c0, c0=attempt.h0, gradients=_swapped("d_h0", "d_c0")),
    )
    yield Mistake(
        "last states",
        "h_last and c_last are exchanged",
        "return the hidden state as h_last and the cell state as c_last",
        (
            (
                "",
                lambda attempt: attempt.but(
                    d_h_last=attempt.d_c_last, d_c_last=attempt.d_h_last, outputs=_swapped("h_last", "c_last")
                ),
            ),
            ("its upstream gradients are not", lambda attempt: attempt.but(outputs=_swapped("h_last", "c_last"))),
        ),
    )
    yield Mistake.one(
        "last states",
        "h_last holds the cell state",
        "return the hidden state as h_last",
        lambda attempt: attempt.but(outputs=lambda tensors: {**tensors, "h_last": tensors["c_last"]}),
    )


def _outputs(case):
    network = case.network
    if network.options.cell == "lstm" and network.state_size == network.hidden_size:
        top = len(network.layers) - 1

        def cells(tensors):
            names = [f"layer{top}.{way}.c" for way in network.options.directions]
            return {**tensors, "y": np.concatenate([tensors[name] for name in names], axis=-1)}

        yield Mistake.one(
            "outputs",
            "the outputs y hold the cell state",
            "put the hidden state out",
            lambda attempt: attempt.but(outputs=cells),
        )


def state_mistakes(case: Case) -> list[Mistake]:
    """Every known mistake in the states of a case."""
    return [*_states(case), *_outputs(case)]
