"""How far a run in another number format may be from the exact one: a bound that is computed, output by output.

Every operation of the forward pass is followed by a rounding. To first order an output moves by the sum of all of them,
each multiplied by the gradient of that output with respect to the value that was rounded; one backward pass finds those
gradients. No two errors are assumed to cancel.
"""

import numpy as np

from lstmderiv.interchange import Case, recurrent, recurrent_backward

__all__ = ["bounds"]

# Units in the last place, of one or of the value if it is greater, within which an activation function is taken to be.
ACTIVATION_ULPS = 4


def bounds(case: Case, dtype):
    """Bounds of |run in dtype - exact run| for every entry of y, h_last and c_last."""
    # A copy of the rows for every entry that a row puts out: then one backward pass finds all gradients.
    trace = case.run()[0]
    last = {name: getattr(trace, name) for name in ("h_last", "c_last") if getattr(trace, name) is not None}
    batch = 0 if case.network.options.layout == "batch_first" else 1
    y = np.moveaxis(trace.y, batch, 0)
    B = y.shape[0]
    entries = {"y": y[0].size, **{name: state[:, :, 0].size for name, state in last.items()}}
    N = sum(entries.values())
    copies = recurrent(
        np.repeat(case.x, N, axis=batch),
        case.network,
        np.repeat(case.h0, N, axis=2),
        None if case.c0 is None else np.repeat(case.c0, N, axis=2),
        lengths=None if case.lengths is None else np.repeat(case.lengths, N),
    )
    unit, upstream, start = np.tile(np.eye(N), (B, 1)), {}, 0
    for name, count in entries.items():
        share = unit[:, start : start + count]
        start += count
        if name == "y":
            upstream[name] = np.moveaxis(share.reshape(B * N, *y.shape[1:]), 0, batch)
        else:
            L, K, _, size = last[name].shape
            upstream[name] = np.moveaxis(share.reshape(B * N, L, K, size), 0, 2)
    total = np.zeros(B * N)
    weights = {(n, d): w for n, layer in enumerate(case.network.layers) for d, w in zip(_directions(case), layer)}

    def add(place, name, value, tape):
        if place.step is not None:
            made = _roundings(name[2:], tape, weights[place.layer, place.direction], case.network.options)
            total[:] += (np.abs(value) * made).sum(axis=-1)
        return value

    recurrent_backward(upstream["y"], copies, upstream["h_last"], upstream.get("c_last"), intervene=add)
    total = (total * np.finfo(dtype).eps / 2).reshape(B, N)
    found, start = {}, 0
    for name, count in entries.items():
        share = total[:, start : start + count]
        start += count
        like = y.shape[1:] if name == "y" else (*last[name].shape[:2], last[name].shape[3])
        found[name] = np.moveaxis(share.reshape(B, *like), 0, batch if name == "y" else 2)
    return found


def _directions(case):
    return case.network.options.directions


def _roundings(name, tape, weights, options):
    """What the roundings on the way to a value come to, in units of half an ulp of one: counted with their operands."""
    magnitude = {key: np.abs(tape[key]) for key in tape if not key.startswith("d_")}
    if name == "h" and options.cell == "lstm" and options.projection:
        return (weights.W_p.shape[1] + 2) * _absolute(magnitude["m"], weights.W_p, weights.b_p)
    if name == "h" and options.cell == "gru":
        return 4 * ((1 + magnitude["u"]) * magnitude["g"] + magnitude["u"] * magnitude["h_prev"])
    if name == "c":
        return 2 * (magnitude["f"] * magnitude["c_prev"] + magnitude["i"] * magnitude["g"])
    if name in ("m", "s") or (name == "h" and options.cell == "lstm"):
        return magnitude[name]
    if name == "v" or (name.startswith("a_") and name[2:] in options.gates):
        return _product(name, magnitude, weights, options)
    if name in options.gates or name == "activated_c":
        return 2 * ACTIVATION_ULPS * np.maximum(1, magnitude[name])
    return 0.0


def _product(name, magnitude, weights, options):
    """The roundings of a pre-activation, or of the candidate's recurrent product in a GRU."""
    gate = "g" if name == "v" else name[2:]
    block, G = options.gates.index(gate), len(options.gates)

    def of(array):
        return None if array is None else np.split(array, G)[block]

    sums = weights.W_x.shape[1] + weights.W_h.shape[1] + 4
    size = _absolute(magnitude["h_prev"], of(weights.W_h), of(weights.b_h))
    if options.cell == "gru" and gate == "g" and name != "v":
        size = size * np.maximum(1, magnitude["r"])
    if name != "v":
        size = size + _absolute(magnitude["x"], of(weights.W_x), of(weights.b_x))
    if options.peepholes and gate != "g":
        size = size + np.abs(getattr(weights, f"p_{gate}")) * magnitude["c" if gate == "o" else "c_prev"]
    return sums * (size + abs(options.forget_bias) * (gate == "f"))


def _absolute(states, W, b):
    return states @ np.abs(W).T + (0 if b is None else np.abs(b))
