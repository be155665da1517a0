"""Adam's running mean under a gradient that does not change, and a step of Adam among others."""

import numpy as np
from proveq import ComplexStep, Model

from lstmderiv import adam

from .rows import proved

__all__ = ["SCOPES", "Adam", "AdamStep"]


class Adam(Model):
    """The running mean after three steps, from zero."""

    chapter = "training"

    sizes = {"n": 3, "P": 2}

    def inputs(self, numbers):
        return {"gradients": numbers.draw((2,)), "decay_mean": numbers.draw((1,))}

    def run(self, v, probe, numbers):
        mean = numbers.given(np.zeros(2, dtype=int))
        for _ in range(self.sizes["n"]):
            mean = v["decay_mean"] * mean + (1 - v["decay_mean"]) * v["gradients"]
        probe("mean", mean)
        probe("loss", mean.sum())


class AdamStep(Model):
    """The third step of Adam, every step with a gradient of its own. The package's own, which takes floats alone."""

    chapter = "training"

    sizes = {"n": 3, "P": 4}
    options = {"learning_rate": 0.25, "decay_mean": 0.75, "decay_square": 0.625, "epsilon": 0.125}

    def inputs(self, numbers):
        return {"parameters_first": numbers.draw((4,)), "gradients_each": numbers.draw((3, 4))}

    def run(self, v, probe, numbers):
        parameters, state = v["parameters_first"], None
        for gradients in v["gradients_each"]:
            before = parameters, state
            parameters, state = adam(parameters, gradients, state=state, **self.options)
        probe("parameters", before[0])
        probe("parameters_new", parameters)
        probe("gradients", gradients)
        for name, of_steps in (("mean", "means"), ("square", "squares")):
            probe(f"{name}_before", getattr(before[1], of_steps)[0])
            probe(name, getattr(state, of_steps)[0])
        for name, number in self.options.items():
            probe(name, number)
        probe("loss", parameters.sum())


SCOPES = {
    "adam": lambda: proved("Adam, a constant gradient", Adam()),
    "adam-step": lambda: [("a step of Adam", ComplexStep(), AdamStep())],
}
