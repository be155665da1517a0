"""What is proved: each pair of a forward and a backward function, with the glue that calls them on any numbers."""

import numpy as np

from lstmderiv.activations import sigmoid, sigmoid_backward, tanh, tanh_backward
from lstmderiv.cross_entropy import cross_entropy, cross_entropy_backward
from lstmderiv.dense import dense, dense_backward
from lstmderiv.embedding import embedding, embedding_backward
from lstmderiv.lstm import lstm, lstm_backward
from lstmderiv.lstm_cell import LSTMParameters, lstm_cell, lstm_cell_backward
from lstmderiv.softmax import softmax, softmax_backward
from lstmderiv.verify.layered_subjects import bidirectional_subject, stacked_subject
from lstmderiv.verify.subject import Subject

__all__ = ["SUBJECTS", "Subject", "subject_of"]


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
    "stacked_lstm": stacked_subject({}),
    "stacked_lstm, lengths": stacked_subject({"lengths": np.array([4, 0, 2])}),
    "stacked_lstm, lengths, reverse": stacked_subject({"lengths": np.array([4, 0, 2]), "reverse": True}),
    "bidirectional_lstm": bidirectional_subject([3], [2], {}),
    "bidirectional_lstm, lengths": bidirectional_subject([3], [2], {"lengths": np.array([4, 0, 2])}),
    "bidirectional_lstm, stacks": bidirectional_subject([3, 2], [2, 3], {}),
    "bidirectional_lstm, stacks, lengths": bidirectional_subject([3, 2], [2, 3], {"lengths": np.array([4, 0, 2])}),
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
