"""One step as a public function: what it checks, the tape that it hands to the step, and what it returns."""

from typing import Any, TypeVar

import numpy as np

from lstmderiv._parameters import Parameters
from lstmderiv.checks import ArgumentError, check_shape, floating, having, instance, real_scalar
from lstmderiv.tape import Tape, Trace
from lstmderiv.types import Array, ArrayLike, Computed, Real

__all__ = ["bias", "first_tape", "gradient_of", "last_tape", "written"]

Kind = TypeVar("Kind", bound=Trace)


def first_tape(kind: type[Parameters], parameters: Any, x: ArrayLike, **states: ArrayLike) -> Tape:
    """The tape of a forward step: x (B, D) and the states (B, H) of the step before, checked and copied."""
    instance("parameters", parameters, kind)
    x = floating("x", x, ("B", "D"), D=parameters.input_size)
    sizes = {"B": x.shape[0], "H": parameters.hidden_size}
    checked = {name: floating(name, state, ("B", "H"), **sizes) for name, state in states.items()}
    having("tanh", x=x, **checked, **{f"parameters.{name}": a for name, a in parameters.arrays().items()})
    return Tape(known={"x": x.copy(), **{f"{name}_prev": state.copy() for name, state in checked.items()}})


def bias(forget_bias: Real, tape: Tape, parameters: Parameters) -> Any:
    """The forget bias, checked, as a number that leaves the dtype of the step as it is."""
    dtype = np.result_type(*tape.values(), *parameters.arrays().values())
    return real_scalar("forget_bias", forget_bias, dtype=dtype)


def last_tape(kind: type[Parameters], parameters: Any, traces: type[Trace], trace: Any, **upstream: ArrayLike) -> Tape:
    """The tape of a backward step: what the forward step wrote down, and the gradients (B, H) from outside."""
    instance("parameters", parameters, kind)
    instance("trace", trace, traces)
    needed = [name for name in traces._declared() if name not in traces._optional]
    if missing := [name for name in needed if name not in vars(trace)]:
        raise ArgumentError("trace", f"every value of {traces.__name__}", f"none called {missing[0]}")
    D, H = parameters.input_size, parameters.hidden_size
    z = floating("trace.z", trace.z, ("B", "D + H"), finite=False, **{"D + H": D + H})
    sizes = {"B": z.shape[0], "D": D, "H": H, "D + H": D + H, "1": 1}
    for name in traces._declared():
        if (value := getattr(trace, name)) is not None or name in needed:
            check_shape(f"trace.{name}", np.shape(value), traces._shapes.get(name, ("B", "H")), sizes)
    tape = Tape(known=vars(trace))
    for name, value in upstream.items():
        tape[name] = floating(name, value, ("B", "H"), B=sizes["B"], H=H).copy()
    return tape


def written(kind: type[Kind], tape: Tape, trace: Trace) -> Kind:
    """The gradients of a backward step: what its tape holds beside the values of the forward step."""
    known = vars(trace)
    return kind({name: value for name, value in tape.items() if name not in known})


def gradient_of(name: str, gradient: str) -> Computed[Array]:
    """A property: the gradient of an argument, under the argument's name."""
    return Computed[Array](lambda self: getattr(self, gradient), doc=f"With respect to `{name}`: `{gradient}`.")
