"""TensorFlow Lite's built-in operators on the CPU, by LiteRT: float32 and forward only. One model a layer."""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

TITLE = "TensorFlow Lite (LiteRT)"
CONVENTION = "tflite"
PACKAGES = ("ai-edge-litert",)
DTYPE = "float32"
HOME = {"labels": ("time_first",), "finished": ("computed",), "lengths": False}

_GATES = ("input", "forget", "cell", "output")
_LSTM = (
    *(f"input_to_{gate}_weights" for gate in _GATES),
    *(f"recurrent_to_{gate}_weights" for gate in _GATES),
    *(f"cell_to_{gate}_weights" for gate in ("input", "forget", "output")),
    *(f"{gate}_gate_bias" for gate in _GATES),
    "projection_weights",
    "projection_bias",
)
_RNN = ("weights", "recurrent_weights", "bias")


def run(case, weights):
    """(outputs, None) of a case."""
    options, L = case.network.options, len(case.network.layers)
    x, found = case.x.astype(np.float32), {"h_last": [], "c_last": []}
    for n in range(L):
        prefix = f"layer{n}/" if L > 1 else ""
        held = {name.removeprefix(prefix): a.astype(np.float32) for name, a in weights.arrays.items()
                if name.startswith(prefix)}  # fmt: skip
        states = [s[n, k] for k in range(len(options.directions)) for s in (case.h0, case.c0) if s is not None]
        x, states = _run_layer(options, held, weights.settings, x, [s.astype(np.float32) for s in states])
        kinds = 2 if case.c0 is not None else 1
        for k, name in enumerate(list(found)[:kinds]):
            found[name].append(np.stack(states[k::kinds]))
    return {"y": x} | {name: np.stack(states) for name, states in found.items() if states}, None


def _run_layer(options, held, settings, x, states):
    """Outputs and last states of one operator."""
    both, lstm = options.direction == "bidirectional", options.cell == "lstm"
    names = _LSTM if lstm else _RNN
    if both:
        held_in_order = [held.get(f"{way}_{name}") for way in ("fw", "bw") for name in names]
    else:
        held_in_order = [held.get(name) for name in names]
    if both and not lstm:
        inputs = [x, *held_in_order[:3], states[0], *held_in_order[3:], states[1], None, None, None]
        places = (4, 8)
    else:
        places = range(1 + len(held_in_order), 1 + len(held_in_order) + len(states))
        inputs = [x, *held_in_order, *states, *([None] * ((9 if both else 4) if lstm else 0))]
    width = sum(state.shape[-1] for state in (states[::2] if lstm else states))
    model = _Model()
    model.operator(options, settings, inputs, places, (*x.shape[:2], width))
    interpreter = Interpreter(model_content=model.packed(), num_threads=1)
    interpreter.allocate_tensors()
    interpreter.set_tensor(0, x)
    for place, state in zip(places, states):
        interpreter.set_tensor(model.index[place], state)
    interpreter.invoke()
    last = [interpreter.get_tensor(model.index[place]).copy() for place in places]
    return interpreter.get_tensor(model.output).copy(), last


class _Model:
    """A model of one operator, written with LiteRT's own schema."""

    def __init__(self):
        self.graph, self.model = schema.SubGraphT(), schema.ModelT()
        self.graph.tensors, self.model.buffers, self.index = [], [schema.BufferT()], {}

    def tensor(self, name, shape, data=None, variable=False):
        made = schema.TensorT()
        made.name, made.shape, made.type, made.isVariable = name, list(shape), schema.TensorType.FLOAT32, variable
        made.buffer = 0
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
            made.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        self.graph.tensors.append(made)
        return len(self.graph.tensors) - 1

    def operator(self, options, settings, inputs, states, shape):
        kind = "LSTM" if options.cell == "lstm" else "RNN"
        both = options.direction == "bidirectional"
        way = "Bidirectional" if both else "Unidirectional"
        for place, array in enumerate(inputs):
            if array is None:
                self.index[place] = -1
            elif place == 0 or place in states:
                self.index[place] = self.tensor(f"in{place}", array.shape, variable=place > 0)
            else:
                self.index[place] = self.tensor(f"in{place}", array.shape, array)
        self.output = self.tensor("output", shape)
        made = schema.OperatorT()
        made.inputs, made.outputs = list(self.index.values()), [self.output]
        # The schema's name for the options of the unidirectional RNN is the older one.
        name = "SequenceRNN" if (kind, both) == ("RNN", False) else f"{way}Sequence{kind}"
        chosen = getattr(schema, f"{name}OptionsT")()
        chosen.timeMajor = settings["time_major"]
        chosen.fusedActivationFunction = getattr(schema.ActivationFunctionType, settings["fused_activation_function"])
        if kind == "LSTM":
            chosen.cellClip, chosen.projClip = settings.get("cell_clip", 0.0), settings.get("proj_clip", 0.0)
        if both:
            chosen.mergeOutputs = True
        made.builtinOptions = chosen
        made.builtinOptionsType = getattr(schema.BuiltinOptions, f"{name}Options")
        code = schema.OperatorCodeT()
        code.builtinCode = getattr(schema.BuiltinOperator, f"{way}_SEQUENCE_{kind}".upper())
        code.deprecatedBuiltinCode, code.version = code.builtinCode, 1
        self.model.operatorCodes, self.graph.operators = [code], [made]
        self.graph.inputs, self.graph.outputs = [0], [self.output]
        self.model.subgraphs, self.model.version = [self.graph], 3

    def packed(self):
        builder = flatbuffers.Builder(1024)
        builder.Finish(self.model.Pack(builder), file_identifier=b"TFL3")
        return bytes(builder.Output())
