"""One step of a cell as the subject of a proof: a forward and a backward step on one tape."""

import inspect
import math

import numpy as np
from proveq import Subject

from lstmderiv.checks import real_scalar
from lstmderiv.tape import Tape
from lstmderiv.types import Computed
from lstmderiv.verify.subjects.sizes import B, D, H

__all__ = ["cell"]


def cell(step, step_backward, states, weights, parameters, jax=None, *, also=(), **options):
    """A subject that runs a step and its backward step.

    Parameters
    ----------
    step, step_backward : function
        Called as step(t, w, *also, **options) and step_backward(t, w, *also), with those options that the step takes.
    states : tuple of str
        "h" first.
    weights : dict
        Shapes by name.
    parameters : callable
        From the arguments to `w`.
    jax : callable, optional
        The step once more, for JAX.
    also : tuple, optional
        What both steps take behind the weights.
    **options
        What is fixed: numbers that the step takes, and what the parameters are made with.

    Returns
    -------
    Subject
    """
    before = [f"{name}_prev" for name in states]
    given = [name for name in options if name in inspect.signature(step).parameters]

    def call(step, v):
        t = Tape(known={"x": v["x"], **{name: v[name] for name in before}})
        w = parameters(v)
        dtype = np.result_type(*t.values(), *w.arrays().values())
        step(t, w, *also, **{name: real_scalar(name, v[name], dtype=dtype) for name in given})
        return t

    def call_backward(step_backward, upstream, forward, v):
        t = Tape(known=forward)
        t.d_h = upstream["h"]
        for name in states[1:]:
            t[f"d_{name}_next"] = upstream[name]
        step_backward(t, parameters(v), *also)
        return t

    return Subject(
        step, step_backward, {"x": (B, D), **dict.fromkeys(before, (B, H)), **weights}, options,
        jax=jax,
        parts=_parts(weights, parameters, options),
        call=call,
        outputs=lambda t: {name: t[name] for name in states},
        call_backward=call_backward,
        results=lambda t: {name: value for name, value in t.items() if name.startswith("d_")},
    )  # fmt: skip


def _parts(weights, parameters, options):
    """The blocks of weights that the parameters have names for: found by numbering the entries of all weights."""
    numbered, count = {}, 0
    for name, shape in weights.items():
        numbered[name] = np.arange(count, count := count + math.prod(shape), dtype=float).reshape(shape)
    w = parameters(numbered | options)
    blocks = {name: getattr(w, name) for name, kind in vars(type(w)).items() if isinstance(kind, Computed)}
    return {
        block: (name, (found - first.flat[0]).astype(int))
        for block, found in blocks.items()
        for name, first in numbered.items()
        if first.flat[0] <= found.flat[0] <= first.flat[-1]
    }
