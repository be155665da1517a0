"""A language model: embedding, LSTM, output layer, and a loss at every step, averaged over the steps that count.

What stands here is what holds the layers together; each layer's derivation is in its own module.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from lstmderiv.checks import ArgumentError, affordable, floating, instance, integers, positive_integer, same_keys
from lstmderiv.cross_entropy import cross_entropy, cross_entropy_backward
from lstmderiv.dense import DenseGradients, dense, dense_backward
from lstmderiv.embedding import embedding, embedding_backward
from lstmderiv.lstm import LSTMGradients, LSTMTrace, lstm, lstm_backward
from lstmderiv.lstm_cell import LSTMParameters
from lstmderiv.types import Array, ArrayLike, Real

__all__ = [
    "LanguageModelGradients",
    "LanguageModelTrace",
    "initial_parameters",
    "language_model",
    "language_model_backward",
    "perplexity",
]


@dataclass(frozen=True, eq=False)
class LanguageModelTrace:
    """Every intermediate of a forward pass.

    Attributes
    ----------
    ids, targets : ndarray of integers (B, T)
        The words read, and the words to be predicted; 0 at padded steps.
    mask : ndarray (B, T)
        1 at the steps that count, 0 at padded ones.
    lstm : LSTMTrace
        With `.x` (B, T, D), the rows of the embedding table, and `.h_last`, `.c_last` (B, H).
    logits : ndarray (B, T, V)
    step_losses : ndarray (B, T)
        Cross-entropy of every step, 0 at padded ones.
    mean_loss : number
        Their sum over the number of steps that count.
    parameters : dict
        As given to `language_model`.
    """

    ids: Array
    targets: Array
    mask: Array
    lstm: LSTMTrace
    logits: Array
    step_losses: Array
    mean_loss: Any
    parameters: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class LanguageModelGradients:
    """Every gradient of the mean loss.

    Attributes
    ----------
    d_step_losses : ndarray (B, T)
    d_logits : ndarray (B, T, V)
    output : DenseGradients
        With `.x` (B, T, H), what the output layer hands back to the LSTM.
    lstm : LSTMGradients
        With `.x` (B, T, D), what the LSTM hands back to the embedding, and `.h0`, `.c0` (B, H).
    parameters : dict
        Of the structure of the parameters: what `gradient_descent` takes.
    """

    d_step_losses: Array
    d_logits: Array
    output: DenseGradients
    lstm: LSTMGradients
    parameters: dict[str, Any]


def initial_parameters(
    vocabulary_size: int, embedding_size: int, hidden_size: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Random parameters to start from.

    Parameters
    ----------
    vocabulary_size, embedding_size, hidden_size : int
        V, D and H.
    rng : numpy.random.Generator

    Returns
    -------
    dict
        "embedding": (V, D), normal with deviation 0.1; "lstm": LSTMParameters with W (4H, D + H), uniform within
        1 / sqrt(H) of zero, and b (4H,) zero; "output": {"W": (H, V), "b": (V,)}, in the same way. float64.

    Raises
    ------
    TypeError
        If a size is not an integer, or `rng` is not a Generator.
    ValueError
        If a size is less than 1, or what is of these sizes does not fit into memory.
    """
    V = positive_integer("vocabulary_size", vocabulary_size)
    D = positive_integer("embedding_size", embedding_size)
    H = positive_integer("hidden_size", hidden_size)
    instance("rng", rng, np.random.Generator)
    affordable("hidden_size", (4 * H, H))
    affordable("embedding_size", (4 * H, D + H))
    affordable("vocabulary_size", (V, max(D, H)))
    bound = 1 / math.sqrt(H)
    return {
        "embedding": rng.normal(0, 0.1, (V, D)),
        "lstm": LSTMParameters(rng.uniform(-bound, bound, (4 * H, D + H)), np.zeros(4 * H)),
        "output": {"W": rng.uniform(-bound, bound, (H, V)), "b": np.zeros(V)},
    }


