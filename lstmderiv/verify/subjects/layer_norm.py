"""Layer normalisation."""

from fractions import Fraction

from proveq import Subject

from lstmderiv.layer_norm import layer_norm, layer_norm_backward
from lstmderiv.verify.automatic import layer_norm as jax_layer_norm

__all__ = ["EPSILON", "SUBJECTS"]

# Large enough to be seen in every digit: with an epsilon of 1e-12 a wrong place for it would pass unnoticed.
EPSILON = Fraction(1, 8)

SUBJECTS = {
    "layer_norm": Subject(
        layer_norm, layer_norm_backward,
        {"x": (3, 4), "gain": (4,), "shift": (4,)}, {"epsilon": EPSILON},
        jax=jax_layer_norm.layer_norm,
        call=lambda fn, v: fn(v["x"], v["gain"], v["shift"], epsilon=v["epsilon"]),
        outputs=lambda trace: {"y": trace.y},
        call_backward=lambda fn, up, trace, v: fn(up["y"], trace),
        results=lambda g: {"d_x": g.x, "d_gain": g.gain, "d_shift": g.shift},
    ),
}  # fmt: skip
