"""Mistakes in reading weights: blocks in another order, transposed, wrong columns, biases left out or doubled."""

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations, permutations

import numpy as np

from lstmderiv.interchange.diagnosis.mistakes.kind import (
    Mistake,
    array_name,
    gate_name,
    gate_names,
    listed,
    orders_of,
    where,
)
from lstmderiv.interchange.diagnosis.mistakes.reading import by_place, local, placements, reads
from lstmderiv.interchange.network import Network
from lstmderiv.interchange.options import GATES
from lstmderiv.types import Array, Tensors

__all__ = ["PERMUTED", "columns", "order_text", "orders", "reordered", "shown_names", "turned", "weight_mistakes"]

# What a wrong order of the gates' blocks may be in.
PERMUTED = (("W_x", "W_h", "b_x", "b_h"), ("W_x",), ("W_h",), ("b_x", "b_h"), ("W_x", "W_h"), ("b_x",), ("b_h",))


def reordered(names: Sequence[str], order: Sequence[int]) -> Callable[[Tensors], dict[str, Array]]:
    """A function that puts the blocks of some arrays in an order: place j takes what stood at order[j]."""

    def change(arrays):
        found = dict(arrays)
        for name in names:
            if name in arrays:
                blocks = arrays[name].reshape(len(order), -1, *arrays[name].shape[1:])
                found[name] = blocks[list(order)].reshape(arrays[name].shape)
        return found

    return change


def order_text(
    cell: str, order: Sequence[int], names: Iterable[str], framework: str | None = None, verb: str = "are taken for"
) -> str:
    """What a reader does that takes block order[j] for gate j, in words."""
    gates, own = GATES[cell], gate_names(framework, cell)
    # Blocks in the order of the framework, or of this package, and the gate that each is taken for.
    taken = tuple(gates[order.index(gates.index(gate))] for gate in own)
    shown = [own[gate] for gate in taken]
    known = listed(title for title in orders_of(cell).get(taken, ()) if framework is None)
    meant = f"{', '.join(shown)}" + (f", the order of {known}," if known else "")
    moved = [gate for gate, other in zip(own, taken) if gate != other]
    if len(moved) == 2:
        one, other = (gate_name(cell, gate, framework) for gate in moved)
        text = f"{one} and {other} are exchanged in {names}"
        return f"{text}: the blocks {verb} {meant} instead of {', '.join(own.values())}"
    return f"the blocks of {names} {verb} {meant} instead of {', '.join(own.values())}"


def shown_names(network: Network, names: Iterable[str]) -> list[str]:
    """The arrays of a group that a network has; a single bias is called b."""
    there = [name for name in names if name in network.layers[0][0].arrays()]
    return [array_name(network, name) for name in there]


def orders(network: Network) -> list[tuple[int, ...]]:
    """Every order of the gates' blocks but the right one; exchanges of two first."""
    count = len(network.options.gates)
    wrong = [order for order in permutations(range(count)) if order != tuple(range(count))]
    return sorted(wrong, key=lambda order: sum(j != k for j, k in enumerate(order)))


def _gates(network, framework):
    cell, own = network.options.cell, gate_names(framework, network.options.cell)
    for names in PERMUTED:
        shown = shown_names(network, names)
        # Without biases the last group is the first one again.
        if not shown or (len(names) == 2 and names[1] == "W_h" and network.options.biases == 0):
            continue
        # A single bias is the whole of its group.
        if names in (("b_x",), ("b_h",)) and network.options.biases < 2:
            continue
        for places in placements(network):
            for order in orders(network):
                back = tuple(order.index(j) for j in range(len(order)))
                yield Mistake(
                    "gates",
                    order_text(cell, order, listed(shown) + where(network, places), framework),
                    f"let the blocks be those of {', '.join(own.values())}, in this order",
                    local(network, places, reordered(names, order), reordered(names, back)),
                    common=names == PERMUTED[0] and len(places) == len(network.places()),
                    places=places,
                    arrays=names,
                )


