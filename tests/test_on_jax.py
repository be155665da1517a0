"""The LSTM and its language model on JAX: equal to the package, with the derived backward pass and without."""

import json
import os
import subprocess
import sys
from fractions import Fraction
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from proveq import COMPILER, edited, relative_difference
from support import random, random_parameters

from lstmderiv import (
    LSTMParameters,
    clip_by_global_norm,
    dense_backward,
    gradient_descent,
    language_model,
    language_model_backward,
    lstm,
    lstm_backward,
    lstm_cell,
    lstm_cell_backward,
    on_jax,
    sigmoid,
)
from lstmderiv.language_model import initial_parameters
from lstmderiv.lstm_cell import lstm_cell_step, lstm_cell_step_backward

B, T, D, H, V = 3, 5, 4, 6, 11
LENGTHS = np.array([5, 2, 0])
NAMES = ("x", "W", "b", "h0", "c0")
ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def double():
    with jax.enable_x64(True):
        yield


def tolerance(dtype):
    """How far results may be from the package's in float64, in units of the largest number of the array.

    In double precision: what is asked for. In single precision: a result is reached by no more roundings, one after the
    other, than the sums and products of T steps forward and backward have; each moves it by at most 2^-24 of its size.
    """
    roundings = 2 * T * ((D + H) + 4 * H + 20)
    return 1e-13 if dtype == np.float64 else roundings * 2.0**-24


def close(found, expected, dtype=np.float64):
    assert found.shape == np.shape(expected) and found.dtype == dtype
    assert relative_difference(np.asarray(found, np.float64), np.asarray(expected)) <= tolerance(dtype)


def arguments(dtype):
    """x, parameters, initial states, gradients of the outputs and of the last states."""
    parameters = random_parameters(D, H, 1, dtype)
    states = random((2, B, H), 3, dtype)
    return random((B, T, D), 2, dtype), parameters, *states, random((B, T, H), 4, dtype), *random((2, B, H), 5, dtype)


def on_device(x, parameters, h0, c0, d_h, d_h_last, d_c_last, **options):
    """Outputs and gradients, compiled as one program."""

    def both(*arrays):
        outputs, back = jax.vjp(partial(on_jax.lstm, **options), *arrays)
        return outputs, back(on_jax.LSTMOutputs(d_h, d_h_last, d_c_last))

    return jax.jit(both, compiler_options=COMPILER)(x, parameters.W, parameters.b, h0, c0)


