"""What a known mistake is, and the words for it."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lstmderiv.interchange.conversion.conventions import FRAMEWORKS, convention
from lstmderiv.interchange.diagnosis.attempt import Attempt, Step
from lstmderiv.interchange.network import Network
from lstmderiv.interchange.options import GATES

__all__ = [
    "Mistake",
    "array_name",
    "backward",
    "gate_name",
    "gate_names",
    "hooked",
    "listed",
    "option",
    "orders_of",
    "where",
]

_GATES = {
    "lstm": {"f": "forget gate f", "i": "input gate i", "g": "candidate g", "o": "output gate o", "c": "cell state c"},
    "gru": {"r": "reset gate r", "u": "update gate u", "g": "candidate g"},
    "rnn": {"h": "hidden state h"},
}


@dataclass(frozen=True, eq=False)
class Mistake:
    """A mistake that implementations make.

    Attributes
    ----------
    family : str
        What it has to do with. Two mistakes at once are looked for among those of different families.
    what : str
        What the implementation does, in a sentence without its full stop.
    change : str
        What to change, likewise.
    variants : tuple of (str, callable)
        Ways in which it shows: a remark, empty for the first, and a function from an `Attempt` to the mistaken one.
    forward : bool
        Whether the forward pass is affected; otherwise only the backward pass is.
    common : bool
        Whether it comes first when two mistakes at once are looked for.
    places : frozenset of (int, int), or None
        The layers and directions that it touches; None for all.
    arrays : tuple of str
        The arrays of `Weights`, or whose gradients, `what` and `change` are about.
    """

    family: str
    what: str
    change: str
    variants: tuple[tuple[str, Callable[[Attempt], Attempt]], ...]
    forward: bool = True
    common: bool = True
    places: frozenset[tuple[int, int]] | None = None
    arrays: tuple[str, ...] = ()

    @classmethod
    def one(cls, family: str, what: str, change: str, edit: Callable, **others: Any) -> "Mistake":
        """A mistake that shows in one way."""
        return cls(family, what, change, (("", edit),), **others)


def gate_name(cell: str, gate: str, framework: str | None = None) -> str:
    """What a gate is called, for instance "forget gate f", with the letter of a framework if there is one."""
    return f"{_GATES[cell][gate].rsplit(' ', 1)[0]} {gate_names(framework, cell).get(gate, gate)}"


def gate_names(framework: str | None, cell: str) -> dict[str, str]:
    """A framework's names of the gates, in the order of its blocks; this package's own if there is no framework."""
    if framework is None:
        return {gate: gate for gate in GATES[cell]}
    form = convention(framework).cells[cell]
    return dict(zip(form.gates, form.gate_names))


def orders_of(cell: str) -> dict[tuple[str, ...], list[str]]:
    """The orders of blocks that frameworks have, in the letters of this package, with the frameworks' names."""
    found = {}
    for framework in FRAMEWORKS:
        entry = convention(framework)
        if cell in entry.cells:
            found.setdefault(entry.cells[cell].gates, []).append(entry.title)
    return found


def listed(names: Iterable[str]) -> str:
    """Names with commas and an "and"."""
    names = list(names)
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def array_name(network: Network, name: str) -> str:
    """What an array of `Weights` is called in words: a single bias is b."""
    return "b" if name == "b_x" and network.options.biases == 1 else name


def hooked(hook: Mapping[str, Callable[[Step], Any]]) -> Callable[[Attempt], Attempt]:
    """The edit that changes values in the middle of a step: a mapping from names to functions of a `Step`."""
    return lambda attempt: attempt.but(hooks=hook)


def option(family: str, what: str, change: str, arrays: tuple[str, ...] = (), **options: Any) -> Mistake:
    """The mistake of following other options than the case's."""

    def edit(attempt):
        return attempt.but(network=attempt.network.replace(**options))

    return Mistake.one(family, what, change, edit, arrays=arrays)


def where(network: Network, places: Collection[tuple[int, int]]) -> str:
    """In words: which layers and directions; empty if the network has one."""
    everything = network.places()
    if len(everything) == 1:
        return ""
    K, names = len(network.options.directions), network.options.directions
    if len(places) == len(everything):
        return " of every layer" + (" and direction" if K > 1 else "")
    layers, ways = sorted({n for n, _ in places}), sorted({k for _, k in places})
    if len(ways) == K:
        return f" of layer {layers[0]}"
    if len(layers) == len(network.layers):
        return f" of the {names[ways[0]]} direction" + (" in every layer" if len(layers) > 1 else "")
    return f" of layer {layers[0]}, {names[ways[0]]}"


def backward(family: str, what: str, change: str, hook: Mapping[str, Callable[[Step], Any]], **others: Any) -> Mistake:
    """A mistake of the backward pass, which changes values in the middle of a step."""
    return Mistake.one(family, what, change, hooked(hook), forward=False, **others)
