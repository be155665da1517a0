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
    return np.result_type(*[array for array in arrays if array is not None])


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
    if d_h is not None:
        d_h = floating("d_h", d_h, ("B", "T", "H"), B=B, T=T, H=H)
    given = initial_states(last, B, H)
    dtype = common_dtype(tape, d_h, *given)
    d_h = np.zeros((B, T, H), dtype) if d_h is None else np.asarray(d_h, dtype)
    return d_h, [np.zeros((B, H), dtype) if d is None else np.asarray(d, dtype) for d in given], dtype
