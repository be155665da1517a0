"""Derivatives by central differences: for teaching. Good to about ten digits, never to sixteen."""

import numpy as np

from .checks import real_floating, real_scalar

__all__ = ["finite_difference"]


def finite_difference(function, argument, step=1e-6):
    """Gradient of a real-valued function by (f(x + h) - f(x - h)) / 2h.

    Parameters
    ----------
    function : callable
        From an array to one number.
    argument : array_like (...)
        Finite point; taken as float64.
    step : float, optional
        h > 0. The error is of order h^2 from truncation and 1e-16 / h from rounding.

    Returns
    -------
    ndarray (...)
        Gradient, float64.

    Raises
    ------
    TypeError
        If `argument` does not hold real numbers or `step` is not a number.
    ValueError
        If `argument` is not finite, `step` is not positive, or the function returns something other than one number.
    """
    argument = real_floating("argument", argument)
    step = real_scalar("step", step, above=0)
    gradient = np.empty(argument.shape)
    for index in np.ndindex(argument.shape):
        above, below = argument.copy(), argument.copy()
        above[index] += step
        below[index] -= step
        difference = np.asarray(function(above) - function(below))
        if difference.shape != ():
            raise ValueError(f"function: expected one number, got shape {difference.shape}")
        gradient[index] = difference / (2 * step)
    return gradient
