"""Training of a language model: mini-batches of windows, clipping, gradient descent, and the losses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lstmderiv.checks import ArgumentError, affordable, instance, integer_in, integers, positive_integer
from lstmderiv.language_model import checked_layers, language_model, language_model_backward
from lstmderiv.optimize import clip_by_global_norm, gradient_descent
from lstmderiv.types import Array, ArrayLike, Real

__all__ = ["Batch", "TrainingHistory", "batches", "train"]


class Batch(NamedTuple):
    """Windows of a text, short ones padded with 0.

    Attributes
    ----------
    ids, targets : ndarray of integers (B, T)
        The words read, and the word that follows each.
    lengths : ndarray of integers (B,)
        Steps of each window that count.
    """

    ids: Array
    targets: Array
    lengths: Array


@dataclass(frozen=True, eq=False)
class TrainingHistory:
    """What happened in training.

    Attributes
    ----------
    losses : ndarray (epochs,)
        Mean training loss of each epoch: over all its steps, each with the parameters of its own update.
    held_out_losses : ndarray (epochs,), or None
        Mean loss on the held-out text after each epoch.
    norms : ndarray (updates,)
        Global norm of each gradient before clipping.
    """

    losses: Array
    held_out_losses: Array | None
    norms: Array


def batches(ids: ArrayLike, batch_size: int, window: int, rng: np.random.Generator) -> list[Batch]:
    """Cut a text into windows and deal them out, in random order, as mini-batches: one epoch.

    Every word but the first is a target exactly once. The windows are independent: each starts from zero states. The
    first window has a random length, so that the cuts fall elsewhere in every epoch; it and the last one are padded.

    Parameters
    ----------
    ids : array_like of integers (L,)
        The words of the text, L >= 2.
    batch_size : int
        Windows in a mini-batch, B; the last one may have fewer.
    window : int
        Steps in a window, T.
    rng : numpy.random.Generator

    Returns
    -------
    list of Batch

    Raises
    ------
    TypeError
        If an argument is of the wrong type.
    ValueError
        If the text is shorter than two words, a size is less than 1, or a mini-batch does not fit into memory.
    """
    ids = _text("ids", ids)
    batch_size, window = positive_integer("batch_size", batch_size), positive_integer("window", window)
    instance("rng", rng, np.random.Generator)
    positions = len(ids) - 1
    affordable("window", (min(batch_size, positions // window + 2), window), np.int64)
    cuts = np.arange(rng.integers(1, window + 1), positions, window)
    starts, ends = np.append(0, cuts), np.append(cuts, positions)
    order = rng.permutation(len(starts))
    return [
        _padded(ids, starts[rows], ends[rows], window)
        for rows in np.split(order, range(batch_size, len(order), batch_size))
    ]


def train(
    parameters: Mapping[str, Any],
    ids: ArrayLike,
    *,
    epochs: int,
    batch_size: int,
    window: int,
    learning_rate: Real,
    max_norm: Real,
    rng: np.random.Generator,
    held_out: ArrayLike | None = None,
    forget_bias: Real = 1.0,
) -> tuple[dict[str, Any], TrainingHistory]:
    """Train a language model by gradient descent with clipping.

    Parameters
    ----------
    parameters : dict
        As for `language_model`. Not changed.
    ids : array_like of integers (L,)
        The training text.
    epochs : int
        How often to go through it; 0 returns the parameters as they are.
    batch_size, window : int
        As for `batches`.
    learning_rate : float
        As for `gradient_descent`.
    max_norm : float
        As for `clip_by_global_norm`.
    rng : numpy.random.Generator
        The only source of randomness. To go on with a training, go on with its Generator.
    held_out : array_like of integers, optional
        A text to measure the loss on after each epoch. Nothing is learned from it.
    forget_bias : float, optional
        As for `lstm`.

    Returns
    -------
    parameters : dict
        After the last update.
    history : TrainingHistory

    Raises
    ------
    TypeError, ValueError
        As for the functions named.
    """
    epochs = integer_in("epochs", epochs, 0, np.inf, bounds=">= 0")
    V = checked_layers(parameters)[0].shape[0]
    ids = _text("ids", ids, V)
    held_out = None if held_out is None else _text("held_out", held_out, V)
    losses, held_out_losses, norms = [], [], []

    def run(read, follows, parameters, lengths=None):
        try:
            return language_model(read, follows, parameters, forget_bias=forget_bias, lengths=lengths)
        except ArgumentError as error:
            # Those that were given have been read once: these are what learning made of them.
            if norms and error.name.startswith("parameters"):
                given = f"{learning_rate}, and then {error.name}: {error.got}"
                raise ArgumentError("learning_rate", "one with which nothing overflows", given) from None
            raise

    for _ in range(epochs):
        total = count = 0
        for batch in batches(ids, batch_size, window, rng):
            trace = run(batch.ids, batch.targets, parameters, lengths=batch.lengths)
            total, count = total + trace.step_losses.sum(), count + batch.lengths.sum()
            gradients, norm = clip_by_global_norm(language_model_backward(trace).parameters, max_norm)
            parameters = gradient_descent(parameters, gradients, learning_rate)
            norms.append(norm)
        losses.append(total / count)
        if held_out is not None:
            read, follows = held_out[None, :-1], held_out[None, 1:]
            held_out_losses.append(run(read, follows, parameters).mean_loss)
    measured = None if held_out is None else np.array(held_out_losses)
    return parameters, TrainingHistory(np.array(losses), measured, np.array(norms))


def _text(name, ids, V=None):
    high, bounds = (np.inf, ">= 0") if V is None else (V, f"in 0..V-1 with V = {V}")
    ids = integers(name, ids, ("L",), 0, high, bounds=bounds)
    if len(ids) < 2:
        raise ArgumentError(name, "at least two words", len(ids))
    return ids


def _padded(ids, starts, ends, window):
    lengths = ends - starts
    places = starts[:, None] + np.arange(window)
    counts = np.arange(window) < lengths[:, None]
    places = np.where(counts, places, 0)
    return Batch(np.where(counts, ids[places], 0), np.where(counts, ids[places + 1], 0), lengths)
