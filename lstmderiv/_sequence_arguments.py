"""Checks of what recurrent networks are given over a sequence, forward and backward."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lstmderiv.checks import flag, floating, integers
from lstmderiv.types import Array, ArrayLike

__all__ = ["common_dtype", "initial_states", "steps_to_run", "upstream_arguments"]


def initial_states(states: Mapping[str, Any], B: int, H: int) -> list[Array | None]:
    """Return the initial states, each None where it is not given."""
    return [None if value is None else floating(name, value, ("B", "H"), B=B, H=H) for name, value in states.items()]


def common_dtype(*arrays: Array | None) -> np.dtype[Any]:
    """NumPy's promotion of all arrays that are given."""
    return np.result_type(*(array for array in arrays if array is not None))


def steps_to_run(lengths: ArrayLike | None, reverse: bool, B: int, T: int) -> tuple[Array | None, bool]:
    """Return the mask of steps, and `reverse`.

    The mask (T, B, 1) is False at the padded steps of a row; None if no lengths are given.
    """
    reverse = flag("reverse", reverse)
    if lengths is None:
        return None, reverse
    lengths = integers("lengths", lengths, ("B",), 0, T + 1, bounds=f"in 0..T with T = {T}", B=B)
    return (np.arange(T)[:, None] < lengths)[..., None], reverse


def upstream_arguments(
    d_h: ArrayLike | None, last: Mapping[str, Any], sizes: tuple[int, int, int], tape: Array
) -> tuple[Array, list[Array], np.dtype[Any]]:
    """Return the gradients of outputs and of last states, zeros where not given, and the dtype they share with `tape`.

    `sizes` is (B, T, H).
    """
    B, T, H = sizes
    given = {"d_h": (d_h, ("B", "T", "H")), **{name: (value, ("B", "H")) for name, value in last.items()}}
    checked = {
        name: None if value is None else floating(name, value, dims, B=B, T=T, H=H)
        for name, (value, dims) in given.items()
    }
    dtype = common_dtype(tape, *checked.values())
    d_h, *last = (
        np.zeros((B, T, H) if name == "d_h" else (B, H), dtype) if value is None else np.asarray(value, dtype)
        for name, value in checked.items()
    )
    return d_h, last, dtype
