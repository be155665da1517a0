"""Adam's running mean under a gradient that does not change."""

import numpy as np
from proveq import Model

from .rows import proved

__all__ = ["SCOPES", "Adam"]


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


SCOPES = {"adam": lambda: proved("Adam, a constant gradient", Adam())}
