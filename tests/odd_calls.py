"""Every public function with arguments that it takes, and odd values to put in the place of one of them."""

import decimal
import functools
import math
import tempfile
from fractions import Fraction
from pathlib import Path

import jax
import numpy as np

import lstmderiv
from lstmderiv import interchange, language_training, on_jax, sampling
from lstmderiv.language_model import initial_parameters, perplexity

__all__ = ["ODD", "calls"]

B, T, D, H, V = 2, 3, 4, 2, 5


def _numbers(*shape):
    return np.random.default_rng(math.prod(shape)).normal(size=shape) / 2


def _cells():
    """(name, function, arguments) of the cells and of what runs them over a sequence, forward and backward."""
    W, b = _numbers(4 * H, D + H), _numbers(4 * H)
    lstm = lstmderiv.LSTMParameters(W, b)
    peephole = lstmderiv.PeepholeParameters(W, b, _numbers(H), _numbers(H), _numbers(H))
    normed = lstmderiv.LayerNormLSTMParameters(W, _numbers(5, H), _numbers(5, H))
    gru = lstmderiv.GRUParameters(_numbers(3 * H, D + H), _numbers(3 * H), _numbers(H))
    rnn = lstmderiv.RNNParameters(_numbers(H, D + H), _numbers(H))
    x, h, c = _numbers(B, D), _numbers(B, H), _numbers(B, H)
    bias = {"forget_bias": 1.0}
    for name, parameters, states, more in [
        ("lstm", lstm, "hc", bias),
        ("peephole_lstm", peephole, "hc", bias),
        ("layer_norm_lstm", normed, "hc", {**bias, "epsilon": 1e-5}),
        ("gru", gru, "h", {}),
        ("rnn", rnn, "h", {}),
    ]:
        forward, backward = (getattr(lstmderiv, f"{name}_cell{way}") for way in ("", "_backward"))
        given = {"x": x, "h": h, "c": c}
        given = {key: given[key] for key in ("x", *states)} | {"parameters": parameters, **more}
        trace = forward(**given)
        d = {"d_h": h, "d_c_next": c} if "c" in states else {"d_h": h}
        yield forward, given
        yield backward, {**d, "trace": trace, "parameters": parameters}
        forward, backward = (getattr(lstmderiv, f"{name}{way}") for way in ("", "_backward"))
        given = {"x": _numbers(B, T, D), "parameters": parameters, **{f"{s}0": h for s in states}, **more}
        given |= {"lengths": np.array([3, 2]), "reverse": False}
        given |= {"compiled": False} if name == "lstm" else {}
        trace = forward(**given)
        back = {"d_h": _numbers(B, T, H), "trace": trace, **{f"d_{s}_last": h for s in states}}
        if name == "lstm":
            # What does not fit the result that is given may as well be the result: `out` is odd on its own.
            yield functools.partial(forward, **given), {"out": trace}
            yield functools.partial(backward, **back), {"out": backward(**back)}
            yield functools.partial(forward, compiled=True), {key: v for key, v in given.items() if key != "compiled"}
            yield functools.partial(backward, compiled=True), back
        yield forward, given
        yield backward, back
        yield trace.step, {"t": 1}
    states = {"h0": (h, h), "c0": (h, h)}
    both = {"x": _numbers(B, T, D), "forward_parameters": lstm, "backward_parameters": lstm, **states, **bias}
    trace = lstmderiv.bidirectional_lstm(**both, lengths=[3, 2])
    last = {"d_h_last": (h, h), "d_c_last": (h, h)}
    yield lstmderiv.bidirectional_lstm, {**both, "lengths": [3, 2]}
    yield lstmderiv.bidirectional_lstm_backward, {"d_h": _numbers(B, T, 2 * H), "trace": trace, **last}
    stack = [lstm, lstmderiv.LSTMParameters(_numbers(4 * H, 2 * H), b)]
    given = {"x": _numbers(B, T, D), "parameters": stack, **states, **bias, "lengths": [3, 2], "reverse": False}
    trace = lstmderiv.stacked_lstm(**given)
    yield lstmderiv.stacked_lstm, given
    yield lstmderiv.stacked_lstm_backward, {"d_h": _numbers(B, T, H), "trace": trace, **last}
    yield lstmderiv.lstm_state_jacobian, {"trace": lstmderiv.lstm_cell(x, h, c, lstm), "parameters": lstm}
    yield lstmderiv.rnn_state_jacobian, {"trace": lstmderiv.rnn_cell(x, h, rnn), "parameters": rnn}
    yield lstmderiv.state_jacobian_products, {"jacobians": _numbers(T, B, H, H)}
    yield lstmderiv.LSTMParameters, {"W": W, "b": b}
    yield lstmderiv.RNNParameters, {"W": _numbers(H, D + H), "b": _numbers(H)}
    yield lstmderiv.GRUParameters, {"W": gru.W, "b": gru.b, "b_gh": gru.b_gh, "reset": "after"}
    yield lstmderiv.PeepholeParameters, {"W": W, "b": b, "p_f": _numbers(H), "p_i": _numbers(H), "p_o": _numbers(H)}
    yield lstmderiv.LayerNormLSTMParameters, {"W": W, "gain": _numbers(5, H), "shift": _numbers(5, H)}
    yield lstmderiv.rnn, {"x": _numbers(B, T, D), "parameters": rnn}


