"""Gradient descent, plain and with Adam's steps; clipping by the global norm. Only here do parameters change.

Parameters and gradients may be single arrays, the parameters of a layer (`LSTMParameters` and its like), or
dictionaries, lists and (named) tuples of these. Nothing is changed in place: new containers with new arrays come back.
"""

import dataclasses
import numbers
from collections.abc import Mapping
from typing import Any

import numpy as np

from lstmderiv._parameters import Parameters
from lstmderiv.checks import ArgumentError, ArgumentTypeError, floating, instance, real_scalar, same_keys
from lstmderiv.tape import Trace
from lstmderiv.types import Array, Real, Tree

__all__ = ["AdamState", "adam", "clip_by_global_norm", "global_norm", "gradient_descent"]


def gradient_descent(parameters: Tree, gradients: Any, learning_rate: Real) -> Tree:
    """One step of gradient descent, Equation :eq:`eq:through-time-gradient-descent`.

    Parameters
    ----------
    parameters : array, parameters of a layer, or mapping or sequence of these
        What is to be changed.
    gradients : of the same structure
        Anything with the fields of the parameters will do: `LSTMGradients` for `LSTMParameters`.
    learning_rate : float
        Finite and >= 0.

    Returns
    -------
    of the same structure as `parameters`
        parameters - learning_rate * gradients, dtypes preserved.

    Raises
    ------
    TypeError
        If the structures differ in kind, or something does not hold numbers.
    ValueError
        If structures or shapes differ, a number is NaN or infinite, or `learning_rate` is negative.

    Notes
    -----
    Source: article "LSTM Part 1"; the series' rate is 0.001.
    """
    learning_rate = real_scalar("learning_rate", learning_rate, minimum=0)
    _finite("parameters", parameters)
    return _descend("parameters", parameters, gradients, learning_rate)


@dataclasses.dataclass(frozen=True, eq=False)
class AdamState:
    """What Adam remembers between two steps.

    Attributes
    ----------
    steps : int
        Steps taken.
    means, squares : tuple of ndarray
        Running means of the gradients and of their squares, an array for each array of the parameters, in their order.
    """

    steps: int
    means: tuple[Array, ...]
    squares: tuple[Array, ...]


def adam(
    parameters: Tree,
    gradients: Any,
    learning_rate: Real,
    state: AdamState | None = None,
    *,
    decay_mean: Real = 0.9,
    decay_square: Real = 0.999,
    epsilon: Real = 1e-8,
) -> tuple[Tree, AdamState]:
    """One step of Adam, Equations :eq:`eq:adding-problem-adam-mean` to :eq:`eq:adding-problem-adam-step`.

    Parameters
    ----------
    parameters : array, parameters of a layer, or mapping or sequence of these
        What is to be changed. Real numbers.
    gradients : of the same structure
        As for `gradient_descent`.
    learning_rate : float
        Finite and >= 0. About the largest change of a parameter in one step.
    state : AdamState, optional
        What the step before returned; None at the first step.
    decay_mean, decay_square : float, optional
        Share of the running means that a step keeps, in [0, 1).
    epsilon : float, optional
        Added to the root below the bar; > 0.

    Returns
    -------
    parameters : of the same structure as `parameters`
        Dtypes preserved.
    state : AdamState
        To be handed to the next step.

    Raises
    ------
    TypeError
        If the structures differ in kind, or something does not hold real numbers.
    ValueError
        If structures or shapes differ, a number is NaN or infinite, or an option is out of range.

    Notes
    -----
    Source: Kingma and Ba (2015).
    """
    real = np.dtype(np.float64)
    learning_rate = real_scalar("learning_rate", learning_rate, minimum=0, dtype=real)
    epsilon = real_scalar("epsilon", epsilon, above=0, dtype=real)
    decay_mean = real_scalar("decay_mean", decay_mean, dtype=real)
    decay_square = real_scalar("decay_square", decay_square, dtype=real)
    for name, decay in (("decay_mean", decay_mean), ("decay_square", decay_square)):
        if not 0 <= decay < 1:
            raise ArgumentError(name, "a number in [0, 1)", decay)
    _finite("parameters", parameters)
    found = list(_pairs("parameters", parameters, gradients))
    for name, W, d_W in found:
        if W.dtype.kind != "f" or d_W.dtype.kind != "f":
            raise ArgumentTypeError(name, "real numbers", f"dtype {W.dtype} and a gradient of {d_W.dtype}")
    if state is None:
        zeros = tuple(np.zeros_like(W) for _, W, _ in found)
        state = AdamState(0, zeros, zeros)
    instance("state", state, AdamState)
    shapes, known = [W.shape for _, W, _ in found], [mean.shape for mean in state.means]
    if shapes != known:
        raise ArgumentError("state", f"that of parameters of shapes {shapes}", known)
    n = state.steps + 1
    moved, means, squares = [], [], []
    for (_, W, d_W), mean_before, square_before in zip(found, state.means, state.squares):
        mean = decay_mean * mean_before + (1 - decay_mean) * d_W
        square = decay_square * square_before + (1 - decay_square) * d_W * d_W
        mean_corrected = mean / (1 - decay_mean**n)
        square_corrected = square / (1 - decay_square**n)
        W_new = W - learning_rate * mean_corrected / (np.sqrt(square_corrected) + epsilon)
        moved.append(W_new.astype(W.dtype, copy=False))
        means.append(mean)
        squares.append(square)
    return _rebuilt("parameters", parameters, moved, learning_rate), AdamState(n, tuple(means), tuple(squares))


