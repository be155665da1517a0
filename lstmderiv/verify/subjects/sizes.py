"""The sizes at which everything is proved."""

import numpy as np

__all__ = ["LENGTHS", "WEIGHTS", "B", "D", "H", "T"]

B, T, D, H = 3, 4, 2, 3
# Weights of an LSTM.
WEIGHTS = {"W": (4 * H, D + H), "b": (4 * H,)}
# Rows of different lengths, one of them empty.
LENGTHS = np.array([4, 0, 2])