def _layers():
    x, rows = _numbers(B, T, D), _numbers(B, V)
    labels = np.array([1, 3])
    yield lstmderiv.sigmoid, {"x": rows}
    yield lstmderiv.tanh, {"x": rows}
    yield lstmderiv.sigmoid_backward, {"d_y": rows, "y": rows}
    yield lstmderiv.tanh_backward, {"d_y": rows, "y": rows}
    yield lstmderiv.softmax, {"logits": rows}
    yield lstmderiv.log_softmax, {"logits": rows}
    yield lstmderiv.softmax_jacobian, {"p": rows}
    yield lstmderiv.softmax_backward, {"d_p": rows, "p": rows}
    yield lstmderiv.cross_entropy, {"logits": rows, "labels": labels, "mask": np.ones(B)}
    yield lstmderiv.cross_entropy_backward, {"logits": rows, "labels": labels, "mask": np.ones(B)}
    yield lstmderiv.one_hot, {"labels": labels, "size": V, "dtype": np.float32}
    yield lstmderiv.embedding, {"ids": labels, "table": _numbers(V, D)}
    yield lstmderiv.embedding_backward, {"d_x": _numbers(B, D), "ids": labels, "vocabulary_size": V}
    yield lstmderiv.dense, {"x": _numbers(B, D), "W": _numbers(D, V), "b": _numbers(V)}
    yield lstmderiv.dense_backward, {"d_y": rows, "x": _numbers(B, D), "W": _numbers(D, V)}
    yield lstmderiv.layer_norm, {"x": rows, "gain": _numbers(V), "shift": _numbers(V), "epsilon": 1e-5}
    normed = lstmderiv.layer_norm(rows, _numbers(V), _numbers(V))
    yield lstmderiv.layer_norm_backward, {"d_y": rows, "trace": normed}
    tree = {"a": _numbers(3), "b": [_numbers(2, 2)]}
    yield lstmderiv.global_norm, {"gradients": tree}
    yield lstmderiv.clip_by_global_norm, {"gradients": tree, "max_norm": 0.5}
    yield lstmderiv.gradient_descent, {"parameters": tree, "gradients": tree, "learning_rate": 0.1}
    given = {"parameters": tree, "gradients": tree, "learning_rate": 0.1}
    _, state = lstmderiv.adam(**given)
    yield lstmderiv.adam, {**given, "state": state, "decay_mean": 0.9, "decay_square": 0.99, "epsilon": 1e-8}
    yield lstmderiv.Constant, {"value": rows}
    yield lstmderiv.Constant(rows), {"shape": rows.shape}
    yield lstmderiv.Uniform, {"limit": 0.5, "rng": np.random.default_rng(0)}
    yield lstmderiv.Uniform(0.5, np.random.default_rng(0)), {"shape": (2, 3)}
    switches = {"debug": False, "backpassdebug": False}
    made = {"kernel_initializer": np.zeros, "bias_initializer": np.zeros, **switches}
    yield lstmderiv.Dense, {"size": V, **made}
    yield lstmderiv.LSTMCell, {"hidden_size": H, "forget_bias": 1.0, **made}
    yield lstmderiv.MultiRNNCell, {"cells": [lstmderiv.LSTMCell(H), lstmderiv.LSTMCell(H)], **switches}
    pair = {"forward_cell": lstmderiv.LSTMCell(H), "backward_cell": lstmderiv.LSTMCell(H)}
    yield lstmderiv.BidirectionalLSTM, {**pair, **switches}
    dense = lstmderiv.Dense(V)
    yield dense.build, {"input_size": D}
    yield dense.forward, {"x": x}
    yield dense.backward, {"d_y": _numbers(B, T, V), "trace": dense.forward(x)}
    h = _numbers(B, H)
    for layer, states, width in [
        (lstmderiv.LSTMCell(H), h, H),
        (lstmderiv.MultiRNNCell([lstmderiv.LSTMCell(H)]), (h,), H),
        (lstmderiv.BidirectionalLSTM(**pair), (h, h), 2 * H),
    ]:
        trace = layer.forward(x, states, states)
        yield layer.forward, {"x": x, "h0": states, "c0": states, "lengths": [3, 2]}
        yield layer.backward, {"d_h": _numbers(B, T, width), "trace": trace, "d_h_last": states, "d_c_last": states}
        yield layer.build, {"input_size": D}


