"""The LSTM with peephole connections, its step and its sequence."""

from proveq import Subject

from lstmderiv.peephole import (
    PeepholeParameters,
    peephole_lstm,
    peephole_lstm_backward,
    peephole_lstm_cell_step,
    peephole_lstm_cell_step_backward,
)
from lstmderiv.verify.automatic import variations
from lstmderiv.verify.subjects.cell_subject import cell
from lstmderiv.verify.subjects.sizes import LENGTHS, WEIGHTS, B, D, H, T

__all__ = ["SUBJECTS"]

_PEEPHOLES = {**WEIGHTS, **{f"p_{gate}": (H,) for gate in "fio"}}


def _peephole_parameters(v):
    return PeepholeParameters(*(v[name] for name in _PEEPHOLES))


def _peephole_subject(fixed):
    return Subject(
        peephole_lstm, peephole_lstm_backward,
        {"x": (B, T, D), "h0": (B, H), "c0": (B, H), **_PEEPHOLES}, {"forget_bias": 1, **fixed},
        jax=variations.peephole_lstm,
        call=lambda fn, v: fn(
            v["x"], _peephole_parameters(v), v["h0"], v["c0"], forget_bias=v["forget_bias"],
            lengths=v.get("lengths"), reverse=v.get("reverse", False),
        ),
        outputs=lambda trace: {"h": trace.h, "h_last": trace.h_last, "c_last": trace.c_last},
        call_backward=lambda fn, up, trace, v: fn(up["h"], trace, up["h_last"], up["c_last"]),
        results=lambda g: {
            "d_x": g.x, "d_h0": g.h0, "d_c0": g.c0, "d_W": g.W, "d_b": g.b,
            "d_p_f": g.p_f, "d_p_i": g.p_i, "d_p_o": g.p_o,
        },
        sequence=True,
    )  # fmt: skip


SUBJECTS = {
    "peephole_lstm_cell": cell(
        peephole_lstm_cell_step, peephole_lstm_cell_step_backward, ("h", "c"), _PEEPHOLES, _peephole_parameters,
        variations.peephole_lstm_cell, forget_bias=1,
    ),
    "peephole_lstm": _peephole_subject({}),
    "peephole_lstm, lengths": _peephole_subject({"lengths": LENGTHS}),
    "peephole_lstm, lengths, reverse": _peephole_subject({"lengths": LENGTHS, "reverse": True}),
}  # fmt: skip
