"""PyTorch: torch.nn.LSTM, GRU and RNN in float64, with packed sequences for rows of different lengths."""

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
