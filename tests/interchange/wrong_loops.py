"""An LSTM and a GRU as plain loops of their own, which can be told to make mistakes: what diagnosis is tried on.

They share no line with the package. Weights are those of a network of one layer and direction with one bias (LSTM:
blocks f, i, g, o) or two (GRU: blocks r, u, g, reset after the product).
"""

import numpy as np


def sigma(a):
    return 1 / (1 + np.exp(-a))


def lstm_loop(case, *mistakes, dtype=np.float64):
    """Outputs and gradients of an LSTM with some mistakes."""
    has = set(mistakes).__contains__
    x, h, c, d_y, d_h, d_c = (
        np.asarray(getattr(case, name), dtype) for name in ("x", "h0", "c0", "d_y", "d_h_last", "d_c_last")
    )
    w = case.network.layers[0][0]
    W, b = np.concatenate([w.W_x, w.W_h], axis=1).astype(dtype), w.b_x.astype(dtype)
    B, T, D = x.shape
    h, c, d_h, d_c, H = h[0, 0], c[0, 0], d_h[0, 0], d_c[0, 0], h.shape[-1]
    if has("zero states"):
        h, c = 0 * h, 0 * c
    tape, y = [], np.zeros((B, T, H), dtype)
    for t in range(T):
        z = np.concatenate([h, x[:, t]] if has("h, x") else [x[:, t], h], axis=1)
        a = z @ W.T + b * (2 if has("bias twice") else 0 if has("no bias") else 1)
        a[:, :H] += 1 if has("forget bias") else 0
        f, i, o = (sigma(a[:, k * H : (k + 1) * H]) for k in (0, 1, 3))
        g = a[:, 2 * H : 3 * H]
        g = sigma(g) if has("sigmoid for g") else np.tanh(g)
        new = f * c + i * g
        tanh_c = np.tanh(np.tanh(new)) if has("tanh tanh") else new if has("no tanh") else np.tanh(new)
        tape.append((z, f, i, g, o, c, new, tanh_c))
        h, c = o * tanh_c, new
        y[:, t] = h
    out = {"y": y, "h_last": h[None, None], "c_last": c[None, None]}
    d_W, d_b, d_x = np.zeros_like(W), np.zeros_like(b), np.zeros_like(x)
    for t in reversed(range(T)):
        z, f, i, g, o, c, new, tanh_c = tape[t]
        carried_h = 0 * d_h if has("d_h not carried") and t < T - 1 else d_h
        carried_c = 0 * d_c if has("d_c not carried") and t < T - 1 else d_c
        d_h = d_y[:, t] + carried_h
        slope = 1 - tanh_c**2 if not has("no tanh") else 1
        if has("slope of c at tanh c"):
            slope = 1 - np.tanh(tanh_c) ** 2
        d_c = carried_c + d_h * o * slope
        d_o, d_f, d_i, d_g = d_h * tanh_c, d_c * c, d_c * g, d_c * i
        s = (lambda v: 1) if has("no slopes") else (lambda v: v * (1 - v))
        g_slope = 1 if has("no slopes") else s(g) if has("sigmoid for g") else 1 - g * g
        d_a = np.concatenate([d_f * s(f), d_i * s(i), d_g * g_slope, d_o * s(o)], axis=1)
        d_W = d_a.T @ z + (0 if has("gradient overwritten") else d_W)
        d_b = d_a.sum(0) + (0 if has("gradient overwritten") else d_b)
        d_z = d_a @ W
        d_x[:, t], d_h = (d_z[:, H:], d_z[:, :H]) if has("h, x") else (d_z[:, :D], d_z[:, D:])
        d_c = d_c * f
    scale = 1 / B if has("mean over batch") else 1 / T if has("mean over time") else 1
    if has("bias zero") or has("no bias"):
        d_b = 0 * d_b
    if has("bias twice"):
        d_b = 2 * d_b
    d_W, d_b = scale * d_W, scale * d_b
    out |= {"d_x": d_x, "d_h0": d_h[None, None], "d_c0": d_c[None, None]}
    out |= {"d_W_x": d_W[:, :D], "d_W_h": d_W[:, D:], "d_b_x": d_b}
    return {name: array.astype(dtype) for name, array in out.items()}


def gru_loop(case, *mistakes, dtype=np.float64):
    """Outputs of a GRU with some mistakes."""
    has = set(mistakes).__contains__
    x, h = case.x.astype(dtype), case.h0[0, 0].astype(dtype)
    w = case.network.layers[0][0]
    W_x, W_h, b_x, b_h = (np.asarray(array, dtype) for array in (w.W_x, w.W_h, w.b_x, w.b_h))
    H, y = h.shape[1], []
    for t in range(x.shape[1]):
        a_x, a_h = x[:, t] @ W_x.T + b_x, h @ W_h.T + b_h
        r, u = sigma(a_x[:, :H] + a_h[:, :H]), sigma(a_x[:, H : 2 * H] + a_h[:, H : 2 * H])
        v = a_h[:, 2 * H :]
        if has("reset before"):
            v = (r * h) @ W_h[2 * H :].T + b_h[2 * H :]
        elif has("bias outside"):
            v = r * (h @ W_h[2 * H :].T) + b_h[2 * H :]
        elif not has("no reset"):
            v = r * v
        g = np.tanh(a_x[:, 2 * H :] + v)
        h = (1 - u) * h + u * g if has("update gate") else (1 - u) * g + u * h
        y.append(h)
    return {"y": np.stack(y, axis=1).astype(dtype), "h_last": h[None, None].astype(dtype)}