def _models():
    rng = np.random.default_rng(0)
    sizes = {"vocabulary_size": V, "embedding_size": D, "hidden_size": H}
    parameters = initial_parameters(**sizes, rng=rng)
    ids, text = np.array([[1, 2, 3], [0, 4, 1]]), np.array([0, 1, 2, 3, 4, 0, 2])
    yield initial_parameters, {**sizes, "rng": rng}
    given = {"ids": ids, "targets": ids, "parameters": parameters, "h0": _numbers(B, H), "c0": _numbers(B, H)}
    yield lstmderiv.language_model, {**given, "forget_bias": 1.0, "lengths": [3, 2]}
    yield lstmderiv.language_model_backward, {"trace": lstmderiv.language_model(**given)}
    yield perplexity, {"ids": text, "parameters": parameters, "forget_bias": 1.0}
    yield language_training.batches, {"ids": text, "batch_size": 2, "window": 3, "rng": rng}
    yield (
        language_training.train,
        {
            "parameters": parameters, "ids": text, "epochs": 1, "batch_size": 2, "window": 3, "learning_rate": 0.1,
            "max_norm": 1.0, "rng": rng, "held_out": text, "forget_bias": 1.0,
        },
    )  # fmt: skip
    yield sampling.softmax_with_temperature, {"logits": _numbers(B, V), "temperature": 0.5}
    drawn = {"parameters": parameters, "start": [1, 2], "length": 2, "temperature": 1.0, "rng": rng}
    yield sampling.sample, {**drawn, "forget_bias": 1.0}


def _interchange():
    folder = Path(tempfile.mkdtemp())
    case = interchange.golden_case("lstm-states")
    network, weights = case.network, case.network.layers[0][0]
    options, arrays = network.options, network.arrays()
    yield interchange.Options, {**options.as_dict(), "activations": {"f": "sigmoid"}}
    yield interchange.Activation, {"name": "hard_sigmoid", "alpha": 0.2, "beta": 0.5}
    yield interchange.Weights, {name: weights.arrays().get(name) for name in ("W_x", "W_h", "b_x")}
    yield interchange.Weights, {"W_x": weights.W_x, "W_h": weights.W_h, **{k: _numbers(4) for k in WEIGHTS}}
    yield interchange.Network, {"options": options, "layers": network.layers}
    yield interchange.Network.from_arrays, {"options": options, "arrays": arrays}
    yield network.replace, {"arrays": arrays}
    yield network.astype, {"dtype": np.float32}
    given = {name: getattr(case, name) for name in CASE}
    yield interchange.Case, given
    yield case.astype, {"dtype": np.float32}
    yield interchange.recurrent, {"x": case.x, "network": network, "h0": case.h0, "c0": case.c0, "lengths": None}
    trace = interchange.recurrent(case.x, network)
    back = {"d_y": case.d_y, "trace": trace, "d_h_last": case.d_h_last, "d_c_last": case.d_c_last}
    yield interchange.recurrent_backward, back
    yield interchange.golden_case, {"name": "lstm-plain"}
    yield interchange.golden_numbers, {"shape": (2, 3), "j": 1}
    yield interchange.convention, {"framework": "keras"}
    yield interchange.exact_sections, {"case": interchange.golden_case("rnn-no-biases"), "dtype": float, "digits": 30}
    keras = interchange.to_framework("keras", network)
    torch = interchange.to_framework("pytorch", network)
    yield interchange.to_framework, {"framework": "keras", "network": network}
    read = {"arrays": torch.arrays, "cell": "lstm", "prefix": ""}
    yield interchange.from_framework, {"framework": "pytorch", **read}
    yield interchange.convert, {"source": "pytorch", "target": "keras", **read}
    gradients = interchange.recurrent_backward(case.d_y, trace)
    yield interchange.gradients_to_framework, {"framework": "keras", "network": network, "gradients": gradients}
    yield interchange.diagnose, {"mine": {"y": trace.y}, "case": case, "framework": None}
    yield interchange.diagnose, {"mine": {"y": trace.y}, "case": case, "framework": keras.framework}
    yield interchange.Float, {"name": "float16"}
    yield interchange.FixedPoint, {"word": 16, "fraction": 12, "overflow": "saturate"}
    yield interchange.number_format, {"given": "fixed:16:12"}
    yield interchange.number_formats, {"given": "float16"}
    yield interchange.precision, {"case": case, "formats": "float16"}
    yield interchange.precision(case, "float16").steps_text, {"name": "y"}
    yield interchange.smallest_fixed_point, {"case": case, "tolerance": 0.1, "tensors": ["y"], "overflow": "wrap"}
    interchange.write_case(folder / "case.npz", case)
    yield interchange.write_case, {"path": folder / "written.npz", "case": case, "exact": False}
    yield interchange.read_case, {"path": folder / "case.npz"}
    yield interchange.read_arrays, {"path": folder / "case.npz"}


