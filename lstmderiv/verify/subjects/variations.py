"""Variations of the cell: peephole connections, and the GRU under both conventions for its reset gate."""

from proveq import Subject

from lstmderiv.gru import GRUParameters, gru, gru_backward, gru_cell_step, gru_cell_step_backward
from lstmderiv.peephole import (
    PeepholeParameters,
    peephole_lstm,
    peephole_lstm_backward,
    peephole_lstm_cell_step,
    peephole_lstm_cell_step_backward,
)
from lstmderiv.verify.automatic import variations as jax_variations
from lstmderiv.verify.subjects.cell import cell
from lstmderiv.verify.subjects.sizes import LENGTHS, WEIGHTS, B, D, H, T

__all__ = ["SUBJECTS"]

_PEEPHOLES = {**WEIGHTS, **{f"p_{gate}": (H,) for gate in "fio"}}


def _peephole_parameters(v):
    return PeepholeParameters(*(v[name] for name in _PEEPHOLES))


def _peephole_subject(fixed):
    return Subject(
        peephole_lstm, peephole_lstm_backward,
        {"x": (B, T, D), "h0": (B, H), "c0": (B, H), **_PEEPHOLES}, {"forget_bias": 1, **fixed},
        jax=jax_variations.peephole_lstm,
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


_GRUWEIGHTS = {
    "after": {"W": (3 * H, D + H), "b": (3 * H,), "b_gh": (H,)},
    "before": {"W": (3 * H, D + H), "b": (3 * H,)},
}


def _gru_parameters(v):
    return GRUParameters(v["W"], v["b"], v.get("b_gh"), v["reset"])


def _gru_results(g):
    return {"d_W": g.W, "d_b": g.b, **({} if g.b_gh is None else {"d_b_gh": g.b_gh})}


def _gru_cell_subject(reset):
    return cell(
        gru_cell_step, gru_cell_step_backward, ("h",), _GRUWEIGHTS[reset], _gru_parameters, jax_variations.gru_cell,
        reset=reset,
    )  # fmt: skip


def _gru_subject(reset, **fixed):
    return Subject(
        gru, gru_backward, {"x": (B, T, D), "h0": (B, H), **_GRUWEIGHTS[reset]}, {"reset": reset, **fixed},
        jax=jax_variations.gru,
        call=lambda fn, v: fn(
            v["x"], _gru_parameters(v), v["h0"], lengths=v.get("lengths"), reverse=v.get("reverse", False)
        ),
        outputs=lambda trace: {"h": trace.h, "h_last": trace.h_last},
        call_backward=lambda fn, up, trace, v: fn(up["h"], trace, up["h_last"]),
        results=lambda g: {"d_x": g.x, "d_h0": g.h0, **_gru_results(g)},
        sequence=True,
    )  # fmt: skip


SUBJECTS = {
    "peephole_lstm_cell": cell(
        peephole_lstm_cell_step, peephole_lstm_cell_step_backward, ("h", "c"), _PEEPHOLES, _peephole_parameters,
        jax_variations.peephole_lstm_cell, forget_bias=1,
    ),
    "peephole_lstm": _peephole_subject({}),
    "peephole_lstm, lengths": _peephole_subject({"lengths": LENGTHS}),
    "peephole_lstm, lengths, reverse": _peephole_subject({"lengths": LENGTHS, "reverse": True}),
    "gru_cell": _gru_cell_subject("after"),
    "gru_cell, reset before": _gru_cell_subject("before"),
    "gru": _gru_subject("after"),
    "gru, lengths, reverse": _gru_subject("after", lengths=LENGTHS, reverse=True),
    "gru, reset before": _gru_subject("before"),
    "gru, reset before, lengths, reverse": _gru_subject("before", lengths=LENGTHS, reverse=True),
}  # fmt: skip
