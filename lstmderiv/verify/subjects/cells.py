"""The recurrent operator's steps: what their lines compute beside the values that they note on the tape."""

from lstmderiv.interchange.cells import BACKWARD, FORWARD
from lstmderiv.interchange.network import Weights
from lstmderiv.interchange.options import Options
from lstmderiv.verify.automatic.cells import step as step_for_jax
from lstmderiv.verify.subjects.cell_subject import cell
from lstmderiv.verify.subjects.sizes import D, H

__all__ = ["SUBJECTS"]


def _step(name, states=("h",), **choices):
    options = Options(cell=name, biases=2, **choices)
    rows = len(options.gates) * H
    weights = {"W_x": (rows, D), "W_h": (rows, H), "b_x": (rows,), "b_h": (rows,)}
    if options.peepholes:
        weights |= {f"p_{gate}": (H,) for gate in "fio"}

    def parameters(v):
        return Weights(**{name: v[name] for name in weights})

    return cell(
        FORWARD[name], BACKWARD[name], states, weights, parameters, step_for_jax(options, weights), also=(options,)
    )


SUBJECTS = {
    "operator, lstm": _step("lstm", ("h", "c"), peepholes=True),
    "operator, lstm, plain": _step("lstm", ("h", "c")),
    "operator, gru": _step("gru", reset="after"),
    "operator, gru, reset before": _step("gru", reset="before"),
    "operator, rnn": _step("rnn"),
}
