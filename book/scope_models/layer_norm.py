"""Layer normalisation of any row, and the running example's kind of network with a layer-normalised cell."""

from proveq import Model

from lstmderiv import LayerNormLSTMParameters
from lstmderiv.layer_norm_lstm_cell import layer_norm_lstm_cell_step

from .lstm import LSTM
from .rows import proved, run_step

__all__ = ["SCOPES", "LayerNorm", "LayerNormLSTM"]

_FUNCTIONS = {"mean": lambda rows: rows.sum(axis=-1, keepdims=True) / rows.shape[-1]}


class LayerNorm(Model):
    """zeta = gain * normalised(x) + shift, with any loss behind it. Written out here, not the package's."""

    chapter = "layer_norm"

    functions = _FUNCTIONS

    def __init__(self, batch):
        self.sizes = {"B": batch, "H": 3}

    def inputs(self, numbers):
        B, H = self.sizes["B"], self.sizes["H"]
        shapes = {"norm_x": (B, H), "upstream": (B, H), "gain": (H,), "shift": (H,)}
        values = {name: numbers.draw(shape) for name, shape in shapes.items()}
        root = numbers.draw((1,))[0]
        if numbers.ordered:
            return values | {"epsilon": root**2}
        # In the finite field the root comes first and epsilon is made from it: its square is then what it should be.
        first = values["norm_x"][0]
        mean = first.sum() / H
        return values | {"epsilon": numbers.square(root) - ((first - mean) ** 2).sum() / H}

    def run(self, v, probe, numbers):
        H, x = self.sizes["H"], v["norm_x"]
        mean = probe("norm_mean", x.sum(axis=1) / H)
        deviation = probe("deviation", x - mean[:, None])
        variance = probe("variance", (deviation**2).sum(axis=1) / H)
        root = probe("root", numbers.function("sqrt")(variance + v["epsilon"]))
        normalised = probe("normalised", deviation / root[:, None])
        result = probe("norm_y", v["gain"] * normalised + v["shift"])
        probe("loss", (v["upstream"] * result).sum())


class LayerNormLSTM(LSTM):
    """The network of `LSTM` with a layer-normalised cell, on drawn numbers: on equal weights nothing is left of it."""

    chapter = "layer_norm_lstm"

    shared = LSTM.shared | {f"{kind}_{place}" for kind in ("gain", "shift") for place in "figoc"} | {"epsilon"}
    functions = _FUNCTIONS

    def __init__(self, batch):
        super().__init__(True, batch, t=1)
        self.sizes = {"B": batch, "T": 2, "D": 2, "H": 3, "N": 4}

    def inputs(self, numbers):
        H = self.sizes["H"]
        values = super().inputs(numbers)
        return values | {"gain": numbers.draw((5, H)), "shift": numbers.draw((5, H))}

    def step(self, v, probe, t, known):
        parameters = LayerNormLSTMParameters(v["W"], v["gain"], v["shift"])
        return run_step(layer_norm_lstm_cell_step, parameters, probe, t, known, forget_bias=1, epsilon=1)


SCOPES = {
    "layer-norm": lambda: proved("one row", LayerNorm(1)),
    "layer-norm-batch": lambda: proved("two rows", LayerNorm(2)),
    "layer-norm-step": lambda: proved("two examples", LayerNormLSTM(2)) + proved("one example", LayerNormLSTM(1)),
}
