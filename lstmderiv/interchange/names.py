"""What the tensors of a run are called: what each is for, which gate it belongs to, and whose gradient it is."""

from typing import NamedTuple

from lstmderiv.interchange.arrays import ARRAYS

__all__ = ["KINDS", "TENSORS", "Tensor", "base_of", "kind_of", "own_name", "place_of"]

# What tensors are for, which is what hardware chooses its formats by.
KINDS = ("inputs", "weights", "pre_activations", "gates", "states", "gradients")


class Tensor(NamedTuple):
    """What is known of a tensor by its own name.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    gate : str or None
    of : str or None
        The name of what it is the gradient of.
    """

    kind: str
    gate: str | None = None
    of: str | None = None


def _forward():
    found = {"x": Tensor("inputs"), "lengths": Tensor("inputs")}
    found |= {name: Tensor("weights", array.gate) for name, array in ARRAYS.items()}
    for gate in "figoru":
        found |= {name: Tensor("pre_activations", gate) for name in (f"a_{gate}", f"clipped_a_{gate}")}
        found[gate] = Tensor("gates", gate)
    found |= dict.fromkeys(("a_h", "clipped_a_h", "v"), Tensor("pre_activations"))
    found["activated_c"] = Tensor("gates")
    for state in "hc":
        names = (state, f"{state}0", f"{state}_prev", f"{state}_last", f"unclipped_{state}")
        found |= dict.fromkeys(names, Tensor("states"))
    return found | dict.fromkeys(("y", "m", "s"), Tensor("states"))


def _backward(forward):
    # What the step after hands back to a cell state has no counterpart in the forward pass.
    found = {f"d_{name}": Tensor("gradients", tensor.gate, name) for name, tensor in forward.items()}
    return found | {"d_c_next": Tensor("gradients", None, "c")}


TENSORS = _forward()
TENSORS |= _backward(TENSORS)


def own_name(name):
    """The name of a tensor without its place: "c" of "layer0.forward.c"."""
    return name.rsplit(".", 1)[-1]


def place_of(name):
    """Layer and direction in the name of a tensor: (0, "forward") of "layer0.forward.c"; None if it has no place."""
    if "." not in name:
        return None
    layer, direction, _ = name.split(".")
    return int(layer.removeprefix("layer")), direction


def kind_of(name):
    """The kind, one of `KINDS`, of the tensor of a name."""
    return TENSORS[own_name(name)].kind


def base_of(name):
    """The own name of the tensor whose gradient this one is, or its own."""
    own = own_name(name)
    return TENSORS[own].of or own
