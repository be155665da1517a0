"""Softmax, alone or with the cross-entropy behind it."""

import numpy as np
from proveq import Model

from lstmderiv import one_hot

from .rows import computed, proved

__all__ = ["SCOPES", "Softmax"]


class Softmax(Model):
    """p = softmax(logits), with any loss behind it, or with the cross-entropy."""

    chapter = "output"

    sizes = {"N": 4}

    def __init__(self, cross_entropy):
        self.cross_entropy = cross_entropy

    def inputs(self, numbers):
        label = one_hot(np.array(2), 4).astype(int)
        return {"logits": numbers.draw((4,)), "upstream": numbers.draw((4,)), "y": numbers.given(label)}

    def run(self, v, probe, numbers):
        largest = max(range(4), key=lambda k: np.real(numbers.value(v["logits"])[k])) if numbers.ordered else 0
        m = probe("largest", v["logits"][largest])
        exponentials = numbers.function("exp")(v["logits"])
        p = probe("p", exponentials / exponentials.sum())
        shifted = probe("shifted", v["logits"] - m)
        probe("exponentials", numbers.function("exp")(shifted))
        log = numbers.function("log")
        probe("loss", -(v["y"] * log(p)).sum() if self.cross_entropy else (v["upstream"] * p).sum())


SCOPES = {
    "softmax": lambda: proved("softmax", Softmax(False)),
    "softmax-shifted": lambda: computed("softmax", Softmax(False)),
    "cross-entropy": lambda: proved("cross-entropy", Softmax(True)),
    "cross-entropy-functions": lambda: computed("cross-entropy", Softmax(True)),
}
