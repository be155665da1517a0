"""What is proved: each pair of a forward and a backward function, with the glue that calls them on any numbers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lstmderiv.activations import sigmoid, sigmoid_backward, tanh, tanh_backward
from lstmderiv.cross_entropy import cross_entropy, cross_entropy_backward
from lstmderiv.dense import dense, dense_backward
from lstmderiv.embedding import embedding, embedding_backward
from lstmderiv.language_model import language_model, language_model_backward
from lstmderiv.lstm import lstm, lstm_backward
from lstmderiv.lstm_cell import LSTMParameters, lstm_cell, lstm_cell_backward
from lstmderiv.softmax import softmax, softmax_backward

__all__ = ["SUBJECTS", "Subject", "subject_of"]


@dataclass(frozen=True)
class Subject:
    """A forward function, its backward function, and how to call both.

    Attributes
    ----------
    forward, backward : function
    shapes : dict
        Shape of each argument that is a number, by name.
    fixed : dict
        Arguments that are not numbers to be varied: labels, lengths, flags.
    call : callable
        call(forward, arguments) -> its result.
    outputs : callable
        outputs(result) -> dict of the arrays that the loss sees.
    call_backward : callable
        call_backward(backward, upstream, result, arguments) -> its result.
    results : callable
        results(backward's result) -> dict of gradients by name, beside those that the function assigns by name.
    """

    forward: Callable
    backward: Callable
    shapes: dict
    fixed: dict
    call: Callable
    outputs: Callable
    call_backward: Callable
    results: Callable

    @property
    def name(self):
        return self.forward.__name__


def _elementwise(forward, backward):
    return Subject(
        forward, backward, {"x": (2, 3)}, {},
        call=lambda fn, v: fn(v["x"]),
        outputs=lambda y: {"y": y},
        call_backward=lambda fn, up, y, v: fn(up["y"], y),
        results=lambda d_x: {"d_x": d_x},
    )  # fmt: skip


def _parameters(v):
    return LSTMParameters(v["W"], v["b"])


_B, _T, _D, _H, _N = 3, 4, 2, 3, 5
_WEIGHTS = {"W": (4 * _H, _D + _H), "b": (4 * _H,)}


def _lstm_subject(fixed):
    return Subject(
        lstm, lstm_backward,
        {"x": (_B, _T, _D), "h0": (_B, _H), "c0": (_B, _H), **_WEIGHTS}, {"forget_bias": 1, **fixed},
        call=lambda fn, v: fn(
            v["x"], _parameters(v), v["h0"], v["c0"], forget_bias=v["forget_bias"],
            lengths=v.get("lengths"), reverse=v.get("reverse", False),
        ),
        outputs=lambda trace: {"h": trace.h, "h_last": trace.h_last, "c_last": trace.c_last},
        call_backward=lambda fn, up, trace, v: fn(up["h"], trace, up["h_last"], up["c_last"]),
        results=lambda g: {"d_x": g.x, "d_h0": g.h0, "d_c0": g.c0, "d_W": g.W, "d_b": g.b},
    )  # fmt: skip


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
    shapes = {"table": (V, _D), **_WEIGHTS, "W_y": (_H, V), "b_y": (V,), "h0": (_B, _H), "c0": (_B, _H)}
    # The second row reads one word twice; with lengths, its second reading is padding.
    words = {
        "ids": np.array([[1, 3, 0], [2, 0, 2], [3, 1, 1]]),
        "targets": np.array([[3, 0, 2], [0, 2, 1], [1, 1, 0]]),
    }
    return Subject(
        language_model, language_model_backward, shapes, {"forget_bias": 1, **words, **fixed},
        call=lambda fn, v: fn(
            v["ids"], v["targets"],
            {"embedding": v["table"], "lstm": _parameters(v), "output": {"W": v["W_y"], "b": v["b_y"]}},
            v["h0"], v["c0"], forget_bias=v["forget_bias"], lengths=v.get("lengths"),
        ),
        outputs=lambda trace: {"mean_loss": np.asarray(trace.mean_loss)[None]},
        call_backward=lambda fn, up, trace, v: _language_model_gradients(up["mean_loss"][0], fn(trace)),
        results=lambda named: named,
    )  # fmt: skip


SUBJECTS = {
    "sigmoid": _elementwise(sigmoid, sigmoid_backward),
    "tanh": _elementwise(tanh, tanh_backward),
    "softmax": Subject(
        softmax, softmax_backward, {"logits": (3, 4)}, {},
        call=lambda fn, v: fn(v["logits"]),
        outputs=lambda p: {"p": p},
        call_backward=lambda fn, up, p, v: fn(up["p"], p),
        results=lambda d_logits: {"d_logits": d_logits},
    ),
    "cross_entropy": Subject(
        cross_entropy, cross_entropy_backward, {"logits": (3, 4)}, {"labels": np.array([3, 0, 2])},
        call=lambda fn, v: fn(v["logits"], v["labels"]),
        outputs=lambda loss: {"loss": loss},
        # The backward function gives the gradient of each row's own loss.
        call_backward=lambda fn, up, loss, v: up["loss"][:, None] * fn(v["logits"], v["labels"]),
        results=lambda d_logits: {"d_logits": d_logits},
    ),
    "dense": Subject(
        dense, dense_backward, {"x": (3, 2), "W": (2, 4), "b": (4,)}, {},
        call=lambda fn, v: fn(v["x"], v["W"], v["b"]),
        outputs=lambda y: {"y": y},
        call_backward=lambda fn, up, y, v: fn(up["y"], v["x"], v["W"]),
        results=lambda g: {"d_x": g.x, "d_W": g.W, "d_b": g.b},
    ),
    "embedding": Subject(
        embedding, embedding_backward, {"table": (4, 2)}, {"ids": np.array([[1, 3, 1], [0, 1, 3]])},
        call=lambda fn, v: fn(v["ids"], v["table"]),
        outputs=lambda x: {"x": x},
        call_backward=lambda fn, up, x, v: fn(up["x"], v["ids"], 4),
        results=lambda d_table: {"d_table": d_table},
    ),
    "lstm_cell": Subject(
        lstm_cell, lstm_cell_backward,
        {"x": (_B, _D), "h": (_B, _H), "c": (_B, _H), **_WEIGHTS}, {"forget_bias": 1},
        call=lambda fn, v: fn(v["x"], v["h"], v["c"], _parameters(v), forget_bias=v["forget_bias"]),
        outputs=lambda trace: {"h": trace.h, "c": trace.c},
        call_backward=lambda fn, up, trace, v: fn(up["h"], up["c"], trace, _parameters(v)),
        results=lambda g: {"d_W": g.W, "d_b": g.b},
    ),
    "lstm": _lstm_subject({}),
    "lstm, lengths": _lstm_subject({"lengths": np.array([4, 0, 2])}),
    "lstm, lengths, reverse": _lstm_subject({"lengths": np.array([4, 0, 2]), "reverse": True}),
    "language_model": _language_model_subject({}),
    "language_model, lengths": _language_model_subject({"lengths": np.array([3, 2, 0])}),
}  # fmt: skip


def subject_of(backward):
    """The subject that a backward function, or an edited copy of it, belongs to.

    Parameters
    ----------
    backward : function

    Returns
    -------
    Subject

    Raises
    ------
    ValueError
        If there is none.
    """
    place = (getattr(backward, "__module__", None), getattr(backward, "__name__", None))
    for subject in SUBJECTS.values():
        if (subject.backward.__module__, subject.backward.__name__) == place:
            return subject
    known = ", ".join(sorted({s.backward.__name__ for s in SUBJECTS.values()}))
    raise ValueError(f"backward: expected one of {known}, got {getattr(backward, '__name__', backward)!r}")
