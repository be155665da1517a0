"""How frameworks store and run recurrent networks, as data: `conventions.toml`, read and checked.

A framework has a convention, and in it a form for each cell that it has. A form says which arrays there are, what each
of them holds, and which of the framework's own arguments stand for which option. The converters know nothing else.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from itertools import product
from types import MappingProxyType
from typing import Any

from lstmderiv._validation import instance
from lstmderiv.interchange.options import CELLS, Options

__all__ = ["FRAMEWORKS", "ArrayRule", "Convention", "Form", "Setting", "convention"]

# The options that choose which arrays there are, or which framework can hold a network at all.
DISCRETE = ("direction", "biases", "peepholes", "coupled", "projection", "projection_bias", "reset")
_KINDS = ("size", "option", "number", "activation", "activations", "constant")


@dataclass(frozen=True)
class ArrayRule:
    """One array of a framework, or one for each gate, and what it holds.

    Attributes
    ----------
    name : str
        Its name, with the fields {place}, {layer}, {direction}, {pseudo} and {gate}.
    parts : tuple of str
        The arrays of `Weights` that are joined in it.
    gates : tuple of str
        The gates whose blocks it holds, in the framework's order.
    gate_names : tuple of str
        What {gate} stands for, gate by gate.
    join : {None, "columns", "rows", "stack"}
        How several parts are joined: side by side, one below the other, or along a new first axis.
    each : bool
        Whether every gate has an array of its own.
    transposed : bool
        Whether it multiplies rows from the right, (inputs, outputs), where `Weights` has (outputs, inputs).
    when : mapping
        Options under which the array is there, each with the values that ask for it.
    """

    name: str
    parts: tuple
    gates: tuple
    gate_names: tuple
    join: str | None
    each: bool
    transposed: bool
    when: Mapping


@dataclass(frozen=True)
class Setting:
    """One of a framework's own arguments, and what it says in the terms of `Options`.

    Attributes
    ----------
    name : str
    kind : {"size", "option", "number", "activation", "activations", "constant"}
        A size (D, H, P or L); a choice among values of an option; an option's number; the name of one activation; the
        list of all of them; or the list of their constants.
    about : str or tuple
        The size, the option, the gates, the groups of gates, or "alpha" or "beta".
    values : tuple of pair
        For a choice: pairs of the framework's value and the option's.
    default : object
        The framework's own default.
    required : bool
        Whether it must be given.
    omitted : bool
        Whether it is left out where there is nothing to say, rather than given as `none`.
    none : object
        What stands for "no such size" or "no such number".
    none_size : str or None
        The size that stands for "no such size".
    of : str
        What takes it, if not the class of the form.
    """

    name: str
    kind: str
    about: Any
    values: tuple = ()
    default: Any = None
    required: bool = False
    omitted: bool = False
    none: Any = None
    none_size: str | None = None
    of: str = ""


@dataclass(frozen=True)
class Form:
    """How one framework stores one cell.

    Attributes
    ----------
    framework, title, cell, class_name : str
        The framework's key and name, the cell, and the framework's class or operator.
    gates, gate_names : tuple of str
        The gates in the framework's order, in our letters and in its own.
    arrays : tuple of ArrayRule
    settings : tuple of Setting
    can : tuple of mapping
        What it can hold: in each mapping, from options to the values allowed together. Others have their defaults.
    forget_bias : mapping
        "where": "run time", "initial value" or "none"; "default"; "setting".
    places : mapping
        What {place} is: "single", "stack", "single_bidirectional", "stack_bidirectional".
    directions : mapping
        What {direction} is: "forward", "reverse".
    stacked_directions : bool
        Whether the arrays of both directions are stacked on axis 0 instead of having two names.
    layout, finished : str
        Those of `Options`, where no setting says otherwise.
    notes : mapping
        From directions to what their user must know.
    activations : mapping
        From the framework's names of activations to (name, alpha, beta).
    """

    framework: str
    title: str
    cell: str
    class_name: str
    gates: tuple
    gate_names: tuple
    arrays: tuple
    settings: tuple
    can: tuple
    forget_bias: Mapping
    places: Mapping
    directions: Mapping
    stacked_directions: bool
    layout: str
    finished: str
    notes: Mapping
    activations: Mapping
    object_name: str

    def setting(self, option):
        """The setting of a number or a choice among values, or None if the framework has none.

        Parameters
        ----------
        option : str

        Returns
        -------
        Setting or None
        """
        return next((s for s in self.settings if s.kind in ("option", "number") and s.about == option), None)

    def choices(self, option):
        """The values of an option that the framework can hold.

        Parameters
        ----------
        option : str

        Returns
        -------
        tuple
        """
        return tuple(dict.fromkeys(value for table in self.can for value in table[option]))

    def candidates(self):
        """Every combination of values that the framework can hold.

        Returns
        -------
        list of dict
        """
        return [dict(zip(DISCRETE, values)) for table in self.can for values in product(*map(table.get, DISCRETE))]

    def cannot(self):
        """Options that the framework has no place for, each with the values that it cannot hold.

        Returns
        -------
        dict
        """
        every = {
            "direction": ("forward", "reverse", "bidirectional"),
            "peepholes": (False, True),
            "coupled": (None, "f", "i"),
            "projection": (False, True),
            "projection_bias": (False, True),
        }
        if self.cell != "lstm":
            every = {"direction": every["direction"]}
        if self.cell == "gru":
            every["reset"] = ("after", "before")
        lacks = {name: tuple(v for v in values if v not in self.choices(name)) for name, values in every.items()}
        numbers = ("clip", "cell_clip", "projection_clip") if self.cell == "lstm" else ("clip",)
        lacks |= {name: ("a number",) for name in numbers if self.setting(name) is None}
        if not any(s.kind in ("activation", "activations") for s in self.settings):
            lacks["activations"] = ("others",)
        return {name: values for name, values in lacks.items() if values}


@dataclass(frozen=True)
class Convention:
    """How one framework stores and runs recurrent networks.

    Attributes
    ----------
    framework, title, read : str
        Its key, its name, and the version that was read.
    sources : tuple of mapping
        "title" and "url" of what was read.
    layers, layout, finished, finished_remark, state : str
        How layers and directions are told apart, the axes of sequences, what outputs hold at the padded steps of a row
        (as in `Options`) and when, and the shapes of states.
    remarks : tuple of str
    cells : mapping
        From cells to their `Form`.
    """

    framework: str
    title: str
    read: str
    sources: tuple
    layers: str
    layout: str
    finished: str
    finished_remark: str
    state: str
    remarks: tuple
    cells: Mapping


def convention(framework):
    """How a framework stores and runs recurrent networks.

    Parameters
    ----------
    framework : str
        One of `FRAMEWORKS`.

    Returns
    -------
    Convention

    Raises
    ------
    TypeError
        If `framework` is no string.
    ValueError
        If it is none of them.
    """
    instance("framework", framework, str)
    if framework not in FRAMEWORKS:
        raise ValueError(f"framework: expected one of {', '.join(FRAMEWORKS)}, got {framework!r}")
    return _conventions()[framework]


@cache
def _table():
    text = (resources.files("lstmderiv.interchange") / "conventions.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _conventions():
    return {framework: _convention(framework, entry) for framework, entry in _table().items()}


def _convention(framework, entry):
    cells = {cell: _form(framework, cell, entry) for cell in CELLS if cell in entry}
    known = {f.name for f in fields(Convention)} - {"framework", "cells", "sources", "remarks"}
    return Convention(
        framework,
        sources=tuple(MappingProxyType(source) for source in entry["sources"]),
        remarks=tuple(entry.get("remarks", ())),
        cells=MappingProxyType(cells),
        **{name: entry.get(name, "") for name in known},
    )


def _form(framework, cell, entry):
    form = entry[cell]
    gates, names = tuple(form["gates"]), tuple(form["gate_names"])
    return Form(
        framework=framework,
        title=entry["title"],
        cell=cell,
        class_name=form["class"],
        gates=gates,
        gate_names=names,
        arrays=tuple(_rule(rule, gates, names) for rule in form["arrays"]),
        settings=tuple(
            _setting(name, data) for name, data in {**entry.get("settings", {}), **form.get("settings", {})}.items()
        ),
        can=tuple(_allowed(cell, {**entry.get("can", {}), **table}) for table in form["can"]),
        forget_bias=MappingProxyType(form.get("forget_bias", {"where": "none"})),
        places=MappingProxyType(entry.get("places", {})),
        directions=MappingProxyType(entry["directions"]),
        stacked_directions=entry.get("stacked_directions", False),
        layout=entry["layout"],
        finished=entry["finished"],
        notes=MappingProxyType(entry.get("notes", {})),
        activations=MappingProxyType(entry.get("activations", {})),
        object_name=form.get("object", ""),
    )


def _none(value):
    """TOML has no null: an option that is None is written "none"."""
    return None if value == "none" else value


def _rule(data, gates, names):
    own = tuple(data.get("gates", gates))
    return ArrayRule(
        name=data["name"],
        parts=tuple(data["parts"]),
        gates=own,
        gate_names=tuple(data.get("gate_names", [names[gates.index(gate)] for gate in own])),
        join=data.get("join"),
        each=data.get("each", False),
        transposed=data.get("transposed", False),
        when=MappingProxyType(
            {
                name: tuple(map(_none, value if isinstance(value, list) else [value]))
                for name, value in data.get("when", {}).items()
            }
        ),
    )


def _setting(name, data):
    (kind,) = set(data) & set(_KINDS)
    rest = {key: value for key, value in data.items() if key not in (kind, "values")}
    about = tuple(map(_frozen, data[kind])) if isinstance(data[kind], list) else data[kind]
    values = tuple((theirs, _none(ours)) for theirs, ours in data.get("values", ()))
    return Setting(name, kind, about, values=values, **{key: _frozen(value) for key, value in rest.items()})


def _frozen(value):
    return tuple(value) if isinstance(value, list) else value


def _allowed(cell, table):
    defaults = Options(cell=cell)
    return MappingProxyType({name: tuple(map(_none, table.get(name, [getattr(defaults, name)]))) for name in DISCRETE})


FRAMEWORKS = tuple(_table())
