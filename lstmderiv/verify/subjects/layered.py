"""Subjects with several sets of parameters: stacks of layers, and both directions of time.

Arguments bear the number of their layer, from the bottom, and their direction: "W_2", "h0_forward_1".
"""

from proveq import Subject

from lstmderiv.bidirectional import bidirectional_lstm, bidirectional_lstm_backward
from lstmderiv.lstm_cell import LSTMParameters
from lstmderiv.stacked import stacked_lstm, stacked_lstm_backward
from lstmderiv.verify.automatic import layered as jax_layered
from lstmderiv.verify.subjects.sizes import LENGTHS, B, D, T

__all__ = ["SUBJECTS", "bidirectional_subject", "stacked_subject"]


def stacked_subject(fixed):
    """A stack of a layer of 3 units and one of 2."""
    return Subject(
        stacked_lstm, stacked_lstm_backward, {"x": (B, T, D), **_shapes([3, 2])}, {"forget_bias": 1, **fixed},
        jax=jax_layered.stacked_lstm,
        call=lambda fn, v: fn(
            v["x"], *_arguments(v), forget_bias=v["forget_bias"],
            lengths=v.get("lengths"), reverse=v.get("reverse", False),
        ),
        outputs=lambda trace: {"h": trace.h, **_last_states(trace.layers)},
        call_backward=lambda fn, up, trace, v: fn(up["h"], trace, *_last_upstream(up)),
        results=lambda g: {"d_x": g.x, **_gradients(g.layers)},
        sequence=True,
    )  # fmt: skip


def bidirectional_subject(forward_widths, backward_widths, fixed):
    """Two directions: with one width each a layer each, otherwise a stack each."""
    stacks = len(forward_widths) > 1
    ways = {"_forward": forward_widths, "_backward": backward_widths}

    def one_or_stack(entries):
        return entries if stacks else entries[0]

    def by_way(read):
        """What `read` gives for each direction, regrouped by kind."""
        return [[one_or_stack(entries) for entries in kind] for kind in zip(*(read(way) for way in ways))]

    def call(fn, v):
        parameters, h0, c0 = by_way(lambda way: _arguments(v, way))
        return fn(v["x"], *parameters, h0, c0, forget_bias=v["forget_bias"], lengths=v.get("lengths"))

    def call_backward(fn, up, trace, v):
        # A tuple, for it is a pair of directions.
        return fn(up["h"], trace, *(tuple(pair) for pair in by_way(lambda way: _last_upstream(up, way))))

    def of_layers(read, result):
        named = {}
        for way, side in zip(ways, (result.forward, result.backward)):
            named |= read(side.layers if stacks else [side], way)
        return named

    shapes = {"x": (B, T, D)}
    for way, widths in ways.items():
        shapes |= _shapes(widths, way)
    return Subject(
        bidirectional_lstm, bidirectional_lstm_backward, shapes, {"forget_bias": 1, **fixed},
        jax=jax_layered.bidirectional_lstm,
        call=call,
        outputs=lambda trace: {"h": trace.h, **of_layers(_last_states, trace)},
        call_backward=call_backward,
        results=lambda g: {"d_x": g.x, **of_layers(_gradients, g)},
        sequence=True,
    )  # fmt: skip


def _shapes(widths, way=""):
    shapes = {}
    for n, (below, H) in enumerate(zip([D, *widths], widths), 1):
        shapes |= {f"W{way}_{n}": (4 * H, below + H), f"b{way}_{n}": (4 * H,)}
        shapes |= {f"h0{way}_{n}": (B, H), f"c0{way}_{n}": (B, H)}
    return shapes


def _each(named, kind, way):
    return [value for name, value in named.items() if name.startswith(f"{kind}{way}_")]


def _arguments(v, way=""):
    """Parameters, h0 and c0 of every layer of a direction."""
    parameters = [LSTMParameters(W, b) for W, b in zip(_each(v, "W", way), _each(v, "b", way))]
    return parameters, _each(v, "h0", way), _each(v, "c0", way)


def _last_states(layers, way=""):
    return {f"{kind}{way}_{n}": getattr(t, kind) for n, t in enumerate(layers, 1) for kind in ("h_last", "c_last")}


def _last_upstream(up, way=""):
    return _each(up, "h_last", way), _each(up, "c_last", way)


def _gradients(layers, way=""):
    return {f"d_{kind}{way}_{n}": getattr(g, kind) for n, g in enumerate(layers, 1) for kind in ("W", "b", "h0", "c0")}


SUBJECTS = {
    "stacked_lstm": stacked_subject({}),
    "stacked_lstm, lengths": stacked_subject({"lengths": LENGTHS}),
    "stacked_lstm, lengths, reverse": stacked_subject({"lengths": LENGTHS, "reverse": True}),
    "bidirectional_lstm": bidirectional_subject([3], [2], {}),
    "bidirectional_lstm, lengths": bidirectional_subject([3], [2], {"lengths": LENGTHS}),
    "bidirectional_lstm, stacks": bidirectional_subject([3, 2], [2, 3], {}),
    "bidirectional_lstm, stacks, lengths": bidirectional_subject([3, 2], [2, 3], {"lengths": LENGTHS}),
}
