"""Keras on TensorFlow, in float64."""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf

from crosscheck.frameworks.keras_layers import Stack, inputs

TITLE = "Keras on TensorFlow"
CONVENTION = "keras"
PACKAGES = ("keras", "tensorflow")
DTYPE = "float64"
HOME = {"labels": (), "finished": ("last", "zero"), "layouts": ("batch_first",)}


def run(case, weights):
    """(outputs, gradients) of a case, by name."""
    stack = Stack(case, weights)
    given = {name: tf.constant(array) for name, array in inputs(case).items()}
    with tf.GradientTape() as tape:
        for tensor in given.values():
            tape.watch(tensor)
        found = stack.outputs(given)
        loss = stack.loss(found, case)
    gradients = tape.gradient(loss, {**given, **{path: v.value for path, v in stack.variables.items()}})
    return tuple({name: t.numpy() for name, t in group.items()} for group in (found, gradients))
