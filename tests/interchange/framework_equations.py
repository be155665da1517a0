"""What frameworks document that they compute, written out from their own arrays: one layer, forward, x (B, T, D).

An oracle for the conventions that shares no code with them: every function reads the arrays by name, as the
framework's documentation or source does.
"""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def over_time(step, x, H, P=None, cell_state=True):
    h, c, outputs = np.zeros((len(x), P or H)), np.zeros((len(x), H)), []
    for x_t in x.swapaxes(0, 1):
        h, c = step(x_t, h, c) if cell_state else (step(x_t, h), c)
        outputs.append(h)
    return np.stack(outputs, axis=1)


def mixed(i, f, g, o, c):
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def pytorch_lstm(a, x):
    def step(x, h, c):
        gates = x @ a["weight_ih_l0"].T + a["bias_ih_l0"] + h @ a["weight_hh_l0"].T + a["bias_hh_l0"]
        h, c = mixed(*np.split(gates, 4, axis=1), c)
        return h @ a["weight_hr_l0"].T, c

    P, H = a["weight_hr_l0"].shape
    return over_time(step, x, H, P)


def pytorch_gru(a, x):
    def step(x, h):
        x_r, x_z, x_n = np.split(x @ a["weight_ih_l0"].T + a["bias_ih_l0"], 3, axis=1)
        h_r, h_z, h_n = np.split(h @ a["weight_hh_l0"].T + a["bias_hh_l0"], 3, axis=1)
        n, z = np.tanh(x_n + sigmoid(x_r + h_r) * h_n), sigmoid(x_z + h_z)
        return (1 - z) * n + z * h

    return over_time(step, x, a["weight_hh_l0"].shape[1], cell_state=False)


def keras_lstm(a, x):
    W, U, b = (a[f"lstm/lstm_cell/{name}"] for name in ("kernel", "recurrent_kernel", "bias"))
    H = len(U)

    def step(x, h, c):
        z = x @ W + h @ U + b
        return mixed(z[:, :H], z[:, H : 2 * H], z[:, 2 * H : 3 * H], z[:, 3 * H :], c)

    return over_time(step, x, H)


def keras_gru(a, x):
    W, U, b = (a[f"gru/gru_cell/{name}"] for name in ("kernel", "recurrent_kernel", "bias"))
    H = len(U)

    def step(x, h):
        after = b.ndim == 2
        x_z, x_r, x_h = np.split(x @ W + (b[0] if after else b), 3, axis=1)
        h_z, h_r = np.split(h @ U[:, : 2 * H] + (b[1, : 2 * H] if after else 0), 2, axis=1)
        z, r = sigmoid(x_z + h_z), sigmoid(x_r + h_r)
        inner = r * (h @ U[:, 2 * H :] + b[1, 2 * H :]) if after else (r * h) @ U[:, 2 * H :]
        return z * h + (1 - z) * np.tanh(x_h + inner)

    return over_time(step, x, H, cell_state=False)


def tensorflow1_lstm(a, x):
    K, b, proj = (a[f"rnn/lstm_cell/{name}"] for name in ("kernel", "bias", "projection/kernel"))
    w_f, w_i, w_o = (a[f"rnn/lstm_cell/w_{gate}_diag"] for gate in "fio")

    def step(x, m, c_prev):
        i, j, f, o = np.split(np.concatenate([x, m], axis=1) @ K + b, 4, axis=1)
        c = sigmoid(f + 1.0 + w_f * c_prev) * c_prev + sigmoid(i + w_i * c_prev) * np.tanh(j)
        return (sigmoid(o + w_o * c) * np.tanh(c)) @ proj, c

    return over_time(step, x, *proj.shape)


def tensorflow1_gru(a, x):
    W, b, V, d = (a[f"rnn/gru_cell/{n}"] for n in ("gates/kernel", "gates/bias", "candidate/kernel", "candidate/bias"))

    def step(x, h):
        r, u = np.split(sigmoid(np.concatenate([x, h], axis=1) @ W + b), 2, axis=1)
        return u * h + (1 - u) * np.tanh(np.concatenate([x, r * h], axis=1) @ V + d)

    return over_time(step, x, V.shape[1], cell_state=False)