OPTIONS = [
    {},
    {"forget_bias": Fraction(1, 2), "lengths": LENGTHS},
    {"forget_bias": -0.5, "lengths": LENGTHS, "reverse": True},
    {"forget_bias": 1.0, "lengths": LENGTHS, "backward": None},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_sequence(options):
    given = arguments(np.float64)
    x, parameters, h0, c0, *upstream = given
    outputs, gradients = on_device(*given, **options)
    trace = lstm(x, parameters, h0, c0, **{name: v for name, v in options.items() if name != "backward"})
    expected = lstm_backward(upstream[0], trace, *upstream[1:])
    for name, found in zip(("h", "h_last", "c_last"), outputs):
        close(found, getattr(trace, name))
    for name, found in zip(NAMES, gradients):
        close(found, getattr(expected, name))


@pytest.mark.parametrize("backward", [lstm_cell_step_backward, None], ids=["derived", "automatic"])
def test_sequence_in_single_precision(backward):
    given = arguments(np.float32)
    x, parameters, h0, c0, *upstream = given
    outputs, gradients = on_device(*given, forget_bias=1.0, lengths=LENGTHS, backward=backward)
    # The same numbers, with the reference's arithmetic in double precision.
    trace = lstm(np.float64(x), parameters, h0, c0, forget_bias=1.0, lengths=LENGTHS)
    expected = lstm_backward(upstream[0], trace, *upstream[1:])
    for name, found in zip(("h", "h_last", "c_last"), outputs):
        close(found, getattr(trace, name), np.float32)
    for name, found in zip(NAMES, gradients):
        close(found, getattr(expected, name), np.float32)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_step(dtype):
    x, parameters, h, c, d_h, _, d_c_next = arguments(dtype)
    x, d_h = x[:, 0], d_h[:, 0]
    trace = lstm_cell(np.float64(x), h, c, parameters, forget_bias=1.0)
    expected = lstm_cell_backward(d_h, d_c_next, trace, parameters)

    def both(*arrays):
        states, back = jax.vjp(partial(on_jax.lstm_cell, forget_bias=1.0), *arrays)
        return *states, *back((d_h, d_c_next))

    found = jax.jit(both, compiler_options=COMPILER)(x, h, c, parameters.W, parameters.b)
    for array, reference in zip(found, (trace.h, trace.c, *(getattr(expected, name) for name in "xhcWb"))):
        close(array, reference, dtype)


def test_step_without_a_rule():
    x, parameters, h, c, *_ = arguments(np.float64)
    given = x[:, 0], h, c, parameters.W, parameters.b

    def total(W, backward):
        return sum(map(jnp.sum, on_jax.lstm_cell(*given[:3], W, given[4], backward=backward)))

    def both(W):
        return [jax.grad(total)(W, backward) for backward in (lstm_cell_step_backward, None)]

    close(*jax.jit(both, compiler_options=COMPILER)(given[3]))


@pytest.mark.slow
def test_the_backward_lines_are_differentiated_again():
    x, parameters, *_ = arguments(np.float64)

    def total(b, backward):
        return (on_jax.lstm(x, parameters.W, b, lengths=LENGTHS, backward=backward).h ** 2).sum()

    def both(b):
        return [jax.hessian(total)(b, backward) for backward in (lstm_cell_step_backward, None)]

    derived, automatic = jax.jit(both, compiler_options=COMPILER)(parameters.b)
    close(derived, automatic)
    close(derived, derived.T)


@pytest.mark.parametrize("rows, steps", [(0, 2), (2, 0)])
def test_nothing_to_read(rows, steps):
    parameters = random_parameters(D, H)
    states = random((2, rows, H))
    given = random((rows, steps, D)), parameters, *states, random((rows, steps, H)), *random((2, rows, H), 1)
    outputs, gradients = on_device(*given)
    assert outputs.h.shape == (rows, steps, H) and not gradients[1].any()
    if steps == 0:
        close(outputs.h_last, states[0])
        close(gradients[4], given[-1])


@pytest.mark.parametrize(
    "old, new",
    [
        ("t.d_f = t.d_c * t.c_prev", "t.d_f = -t.d_c * t.c_prev"),
        ("t.d_W_g = t.d_a_g.T @ t.z", "t.d_W_g = -t.d_a_g.T @ t.z"),
    ],
)
def test_a_broken_line_is_caught(old, new):
    given = arguments(np.float64)
    x, parameters, h0, c0, *upstream = given
    broken = edited(lstm_cell_step_backward, old, new)
    outputs, gradients = on_device(*given, backward=broken)
    trace = lstm(x, parameters, h0, c0)
    close(outputs.h, trace.h)
    expected = lstm_backward(upstream[0], trace, *upstream[1:])
    assert max(relative_difference(np.asarray(d), getattr(expected, name)) for name, d in zip(NAMES, gradients)) > 0.01


def test_the_same_code():
    for function in (lstm_cell_step, lstm_cell_step_backward, sigmoid, dense_backward):
        copy = on_jax.rebound(function)
        assert copy.__code__ is function.__code__ and copy.__defaults__ == function.__defaults__
        assert function.__globals__["np"] is np if "np" in function.__globals__ else True
    assert isinstance(on_jax.rebound(sigmoid)(jnp.ones(2)), jax.Array)
    with pytest.raises(TypeError, match="function: expected a function written in Python, got ufunc"):
        on_jax.rebound(np.tanh)


# The language model.


def model(dtype=np.float64):
    rng = np.random.default_rng(6)
    parameters = jax.tree.map(lambda a: a.astype(dtype), on_jax.tree(initial_parameters(V, D, H, rng)))
    ids, targets = rng.integers(0, V, (2, B, T))
    ids[1, 3], targets[2] = -7, V + 1  # padding is not looked at
    return parameters, ids, targets


def in_package(parameters, ids, targets, **options):
    cell = lstm_parameters(parameters["lstm"])
    trace = language_model(ids, targets, {**parameters, "lstm": cell}, **options)
    return trace.mean_loss, language_model_backward(trace).parameters


def lstm_parameters(layer):
    return LSTMParameters(np.asarray(layer["W"]), np.asarray(layer["b"]))


def each_close(found, expected, dtype=np.float64):
    assert jax.tree.structure(found) == jax.tree.structure(expected)
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected)):
        close(one, other, dtype)


