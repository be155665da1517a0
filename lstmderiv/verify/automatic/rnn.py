"""The plain recurrent network once more, for JAX; `proveq.jax_gradients` says what `at` is."""

from lstmderiv.interchange.options import Options
from lstmderiv.verify.automatic.cells import chapter_step
from lstmderiv.verify.automatic.sequence import over_time, unmoved

__all__ = ["rnn", "rnn_cell"]

_OPTIONS = Options(cell="rnn")


def _plain_cell(x, h_prev, W, b, at):
    return chapter_step(_OPTIONS, at, x, {"h": h_prev}, W, b)["h"]


def rnn_cell(v, at):
    return {"h": _plain_cell(v["x"], v["h_prev"], at("W", v["W"]), at("b", v["b"]), at)}


def rnn(v, at):
    x, h, W, b = (at(name, v[name]) for name in ("x", "h0", "W", "b"))

    def cell(x, h):
        return (_plain_cell(x, h, W, b, unmoved),)

    h, (h_last,) = over_time(cell, x, [h], v, v.get("reverse"))
    return {"h": h, "h_last": h_last}
