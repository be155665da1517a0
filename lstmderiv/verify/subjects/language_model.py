"""The language model as a whole, from words to the mean loss."""

import numpy as np
from proveq import Subject

from lstmderiv.language_model import language_model, language_model_backward
from lstmderiv.verify.automatic import language_model as jax_language_model
from lstmderiv.verify.subjects.lstm_cell import lstm_parameters
from lstmderiv.verify.subjects.sizes import WEIGHTS, B, D, H

__all__ = ["SUBJECTS"]


def _language_model_gradients(d_loss, gradients):
    """By name, of the mean loss times `d_loss`: the backward function gives those of the mean loss itself."""
    lstm_gradients, output = gradients.lstm, gradients.output
    named = {
        "d_step_losses": gradients.d_step_losses, "d_logits": gradients.d_logits, "d_h": output.x,
        "d_x": lstm_gradients.x, "d_h0": lstm_gradients.h0, "d_c0": lstm_gradients.c0,
        "d_table": gradients.parameters["embedding"],
        "d_W": gradients.parameters["lstm"].W, "d_b": gradients.parameters["lstm"].b,
        "d_W_y": gradients.parameters["output"]["W"], "d_b_y": gradients.parameters["output"]["b"],
    }  # fmt: skip
    return {name: d_loss * gradient for name, gradient in named.items()}


def _language_model_subject(fixed):
    V = 4
    shapes = {"table": (V, D), **WEIGHTS, "W_y": (H, V), "b_y": (V,), "h0": (B, H), "c0": (B, H)}
    # The second row reads one word twice; with lengths, its second reading is padding.
    words = {
        "ids": np.array([[1, 3, 0], [2, 0, 2], [3, 1, 1]]),
        "targets": np.array([[3, 0, 2], [0, 2, 1], [1, 1, 0]]),
    }
    return Subject(
        language_model, language_model_backward, shapes, {"forget_bias": 1, **words, **fixed},
        jax=jax_language_model.language_model,
        call=lambda fn, v: fn(
            v["ids"], v["targets"],
            {"embedding": v["table"], "lstm": lstm_parameters(v), "output": {"W": v["W_y"], "b": v["b_y"]}},
            v["h0"], v["c0"], forget_bias=v["forget_bias"], lengths=v.get("lengths"),
        ),
        outputs=lambda trace: {"mean_loss": np.asarray(trace.mean_loss)[None]},
        call_backward=lambda fn, up, trace, v: _language_model_gradients(up["mean_loss"][0], fn(trace)),
        results=lambda named: named,
        sequence=True,
    )  # fmt: skip


SUBJECTS = {
    "language_model": _language_model_subject({}),
    "language_model, lengths": _language_model_subject({"lengths": np.array([3, 2, 0])}),
}
