"""Several sets of parameters: arguments bear the number of their layer, from the bottom, and their direction.

"W_2", "h0_forward_1".
"""

from lstmderiv.lstm_cell import LSTMParameters
from lstmderiv.verify.subjects.sizes import B, D

__all__ = ["arguments", "gradients", "last_states", "last_upstream", "shapes"]


def shapes(widths, way=""):
    shapes = {}
    for n, (below, H) in enumerate(zip([D, *widths], widths), 1):
        shapes |= {f"W{way}_{n}": (4 * H, below + H), f"b{way}_{n}": (4 * H,)}
        shapes |= {f"h0{way}_{n}": (B, H), f"c0{way}_{n}": (B, H)}
    return shapes


def _each(named, kind, way):
    return [value for name, value in named.items() if name.startswith(f"{kind}{way}_")]


def arguments(v, way=""):
    """Parameters, h0 and c0 of every layer of a direction."""
    parameters = [LSTMParameters(W, b) for W, b in zip(_each(v, "W", way), _each(v, "b", way))]
    return parameters, _each(v, "h0", way), _each(v, "c0", way)


def last_states(layers, way=""):
    return {f"{kind}{way}_{n}": getattr(t, kind) for n, t in enumerate(layers, 1) for kind in ("h_last", "c_last")}


def last_upstream(up, way=""):
    return _each(up, "h_last", way), _each(up, "c_last", way)


def gradients(layers, way=""):
    return {f"d_{kind}{way}_{n}": getattr(g, kind) for n, g in enumerate(layers, 1) for kind in ("W", "b", "h0", "c0")}
