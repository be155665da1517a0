"""Keras on PyTorch, in float64."""

import os

os.environ["KERAS_BACKEND"] = "torch"

import torch

from crosscheck.frameworks.keras_layers import Stack, inputs

TITLE = "Keras on PyTorch"
CONVENTION = "keras"
PACKAGES = ("keras", "torch")
DTYPE = "float64"
HOME = {"labels": (), "finished": ("last", "zero"), "layouts": ("batch_first",)}


def run(case, weights):
    """(outputs, gradients) of a case, by name."""
    stack = Stack(case, weights)
    given = {name: torch.tensor(array, requires_grad=True) for name, array in inputs(case).items()}
    found = stack.outputs(given)
    stack.loss(found, case).backward()
    gradients = {name: tensor.grad for name, tensor in given.items()}
    gradients |= {path: variable.value.grad for path, variable in stack.variables.items()}
    return tuple({name: t.detach().numpy() for name, t in group.items()} for group in (found, gradients))
