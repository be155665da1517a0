"""The arrays of a framework as pieces: which blocks of `Weights` each holds, its shape, and how it is cut and joined.

A block is the part of one array of `Weights` that belongs to one gate, under the key (part, gate); arrays that are not
cut into gates have the gate None.
"""

from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lstmderiv.checks import ArgumentError
from lstmderiv.interchange.arrays import ARRAYS, GATED, arrays_of
from lstmderiv.interchange.network import Weights
from lstmderiv.interchange.options import DIRECTIONS, GATES, Options
from lstmderiv.types import Array, Shape

if TYPE_CHECKING:
    from lstmderiv.interchange.conversion.forms import Form

__all__ = ["Piece", "blocks_of", "described", "named_pieces", "shape_text", "solve", "weights_of"]

_ROWS = {name: array.dims[0] for name, array in ARRAYS.items() if name not in GATED}
_COLUMNS = {name: array.dims[1] for name, array in ARRAYS.items() if len(array.dims) == 2}


class Piece(NamedTuple):
    """One array of one direction of one layer: the parts and gates whose blocks it holds, and how."""

    parts: tuple[str, ...]
    gates: tuple[str, ...]
    join: str | None
    transposed: bool

    def axes(self, projection: bool) -> list[dict[str, int]]:
        """What the size of each axis is made of, as {symbol: how often}; the empty symbol is the number 1."""
        rows = [{"H": len(self.gates)} if part in GATED else {_ROWS[part]: 1} for part in self.parts]
        axes = [_sum(rows) if self.join == "rows" else rows[0]]
        if self.parts[0] in _COLUMNS:
            columns = [_COLUMNS[part] for part in self.parts]
            state = "P" if projection else "H"
            columns = [state if column == "R" else column for column in columns]
            axes.append(_sum([{column: 1} for column in columns]))
        if self.transposed:
            axes.reverse()
        return [{"": len(self.parts)}, *axes] if self.join == "stack" else axes

    def cut(self, array: Array, sizes: Mapping[str, int]) -> dict[tuple[str, str | None], Array]:
        """The blocks in an array, by (part, gate)."""
        array = array.T if self.transposed else array
        if self.join == "stack":
            parts = list(array)
        elif self.join is None:
            parts = [array]
        else:
            lengths = [self._length(part, sizes) for part in self.parts]
            parts = np.split(array, np.cumsum(lengths)[:-1], axis=1 if self.join == "columns" else 0)
        found = {}
        for part, values in zip(self.parts, parts):
            if part in GATED:
                found |= {(part, gate): block for gate, block in zip(self.gates, np.split(values, len(self.gates)))}
            else:
                found[part, None] = values
        return found

    def _length(self, part, sizes):
        if self.join == "columns":
            return sizes["R" if part == "W_h" else _COLUMNS[part]]
        return sizes["H"] * len(self.gates) if part in GATED else sizes[_ROWS[part]]

    def joined(self, block: Callable[[str, str | None], Array]) -> Array:
        """The array made of blocks; `block` is a function from (part, gate) to a block."""
        parts = [
            np.concatenate([block(part, gate) for gate in self.gates]) if part in GATED else block(part, None)
            for part in self.parts
        ]
        if self.join == "stack":
            array = np.stack(parts)
        else:
            array = np.concatenate(parts, axis=1 if self.join == "columns" else 0)
        return np.ascontiguousarray(array.T if self.transposed else array)


def _sum(axes):
    total = {}
    for axis in axes:
        for symbol, count in axis.items():
            total[symbol] = total.get(symbol, 0) + count
    return total


def _pieces(form, options):
    """(template of its name, piece) of every array that one direction has under these options."""
    for rule in form.arrays:
        if not all(options[name] in values for name, values in rule.when.items()):
            continue
        groups = (
            [((gate,), name) for gate, name in zip(rule.gates, rule.gate_names)] if rule.each else [(rule.gates, "")]
        )
        for gates, gate_name in groups:
            template = rule.name.replace("{gate}", gate_name)
            yield template, Piece(rule.parts, gates, rule.join, rule.transposed)


