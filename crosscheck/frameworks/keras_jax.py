"""Keras on JAX, in float64."""

import os

os.environ["KERAS_BACKEND"] = "jax"

import jax
import keras
import numpy as np

jax.config.update("jax_enable_x64", True)
# Step by step: to compile every case would take minutes.
jax.config.update("jax_disable_jit", True)

from crosscheck.frameworks.keras_layers import Stack, inputs  # noqa: E402

TITLE = "Keras on JAX"
CONVENTION = "keras"
PACKAGES = ("keras", "jax")
DTYPE = "float64"
# Without tanh, which returns float32 there; and without pairs, a case takes a second.
HOME = {
    "labels": ("relu_both", "relu_candidate", "relu_state"),
    "pairs": False,
    "finished": ("last", "zero"),
    "layouts": ("batch_first",),
}


def run(case, weights):
    """(outputs, gradients) of a case, by name."""
    stack = Stack(case, weights)
    given = inputs(case)
    values = {path: np.asarray(variable.value) for path, variable in stack.variables.items()}

    def loss(tensors):
        with keras.StatelessScope([(variable, tensors[path]) for path, variable in stack.variables.items()]):
            found = stack.outputs(tensors)
            return stack.loss(found, case), found

    gradients, found = jax.grad(loss, has_aux=True)({**given, **values})
    return tuple({name: np.asarray(t) for name, t in group.items()} for group in (found, gradients))
