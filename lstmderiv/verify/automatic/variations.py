"""The forward passes of the variations once more, for JAX: peepholes and the GRU. `gradients` says what `at` is."""

from lstmderiv.interchange.options import Options
from lstmderiv.verify.automatic.cells import chapter_step
from lstmderiv.verify.automatic.sequence import over_time, unmoved

__all__ = ["gru", "gru_cell", "peephole_lstm", "peephole_lstm_cell"]


def _peephole_cell(x, h, c, W, b, peepholes, forget_bias, at):
    options = Options(forget_bias=forget_bias, peepholes=True)
    peepholes = {f"p_{gate}": p for gate, p in zip("fio", peepholes)}
    states = chapter_step(options, at, x, {"h": h, "c": c}, W, b, **peepholes)
    return states["h"], states["c"]


def peephole_lstm_cell(v, at):
    arguments = (at("W", v["W"]), at("b", v["b"]), [v["p_f"], v["p_i"], v["p_o"]], v["forget_bias"], at)
    h, c = _peephole_cell(v["x"], v["h_prev"], v["c_prev"], *arguments)
    return {"h": h, "c": c}


def peephole_lstm(v, at):
    W, b, *peepholes = (at(name, v[name]) for name in ("W", "b", "p_f", "p_i", "p_o"))
    states = [at("h0", v["h0"]), at("c0", v["c0"])]

    def cell(x, h, c):
        return _peephole_cell(x, h, c, W, b, peepholes, v["forget_bias"], unmoved)

    h, (h_last, c_last) = over_time(cell, at("x", v["x"]), states, v, v.get("reverse"))
    return {"h": h, "h_last": h_last, "c_last": c_last}


def _cell(x, h, W, b, b_gh, reset, at):
    return chapter_step(Options(cell="gru", reset=reset), at, x, {"h": h}, W, b, b_gh)["h"]


def gru_cell(v, at):
    return {"h": _cell(v["x"], v["h_prev"], at("W", v["W"]), at("b", v["b"]), v.get("b_gh"), v["reset"], at)}


def gru(v, at):
    W, b = at("W", v["W"]), at("b", v["b"])
    b_gh = None if v["reset"] == "before" else at("b_gh", v["b_gh"])

    def cell(x, h):
        return (_cell(x, h, W, b, b_gh, v["reset"], unmoved),)

    h, (h_last,) = over_time(cell, at("x", v["x"]), [at("h0", v["h0"])], v, v.get("reverse"))
    return {"h": h, "h_last": h_last}
