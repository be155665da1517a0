"""From weights to a framework's arrays: what it can hold, where the biases go, and how blocks are joined."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lstmderiv.arithmetic import constant
from lstmderiv.checks import ArgumentError, ArgumentTypeError, instance
from lstmderiv.interchange.conversion.forms import DISCRETE, Form
from lstmderiv.interchange.conversion.pieces import blocks_of, named_pieces
from lstmderiv.interchange.network import Network, Weights
from lstmderiv.interchange.options import Options
from lstmderiv.types import Array

__all__ = ["added_biases", "assembled", "check_gradients", "target_of", "with_biases_moved"]


def target_of(form: Form, options: Options) -> tuple[dict[str, Any], list[str]]:
    """The values of the discrete options under which the framework holds a network, and notes; or refuse it."""
    wanted = {name: getattr(options, name) for name in DISCRETE if name != "biases"}
    wrong = [[name for name, value in wanted.items() if value not in table[name]] for table in form.can]
    if all(wrong):
        name = min(wrong, key=len)[0]
        allowed = " or ".join(repr(value) for value in form.choices(name))
        raise ArgumentError(
            f"network.options.{name}",
            f"{allowed}, as {form.title}'s {form.class_name} has no other",
            repr(wanted[name]),
        )
    for name in ("clip", "cell_clip", "projection_clip"):
        if getattr(options, name) is not None and form.setting(name) is None:
            raise ArgumentError(
                f"network.options.{name}", f"None, as {form.title}'s {form.class_name} has none", getattr(options, name)
            )
    table = form.can[wrong.index([])]
    stored = options.forget_bias != 0 and form.setting("forget_bias") is None
    least = max(options.biases, 1) if stored else options.biases
    enough = [count for count in table["biases"] if count >= least]
    biases = min(enough) if enough else max(table["biases"])
    target, notes = {**wanted, "biases": biases}, []
    if stored:
        notes.append(f"the forget bias {options.forget_bias} was added to the bias of the forget gate")
    for name, held in (
        ("layout", (form.layout,) if form.setting("layout") is None else (options.layout,)),
        ("finished", form.finished_choices(options.direction)),
    ):
        if getattr(options, name) not in held:
            notes.append(f"{name} is {getattr(options, name)!r} in the network, {held[0]!r} in {form.title}")
    if options.direction in form.notes:
        notes.append(form.notes[options.direction])
    return target, notes


def _held(form, target):
    """The blocks that the framework has a place for."""
    pieces = [piece for one in named_pieces(form, target, 1)[0] for piece in one.values()]
    return {(part, gate) for piece in pieces for part in piece.parts for gate in piece.gates}


def added_biases(form: Form, target: Mapping[str, Any], network: Network) -> list[str]:
    """A note if the framework has no place for biases b_h that are not zero, so that they are added to b_x."""
    gates, held = network.options.gates, _held(form, target)
    blocks = [blocks_of(weights, gates) for layer in network.layers for weights in layer]
    added = [
        gate
        for gate in gates
        if ("b_h", gate) not in held and any(np.any(one.get(("b_h", gate), 0) != 0) for one in blocks)
    ]
    return [f"the two biases of {', '.join(added)} were added: one rounding each"] if added else []


def with_biases_moved(
    blocks: dict[tuple[str, str | None], Array], form: Form, options: Options, target: Mapping[str, Any]
) -> dict[tuple[str, str | None], Array]:
    """Blocks with the biases where the framework has them."""
    zero = np.zeros_like(blocks["W_x", options.gates[0]][:, 0])
    held = _held(form, target)
    for gate in options.gates:
        added = blocks.get(("b_h", gate))
        if added is not None and ("b_h", gate) not in held:
            if options.reset == "after" and gate == "g" and np.any(added != 0):
                raise ArgumentError(
                    "network.options.biases",
                    f"1, or zeros in the candidate's b_h, as {form.title}'s {form.class_name} has no bias that the"
                    " reset gate multiplies",
                    options.biases,
                )
            blocks["b_x", gate] = _sum(blocks["b_x", gate], added)
        for part in ("b_x", "b_h"):
            blocks.setdefault((part, gate), zero)
    if options.forget_bias != 0 and form.setting("forget_bias") is None:
        blocks["b_x", "f"] = blocks["b_x", "f"] + constant(options.forget_bias, zero)
    return blocks


def _sum(a, b):
    # Not a + 0: that would turn -0 into 0.
    return np.where(b == 0, a, a + b)


def assembled(
    form: Form,
    target: Mapping[str, Any],
    count: int,
    blocks: Callable[[int, int], Mapping[tuple[str, str | None], Array]],
) -> dict[str, Array]:
    """The framework's arrays; `blocks` is a function from layer and direction to their blocks."""
    arrays = {}
    for n, layer in enumerate(named_pieces(form, target, count)):
        for k, pieces in enumerate(layer):
            found = blocks(n, k)
            for name, piece in pieces.items():
                arrays.setdefault(name, []).append(piece.joined(_finder(found, name)))
    return {name: np.stack(found) if form.stacked_directions else found[0] for name, found in arrays.items()}


def _finder(blocks, name):
    def block(part, gate):
        if (part, gate) not in blocks:
            raise ArgumentError(
                "gradients",
                f"those of {part}, which {name} holds",
                "none: run the network that from_framework makes of the framework's arrays",
            )
        return blocks[part, gate]

    return block


def check_gradients(layers: Any, network: Network) -> None:
    """Refuse gradients that are not those of the network's weights."""
    if not isinstance(layers, (list, tuple)):
        raise ArgumentTypeError("gradients", "RecurrentGradients or its layers", type(layers).__name__)
    if strays := [type(layer).__name__ for layer in layers if not isinstance(layer, (list, tuple))]:
        raise ArgumentTypeError("gradients", "for each layer a sequence of Weights", strays[0])
    if [len(layer) for layer in layers] != [len(layer) for layer in network.layers]:
        raise ArgumentError("gradients", f"those of {len(network.layers)} layers", len(layers))
    for n, k, place in network.places():
        instance(f"gradients.{place[:-1]}", layers[n][k], Weights)
        for name, array in network.layers[n][k].arrays().items():
            found = getattr(layers[n][k], name)
            if np.shape(found) != array.shape:
                raise ArgumentError(f"gradients.{place}{name}", array.shape, np.shape(found))
