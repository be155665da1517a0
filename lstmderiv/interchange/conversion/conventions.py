"""How frameworks store and run recurrent networks, as data: `conventions.toml`, read and checked.

A framework has a convention, and in it a form for each cell that it has. A form says which arrays there are, what each
of them holds, and which of the framework's own arguments stand for which option. The converters know nothing else.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from types import MappingProxyType

from lstmderiv.checks import ArgumentError, instance
from lstmderiv.interchange.conversion.forms import DISCRETE, KINDS, ArrayRule, Form, Setting
from lstmderiv.interchange.options import CELLS, Options

__all__ = ["FRAMEWORKS", "Convention", "convention"]


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
    called : mapping
        From what its documentation calls inputs and results to their names here.
    cells : mapping
        From cells to their `Form`.
    """

    framework: str
    title: str
    read: str
    sources: tuple[Mapping[str, str], ...]
    layers: str
    layout: str
    finished: str
    finished_remark: str
    state: str
    remarks: tuple[str, ...]
    called: Mapping[str, str]
    cells: Mapping[str, Form]


def convention(framework: str) -> Convention:
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
        raise ArgumentError("framework", f"one of {', '.join(FRAMEWORKS)}", repr(framework))
    return _conventions()[framework]


@cache
def _table():
    text = (resources.files("lstmderiv.interchange.conversion") / "conventions.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _conventions():
    return {framework: _convention(framework, entry) for framework, entry in _table().items()}


def _convention(framework, entry):
    cells = {cell: _form(framework, cell, entry) for cell in CELLS if cell in entry}
    known = {f.name for f in fields(Convention)} - {"framework", "cells", "sources", "remarks", "called"}
    return Convention(
        framework,
        sources=tuple(MappingProxyType(source) for source in entry["sources"]),
        remarks=tuple(entry.get("remarks", ())),
        called=MappingProxyType(entry.get("called", {})),
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
        finished_both=entry.get("finished_both", ""),
        notes=MappingProxyType(entry.get("notes", {})),
        activations=MappingProxyType(entry.get("activations", {})),
        object_name=form.get("object", ""),
        aliases=tuple(map(tuple, entry.get("aliases", ()))),
        counted=entry.get("counted", False),
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
    (kind,) = set(data) & set(KINDS)
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
