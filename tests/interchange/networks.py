"""Random networks under any options."""

import numpy as np
from support import random

from lstmderiv.interchange import Network


def random_network(options, layers=1, D=3, H=4, P=2, seed=0, dtype=np.float64):
    G, K = len(options.gates), len(options.directions)
    R = P if options.projection else H
    names = ["W_x", "W_h", *["b_x", "b_h"][: options.biases], *(["p_f", "p_i", "p_o"] if options.peepholes else [])]
    names += (["W_p"] if options.projection else []) + (["b_p"] if options.projection_bias else [])
    shapes = {"W_h": (G * H, R), "b_x": (G * H,), "b_h": (G * H,), "W_p": (P, H), "b_p": (P,)}
    arrays = {}
    for n in range(layers):
        for direction in options.directions:
            for name in names:
                shape = (G * H, D if n == 0 else K * R) if name == "W_x" else shapes.get(name, (H,))
                arrays[f"layer{n}.{direction}.{name}"] = random(shape, seed + len(arrays), dtype)
    return Network.from_arrays(options, arrays)
