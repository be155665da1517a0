"""A case run in number formats: every named value rounded where it is computed, and every overflow counted."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from lstmderiv.checks import ArgumentError
from lstmderiv.interchange.case import Case
from lstmderiv.interchange.precision.formats import FixedPoint, Float, format_of
from lstmderiv.tape import Place, Tape
from lstmderiv.types import Array

__all__ = ["run_in"]

# Sums of products that reach this many bits are no longer exact in float64.
_EXACT_BITS = 53


def run_in(case: Case, formats: Mapping[str, Float | FixedPoint]) -> tuple[dict[str, dict[str, Array]], dict[str, Any]]:
    """Run a case of float64 arrays in formats.

    Parameters
    ----------
    case : Case
    formats : dict
        What `number_formats` returned.

    Returns
    -------
    sections : dict of dict of ndarray
        As `Case.sections`, in float64.
    overflows : dict
        From names of tensors to the number of overflows at each step, or, in one number, of what has no steps.

    Raises
    ------
    ValueError
        If a sum of products in fixed point is too long for exact evaluation, or a number that the case gives overflows
        in floating point.
    """
    rounder = _Rounder(case, formats)
    only = formats["default"] if set(formats) == {"default"} else None
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = rounder.case()
        if isinstance(only, Float):
            sections = rounded.astype(np.dtype(only.name)).sections()
            return {
                section: {
                    name: array if name == "lengths" else array.astype(np.float64) for name, array in part.items()
                }
                for section, part in sections.items()
            }, {}
        sections = rounded.sections(rounder)
        # Where two directions hand back to one input, their gradients are added after the last named value.
        sections["backward"]["d_x"] = rounder.given("d_x", sections["backward"]["d_x"])
    _require_exact_sums(rounded, sections, formats)
    return sections, rounder.overflows


class _Rounder:
    """The hook that rounds, and counts what is out of range."""

    def __init__(self, case: Case, formats: Mapping[str, Float | FixedPoint]) -> None:
        self._case, self._formats, self.overflows = case, formats, {}
        batch_first = case.network.options.layout == "batch_first"
        self._B, self._T = case.x.shape[:2] if batch_first else case.x.shape[1::-1]
        self._lengths = np.full(self._B, self._T) if case.lengths is None else case.lengths
        self._padded_too = case.network.options.finished == "computed"

    def __call__(self, place: Place, name: str, value: Array, tape: Tape) -> Array:
        chosen = format_of(name, self._formats)
        over = chosen.overflows(value)
        name = f"layer{place.layer}.{place.direction}.{name}"
        if place.step is None:
            self.overflows[name] = over.sum()
            return chosen.round(value)
        rows = over.reshape(self._B, -1).sum(axis=1)
        runs = place.step < self._lengths
        times = np.where(runs & (place.direction == "reverse"), self._lengths - 1 - place.step, place.step)
        count = self.overflows.setdefault(name, np.zeros(self._T, int))
        np.add.at(count, times, np.where(runs | self._padded_too, rows, 0))
        return chosen.round(value)

    def given(self, name: str, value: Array) -> Array:
        """An array that the case gives, or that leaves it, rounded."""
        if value is None:
            return None
        chosen = format_of(name, self._formats)
        over = chosen.overflows(value)
        if isinstance(chosen, Float) and over.any() and name != "d_x":
            largest = f"{name}, whose largest magnitude is {abs(value).max():.3g}"
            raise ArgumentError("formats", f"one that holds {largest}", chosen)
        if value.ndim == 3 and self._case.network.options.layout == "batch_first":
            self.overflows[name] = over.sum(axis=(0, 2))
        else:
            self.overflows[name] = over.sum(axis=(1, 2)) if value.ndim == 3 else over.sum()
        return chosen.round(value)

    def case(self) -> Case:
        """The case with everything that it gives rounded, and with the numbers among its options."""
        case, options = self._case, self._case.network.options
        arrays = {name: self.given(name, array) for name, array in case.network.arrays().items()}
        places = {"forget_bias": "b_x", "clip": "a_f", "cell_clip": "c", "projection_clip": "h"}
        numbers = {}
        for name, like in places.items():
            if value := getattr(options, name):
                chosen = format_of(like, self._formats)
                numbers[name] = float(chosen.round(np.array(value)))
                if not numbers[name] and name != "forget_bias":
                    raise ArgumentError("formats", f"one in which {name} = {value} is not zero", chosen)
        names = ("x", "h0", "c0", "d_y", "d_h_last", "d_c_last")
        return replace(
            case,
            network=case.network.replace(arrays, **numbers),
            **{name: self.given(name, getattr(case, name)) for name in names},
        )


def _require_exact_sums(case, sections, formats):
    """Refuse sums of products whose bits, from the last fraction bit to the largest sum, float64 does not hold.

    Every partial sum is a multiple of the last bit and at most the sum of the magnitudes, whatever the order.
    """
    network, tensors = case.network, {name: a for part in sections.values() for name, a in part.items()}
    D, H, R, G = network.input_size, network.hidden_size, network.state_size, len(network.options.gates)
    steps = case.x.shape[0] * case.x.shape[1]
    for n, _, prefix in network.places():
        here = {name.removeprefix(prefix): array for name, array in tensors.items() if name.startswith(prefix)}
        here["forget_bias"] = np.array(network.options.forget_bias)
        if n == 0:
            here["x"] = tensors["x"]
        else:
            below = [tensors[f"layer{n - 1}.{direction}.h"] for direction in network.options.directions]
            here["x"], D = np.concatenate(below, axis=-1), R * len(below)
        for target, terms in _sums(D, H, R, G, steps).items():
            total = _bits(terms, here, formats, n)
            if total > _EXACT_BITS:
                raise ArgumentError(
                    "formats",
                    f"fixed point whose sums of products take at most {_EXACT_BITS} bits",
                    f"{total} bits for {prefix}{target}",
                )


# What stands for an array of each gate.
_GATES = {"p": ("p_f", "p_i", "p_o"), "d_a": tuple(f"d_a_{gate}" for gate in "figoruh")}


def _sums(D, H, R, G, steps):
    """What is added up under each name, as (factor, factor, number of products)."""
    return {
        "pre-activations": [
            ("W_x", "x", D), ("W_h", "h_prev", R), ("W_h", "s", R), ("b_x", "", 1), ("b_h", "", 1),
            ("forget_bias", "", 1), ("p", "c_prev", 1), ("p", "c", 1), ("r", "v", 1),
        ],
        "h": [("W_p", "m", H), ("b_p", "", 1)],
        "d_x": [("d_a", "W_x", G * H)],
        "d_h_prev": [("d_a", "W_h", G * H), ("d_v", "W_h", H), ("d_h", "u", 1), ("d_s", "r", 1)],
        "d_m": [("d_h", "W_p", R)],
        "d_W_x": [("d_a", "x", steps)],
        "d_W_h": [("d_a", "h_prev", steps), ("d_a", "s", steps), ("d_v", "h_prev", steps)],
        "d_W_p": [("d_h", "m", steps)],
        "d_p": [("d_a", "c_prev", steps), ("d_a", "c", steps)],
        "d_b": [("d_a", "", steps), ("d_h", "", steps)],
    }  # fmt: skip


def _bits(terms, here, formats, layer):
    """Bits of a sum, or 0 if something in it is not in fixed point: then nothing exact is promised."""
    fraction, magnitude = 0, 0.0
    for *factors, count in terms:
        product, last = float(count), 0
        for factor in filter(None, factors):
            names = [name for name in _GATES.get(factor, (factor,)) if name in here]
            largest = max((abs(here[name]).max() for name in names), default=0.0)
            product *= largest
            if largest:
                # A layer's input is the hidden state of the one below; a forget bias is stored like a bias.
                same = {"x": "h" if layer else "x", "forget_bias": "b_x"}
                chosen = [format_of(same.get(name, name), formats) for name in names]
                if not all(isinstance(one, FixedPoint) for one in chosen):
                    return 0
                last += max(one.fraction for one in chosen)
        if product:
            fraction, magnitude = max(fraction, last), magnitude + product
    return 0 if not magnitude else fraction + int(np.ceil(np.log2(magnitude)))