WEIGHTS = ("b_x", "b_h", "p_f", "p_i", "p_o", "b_p")
CASE = ("name", "network", "x", "h0", "c0", "lengths", "d_y", "d_h_last", "d_c_last", "description")


def _on_jax():
    W, b = _numbers(4 * H, D + H).astype(np.float32), _numbers(4 * H).astype(np.float32)
    x, h = _numbers(B, T, D).astype(np.float32), _numbers(B, H).astype(np.float32)
    yield on_jax.lstm_cell, {"x": x[:, 0], "h": h, "c": h, "W": W, "b": b, "forget_bias": 1.0}
    given = {"x": x, "W": W, "b": b, "h0": h, "c0": h, "forget_bias": 1.0, "lengths": [3, 2], "reverse": False}
    yield on_jax.lstm, given
    yield on_jax.tree, {"parameters": initial_parameters(V, D, H, np.random.default_rng(0))}
    tree = {"embedding": _numbers(V, D), "lstm": {"W": W, "b": b}, "output": {"W": _numbers(H, V), "b": _numbers(V)}}
    tree = jax.tree.map(lambda array: array.astype(np.float32), tree)
    ids = np.array([[1, 2, 3], [0, 4, 1]])
    given = {"parameters": tree, "ids": ids, "targets": ids, "forget_bias": 1.0, "lengths": [3, 2], "mesh": None}
    yield on_jax.language_model_gradients, given
    yield on_jax.language_model_update, {**given, "learning_rate": 0.1, "max_norm": 1.0}
    yield on_jax.rebound, {"function": lstmderiv.tanh}


def calls():
    """(name, function, arguments) of every public function, each with all its arguments by name.

    Returns
    -------
    list of tuple
    """
    found = {}
    for part in (_cells, _layers, _models, _interchange, _on_jax):
        for function, arguments in part():
            named = getattr(function, "func", function)
            name = getattr(named, "__qualname__", type(named).__qualname__ + ".__call__")
            module = getattr(named, "__module__", None) or type(named).__module__
            name = f"{module.removeprefix('lstmderiv.')}:{name}"
            while name in found:
                name += "+"
            found[name] = function, arguments
    return [(name, *call) for name, call in found.items()]


class _NoArray:
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("it stands on another device")


def _nested(depth):
    value = 1.0
    for _ in range(depth):
        value = [value]
    return value


def _recursive(kind):
    value = kind()
    value.append(value) if kind is list else value.update(a=value)
    return value


def _shape(value):
    """The shape of an argument; () for what has none."""
    shape = () if isinstance(value, type) else np.shape(value)
    return tuple(shape)


def _masked(shape):
    """Ones of which the last is masked."""
    mask = np.zeros(shape, bool)
    mask.flat[-1:] = True
    return np.ma.masked_array(np.ones(shape), mask)


def _one(shape, number, dtype=float):
    array = np.ones(shape, dtype)
    array.flat[-1] = number
    return array


