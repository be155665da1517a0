"""The LSTM and its language model on JAX: the package's own lines, compiled, on any device and on several.

Nothing else in the package imports this one. It needs JAX: the extra `lstmderiv[jax]`.
"""

from importlib.util import find_spec

if find_spec("jax") is None:
    raise ImportError("lstmderiv.on_jax needs the package `jax`: pip install lstmderiv[jax]", name="jax")

from lstmderiv.on_jax.language_model import language_model_gradients, language_model_update, tree
from lstmderiv.on_jax.lines import rebound
from lstmderiv.on_jax.sequence import LSTMOutputs, lstm, lstm_cell

__all__ = [
    "LSTMOutputs",
    "language_model_gradients",
    "language_model_update",
    "lstm",
    "lstm_cell",
    "rebound",
    "tree",
]
