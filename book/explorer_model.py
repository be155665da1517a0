"""What the explorer shows: every value of the running example, the line it is set from, and where it stands.

The arithmetic is not here: it is written in JavaScript from the package's own functions (`javascript`), which this
module only names.
"""

import ast
import importlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from _figures.cell import lit_parts
from javascript import Program
from proveq.sphinx import Body

from lstmderiv import LSTMParameters, checks, one_hot, running_example
from lstmderiv.lstm_cell import lstm_cell_step, lstm_cell_step_backward

__all__ = ["CHAPTER", "VALUES", "Value", "arithmetic", "line", "parts", "settings", "sources"]

# The package's modules bear the names of their functions.
_cross_entropy = importlib.import_module("lstmderiv.cross_entropy")
_dense = importlib.import_module("lstmderiv.dense")
_lstm = importlib.import_module("lstmderiv.lstm")
_softmax = importlib.import_module("lstmderiv.softmax")

GATES = "figo"
#: Whose symbols the values are, in the symbol table.
CHAPTER = "lstm"
#: Arguments pass through these: the position of the one that is handed on, or "all".
CHECKS = {
    checks.floating: 1,
    checks.integers: 1,
    checks.real_scalar: 1,
    checks.positive_integer: 1,
    _cross_entropy._arguments: "all",
    _dense._inputs_and_weights: "all",
}


@dataclass(frozen=True)
class Value:
    """One value that can be selected.

    Attributes
    ----------
    name : str
        As the symbol table has it.
    direction : str
        "forward" or "backward".
    place : str
        "cell" where it arises at every step, "output" where it arises once, "carried" where a step is handed it.
    function, result : function and str
        The line it is set from; None for what is handed in.
    node : str
        What stands for it in the picture of the cell.
    names : dict
        Names in that line, or where it is handed in anything it comes from, to values of this list.
    """

    name: str
    direction: str
    place: str
    function: Any
    result: str
    node: str
    names: dict = field(default_factory=dict)


def _forward(name):
    return Value(name, "forward", "cell", lstm_cell_step, name, name)


def _backward(name, node):
    return Value(name, "backward", "cell", lstm_cell_step_backward, name, node)


def _output(name, direction, function, result, **names):
    return Value(name, direction, "output", function, result, "output", names)


def _carried(name, direction, node, *sources):
    return Value(name, direction, "carried", None, "", node, {source: source for source in sources})


_FORWARD = ("z", *(f"a_{gate}" for gate in GATES), *GATES, "c", "tanh_c", "h")
_BACKWARD = {
    "d_o": "o", "d_a_o": "a_o", "d_tanh_c": "tanh_c", "d_c": "c", "d_g": "g", "d_a_g": "a_g", "d_f": "f",
    "d_a_f": "a_f", "d_i": "i", "d_a_i": "a_i", **{f"d_{kind}_{gate}": f"a_{gate}" for gate in GATES for kind in "Wb"},
    "d_z": "z", "d_x": "x", "d_h_prev": "h_prev", "d_c_prev": "c_prev",
}  # fmt: skip
#: All values, in the order in which they are computed.
VALUES = (
    _carried("x", "forward", "x"),
    _carried("h_prev", "forward", "h_prev", "h"),
    _carried("c_prev", "forward", "c_prev", "c"),
    *map(_forward, _FORWARD),
    _output("logits", "forward", _dense.dense, "return", x="h"),
    _output("p", "forward", _softmax.softmax, "p", exponentials="logits"),
    _output("loss", "forward", _cross_entropy.cross_entropy, "loss", log_p="p"),
    _output("d_logits", "backward", _cross_entropy.cross_entropy_backward, "d_logits"),
    _output("d_W_y", "backward", _dense.dense_backward, "d_W", x="h", d_y="d_logits"),
    _output("d_b_y", "backward", _dense.dense_backward, "d_b", d_y="d_logits"),
    _output("d_h_ext", "backward", _dense.dense_backward, "d_x", d_y="d_logits"),
    _carried("d_h_next", "backward", "h_next", "d_h_prev"),
    _carried("d_c_next", "backward", "c_next", "d_c_prev"),
    Value("d_h", "backward", "cell", _lstm.lstm_backward, "d_h_t", "h", {"d_h": "d_h_ext"}),
    *(_backward(name, node) for name, node in _BACKWARD.items()),
)
_NODES = {value.name: value.node for value in VALUES}


def line(value):
    """The assignment that a value is set from, or None where it is handed in."""
    return Body(value.function).find(value.result) if value.function else None


def sources(value):
    """The values that a value is made of, in the order of `VALUES`; what is handed in comes from another step."""
    if value.function is None:
        return list(value.names)
    nodes = [node for node in ast.walk(line(value).value) if isinstance(node, ast.Name | ast.Attribute)]
    names = {node.id if isinstance(node, ast.Name) else node.attr for node in nodes}
    found = {value.names.get(name, name) for name in names} - {value.name}
    return [name for name in _NODES if name in found]


def parts(value):
    """What is lit in the picture of the cell: the value, and the values of its own step and pass that it is made of."""
    near = [] if value.place == "carried" else sources(value)
    same_pass = {one.name for one in VALUES if one.direction == value.direction}
    return sorted(lit_parts((value.node, *(_NODES[name] for name in near if name in same_pass))))


def arithmetic():
    """The package's functions in JavaScript."""
    program = Program(CHECKS)
    for value in VALUES:
        if value.place == "cell" and value.name != "d_h":
            program.want(value.function, value.result)
    program.want_line(_lstm.lstm_backward, "d_h_t", {"d_h[rows, t]": "d_h_ext", "d_h_next[rows]": "d_h_next"})
    for value in VALUES:
        if value.place == "output":
            program.want(value.function, value.result)
    program.want(one_hot, "return")
    return program.source()


def settings():
    """Numbers that the page starts from, and the ranges of what the reader may change."""
    parameters = running_example.initial_parameters()
    ids, targets = running_example.windows()
    W, b = parameters["lstm"].W, parameters["lstm"].b
    H = len(b) // 4
    marked = LSTMParameters(np.zeros(W.shape), np.arange(len(b)))
    drawn = np.random.default_rng(4).normal(size=W.shape).round(2)
    return {
        "words": list(running_example.VOCABULARY),
        "text": [running_example.VOCABULARY.index(word) for word in running_example.TEXT.split()],
        "window": {"start": 2, "ids": ids[2].tolist(), "target": int(targets[2])},
        # Which of the stacked blocks is which gate's, read off the parameters themselves.
        "blocks": {gate: int(getattr(marked, f"b_{gate}")[0]) // H for gate in GATES},
        "scale": float(W[0, 0]),
        "bias": float(b[0]),
        "forgetBias": running_example.FORGET_BIAS,
        "drawn": drawn.tolist(),
        "output": {key: parameters["output"][key].tolist() for key in ("W", "b")},
    }
