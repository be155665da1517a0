"""Speed of `lstm` and `lstm_backward`, as a ratio to the matrix products that no implementation can avoid.

Both are measured in the same run, alternating, and the best of several rounds is taken; one BLAS thread. Run with
`make bench`.
"""

import time

import numpy as np

from lstmderiv import LSTMParameters, lstm, lstm_backward

SIZES = {
    "a": (1, 3, 10, 5),
    "b": (16, 32, 32, 64),
    "c": (32, 100, 128, 256),
    "d": (64, 100, 256, 512),
    "e": (8, 1000, 64, 128),
}
BUDGET = 4.0


def necessary_products(x, d_a, W_x, W_h, h):
    """The products of one forward and backward pass: hoisted where the recurrence allows it."""
    T, B, _ = x.shape
    rows_x, rows_a, rows_h = x.reshape(T * B, -1), d_a.reshape(T * B, -1), h.reshape(T * B, -1)

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


def best(functions, budget=BUDGET):
    """Shortest time of each function, called in turn until the budget is spent."""
    shortest = [np.inf] * len(functions)
    end = time.perf_counter() + budget
    rounds = 0
    while rounds < 3 or time.perf_counter() < end:
        for k, function in enumerate(functions):
            start = time.perf_counter()
            function()
            shortest[k] = min(shortest[k], time.perf_counter() - start)
        rounds += 1
    return shortest


def main():
    rng = np.random.default_rng(0)
    print(f"{'size':<6}{'B':>4}{'T':>6}{'D':>5}{'H':>5}{'dtype':>9}{'ratio':>8}{'forward + backward':>22}")
    for name, (B, T, D, H) in SIZES.items():
        for dtype in (np.float64, np.float32):
            W = rng.normal(size=(4 * H, D + H), scale=H**-0.5).astype(dtype)
            parameters = LSTMParameters(W, np.zeros(4 * H, dtype))
            x = rng.normal(size=(B, T, D)).astype(dtype)
            d_h = rng.normal(size=(B, T, H)).astype(dtype)
            d_a = rng.normal(size=(T, B, 4 * H)).astype(dtype)
            h = rng.normal(size=(T, B, H)).astype(dtype)
            steps = np.ascontiguousarray(np.swapaxes(x, 0, 1))
            products = necessary_products(steps, d_a, W[:, :D].copy(), W[:, D:].copy(), h)
            ours, floor = best([lambda x=x, p=parameters, d=d_h: lstm_backward(d, lstm(x, p)), products])
            sizes = f"{name:<6}{B:>4}{T:>6}{D:>5}{H:>5}{np.dtype(dtype).name:>9}"
            print(f"{sizes}{ours / floor:>8.2f}{1e3 * ours:>19.2f} ms")


if __name__ == "__main__":
    main()
