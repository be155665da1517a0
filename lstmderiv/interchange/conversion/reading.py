"""From a framework's arrays to weights: which candidate they fit, their sizes, and their blocks."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lstmderiv.checks import ArgumentError, ArgumentTypeError, floating, instance
from lstmderiv.interchange.conversion.arguments import disagreement
from lstmderiv.interchange.conversion.forms import Form
from lstmderiv.interchange.conversion.pieces import Piece, named_pieces, solve, weights_of
from lstmderiv.interchange.network import Weights
from lstmderiv.interchange.options import DIRECTIONS, Options
from lstmderiv.types import Array, ArrayLike, Tensors

__all__ = ["candidates_of", "layers_of", "named_arrays", "sizes_of"]

# A message about names that do not fit looks no further.
_MOST_LAYERS = 16
_COUNTER = re.compile(r"_(\d+)(?=/)")


def named_arrays(form: Form, arrays: Mapping[str, ArrayLike], prefix: str) -> dict[str, Array]:
    """The arrays whose names begin with `prefix`, checked, by the names that the convention gives them."""
    if not isinstance(arrays, Mapping):
        raise ArgumentTypeError("arrays", "a mapping from names to arrays", type(arrays).__name__)
    instance("prefix", prefix, str)
    named = {}
    for name, value in arrays.items():
        if not isinstance(name, str):
            raise ArgumentTypeError("arrays", "names that are strings", type(name).__name__)
        if name.startswith(prefix):
            inner = name[len(prefix) :]
            for old, new in form.aliases:
                inner = inner.replace(old, new)
            named[inner] = floating(f"arrays[{name!r}]", value, ("...",))
    if not named:
        beginning = f" beginning with {prefix!r}, the prefix" if prefix else ""
        raise ArgumentError("arrays", f"names{beginning}", _listed(arrays) or "none")
    return _recounted(form, named) if form.counted else named


def _recounted(form, arrays):
    """Arrays whose layers a session counts on from some number, by the names that they have where it begins with 0."""
    first = {name: _COUNTER.search(name.split("/")[0] + "/") for name in arrays}
    counters = {name: int(found.group(1)) if found else 0 for name, found in first.items()}
    order = {counter: n for n, counter in enumerate(sorted(set(counters.values())))}
    given = {(order[counters[name]], _COUNTER.sub("", name)): array for name, array in arrays.items()}
    for candidate in form.candidates():
        layers = named_pieces(form, candidate, len(order))
        names = {(n, _COUNTER.sub("", name)): name for n, layer in enumerate(layers) for one in layer for name in one}
        if names.keys() == given.keys() and len(given) == len(arrays):
            return {names[key]: array for key, array in given.items()}
    return arrays


def _listed(names, most=4):
    names = sorted(names)
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _names(layers):
    return {name for layer in layers for pieces in layer for name in pieces}


def _nearest(form, arrays, given):
    """The names that are missing and those that are too many, for the candidate that comes nearest to the arrays."""
    near = None
    for candidate in form.candidates():
        each = len(_names(named_pieces(form, candidate, 1)))
        # Other arrays may be among them, so that their number does not tell how many layers there are.
        for count in range(1, min(-(-len(arrays) // each), _MOST_LAYERS) + 1):
            names = _names(named_pieces(form, candidate, count))
            missing, surplus = names - set(arrays), set(arrays) - names
            distance = len(missing) + len(surplus) + len(disagreement(form, candidate, given))
            if near is None or distance < near[0]:
                near = distance, missing, surplus
    return near[1:]


def candidates_of(
    form: Form, arrays: Tensors, given: Mapping[str, Any]
) -> list[tuple[dict[str, Any], list[list[dict[str, Piece]]]]]:
    """The candidates, with their layers of pieces, whose names are those of the arrays."""
    found = []
    for candidate in form.candidates():
        each = len(_names(named_pieces(form, candidate, 1)))
        for count in sorted({max(1, len(arrays) // each), -(-len(arrays) // each)}):
            layers = named_pieces(form, candidate, count)
            if _names(layers) == set(arrays):
                found.append((candidate, layers))
    if not found:
        missing, surplus = _nearest(form, arrays, given)
        differences = [f"{word} {_listed(names)}" for word, names in (("without", missing), ("with", surplus)) if names]
        raise ArgumentError(
            "arrays", f"the names of {form.title}'s {form.class_name}", f"these {' and '.join(differences)}"
        )
    return found


def sizes_of(
    form: Form, candidate: Mapping[str, Any], layers: Sequence[Sequence[Mapping[str, Piece]]], arrays: Tensors
) -> dict[str, int]:
    """D, H, P, R and L of a candidate whose shapes fit."""
    K = len(DIRECTIONS[candidate["direction"]])
    sizes, first = {}, None
    for pieces in layers:
        shapes = []
        for name, piece in {name: piece for one in pieces for name, piece in one.items()}.items():
            axes, shape = piece.axes(candidate["projection"]), arrays[name].shape
            if form.stacked_directions:
                axes = [{"": K}, *axes]
            shapes.append((name, axes, shape))
        solve(shapes, sizes)
        sizes["R"] = sizes["P"] if candidate["projection"] else sizes["H"]
        first = sizes["D"] if first is None else first
        sizes["D"] = K * sizes["R"]
    return {**sizes, "D": first, "L": len(layers)}


def layers_of(
    form: Form,
    layers: Sequence[Sequence[Mapping[str, Piece]]],
    arrays: Tensors,
    sizes: Mapping[str, int],
    options: Options,
) -> list[list[Weights]]:
    """The `Weights` of every layer and direction."""
    found, D = [], sizes["D"]
    for layer in layers:
        found.append([])
        for k, pieces in enumerate(layer):
            blocks = {}
            for name, piece in pieces.items():
                array = arrays[name][k] if form.stacked_directions else arrays[name]
                blocks |= piece.cut(array, {**sizes, "D": D})
            found[-1].append(weights_of(blocks, options))
        D = len(layer) * sizes["R"]
    return found
