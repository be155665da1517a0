"""The running example's network with a GRU for its cell, under either convention for the reset gate."""

import numpy as np

from lstmderiv import GRUParameters
from lstmderiv.gru import gru_cell_step

from .lstm import LSTM
from .rows import example, run_step, step, unwatched

__all__ = ["GRU", "SCOPES", "running_example", "running_example_before"]


class GRU(LSTM):
    """As `LSTM`, with one state; weights and biases of the cell are drawn, or 0.1 in the running example."""

    chapter = "gru"

    shared = frozenset(f"{kind}_{gate}" for kind in "Wb" for gate in "rug") | {"W_gx", "W_gh", "b_gh"}
    meaning = {"d_h_next": ("h_prev", 1), **{f"d_{name}_total": (f"{name}_total", 0) for name in shared}}

    def __init__(self, generic, batch=1, t=2, every=True, *, reset):
        super().__init__(generic, batch, t, every)
        self.reset = reset
        D = self.sizes["D"]
        self.columns |= {"d_z_g_x": ("d_z_g", slice(D)), "d_z_g_h": ("d_z_g", slice(D, None))}

    def inputs(self, numbers):
        D, H = self.sizes["D"], self.sizes["H"]
        shapes = {"W": (3 * H, D + H), "b": (3 * H,)} | ({"given_b_gh": (H,)} if self.reset == "after" else {})
        values = super().inputs(numbers)
        for name, shape in shapes.items():
            values[name] = numbers.draw(shape) if self.generic else numbers.given(np.full(shape, 0.1))
        return values

    def step(self, v, probe, t, known):
        parameters = GRUParameters(v["W"], v["b"], v.get("given_b_gh"), self.reset)
        return run_step(gru_cell_step, parameters, probe, t, known)

    def cell(self, v, x, h):
        return self.step(v, unwatched, None, {"x": x, "h_prev": h}).h

    def run(self, v, probe, numbers):
        h, read = v["h0"], 0
        for t in range(1, self.sizes["T"] + 1):
            h = self.step(v, probe, t, {"x": v["xs"][:, t - 1], "h_prev": h}).h
            h_ext = probe("h_ext", h, t)
            read = read + (v["upstream"][t - 1] * h_ext).sum()
        self._predict(v, probe, numbers, h_ext, read)


SCOPES = {
    "gru": lambda: step(GRU, reset="after"),
    "gru-before": lambda: step(GRU, reset="before"),
}


def running_example():
    """The running example with a GRU, its reset gate after the product."""
    return example(SCOPES["gru"])


def running_example_before():
    """The same with its reset gate before the product."""
    return example(SCOPES["gru-before"])
