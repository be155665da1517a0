"""The LSTM over a sequence."""

from proveq import Subject

from lstmderiv.lstm import lstm, lstm_backward
from lstmderiv.verify.automatic import network
from lstmderiv.verify.subjects.lstm_cell import lstm_parameters
from lstmderiv.verify.subjects.sizes import LENGTHS, WEIGHTS, B, D, H, T

__all__ = ["SUBJECTS"]


def _lstm_subject(fixed):
    return Subject(
        lstm, lstm_backward,
        {"x": (B, T, D), "h0": (B, H), "c0": (B, H), **WEIGHTS}, {"forget_bias": 1, **fixed},
        jax=network.lstm,
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
    "lstm": _lstm_subject({}),
    "lstm, lengths": _lstm_subject({"lengths": LENGTHS}),
    "lstm, lengths, reverse": _lstm_subject({"lengths": LENGTHS, "reverse": True}),
}
