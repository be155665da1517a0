"""A framework's own arguments, read into options and written from them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lstmderiv.checks import ArgumentError, ArgumentTypeError, real_scalar
from lstmderiv.interchange.activations import Activation
from lstmderiv.interchange.conversion.forms import Form, Setting
from lstmderiv.interchange.options import DIRECTIONS, Options

__all__ = ["check_names", "check_sizes", "disagreement", "read_options", "write_settings"]


def plain(value: Any) -> Any:
    """A value as plain Python: no NumPy scalars, no bytes (ONNX keeps strings as such), lists for sequences."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def check_names(form: Form, given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings given, as plain values; refuse unknown names, and required ones that are missing."""
    known = [setting.name for setting in form.settings]
    for name in given:
        if name not in known:
            raise ArgumentError(
                "settings", f"names among {', '.join(known) or 'none'} for {form.title}'s {form.class_name}", repr(name)
            )
    for setting in form.settings:
        if setting.required and setting.name not in given:
            choices = _choices([theirs for theirs, _ in setting.values] or list(form.activations))
            raise ArgumentError(setting.name, f"{choices}, as {form.title} has no one default", "nothing")  # fmt: skip
    given = {name: plain(value) for name, value in given.items()}
    for setting in form.settings:
        if setting.kind == "option" and setting.name in given:
            _meant(setting, given[setting.name])
    return given


def _choices(values):
    texts = list(dict.fromkeys(repr(value) for value in values))
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}"


def _meant(setting, value):
    """The values of the option that a framework's value may stand for."""
    found = [ours for theirs, ours in setting.values if type(theirs) is type(value) and theirs == value]
    if not found:
        kinds = {type(theirs) for theirs, _ in setting.values}
        expected = _choices([theirs for theirs, _ in setting.values])
        if type(value) not in kinds:
            raise ArgumentTypeError(setting.name, expected, type(value).__name__)
        raise ArgumentError(setting.name, expected, repr(value))
    return found


def disagreement(
    form: Form, candidate: Mapping[str, Any], given: Mapping[str, Any], *, defaults: bool = False
) -> list[Setting]:
    """The settings given (or left to their defaults) that say something else than a candidate."""
    found = []
    for setting in form.settings:
        if setting.kind != "option" or setting.about not in candidate or (setting.name in given) == defaults:
            continue
        value = setting.default if defaults else given[setting.name]
        if value is not None and candidate[setting.about] not in _meant(setting, value):
            found.append(setting)
    return found


def check_sizes(form: Form, given: Mapping[str, Any], sizes: Mapping[str, int]) -> None:
    """Refuse sizes given that are not those of the arrays."""
    for setting in form.settings:
        if setting.kind == "size" and setting.name in given:
            size, value = _size(setting, sizes), given[setting.name]
            if value != size or isinstance(value, bool):
                raise ArgumentError(setting.name, f"{size}, as in the arrays", repr(value))


def _size(setting, sizes):
    if setting.about in sizes:
        return sizes[setting.about]
    return sizes[setting.none_size] if setting.none_size else setting.none


def read_options(form: Form, candidate: Mapping[str, Any], given: Mapping[str, Any]) -> Options:
    """`Options` of a candidate and the settings given, the framework's defaults for what is not."""
    options = {"cell": form.cell, "layout": form.layout, "finished": form.finished, **candidate}
    for setting in form.settings:
        value = given.get(setting.name, setting.default)
        if setting.kind == "option" and setting.about not in candidate:
            (options[setting.about],) = _meant(setting, value)
        elif setting.kind == "number" and value is not None:
            number = float(real_scalar(setting.name, value))
            if number != setting.none:
                options[setting.about] = number
    held = form.finished_choices(candidate["direction"])
    options["finished"] = options["finished"] if options["finished"] in held else held[0]
    options["activations"] = _read_activations(form, candidate, given)
    return Options(**options)


def _named(form, setting, name):
    if not isinstance(name, str):
        raise ArgumentTypeError(setting.name, _choices(form.activations), type(name).__name__)
    if name not in form.activations:
        raise ArgumentError(setting.name, _choices(form.activations), repr(name))
    return form.activations[name]


def _read_activations(form, candidate, given):
    found = {}
    for setting in form.settings:
        value = given.get(setting.name, setting.default)
        if setting.kind == "activation":
            one = Activation(*_named(form, setting, value))
            found |= dict.fromkeys(setting.about, one)
        elif setting.kind == "activations":
            found |= _read_list(form, setting, candidate, given)
    return found


