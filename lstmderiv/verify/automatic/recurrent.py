"""The recurrent operator once more, for JAX: whole networks.

Each row of the batch runs alone, over as many steps as it has. There is no mask anywhere: what finished rows put out is
filled in afterwards. States are vectors.
"""

from functools import partial

import numpy as np
from proveq import COMPILER

from lstmderiv.checks import ArgumentError
from lstmderiv.verify.automatic.cells import CELLS, separately

__all__ = ["recurrent_gradients", "recurrent_tensors"]


def recurrent_tensors(case):
    """Every tensor that follows from a case, forward and backward, by JAX in float64.

    Parameters
    ----------
    case : lstmderiv.interchange.Case
        Real numbers, at least one row.

    Returns
    -------
    dict of ndarray
        In the names of the case: "y", "h_last", "c_last", "layer0.forward.a_f" and so on; "d_x", "d_h0", "d_c0",
        "layer0.forward.d_W_x", "layer0.forward.d_a_f" and so on.

    Raises
    ------
    ValueError
        If the case has no row.
    """
    return _differentiated(case, True)


def recurrent_gradients(case):
    """As `recurrent_tensors`, without the intermediates and in half the time.

    Parameters
    ----------
    case : lstmderiv.interchange.Case
        Real numbers, at least one row.

    Returns
    -------
    dict of ndarray
        "y", "h_last", "c_last", "d_x", "d_h0", "d_c0", and "layer0.forward.d_W_x" and so on for every weight.

    Raises
    ------
    ValueError
        If the case has no row.
    """
    return _differentiated(case, False)


def _differentiated(case, intermediates):
    import jax

    options = case.network.options
    turn = (lambda a: a) if options.layout == "batch_first" else (lambda a: np.swapaxes(a, 0, 1))
    given = {"x": turn(case.x), "h0": case.h0, "c0": case.c0} | case.network.arrays()
    given = {name: np.asarray(array, float) for name, array in given.items() if array is not None}
    upstream = {"y": turn(case.d_y), "h_last": case.d_h_last, "c_last": case.d_c_last}
    B, T = given["x"].shape[:2]
    if not B:
        raise ArgumentError("case", "at least one row", "none")
    lengths = [T] * B if case.lengths is None else [int(length) for length in case.lengths]
    forward = partial(_network, options, len(case.network.layers), lengths)
    intermediates = intermediates and T > 0

    def loss(given, shifts):
        outputs, seen = forward(given, shifts)
        total = sum((upstream[name] * array).sum() for name, array in outputs.items())
        return total, outputs | (seen if intermediates else {})

    with jax.enable_x64(True):
        seen = jax.eval_shape(forward, given, {})[1] if intermediates else {}
        shifts = {name: np.zeros(array.shape) for name, array in seen.items()}
        gradient = jax.jit(jax.grad(loss, argnums=(0, 1), has_aux=True), compiler_options=COMPILER)
        (by_given, by_shift), found = gradient(given, shifts)
    # The input as one layer reads it, and the cell state as it is handed on, have no name but in their gradients.
    found = {name: array for name, array in found.items() if not name.endswith((".x", ".c_next"))}
    found |= {_gradient_name(name): array for name, array in (by_shift | by_given).items()}
    fixed = {"h_last", "c_last", "d_h0", "d_c0", *map(_gradient_name, case.network.arrays())}
    return {name: np.asarray(array if name in fixed else turn(array)) for name, array in found.items()}


def _gradient_name(name):
    prefix, dot, last = name.rpartition(".")
    return f"{prefix}{dot}d_{last}"


def _network(options, layers, lengths, given, shifts):
    """Outputs, and every intermediate, each moved by its shift where there is one."""
    import jax.numpy as jnp

    flow, seen = given["x"], {}
    last = {"h": [], "c": []} if "c0" in given else {"h": []}
    for n in range(layers):
        outputs = []
        for k, direction in enumerate(options.directions):
            prefix = f"layer{n}.{direction}."
            weights = {name.removeprefix(prefix): a for name, a in given.items() if name.startswith(prefix)}
            moves = {name.removeprefix(prefix): a for name, a in shifts.items() if name.startswith(prefix)}
            rows, ends, noted = [], [], []
            for b, length in enumerate(lengths):
                start = {name: given[f"{name}0"][n, k, b] for name in last}
                row = {name: a[b] for name, a in moves.items()}
                y, end, values = _row(options, direction, weights, flow[b], start, length, row)
                rows.append(y)
                ends.append(end)
                noted.append(values)
            outputs.append(jnp.stack(rows))
            for name, found in last.items():
                found.append(jnp.stack([end[name] for end in ends]))
            seen |= {prefix + name: jnp.stack([values[name] for values in noted]) for name in noted[0]}
        flow = jnp.concatenate(outputs, axis=-1)
    shape = (layers, len(options.directions))
    states = {f"{name}_last": jnp.stack(found).reshape(*shape, *found[0].shape) for name, found in last.items()}
    return {"y": flow} | states, seen


def _row(options, direction, weights, x, start, length, shifts):
    """One row: its outputs (T, R) in time, the states after its own last step, its intermediates in time."""
    import jax.numpy as jnp

    T = len(x)
    runs = T if options.finished == "computed" else length

    def in_order(times):
        parts = [times[:length], times[length:runs]]
        parts = parts if direction == "forward" else [part[::-1] for part in parts]
        return jnp.concatenate([*parts, jnp.zeros_like(times[runs:])])

    # Reversing twice is none: the same rearrangement leads from time to the order of the steps and back.
    read = {name: in_order(a)[:runs] for name, a in shifts.items()}
    states, values = _steps(options, weights, in_order(x)[:runs], start, read)

    def in_time(steps):
        return in_order(jnp.concatenate([steps, jnp.zeros((T - runs, *steps.shape[1:]))]))

    y = in_time(states["h"])
    if options.finished == "last" and direction == "forward" and length:
        y = jnp.concatenate([y[:length], jnp.broadcast_to(y[length - 1], y[length:].shape)])
    end = {name: steps[length - 1] if length else start[name] for name, steps in states.items()}
    return y, end, {name: in_time(steps) for name, steps in values.items()}


def _steps(options, weights, x, start, shifts):
    import jax

    reads = separately(options, weights)

    def one(states, read):
        x, moves = read
        seen = {}

        def keep(name, value):
            seen[name] = value + moves[name] if name in moves else value
            return seen[name]

        states = CELLS[options.cell](options, weights, reads, keep, keep("x", x), states)
        return states, (states, seen)

    return jax.lax.scan(one, start, (x, shifts))[1]
