"""Number formats that hardware computes with: floating point of a few sizes, and fixed point of any.

Every format is a set of float64 numbers, and a rule that rounds a float64 number to one of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lstmderiv.checks import ArgumentError, ArgumentTypeError, integer_in
from lstmderiv.interchange.names import kind_of, own_name
from lstmderiv.types import Array, Overflow

__all__ = ["FixedPoint", "Float", "format_of", "formats_text", "number_format", "number_formats"]

_FLOATS = ("float16", "float32", "float64")
_EXPECTED = "float16, float32, float64 or fixed:WORD:FRACTION, such as fixed:16:12"


@dataclass(frozen=True)
class Float:
    """A floating-point format of IEEE 754.

    Parameters
    ----------
    name : {"float16", "float32", "float64"}

    Raises
    ------
    TypeError
        If `name` is no string.
    ValueError
        If it is another one.
    """

    name: str

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise ArgumentTypeError("name", ", ".join(_FLOATS), type(self.name).__name__)
        if self.name not in _FLOATS:
            raise ArgumentError("name", ", ".join(_FLOATS), repr(self.name))

    def __str__(self) -> str:
        return self.name

    def round(self, values: Array) -> Array:
        """The nearest number of the format to each value, ties to even; infinite beyond its largest.

        Parameters
        ----------
        values : ndarray (...) of float64

        Returns
        -------
        ndarray (...) of float64
        """
        with np.errstate(over="ignore"):
            return values.astype(self.name).astype(np.float64)

    def overflows(self, values: Array) -> Array:
        """Where a value rounds to something infinite, or is no number.

        Parameters
        ----------
        values : ndarray (...) of float64

        Returns
        -------
        ndarray (...) of bool
        """
        return ~np.isfinite(self.round(values))


@dataclass(frozen=True)
class FixedPoint:
    """Two's complement numbers of `word` bits, of which `fraction` stand after the binary point.

    Parameters
    ----------
    word : int
        All bits, the sign's too: 2..32.
    fraction : int
        -32..64. With more than `word` - 1, the first bits after the point are missing; with less than 0, the last bits
        before it.
    overflow : {"saturate", "wrap"}
        What becomes of a number out of range: the nearest end of the range, or the number 2^word / 2^fraction further
        that is within, as when the upper bits are cut off.

    Raises
    ------
    TypeError
        If an argument is of the wrong type.
    ValueError
        If one is out of its range.

    Notes
    -----
    The numbers are k / 2^fraction, k = -2^(word - 1), ..., 2^(word - 1) - 1.
    """

    word: int
    fraction: int
    overflow: Overflow = "saturate"

    def __post_init__(self) -> None:
        object.__setattr__(self, "word", integer_in("word", self.word, 2, 33, bounds="in 2..32"))
        object.__setattr__(self, "fraction", integer_in("fraction", self.fraction, -32, 65, bounds="in -32..64"))
        if not isinstance(self.overflow, str):
            raise ArgumentTypeError("overflow", "'saturate' or 'wrap'", type(self.overflow).__name__)
        if self.overflow not in ("saturate", "wrap"):
            raise ArgumentError("overflow", "'saturate' or 'wrap'", repr(self.overflow))

    def __str__(self) -> str:
        return f"fixed:{self.word}:{self.fraction}" + (":wrap" if self.overflow == "wrap" else "")

    @property
    def integer(self) -> int:
        """Bits before the binary point, without the sign."""
        return self.word - 1 - self.fraction

    @property
    def low(self) -> float:
        """The least number."""
        return -(2.0**self.integer)

    @property
    def high(self) -> float:
        """The greatest number."""
        return 2.0**self.integer - 2.0**-self.fraction

    def _counts(self, values):
        # A power of two scales exactly, and the rounding is to even: one rounding in all.
        return np.rint(values * 2.0**self.fraction)

    def round(self, values: Array) -> Array:
        """The nearest number of the format to each value, ties to even; beyond the range, see `overflow`.

        Parameters
        ----------
        values : ndarray (...) of float64

        Returns
        -------
        ndarray (...) of float64
        """
        half = 2.0 ** (self.word - 1)
        counts = self._counts(values)
        counts = np.mod(counts + half, 2 * half) - half if self.overflow == "wrap" else np.clip(counts, -half, half - 1)
        return (counts + 0.0) * 2.0**-self.fraction

    def overflows(self, values: Array) -> Array:
        """Where a value, rounded to the fraction, is out of range.

        Parameters
        ----------
        values : ndarray (...) of float64

        Returns
        -------
        ndarray (...) of bool
        """
        half, counts = 2.0 ** (self.word - 1), self._counts(values)
        return (counts < -half) | (counts > half - 1)


def number_format(given: Float | FixedPoint | str, name: str = "format") -> Float | FixedPoint:
    """Return what is given as a number format: one already, or its name.

    Parameters
    ----------
    given : Float, FixedPoint or str
        "float16", "float32", "float64"; "fixed:16:12", a word of 16 bits, 12 of them the fraction; "fixed:16:12:wrap".
    name : str, optional
        What errors call the argument.

    Returns
    -------
    Float or FixedPoint

    Raises
    ------
    TypeError
        If it is neither a format nor a string.
    ValueError
        If the string names no format.
    """
    if isinstance(given, (Float, FixedPoint)):
        return given
    if not isinstance(given, str):
        raise ArgumentTypeError(name, _EXPECTED, type(given).__name__)
    if given in _FLOATS:
        return Float(given)
    kind, *numbers = given.split(":")
    overflow = numbers.pop() if len(numbers) == 3 else "saturate"
    if kind != "fixed" or len(numbers) != 2 or not all(map(_is_integer, numbers)):
        raise ArgumentError(name, _EXPECTED, repr(given))
    try:
        return FixedPoint(*map(int, numbers), overflow)
    except ArgumentError as error:
        raise ArgumentError(name, f"{error.name} {error.expected}", repr(given)) from None


def _is_integer(text):
    return text.isascii() and text.removeprefix("-").isdigit() and len(text) < 5


def number_formats(
    given: Float | FixedPoint | str | Mapping[str, Float | FixedPoint | str],
    name: str = "formats",
) -> dict[str, Float | FixedPoint]:
    """Return what is given as formats by kind or name of tensor.

    Parameters
    ----------
    given : Float, FixedPoint, str or mapping
        One format for every tensor; or a mapping from kinds ("weights", "gates"), from own names of tensors ("c",
        "W_x", "d_a_f"), or from "default", to formats. A string may hold a mapping, too:
        "weights=fixed:8:6,default=float32".
    name : str, optional
        What errors call the argument.

    Returns
    -------
    dict
        From kinds and names to formats; one format for all stands at "default".

    Raises
    ------
    TypeError
        If something in it is neither a format nor a string.
    ValueError
        If a string names no format, or a mapping is empty.
    """
    if isinstance(given, str) and "=" in given:
        parts = [part.partition("=") for part in given.split(",")]
        if any(not key or not value for key, _, value in parts) or len({key for key, _, _ in parts}) < len(parts):
            raise ArgumentError(name, "KIND=FORMAT,KIND=FORMAT with different kinds", repr(given))
        given = {key: value for key, _, value in parts}
    if not isinstance(given, Mapping):
        return {"default": number_format(given, name)}
    if not given:
        raise ArgumentError(name, "at least one kind with its format", "an empty mapping")
    return {key: number_format(value, f"{name}[{key!r}]") for key, value in given.items()}


def formats_text(formats: Mapping[str, Float | FixedPoint]) -> str:
    """What `number_formats` returned as the string that it was, or could have been, made from.

    Parameters
    ----------
    formats : mapping

    Returns
    -------
    str
    """
    if set(formats) == {"default"}:
        return str(formats["default"])
    return ",".join(f"{key}={value}" for key, value in formats.items())


# Tensors that hold the same numbers as another one share its format.
_SAME = {
    "h0": "h", "h_last": "h", "y": "h", "h_prev": "h", "c0": "c", "c_last": "c", "c_prev": "c",
    "d_y": "d_h", "d_h_last": "d_h", "d_c_last": "d_c", "d_h0": "d_h_prev", "d_c0": "d_c_prev",
}  # fmt: skip


def format_of(name: str, formats: Mapping[str, Float | FixedPoint]) -> Float | FixedPoint:
    """The format of a tensor: that of its own name, of its kind, the default, or float64, whichever is there first."""
    name = own_name(name)
    for key in (name, _SAME.get(name), kind_of(name), "default"):
        if key in formats:
            return formats[key]
    return Float("float64")
