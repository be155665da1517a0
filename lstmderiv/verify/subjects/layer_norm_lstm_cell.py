"""The LSTM with layer normalisation, its step and its sequence."""

from proveq import Subject

from lstmderiv.layer_norm_lstm_cell import (
    LayerNormLSTMParameters,
    layer_norm_lstm,
    layer_norm_lstm_backward,
    layer_norm_lstm_cell_step,
    layer_norm_lstm_cell_step_backward,
)
from lstmderiv.verify.automatic import layer_norm as jax_layer_norm
from lstmderiv.verify.subjects.cell_subject import cell
from lstmderiv.verify.subjects.layer_norm import EPSILON
from lstmderiv.verify.subjects.sizes import LENGTHS, B, D, H, T

__all__ = ["SUBJECTS"]


def _layer_norm_parameters(v):
    return LayerNormLSTMParameters(v["W"], v["gain"], v["shift"])


_NORMALISED = {"W": (4 * H, D + H), "gain": (5, H), "shift": (5, H)}


def _layer_norm_lstm_subject(fixed):
    return Subject(
        layer_norm_lstm, layer_norm_lstm_backward,
        {"x": (B, T, D), "h0": (B, H), "c0": (B, H), **_NORMALISED},
        {"forget_bias": 1, "epsilon": EPSILON, **fixed},
        jax=jax_layer_norm.layer_norm_lstm,
        call=lambda fn, v: fn(
            v["x"], _layer_norm_parameters(v), v["h0"], v["c0"], forget_bias=v["forget_bias"], epsilon=v["epsilon"],
            lengths=v.get("lengths"), reverse=v.get("reverse", False),
        ),
        outputs=lambda trace: {"h": trace.h, "h_last": trace.h_last, "c_last": trace.c_last},
        call_backward=lambda fn, up, trace, v: fn(up["h"], trace, up["h_last"], up["c_last"]),
        results=lambda g: {
            "d_x": g.x, "d_h0": g.h0, "d_c0": g.c0, "d_W": g.W, "d_gain": g.gain, "d_shift": g.shift
        },
        sequence=True,
    )  # fmt: skip


SUBJECTS = {
    "layer_norm_lstm_cell": cell(
        layer_norm_lstm_cell_step, layer_norm_lstm_cell_step_backward, ("h", "c"), _NORMALISED, _layer_norm_parameters,
        jax_layer_norm.layer_norm_lstm_cell, forget_bias=1, epsilon=EPSILON,
    ),
    "layer_norm_lstm": _layer_norm_lstm_subject({}),
    "layer_norm_lstm, lengths, reverse": _layer_norm_lstm_subject(
        {"lengths": LENGTHS, "reverse": True}
    ),
}  # fmt: skip
