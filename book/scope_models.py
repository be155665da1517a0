"""The computations behind the scopes: each runs forward once and names its values. No backward pass of the package."""

import numpy as np

from lstmderiv import LSTMParameters, dense, lstm_cell, one_hot, running_example
from lstmderiv.verify import instrumented

__all__ = ["LSTM", "Activations", "Embedded", "Model", "Softmax"]


class Model:
    """One computation: its inputs, its values by name, its loss.

    Attributes
    ----------
    sizes : dict
        Upper limits of sums.
    t : int or None
        The time step that symbols without one mean.
    shared : set
        Values that arise at every step and are the same there: parameters.
    meaning : dict
        Gradient symbol -> (value, steps later) where it is not simply the derivative by the value of that name.
    columns : dict
        Gradient symbol -> (gradient symbol, slice) where it is a block of columns of another.
    random : bool
        Whether its numbers are drawn.
    """

    sizes, t, shared, meaning, columns, random = {}, None, frozenset(), {}, {}, True

    def inputs(self, numbers):
        raise NotImplementedError

    def run(self, v, probe, numbers):
        raise NotImplementedError

    def sigma(self, numbers):
        tanh = numbers.function("tanh")
        return lambda x: (1 + tanh(x / 2)) / 2

    def tanh(self, numbers):
        return numbers.function("tanh")


class Activations(Model):
    """s = sigmoid(a) and u = tanh(v), both through the exponential; any loss behind them."""

    def inputs(self, numbers):
        return {name: numbers.draw((3,)) for name in ("sigmoid_argument", "tanh_argument", "upstream_s", "upstream_u")}

    def run(self, v, probe, numbers):
        s = probe("sigmoid_value", self.sigma(numbers)(v["sigmoid_argument"]))
        u = probe("tanh_value", self.tanh(numbers)(v["tanh_argument"]))
        probe("loss", (v["upstream_s"] * s + v["upstream_u"] * u).sum())

    def sigma(self, numbers):
        exp = numbers.function("exp")
        return lambda x: 1 / (1 + exp(-x))

    def tanh(self, numbers):
        exp = numbers.function("exp")
        return lambda x: (exp(x) - exp(-x)) / (exp(x) + exp(-x))


class Softmax(Model):
    """p = softmax(logits), with any loss behind it, or with the cross-entropy."""

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


_GATES = "figo"


class LSTM(Model):
    """The running example's network over three steps: LSTM, output layer at the last step, cross-entropy.

    With `generic`, random numbers. With `every`, these have a loss that also reads every step's hidden state: no
    term is zero by chance.
    """

    shared = frozenset(f"{kind}_{gate}" for kind in "Wb" for gate in _GATES) | {"forget_bias"}
    meaning = {
        "d_c_total": ("c", 0),
        "d_h_next": ("h_prev", 1),
        "d_c": ("c_prev", 1),
        **{f"d_{name}_total": (f"{name}_total", 0) for name in shared},
    }

    def __init__(self, generic, batch=1, t=2, every=True):
        self.generic, self.batch, self.t, self.every = generic, batch, t, every
        self.random = generic
        D, H, N = (2, 2, 3) if generic else (10, 5, 10)
        self.sizes = {"B": batch, "T": 3, "D": D, "H": H, "N": N}
        self.columns = {"d_z_x": ("d_z", slice(D)), "d_z_h": ("d_z", slice(D, None))}
        # The cell's own source: every value that it assigns to a name is a value of the page.
        self._cell = instrumented(lstm_cell, lambda name, value: self._watch(name, value))

    def inputs(self, numbers):
        B, T, D, H, N = (self.sizes[key] for key in "BTDHN")
        if self.generic:
            shapes = {"W": (4 * H, D + H), "b": (4 * H,), "W_y": (H, N), "b_y": (N,), "xs": (B, T, D)}
            shapes |= {"h0": (B, H), "c0": (B, H), "upstream": (T, B, H)}
            values = {name: numbers.draw(shape) for name, shape in shapes.items()}
            if not self.every:
                values["upstream"] = numbers.given(np.zeros((T, B, H), dtype=int))
            return values | {"y": numbers.given(one_hot(np.arange(B) % N, N).astype(int))}
        ids, targets = running_example.windows()
        parameters = running_example.initial_parameters()
        arrays = {
            "W": parameters["lstm"].W, "b": parameters["lstm"].b,
            "W_y": parameters["output"]["W"], "b_y": parameters["output"]["b"],
            "xs": one_hot(ids[2:3], N), "y": one_hot(targets[2:3], N),
            "h0": np.zeros((B, H)), "c0": np.zeros((B, H)), "upstream": np.zeros((T, B, H)),
        }  # fmt: skip
        return {name: numbers.given(array) for name, array in arrays.items()}

    def run(self, v, probe, numbers):
        h, c = v["h0"], v["c0"]
        parameters = LSTMParameters(v["W"], v["b"])
        read = 0
        for t in range(1, self.sizes["T"] + 1):
            self._watch = lambda name, value, t=t: probe(name, value, t)
            trace = self._cell(v["xs"][:, t - 1], h, c, parameters, forget_bias=1)
            h, c = trace.h, trace.c
            h_ext = probe("h_ext", h, t)
            read = read + (v["upstream"][t - 1] * h_ext).sum()
        h_last = probe("h_last", h_ext)
        logits = probe("logits", dense(h_last, v["W_y"], v["b_y"]))
        exponentials = numbers.function("exp")(logits)
        p = probe("p", exponentials / exponentials.sum(axis=-1, keepdims=True))
        probe("c_last", c)
        probe("loss", read - (v["y"] * numbers.function("log")(p)).sum())


class Embedded(LSTM):
    """The same, its inputs being rows of an embedding table; the first example has one word twice."""

    def inputs(self, numbers):
        words = one_hot(np.array([[0, 2, 0], [1, 0, 3]])[: self.batch], 4).astype(int)
        table = numbers.draw((4, self.sizes["D"]))
        return super().inputs(numbers) | {"words": numbers.given(words), "table": table}

    def run(self, v, probe, numbers):
        for t in range(self.sizes["T"]):
            probe("word", v["words"][:, t], t + 1)
        super().run(v | {"xs": v["words"] @ v["table"]}, probe, numbers)
