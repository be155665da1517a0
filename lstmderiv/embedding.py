"""Word embeddings: rows of a table, picked by integer; trained through the gradient of the cell's input."""

import numpy as np

from lstmderiv.checks import ArgumentError, affordable, floating, integers, positive_integer
from lstmderiv.types import Array, ArrayLike

__all__ = ["embedding", "embedding_backward"]


def embedding(ids: ArrayLike, table: ArrayLike) -> Array:
    """Rows of an embedding table, Equation :eq:`eq:d-z-embedding`.

    Parameters
    ----------
    ids : array_like of integers (...)
        Word numbers, each in 0..V-1.
    table : array_like (V, D)
        One row a word.

    Returns
    -------
    ndarray (..., D)
        A copy of the rows, dtype of `table`.

    Raises
    ------
    TypeError
        If `ids` are not integers or `table` does not hold numbers.
    ValueError
        If an id is out of range, or the table is not (V, D), or holds NaN or infinities.

    Notes
    -----
    Source: article "LSTM Part 3", section DHX (dxt trains embeddings).
    """
    table = floating("table", table, ("V", "D"))
    return table[_ids(ids, table.shape[0])]


def embedding_backward(d_x: ArrayLike, ids: ArrayLike, vocabulary_size: int) -> Array:
    """Gradient of an embedding table, Equation :eq:`eq:d-z-embedding-backward`.

    A word that occurs several times collects the sum of its gradients.

    Parameters
    ----------
    d_x : array_like (..., D)
        Gradient of the loss with respect to the picked rows.
    ids : array_like of integers (...)
        The word numbers that were picked, each in 0..V-1.
    vocabulary_size : int
        The number of words, V.

    Returns
    -------
    ndarray (V, D)
        Zero in the rows of words that do not occur. Dtype of `d_x`.

    Raises
    ------
    TypeError
        If `ids` are not integers or `d_x` does not hold numbers.
    ValueError
        If an id is out of range, or shapes do not fit, `d_x` holds NaN or infinities, or the table does not fit into
        memory.
    """
    vocabulary_size = positive_integer("vocabulary_size", vocabulary_size)
    ids = _ids(ids, vocabulary_size)
    d_x = floating("d_x", d_x, ("...", "D"))
    if d_x.shape[:-1] != ids.shape:
        raise ArgumentError("d_x", f"{(*ids.shape, 'D')}, one row for each of ids", d_x.shape)
    affordable("vocabulary_size", (vocabulary_size, d_x.shape[-1]), d_x.dtype)
    d_table = np.zeros((vocabulary_size, d_x.shape[-1]), d_x.dtype)
    # Unlike `d_table[ids] += d_x`, this adds once for every occurrence.
    np.add.at(d_table, ids, d_x)
    return d_table


def _ids(ids, vocabulary_size):
    return integers("ids", ids, ("...",), 0, vocabulary_size, bounds=f"in 0..V-1 with V = {vocabulary_size}")
