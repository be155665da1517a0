"""Weights from and to every framework, by the rules of `conventions.toml`, and by nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lstmderiv.checks import ArgumentError, ArgumentTypeError, instance
from lstmderiv.interchange.conversion.arguments import (
    check_names,
    check_sizes,
    disagreement,
    read_options,
    write_settings,
)
from lstmderiv.interchange.conversion.conventions import convention
from lstmderiv.interchange.conversion.pieces import blocks_of
from lstmderiv.interchange.conversion.reading import candidates_of, layers_of, named_arrays, sizes_of
from lstmderiv.interchange.conversion.writing import (
    added_biases,
    assembled,
    check_gradients,
    target_of,
    with_biases_moved,
)
from lstmderiv.interchange.network import Network, Weights
from lstmderiv.interchange.options import CELLS
from lstmderiv.interchange.recurrent import RecurrentGradients
from lstmderiv.types import Array, ArrayLike, CellName

__all__ = ["FrameworkWeights", "convert", "from_framework", "gradients_to_framework", "to_framework"]


@dataclass(frozen=True, eq=False)
class FrameworkWeights:
    """A network as a framework stores it.

    Attributes
    ----------
    framework, cell : str
    arrays : dict
        By the framework's own names, in its own shapes.
    settings : dict
        The framework's own arguments.
    notes : tuple of str
        What arrays and settings do not say: what was added together, and what the framework does its own way.
    """

    framework: str
    cell: str
    arrays: dict[str, Array]
    settings: dict[str, Any]
    notes: tuple[str, ...]


def from_framework(
    framework: str, arrays: Mapping[str, ArrayLike], cell: CellName, *, prefix: str = "", **settings: Any
) -> Network:
    """The network that a framework's arrays and arguments describe.

    Sizes, layers, directions, biases, peepholes and projection are read from the arrays. What arrays do not tell comes
    from the framework's own arguments, under its own names and with its own defaults; arguments that arrays do tell may
    be given, and are compared.

    Parameters
    ----------
    framework : str
        One of `FRAMEWORKS`.
    arrays : mapping
        From the framework's names to arrays, such as PyTorch's `state_dict`.
    cell : {"lstm", "gru", "rnn"}
    prefix : str, optional
        What the names begin with, "encoder.lstm." for instance; arrays of other names are then left alone.
    **settings
        The framework's own arguments.

    Returns
    -------
    Network

    Raises
    ------
    TypeError
        If an argument is of the wrong type or an array does not hold numbers.
    ValueError
        If framework, cell or setting is unknown, arrays are missing or too many, shapes do not fit, an array holds NaN
        or infinities, or a setting contradicts the arrays.

    Notes
    -----
    Source: `convention(framework).sources`.
    """
    form = _form(framework, cell)
    given = check_names(form, settings)
    arrays = named_arrays(form, arrays, prefix)
    candidates = candidates_of(form, arrays, given)
    agreeing = [one for one in candidates if not disagreement(form, one[0], given)]
    if not agreeing:
        setting = disagreement(form, candidates[0][0], given)[0]
        raise ArgumentError(
            setting.name,
            f"what the arrays say, {setting.about} = {candidates[0][0][setting.about]!r}",
            repr(given[setting.name]),
        )
    agreeing.sort(key=lambda one: len(disagreement(form, one[0], given, defaults=True)))
    error = None
    for candidate, layers in agreeing:
        try:
            sizes = sizes_of(form, candidate, layers, arrays)
        except ArgumentError as found:
            error = error or found
            continue
        check_sizes(form, given, sizes)
        options = read_options(form, candidate, given)
        return Network(options, layers_of(form, layers, arrays, sizes, options))
    raise error


def to_framework(framework: str, network: Network) -> FrameworkWeights:
    """A network as a framework stores it.

    Where the framework has fewer biases, two are added, with one rounding; where it has more, the rest are zeros. A
    forget bias that the framework does not add by itself is added to the bias that it has.

    Parameters
    ----------
    framework : str
        One of `FRAMEWORKS`.
    network : Network

    Returns
    -------
    FrameworkWeights

    Raises
    ------
    TypeError
        If an argument is of the wrong type.
    ValueError
        If the framework is unknown, or has no place for one of the network's options.

    Notes
    -----
    Source: `convention(framework).sources`.
    """
    instance("network", network, Network)
    options = network.options
    form = _form(framework, options.cell)
    target, notes = target_of(form, options)
    sizes = {"D": network.input_size, "H": network.hidden_size, "L": len(network.layers)}
    if options.projection:
        sizes["P"] = network.state_size
    for setting in form.settings:
        if setting.below and setting.about in sizes and sizes[setting.about] >= sizes[setting.below]:
            raise ArgumentError(
                "network.options.projection",
                f"{setting.about} < {setting.below} = {sizes[setting.below]} in {form.title}",
                f"{setting.about} = {sizes[setting.about]}",
            )
    settings = write_settings(form, options, target, sizes)

    def blocks(n, k):
        found = blocks_of(network.layers[n][k], options.gates)
        return with_biases_moved(found, form, options, target)

    arrays = assembled(form, target, len(network.layers), blocks)
    notes = (*added_biases(form, target, network), *notes)
    return FrameworkWeights(form.framework, form.cell, arrays, settings, notes)


def gradients_to_framework(
    framework: str, network: Network, gradients: RecurrentGradients | Sequence[Sequence[Weights]]
) -> dict[str, Array]:
    """Gradients of a framework's own arrays.

    A bias that is the sum of two has the gradient of that sum, which both of them have; of two biases where the network
    has one, each has its gradient.

    Parameters
    ----------
    framework : str
        One of `FRAMEWORKS`.
    network : Network
        The network that was run.
    gradients : RecurrentGradients, or its `layers`
        What `recurrent_backward` returned.

    Returns
    -------
    dict of ndarray
        By the names of `to_framework(framework, network).arrays`, in the same shapes.

    Raises
    ------
    TypeError
        If an argument is of the wrong type.
    ValueError
        If the framework is unknown or cannot hold the network, or if it has a bias whose gradient does not follow from
        those given: run the network that `from_framework` makes of the framework's arrays instead.

    Notes
    -----
    Source: the chain rule through `from_framework`, which copies and adds.
    """
    instance("network", network, Network)
    options = network.options
    form = _form(framework, options.cell)
    target, _ = target_of(form, options)
    layers = gradients.layers if isinstance(gradients, RecurrentGradients) else gradients
    check_gradients(layers, network)

    def blocks(n, k):
        found = blocks_of(layers[n][k], options.gates)
        for gate in options.gates:
            # A pre-activation hands its gradient to both biases alike, but where the reset gate stands between.
            if ("b_x", gate) in found and not (options.reset == "after" and gate == "g"):
                found.setdefault(("b_h", gate), found["b_x", gate])
        return found

    return assembled(form, target, len(network.layers), blocks)


def convert(
    arrays: Mapping[str, ArrayLike], source: str, target: str, cell: CellName, *, prefix: str = "", **settings: Any
) -> FrameworkWeights:
    """The weights of one framework as another stores them.

    Parameters
    ----------
    arrays : mapping
        From the source's names to arrays.
    source, target : str
        Two of `FRAMEWORKS`.
    cell : {"lstm", "gru", "rnn"}
    prefix : str, optional
        What the source's names begin with.
    **settings
        The source's own arguments, as for `from_framework`.

    Returns
    -------
    FrameworkWeights

    Raises
    ------
    TypeError, ValueError
        As for `from_framework` and `to_framework`.
    """
    for name, framework in (("source", source), ("target", target)):
        try:
            convention(framework)
        except (ArgumentError, ArgumentTypeError) as error:
            raise error.renamed(name) from None
    return to_framework(target, from_framework(source, arrays, cell, prefix=prefix, **settings))


def _form(framework, cell):
    entry = convention(framework)
    instance("cell", cell, str)
    if cell not in CELLS:
        raise ArgumentError("cell", f"one of {', '.join(CELLS)}", repr(cell))
    if cell not in entry.cells:
        raise ArgumentError("cell", f"{' or '.join(map(repr, entry.cells))}, as {entry.title} has no other", repr(cell))
    return entry.cells[cell]
