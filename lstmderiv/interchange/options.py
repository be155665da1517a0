"""What a recurrent operator computes, as data: one options object for LSTM, GRU and the simple recurrent network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from lstmderiv.checks import ArgumentError, ArgumentTypeError, flag, real_scalar
from lstmderiv.interchange.activations import Activation, activation
from lstmderiv.types import CellName, DirectionName, Finished, Layout, Real, Reset

__all__ = ["CELLS", "DIRECTIONS", "GATES", "Options"]

# The blocks of a cell's weights, in the order of this package.
GATES = {"lstm": ("f", "i", "g", "o"), "gru": ("r", "u", "g"), "rnn": ("h",)}
CELLS = tuple(GATES)
# By direction of the operator: the directions that a layer runs, in the order of its outputs.
DIRECTIONS = {"forward": ("forward",), "reverse": ("reverse",), "bidirectional": ("forward", "reverse")}

_ACTIVATIONS = {
    "lstm": {"f": "sigmoid", "i": "sigmoid", "g": "tanh", "o": "sigmoid", "c": "tanh"},
    "gru": {"r": "sigmoid", "u": "sigmoid", "g": "tanh"},
    "rnn": {"h": "tanh"},
}
_CHOICES = {
    "cell": CELLS,
    "direction": tuple(DIRECTIONS),
    "layout": ("batch_first", "time_first"),
    "finished": ("zero", "last", "computed"),
}


@dataclass(frozen=True)
class Options:
    """Everything that recurrent operators disagree on, for every layer and direction of one network.

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}
    direction : {"forward", "reverse", "bidirectional"}
        "reverse" runs each row from its own last step to its first; outputs stay aligned in time with the inputs.
        "bidirectional" concatenates the outputs of both, forward first.
    layout : {"batch_first", "time_first"}
        Axes of every sequence: (B, T, ...) or (T, B, ...).
    biases : {0, 1, 2}
        None; one, `b_x`; or two, `b_x` with the input's product and `b_h` with the hidden state's. They differ in
        rounding only, but for a GRU with reset "after", whose reset gate multiplies the candidate's part of `b_h`.
    forget_bias : float
        LSTM: added to the forget gate's pre-activation in every step.
    peepholes : bool
        LSTM: f and i read the old cell state, o the new one, each through one weight per unit.
    coupled : {None, "f", "i"}
        LSTM: the gate that is not computed from its own weights but as one minus the other, f = 1 - i (ONNX's
        `input_forget`) or i = 1 - f (TensorFlow Lite's CIFG). Its weights stay in their place, unused.
    projection, projection_bias : bool
        LSTM: the new hidden state (B, P) is a linear map of what the output gate lets through (B, H), and its bias.
    clip : float or None
        Every pre-activation is cut to [-clip, clip].
    cell_clip, projection_clip : float or None
        LSTM: the new cell state, or the projected hidden state, is cut likewise.
    reset : {None, "after", "before"}
        GRU: whether the reset gate multiplies the product of weights and hidden state ("after", the default) or the
        hidden state before that product. None for the other cells.
    activations : mapping or None
        From gates to activations, each a name, (name, alpha), (name, alpha, beta) or `Activation`. LSTM: f, i, g, o and
        c, the function of the cell state that the output gate multiplies; GRU: r, u, g; RNN: h. What is left out is the
        sigmoid for gates and tanh for candidates and states.
    finished : {"zero", "last", "computed"}
        What outputs hold at the padded steps of a row: zero (ONNX, cuDNN, packed sequences); the last output before
        (Keras masks; where nothing came before, as in the reverse direction, zero); or what the cell computes if it
        just goes on (Flax; in the reverse direction it then reads the padding, from its end). The last states are in
        every case those after a row's own last step.

    Raises
    ------
    TypeError
        If a value is of the wrong type.
    ValueError
        If a choice is unknown, or two options contradict each other.

    Notes
    -----
    Source: ONNX operators LSTM, GRU and RNN; Sak et al. (2014) for the projection; Greff et al. (2017) for the coupled
    gates.
    """

    cell: CellName = "lstm"
    direction: DirectionName = "forward"
    layout: Layout = "batch_first"
    biases: Literal[0, 1, 2] = 1
    forget_bias: float = 0.0
    peepholes: bool = False
    coupled: Literal["f", "i"] | None = None
    projection: bool = False
    projection_bias: bool = False
    clip: float | None = None
    cell_clip: float | None = None
    projection_clip: float | None = None
    reset: Reset | None = None
    activations: Mapping[str, Activation] = None
    finished: Finished = "zero"

    if TYPE_CHECKING:

        def __init__(
            self,
            cell: CellName = "lstm",
            direction: DirectionName = "forward",
            layout: Layout = "batch_first",
            biases: Literal[0, 1, 2] = 1,
            forget_bias: Real = 0.0,
            peepholes: bool = False,
            coupled: Literal["f", "i"] | None = None,
            projection: bool = False,
            projection_bias: bool = False,
            clip: Real | None = None,
            cell_clip: Real | None = None,
            projection_clip: Real | None = None,
            reset: Reset | None = None,
            activations: Mapping[str, Activation | str | Sequence[Any]] | None = None,
            finished: Finished = "zero",
        ) -> None: ...

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            _choice(name, getattr(self, name), choices)
        if isinstance(self.biases, bool) or not isinstance(self.biases, int):
            raise ArgumentTypeError("biases", "0, 1 or 2", type(self.biases).__name__)
        if self.biases not in (0, 1, 2):
            raise ArgumentError("biases", "0, 1 or 2", self.biases)
        for name in ("peepholes", "projection", "projection_bias"):
            self._set(name, flag(name, getattr(self, name)))
        self._set("forget_bias", float(real_scalar("forget_bias", self.forget_bias)))
        for name in ("clip", "cell_clip", "projection_clip"):
            if getattr(self, name) is not None:
                self._set(name, float(real_scalar(name, getattr(self, name), above=0)))
        if self.coupled is not None:
            _choice("coupled", self.coupled, ("f", "i"))
        if self.cell == "gru" and self.reset is None:
            self._set("reset", "after")
        if self.reset is not None:
            _choice("reset", self.reset, ("after", "before"))
        self._set("activations", _activations(self.cell, self.activations))
        self._refuse_contradictions()

    def _set(self, name, value):
        object.__setattr__(self, name, value)

    def _refuse_contradictions(self):
        defaults = {field.name: field.default for field in fields(self)}
        only = {"lstm": _ONLY_LSTM, "gru": ("reset",)}
        for cell, names in only.items():
            for name in names:
                value = getattr(self, name)
                if self.cell != cell and value != defaults[name]:
                    raise ArgumentError(name, f"{defaults[name]}, as cell is {self.cell!r}", repr(value))
        if not self.projection:
            for name in ("projection_bias", "projection_clip"):
                if getattr(self, name) != defaults[name]:
                    raise ArgumentError(name, f"{defaults[name]}, as projection is False", repr(getattr(self, name)))
        if self.coupled == "f" and self.forget_bias != 0:
            raise ArgumentError("forget_bias", "0, as the forget gate is coupled to the input gate", self.forget_bias)

    def __hash__(self) -> int:
        return hash(tuple(self.as_dict().items()).__repr__())

    @property
    def gates(self) -> tuple[str, ...]:
        """Names of the blocks of weights, in the order of this package."""
        return GATES[self.cell]

    @property
    def directions(self) -> tuple[str, ...]:
        """Names of the directions that each layer runs, in the order of its outputs."""
        return DIRECTIONS[self.direction]

    def as_dict(self) -> dict[str, Any]:
        """The options as JSON-able values, every one of them.

        Returns
        -------
        dict
            `Options(**options.as_dict())` equals `options`.
        """
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**values, "activations": {gate: one.as_list() for gate, one in self.activations.items()}}

    def differences(self) -> dict[str, Any]:
        """The options that differ from the cell's defaults: what sets this operator apart.

        Returns
        -------
        dict
        """
        defaults = Options(cell=self.cell).as_dict()
        return {name: value for name, value in self.as_dict().items() if value != defaults[name]}


_ONLY_LSTM = (
    "forget_bias", "peepholes", "coupled", "projection", "projection_bias", "cell_clip", "projection_clip",
)  # fmt: skip


def _choice(name, value, choices):
    expected = ", ".join(repr(choice) for choice in choices[:-1]) + f" or {choices[-1]!r}"
    if not isinstance(value, str):
        raise ArgumentTypeError(name, expected, type(value).__name__)
    if value not in choices:
        raise ArgumentError(name, expected, repr(value))


def _activations(cell, given):
    given = {} if given is None else given
    if not isinstance(given, Mapping):
        raise ArgumentTypeError("activations", "a mapping from gates", type(given).__name__)
    defaults = _ACTIVATIONS[cell]
    unknown = [gate for gate in given if gate not in defaults]
    if unknown:
        raise ArgumentError("activations", f"gates among {', '.join(defaults)}", repr(unknown[0]))
    return MappingProxyType(
        {gate: activation(f"activations[{gate!r}]", given.get(gate, default)) for gate, default in defaults.items()}
    )
