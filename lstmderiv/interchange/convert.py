"""Weights from and to every framework, by the rules of `conventions.toml`: no framework is named here."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lstmderiv._validation import floating, instance
from lstmderiv.interchange._arguments import check_names, check_sizes, disagreement, read_options, write_settings
from lstmderiv.interchange._pieces import blocks_of, named_pieces, solve, weights_of
from lstmderiv.interchange.activations import constant
from lstmderiv.interchange.conventions import DISCRETE, convention
from lstmderiv.interchange.network import Network, Weights
from lstmderiv.interchange.options import CELLS, DIRECTIONS
from lstmderiv.interchange.recurrent import RecurrentGradients

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
    arrays: dict
    settings: dict
    notes: tuple


def from_framework(framework, arrays, cell, *, prefix="", **settings):
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
    arrays = _arrays(arrays, prefix)
    candidates = _named_so(form, arrays, given)
    agreeing = [one for one in candidates if not disagreement(form, one[0], given)]
    if not agreeing:
        setting = disagreement(form, candidates[0][0], given)[0]
        raise ValueError(
            f"{setting.name}: expected what the arrays say, {setting.about} = {candidates[0][0][setting.about]!r},"
            f" got {given[setting.name]!r}"
        )
    agreeing.sort(key=lambda one: len(disagreement(form, one[0], given, defaults=True)))
    error = None
    for candidate, layers in agreeing:
        try:
            sizes = _sizes(form, candidate, layers, arrays)
        except ValueError as found:
            error = error or found
            continue
        check_sizes(form, given, sizes)
        options = read_options(form, candidate, given)
        return Network(options, _layers(form, layers, arrays, sizes, options))
    raise error


def to_framework(framework, network):
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
    target, notes = _target(form, options)
    sizes = {"D": network.input_size, "H": network.hidden_size, "L": len(network.layers)}
    if options.projection:
        sizes["P"] = network.state_size
    for setting in form.settings:
        if setting.none_size and options.projection and sizes["P"] == sizes[setting.none_size]:
            raise ValueError(
                f"network.options.projection: expected P other than {setting.none_size} = {sizes['P']}, which stands"
                f" for no projection in {form.title}, got P = {sizes['P']}"
            )
    settings = write_settings(form, options, target, sizes)

    def blocks(n, k):
        found = blocks_of(network.layers[n][k], options.gates)
        return _moved(found, form, options, target)

    arrays = _assembled(form, target, len(network.layers), blocks)
    return FrameworkWeights(form.framework, form.cell, arrays, settings, tuple(notes))


def gradients_to_framework(framework, network, gradients):
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
    target, _ = _target(form, options)
    layers = gradients.layers if isinstance(gradients, RecurrentGradients) else gradients
    _check_layers(layers, network)

    def blocks(n, k):
        found = blocks_of(layers[n][k], options.gates)
        for gate in options.gates:
            # A pre-activation hands its gradient to both biases alike; the reset gate stands between it and one of them.
            if ("b_x", gate) in found and not (options.reset == "after" and gate == "g"):
                found.setdefault(("b_h", gate), found["b_x", gate])
        return found

    return _assembled(form, target, len(network.layers), blocks)


def convert(arrays, source, target, cell, *, prefix="", **settings):
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
    convention(target)
    return to_framework(target, from_framework(source, arrays, cell, prefix=prefix, **settings))


def _form(framework, cell):
    entry = convention(framework)
    instance("cell", cell, str)
    if cell not in CELLS:
        raise ValueError(f"cell: expected one of {', '.join(CELLS)}, got {cell!r}")
    if cell not in entry.cells:
        raise ValueError(
            f"cell: expected {' or '.join(map(repr, entry.cells))}, as {entry.title} has no other, got {cell!r}"
        )
    return entry.cells[cell]


def _arrays(arrays, prefix):
    if not isinstance(arrays, Mapping):
        raise TypeError(f"arrays: expected a mapping from names to arrays, got {type(arrays).__name__}")
    instance("prefix", prefix, str)
    named = {}
    for name, value in arrays.items():
        if not isinstance(name, str):
            raise TypeError(f"arrays: expected names that are strings, got {type(name).__name__}")
        if name.startswith(prefix):
            named[name[len(prefix) :]] = floating(f"arrays[{name!r}]", value, ("...",))
    if not named:
        beginning = f" beginning with {prefix!r}" if prefix else ""
        raise ValueError(f"arrays: expected names{beginning}, got {_listed(arrays) or 'none'}")
    return named


def _listed(names, most=4):
    names = sorted(names)
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _names(layers):
    return {name for layer in layers for pieces in layer for name in pieces}


def _named_so(form, arrays, given):
    """The candidates, with their layers of pieces, whose names are those of the arrays."""
    found, near = [], None
    for candidate in form.candidates():
        each = len(_names(named_pieces(form, candidate, 1)))
        for count in sorted({max(1, len(arrays) // each), -(-len(arrays) // each)}):
            layers = named_pieces(form, candidate, count)
            missing, surplus = _names(layers) - set(arrays), set(arrays) - _names(layers)
            if not missing and not surplus:
                found.append((candidate, layers))
            distance = len(missing) + len(surplus) + len(disagreement(form, candidate, given))
            if near is None or distance < near[0]:
                near = distance, missing, surplus
    if not found:
        _, missing, surplus = near
        differences = [f"{word} {_listed(names)}" for word, names in (("without", missing), ("with", surplus)) if names]
        raise ValueError(
            f"arrays: expected the names of {form.title}'s {form.class_name}, got these {' and '.join(differences)}"
        )
    return found


def _sizes(form, candidate, layers, arrays):
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


def _layers(form, layers, arrays, sizes, options):
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


def _target(form, options):
    """The values of the discrete options under which the framework holds a network, and notes; or refuse it."""
    wanted = {name: getattr(options, name) for name in DISCRETE if name != "biases"}
    wrong = [[name for name, value in wanted.items() if value not in table[name]] for table in form.can]
    if all(wrong):
        name = min(wrong, key=len)[0]
        allowed = " or ".join(repr(value) for value in form.choices(name))
        raise ValueError(
            f"network.options.{name}: expected {allowed}, as {form.title}'s {form.class_name} has no other,"
            f" got {wanted[name]!r}"
        )
    for name in ("clip", "cell_clip", "projection_clip"):
        if getattr(options, name) is not None and form.setting(name) is None:
            raise ValueError(
                f"network.options.{name}: expected None, as {form.title}'s {form.class_name} has none,"
                f" got {getattr(options, name)}"
            )
    table = form.can[wrong.index([])]
    stored = options.forget_bias != 0 and form.setting("forget_bias") is None
    least = max(options.biases, 1) if stored else options.biases
    enough = [count for count in table["biases"] if count >= least]
    biases = min(enough) if enough else max(table["biases"])
    notes = []
    if biases < options.biases:
        notes.append(f"{options.biases} biases were added to {biases}: one rounding each")
    if stored:
        notes.append(f"the forget bias {options.forget_bias} was added to the bias of the forget gate")
    for name in ("layout", "finished"):
        setting = form.setting(name)
        held = [ours for _, ours in setting.values] if setting else [getattr(form, name)]
        if getattr(options, name) not in held:
            notes.append(
                f"{name} is {getattr(options, name)!r} in the network, {getattr(form, name)!r} in {form.title}"
            )
    if options.direction in form.notes:
        notes.append(form.notes[options.direction])
    return {**wanted, "biases": biases}, notes


def _moved(blocks, form, options, target):
    """Blocks with the biases where the framework has them."""
    zero = np.zeros_like(blocks["W_x", options.gates[0]][:, 0])
    pieces = [piece for one in named_pieces(form, target, 1)[0] for piece in one.values()]
    held = {(part, gate) for piece in pieces for part in piece.parts for gate in piece.gates}
    for gate in options.gates:
        added = blocks.get(("b_h", gate))
        if added is not None and ("b_h", gate) not in held:
            if options.reset == "after" and gate == "g" and np.any(added != 0):
                raise ValueError(
                    f"network.options.biases: expected 1, or zeros in the candidate's b_h, as {form.title}'s"
                    f" {form.class_name} has no bias that the reset gate multiplies, got {options.biases}"
                )
            blocks["b_x", gate] = _sum(blocks["b_x", gate], added)
        for part in ("b_x", "b_h"):
            blocks.setdefault((part, gate), zero)
    if options.forget_bias != 0 and form.setting("forget_bias") is None:
        blocks["b_x", "f"] = blocks["b_x", "f"] + constant(options.forget_bias, zero)
    return blocks


def _sum(a, b):
    # Not a + 0: that would turn -0 into 0.
    return np.where(b == 0, a, a + b)


def _assembled(form, target, count, blocks):
    arrays = {}
    for n, layer in enumerate(named_pieces(form, target, count)):
        for k, pieces in enumerate(layer):
            found = blocks(n, k)
            for name, piece in pieces.items():
                arrays.setdefault(name, []).append(piece.joined(_finder(found, name)))
    return {name: np.stack(found) if form.stacked_directions else found[0] for name, found in arrays.items()}


def _finder(blocks, name):
    def block(part, gate):
        if (part, gate) not in blocks:
            raise ValueError(
                f"gradients: expected those of {part}, which {name} holds, got none: run the network that"
                " from_framework makes of the framework's arrays"
            )
        return blocks[part, gate]

    return block


def _check_layers(layers, network):
    if not isinstance(layers, (list, tuple)):
        raise TypeError(f"gradients: expected RecurrentGradients or its layers, got {type(layers).__name__}")
    if [len(layer) for layer in layers] != [len(layer) for layer in network.layers]:
        raise ValueError(f"gradients: expected those of {len(network.layers)} layers, got {len(layers)}")
    for n, k, place in network.places():
        instance(f"gradients.{place[:-1]}", layers[n][k], Weights)
        for name, array in network.layers[n][k].arrays().items():
            found = getattr(layers[n][k], name)
            if np.shape(found) != array.shape:
                raise ValueError(f"gradients.{place}{name}: expected {array.shape}, got {np.shape(found)}")
