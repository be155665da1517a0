"""Both directions of time, a layer or a stack each."""

from proveq import Subject

from lstmderiv.bidirectional import bidirectional_lstm, bidirectional_lstm_backward
from lstmderiv.verify.automatic import layered
from lstmderiv.verify.subjects.layers import arguments, gradients, last_states, last_upstream, shapes
from lstmderiv.verify.subjects.sizes import LENGTHS, B, D, T

__all__ = ["SUBJECTS", "bidirectional_subject"]


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
        parameters, h0, c0 = by_way(lambda way: arguments(v, way))
        return fn(v["x"], *parameters, h0, c0, forget_bias=v["forget_bias"], lengths=v.get("lengths"))

    def call_backward(fn, up, trace, v):
        # A tuple, for it is a pair of directions.
        return fn(up["h"], trace, *(tuple(pair) for pair in by_way(lambda way: last_upstream(up, way))))

    def of_layers(read, result):
        named = {}
        for way, side in zip(ways, (result.forward, result.backward)):
            named |= read(side.layers if stacks else [side], way)
        return named

    sizes = {"x": (B, T, D)}
    for way, widths in ways.items():
        sizes |= shapes(widths, way)
    return Subject(
        bidirectional_lstm, bidirectional_lstm_backward, sizes, {"forget_bias": 1, **fixed},
        jax=layered.bidirectional_lstm,
        call=call,
        outputs=lambda trace: {"h": trace.h, **of_layers(last_states, trace)},
        call_backward=call_backward,
        results=lambda g: {"d_x": g.x, **of_layers(gradients, g)},
        sequence=True,
    )  # fmt: skip


SUBJECTS = {
    "bidirectional_lstm": bidirectional_subject([3], [2], {}),
    "bidirectional_lstm, lengths": bidirectional_subject([3], [2], {"lengths": LENGTHS}),
    "bidirectional_lstm, stacks": bidirectional_subject([3, 2], [2, 3], {}),
    "bidirectional_lstm, stacks, lengths": bidirectional_subject([3, 2], [2, 3], {"lengths": LENGTHS}),
}
