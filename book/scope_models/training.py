"""A step of gradient descent, and clipping by the global norm: the package's own, on numbers that they accept."""

from fractions import Fraction

from proveq import ComplexStep, Model

from lstmderiv import clip_by_global_norm, gradient_descent

from .rows import proved

__all__ = ["SCOPES", "Clipping", "GradientDescent"]


class GradientDescent(Model):
    """The weights of a cell before and after a step; the loss is linear in them."""

    chapter = "training"

    sizes = {"D": 2, "H": 2}

    def inputs(self, numbers):
        return {"W": numbers.draw((8, 4)), "slope": numbers.draw((8, 4))}

    def run(self, v, probe, numbers):
        rate = probe("learning_rate", Fraction(1, 8) if numbers.dtype is object else 0.125)
        probe("W_new", gradient_descent(v["W"], v["slope"], rate))
        probe("loss", (v["slope"] * v["W"]).sum())


class Clipping(Model):
    """Gradients before and after clipping. It measures them in floats, so there are no others here."""

    chapter = "training"

    sizes = {"P": 5}

    def __init__(self, limit):
        self.limit = limit

    def inputs(self, numbers):
        return {"gradients": numbers.draw((5,))}

    def run(self, v, probe, numbers):
        clipped, norm = clip_by_global_norm(v["gradients"], probe("max_norm", self.limit))
        probe("clipped_gradients", clipped)
        probe("loss", norm)


SCOPES = {
    "gradient-descent": lambda: proved("a step of gradient descent", GradientDescent()),
    "clipping": lambda: [
        ("gradients that are too long", ComplexStep(), Clipping(0.5)),
        ("gradients that are short enough", ComplexStep(), Clipping(8.0)),
    ],
}
