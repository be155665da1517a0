"""A case in the number formats of hardware: what range every tensor needs, and what a format costs, step by step."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from lstmderiv.checks import ArgumentError, ArgumentTypeError, instance
from lstmderiv.interchange.case import Case
from lstmderiv.interchange.names import KINDS, base_of, kind_of, own_name
from lstmderiv.interchange.precision.formats import FixedPoint, Float, format_of, formats_text, number_formats
from lstmderiv.interchange.precision.rounding import run_in
from lstmderiv.types import Array, Shape

__all__ = ["PrecisionReport", "TensorPrecision", "has_steps", "precision"]


@dataclass(frozen=True, eq=False)
class TensorPrecision:
    """The range of one tensor in float64, and what becomes of it in a format. S is T, or 1 for what has no steps.

    Attributes
    ----------
    name : str
    section : str
        One of `SECTIONS`.
    format : Float or FixedPoint
    shape : tuple
    low, high : ndarray (S,)
        The least and the greatest number at each step, in float64.
    smallest : ndarray (S,)
        The smallest magnitude that is not zero; zero if all are.
    absolute : ndarray (S,)
        The largest error of an entry, in magnitude.
    relative : ndarray (S,)
        The norm of the error, divided by the norm of the tensor.
    overall : float
        The same for all steps together.
    overflows : ndarray (S,) of int
        How many entries were out of the format's range when they were rounded.
    flushed : ndarray (S,) of int
        How many entries are zero in the format, but not in float64.
    """

    name: str
    section: str
    format: Float | FixedPoint
    shape: Shape
    low: Array
    high: Array
    smallest: Array
    absolute: Array
    relative: Array
    overall: float
    overflows: Array
    flushed: Array

    @property
    def integer_bits(self) -> int:
        """Bits before the binary point, without the sign, that hold the whole range; negative for small numbers.

        A word of 1 + `integer_bits` + F bits holds the tensor with F fraction bits. Rounding may lift the greatest
        number by up to half of the last bit, to the end of the range.
        """
        low, high = self.low.min(), self.high.max()
        mantissa, exponent = np.frexp(max(-low, high))
        # The least number of n integer bits is -2^n itself.
        return int(exponent) - (1 if mantissa == 0.5 and high < -low else 0)


@dataclass(frozen=True, eq=False)
class PrecisionReport:
    """What a case loses in a choice of number formats.

    Attributes
    ----------
    case : str
        Name of the case.
    formats : dict
        From kinds and names of tensors to formats, see `number_formats`.
    tensors : dict
        From each tensor's name to its `TensorPrecision`, in the order of computation.
    """

    case: str
    formats: dict[str, Float | FixedPoint]
    tensors: dict[str, TensorPrecision]

    @property
    def integer_bits(self) -> int:
        """Bits before the binary point, without the sign, that hold every tensor."""
        return max(tensor.integer_bits for tensor in self.tensors.values())

    def text(self, names: Iterable[str] | None = None) -> str:
        """The report as a table of at most 100 columns.

        Parameters
        ----------
        names : iterable of str, optional
            The tensors to show; all if not given.

        Returns
        -------
        str

        Raises
        ------
        ValueError
            If the case has no tensor of a name.
        """
        chosen = [self._tensor(name) for name in (self.tensors if names is None else names)]
        width = max([len("tensor"), *(len(tensor.name) for tensor in chosen)])
        lines = [
            f"{self.case} in {formats_text(self.formats)}, compared with float64",
            "",
            f"{'':{width}}  {'range':^19}  integer  largest error     at  out of  flushed",
            f"{'tensor':{width}}  {'from':>9} {'to':>9}     bits  absol.  relat.  step   range  to zero",
        ]
        for one in chosen:
            step = int(np.argmax(one.relative)) if one.relative.size > 1 and one.relative.any() else "-"
            lines.append(
                f"{one.name:{width}}  {one.low.min():9.3g} {one.high.max():9.3g}  {one.integer_bits:7d}"
                f" {one.absolute.max():7.1e} {one.relative.max():7.1e}  {step:>4}  {one.overflows.sum():6d}"
                f"  {one.flushed.sum():7d}"
            )
        return "\n".join(line.rstrip() for line in lines)

    def steps_text(self, name: str) -> str:
        """The range and the error of one tensor, step by step, as a table.

        Parameters
        ----------
        name : str

        Returns
        -------
        str

        Raises
        ------
        ValueError
            If the case has no tensor of this name.
        """
        one = self._tensor(name)
        lines = [
            f"{one.name} in {one.format}",
            f"step  {'from':>10} {'to':>10}  {'smallest':>8}  absolute  relative  out of range  flushed to zero",
        ]
        columns = zip(one.low, one.high, one.smallest, one.absolute, one.relative, one.overflows, one.flushed)
        for t, (low, high, smallest, absolute, relative, overflows, flushed) in enumerate(columns):
            lines.append(
                f"{t if one.low.size > 1 else '-':>4}  {low:10.3g} {high:10.3g}  {smallest:8.1e}  {absolute:8.1e}"
                f"  {relative:8.1e}  {overflows:12d}  {flushed:15d}"
            )
        return "\n".join(lines)

    def _tensor(self, name):
        instance("name", name, str)
        if name not in self.tensors:
            raise ArgumentError("name", f"a tensor of the case, such as {next(iter(self.tensors))}", repr(name))
        return self.tensors[name]


def precision(
    case: Case, formats: Float | FixedPoint | str | Mapping[str, Float | FixedPoint | str]
) -> PrecisionReport:
    """Run a case in number formats, and compare every tensor with the run in float64.

    Parameters
    ----------
    case : Case
    formats : Float, FixedPoint, str or mapping
        One format for all tensors, "float16" or "fixed:16:12" for instance; or formats by kind (`KINDS`) or own name of
        tensors, {"weights": "fixed:8:6", "c": "fixed:32:20", "default": "fixed:16:12"}. The name goes before the kind,
        the kind before "default", and what is not named stays float64.

    Returns
    -------
    PrecisionReport

    Raises
    ------
    TypeError
        If an argument is of the wrong type, or the case holds complex numbers.
    ValueError
        If a format or a kind is unknown, a sum of products in fixed point is too long for exact evaluation, a number of
        the case overflows in floating point, or the case has no row or no step.

    Notes
    -----
    One floating-point format for everything: the operator runs in that dtype. Otherwise inputs, weights, options that
    are added or cut at, upstream gradients, and every named intermediate are rounded to their formats where they are
    computed; what happens between two names is float64. In fixed point, sums of products (pre-activations, the products
    of the backward pass, gradients of weights) are exact before they are rounded, whatever the order: sums too long for
    float64 are refused. Activation functions, their slopes and products with a slope are evaluated in float64 and
    rounded once; there are no tables.
    """
    instance("case", case, Case)
    formats = number_formats(formats)
    if np.result_type(case.network.dtype, case.x).kind == "c":
        raise ArgumentTypeError("case", "real numbers", "complex ones")
    if not case.x.size:
        raise ArgumentError("case", "at least one row and one step", f"x of shape {case.x.shape}")
    case = case.astype(np.float64)
    reference = case.sections()
    names = {own_name(name) for part in reference.values() for name in part} - {"lengths"}
    for key in formats:
        if key not in {"default", *KINDS, *names}:
            raise ArgumentError("formats", f"'default', a kind ({', '.join(KINDS)}) or a tensor", repr(key))
    found, overflows = run_in(case, formats)
    axis = 1 if case.network.options.layout == "batch_first" else 0
    tensors = {
        name: _compared(name, section, exact, found[section][name], format_of(name, formats), axis, overflows)
        for section, part in reference.items()
        for name, exact in part.items()
        if name != "lengths"
    }
    return PrecisionReport(case.name, formats, tensors)


def has_steps(name: str) -> bool:
    """Whether a tensor of this name has an axis of time."""
    if "." not in name:
        return name in ("x", "y", "d_x", "d_y")
    return kind_of(base_of(name)) != "weights"


def _compared(name, section, exact, found, chosen, axis, overflows):
    def by_step(array):
        return np.moveaxis(array, axis, 0).reshape(array.shape[axis], -1) if has_steps(name) else array.reshape(1, -1)

    values, errors = by_step(exact), by_step(found - exact)
    magnitudes = np.where(values == 0, np.inf, abs(values))
    smallest = magnitudes.min(axis=1)
    own = by_step(~np.isfinite(found)).sum(axis=1)
    return TensorPrecision(
        name=name,
        section=section,
        format=chosen,
        shape=exact.shape,
        low=values.min(axis=1),
        high=values.max(axis=1),
        smallest=np.where(np.isinf(smallest), 0.0, smallest),
        absolute=abs(errors).max(axis=1),
        relative=_relative(np.linalg.norm(errors, axis=1), np.linalg.norm(values, axis=1)),
        overall=float(_relative(np.linalg.norm(errors), np.linalg.norm(values))),
        overflows=own + overflows.get(name, 0),
        flushed=((by_step(found) == 0) & (values != 0)).sum(axis=1),
    )


def _relative(error, norm):
    """The quotient; where the norm is zero, zero without an error and infinite with one."""
    return np.where(norm > 0, error / np.where(norm > 0, norm, 1), np.where(error > 0, np.inf, 0.0))