@pytest.mark.parametrize(
    "backward, dtype",
    [(lstm_cell_step_backward, np.float64), (lstm_cell_step_backward, np.float32), (None, np.float64)],
    ids=["derived", "derived, single precision", "automatic"],
)
def test_language_model(backward, dtype):
    parameters, ids, targets = model(dtype)
    # Under jit the numbers are not checked, and the results are the same.
    compiled = jax.jit(partial(on_jax.language_model_gradients, backward=backward), compiler_options=COMPILER)
    loss, gradients = compiled(parameters, ids, targets, lengths=LENGTHS)
    mean_loss, expected = in_package(jax.tree.map(np.float64, parameters), ids, targets, lengths=LENGTHS)
    close(loss, mean_loss, dtype)
    each_close(gradients, on_jax.tree(expected), dtype)


def test_updates():
    parameters, _, targets = model()
    targets = np.where(targets < V, targets, 0)
    mine, theirs = parameters, {**parameters, "lstm": lstm_parameters(parameters["lstm"])}
    norms = []
    update = partial(on_jax.language_model_update, learning_rate=2.0, max_norm=0.5)
    update = jax.jit(update, compiler_options=COMPILER)
    for k in range(5):
        ids = np.roll(targets, k, axis=1)
        mine, loss, norm = update(mine, ids, targets)
        trace = language_model(ids, targets, theirs)
        gradients, expected = clip_by_global_norm(language_model_backward(trace).parameters, 0.5)
        theirs = gradient_descent(theirs, gradients, 2.0)
        close(loss, trace.mean_loss)
        close(norm, expected)
        norms.append(expected)
    each_close(mine, on_jax.tree(theirs))
    assert min(norms) < 0.5 < max(norms)  # some are clipped, some are not


DEVICES = """
import json
import os
import jax
import numpy as np

jax.config.update("jax_enable_x64", True)
from jax.sharding import Mesh
from lstmderiv import on_jax
from lstmderiv.language_model import initial_parameters

rng = np.random.default_rng(7)
parameters = on_jax.tree(initial_parameters(11, 4, 6, rng))
ids, targets = rng.integers(0, 11, (2, 13, 5))
lengths = np.array([5, 1, 0, 0, 5, 5, 2, 1, 4, 3, 0, 5, 1])
devices = np.array(jax.devices())
meshes = {"none": None, "eight": Mesh(devices, "rows"), "explicit": jax.make_mesh((8,), ("rows",))}
found = {"devices": len(devices)}
for name, mesh in meshes.items():
    loss, gradients = on_jax.language_model_gradients(parameters, ids, targets, lengths=lengths, mesh=mesh)
    found[name] = [np.asarray(array).tolist() for array in (loss, *jax.tree.leaves(gradients))]
shards = [slice(k, k + 2) for k in (0, 4, 6, 8, 10)]
means = [on_jax.language_model_gradients(parameters, ids[s], targets[s], lengths=lengths[s])[0] for s in shards]
found["mean of means"] = float(np.mean(means))
update = {"learning_rate": 1.0, "max_norm": 0.1, "lengths": lengths, "mesh": meshes["eight"]}
for _ in range(3):
    parameters, loss, _ = on_jax.language_model_update(parameters, ids, targets, **update)
found["update"] = float(loss)
print(json.dumps(found))
"""