def onnx_lstm(a, x):
    W, R, B, P = (a[name][0] for name in "WRBP")
    H = R.shape[1]
    (W_i, W_o, W_f, W_c), (R_i, R_o, R_f, R_c) = np.split(W, 4), np.split(R, 4)
    (b_i, b_o, b_f, b_c), (r_i, r_o, r_f, r_c) = np.split(B[: 4 * H], 4), np.split(B[4 * H :], 4)
    p_i, p_o, p_f = np.split(P, 3)

    def step(x, h, c):
        i = sigmoid(x @ W_i.T + h @ R_i.T + p_i * c + b_i + r_i)
        f = sigmoid(x @ W_f.T + h @ R_f.T + p_f * c + b_f + r_f)
        c = f * c + i * np.tanh(x @ W_c.T + h @ R_c.T + b_c + r_c)
        return sigmoid(x @ W_o.T + h @ R_o.T + p_o * c + b_o + r_o) * np.tanh(c), c

    return over_time(step, x, H)


def onnx_gru(a, x):
    W, R, B = (a[name][0] for name in "WRB")
    H = R.shape[1]
    (W_z, W_r, W_h), (R_z, R_r, R_h) = np.split(W, 3), np.split(R, 3)
    b_z, b_r, b_h, s_z, s_r, s_h = np.split(B, 6)

    def step(x, h):
        z = sigmoid(x @ W_z.T + h @ R_z.T + s_z + b_z)
        r = sigmoid(x @ W_r.T + h @ R_r.T + s_r + b_r)
        return (1 - z) * np.tanh(x @ W_h.T + (r * h) @ R_h.T + s_h + b_h) + z * h

    return over_time(step, x, H, cell_state=False)


def onnx_gru_after(a, x):
    W, R, B = (a[name][0] for name in "WRB")
    H = R.shape[1]
    (W_z, W_r, W_h), (R_z, R_r, R_h) = np.split(W, 3), np.split(R, 3)
    b_z, b_r, b_h, s_z, s_r, s_h = np.split(B, 6)

    def step(x, h):
        z = sigmoid(x @ W_z.T + h @ R_z.T + s_z + b_z)
        r = sigmoid(x @ W_r.T + h @ R_r.T + s_r + b_r)
        return (1 - z) * np.tanh(x @ W_h.T + r * (h @ R_h.T + s_h) + b_h) + z * h

    return over_time(step, x, H, cell_state=False)


def cudnn_lstm(a, x):
    def step(x, h, c):
        W, b = ([a[f"pseudoLayer0.linLayerID{k}.{kind}"] for k in range(8)] for kind in ("matrix", "bias"))
        i, f, g, o = (x @ W[k].T + h @ W[k + 4].T + b[k] + b[k + 4] for k in range(4))
        return mixed(i, f, g, o, c)

    return over_time(step, x, len(a["pseudoLayer0.linLayerID0.bias"]))


def cudnn_gru(a, x):
    W, b = ([a[f"pseudoLayer0.linLayerID{k}.{kind}"] for k in range(6)] for kind in ("matrix", "bias"))

    def step(x, h):
        r = sigmoid(x @ W[0].T + h @ W[3].T + b[0] + b[3])
        i = sigmoid(x @ W[1].T + h @ W[4].T + b[1] + b[4])
        return (1 - i) * np.tanh(x @ W[2].T + r * (h @ W[5].T + b[5]) + b[2]) + i * h

    return over_time(step, x, len(b[0]), cell_state=False)


def flax_lstm(a, x):
    def step(x, h, c):
        pre = [
            x @ a[f"cell/i{gate}/kernel"] + h @ a[f"cell/h{gate}/kernel"] + a[f"cell/h{gate}/bias"] for gate in "ifgo"
        ]
        return mixed(*pre, c)

    return over_time(step, x, len(a["cell/hi/bias"]))


