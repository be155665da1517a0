"""A file as a user of PyTorch has it: weights, inputs, outputs and gradients of a two-layer bidirectional LSTM.

`python -m crosscheck.example` computes it anew, compares it with tests/data/pytorch_lstm.npz and writes that file where
there is none.
"""

import sys
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import torch

from crosscheck.compare import TOLERANCE

__all__ = ["FILE", "arrays", "main"]

FILE = Path(__file__).parents[1] / "tests" / "data" / "pytorch_lstm.npz"
# L = 2 layers of both directions, H = 4 units, D = 3 inputs, B = 2 rows of T = 5 steps.
SIZES = {"input_size": 3, "hidden_size": 4, "num_layers": 2, "bidirectional": True, "batch_first": True}


def arrays():
    """Everything by name: the state_dict, "input", "output", "h_n", "c_n", the gradient of the loss with respect to the
    output, "grad_output", and those that follow: "grad_input" and "grad_" before every name of the state_dict.
    """
    layer = torch.nn.LSTM(**SIZES, dtype=torch.float64)
    with torch.no_grad():
        for n, parameter in enumerate(layer.parameters()):
            parameter.copy_(_numbers(parameter.shape, 29 + 2 * n))
    x = _numbers((2, 5, 3), 23).requires_grad_()
    y, (h, c) = layer(x)
    d_y = _numbers(y.shape, 27)
    y.backward(d_y)
    found = {
        **layer.state_dict(),
        "input": x,
        "output": y,
        "h_n": h,
        "c_n": c,
        "grad_output": d_y,
        "grad_input": x.grad,
    }
    found |= {f"grad_{name}": parameter.grad for name, parameter in layer.named_parameters()}
    return {name: tensor.detach().numpy() for name, tensor in found.items()}


def _numbers(shape, factor):
    """Multiples of 1/512 in [-1, 1], from a formula: the same everywhere."""
    k = torch.arange(int(np.prod(shape)))
    return (((k * k * factor + k * 11 + factor) % 1021 - 510) / 512).to(torch.float64).reshape(tuple(shape))


def main():
    """Compare with the file, or write it; the exit code."""
    now = arrays()
    if not FILE.exists():
        with zipfile.ZipFile(FILE, "w") as archive:
            for name, array in now.items():
                held = BytesIO()
                np.lib.format.write_array(held, array, allow_pickle=False)
                # A fixed time: the same arrays make the same bytes.
                archive.writestr(zipfile.ZipInfo(f"{name}.npy"), held.getvalue())
        return 0
    with np.load(FILE, allow_pickle=False) as file:
        before = {name: file[name] for name in file.files}
    if before.keys() != now.keys():
        print(f"{FILE.name}: expected {', '.join(now)}, got {', '.join(before)}")
        return 1
    far = [name for name in now if not np.allclose(before[name], now[name], rtol=0, atol=TOLERANCE)]
    if far:
        print(f"{FILE.name}: PyTorch now computes otherwise: {', '.join(far)}")
    return bool(far)


if __name__ == "__main__":
    sys.exit(main())
