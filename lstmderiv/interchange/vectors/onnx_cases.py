"""A case as an ONNX test case: a model, and one set of inputs and outputs, in the layout of ONNX's own backend tests.

Needs the package `onnx`; nothing else in `lstmderiv` imports this module.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

from lstmderiv.checks import ArgumentError
from lstmderiv.interchange.case import Case
from lstmderiv.interchange.conversion.convert import to_framework
from lstmderiv.types import Tensors

__all__ = ["OPSET", "onnx_files"]

# The operators LSTM, GRU and RNN stand in this set; files of this version of the format can hold it.
OPSET, FORMAT_VERSION = 22, 10


def onnx_files(case: Case, sections: Mapping[str, Tensors]) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The files of a case, from names to bytes, and whether the operator covers it: (files, {"covered", "because"}).

    The model reads sequences with time first, whatever the case's layout, as ONNX Runtime has no other. Each layer is
    a node. Values are those of `sections`, in their dtype.
    """
    options = case.network.options
    because = None
    if case.lengths is not None and options.finished != "zero":
        because = f"finished rows put out zeros in ONNX, here {options.finished!r}"
    elif case.lengths is not None and not all(case.lengths):
        because = "ONNX does not say in which state a row without steps ends"
    if because is not None:
        return {}, {"covered": False, "because": because}
    dtype = sections["inputs"]["x"].dtype
    network = case.network.astype(dtype).replace(layout="time_first", finished="zero")
    try:
        weights = to_framework("onnx", network)
    except ArgumentError as error:
        return {}, {"covered": False, "because": str(error)}
    model, inputs, outputs = _model(case, weights, sections, dtype)
    checker.check_model(model, full_check=True)
    files = {"model.onnx": model.SerializeToString(deterministic=True)}
    for kind, arrays in (("input", inputs), ("output", outputs)):
        for k, (name, array) in enumerate(arrays.items()):
            tensor = numpy_helper.from_array(np.ascontiguousarray(array), name)
            files[f"test_data_set_0/{kind}_{k}.pb"] = tensor.SerializeToString(deterministic=True)
    return files, {"covered": True, "because": None}


def _model(case, weights, sections, dtype):
    """The model, and its inputs and outputs by name."""
    given, found = sections["inputs"], sections["forward"]
    turn = (lambda a: a) if case.network.options.layout == "time_first" else (lambda a: a.swapaxes(0, 1))
    layers, states = len(case.network.layers), "hc" if "c0" in given else "h"
    # Zero states are left out: that is what the operator starts from.
    with_states = any(np.any(given[f"{state}0"]) for state in states)
    inputs, outputs, nodes = {"X": turn(given["x"])}, {}, []
    if "lengths" in given:
        inputs["sequence_lens"] = given["lengths"].astype(np.int32)
    constants = dict(weights.arrays)
    flow = "X"
    for n in range(layers):
        place = f"layer{n}/" if layers > 1 else ""
        start = {state: f"{place}initial_{state}" if with_states else "" for state in states}
        end = {state: f"{place}Y_{state}" for state in states}
        for state in states:
            if with_states:
                inputs[start[state]] = given[f"{state}0"][n]
            outputs[end[state]] = found[f"{state}_last"][n]
        named = [f"{place}{name}" if f"{place}{name}" in constants else "" for name in ("W", "R", "B")]
        peepholes = f"{place}P" if f"{place}P" in constants else ""
        lengths = "sequence_lens" if "lengths" in given else ""
        read = [flow, *named, lengths, *start.values(), *([peepholes] if peepholes else [])]
        while not read[-1]:
            read.pop()
        name = {"lstm": "LSTM", "gru": "GRU", "rnn": "RNN"}[weights.cell]
        nodes.append(helper.make_node(name, read, [f"{place}Y", *end.values()], f"{place}{name}", **weights.settings))
        if n + 1 < layers:
            # (T, K, B, H) to (T, B, KH): what the next layer reads.
            nodes.append(helper.make_node("Transpose", [f"{place}Y"], [f"{place}turned"], perm=[0, 2, 1, 3]))
            nodes.append(helper.make_node("Reshape", [f"{place}turned", "joined_shape"], [f"{place}joined"]))
            constants["joined_shape"] = np.array([0, 0, -1])
            flow = f"{place}joined"
    y = turn(found["y"])
    K = len(case.network.options.directions)
    outputs = {f"{place}Y": y.reshape(*y.shape[:2], K, -1).swapaxes(1, 2), **outputs}
    graph = helper.make_graph(
        nodes,
        case.name,
        [_declared(name, array) for name, array in inputs.items()],
        [_declared(name, array) for name, array in outputs.items()],
        [numpy_helper.from_array(np.ascontiguousarray(array), name) for name, array in constants.items()],
        doc_string=case.description,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=FORMAT_VERSION)
    return model, inputs, outputs


def _declared(name, array):
    kinds = {"f": helper.np_dtype_to_tensor_dtype(array.dtype), "i": TensorProto.INT32}
    return helper.make_tensor_value_info(name, kinds[array.dtype.kind], array.shape)