def flax_gru(a, x):
    def dense(name, x):
        return x @ a[f"cell/{name}/kernel"] + a.get(f"cell/{name}/bias", 0)

    def step(x, h):
        r, z = sigmoid(dense("ir", x) + dense("hr", h)), sigmoid(dense("iz", x) + dense("hz", h))
        return (1 - z) * np.tanh(dense("in", x) + r * dense("hn", h)) + z * h

    return over_time(step, x, len(a["cell/hn/bias"]), cell_state=False)


def flax_nnx_lstm(a, x):
    def step(x, h, c):
        y = x @ a["cell/dense_i/kernel"] + h @ a["cell/dense_h/kernel"] + a["cell/dense_h/bias"]
        return mixed(*np.split(y, 4, axis=1), c)

    return over_time(step, x, len(a["cell/dense_h/kernel"]))


def flax_nnx_gru(a, x):
    def step(x, h):
        x_r, x_z, x_n = np.split(x @ a["cell/dense_i/kernel"] + a["cell/dense_i/bias"], 3, axis=1)
        h_r, h_z, h_n = np.split(h @ a["cell/dense_h/kernel"], 3, axis=1)
        z = sigmoid(x_z + h_z)
        return (1 - z) * np.tanh(x_n + sigmoid(x_r + h_r) * h_n) + z * h

    return over_time(step, x, len(a["cell/dense_h/kernel"]), cell_state=False)


def tensorflow1_cudnn_gru(a, x):
    at = "rnn/cudnn_compatible_gru_cell"
    W, b = a[f"{at}/gates/kernel"], a[f"{at}/gates/bias"]
    (V, d), (U, e) = (
        [a[f"{at}/candidate/{side}_projection/{kind}"] for kind in ("kernel", "bias")] for side in ("input", "hidden")
    )

    def step(x, h):
        r, u = np.split(sigmoid(np.concatenate([x, h], axis=1) @ W + b), 2, axis=1)
        return (1 - u) * np.tanh(x @ V + d + r * (h @ U + e)) + u * h

    return over_time(step, x, len(d), cell_state=False)


