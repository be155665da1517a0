"""Derivatives by a complex step: no subtraction, so no cancellation; exact to a few units in the last place."""

import numpy as np

from .checks import real_floating

__all__ = ["STEP", "complex_step"]

STEP = 1e-30


def complex_step(function, argument):
    """Gradient of a real-valued function by the complex step, Im f(x + ih) / h with h = 1e-30.

    Parameters
    ----------
    function : callable
        From a complex array to one number; every operation in it must be analytic.
    argument : array_like (...)
        Finite point; taken as float64.

    Returns
    -------
    ndarray (...)
        Gradient, float64.

    Raises
    ------
    TypeError
        If `argument` does not hold real numbers.
    ValueError
        If `argument` is not finite, or the function returns something other than one number.

    Notes
    -----
    Source: Squire and Trapp (1998).
    """
    argument = real_floating("argument", argument)
    gradient = np.empty(argument.shape)
    for index in np.ndindex(argument.shape):
        point = argument.astype(np.complex128)
        point[index] += 1j * STEP
        value = np.asarray(function(point))
        if value.shape != ():
            raise ValueError(f"function: expected one number, got shape {value.shape}")
        gradient[index] = value.imag / STEP
    return gradient
