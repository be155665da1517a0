"""The GRU under both conventions for its reset gate, its step and its sequence."""

from proveq import Subject

from lstmderiv.gru import GRUParameters, gru, gru_backward, gru_cell_step, gru_cell_step_backward
from lstmderiv.verify.automatic import variations
from lstmderiv.verify.subjects.cell_subject import cell
from lstmderiv.verify.subjects.sizes import LENGTHS, B, D, H, T

__all__ = ["SUBJECTS"]

_WEIGHTS = {
    "after": {"W": (3 * H, D + H), "b": (3 * H,), "b_gh": (H,)},
    "before": {"W": (3 * H, D + H), "b": (3 * H,)},
}


def _gru_parameters(v):
    return GRUParameters(v["W"], v["b"], v.get("b_gh"), v["reset"])


def _gru_results(g):
    return {"d_W": g.W, "d_b": g.b, **({} if g.b_gh is None else {"d_b_gh": g.b_gh})}


def _gru_cell_subject(reset):
    return cell(
        gru_cell_step, gru_cell_step_backward, ("h",), _WEIGHTS[reset], _gru_parameters, variations.gru_cell,
        reset=reset,
    )  # fmt: skip


def _gru_subject(reset, **fixed):
    return Subject(
        gru, gru_backward, {"x": (B, T, D), "h0": (B, H), **_WEIGHTS[reset]}, {"reset": reset, **fixed},
        jax=variations.gru,
        call=lambda fn, v: fn(
            v["x"], _gru_parameters(v), v["h0"], lengths=v.get("lengths"), reverse=v.get("reverse", False)
        ),
        outputs=lambda trace: {"h": trace.h, "h_last": trace.h_last},
        call_backward=lambda fn, up, trace, v: fn(up["h"], trace, up["h_last"]),
        results=lambda g: {"d_x": g.x, "d_h0": g.h0, **_gru_results(g)},
        sequence=True,
    )  # fmt: skip


SUBJECTS = {
    "gru_cell": _gru_cell_subject("after"),
    "gru_cell, reset before": _gru_cell_subject("before"),
    "gru": _gru_subject("after"),
    "gru, lengths, reverse": _gru_subject("after", lengths=LENGTHS, reverse=True),
    "gru, reset before": _gru_subject("before"),
    "gru, reset before, lengths, reverse": _gru_subject("before", lengths=LENGTHS, reverse=True),
}  # fmt: skip
