"""How long a word must be: the smallest fixed-point format that keeps an error."""

from collections.abc import Sequence

from lstmderiv.checks import ArgumentError, ArgumentTypeError, real_scalar, shown
from lstmderiv.interchange.case import Case
from lstmderiv.interchange.precision.formats import FixedPoint
from lstmderiv.interchange.precision.report import precision
from lstmderiv.types import Overflow, Real

__all__ = ["smallest_fixed_point"]


def smallest_fixed_point(
    case: Case, tolerance: Real, *, tensors: Sequence[str] | None = ("y",), overflow: Overflow = "saturate"
) -> FixedPoint:
    """The fixed-point format with the fewest bits that keeps tensors of a case within an error, the same for all.

    Parameters
    ----------
    case : Case
    tolerance : float
        What the norm of the error of each tensor, divided by the norm of the tensor, may be.
    tensors : sequence of str, optional
        Names of tensors, such as "y", "layer0.forward.c" or "layer0.forward.d_W_x". If none of them is a gradient, the
        gradients stay in float64, and their range does not count.
    overflow : {"saturate", "wrap"}, optional

    Returns
    -------
    FixedPoint
        Its integer bits hold the range of every tensor that counts; its fraction bits are the first that suffice,
        tried from 0.

    Raises
    ------
    TypeError
        If an argument is of the wrong type.
    ValueError
        If `tolerance` is not positive, the case has no tensor of a name, a word of 32 bits does not suffice, or for
        the reasons of `precision`.
    """
    tolerance = real_scalar("tolerance", tolerance, above=0)
    exact = precision(case, "float64").tensors
    if not isinstance(tensors, (list, tuple)):
        raise ArgumentTypeError("tensors", "a list or tuple of names", type(tensors).__name__)
    if not tensors:
        raise ArgumentError("tensors", "at least one name", "none")
    for name in tensors:
        if not isinstance(name, str) or name not in exact:
            raise ArgumentError("tensors", "names of tensors of the case", shown(name))
    backward = any(exact[name].section in ("upstream", "backward") for name in tensors)
    counted = [one for one in exact.values() if backward or one.section not in ("upstream", "backward")]
    integer = max(one.integer_bits for one in counted)
    for fraction in range(max(0, 1 - integer), 32 - integer):
        chosen = FixedPoint(1 + integer + fraction, fraction, overflow)
        try:
            report = precision(case, chosen if backward else {"default": chosen, "gradients": "float64"})
        except ArgumentError:  # Too few bits for a clip that is not zero, or too many for exact sums.
            continue
        if all(report.tensors[name].overall <= tolerance for name in tensors):
            return chosen
    raise ArgumentError("tolerance", "one that a word of 32 bits keeps", tolerance)
