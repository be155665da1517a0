"""The activation functions that recurrent operators offer for their gates, each with its derivative.

Every function runs on real, complex and object arrays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstmderiv.activations import sigmoid
from lstmderiv.arithmetic import above, below, constant, filled
from lstmderiv.checks import ArgumentError, ArgumentTypeError, real_scalar
from lstmderiv.types import Array

__all__ = ["ACTIVATIONS", "METHODS", "Activation", "activation"]


def _magnitude(x):
    return np.where(above(x, 0), x, -x)


def _exp_of_negative(x):
    # The argument of the branch that is not taken is zero: exp cannot overflow there.
    return np.exp(np.where(above(x, 0), filled(0, x), x))


def _log1p(x):
    return np.log(1 + x) if x.dtype.kind == "O" else np.log1p(x)


def _hard_sigmoid(x, a, b):
    line = a * x + b
    return np.where(above(line, 1), filled(1, x), np.where(below(line, 0), filled(0, x), line))


def _hard_sigmoid_slope(x, y, a, b):
    line = a * x + b
    return np.where(above(line, 1) | below(line, 0), filled(0, x), filled(a, x))


def _softsign(x):
    if x.dtype.kind == "O":
        return x / (1 + _magnitude(x))
    near = np.where(np.isinf(x), filled(0, x), x)
    return np.where(np.isinf(x), np.sign(x), near / (1 + _magnitude(near)))


def _softplus(x):
    return np.where(above(x, 0), x, filled(0, x)) + _log1p(np.exp(-_magnitude(x)))


def _one_or(slope):
    """The slope of a function that is x for x > 0: 1 there, `slope` elsewhere."""
    return lambda x, y, *constants: np.where(above(x, 0), filled(1, x), slope(x, *constants))


# Value of x, and slope of x and its value y; after these arguments the constants that the function has.
_VALUES = {
    "sigmoid": lambda x: sigmoid(x),
    "tanh": lambda x: np.tanh(x),
    "relu": lambda x: np.where(above(x, 0), x, filled(0, x)),
    "softsign": _softsign,
    "softplus": _softplus,
    "leaky_relu": lambda x, a: np.where(above(x, 0), x, a * x),
    "thresholded_relu": lambda x, a: np.where(above(x, a), x, filled(0, x)),
    "elu": lambda x, a: np.where(above(x, 0), x, a * (_exp_of_negative(x) - 1)),
    "affine": lambda x, a, b: a * x + b,
    "scaled_tanh": lambda x, a, b: a * np.tanh(b * x),
    "hard_sigmoid": _hard_sigmoid,
}
_SLOPES = {
    "sigmoid": lambda x, y: y * (1 - y),
    "tanh": lambda x, y: 1 - y * y,
    "relu": lambda x, y: np.where(above(x, 0), filled(1, x), filled(0, x)),
    "softsign": lambda x, y: (1 - _magnitude(y)) * (1 - _magnitude(y)),
    "softplus": lambda x, y: sigmoid(x),
    "leaky_relu": _one_or(lambda x, a: filled(a, x)),
    "thresholded_relu": lambda x, y, a: np.where(above(x, a), filled(1, x), filled(0, x)),
    "elu": _one_or(lambda x, a: a * _exp_of_negative(x)),
    "affine": lambda x, y, a, b: filled(a, x),
    "scaled_tanh": lambda x, y, a, b: a * b * (1 - np.tanh(b * x) * np.tanh(b * x)),
    "hard_sigmoid": _hard_sigmoid_slope,
}
# The constants alpha and beta of a function, with ONNX's defaults; None: ONNX has none, so they must be given.
_CONSTANTS = {
    "leaky_relu": (0.01,),
    "thresholded_relu": (1.0,),
    "elu": (1.0,),
    "affine": (None, None),
    "scaled_tanh": (None, None),
    "hard_sigmoid": (0.2, 0.5),
}
ACTIVATIONS = tuple(_VALUES)
#: What number objects must have a method for, where a function is no rational one.
METHODS = {"sigmoid": "tanh", "tanh": "tanh", "scaled_tanh": "tanh", "softplus": "exp", "elu": "exp"}


@dataclass(frozen=True)
class Activation:
    """An activation function with its constants.

    Parameters
    ----------
    name : str
        One of `ACTIVATIONS`: sigmoid, tanh, relu, softsign, softplus, leaky_relu, thresholded_relu, elu, affine,
        scaled_tanh, hard_sigmoid.
    alpha : float, optional
        Slope (leaky_relu, affine, hard_sigmoid), threshold (thresholded_relu), or height (elu, scaled_tanh). None takes
        ONNX's default: 0.01, 0.2, 1 for leaky_relu, hard_sigmoid, and the thresholds; affine and scaled_tanh have none.
    beta : float, optional
        Offset (affine, hard_sigmoid: 0.5 by default), or factor of the argument (scaled_tanh).

    Raises
    ------
    TypeError
        If `name` is no string, or a constant no real number.
    ValueError
        If no function has this name, a constant is needed and not given, is given and not used, or is not finite.

    Notes
    -----
    At a corner the slope is that of the branch to its left for the rectifiers, and that of the line for hard_sigmoid.
    Source: ONNX operators LSTM, GRU and RNN, attribute `activations`.
    """

    name: str
    alpha: float | None = None
    beta: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise ArgumentTypeError("name", "the name of an activation", type(self.name).__name__)
        if self.name not in _VALUES:
            raise ArgumentError("name", f"one of {', '.join(ACTIVATIONS)}", repr(self.name))
        defaults = _CONSTANTS.get(self.name, ())
        for k, constant_name in enumerate(("alpha", "beta")):
            value = getattr(self, constant_name)
            if k >= len(defaults):
                if value is not None:
                    raise ArgumentError(constant_name, f"None, as {self.name} has no {constant_name}", value)
                continue
            value = defaults[k] if value is None else value
            if value is None:
                raise ArgumentError(constant_name, f"a number, as {self.name} has no default", "None")
            object.__setattr__(self, constant_name, float(real_scalar(constant_name, value)))

    def _constants(self, like):
        return [constant(value, like) for value in (self.alpha, self.beta) if value is not None]

    def value(self, x: Array) -> Array:
        """The activation of an array, element by element.

        Parameters
        ----------
        x : ndarray (...)

        Returns
        -------
        ndarray (...)
            Dtype of `x`.
        """
        return _VALUES[self.name](x, *self._constants(x))

    def slope(self, x: Array, y: Array) -> Array:
        """The derivative at `x`, where the value is `y`.

        Parameters
        ----------
        x : ndarray (...)
        y : ndarray (...)
            What `value` returned for `x`.

        Returns
        -------
        ndarray (...)
            Dtype of `x`.
        """
        return _SLOPES[self.name](x, y, *self._constants(x))

    def as_list(self) -> list[Any]:
        """[name, alpha, beta] without the constants that it does not have: what files hold.

        Returns
        -------
        list
        """
        return [self.name, *(value for value in (self.alpha, self.beta) if value is not None)]


def activation(name: str, given: Activation | str | Sequence[Any]) -> Activation:
    """Return what is given as an `Activation`: one already, a name, or a sequence (name, alpha, beta).

    Parameters
    ----------
    name : str
        What errors call the argument.
    given : Activation, str or sequence

    Returns
    -------
    Activation

    Raises
    ------
    TypeError, ValueError
        If it is none of these; the message begins with `name`.
    """
    if isinstance(given, Activation):
        return given
    if isinstance(given, str):
        given = (given,)
    if not isinstance(given, Sequence) or not 1 <= len(given) <= 3:
        kind = type(given).__name__
        raise ArgumentTypeError(name, "a name, (name, alpha) or (name, alpha, beta)", kind)
    try:
        return Activation(*given)
    except (ArgumentError, ArgumentTypeError) as error:
        raise error.renamed(name) from None