#: By what they are, functions that make one: from what an argument should have been.
ODD = {
    "None": lambda v: None,
    "Ellipsis": lambda v: ...,
    "a switch": lambda v: True,
    "a switch of NumPy": lambda v: np.bool_(False),
    "text": lambda v: "text",
    "no text": lambda v: "",
    "a lone surrogate": lambda v: "\ud800",
    "text with a null": lambda v: "a\0b.npz",
    "bytes": lambda v: b"bytes",
    "zero": lambda v: 0,
    "one": lambda v: 1,
    "minus one": lambda v: -1,
    "a fraction of one": lambda v: 0.5,
    "a large size": lambda v: 10**13,
    "an integer beyond int64": lambda v: 2**70,
    "an integer beyond float64": lambda v: 10**400,
    "a negative integer beyond float64": lambda v: -(10**400),
    "NaN": lambda v: math.nan,
    "infinity": lambda v: math.inf,
    "the largest number": lambda v: 1.7e308,
    "a complex number": lambda v: 1j,
    "a Fraction": lambda v: Fraction(1, 3),
    "a Decimal": lambda v: decimal.Decimal("0.5"),
    "a NaN that is a Decimal": lambda v: decimal.Decimal("sNaN"),
    "an array of no axis": lambda v: np.array(0.5),
    "an array of one": lambda v: np.array([1]),
    "an object": lambda v: object(),
    "a type": lambda v: int,
    "a function": lambda v: lambda *_: None,
    "a module": lambda v: math,
    "a generator": lambda v: iter([1.0, 2.0]),
    "a set": lambda v: {1.0, 2.0},
    "a range": lambda v: range(3),
    "no list": lambda v: [],
    "no mapping": lambda v: {},
    "no tuple": lambda v: (),
    "a mapping": lambda v: {"a": 1},
    "a mapping with an array as key": lambda v: {(1, 2): np.ones(2), 3: None},
    "unequal lists": lambda v: [[1.0], [2.0, 3.0]],
    "a list of None": lambda v: [None, None],
    "a list of arrays that differ": lambda v: [np.ones(2), np.ones((3, 3))],
    "a list within itself": lambda v: _recursive(list),
    "a mapping within itself": lambda v: _recursive(dict),
    "a deep list": lambda v: _nested(100),
    "a very deep list": lambda v: _nested(3000),
    "no array": lambda v: _NoArray(),
    "no array in a list": lambda v: [_NoArray()],
    "text in an array": lambda v: np.full(_shape(v) or 2, "a"),
    "dates": lambda v: np.full(_shape(v) or 2, "2026-01-01", "datetime64[D]"),
    "records": lambda v: np.zeros(_shape(v) or 2, "i4,f8"),
    "None in an array": lambda v: np.full(_shape(v) or 2, None),
    "lists in an array": lambda v: np.frompyfunc(lambda _: [], 1, 1)(np.ones(_shape(v) or 2)),
    "a masked array": lambda v: _masked(_shape(v)),
    "a masked array in a list": lambda v: [np.ma.masked_array([1.0, 2.0], [True, False])] * 2,
    "a masked number": lambda v: np.ma.masked,
    "a matrix": lambda v: np.ones((2, 2)).view(np.matrix),
    "no rows": lambda v: np.ones((0, *_shape(v)[1:])),
    "no columns": lambda v: np.ones((*_shape(v)[:-1], 0)),
    "another axis": lambda v: np.ones((1, *_shape(v))),
    "many axes": lambda v: np.ones((1,) * 60),
    "one more column": lambda v: np.ones((*_shape(v)[:-1], (_shape(v) or (0,))[-1] + 1)),
    "complex numbers": lambda v: np.ones(_shape(v), complex),
    "single precision": lambda v: np.ones(_shape(v), np.float32),
    "half precision": lambda v: np.ones(_shape(v), np.float16),
    "extended precision": lambda v: np.ones(_shape(v), np.longdouble),
    "bytes order": lambda v: np.ones(_shape(v), ">f8"),
    "whole numbers": lambda v: np.ones(_shape(v), int),
    "unsigned numbers": lambda v: np.full(_shape(v), 2**63, np.uint64),
    "switches": lambda v: np.ones(_shape(v), bool),
    "Fractions": lambda v: np.full(_shape(v), Fraction(1, 3)),
    "Decimals": lambda v: np.full(_shape(v), decimal.Decimal("0.5")),
    "a Decimal among numbers": lambda v: _one(_shape(v) or 2, decimal.Decimal("0.5"), object),
    "a NaN among Decimals": lambda v: np.full(_shape(v), decimal.Decimal("NaN")),
    "integers beyond float64": lambda v: np.full(_shape(v), 10**400),
    "floats as objects": lambda v: np.ones(_shape(v)).astype(object),
    "one NaN": lambda v: _one(_shape(v), math.nan),
    "one infinity": lambda v: _one(_shape(v), -math.inf),
    "the largest numbers": lambda v: np.full(_shape(v), 1.7e308),
    "the smallest numbers": lambda v: np.full(_shape(v), 5e-324),
}
