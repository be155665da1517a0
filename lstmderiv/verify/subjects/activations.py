"""The activations of the gates."""

from proveq import Subject

from lstmderiv.activations import sigmoid, sigmoid_backward, tanh, tanh_backward
from lstmderiv.verify.automatic import network

__all__ = ["SUBJECTS"]

SUBJECTS = {
    "sigmoid": Subject.by_name(sigmoid, sigmoid_backward, {"x": (2, 3)}, jax=network.sigmoid),
    "tanh": Subject.by_name(tanh, tanh_backward, {"x": (2, 3)}, jax=network.tanh),
}  # fmt: skip
