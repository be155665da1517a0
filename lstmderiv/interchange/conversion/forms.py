"""How one framework stores one cell: its arrays, its own arguments, and what it can hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

from lstmderiv.interchange.conversion.pieces import described

__all__ = ["DISCRETE", "KINDS", "ArrayRule", "Form", "Setting"]

# The options that choose which arrays there are, or which framework can hold a network at all.
DISCRETE = ("direction", "biases", "peepholes", "coupled", "projection", "projection_bias", "reset")
KINDS = ("size", "option", "number", "activation", "activations", "constant")


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
    parts: tuple[str, ...]
    gates: tuple[str, ...]
    gate_names: tuple[str, ...]
    join: str | None
    each: bool
    transposed: bool
    when: Mapping[str, tuple[Any, ...]]


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
    below : str or None
        The size that this one must be smaller than.
    of : str
        What takes it, if not the class of the form.
    """

    name: str
    kind: Literal["size", "option", "number", "activation", "activations", "constant"]
    about: Any
    values: tuple[tuple[Any, Any], ...] = ()
    default: Any = None
    required: bool = False
    omitted: bool = False
    none: Any = None
    none_size: str | None = None
    below: str | None = None
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
    finished_both : str
        What outputs hold with both directions, whatever a setting says; empty if that is no other case.
    notes : mapping
        From directions to what their user must know.
    activations : mapping
        From the framework's names of activations to (name, alpha, beta).
    object_name : str
        What {object} is.
    aliases : tuple of pair
        What names may hold, and what the names here have in its place.
    counted : bool
        Whether the numbers in names go on counting through a session: their order then tells the layers.
    """

    framework: str
    title: str
    cell: str
    class_name: str
    gates: tuple[str, ...]
    gate_names: tuple[str, ...]
    arrays: tuple[ArrayRule, ...]
    settings: tuple[Setting, ...]
    can: tuple[Mapping[str, tuple[Any, ...]], ...]
    forget_bias: Mapping[str, Any]
    places: Mapping[str, str]
    directions: Mapping[str, str]
    stacked_directions: bool
    layout: str
    finished: str
    finished_both: str
    notes: Mapping[str, str]
    activations: Mapping[str, Sequence[Any]]
    object_name: str
    aliases: tuple[tuple[str, str], ...]
    counted: bool

    def setting(self, option: str) -> Setting | None:
        """The setting of a number or a choice among values, or None if the framework has none.

        Parameters
        ----------
        option : str

        Returns
        -------
        Setting or None
        """
        return next((s for s in self.settings if s.kind in ("option", "number") and s.about == option), None)

    def finished_choices(self, direction: str) -> tuple[str, ...]:
        """What outputs can hold after the end of a row.

        Parameters
        ----------
        direction : str

        Returns
        -------
        tuple of str
        """
        if direction == "bidirectional" and self.finished_both:
            return (self.finished_both,)
        setting = self.setting("finished")
        return tuple(ours for _, ours in setting.values) if setting else (self.finished,)

    def choices(self, option: str) -> tuple[Any, ...]:
        """The values of an option that the framework can hold.

        Parameters
        ----------
        option : str

        Returns
        -------
        tuple
        """
        return tuple(dict.fromkeys(value for table in self.can for value in table[option]))

    def candidates(self) -> list[dict[str, Any]]:
        """Every combination of values that the framework can hold.

        Returns
        -------
        list of dict
        """
        return [dict(zip(DISCRETE, values)) for table in self.can for values in product(*map(table.get, DISCRETE))]

    def arrays_of(self, candidate: Mapping[str, Any], layers: int = 1) -> list[tuple[str, str, str]]:
        """The arrays that the framework has for a network.

        Parameters
        ----------
        candidate : mapping
            One of `candidates()`.
        layers : int, optional

        Returns
        -------
        list of tuple of str
            Of each array its name, its shape in symbols, and what it holds.
        """
        return described(self, candidate, layers)

    def cannot(self) -> dict[str, tuple[Any, ...]]:
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