def language_model(
    ids: ArrayLike,
    targets: ArrayLike,
    parameters: Mapping[str, Any],
    h0: ArrayLike | None = None,
    c0: ArrayLike | None = None,
    *,
    forget_bias: Real = 1.0,
    lengths: ArrayLike | None = None,
) -> LanguageModelTrace:
    """Predict the next word at every step, Equation :eq:`eq:language-model-mean-loss`.

    Parameters
    ----------
    ids : array_like of integers (B, T)
        The words read, each in 0..V-1.
    targets : array_like of integers (B, T)
        The word that follows each of them.
    parameters : dict
        "embedding": (V, D); "lstm": LSTMParameters, (4H, D + H) and (4H,); "output": {"W": (H, V), "b": (V,)}.
    h0, c0 : array_like (B, H), optional
        States to start from; zeros if not given.
    forget_bias : float, optional
        As for `lstm`.
    lengths : array_like of integers (B,), optional
        Steps of each row that count, 0..T. What `ids` and `targets` hold at later steps is not looked at. Some step
        must count.

    Returns
    -------
    LanguageModelTrace
        The loss of every step, their mean over the steps that count, and every intermediate.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If shapes do not fit, a word or a length is out of range, no step counts, a number is NaN or infinite, or the
        parameters are so large that states or logits overflow.

    Notes
    -----
    Source: article "Machine translation, Part 1", its masked loss; Bengio et al. (2003); Mikolov et al. (2010).
    """
    table, W_y, b_y = checked_layers(parameters)
    V = table.shape[0]
    # Any integers at first: which of them must be words, the lengths say.
    ids = integers("ids", ids, ("B", "T"), -math.inf, math.inf, bounds="")
    B, T = ids.shape
    counts = np.ones((B, T), dtype=bool)
    if lengths is not None:
        lengths = integers("lengths", lengths, ("B",), 0, T + 1, bounds=f"in 0..T with T = {T}", B=B)
        counts = np.arange(T) < lengths[:, None]
    if not counts.any():
        raise ArgumentError("ids", "at least one step that counts", f"shape {ids.shape}, lengths {lengths}")
    ids, targets = (
        np.where(
            counts, integers(name, v, ("B", "T"), 0, V, bounds=f"in 0..V-1 with V = {V}", where=counts, **sizes), 0
        )
        for name, v, sizes in [("ids", ids, {}), ("targets", targets, {"B": B, "T": T})]
    )

    x = embedding(ids, table)
    trace = lstm(x, parameters["lstm"], h0, c0, forget_bias=forget_bias, lengths=lengths)
    h = trace.h
    _not_overflown("the hidden states", h)
    logits = dense(h, W_y, b_y)
    _not_overflown("the logits", logits)
    # Exact numbers are averaged exactly.
    one = Fraction(1) if logits.dtype.kind == "O" else logits.real.dtype.type(1)
    mask = np.where(counts, one, 0 * one)
    step_losses = cross_entropy(logits, targets, mask)
    mean_loss = (mask * step_losses).sum() / mask.sum()
    return LanguageModelTrace(ids, targets, mask, trace, logits, step_losses, mean_loss, parameters)


def _not_overflown(what, values):
    """Refuse parameters that are finite, but with which a sum is not."""
    if values.dtype.kind != "O" and not np.isfinite(values).all():
        bad = values[~np.isfinite(values)][0]
        raise ArgumentError("parameters", f"numbers with which {what} stay finite", f"{bad} among them")


def language_model_backward(trace: LanguageModelTrace) -> LanguageModelGradients:
    """Gradients of the mean loss, Equations :eq:`eq:language-model-d-logits` and :eq:`eq:language-model-d-table`.

    Parameters
    ----------
    trace : LanguageModelTrace

    Returns
    -------
    LanguageModelGradients

    Raises
    ------
    TypeError
        If `trace` is not a LanguageModelTrace.

    Notes
    -----
    Source: article "LSTM Part 3", section DHX (dxt trains embeddings).
    """
    instance("trace", trace, LanguageModelTrace)
    parameters, mask = trace.parameters, trace.mask
    count = mask.sum()
    d_step_losses = mask / count
    # A step's weight in the mean is a weight as `cross_entropy_backward` takes it.
    d_logits = cross_entropy_backward(trace.logits, trace.targets, d_step_losses)
    output = dense_backward(d_logits, trace.lstm.h, parameters["output"]["W"])
    through_time = lstm_backward(output.x, trace.lstm)
    d_x = through_time.x
    d_table = embedding_backward(d_x, trace.ids, trace.logits.shape[-1])
    gradients = {
        "embedding": d_table,
        "lstm": LSTMParameters(through_time.W, through_time.b),
        "output": {"W": output.W, "b": output.b},
    }
    return LanguageModelGradients(d_step_losses, d_logits, output, through_time, gradients)


def perplexity(ids: ArrayLike, parameters: Mapping[str, Any], *, forget_bias: Real = 1.0) -> float:
    """Perplexity of a text, read in one go from zero states, Equation :eq:`eq:language-model-perplexity`.

    Parameters
    ----------
    ids : array_like of integers (L,)
        The words of the text, L >= 2. The first is read but not predicted.
    parameters : dict
        As for `language_model`.
    forget_bias : float, optional
        As for `lstm`.

    Returns
    -------
    float
        exp of the mean loss. A uniform guess among V words has the perplexity V.

    Raises
    ------
    TypeError, ValueError
        As for `language_model`.
    """
    ids = integers("ids", ids, ("L",), -math.inf, math.inf, bounds="")
    if len(ids) < 2:
        raise ArgumentError("ids", "at least two words", len(ids))
    trace = language_model(ids[None, :-1], ids[None, 1:], parameters, forget_bias=forget_bias)
    return float(np.exp(trace.mean_loss))


def checked_layers(parameters: Mapping[str, Any]) -> tuple[Array, Array, Array]:
    """The embedding table and the output layer, checked against each other; `lstm` checks the rest."""
    same_keys("parameters", parameters, ("embedding", "lstm", "output"))
    same_keys("parameters['output']", parameters["output"], ("W", "b"))
    cell = instance("parameters['lstm']", parameters["lstm"], LSTMParameters)
    D, H = cell.input_size, cell.hidden_size
    table = floating("parameters['embedding']", parameters["embedding"], ("V", "D"), D=D)
    V = table.shape[0]
    W_y = floating("parameters['output']['W']", parameters["output"]["W"], ("H", "V"), H=H, V=V)
    b_y = floating("parameters['output']['b']", parameters["output"]["b"], ("V",), V=V)
    return table, W_y, b_y
