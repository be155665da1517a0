"""Ways to read weights wrongly, and what becomes of the gradients then."""

from collections.abc import Callable, Collection, Iterable
from functools import lru_cache

from lstmderiv.interchange.diagnosis.attempt import Attempt
from lstmderiv.interchange.network import Network
from lstmderiv.types import Array, Tensors

__all__ = ["by_place", "local", "placements", "reads"]

_AS_USED = "the gradients that it shows are those of the arrays as it uses them"


def placements(network: Network) -> list[frozenset[tuple[int, int]]]:
    """Sets of layers and directions in which a mistake is looked for: all, one layer, one direction, one of each."""
    places = [(n, k) for n, k, _ in network.places()]
    sets = [places]
    sets += [[p for p in places if p[0] == n] for n in range(len(network.layers))]
    sets += [[p for p in places if p[1] == k] for k in range(len(network.options.directions))]
    sets += [[p] for p in places]
    return list(dict.fromkeys(frozenset(found) for found in sets))


def gradient_name(weight: str) -> str:
    """The name of a weight's gradient: "layer0.forward.d_W_x" for "layer0.forward.W_x"."""
    prefix, own = weight.rsplit(".", 1)
    return f"{prefix}.d_{own}"


def returned(
    back: Callable[[dict[str, Array]], Tensors], weights: Iterable[str]
) -> Callable[[Tensors], dict[str, Array]]:
    """The change of gradients by `back`, a function of the gradients by the flat names of `weights`."""

    def change(tensors):
        own = {name: tensors[gradient_name(name)] for name in weights}
        return {**tensors, **{gradient_name(name): array for name, array in back(own).items()}}

    return change


@lru_cache(maxsize=1)
def _used(read, network):
    # Kept for the next variant: by the identity of the network it is seen that both run the same pass.
    return Network.from_arrays(network.options, read(network.arrays()))


def reads(
    read: Callable[[dict[str, Array]], Tensors], back: Callable[[dict[str, Array]], Tensors]
) -> tuple[tuple[str, Callable[[Attempt], Attempt]], ...]:
    """Variants of a mistake in reading the weights.

    `read` takes all weights by flat name and returns those that are used; `back` takes the gradients of those that are
    used, by the same names, and returns the gradients of the weights as they were given.
    """

    def as_given(attempt):
        names = list(attempt.network.arrays())
        return attempt.but(network=_used(read, attempt.network), gradients=returned(back, names))

    def as_used(attempt):
        network = _used(read, attempt.network)
        return attempt.but(network=network, parameters=network.arrays())

    return (("", as_given), (_AS_USED, as_used))


def by_place(
    network: Network, places: Collection[tuple[int, int]], read: Callable[[dict[str, Array]], Tensors]
) -> Callable[[Tensors], dict[str, Array]]:
    """A function of the weights by flat name, from one of the weights of a single layer and direction."""
    prefixes = [prefix for n, k, prefix in network.places() if (n, k) in places]

    def whole(arrays):
        found = dict(arrays)
        for prefix in prefixes:
            own = {name[len(prefix) :]: array for name, array in arrays.items() if name.startswith(prefix)}
            found.update({prefix + name: array for name, array in read(own).items()})
        return found

    return whole


def local(
    network: Network,
    places: Collection[tuple[int, int]],
    read: Callable[[dict[str, Array]], Tensors],
    back: Callable[[dict[str, Array]], Tensors],
) -> tuple[tuple[str, Callable[[Attempt], Attempt]], ...]:
    """`reads` for functions of the weights of a single layer and direction."""
    return reads(by_place(network, places, read), by_place(network, places, back))
