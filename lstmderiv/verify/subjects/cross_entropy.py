"""The loss."""

import numpy as np
from proveq import Subject

from lstmderiv.cross_entropy import cross_entropy, cross_entropy_backward
from lstmderiv.verify.automatic import network

__all__ = ["SUBJECTS"]

SUBJECTS = {
    "cross_entropy": Subject(
        cross_entropy, cross_entropy_backward, {"logits": (3, 4)}, {"labels": np.array([3, 0, 2])},
        jax=network.cross_entropy,
        call=lambda fn, v: fn(v["logits"], v["labels"]),
        outputs=lambda loss: {"loss": loss},
        # The backward function gives the gradient of each row's own loss.
        call_backward=lambda fn, up, loss, v: up["loss"][:, None] * fn(v["logits"], v["labels"]),
        results=lambda d_logits: {"d_logits": d_logits},
    ),
}  # fmt: skip
