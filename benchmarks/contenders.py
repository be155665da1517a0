"""Who computes it. Each makes, from a problem, a function that runs it once, and returns the outputs, d_x and the rest.

Every one of them computes on one thread, and gives the gradients of all arguments. A framework that is not installed
raises ImportError.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from benchmarks.problem import Problem, problem
from lstmderiv import LSTMParameters, lstm, lstm_backward


def package(p):
    """This package, with new arrays at every call."""
    parameters = LSTMParameters(p.W, p.b)

    def run():
        trace = lstm(p.x, parameters)
        gradients = lstm_backward(p.d_h, trace)
        return trace.h, gradients.x, gradients

    return run


def package_again(p, **options):
    """This package, with the arrays of the call before."""
    parameters = LSTMParameters(p.W, p.b)
    trace = gradients = None

    def run():
        nonlocal trace, gradients
        trace = lstm(p.x, parameters, out=trace, **options)
        gradients = lstm_backward(p.d_h, trace, out=gradients, **options)
        return trace.h, gradients.x, gradients

    return run


def package_compiled(p):
    """This package's compiled steps, compiled beforehand, with the arrays of the call before."""
    package_again(problem(1, 1, 1, 1, p.x.dtype), compiled=True)()
    return package_again(p, compiled=True)


def pytorch(p):
    """PyTorch's nn.LSTM, with autograd."""
    import torch

    torch.set_num_threads(1)
    D, H = p.x.shape[2], p.d_h.shape[2]
    model = torch.nn.LSTM(D, H, batch_first=True, dtype=torch.from_numpy(p.W).dtype)
    # PyTorch stacks input gate, forget gate, candidate, output gate, and has a second bias.
    f, i, g, o = (slice(k * H, (k + 1) * H) for k in range(4))
    W, b = (np.concatenate([array[gate] for gate in (i, f, g, o)]) for array in (p.W, p.b))
    with torch.no_grad():
        model.weight_ih_l0.copy_(torch.from_numpy(W[:, :D].copy()))
        model.weight_hh_l0.copy_(torch.from_numpy(W[:, D:].copy()))
        model.bias_ih_l0.copy_(torch.from_numpy(b))
        model.bias_hh_l0.zero_()
    x, d_h = torch.from_numpy(p.x).requires_grad_(), torch.from_numpy(p.d_h)
    arguments = [x, model.weight_ih_l0, model.weight_hh_l0, model.bias_ih_l0]

    def run():
        h, _ = model(x)
        gradients = torch.autograd.grad(h, arguments, d_h)
        return h.detach(), gradients[0], gradients

    return run


def jax(p):
    """A loop in JAX, compiled, with its automatic derivative."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")
    D, H = p.x.shape[2], p.d_h.shape[2]

    def forward(x, W, b):
        from_x = x @ W[:, :D].T + b

        def step(states, a):
            h, c = states
            f, i, g, o = jnp.split(a + h @ W[:, D:].T, 4, axis=-1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), h

        zero = jnp.zeros((x.shape[0], H), x.dtype)
        return jnp.swapaxes(jax.lax.scan(step, (zero, zero), jnp.swapaxes(from_x, 0, 1))[1], 0, 1)

    def both(x, W, b, d_h):
        h, back = jax.vjp(forward, x, W, b)
        return h, *back(d_h)

    arguments = [jnp.asarray(array) for array in (p.x, p.W, p.b, p.d_h)]
    compiled = jax.jit(both).lower(*arguments).compile()

    def run():
        h, *gradients = jax.block_until_ready(compiled(*arguments))
        return h, gradients[0], gradients

    return run


def onnx_runtime(p):
    """ONNX Runtime's LSTM: forward only, and float32 only."""
    import onnx
    import onnxruntime
    from onnx import helper, numpy_helper

    (B, T, D), H = p.x.shape, p.d_h.shape[2]
    # ONNX stacks input gate, output gate, forget gate, candidate, and has a second bias.
    f, i, g, o = (slice(k * H, (k + 1) * H) for k in range(4))
    W, b = (np.concatenate([array[gate] for gate in (i, o, f, g)])[None] for array in (p.W, p.b))
    arrays = {"W": W[..., :D].copy(), "R": W[..., D:].copy(), "B": np.concatenate([b, 0 * b], axis=1)}
    kind = helper.np_dtype_to_tensor_dtype(p.x.dtype)
    graph = helper.make_graph(
        [helper.make_node("LSTM", ["X", *arrays], ["Y"], hidden_size=H)],
        "lstm",
        [helper.make_tensor_value_info("X", kind, (T, B, D))],
        [helper.make_tensor_value_info("Y", kind, (T, 1, B, H))],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    onnx.checker.check_model(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    x = np.ascontiguousarray(np.swapaxes(p.x, 0, 1))

    def run():
        (h,) = session.run(None, {"X": x})
        return np.swapaxes(h[:, 0], 0, 1), None, None

    return run


class Contender(NamedTuple):
    """One that takes part.

    Attributes
    ----------
    title : str
    module : str
        Whose version counts.
    make : callable
        From a problem to the function.
    dtypes : tuple of str
        What it computes in.
    """

    title: str
    module: str
    make: Callable[[Problem], Callable[[], tuple[Any, Any, Any]]]
    dtypes: tuple[str, ...] = ("float64", "float32")


#: By the name in the results.
CONTENDERS = {
    "package": Contender("lstmderiv", "lstmderiv", package),
    "package_again": Contender("lstmderiv, out=", "lstmderiv", package_again),
    "package_compiled": Contender("lstmderiv, compiled", "lstmderiv", package_compiled),
    "pytorch": Contender("PyTorch", "torch", pytorch),
    "jax": Contender("JAX", "jax", jax),
    "onnx_runtime": Contender("ONNX Runtime, forward", "onnxruntime", onnx_runtime, ("float32",)),
}


def installed(names):
    """The versions of the contenders that can be run, by name, and why the others cannot."""
    versions, left_out = {}, []
    for name in names:
        one = CONTENDERS[name]
        try:
            one.make(problem(1, 1, 1, 1, np.float32))
            versions[name] = import_module(one.module).__version__
        except ImportError as error:
            left_out.append({"title": one.title, "reason": str(error)})
    return versions, left_out


def agreed(make, p):
    """The function, after its results on a problem have been compared with those of the package."""
    run = make(p)
    tolerance = 2e-3 if p.x.dtype == np.float32 else 1e-10
    for mine, theirs in zip(run()[:2], package(p)()[:2]):
        # A forward pass alone has no gradient.
        if mine is not None:
            difference = np.abs(np.asarray(mine) - theirs).max() / np.abs(theirs).max()
            if not difference <= tolerance:
                raise RuntimeError(f"{make.__name__} computes something else: {difference}")
    return run