def _peephole_weights(network):
    if not network.options.peepholes:
        return
    names = ("p_f", "p_i", "p_o")
    for order in permutations(names):
        if order != names:
            taken = dict(zip(names, order))

            def read(own, taken=taken):
                return {**own, **{name: own[other] for name, other in taken.items()}}

            def back(own, taken=taken):
                return {**own, **{other: own[name] for name, other in taken.items()}}

            moved = tuple(name for name, other in taken.items() if name != other)
            text = ", ".join(f"{taken[name]} for {name}" for name in moved)
            yield Mistake(
                "peepholes",
                f"the peephole weights are mixed up: it takes {text}",
                "give each gate its own peephole weights",
                reads(by_place(network, _all(network), read), by_place(network, _all(network), back)),
                arrays=moved,
            )


def _all(network):
    return frozenset((n, k) for n, k, _ in network.places())


def column_by_column(matrix: Array, blocks: int) -> Array:
    """Each of the blocks of a matrix as it reads column by column, though its numbers lie row by row."""
    return np.concatenate([part.reshape(part.shape[::-1]).T for part in np.split(matrix, blocks)])


def turned(matrix: Array, blocks: int) -> Array:
    """The inverse of `column_by_column`."""
    return np.concatenate([part.T.reshape(part.shape) for part in np.split(matrix, blocks)])


def _transposed(network):
    G = len(network.options.gates)
    groups = [("W_x",), ("W_h",), ("W_x", "W_h")] + ([("W_p",)] if network.options.projection else [])
    for names in groups:
        for parts in dict.fromkeys((1, G) if names != ("W_p",) else (1,)):
            for places in placements(network):
                sizes = [getattr(network.layers[n][k], name).shape for n, k in places for name in names]
                square = all(rows == parts * columns for rows, columns in sizes)

                def read(own, names=names, parts=parts):
                    return {**own, **{name: column_by_column(own[name], parts) for name in names}}

                def back(own, names=names, parts=parts):
                    return {**own, **{name: turned(own[name], parts) for name in names}}

                verb = "is" if parts > 1 or len(names) == 1 else "are"
                arrays = ("each block of " if parts > 1 else "") + listed(names) + where(network, places)
                yield Mistake(
                    "transposition",
                    f"{arrays} {verb} transposed"
                    if square
                    else f"{arrays} {verb} read column by column, though its numbers lie row by row (reshaped where it "
                    "should be transposed)",
                    f"use {listed(names)} without transposing it"
                    if square
                    else f"reshape {listed(names)} to its own shape first, then transpose it",
                    local(network, places, read, back),
                    common=len(places) == len(network.places()),
                    places=places,
                    arrays=names,
                )


def columns(own: Tensors) -> dict[str, Array]:
    """[W_x, W_h] with the columns taken as [W_h, W_x]."""
    joined, R = np.concatenate([own["W_x"], own["W_h"]], axis=1), own["W_h"].shape[1]
    return {**own, "W_h": joined[:, :R], "W_x": joined[:, R:]}


def _columns_back(own):
    joined, D = np.concatenate([own["W_h"], own["W_x"]], axis=1), own["W_x"].shape[1]
    return {**own, "W_x": joined[:, :D], "W_h": joined[:, D:]}


def _columns(network):
    for places in placements(network):
        yield Mistake(
            "columns",
            f"the joined weights [W_x, W_h]{where(network, places)} multiply [h, x] instead of [x, h]",
            "join input and hidden state as [x, h], in the order of the columns",
            local(network, places, columns, _columns_back),
            common=len(places) == len(network.places()),
            places=places,
            arrays=("W_x", "W_h"),
        )


