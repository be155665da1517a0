"""The plain recurrent network, its step and its sequence."""

from proved import Subject

from lstmderiv.rnn import rnn, rnn_backward
from lstmderiv.rnn_cell import RNNParameters, rnn_cell, rnn_cell_backward
from lstmderiv.verify.automatic import rnn as jax_rnn
from lstmderiv.verify.subjects.sizes import LENGTHS, B, D, H, T

__all__ = ["SUBJECTS"]


def _rnn_subject(fixed):
    return Subject(
        rnn, rnn_backward, {"x": (B, T, D), "h0": (B, H), "W": (H, D + H), "b": (H,)}, fixed,
        jax=jax_rnn.rnn,
        call=lambda fn, v: fn(
            v["x"], RNNParameters(v["W"], v["b"]), v["h0"],
            lengths=v.get("lengths"), reverse=v.get("reverse", False),
        ),
        outputs=lambda trace: {"h": trace.h, "h_last": trace.h_last},
        call_backward=lambda fn, up, trace, v: fn(up["h"], trace, up["h_last"]),
        results=lambda g: {"d_x": g.x, "d_h0": g.h0, "d_W": g.W, "d_b": g.b},
        sequence=True,
    )  # fmt: skip


SUBJECTS = {
    "rnn_cell": Subject(
        rnn_cell, rnn_cell_backward, {"x": (B, D), "h": (B, H), "W": (H, D + H), "b": (H,)}, {},
        jax=jax_rnn.rnn_cell,
        call=lambda fn, v: fn(v["x"], v["h"], RNNParameters(v["W"], v["b"])),
        outputs=lambda trace: {"h": trace.h},
        call_backward=lambda fn, up, trace, v: fn(up["h"], trace, RNNParameters(v["W"], v["b"])),
        results=lambda g: {},
    ),
    "rnn": _rnn_subject({}),
    "rnn, lengths": _rnn_subject({"lengths": LENGTHS}),
    "rnn, lengths, reverse": _rnn_subject({"lengths": LENGTHS, "reverse": True}),
}  # fmt: skip
