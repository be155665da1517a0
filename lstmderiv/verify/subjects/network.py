"""The parts of the network: activations, softmax, loss, output layer, embedding, the LSTM's step and sequence."""

import numpy as np
from proveq import Subject

from lstmderiv.activations import sigmoid, sigmoid_backward, tanh, tanh_backward
from lstmderiv.cross_entropy import cross_entropy, cross_entropy_backward
from lstmderiv.dense import dense, dense_backward
from lstmderiv.embedding import embedding, embedding_backward
from lstmderiv.lstm import lstm, lstm_backward
from lstmderiv.lstm_cell import LSTMParameters, lstm_cell_step, lstm_cell_step_backward
from lstmderiv.softmax import softmax, softmax_backward
from lstmderiv.verify.automatic import network as jax_network
from lstmderiv.verify.subjects.cell import cell
from lstmderiv.verify.subjects.sizes import LENGTHS, WEIGHTS, B, D, H, T

__all__ = ["SUBJECTS", "lstm_parameters"]


def lstm_parameters(v):
    return LSTMParameters(v["W"], v["b"])


def _lstm_subject(fixed):
    return Subject(
        lstm, lstm_backward,
        {"x": (B, T, D), "h0": (B, H), "c0": (B, H), **WEIGHTS}, {"forget_bias": 1, **fixed},
        jax=jax_network.lstm,
        call=lambda fn, v: fn(
            v["x"], lstm_parameters(v), v["h0"], v["c0"], forget_bias=v["forget_bias"],
            lengths=v.get("lengths"), reverse=v.get("reverse", False),
        ),
        outputs=lambda trace: {"h": trace.h, "h_last": trace.h_last, "c_last": trace.c_last},
        call_backward=lambda fn, up, trace, v: fn(up["h"], trace, up["h_last"], up["c_last"]),
        results=lambda g: {"d_x": g.x, "d_h0": g.h0, "d_c0": g.c0, "d_W": g.W, "d_b": g.b},
        sequence=True,
    )  # fmt: skip


SUBJECTS = {
    "sigmoid": Subject.by_name(sigmoid, sigmoid_backward, {"x": (2, 3)}, jax=jax_network.sigmoid),
    "tanh": Subject.by_name(tanh, tanh_backward, {"x": (2, 3)}, jax=jax_network.tanh),
    "softmax": Subject.by_name(softmax, softmax_backward, {"logits": (3, 4)}, jax=jax_network.softmax),
    "cross_entropy": Subject(
        cross_entropy, cross_entropy_backward, {"logits": (3, 4)}, {"labels": np.array([3, 0, 2])},
        jax=jax_network.cross_entropy,
        call=lambda fn, v: fn(v["logits"], v["labels"]),
        outputs=lambda loss: {"loss": loss},
        # The backward function gives the gradient of each row's own loss.
        call_backward=lambda fn, up, loss, v: up["loss"][:, None] * fn(v["logits"], v["labels"]),
        results=lambda d_logits: {"d_logits": d_logits},
    ),
    "dense": Subject(
        dense, dense_backward, {"x": (3, 2), "W": (2, 4), "b": (4,)}, {},
        jax=jax_network.dense,
        call=lambda fn, v: fn(v["x"], v["W"], v["b"]),
        outputs=lambda y: {"y": y},
        call_backward=lambda fn, up, y, v: fn(up["y"], v["x"], v["W"]),
        results=lambda g: {"d_x": g.x, "d_W": g.W, "d_b": g.b},
    ),
    "embedding": Subject(
        embedding, embedding_backward, {"table": (4, 2)}, {"ids": np.array([[1, 3, 1], [0, 1, 3]])},
        jax=jax_network.embedding,
        call=lambda fn, v: fn(v["ids"], v["table"]),
        outputs=lambda x: {"x": x},
        call_backward=lambda fn, up, x, v: fn(up["x"], v["ids"], 4),
        results=lambda d_table: {"d_table": d_table},
    ),
    "lstm_cell": cell(
        lstm_cell_step, lstm_cell_step_backward, ("h", "c"), WEIGHTS, lstm_parameters, jax_network.lstm_cell,
        forget_bias=1,
    ),
    "lstm": _lstm_subject({}),
    "lstm, lengths": _lstm_subject({"lengths": LENGTHS}),
    "lstm, lengths, reverse": _lstm_subject({"lengths": LENGTHS, "reverse": True}),
}  # fmt: skip
