"""Checks of what the functions on JAX are given: kinds and shapes always, numbers where there are any yet."""

from collections.abc import Callable
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from lstmderiv.checks import ArgumentError, ArgumentTypeError, array_of, check_shape, integers
from lstmderiv.types import ArrayLike

__all__ = ["Backward", "Given", "common", "real", "step_backward", "whole"]

#: What becomes an array of JAX's.
Given: TypeAlias = ArrayLike | jax.Array
#: The backward step that is JAX's rule, or None for JAX's own differentiation.
Backward: TypeAlias = Callable[..., None] | None

_FLOATS = {np.dtype(name): name for name in ("float16", "float32", "float64")} | {jnp.dtype("bfloat16"): "bfloat16"}


def real(name: str, value: Given, dims: tuple[str, ...], **sizes: int) -> jax.Array:
    """Return `value` as an array of JAX's, of its own dtype and of shape `dims`."""
    array = _array(name, value)
    if array.dtype not in _FLOATS:
        raise ArgumentTypeError(name, f"an array of {', '.join(_FLOATS.values())}", f"dtype {array.dtype}")
    # JAX would make it float32 without a word.
    if jax.dtypes.canonicalize_dtype(array.dtype) != array.dtype:
        wanted = "float32, or float64 after jax.config.update('jax_enable_x64', True)"
        raise ArgumentError(name, wanted, f"{array.dtype} without it")
    check_shape(name, array.shape, dims, sizes)
    return jnp.asarray(array)


def whole(
    name: str,
    value: Given,
    dims: tuple[str, ...],
    low: float,
    high: float,
    *,
    bounds: str,
    where: Any = None,
    **sizes: int,
) -> jax.Array:
    """Return `value` as an array of JAX's with low <= entries < high, as `integers`: unless it is being traced."""
    if not isinstance(value, jax.core.Tracer):
        value = integers(name, value, dims, low, high, bounds=bounds, where=where, **sizes)  # type: ignore[arg-type]
    elif not jnp.issubdtype(value.dtype, jnp.integer):
        raise ArgumentTypeError(name, "integers", f"dtype {value.dtype}")
    check_shape(name, value.shape, dims, sizes)
    return jnp.asarray(value)


def common(*arrays: jax.Array) -> list[jax.Array]:
    """The arrays in the dtype that they promote to."""
    dtype = jnp.result_type(*arrays)
    return [array.astype(dtype) for array in arrays]


def step_backward(backward: Backward) -> Backward:
    """Return `backward` if it is a function or None."""
    if backward is not None and not callable(backward):
        raise ArgumentTypeError("backward", "a backward step, or None", type(backward).__name__)
    return backward


def _array(name, value):
    return value if isinstance(value, jax.Array) else array_of(name, value)