def global_norm(gradients: Any) -> float:
    """Euclidean norm of all gradients taken as one vector, Equation :eq:`eq:through-time-global-norm`.

    Parameters
    ----------
    gradients : array, parameters of a layer, or mapping or sequence of these

    Returns
    -------
    float
        Computed so that squares neither overflow nor underflow.

    Raises
    ------
    TypeError
        If something does not hold numbers.
    ValueError
        If a number is NaN or infinite, or a container holds itself.
    """
    _finite("gradients", gradients)
    magnitudes = [_magnitudes(name, g) for name, g in _leaves("gradients", gradients)]
    largest = max((float(g.max()) for g in magnitudes if g.size), default=0.0)
    if largest == 0.0:
        return 0.0
    with np.errstate(under="ignore"):
        squares = [np.sum((g.astype(np.float64) / largest) ** 2) for g in magnitudes]
    return largest * float(np.sqrt(np.sum(squares)))


def clip_by_global_norm(gradients: Tree, max_norm: Real) -> tuple[Tree, float]:
    """Shorten all gradients together to a global norm of at most `max_norm`, Equation :eq:`eq:through-time-clipping`.

    Parameters
    ----------
    gradients : array, parameters of a layer, or mapping or sequence of these
    max_norm : float
        Finite and > 0.

    Returns
    -------
    clipped : of the same structure as `gradients`
        Unchanged in value where the norm is within bounds. Dtypes preserved.
    norm : float
        The norm before clipping.

    Raises
    ------
    TypeError
        If something does not hold numbers.
    ValueError
        If a number is NaN or infinite, or `max_norm` is not positive.

    Notes
    -----
    Source: Pascanu, Mikolov and Bengio (2013).
    """
    max_norm = real_scalar("max_norm", max_norm, above=0)
    norm = global_norm(gradients)
    factor = min(1.0, max_norm / norm) if norm else 1.0
    return _map(lambda g: g.copy() if factor == 1.0 else np.asarray(g * factor).astype(g.dtype), gradients), norm


#: Containers within each other, at most: more are a mistake, and Python's own recursion has an end.
_DEPTH = 64


def _finite(name, tree, within=()):
    """Refuse a tree that holds itself, or is nested too deeply to be walked."""
    if any(tree is one for one in within):
        raise ArgumentError(name, "containers that do not hold themselves", f"{type(tree).__name__} within itself")
    if len(within) > _DEPTH:
        raise ArgumentError(name, f"at most {_DEPTH} containers within each other", "more")
    children, _ = _items(name, tree)
    for child, value in (children or {}).items():
        _finite(child, value, (*within, tree))


def _magnitudes(name, gradient):
    """Absolute values as floats, of the kind of float that the gradient has."""
    magnitudes = np.asarray(np.abs(gradient))
    if magnitudes.dtype.kind != "O":
        return magnitudes
    try:
        return magnitudes.astype(np.float64)
    except (TypeError, ValueError):
        expected = "numbers whose absolute values are floats"
        raise ArgumentTypeError(name, expected, f"an object array holding {type(gradient.flat[0]).__name__}") from None


