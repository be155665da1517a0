"""Derivatives by central differences: for teaching. Good to about ten digits, never to sixteen."""

import numpy as np

from lstmderiv._validation import floating, real_scalar

__all__ = ["finite_difference"]


def finite_difference(function, argument, step=1e-6):
    """Gradient of a real-valued function by (f(x + h) - f(x - h)) / 2h.

    Parameters
    ----------
    function : callable
        From an array to one number.
    argument : array_like (...)
        float64 point.
    step : float, optional
        h > 0. The error is of order h^2 from truncation and 1e-16 / h from rounding.

    Returns
    -------
    ndarray (...)
        Gradient, float64.

    Raises
    ------
    TypeError
        If `argument` does not hold numbers or `step` is not a number.
    ValueError
        If `argument` is not finite, or `step` is not positive.
    """
    argument = floating("argument", argument, ("...",)).astype(np.float64)
    if real_scalar("step", step, minimum=0) == 0:
        raise ValueError("step: expected a finite number > 0, got 0")
    gradient = np.empty(argument.shape)
    for index in np.ndindex(argument.shape):
        above, below = argument.copy(), argument.copy()
        above[index] += step
        below[index] -= step
        gradient[index] = (function(above) - function(below)) / (2 * step)
    return gradient
