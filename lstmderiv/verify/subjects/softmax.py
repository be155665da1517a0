"""Softmax."""

from proveq import Subject

from lstmderiv.softmax import softmax, softmax_backward
from lstmderiv.verify.automatic import network

__all__ = ["SUBJECTS"]

SUBJECTS = {
    "softmax": Subject.by_name(softmax, softmax_backward, {"logits": (3, 4)}, jax=network.softmax),
}  # fmt: skip
