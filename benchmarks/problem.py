"""What is computed: sizes, random arguments, and the matrix products that no implementation can avoid."""

from dataclasses import dataclass

import numpy as np

#: (B, T, D, H).
SIZES = {
    "a": (1, 3, 10, 5),
    "b": (16, 32, 32, 64),
    "c": (32, 100, 128, 256),
    "d": (64, 100, 256, 512),
    "e": (8, 1000, 64, 128),
}


@dataclass(frozen=True, eq=False)
class Problem:
    """Arguments of one forward and backward pass.

    Attributes
    ----------
    x : ndarray (B, T, D)
    W : ndarray (4H, D + H)
    b : ndarray (4H,)
    d_h : ndarray (B, T, H)
    """

    x: np.ndarray
    W: np.ndarray
    b: np.ndarray
    d_h: np.ndarray


def problem(B, T, D, H, dtype):
    """Random arguments of a size: weights of a variance that keeps the states moderate."""
    rng = np.random.default_rng(0)

    def draw(shape, scale=1.0):
        return rng.normal(size=shape, scale=scale).astype(dtype, copy=False)

    return Problem(draw((B, T, D)), draw((4 * H, D + H), H**-0.5), draw((4 * H,), 0.1), draw((B, T, H)))


def necessary_products(p):
    """A function that takes the products of a forward and backward pass: for all steps at once where it is possible."""
    B, T, D = p.x.shape
    H = p.d_h.shape[2]
    W_x, W_h = p.W[:, :D].copy(), p.W[:, D:].copy()
    h = np.ascontiguousarray(np.swapaxes(p.d_h, 0, 1))
    d_a = np.tile(h, 4)
    rows_x, rows_a, rows_h = np.swapaxes(p.x, 0, 1).reshape(T * B, D), d_a.reshape(T * B, 4 * H), h.reshape(T * B, H)

    def run():
        rows_x @ W_x.T
        for t in range(T):
            h[t] @ W_h.T
        for t in range(T):
            d_a[t] @ W_h
        rows_a.T @ rows_x
        rows_a.T @ rows_h
        rows_a @ W_x

    return run
