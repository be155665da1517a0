"""The embedding."""

import numpy as np
from proveq import Subject

from lstmderiv.embedding import embedding, embedding_backward
from lstmderiv.verify.automatic import network

__all__ = ["SUBJECTS"]

SUBJECTS = {
    "embedding": Subject(
        embedding, embedding_backward, {"table": (4, 2)}, {"ids": np.array([[1, 3, 1], [0, 1, 3]])},
        jax=network.embedding,
        call=lambda fn, v: fn(v["ids"], v["table"]),
        outputs=lambda x: {"x": x},
        call_backward=lambda fn, up, x, v: fn(up["x"], v["ids"], 4),
        results=lambda d_table: {"d_table": d_table},
    ),
}  # fmt: skip
