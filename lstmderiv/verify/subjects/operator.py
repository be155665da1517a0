"""The recurrent operator's steps: what their lines compute beside the values that they note on the tape."""

from proveq import Subject

from lstmderiv.interchange.cells import BACKWARD, FORWARD
from lstmderiv.interchange.network import Weights
from lstmderiv.interchange.options import Options
from lstmderiv.tape import Tape
from lstmderiv.verify.subjects.sizes import B, D, H

__all__ = ["SUBJECTS"]

_STATES = {"lstm": ("h", "c"), "gru": ("h",), "rnn": ("h",)}


def _step(cell, **choices):
    options = Options(cell=cell, biases=2, **choices)
    rows, states = len(options.gates) * H, _STATES[cell]
    weights = {"W_x": (rows, D), "W_h": (rows, H), "b_x": (rows,), "b_h": (rows,)}
    if options.peepholes:
        weights |= {f"p_{gate}": (H,) for gate in "fio"}
    before = {f"{name}_prev": (B, H) for name in states}

    def weights_of(v):
        return Weights(**{name: v[name] for name in weights})

    def call(step, v):
        t = Tape(known={"x": v["x"], **{name: v[name] for name in before}})
        step(t, weights_of(v), options)
        return t

    def call_backward(step_backward, upstream, forward, v):
        t = Tape(known=forward)
        t.d_h = upstream["h"]
        if "c" in upstream:
            t["d_c_next"] = upstream["c"]
        step_backward(t, weights_of(v), options)
        return t

    return Subject(
        FORWARD[cell], BACKWARD[cell], {"x": (B, D), **before, **weights}, {},
        call=call,
        outputs=lambda t: {name: t[name] for name in states},
        call_backward=call_backward,
        results=lambda t: {name: value for name, value in t.items() if name.startswith("d_")},
    )  # fmt: skip


SUBJECTS = {
    "operator, lstm": _step("lstm", peepholes=True),
    "operator, lstm, plain": _step("lstm"),
    "operator, gru": _step("gru", reset="after"),
    "operator, gru, reset before": _step("gru", reset="before"),
    "operator, rnn": _step("rnn"),
}