@pytest.mark.slow
def test_on_eight_devices():
    flags = "--xla_force_host_platform_device_count=8 --xla_backend_optimization_level=0"
    environment = {**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-c", DEVICES]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=environment)
    found = json.loads(run.stdout)
    assert found["devices"] == 8
    for name in ("eight", "explicit"):
        for mine, alone in zip(found[name], found["none"], strict=True):
            close(np.array(mine), np.array(alone))
    loss = found["none"][0]
    assert abs(found["mean of means"] - loss) > 1e-4 * loss
    assert found["update"] < loss


# What is refused.


def refusals():
    x, parameters, h0, c0, *_ = arguments(np.float32)
    sequence = {"x": x, "W": parameters.W, "b": parameters.b, "h0": h0, "c0": c0}
    step = {"x": x[:, 0], "h": h0, "c": c0, "W": parameters.W, "b": parameters.b}
    weights, ids, _ = model(np.float32)
    words = {"parameters": weights, "ids": np.zeros_like(ids), "targets": np.zeros_like(ids)}
    update = {**words, "learning_rate": 1.0, "max_norm": 1.0}
    no_output = {name: array for name, array in weights.items() if name != "output"}
    doubled = {**weights, "embedding": np.float64(weights["embedding"])}
    bad_table = {**weights, "embedding": np.ones((V, D + 1), np.float32)}
    bad_output = {**weights, "output": {"W": np.ones((H, V + 1), np.float32), "b": weights["output"]["b"]}}
    two_axes = jax.sharding.Mesh(np.array(jax.devices()[:1]).reshape(1, 1), ("a", "b"))
    yield from [
        (on_jax.lstm, sequence, "x", np.ones((B, T, D + 1), np.float32), ValueError, "(B, T, D) with D = 4"),
        (on_jax.lstm, sequence, "x", np.ones((B, T, D), int), TypeError, "float32"),
        (on_jax.lstm, sequence, "x", [[1.0], [2.0, 3.0]], ValueError, "rectangular"),
        (on_jax.lstm, sequence, "W", np.ones((7, 9), np.float32), ValueError, "(4H, D + H)"),
        (on_jax.lstm, sequence, "b", np.ones(7, np.float32), ValueError, "4H = 24"),
        (on_jax.lstm, sequence, "h0", np.ones((B, H + 1), np.float32), ValueError, "H = 6"),
        (on_jax.lstm, sequence, "c0", np.ones((B + 1, H), np.float32), ValueError, "B = 3"),
        (on_jax.lstm, sequence, "lengths", np.array([1, 2, T + 1]), ValueError, "in 0..T with T = 5"),
        (on_jax.lstm, sequence, "lengths", np.ones(3), TypeError, "integers"),
        (on_jax.lstm, sequence, "forget_bias", "1", TypeError, "a real number"),
        (on_jax.lstm, sequence, "reverse", 1, TypeError, "True or False"),
        (on_jax.lstm, sequence, "backward", "automatic", TypeError, "a backward step, or None"),
        (on_jax.lstm_cell, step, "x", x, ValueError, "(B, D)"),
        (on_jax.lstm_cell, step, "h", h0[:2], ValueError, "B = 3"),
        (on_jax.lstm_cell, step, "forget_bias", np.nan, ValueError, "a finite number"),
        (on_jax.language_model_gradients, words, "parameters", no_output, ValueError, "the keys"),
        (on_jax.language_model_gradients, words, "parameters", [], TypeError, "a mapping"),
        (on_jax.language_model_gradients, words, "parameters", doubled, ValueError, "one dtype"),
        (on_jax.language_model_gradients, words, "parameters", bad_table, ValueError, "D + H = 11"),
        (on_jax.language_model_gradients, words, "parameters", bad_output, ValueError, "V = 11"),
        (on_jax.language_model_gradients, words, "ids", np.full((B, T), V), ValueError, "in 0..V-1 with V = 11"),
        (on_jax.language_model_gradients, words, "ids", np.ones((B, T)), TypeError, "integers"),
        (on_jax.language_model_gradients, words, "targets", np.full((B, T + 1), 0), ValueError, "T = 5"),
        (on_jax.language_model_gradients, words, "lengths", np.zeros(B, int), ValueError, "at least one step"),
        (on_jax.language_model_gradients, words, "mesh", 8, TypeError, "Mesh"),
        (on_jax.language_model_gradients, words, "mesh", two_axes, ValueError, "one axis"),
        (on_jax.tree, {}, "parameters", {"W": [1.0]}, TypeError, "mappings of these"),
        (on_jax.language_model_update, update, "learning_rate", -1.0, ValueError, ">= 0"),
        (on_jax.language_model_update, update, "max_norm", 0.0, ValueError, "> 0"),
    ]


@pytest.mark.parametrize("function, good, name, value, error, expected", refusals())
def test_refused(function, good, name, value, error, expected):
    with pytest.raises(error) as caught:
        function(**{**good, name: value})
    message = str(caught.value)
    assert "expected" in message and expected in message and ", got " in message
    assert message.startswith("ids" if expected == "at least one step" else name)


def test_double_precision_is_not_lost_without_a_word():
    given = arguments(np.float64)
    with jax.enable_x64(False), pytest.raises(ValueError, match=r"W: expected float32, or float64 after jax\.config"):
        on_jax.lstm(given[0], given[1].W, given[1].b)


def test_what_is_traced_has_kinds_and_shapes():
    parameters, ids, targets = model()
    with pytest.raises(TypeError, match="ids: expected integers, got dtype float64"):
        jax.eval_shape(on_jax.language_model_gradients, parameters, np.float64(ids), targets)
    with pytest.raises(ValueError, match=r"targets: expected \(B, T\) with B = 3, T = 5, got \(3, 4\)"):
        jax.eval_shape(on_jax.language_model_gradients, parameters, ids, targets[:, 1:])


def test_without_jax():
    code = "import sys; sys.modules['jax'] = None; import lstmderiv; lstmderiv.lstm; import lstmderiv.on_jax"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert run.returncode == 1
    last = run.stderr.splitlines()[-1]
    assert last == "ImportError: lstmderiv.on_jax needs the package `jax`: pip install lstmderiv[jax]"