def named_pieces(form: "Form", options: Mapping[str, Any], count: int) -> list[list[dict[str, Piece]]]:
    """For each of `count` layers and each direction, the pieces by the framework's names of their arrays."""
    directions = DIRECTIONS[options["direction"]]
    both, K = len(directions) > 1, len(directions)
    place = form.places.get(("single" if count == 1 else "stack") + ("_bidirectional" if both else ""), "")
    layers = []
    for n in range(count):
        layers.append([])
        for k, direction in enumerate(directions):
            words = {
                "layer": n, "number": f"_{n}" if n else "", "direction": form.directions.get(direction, ""),
                "pseudo": n * K + k, "object": form.object_name,
            }  # fmt: skip
            words["place"] = place.format(**words)
            layers[n].append({template.format(**words): piece for template, piece in _pieces(form, options)})
    return layers


def shape_text(axes: Sequence[Mapping[str, int]]) -> str:
    """A shape in symbols, as "(4H, D)"."""

    def size(axis):
        return " + ".join(symbol if count == 1 and symbol else f"{count}{symbol}" for symbol, count in axis.items())

    return f"({', '.join(map(size, axes))}{',' if len(axes) == 1 else ''})"


def described(form: "Form", options: Mapping[str, Any], count: int) -> list[tuple[str, str, str]]:
    """Of every array of a network its name, its shape in symbols, and what it holds."""
    directions = DIRECTIONS[options["direction"]]
    rows = {}
    for layer in named_pieces(form, options, count):
        for pieces in layer:
            for name, piece in pieces.items():
                axes = piece.axes(options["projection"])
                if form.stacked_directions:
                    axes = [{"": len(directions)}, *axes]
                joint = {"columns": " beside ", "rows": " above ", "stack": ", stacked with "}.get(piece.join, "")
                blocks = f" of {', '.join(piece.gates)}" if piece.parts[0] in GATED and len(form.gates) > 1 else ""
                turned = ", transposed" if piece.transposed else ""
                rows[name] = name, shape_text(axes), joint.join(piece.parts) + blocks + turned
    return list(rows.values())


def solve(shapes: Iterable[tuple[str, Sequence[Mapping[str, int]], Shape]], sizes: MutableMapping[str, int]) -> None:
    """Find the sizes that a set of shapes has, and refuse shapes that contradict each other or the sizes known.

    `shapes` holds (name, axes, shape); `sizes` is filled in.
    """
    for name, axes, shape in shapes:
        if len(shape) != len(axes):
            raise _mismatch(name, axes, shape, sizes)
    found = True
    while found:
        found = False
        for name, axes, shape in shapes:
            for axis, size in zip(axes, shape):
                unknown = [symbol for symbol in axis if symbol and symbol not in sizes]
                if len(unknown) != 1:
                    continue
                rest = size - sum(
                    count * sizes.get(symbol, 1) for symbol, count in axis.items() if symbol != unknown[0]
                )
                if rest <= 0 or rest % axis[unknown[0]]:
                    raise _mismatch(name, axes, shape, sizes)
                sizes[unknown[0]] = rest // axis[unknown[0]]
                found = True
    for name, axes, shape in shapes:
        if any(size != sum(c * sizes.get(s, 1) for s, c in axis.items()) for axis, size in zip(axes, shape)):
            raise _mismatch(name, axes, shape, sizes)


def _mismatch(name, axes, shape, sizes):
    known = [f"{s} = {sizes[s]}" for s in dict.fromkeys(s for axis in axes for s in axis) if s in sizes]
    expected = shape_text(axes) + (f" with {', '.join(known)}" if known else "")
    return ArgumentError(f"arrays[{name!r}]", expected, tuple(shape))


def weights_of(blocks: Mapping[tuple[str, str | None], Array], options: Options) -> Weights:
    """`Weights` under these options; blocks that the framework does not have are zeros."""
    gates = GATES[options.cell]

    def block(name, gate):
        if (name, gate) in blocks:
            return blocks[name, gate]
        if name in ("W_x", "W_h"):
            like = next(b for (part, _), b in blocks.items() if part == name)
        else:
            like = next(b for (part, _), b in blocks.items() if part == "W_x")[:, 0]
        return np.zeros_like(like)

    return Weights._of(
        {
            name: np.concatenate([block(name, gate) for gate in gates]) if name in GATED else block(name, None)
            for name in arrays_of(options)
        }
    )


def blocks_of(weights: Weights, gates: Sequence[str]) -> dict[tuple[str, str | None], Array]:
    """The blocks of `Weights`, by (part, gate)."""
    found = {}
    for name, array in weights.arrays().items():
        if name in GATED:
            found |= {(name, gate): block for gate, block in zip(gates, np.split(array, len(gates)))}
        else:
            found[name, None] = array
    return found
