"""Cases and tensors as text of at most 100 columns."""

import textwrap

import numpy as np

from lstmderiv.interchange.arrays import ARRAYS, GATED
from lstmderiv.interchange.case import Case
from lstmderiv.interchange.names import base_of
from lstmderiv.interchange.options import Options
from lstmderiv.interchange.precision.report import has_steps
from lstmderiv.types import Array

__all__ = ["WIDTH", "case_heading", "tensor_text"]

WIDTH = 100


def case_heading(case: Case) -> str:
    """Name, what sets the case apart, and its sizes."""
    network, options = case.network, case.network.options
    B, T = case.x.shape[:2] if options.layout == "batch_first" else case.x.shape[1::-1]
    sizes = {
        "B": B, "T": T, "D": network.input_size, "H": network.hidden_size, "R": network.state_size,
        "layers": len(network.layers),
    }  # fmt: skip
    if network.state_size == network.hidden_size:
        del sizes["R"]
    differences = ", ".join(f"{name} = {value!r}" for name, value in options.differences().items())
    lines = [
        f"{case.name}: {case.description}" if case.description else case.name,
        f"{options.cell}, " + ", ".join(f"{name} = {size}" for name, size in sizes.items()) + f", {case.x.dtype}",
        f"options: {differences}" if differences else "",
    ]
    return "\n".join(textwrap.fill(line, WIDTH, subsequent_indent="  ") for line in lines if line)


def tensor_text(name: str, array: Array, options: Options, digits: int) -> str:
    """A tensor: its name and shape, then its numbers, a line for each step and row, or for each leading index."""
    rows = _rows(name, array, options)
    label = max((len(key) for key in rows), default=0)
    lines = [f"{name}  {' x '.join(map(str, array.shape))}"]
    for key, row in rows.items():
        numbers = [_number(value, digits) for value in row]
        each = max(1, (WIDTH - label - 2) // (len(numbers[0]) + 1)) if numbers else 1
        for k in range(0, max(1, len(numbers)), each):
            lines.append(f"  {key if k == 0 else '':{label}}" + "".join(f" {text}" for text in numbers[k : k + each]))
    return "\n".join(line.rstrip() for line in lines)


def _rows(name, array, options):
    """The last axis of an array, by what says where it stands: step and row, gate and unit, or indices."""
    if array.ndim == 3 and has_steps(name):
        steps = array.swapaxes(0, 1) if options.layout == "batch_first" else array
        return {f"t={t} b={b}": row for t, step in enumerate(steps) for b, row in enumerate(step)}
    base = base_of(name)
    if base in GATED and len(ARRAYS[base].dims) == 2:
        units = len(array) // len(options.gates)
        return {f"{options.gates[k // units]}[{k % units}]": row for k, row in enumerate(array)}
    if base in GATED:
        return dict(zip(options.gates, np.split(array, len(options.gates))))
    return {str(list(index)) if index else "": array[index] for index in np.ndindex(array.shape[:-1])}


def _number(value, digits):
    # Sign, point and exponent beside the significant digits; a zero without sign.
    return f"{value + 0.0:>{digits + 6}.{digits}g}" if value.dtype.kind == "f" else f"{value:>4d}"