_BOTH = ("b_x", "b_h")
# What is done with the biases, by their number: in words, which these are about, and the sum that stands for each.
_BIASES = {
    1: [
        ("the bias b{} is left out", "add b", ("b_x",), {"b_x": {}}),
        ("the bias b{} is added twice", "add b once", ("b_x",), {"b_x": {"b_x": 2}}),
    ],
    2: [
        ("the bias b_x{} is left out", "add b_x as well as b_h", _BOTH, {"b_x": {}, "b_h": {"b_h": 1}}),
        ("the bias b_h{} is left out", "add b_h as well as b_x", _BOTH, {"b_x": {"b_x": 1}, "b_h": {}}),
        ("both biases{} are left out", "add b_x and b_h", _BOTH, {"b_x": {}, "b_h": {}}),
        ("the bias b_x{} is added twice", "add b_x once", ("b_x",), {"b_x": {"b_x": 2}, "b_h": {"b_h": 1}}),
        ("the bias b_h{} is added twice", "add b_h once", ("b_h",), {"b_x": {"b_x": 1}, "b_h": {"b_h": 2}}),
        ("both biases{} are added twice", "add b_x and b_h once", _BOTH, {"b_x": {"b_x": 2}, "b_h": {"b_h": 2}}),
        ("b_x{} is added in place of b_h, too", "add b_x and b_h", _BOTH, {"b_x": {"b_x": 1}, "b_h": {"b_x": 1}}),
        ("b_h{} is added in place of b_x, too", "add b_x and b_h", _BOTH, {"b_x": {"b_h": 1}, "b_h": {"b_h": 1}}),
        (
            "b_x and b_h{} are exchanged",
            "give each product its own bias",
            _BOTH,
            {"b_x": {"b_h": 1}, "b_h": {"b_x": 1}},
        ),
    ],
}


def _combined(rows):
    """Functions of biases: each name takes the sum of others times numbers; and the same with the matrix transposed."""

    def read(own):
        return {**own, **{name: sum((w * own[o] for o, w in row.items()), 0 * own[name]) for name, row in rows.items()}}

    def back(own):
        columns = {name: {o: row[name] for o, row in rows.items() if name in row} for name in rows}
        return {
            **own,
            **{name: sum((w * own[o] for o, w in column.items()), 0 * own[name]) for name, column in columns.items()},
        }

    return read, back


def _biases(network):
    for what, change, arrays, rows in _BIASES.get(network.options.biases, ()):
        for places in placements(network):
            yield Mistake(
                "biases",
                what.format(where(network, places)),
                change,
                local(network, places, *_combined(rows)),
                common=len(places) == len(network.places()),
                places=places,
                arrays=arrays,
            )


def _exchanged(network, one, other):
    """Variants of exchanging the weights of layers and directions, given as two lists of prefixes."""
    partner = {**dict(zip(one, other)), **dict(zip(other, one))}

    def swap(arrays):
        found = dict(arrays)
        for name, array in arrays.items():
            prefix, local = name.rsplit(".", 1)
            if prefix in partner:
                found[f"{partner[prefix]}.{local}"] = array
        return found

    return reads(swap, swap)


def _places_mixed_up(network):
    L, K = len(network.layers), len(network.options.directions)
    if K == 2:
        for layers in dict.fromkeys([tuple(range(L)), *((n,) for n in range(L))]):
            ways = [[f"layer{n}.{way}" for n in layers] for way in network.options.directions]
            text = " of every layer" if len(layers) == L > 1 else f" of layer {layers[0]}" if L > 1 else ""
            yield Mistake(
                "places",
                f"the weights of the forward and the reverse direction{text} are exchanged",
                "give each direction its own weights",
                _exchanged(network, *ways),
                common=len(layers) == L,
                places=frozenset((n, k) for n in layers for k in range(K)),
            )
    for n, m in combinations(range(L), 2):
        if network.layers[n][0].W_x.shape == network.layers[m][0].W_x.shape:
            ways = [[f"layer{layer}.{way}" for way in network.options.directions] for layer in (n, m)]
            yield Mistake(
                "places",
                f"the weights of layers {n} and {m} are exchanged",
                "give each layer its own weights",
                _exchanged(network, *ways),
                places=frozenset((layer, k) for layer in (n, m) for k in range(K)),
            )


def weight_mistakes(network: Network, framework: str | None = None) -> list[Mistake]:
    """Every known mistake in reading the weights of a network, in the words of a framework."""
    families = (_transposed, _columns, _biases, _peephole_weights, _places_mixed_up)
    return [*_gates(network, framework), *(mistake for family in families for mistake in family(network))]