def _read_list(form, setting, candidate, given):
    """ONNX's way: a list of names for each direction, and the constants of those that take any, in order."""
    count = len(DIRECTIONS[candidate["direction"]])
    names = given.get(setting.name, list(setting.default) * count)
    if not isinstance(names, list):
        raise ArgumentTypeError(setting.name, "a list of names", type(names).__name__)
    if len(names) != len(setting.about) * count:
        raise ArgumentError(setting.name, f"{len(setting.about) * count} names", len(names))
    constants = {s.about: (s.name, list(given.get(s.name, []))) for s in form.settings if s.kind == "constant"}
    taken = [_with_constants(setting, _named(form, setting, name), constants) for name in names]
    for attribute, left in constants.values():
        if left:
            raise ArgumentError(attribute, "numbers for the activations that take one", f"{len(left)} more")
    if taken[len(setting.about) :] not in ([], taken[: len(setting.about)]):
        raise ArgumentError(setting.name, "the same activations in both directions", names)
    return {gate: one for group, one in zip(setting.about, taken) for gate in group}


def _with_constants(setting, entry, constants):
    name, *defaults = entry
    values = []
    for place, about in enumerate(("alpha", "beta")):
        attribute, left = constants[about]
        takes = len(defaults) > place or name in ("affine", "scaled_tanh")
        if takes and left:
            values.append(float(real_scalar(attribute, left.pop(0))))
        elif len(defaults) > place:
            values.append(defaults[place])
        elif takes:
            raise ArgumentError(attribute, f"a number for {name} in {setting.name}", "none")
    return Activation(name, *values)


def write_settings(form: Form, options: Options, target: Mapping[str, Any], sizes: Mapping[str, int]) -> dict[str, Any]:
    """The framework's own arguments for a network of these options, stored as `target` says."""
    written = {}
    for setting in form.settings:
        if setting.kind == "size":
            value = _size(setting, sizes)
        elif setting.kind == "option":
            wanted = target.get(setting.about, getattr(options, setting.about))
            if setting.about == "finished" and wanted not in (held := form.finished_choices(options.direction)):
                wanted = held[0]
            value = next((theirs for theirs, ours in setting.values if ours == wanted), setting.default)
        elif setting.kind == "number":
            value = getattr(options, setting.about)
            value = setting.none if value is None else value
        elif setting.kind == "activation":
            value = _written_name(form, setting.about, options)
        elif setting.kind == "activations":
            value = [_written_name(form, group, options) for group in setting.about]
            value *= len(options.directions)
        else:
            value = _written_constants(form, setting, options)
        if not (setting.omitted and value in (None, [])):
            written[setting.name] = value
    _refuse_unwritten(form, options)
    return written


def _same(options, gates):
    first = options.activations[gates[0]]
    for gate in gates[1:]:
        if options.activations[gate] != first:
            raise ArgumentError(
                "network.options.activations",
                f"one for {', '.join(gates)}",
                f"{first.as_list()} for {gates[0]} and {options.activations[gate].as_list()} for {gate}",
            )
    return first


def _written_name(form, gates, options):
    one = _same(options, gates)
    free = any(setting.kind == "constant" for setting in form.settings)
    for name, entry in form.activations.items():
        if one.name == entry[0] and (free or one.as_list() == list(entry)):
            return name
    raise ArgumentError(
        "network.options.activations",
        f"one of {', '.join(form.activations)} for {', '.join(gates)} in {form.title}",
        one.as_list(),
    )


def _written_constants(form, setting, options):
    (groups,) = (s.about for s in form.settings if s.kind == "activations")
    values = [getattr(options.activations[group[0]], setting.about) for group in groups]
    return [value for value in values if value is not None] * len(options.directions)


def _refuse_unwritten(form, options):
    """Activations that the framework has no argument for must be the cell's own."""
    written = {gate for s in form.settings if s.kind == "activation" for gate in s.about}
    written |= {gate for s in form.settings if s.kind == "activations" for group in s.about for gate in group}
    for gate, default in Options(cell=form.cell).activations.items():
        if gate not in written and options.activations[gate] != default:
            raise ArgumentError(
                "network.options.activations",
                f"{default.as_list()} for {gate}, as {form.title} has no other",
                options.activations[gate].as_list(),
            )
