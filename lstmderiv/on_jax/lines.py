"""The package's own lines on JAX's arrays: the same code, with NumPy's names bound to JAX's.

A derivation calls NumPy by the name `np`, and its code does not say what stands behind a name. JAX has functions of the
same names. What is exchanged beside NumPy is what looks at numbers: while a program is compiled there are none.
"""

import dis
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from types import FunctionType, ModuleType
from typing import Any

import jax.numpy as jnp
import numpy as np

from lstmderiv.checks import ArgumentTypeError, floating, integers
from lstmderiv.cross_entropy import _arguments
from lstmderiv.softmax import _shifted

__all__ = ["rebound"]


def rebound(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same code on JAX's arrays: a function of this package, with its names of NumPy bound to JAX's.

    Functions of the package that it calls are bound in the same way. Checks that look at numbers are left out: the
    arguments must be such as the function takes.

    Parameters
    ----------
    function : function
        One that makes new arrays only: `embedding_backward` adds to one in place, and JAX's arrays do not change.

    Returns
    -------
    function
        With the same code object.

    Raises
    ------
    TypeError
        If `function` is no function written in Python.
    """
    if not isinstance(function, FunctionType):
        raise ArgumentTypeError("function", "a function written in Python", type(function).__name__)
    known = function.__globals__
    code = function.__code__
    used = {line.argval for line in dis.get_instructions(code) if line.opname == "LOAD_GLOBAL"} & known.keys()
    names = {**known, **{name: _for_jax(known[name]) for name in used}}
    copy = FunctionType(code, names, function.__name__, function.__defaults__, function.__closure__)
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


def _for_jax(value):
    if isinstance(value, FunctionType | ModuleType) and value in _EXCHANGED:
        return _EXCHANGED[value]
    if isinstance(value, FunctionType) and value.__module__.startswith("lstmderiv."):
        return rebound(value)
    return value


class _NumPy:
    """JAX's functions by NumPy's names. JAX does not warn of floating-point arithmetic: there is nothing to silence."""

    def __getattr__(self, name: str) -> Any:
        return getattr(jnp, name)

    @staticmethod
    def errstate(**_: str) -> AbstractContextManager[None]:
        return nullcontext()


def _handed_on(name, value, *_, **__):
    return value


#: What a line calls, and what stands in its place.
_EXCHANGED: Mapping[Any, Any] = {
    np: _NumPy(),
    floating: _handed_on,
    integers: _handed_on,
    _arguments: lambda logits, labels, mask: (logits, labels, mask),
    _shifted: lambda logits: logits - logits.max(axis=-1, keepdims=True),
}