def haste_tf_lstm(a, x):
    def step(x, h, c):
        i, g, f, o = np.split(np.concatenate([x, h], axis=1) @ a["lstm_cell/kernel"] + a["lstm_cell/bias"], 4, axis=1)
        return mixed(i, f, g, o, c)

    return over_time(step, x, len(a["lstm_cell/bias"]) // 4)


def haste_pytorch_gru(a, x):
    def step(x, h):
        x_z, x_r, x_g = np.split(x @ a["kernel"] + a["bias"], 3, axis=1)
        h_z, h_r, h_g = np.split(h @ a["recurrent_kernel"] + a["recurrent_bias"], 3, axis=1)
        z = sigmoid(x_z + h_z)
        return z * h + (1 - z) * np.tanh(x_g + sigmoid(x_r + h_r) * h_g)

    return over_time(step, x, len(a["recurrent_kernel"]), cell_state=False)


def plain(pre_activation):
    """A plain network: tanh of what a framework computes from its arrays, x and h."""
    return lambda a, x: over_time(lambda x, h: np.tanh(pre_activation(a, x, h)), x, 4, cell_state=False)


def haste_pytorch_lstm(a, x):
    def step(x, h, c):
        i, g, f, o = np.split(x @ a["kernel"] + h @ a["recurrent_kernel"] + a["bias"], 4, axis=1)
        return mixed(i, f, g, o, c)

    return over_time(step, x, len(a["recurrent_kernel"]))


def haste_tf_gru(a, x):
    kernel, bias = a["gru_cell/kernel"], a["gru_cell/bias"]
    H = kernel.shape[1] // 3

    def step(x, h):
        x_z, x_r, x_g = np.split(x @ kernel[:-H] + bias[: 3 * H], 3, axis=1)
        h_z, h_r, h_g = np.split(h @ kernel[-H:] + bias[3 * H :], 3, axis=1)
        z = sigmoid(x_z + h_z)
        return z * h + (1 - z) * np.tanh(x_g + sigmoid(x_r + h_r) * h_g)

    return over_time(step, x, H, cell_state=False)


def tflite_plain_lstm(a, x):
    def gate(name, x, h):
        return x @ a[f"input_to_{name}_weights"].T + h @ a[f"recurrent_to_{name}_weights"].T + a[f"{name}_gate_bias"]

    def step(x, h, c):
        i = gate("input", x, h) + a["cell_to_input_weights"] * c
        f = gate("forget", x, h) + a["cell_to_forget_weights"] * c
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(gate("cell", x, h))
        return sigmoid(gate("output", x, h) + a["cell_to_output_weights"] * c) * np.tanh(c), c

    return over_time(step, x, 4)


def tflite_lstm(a, x):
    """With its coupled gates (CIFG), peepholes and a projection with bias."""

    def gate(name, x, h):
        return x @ a[f"input_to_{name}_weights"].T + h @ a[f"recurrent_to_{name}_weights"].T + a[f"{name}_gate_bias"]

    def step(x, h, c):
        f = sigmoid(gate("forget", x, h) + a["cell_to_forget_weights"] * c)
        c = f * c + (1 - f) * np.tanh(gate("cell", x, h))
        m = sigmoid(gate("output", x, h) + a["cell_to_output_weights"] * c) * np.tanh(c)
        return m @ a["projection_weights"].T + a["projection_bias"], c

    P, H = a["projection_weights"].shape
    return over_time(step, x, H, P)


def series_lstm(a, x):
    W, b = a["forward.0.W"], a["forward.0.b"]

    def step(x, h, c):
        f, i, g, o = np.split(np.concatenate([x, h], axis=1) @ W.T + b, 4, axis=1)
        return mixed(i, f + 1.0, g, o, c)

    return over_time(step, x, len(b) // 4)


# (framework, cell, function, {name: shape} with D = 3, H = 4, P = 2, settings)
CASES = [
    ("pytorch", "lstm", pytorch_lstm,
     {"weight_ih_l0": (16, 3), "weight_hh_l0": (16, 2), "bias_ih_l0": (16,), "bias_hh_l0": (16,),
      "weight_hr_l0": (2, 4)},
     {"batch_first": True}),
    ("pytorch", "gru", pytorch_gru,
     {"weight_ih_l0": (12, 3), "weight_hh_l0": (12, 4), "bias_ih_l0": (12,), "bias_hh_l0": (12,)},
     {"batch_first": True}),
    ("keras", "lstm", keras_lstm,
     {"lstm/lstm_cell/kernel": (3, 16), "lstm/lstm_cell/recurrent_kernel": (4, 16), "lstm/lstm_cell/bias": (16,)}, {}),
    ("keras", "gru", keras_gru,
     {"gru/gru_cell/kernel": (3, 12), "gru/gru_cell/recurrent_kernel": (4, 12), "gru/gru_cell/bias": (2, 12)}, {}),
    ("keras", "gru", keras_gru,
     {"gru/gru_cell/kernel": (3, 12), "gru/gru_cell/recurrent_kernel": (4, 12), "gru/gru_cell/bias": (12,)},
     {"reset_after": False}),
    ("tensorflow1", "lstm", tensorflow1_lstm,
     {"rnn/lstm_cell/kernel": (5, 16), "rnn/lstm_cell/bias": (16,), "rnn/lstm_cell/projection/kernel": (4, 2),
      "rnn/lstm_cell/w_f_diag": (4,), "rnn/lstm_cell/w_i_diag": (4,), "rnn/lstm_cell/w_o_diag": (4,)}, {}),
    ("tensorflow1", "gru", tensorflow1_gru,
     {"rnn/gru_cell/gates/kernel": (7, 8), "rnn/gru_cell/gates/bias": (8,), "rnn/gru_cell/candidate/kernel": (7, 4),
      "rnn/gru_cell/candidate/bias": (4,)}, {}),
    ("onnx", "lstm", onnx_lstm, {"W": (1, 16, 3), "R": (1, 16, 4), "B": (1, 32), "P": (1, 12)}, {"layout": 1}),
    ("onnx", "gru", onnx_gru, {"W": (1, 12, 3), "R": (1, 12, 4), "B": (1, 24)}, {"layout": 1}),
    ("onnx", "gru", onnx_gru_after, {"W": (1, 12, 3), "R": (1, 12, 4), "B": (1, 24)},
     {"layout": 1, "linear_before_reset": 1}),
    ("cudnn", "lstm", cudnn_lstm,
     {f"pseudoLayer0.linLayerID{k}.{kind}": shape for k in range(8)
      for kind, shape in (("matrix", (4, 3 if k < 4 else 4)), ("bias", (4,)))},
     {"layout": "CUDNN_RNN_DATA_LAYOUT_BATCH_MAJOR_UNPACKED"}),
    ("cudnn", "gru", cudnn_gru,
     {f"pseudoLayer0.linLayerID{k}.{kind}": shape for k in range(6)
      for kind, shape in (("matrix", (4, 3 if k < 3 else 4)), ("bias", (4,)))},
     {"layout": "CUDNN_RNN_DATA_LAYOUT_BATCH_MAJOR_UNPACKED"}),
    ("flax", "lstm", flax_lstm,
     {f"cell/{side}{gate}/{kind}": shape for gate in "ifgo"
      for side, kind, shape in (("i", "kernel", (3, 4)), ("h", "kernel", (4, 4)), ("h", "bias", (4,)))}, {}),
    ("flax", "gru", flax_gru,
     {**{f"cell/i{gate}/{kind}": shape for gate in "rzn" for kind, shape in (("kernel", (3, 4)), ("bias", (4,)))},
      **{f"cell/h{gate}/kernel": (4, 4) for gate in "rzn"}, "cell/hn/bias": (4,)}, {}),
    ("flax_nnx", "lstm", flax_nnx_lstm,
     {"cell/dense_i/kernel": (3, 16), "cell/dense_h/kernel": (4, 16), "cell/dense_h/bias": (16,)}, {}),
    ("flax_nnx", "gru", flax_nnx_gru,
     {"cell/dense_i/kernel": (3, 12), "cell/dense_h/kernel": (4, 12), "cell/dense_i/bias": (12,)}, {}),
    ("haste_pytorch", "lstm", haste_pytorch_lstm,
     {"kernel": (3, 16), "recurrent_kernel": (4, 16), "bias": (16,)}, {"batch_first": True}),
    ("haste_tf", "gru", haste_tf_gru, {"gru_cell/kernel": (7, 12), "gru_cell/bias": (24,)}, {}),
    ("tflite", "lstm", tflite_lstm,
     {**{f"{side}_to_{gate}_weights": shape for gate in ("forget", "cell", "output")
         for side, shape in (("input", (4, 3)), ("recurrent", (4, 2)))},
      **{f"{gate}_gate_bias": (4,) for gate in ("forget", "cell", "output")},
      "cell_to_forget_weights": (4,), "cell_to_output_weights": (4,), "projection_weights": (2, 4),
      "projection_bias": (2,)},
     {"time_major": False, "fused_activation_function": "TANH"}),
    ("tflite", "lstm", tflite_plain_lstm,
     {**{f"{side}_to_{gate}_weights": shape for gate in ("input", "forget", "cell", "output")
         for side, shape in (("input", (4, 3)), ("recurrent", (4, 4)))},
      **{f"{gate}_gate_bias": (4,) for gate in ("input", "forget", "cell", "output")},
      **{f"cell_to_{gate}_weights": (4,) for gate in ("input", "forget", "output")}},
     {"time_major": False, "fused_activation_function": "TANH"}),
    ("tensorflow1", "gru", tensorflow1_cudnn_gru,
     {f"rnn/cudnn_compatible_gru_cell/{name}": shape for name, shape in (
         ("gates/kernel", (7, 8)), ("gates/bias", (8,)),
         ("candidate/input_projection/kernel", (3, 4)), ("candidate/input_projection/bias", (4,)),
         ("candidate/hidden_projection/kernel", (4, 4)), ("candidate/hidden_projection/bias", (4,)))}, {}),
    ("haste_tf", "lstm", haste_tf_lstm, {"lstm_cell/kernel": (7, 16), "lstm_cell/bias": (16,)}, {}),
    ("haste_pytorch", "gru", haste_pytorch_gru,
     {"kernel": (3, 12), "recurrent_kernel": (4, 12), "bias": (12,), "recurrent_bias": (12,)}, {"batch_first": True}),
    ("pytorch", "rnn",
     plain(lambda a, x, h: x @ a["weight_ih_l0"].T + a["bias_ih_l0"] + h @ a["weight_hh_l0"].T + a["bias_hh_l0"]),
     {"weight_ih_l0": (4, 3), "weight_hh_l0": (4, 4), "bias_ih_l0": (4,), "bias_hh_l0": (4,)}, {"batch_first": True}),
    ("keras", "rnn",
     plain(lambda a, x, h: x @ a["simple_rnn/simple_rnn_cell/kernel"] + a["simple_rnn/simple_rnn_cell/bias"]
           + h @ a["simple_rnn/simple_rnn_cell/recurrent_kernel"]),
     {f"simple_rnn/simple_rnn_cell/{name}": shape
      for name, shape in (("kernel", (3, 4)), ("recurrent_kernel", (4, 4)), ("bias", (4,)))}, {}),
    ("tensorflow1", "rnn",
     plain(lambda a, x, h: np.concatenate([x, h], axis=1) @ a["rnn/basic_rnn_cell/kernel"]
           + a["rnn/basic_rnn_cell/bias"]),
     {"rnn/basic_rnn_cell/kernel": (7, 4), "rnn/basic_rnn_cell/bias": (4,)}, {}),
    ("onnx", "rnn",
     plain(lambda a, x, h: x @ a["W"][0].T + h @ a["R"][0].T + a["B"][0, :4] + a["B"][0, 4:]),
     {"W": (1, 4, 3), "R": (1, 4, 4), "B": (1, 8)}, {"layout": 1}),
    ("cudnn", "rnn",
     plain(lambda a, x, h: x @ a["pseudoLayer0.linLayerID0.matrix"].T + a["pseudoLayer0.linLayerID0.bias"]
           + h @ a["pseudoLayer0.linLayerID1.matrix"].T + a["pseudoLayer0.linLayerID1.bias"]),
     {f"pseudoLayer0.linLayerID{k}.{kind}": shape for k in (0, 1)
      for kind, shape in (("matrix", (4, 4 if k else 3)), ("bias", (4,)))},
     {"layout": "CUDNN_RNN_DATA_LAYOUT_BATCH_MAJOR_UNPACKED"}),
    ("flax", "rnn",
     plain(lambda a, x, h: x @ a["cell/i/kernel"] + a["cell/i/bias"] + h @ a["cell/h/kernel"]),
     {"cell/i/kernel": (3, 4), "cell/i/bias": (4,), "cell/h/kernel": (4, 4)}, {}),
    ("flax_nnx", "rnn",
     plain(lambda a, x, h: x @ a["cell/dense_i/kernel"] + a["cell/dense_i/bias"] + h @ a["cell/dense_h/kernel"]),
     {"cell/dense_i/kernel": (3, 4), "cell/dense_i/bias": (4,), "cell/dense_h/kernel": (4, 4)}, {}),
    ("tflite", "rnn",
     plain(lambda a, x, h: x @ a["weights"].T + h @ a["recurrent_weights"].T + a["bias"]),
     {"weights": (4, 3), "recurrent_weights": (4, 4), "bias": (4,)},
     {"time_major": False, "fused_activation_function": "TANH"}),
    ("lstmderiv", "rnn", plain(lambda a, x, h: np.concatenate([x, h], axis=1) @ a["W"].T + a["b"]),
     {"W": (4, 7), "b": (4,)}, {}),
    ("series", "lstm", series_lstm, {"forward.0.W": (16, 7), "forward.0.b": (16,)}, {}),
]  # fmt: skip
