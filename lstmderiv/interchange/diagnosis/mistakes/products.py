"""Mistakes in the products of the backward step: what W_h hands back, and its own gradient."""

import numpy as np

from lstmderiv.interchange.diagnosis.mistakes.kind import Mistake, backward, gate_name
from lstmderiv.interchange.network import Network

__all__ = ["product_mistakes"]


def _part(gate, options):
    """What a gate adds to d_h_prev."""
    read = {"g": "d_v"} if options.reset == "after" else {}

    def part(step):
        if gate == "g" and step.options.reset == "before":
            return step.tape["d_s"] * step.tape["r"]
        return step.tape[read.get(gate, f"d_a_{gate}")] @ step.block("W_h", gate)

    return part


def _previous_state(options, framework):
    gates = [gate for gate in options.gates if gate != options.coupled]
    if len(gates) > 1:
        for gate in gates:
            name = gate_name(options.cell, gate, framework)
            part = _part(gate, options)
            yield backward(
                "d_h_prev",
                f"in d_h_prev the part of {name} is left out",
                f"add the product of d_a_{gate} and its block of W_h",
                {"d_h_prev": lambda step, part=part: step.value - part(step)},
                common=False,
                arrays=("W_h",),
            )
    if options.cell == "gru":
        yield backward(
            "d_h_prev",
            "in d_h_prev the direct part d_h u is left out",
            "add d_h u: the update gate lets the state through",
            {"d_h_prev": lambda step: step.value - step.tape["d_h"] * step.tape["u"]},
        )


def _transposed(network):
    options = network.options
    if network.state_size != network.hidden_size or network.hidden_size == 1:
        return

    def hook(step):
        value = step.value
        for gate in options.gates:
            if gate != options.coupled and not (gate == "g" and options.reset == "before"):
                block = step.block("W_h", gate)
                d = step.tape["d_v" if gate == "g" and options.reset == "after" else f"d_a_{gate}"]
                value = value - d @ block + d @ block.T
        return value

    if options.reset != "before":
        text = "W_h is transposed" if options.cell == "rnn" else "each block of W_h is transposed"
        yield backward(
            "d_h_prev", f"in d_h_prev {text}", "d_h_prev = d_a W_h, row-wise", {"d_h_prev": hook}, arrays=("W_h",)
        )


def _wrong_state(step):
    """The share of W_h from the new hidden state; d_h_prev is left as it is."""
    shares = step.tape["d_W_h"]
    parts = [
        step.tape["d_v" if gate == "g" and step.options.reset == "after" else f"d_a_{gate}"]
        for gate in step.options.gates
    ]
    share = np.concatenate(parts, axis=-1).T @ step.tape["h"]
    step.tape["d_W_h"] = share.reshape(shares.shape)
    return step.value


def _recurrent_weights(network):
    options = network.options
    if options.coupled is None:
        yield backward(
            "d_W_h",
            "the gradient of W_h multiplies by the new hidden state h instead of h_prev",
            "the product reads the state of the step before: d_W_h = d_a^T h_prev",
            {"d_h_prev": _wrong_state},
            arrays=("W_h",),
        )

    def without_first(step):
        if step.place.step == 0:
            step.tape["d_W_h"] = 0 * step.tape["d_W_h"]
        return step.value

    yield backward(
        "d_W_h",
        "the gradient of W_h leaves out the first step, which reads the initial state",
        "add the first step's share, with h0",
        {"d_h_prev": without_first},
        common=False,
        arrays=("W_h",),
    )


def product_mistakes(network: Network, framework: str | None = None) -> list[Mistake]:
    """Every known mistake in the products of the backward step, in the words of a framework."""
    return [*_previous_state(network.options, framework), *_transposed(network), *_recurrent_weights(network)]
