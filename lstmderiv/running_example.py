"""The series' running example: predict the fourth word from three, with one LSTM layer and an output layer.

Text, sizes, starting weights and learning rate are the articles'; everything else is computed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstmderiv.checks import instance, integers, same_keys
from lstmderiv.cross_entropy import cross_entropy, cross_entropy_backward, one_hot
from lstmderiv.dense import DenseGradients, dense, dense_backward
from lstmderiv.lstm import LSTMGradients, LSTMTrace, lstm, lstm_backward
from lstmderiv.lstm_cell import LSTMParameters
from lstmderiv.optimize import gradient_descent
from lstmderiv.types import Array, ArrayLike, Real

__all__ = [
    "FORGET_BIAS",
    "HIDDEN_SIZE",
    "LEARNING_RATE",
    "TEXT",
    "VOCABULARY",
    "WINDOW",
    "WordGradients",
    "WordTrace",
    "initial_parameters",
    "predict",
    "predict_backward",
    "train",
    "windows",
]

TEXT = "long ago the mice had a general council to consider the"
VOCABULARY = tuple(sorted(set(TEXT.split())))
WINDOW = 3
HIDDEN_SIZE = 5
FORGET_BIAS = 1.0
LEARNING_RATE = 0.001

# The output layer's starting weights (5 x 10) and biases (10), as the articles' comparison with TensorFlow fixes them.
_OUTPUT_W = (
    (-0.09588283, -2.2044923, -0.74828255, 0.14180686, -0.32083616, -0.9444244, 0.06826905,
     -0.9728962, -0.18506959, 1.0618515),
    (1.156649, 3.2738173, -1.2556943, -0.9079511, -0.82127047, -1.1448543, -0.60807484, -0.5885713,
     1.0378786, -0.7088431),
    (1.006477, 0.28033388, -0.1804534, 0.8093307, -0.36991575, 0.29115433, -0.01028167, -0.7357091,
     0.92254084, -0.10753923),
    (0.19266959, 0.6108299, 2.2495654, 1.5288974, 1.0172302, 1.1311738, 0.2666629, -0.30611828,
     -0.01412263, 0.44799015),
    (0.19266959, 0.6108299, 2.2495654, 1.5288974, 1.0172302, 1.1311738, 0.2666629, -0.30611828,
     -0.01412263, 0.44799015),
)  # fmt: skip
_OUTPUT_B = (
    0.1458478, -0.3660951, -2.1647317, -1.9633691, -0.24532059, 0.14005205, -1.0961286,
    -0.43737876, 0.7028531, -1.8481724,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class WordTrace:
    """Every intermediate of one prediction.

    Attributes
    ----------
    lstm : LSTMTrace
    logits : ndarray (B, N)
    loss : ndarray (B,)
    targets : ndarray of integers (B,)
    parameters : dict
        As given to `predict`.
    """

    lstm: LSTMTrace
    logits: Array
    loss: Array
    targets: Array
    parameters: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class WordGradients:
    """Every gradient of one prediction, of the loss summed over the batch.

    Attributes
    ----------
    d_logits : ndarray (B, N)
    output : DenseGradients
    lstm : LSTMGradients
    parameters : dict
        {"lstm": LSTMParameters, "output": DenseGradients' W and b}: what `gradient_descent` takes.
    """

    d_logits: Array
    output: DenseGradients
    lstm: LSTMGradients
    parameters: dict[str, Any]


def windows() -> tuple[Array, Array]:
    """Word numbers of every window of the text, and of the word that follows it.

    Returns
    -------
    ids : ndarray of integers (8, 3)
    targets : ndarray of integers (8,)
    """
    numbers = np.array([VOCABULARY.index(word) for word in TEXT.split()])
    starts = np.arange(len(numbers) - WINDOW)
    return numbers[starts[:, None] + np.arange(WINDOW)], numbers[starts + WINDOW]


def initial_parameters() -> dict[str, Any]:
    """The articles' starting parameters.

    Returns
    -------
    dict
        "lstm": LSTMParameters, all 0.1, (20, 15) and (20,); "output": {"W": (5, 10), "b": (10,)}. float64.
    """
    D, H = len(VOCABULARY), HIDDEN_SIZE
    return {
        "lstm": LSTMParameters(np.full((4 * H, D + H), 0.1), np.full(4 * H, 0.1)),
        "output": {"W": np.array(_OUTPUT_W), "b": np.array(_OUTPUT_B)},
    }


def predict(parameters: Mapping[str, Any], ids: ArrayLike, targets: ArrayLike) -> WordTrace:
    """Forward pass: one-hot inputs, LSTM, output layer at the last step, cross-entropy.

    Parameters
    ----------
    parameters : dict
        As from `initial_parameters`.
    ids : array_like of integers (B, T)
        Word numbers, in 0..9.
    targets : array_like of integers (B,)
        The words to be predicted.

    Returns
    -------
    WordTrace

    Raises
    ------
    TypeError, ValueError
        If ids or targets are not word numbers or shapes do not fit.
    """
    same_keys("parameters", parameters, ("lstm", "output"))
    same_keys("parameters['output']", parameters["output"], ("W", "b"))
    ids, targets = _words(ids, targets, "B")
    trace = lstm(one_hot(ids, len(VOCABULARY)), parameters["lstm"], forget_bias=FORGET_BIAS)
    logits = dense(trace.h_last, parameters["output"]["W"], parameters["output"]["b"])
    return WordTrace(trace, logits, cross_entropy(logits, targets), targets.copy(), parameters)


def _words(ids, targets, rows):
    N = len(VOCABULARY)
    ids = integers("ids", ids, (rows, "T"), 0, N, bounds=f"in 0..N-1 with N = {N}")
    sizes = {rows: ids.shape[0]}
    return ids, integers("targets", targets, (rows,), 0, N, bounds=f"in 0..N-1 with N = {N}", **sizes)


def predict_backward(trace: WordTrace) -> WordGradients:
    """Backward pass of `predict`: the gradients of the loss summed over the batch.

    Parameters
    ----------
    trace : WordTrace

    Returns
    -------
    WordGradients

    Raises
    ------
    TypeError
        If `trace` is not a WordTrace.
    """
    instance("trace", trace, WordTrace)
    d_logits = cross_entropy_backward(trace.logits, trace.targets)
    output = dense_backward(d_logits, trace.lstm.h_last, trace.parameters["output"]["W"])
    through_time = lstm_backward(None, trace.lstm, d_h_last=output.x)
    parameters = {
        "lstm": LSTMParameters(through_time.W, through_time.b),
        "output": {"W": output.W, "b": output.b},
    }
    return WordGradients(d_logits, output, through_time, parameters)


def train(
    parameters: Mapping[str, Any], ids: ArrayLike, targets: ArrayLike, learning_rate: Real = LEARNING_RATE
) -> tuple[dict[str, Any], Array]:
    """Plain gradient descent, one window a step.

    Parameters
    ----------
    parameters : dict
        As from `initial_parameters`. Not changed.
    ids : array_like of integers (S, T)
        The window of each of S steps.
    targets : array_like of integers (S,)
        The word after each.
    learning_rate : float, optional

    Returns
    -------
    parameters : dict
        After the last step.
    losses : ndarray (S,)
        The loss of each step, before its update.

    Raises
    ------
    TypeError, ValueError
        As for `predict` and `gradient_descent`.
    """
    losses = []
    for window, target in zip(*_words(ids, targets, "S")):
        trace = predict(parameters, window[None], target[None])
        losses.append(trace.loss[0])
        parameters = gradient_descent(parameters, predict_backward(trace).parameters, learning_rate)
    return parameters, np.array(losses)
