"""Stacks of layers."""

from proveq import Subject

from lstmderiv.stacked import stacked_lstm, stacked_lstm_backward
from lstmderiv.verify.automatic import layered
from lstmderiv.verify.subjects.layers import arguments, gradients, last_states, last_upstream, shapes
from lstmderiv.verify.subjects.sizes import LENGTHS, B, D, T

__all__ = ["SUBJECTS"]


def _subject(fixed):
    """A stack of a layer of 3 units and one of 2."""
    return Subject(
        stacked_lstm, stacked_lstm_backward, {"x": (B, T, D), **shapes([3, 2])}, {"forget_bias": 1, **fixed},
        jax=layered.stacked_lstm,
        call=lambda fn, v: fn(
            v["x"], *arguments(v), forget_bias=v["forget_bias"],
            lengths=v.get("lengths"), reverse=v.get("reverse", False),
        ),
        outputs=lambda trace: {"h": trace.h, **last_states(trace.layers)},
        call_backward=lambda fn, up, trace, v: fn(up["h"], trace, *last_upstream(up)),
        results=lambda g: {"d_x": g.x, **gradients(g.layers)},
        sequence=True,
    )  # fmt: skip


SUBJECTS = {
    "stacked_lstm": _subject({}),
    "stacked_lstm, lengths": _subject({"lengths": LENGTHS}),
    "stacked_lstm, lengths, reverse": _subject({"lengths": LENGTHS, "reverse": True}),
}
