"""Least squares: the best weights of a linear model, and how they depend on the data. Each line is an equation."""

from dataclasses import dataclass

import numpy as np
from proveq import inverse, squared_norm


@dataclass(frozen=True)
class Fit:
    """What `fit` computes: X (N, D), A and B (D, D), v and w (D, 1), r (N, 1), loss and freedom numbers."""

    X: np.ndarray
    y: np.ndarray
    B: np.ndarray
    v: np.ndarray
    w: np.ndarray
    r: np.ndarray
    loss: float
    freedom: float


def fit(X, y):
    """Solve the normal equations.

    Parameters
    ----------
    X : ndarray (N, D)
        One row an observation; of full column rank.
    y : ndarray (N, 1)

    Returns
    -------
    Fit
    """
    A = X.T @ X
    B = inverse(A)
    v = X.T @ y
    w = B @ v
    r = X @ w - y
    loss = squared_norm(r)
    freedom = np.trace(X @ B @ X.T)
    return Fit(X, y, B, v, w, r, loss, freedom)


def fit_backward(d_w, fitted):
    """Gradients of a loss that reads the weights w.

    Parameters
    ----------
    d_w : ndarray (D, 1)
    fitted : Fit

    Returns
    -------
    d_X : ndarray (N, D)
    d_y : ndarray (N, 1)
    """
    X, y, B, v = fitted.X, fitted.y, fitted.B, fitted.v
    d_v = B.T @ d_w
    d_B = d_w @ v.T
    d_A = -B.T @ d_B @ B.T
    d_X = X @ (d_A + d_A.T) + y @ d_v.T
    d_y = X @ d_v
    return d_X, d_y
