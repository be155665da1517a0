"""The two rows of logits that the series publishes numbers for, as the softmax chapters draw them."""

import numpy as np

from lstmderiv import cross_entropy, cross_entropy_backward, one_hot, softmax, softmax_jacobian

__all__ = ["cheap", "dear"]


class Row:
    """A row of logits with its label: every value by its name in the code, for a drawing.

    Parameters
    ----------
    logits : sequence of float (N,)
    label : int
    """

    def __init__(self, logits, label):
        logits = np.array(logits, dtype=float)
        p = softmax(logits)
        self.sizes = {"N": len(logits)}
        self._values = {
            "logits": logits, "p": p, "y": one_hot(label, len(logits)), "loss": cross_entropy(logits, label),
            "jacobian": softmax_jacobian(p), "d_logits": cross_entropy_backward(logits, label),
        }  # fmt: skip

    def value(self, name, step=None):
        """The value of a name; a row has no time steps."""
        return self._values[name]


def cheap():
    """The label is the most probable class."""
    return Row([1, 3, 5, 7], 3)


def dear():
    """The label is the least probable class."""
    return Row([1, -9, 4, 8], 1)
