"""Mistakes in what becomes of finished gradients: means for sums, steps that are lost, blocks in another order."""

import numpy as np

from lstmderiv.interchange.case import Case
from lstmderiv.interchange.diagnosis.mistakes.kind import Mistake, gate_names, hooked, listed, where
from lstmderiv.interchange.diagnosis.mistakes.reading import by_place, gradient_name, returned
from lstmderiv.interchange.diagnosis.mistakes.weights import (
    PERMUTED,
    order_text,
    orders,
    reordered,
    shown_names,
    turned,
)

__all__ = ["total_mistakes"]


def _after(family, what, change, edit, **others):
    return Mistake.one(family, what, change, lambda attempt: attempt.but(gradients=edit), forward=False, **others)


def _scaled(names, factor):
    def change(tensors):
        wanted = [name for name in tensors if names is None or name in names]
        return {**tensors, **{name: factor * tensors[name] for name in wanted}}

    return change


def _scales(case):
    network = case.network
    B, T = case.x.shape[:2] if network.options.layout == "batch_first" else case.x.shape[1::-1]
    steps = B * T if case.lengths is None else int(case.lengths.sum())
    factors = {}
    means = [
        (B, "the mean over the batch instead of the sum"),
        (T, "the mean over time instead of the sum"),
        (B * T, "the mean over batch and time instead of the sum"),
    ]
    # Without padding this is the last one again.
    if steps != B * T:
        means.append((steps, "the mean over all steps that are not padding instead of the sum"))
    for count, text in means:
        if count > 1:
            factors.setdefault(1 / count, []).append(text)
    factors = {factor: " or ".join(texts) for factor, texts in factors.items()}
    factors.setdefault(0.5, "half of the sum")
    factors.setdefault(2.0, "twice the sum")
    factors[-1.0] = "the negative of the sum"
    weights = [gradient_name(name) for name in network.arrays()]
    biases = [gradient_name(prefix + name) for _, _, prefix in network.places() for name in _biases_of(network)]
    groups = [("every gradient is", None), ("the gradients of the weights are", weights)]
    groups += [("the gradients of the biases are", biases)] if biases else []
    for names_text, names in groups:
        for factor, text in factors.items():
            yield _after(
                "scale",
                f"{names_text} {text}",
                "sum over the batch and over time; take a mean only where the loss is one"
                if factor > 0
                else "give the gradient of the loss, and subtract it when you take the step",
                _scaled(names, factor),
            )
    if biases:
        what, change = "the gradients of the biases are zero", "d_b = the sum of d_a"
        yield _after("scale", what, change, _scaled(biases, 0), arrays=("b_x", "b_h"))


def _biases_of(network):
    return [name for name in ("b_x", "b_h", "b_p") if name in network.layers[0][0].arrays()]


def _steps(case):
    """Gradients of the weights from one step alone."""
    T = case.x.shape[1 if case.network.options.layout == "batch_first" else 0]
    names = list(case.network.layers[0][0].arrays())
    if T < 2:
        return
    rows = (
        (0, "the first step alone: written over in each step instead of added to", "add the share of each step"),
        (T - 1, "the last step alone", "go on through all steps, and add the share of each"),
    )
    for kept, text, change in rows:

        def remember(step):
            step.memory[step.place.step] = step.tape
            return step.value

        def share(step, kept=kept):
            return step.memory[kept][step.name]

        hook = {"d_h": remember, **{f"d_{name}": share for name in names}}
        what = f"the gradients of the weights are those of {text}"
        yield Mistake.one("steps", what, change, hooked(hook), forward=False)


def _two_biases(network):
    options = network.options
    if options.biases != 2 or options.reset != "after":
        return

    def same(own):
        return {**own, "b_h": own["b_x"]}

    every = frozenset((n, k) for n, k, _ in network.places())
    yield _after(
        "biases",
        "the gradient of b_h is that of b_x: the reset gate is left out",
        "the candidate's block of b_h has the gradient d_a_g r",
        returned(by_place(network, every, same), list(network.arrays())),
        arrays=("b_h", "b_x"),
    )


def _columns(own):
    joined, D = np.concatenate([own["W_h"], own["W_x"]], axis=1), own["W_x"].shape[1]
    return {**own, "W_x": joined[:, :D], "W_h": joined[:, D:]}


def _layouts(network, framework):
    cell, gates = network.options.cell, network.options.gates
    own = gate_names(framework, cell)
    every = frozenset((n, k) for n, k, _ in network.places())
    text, names = where(network, every), list(network.arrays())

    def whole(change):
        return returned(by_place(network, every, change), names)

    for group in PERMUTED[:4]:
        shown = [f"d_{name}" for name in shown_names(network, group)]
        for order in orders(network) if shown else ():
            what = order_text(cell, order, listed(shown) + text, framework, "stand in the order")
            yield _after(
                "gates",
                f"{what} (the weights are read rightly)",
                f"give the blocks of the gradients in the order {', '.join(own.values())}",
                whole(reordered(group, order)),
                common=group == PERMUTED[0],
                arrays=group,
            )
    for name in ("W_x", "W_h"):
        G = len(gates)
        for parts in dict.fromkeys((G, 1)):
            rows, width = getattr(network.layers[0][0], name).shape
            square = rows == parts * width
            each = "each block of " if parts > 1 else ""
            yield _after(
                "transposition",
                f"{each}d_{name}{text} is transposed"
                if square
                else f"{each}d_{name}{text} is transposed and then reshaped: its numbers lie column by column",
                f"d_{name} = d_a^T times what the product reads",
                whole(lambda own, name=name, parts=parts: {**own, name: turned(own[name], parts)}),
                arrays=(name,),
            )
    yield _after(
        "columns",
        f"the joined gradients [d_W_x, d_W_h]{text} are in the order [d_W_h, d_W_x]",
        "give the columns of the input first",
        whole(_columns),
        arrays=("W_x", "W_h"),
    )


def total_mistakes(case: Case, framework: str | None = None) -> list[Mistake]:
    """Every known mistake in what becomes of the finished gradients of a case, in the words of a framework."""
    return [*_scales(case), *_steps(case), *_two_biases(case.network), *_layouts(case.network, framework)]
