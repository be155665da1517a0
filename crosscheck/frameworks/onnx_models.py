"""ONNX models of a case: one node a layer, and the shapes between them. Shared by all that run ONNX."""

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

__all__ = ["OPSET", "run_with"]

OPSET = 22
_OPERATORS = {"lstm": "LSTM", "gru": "GRU", "rnn": "RNN"}


def run_with(session, case, weights, dtype):
    """Outputs of a case, layer by layer; `session` takes a model and inputs, and returns the outputs of the node."""
    options, found = case.network.options, {"h_last": [], "c_last": []}
    batch_first = options.layout == "batch_first"
    x, L = case.x, len(case.network.layers)
    for n in range(L):
        prefix = f"layer{n}/" if L > 1 else ""
        held = {name.removeprefix(prefix): a for name, a in weights.arrays.items() if name.startswith(prefix)}
        inputs = {"X": x, "initial_h": _turned(case.h0[n], batch_first)}
        if case.c0 is not None:
            inputs["initial_c"] = _turned(case.c0[n], batch_first)
        inputs = {name: array.astype(dtype) for name, array in inputs.items()}
        if case.lengths is not None:
            inputs["sequence_lens"] = case.lengths.astype(np.int32)
        held = {name: array.astype(dtype) for name, array in held.items()}
        y, *last = session(_model(_OPERATORS[options.cell], held, inputs, weights.settings), inputs)
        # Y is (T, K, B, H), or (B, T, K, H) with layout = 1: directions side by side for the next layer.
        y = y if batch_first else np.moveaxis(y, 1, 2)
        x = y.reshape(*y.shape[:2], -1)
        for name, state in zip(found, last):
            found[name].append(_turned(state, batch_first))
    return {"y": x, **{name: np.stack(states) for name, states in found.items() if states}}


def _turned(state, batch_first):
    """(K, B, H) to (B, K, H) and back, if the batch comes first."""
    return np.ascontiguousarray(state.swapaxes(0, 1)) if batch_first else state


def _model(operator, held, inputs, attributes):
    names = ["X", "W", "R", "B", "sequence_lens", "initial_h"] + (["initial_c", "P"] if operator == "LSTM" else [])
    outputs = ["Y", "Y_h"] + (["Y_c"] if operator == "LSTM" else [])
    node = helper.make_node(
        operator, [name if name in held or name in inputs else "" for name in names], outputs, **attributes
    )
    graph = helper.make_graph(
        [node],
        operator,
        [_described(name, array.dtype, array.shape) for name, array in inputs.items()],
        [_described(name, held["W"].dtype, [None] * (4 if name == "Y" else 3)) for name in outputs],
        [numpy_helper.from_array(array, name) for name, array in held.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)
    checker.check_model(model)
    return model


def _described(name, dtype, shape):
    kind = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE, "int32": TensorProto.INT32}[str(dtype)]
    return helper.make_tensor_value_info(name, kind, shape)