def _items(name, tree):
    """Named children of a container, and how to rebuild it from new ones; (None, None) for a leaf."""
    if isinstance(tree, Parameters):
        arrays = tree.arrays()
        children = {f"{name}.{k}": value for k, value in arrays.items()}
        return children, lambda new: dataclasses.replace(tree, **dict(zip(arrays, new)))
    if isinstance(tree, Mapping):
        return {f"{name}[{k!r}]": v for k, v in tree.items()}, lambda new: dict(zip(tree, new))
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return {f"{name}.{k}": getattr(tree, k) for k in tree._fields}, lambda new: type(tree)(*new)
    if isinstance(tree, (list, tuple)) and not (tree and all(isinstance(v, numbers.Number) for v in tree)):
        return {f"{name}[{k}]": v for k, v in enumerate(tree)}, type(tree)
    if dataclasses.is_dataclass(tree) or isinstance(tree, Trace):
        raise ArgumentTypeError(name, "arrays, parameters of a layer or containers of these", type(tree).__name__)
    return None, None


def _leaves(name, tree):
    children, _ = _items(name, tree)
    if children is None:
        yield name, floating(name, tree, ("...",))
    else:
        for child, value in children.items():
            yield from _leaves(child, value)


def _map(function, tree, name="gradients"):
    children, rebuild = _items(name, tree)
    if children is None:
        return function(floating(name, tree, ("...",)))
    return rebuild([_map(function, value, child) for child, value in children.items()])


def _descend(name, tree, gradients, learning_rate):
    moved = []
    for _, W, d_W in _pairs(name, tree, gradients):
        W_new = W - learning_rate * d_W
        moved.append(W_new.astype(W.dtype, copy=False))
    return _rebuilt(name, tree, moved, learning_rate)


def _rebuilt(name, tree, moved, learning_rate):
    new = iter(moved)
    try:
        return _map(lambda _: next(new), tree, name)
    except ArgumentError as error:  # the parameters of a layer are finite, always
        given = f"{learning_rate}, and then {error.got} of {error.name}"
        raise ArgumentError("learning_rate", "one with which the parameters stay finite", given) from None


def _pairs(name, tree, gradients):
    """(name of the gradient, parameter, gradient) for every array of the parameters, in their order."""
    children, _ = _items(name, tree)
    counterpart = "gradients" + name.removeprefix("parameters")
    if children is None:
        if isinstance(gradients, Mapping):
            raise ArgumentTypeError(counterpart, f"an array, as {name} is", type(gradients).__name__)
        W, d_W = floating(name, tree, ("...",)), floating(counterpart, gradients, ("...",))
        if W.shape != d_W.shape:
            raise ArgumentError(counterpart, f"the shape of the parameter, {W.shape}", d_W.shape)
        if d_W.dtype.kind == "c" and W.dtype.kind == "f":
            raise ArgumentTypeError(counterpart, "real numbers for a real parameter", f"dtype {d_W.dtype}")
        yield counterpart, W, d_W
    else:
        for (child, value), gradient in zip(children.items(), _counterparts(counterpart, tree, gradients)):
            yield from _pairs(child, value, gradient)


def _counterparts(name, tree, gradients):
    """The gradients' children in the order of the parameters' children."""
    if isinstance(tree, Mapping):
        same_keys(name, gradients, tree)
        return [gradients[k] for k in tree]
    fields = tuple(tree.arrays()) if isinstance(tree, Parameters) else getattr(tree, "_fields", ())
    if fields and all(hasattr(gradients, field) for field in fields):
        return [getattr(gradients, field) for field in fields]
    if fields or not isinstance(gradients, (list, tuple)):
        of = "parameters" + name.removeprefix("gradients")
        wanted = f"the fields {', '.join(fields)}" if fields else f"a list or tuple, as {of} is"
        raise ArgumentTypeError(name, wanted, type(gradients).__name__)
    if len(gradients) != len(tree):
        of = "parameters" + name.removeprefix("gradients")
        raise ArgumentError(name, f"{len(tree)} entries, as in {of}", len(gradients))
    return list(gradients)
