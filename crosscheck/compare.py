"""What a framework puts out beside what `lstmderiv` does: agrees, differs, or cannot."""

import math
from dataclasses import replace

import numpy as np

from crosscheck.rounding import bounds
from lstmderiv.interchange import from_framework, gradients_to_framework

__all__ = ["TOLERANCE", "compared"]

# Of the largest entry of each array, in float64.
TOLERANCE = 1e-12


def compared(case, weights, dtype, outputs, gradients):
    """The result of one case as JSON-able values.

    `weights` is the network in the framework's arrays, `outputs` holds y, h_last and c_last, `gradients` x, h0, c0 and
    the framework's own arrays, or is None. Errors are relative to the largest entry of each array. Those of agreement
    are rounded up to a power of ten: their digits depend on the machine.
    """
    trace, _ = case.run()
    wanted = _present({name: getattr(trace, name) for name in ("y", "h_last", "c_last")})
    forward = _errors(wanted, outputs)
    result, agrees = {}, True
    if dtype == "float64":
        agrees = max(forward.values()) <= TOLERANCE
    else:
        allowed = bounds(case, dtype)
        agrees = all(np.all(np.abs(outputs[name] - wanted[name]) <= allowed[name]) for name in wanted)
        result["bound"] = _up(max(np.max(allowed[name]) / (_largest(wanted[name]) or 1.0) for name in wanted))
    errors = {"forward": forward}
    if gradients is not None:
        # Of the network as the framework has it, which may have two biases for one of the case: a gradient for each.
        network = from_framework(weights.framework, weights.arrays, weights.cell, **weights.settings)
        network = network.replace(finished=case.network.options.finished)
        backward = replace(case, network=network).run()[1]
        wanted = _present({name: getattr(backward, name) for name in ("x", "h0", "c0")})
        wanted |= gradients_to_framework(weights.framework, network, backward)
        errors["backward"] = _errors(wanted, gradients)
        agrees = agrees and max(errors["backward"].values()) <= TOLERANCE
    for name, found in errors.items():
        worst = max(found, key=found.get)
        result[name] = _up(found[worst]) if agrees else float(f"{found[worst]:.1e}")
        if not agrees:
            result[f"{name}_worst"] = worst
    return {"outcome": "agrees" if agrees else "differs", **result}


def _present(arrays):
    return {name: array for name, array in arrays.items() if array is not None}


def _largest(array):
    return float(np.max(np.abs(array), initial=0))


def _errors(wanted, found):
    if set(wanted) != set(found):
        raise AssertionError(f"expected {sorted(wanted)}, got {sorted(found)}")
    for name, array in wanted.items():
        if array.shape != found[name].shape:
            raise AssertionError(f"{name}: expected shape {array.shape}, got {found[name].shape}")
    return {name: _largest(array - found[name]) / (_largest(array) or 1.0) for name, array in wanted.items()}


def _up(error):
    """The smallest power of ten that is not below an error; 0 is 0."""
    return 0.0 if error == 0 else float(f"1e{math.ceil(math.log10(error))}")
