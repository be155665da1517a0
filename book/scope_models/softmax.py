"""Softmax, alone or with the cross-entropy behind it, and the label as a row."""

import numpy as np
from proveq import Model

from lstmderiv import one_hot

from .rows import computed, proved

__all__ = ["SCOPES", "Label", "Softmax"]


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


class Label(Model):
    """A label as a row of numbers: the class j, counted from 1."""

    chapter = "output"

    random = False

    def __init__(self, j):
        self.sizes = {"N": 4, "j": j}

    def inputs(self, numbers):
        return {"y": numbers.given(one_hot(np.array(self.sizes["j"] - 1), self.sizes["N"]).astype(int))}

    def run(self, v, probe, numbers):
        probe("loss", v["y"].sum())


SCOPES = {
    "softmax": lambda: proved("softmax", Softmax(False)),
    "softmax-shifted": lambda: computed("softmax", Softmax(False)),
    "cross-entropy": lambda: proved("cross-entropy", Softmax(True)),
    "label": lambda: [row for j in (1, 3) for row in proved(f"label {j}", Label(j))],
    "cross-entropy-functions": lambda: computed("cross-entropy", Softmax(True)),
}
