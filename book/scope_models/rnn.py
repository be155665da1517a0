"""A plain recurrent network over a few steps, on drawn numbers."""

from proveq import Exact, Model

from lstmderiv import RNNParameters
from lstmderiv.rnn import rnn_cell_step

from .rows import proved, run_step, unwatched

__all__ = ["RNN", "SCOPES"]


class RNN(Model):
    """A plain recurrent network over four steps; the loss reads every step's hidden state.

    With `jacobians`, the step t is a size: h_{t+1} is readable, and no sum may run over t.
    """

    chapter = "rnn"

    shared = frozenset({"W", "b", "W_x", "W_h"})
    meaning = {
        "d_W_share": ("W", 0),
        "d_b_share": ("b", 0),
        "d_W": ("W_total", 0),
        "d_b": ("b_total", 0),
    }

    def __init__(self, batch, jacobians=False):
        D, H = 2, 2
        self.t = 2
        self.sizes = {"B": batch, "T": 4, "D": D, "H": H} | ({"t": self.t} if jacobians else {})
        self.columns = {"d_z_x": ("d_z", slice(D)), "d_z_h": ("d_z", slice(D, None))}

    def inputs(self, numbers):
        B, T, D, H = (self.sizes[key] for key in "BTDH")
        shapes = {"weights": (H, D + H), "biases": (H,), "xs": (B, T, D), "h0": (B, H), "upstream": (T, B, H)}
        return {name: numbers.draw(shape) for name, shape in shapes.items()}

    def steps(self):
        return {"cell": lambda v, x, h: self.step(v, unwatched, None, x, h)}

    def step(self, v, probe, t, x, h):
        """The cell's own step."""
        parameters = RNNParameters(v["weights"], v["biases"])
        return run_step(rnn_cell_step, parameters, probe, t, {"x": x, "h_prev": h}).h

    def run(self, v, probe, numbers):
        h, read = v["h0"], 0
        for t in range(1, self.sizes["T"] + 1):
            h = self.step(v, probe, t, v["xs"][:, t - 1], h)
            h_ext = probe("h_ext", h, t)
            read = read + (v["upstream"][t - 1] * h_ext).sum()
        probe("h_last", h)
        probe("loss", read)


SCOPES = {
    "rnn": lambda: [
        ("plain network, two examples", Exact(), RNN(2)),
        *proved("plain network, one example", RNN(1)),
    ],
    "rnn-jacobian": lambda: proved("plain network, one example", RNN(1, jacobians=True)),
}
