"""PyTorch: torch.nn.LSTM, GRU and RNN in float64, with packed sequences for rows of different lengths."""

import numpy as np
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

TITLE = "PyTorch"
CONVENTION = "pytorch"
PACKAGES = ("torch",)
DTYPE = "float64"
HOME = {"labels": (), "finished": ("zero",)}

_LAYERS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}


def run(case, weights):
    """(outputs, gradients) of a case, by name."""
    options = case.network.options
    layer = _LAYERS[options.cell](**weights.settings, dtype=torch.float64)
    layer.load_state_dict({name: torch.from_numpy(array) for name, array in weights.arrays.items()})
    batch_first = options.layout == "batch_first"
    x = torch.tensor(case.x, requires_grad=True)
    start = {name: _flat(state) for name, state in (("h0", case.h0), ("c0", case.c0)) if state is not None}
    read = x
    if case.lengths is not None:
        read = pack_padded_sequence(x, torch.from_numpy(case.lengths), batch_first=batch_first, enforce_sorted=False)
    y, last = layer(read, tuple(start.values()) if options.cell == "lstm" else start["h0"])
    if case.lengths is not None:
        y, _ = pad_packed_sequence(y, batch_first=batch_first, total_length=case.x.shape[1 if batch_first else 0])
    last = last if options.cell == "lstm" else (last,)
    loss = (y * torch.from_numpy(case.d_y)).sum()
    for state, upstream in zip(last, (case.d_h_last, case.d_c_last)):
        loss = loss + (state * _flat(upstream)).sum()
    loss.backward()
    shape = case.h0.shape[:3]
    outputs = {"y": y} | {f"{s}_last": state.reshape(*shape, -1) for s, state in zip("hc", last)}
    gradients = {"x": x.grad} | {name: state.grad.reshape(*shape, -1) for name, state in start.items()}
    gradients |= {name: parameter.grad for name, parameter in layer.named_parameters()}
    return tuple({name: t.detach().numpy() for name, t in found.items()} for found in (outputs, gradients))


def _flat(states):
    """(L, K, B, R) as PyTorch has it: (L K, B, R)."""
    L, K, *rest = states.shape
    return torch.tensor(states.reshape(L * K, *rest), requires_grad=True)


def example():
    """The arrays of a two-layer bidirectional LSTM, as a user of PyTorch would save them, without random numbers.

    D = 3 inputs, H = 4 units, B = 2 rows of T = 5 steps.
    """
    layer = torch.nn.LSTM(3, 4, num_layers=2, bidirectional=True, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        for n, parameter in enumerate(layer.parameters()):
            parameter.copy_(_waves(parameter.shape, n + 1))
    x = _waves((2, 5, 3), 0.5).requires_grad_()
    y, (h, c) = layer(x)
    d_y = _waves(y.shape, 0.25)
    (y * d_y).sum().backward()
    arrays = {"input": x, "output": y, "h_n": h, "c_n": c, "grad_output": d_y, "grad_input": x.grad}
    arrays |= layer.state_dict()
    arrays |= {f"grad_{name}": parameter.grad for name, parameter in layer.named_parameters()}
    return {name: np.asarray(tensor.detach().numpy()) for name, tensor in arrays.items()}


def _waves(shape, frequency):
    count = torch.arange(float(np.prod(shape)), dtype=torch.float64)
    return torch.sin(1.0 + frequency * count).reshape(tuple(shape)) / 2
