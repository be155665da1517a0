"""The language model, a loss at every step and some steps padded; and the softmax with a temperature."""

import numpy as np
from proveq import Model

from lstmderiv import LSTMParameters, lstm_cell, one_hot

from .rows import computed, proved

__all__ = ["SCOPES", "LanguageModel", "Tempered"]


class LanguageModel(Model):
    """Embedding, LSTM, output layer; the mean of the losses of the steps that count, over three steps.

    Of the two examples the second is padded at the step that symbols without one mean; the first reads a word twice.
    """

    chapter = "language_model"

    sizes = {"B": 2, "T": 3, "D": 2, "H": 2, "N": 4, "V": 4}
    t = 2

    def inputs(self, numbers):
        B, D, H, V = (self.sizes[key] for key in "BDHV")
        shapes = {"table": (V, D), "W": (4 * H, D + H), "b": (4 * H,), "W_y": (H, V), "b_y": (V,)}
        shapes |= {"h0": (B, H), "c0": (B, H)}
        lengths = np.array([[3], [1]])
        words, targets = np.array([[0, 2, 0], [1, 0, 3]]), np.array([[2, 0, 1], [0, 3, 3]])
        given = {
            "mask": (np.arange(3) < lengths).astype(int),
            "words": one_hot(words, V).astype(int),
            "labels": one_hot(targets, V).astype(int),
        }
        drawn = {name: numbers.draw(shape) for name, shape in shapes.items()}
        return drawn | {name: numbers.given(array) for name, array in given.items()}

    def run(self, v, probe, numbers):
        exp, log = numbers.function("exp"), numbers.function("log")
        parameters = LSTMParameters(v["W"], v["b"])
        h, c, total = v["h0"], v["c0"], 0
        for t in range(1, self.sizes["T"] + 1):
            mask = probe("step_mask", v["mask"][:, t - 1], t)
            y = probe("step_y", v["labels"][:, t - 1], t)
            x = probe("x", probe("word", v["words"][:, t - 1], t) @ v["table"], t)
            trace = lstm_cell(x, h, c, parameters, forget_bias=1)
            # A padded step hands its states on.
            counts = mask[:, None]
            c = counts * trace.c + (1 - counts) * c
            h = probe("h", counts * trace.h + (1 - counts) * h, t)
            logits = probe("step_logits", probe("h_ext", h, t) @ v["W_y"] + v["b_y"], t)
            exponentials = exp(logits)
            p = probe("step_p", exponentials / exponentials.sum(axis=-1, keepdims=True), t)
            losses = probe("step_losses", -(y * log(p)).sum(axis=-1), t)
            total = total + (mask * losses).sum()
        loss = probe("loss", total / probe("step_count", v["mask"].sum()))
        probe("perplexity", exp(loss))


class Tempered(Model):
    """Probabilities at a temperature."""

    chapter = "language_model"

    sizes = {"N": 4}

    def inputs(self, numbers):
        return {"logits": numbers.draw((4,)), "temperature": numbers.draw((1,))}

    def run(self, v, probe, numbers):
        exponentials = numbers.function("exp")(v["logits"] / v["temperature"])
        probe("tempered", exponentials / exponentials.sum())
        probe("loss", v["logits"].sum())


SCOPES = {
    "language-model": lambda: proved("two examples", LanguageModel()),
    "temperature": lambda: computed("temperature", Tempered()),
}
