"""The output layer."""

from proveq import Subject

from lstmderiv.dense import dense, dense_backward
from lstmderiv.verify.automatic import network

__all__ = ["SUBJECTS"]

SUBJECTS = {
    "dense": Subject(
        dense, dense_backward, {"x": (3, 2), "W": (2, 4), "b": (4,)}, {},
        jax=network.dense,
        call=lambda fn, v: fn(v["x"], v["W"], v["b"]),
        outputs=lambda y: {"y": y},
        call_backward=lambda fn, up, y, v: fn(up["y"], v["x"], v["W"]),
        results=lambda g: {"d_x": g.x, "d_W": g.W, "d_b": g.b},
    ),
}  # fmt: skip
