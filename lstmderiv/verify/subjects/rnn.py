"""The plain recurrent network, its step and its sequence."""

from proveq import Subject

from lstmderiv.rnn import RNNParameters, rnn, rnn_backward, rnn_cell_step, rnn_cell_step_backward
from lstmderiv.verify.automatic import rnn as jax_rnn
from lstmderiv.verify.subjects.cell_subject import cell
from lstmderiv.verify.subjects.sizes import LENGTHS, B, D, H, T

__all__ = ["SUBJECTS"]


_WEIGHTS = {"W": (H, D + H), "b": (H,)}


def _parameters(v):
    return RNNParameters(v["W"], v["b"])


def _rnn_subject(fixed):
    return Subject(
        rnn, rnn_backward, {"x": (B, T, D), "h0": (B, H), **_WEIGHTS}, fixed,
        jax=jax_rnn.rnn,
        call=lambda fn, v: fn(
            v["x"], _parameters(v), v["h0"],
            lengths=v.get("lengths"), reverse=v.get("reverse", False),
        ),
        outputs=lambda trace: {"h": trace.h, "h_last": trace.h_last},
        call_backward=lambda fn, up, trace, v: fn(up["h"], trace, up["h_last"]),
        results=lambda g: {"d_x": g.x, "d_h0": g.h0, "d_W": g.W, "d_b": g.b},
        sequence=True,
    )  # fmt: skip


SUBJECTS = {
    "rnn_cell": cell(
        rnn_cell_step, rnn_cell_step_backward, ("h",), _WEIGHTS, _parameters, jax_rnn.rnn_cell,
    ),
    "rnn": _rnn_subject({}),
    "rnn, lengths": _rnn_subject({"lengths": LENGTHS}),
    "rnn, lengths, reverse": _rnn_subject({"lengths": LENGTHS, "reverse": True}),
}  # fmt: skip
