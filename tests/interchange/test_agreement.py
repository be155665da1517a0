"""What `make crosscheck` left behind: results that fit the list of cases, and a file of PyTorch's that we reproduce."""

from pathlib import Path

import numpy as np
import pytest

from lstmderiv.interchange import from_framework, gradients_to_framework, recurrent, recurrent_backward

ROOT = Path(__file__).parents[2]


@pytest.fixture
def pytorch_file():
    with np.load(ROOT / "tests" / "data" / "pytorch_lstm.npz", allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def test_pytorch_file_is_reproduced(pytorch_file):
    state = {name: a for name, a in pytorch_file.items() if name.startswith(("weight_", "bias_"))}
    network = from_framework("pytorch", state, "lstm", batch_first=True)
    trace = recurrent(pytorch_file["input"], network)
    gradients = recurrent_backward(pytorch_file["grad_output"], trace)

    def agrees(ours, theirs):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12 * np.abs(theirs).max())

    agrees(trace.y, pytorch_file["output"])
    agrees(trace.h_last.reshape(4, 2, 4), pytorch_file["h_n"])
    agrees(trace.c_last.reshape(4, 2, 4), pytorch_file["c_n"])
    agrees(gradients.x, pytorch_file["grad_input"])
    of_weights = gradients_to_framework("pytorch", network, gradients)
    assert of_weights.keys() == state.keys()
    for name, gradient in of_weights.items():
        agrees(gradient, pytorch_file[f"grad_{name}"])


def test_pytorch_file_has_two_layers_of_both_directions(pytorch_file):
    state = {name: a for name, a in pytorch_file.items() if name.startswith(("weight_", "bias_"))}
    assert len(state) == 16
    assert all(array.dtype == np.float64 and np.abs(array).max() > 0 for array in pytorch_file.values())
    assert pytorch_file["output"].shape == (2, 5, 8)
