"""The recurrent operator: a network over sequences, forward and backward, with every intermediate by name."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lstmderiv.checks import ArgumentTypeError, floating, having, instance, integers
from lstmderiv.interchange.activations import METHODS
from lstmderiv.interchange.direction import collect, run, run_backward
from lstmderiv.interchange.network import Network, Weights
from lstmderiv.tape import Intervene, Place, Tape
from lstmderiv.types import Array, ArrayLike

__all__ = ["RecurrentGradients", "RecurrentTrace", "recurrent", "recurrent_backward"]


@dataclass(frozen=True, eq=False)
class RecurrentTrace:
    """A forward pass of a network, and all that the backward pass reads.

    Axes of sequences are those of `network.options.layout`. L layers, K directions.

    Attributes
    ----------
    y : ndarray (B, T, KR)
        Outputs of the last layer, the forward direction first.
    h_last : ndarray (L, K, B, R)
        Hidden states after each row's own last step.
    c_last : ndarray (L, K, B, H), or None
        Cell states; None but for an LSTM.
    network : Network
    x, h0, c0, lengths : ndarray or None
        What was given; states that were not are zeros.
    tapes : tuple
        For each layer and direction the tapes of its steps, in the order in which they ran.
    """

    y: Array
    h_last: Array
    c_last: Array | None
    network: Network
    x: Array
    h0: Array
    c0: Array | None
    lengths: Array | None
    tapes: tuple[list[Tape], ...]

    @cached_property
    def tensors(self) -> dict[str, Array]:
        """Every intermediate in the order of its computation, as a dictionary.

        "layer0.forward.a_f" and so on, each (B, T, ...), aligned in time with the inputs. Zero at padded steps, unless
        `finished` is "computed".
        """
        found, options = {}, self.network.options
        for (_, _, prefix), steps in zip(self.network.places(), self.tapes):
            collect(found, prefix, steps, self.lengths, options, forward=True)
        return found


@dataclass(frozen=True, eq=False)
class RecurrentGradients:
    """Gradients of a backward pass.

    Attributes
    ----------
    x : ndarray (B, T, D)
    h0 : ndarray (L, K, B, R)
    c0 : ndarray (L, K, B, H), or None
    layers : tuple of tuple of Weights
        Gradients of the weights of each layer and direction.
    tapes : tuple
        As those of the trace, of the backward pass.
    trace : RecurrentTrace
        The run that was differentiated.
    """

    x: Array
    h0: Array
    c0: Array | None
    layers: tuple[tuple[Weights, ...], ...]
    tapes: tuple[tuple[Tape, ...], ...]
    trace: RecurrentTrace

    @cached_property
    def tensors(self) -> dict[str, Array]:
        """Every intermediate gradient in the order of its computation, as a dictionary.

        "layer0.forward.d_a_f" and so on, and those of the weights, "layer0.forward.d_W_x" and so on.
        """
        network, totals, found = self.trace.network, self.totals(), {}
        for (_, _, prefix), steps in reversed(list(zip(network.places(), self.tapes))):
            collect(found, prefix, steps, self.trace.lengths, network.options, forward=False)
            found |= {name: array for name, array in totals.items() if name.startswith(prefix)}
        return found

    def totals(self) -> dict[str, Array]:
        """The gradients of the weights alone, by the names that they have among the tensors.

        Returns
        -------
        dict
        """
        places = self.trace.network.places()
        shares = {prefix: self.layers[n][k].arrays() for n, k, prefix in places}
        return {f"{prefix}d_{name}": array for prefix, share in shares.items() for name, array in share.items()}


def recurrent(
    x: ArrayLike,
    network: Network,
    h0: ArrayLike | None = None,
    c0: ArrayLike | None = None,
    *,
    lengths: ArrayLike | None = None,
    intervene: Intervene | None = None,
) -> RecurrentTrace:
    """Run a network over sequences.

    Parameters
    ----------
    x : array_like (B, T, D), or (T, B, D) with layout "time_first"
        Inputs. B and T may be 0.
    network : Network
    h0 : array_like (L, K, B, R), optional
        Initial hidden states of every layer and direction; zeros if not given.
    c0 : array_like (L, K, B, H), optional
        LSTM: initial cell states; zeros if not given.
    lengths : array_like of integers (B,), optional
        Steps of each row, 0..T; T if not given.
    intervene : callable, optional
        Called as intervene(place, name, value, tape) for every intermediate, see `Tape`; what it returns is used.

    Returns
    -------
    RecurrentTrace
        Dtype: NumPy's promotion of all arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type, does not hold numbers, or is a `c0` for a cell without cell state.
    ValueError
        If shapes do not fit, a length is out of range, or an argument holds NaN or infinities.

    Notes
    -----
    Equations :eq:`eq:recurrent-clip`, :eq:`eq:recurrent-c`, :eq:`eq:recurrent-h`, :eq:`eq:recurrent-coupled-f` and
    :eq:`eq:recurrent-held`, where the options differ from the cells of the chapters.

    Source: ONNX operators LSTM, GRU and RNN; the chapters `lstm`, `stacked`, `bidirectional`, `peephole`, `gru`, `rnn`.
    """
    instance("network", network, Network)
    options = network.options
    batch_first = options.layout == "batch_first"
    x = floating("x", x, ("B", "T", "D") if batch_first else ("T", "B", "D"), D=network.input_size)
    B, T = x.shape[:2] if batch_first else x.shape[1::-1]
    sizes = {"L": len(network.layers), "K": len(options.directions), "B": B}
    states = {"h0": (h0, ("L", "K", "B", "R"), network.state_size)}
    if options.cell == "lstm":
        states["c0"] = (c0, ("L", "K", "B", "H"), network.hidden_size)
    elif c0 is not None:
        raise ArgumentTypeError("c0", f"None, as a {options.cell} has no cell state", type(c0).__name__)
    given = {
        name: floating(name, value, dims, **sizes, **{dims[3]: size})
        for name, (value, dims, size) in states.items()
        if value is not None
    }
    if lengths is not None:
        lengths = integers("lengths", lengths, ("B",), 0, T + 1, bounds=f"in 0..T with T = {T}", B=B).copy()
    if x.size:
        for one in options.activations.values():
            if (method := METHODS.get(one.name)) is not None:
                having(method, x=x, **given, **{f"network.{name}": array for name, array in network.arrays().items()})
    dtype = np.result_type(x, network.dtype, *given.values())
    x = x.astype(dtype)
    states = {
        name: np.array(given[name], dtype) if name in given else np.zeros((sizes["L"], sizes["K"], B, size), dtype)
        for name, (_, _, size) in states.items()
    }
    h0, c0 = states["h0"], states.get("c0")

    flow, tapes, last = x if not batch_first else x.swapaxes(0, 1), [], {"h": [], "c": []}
    for n, layer in enumerate(network.layers):
        outputs = []
        for k, weights in enumerate(layer):
            start = {"h": h0[n, k]} if c0 is None else {"h": h0[n, k], "c": c0[n, k]}
            place = Place(n, options.directions[k], None)
            y, end, steps = run(flow, weights, start, place, options, lengths, intervene)
            outputs.append(y)
            tapes.append(steps)
            for name, state in end.items():
                last[name].append(state)
        flow = np.concatenate(outputs, axis=-1)
    h_last = np.stack(last["h"]).reshape(h0.shape)
    c_last = None if c0 is None else np.stack(last["c"]).reshape(c0.shape)
    y = flow.swapaxes(0, 1) if batch_first else flow
    return RecurrentTrace(np.ascontiguousarray(y), h_last, c_last, network, x, h0, c0, lengths, tuple(tapes))


def recurrent_backward(
    d_y: ArrayLike | None,
    trace: RecurrentTrace,
    d_h_last: ArrayLike | None = None,
    d_c_last: ArrayLike | None = None,
    *,
    intervene: Intervene | None = None,
) -> RecurrentGradients:
    """Back-propagate through a run of a network.

    Parameters
    ----------
    d_y : array_like like `trace.y`, or None
        Gradient of the loss with respect to the outputs; None for zero.
    trace : RecurrentTrace
        What `recurrent` returned.
    d_h_last : array_like (L, K, B, R), optional
        Gradient with respect to the last hidden states, in addition to `d_y`; zero if not given.
    d_c_last : array_like (L, K, B, H), optional
        LSTM: gradient with respect to the last cell states; zero if not given.
    intervene : callable, optional
        As for `recurrent`; also called for the gradient of every weight, with a place whose step is None.

    Returns
    -------
    RecurrentGradients
        Dtype: NumPy's promotion of the gradients given and the run.

    Raises
    ------
    TypeError
        If an argument is of the wrong type, does not hold numbers, or is a `d_c_last` for a cell without cell state.
    ValueError
        If shapes do not fit, or an argument holds NaN or infinities.

    Notes
    -----
    Equations :eq:`eq:recurrent-d-a-f`, :eq:`eq:recurrent-d-unclipped-c`, :eq:`eq:recurrent-d-m`,
    :eq:`eq:recurrent-coupled-d-i` and :eq:`eq:recurrent-d-held`, where the options differ from the cells of the
    chapters.

    Source: Werbos (1990); the chapters named at `recurrent`.
    """
    instance("trace", trace, RecurrentTrace)
    network, options = trace.network, trace.network.options
    upstream = {"d_y": (d_y, trace.y, ("T", "B", "KR")), "d_h_last": (d_h_last, trace.h_last, ("L", "K", "B", "R"))}
    if options.layout == "batch_first":
        upstream["d_y"] = (d_y, trace.y, ("B", "T", "KR"))
    if trace.c_last is not None:
        upstream["d_c_last"] = (d_c_last, trace.c_last, ("L", "K", "B", "H"))
    elif d_c_last is not None:
        raise ArgumentTypeError("d_c_last", f"None, as a {options.cell} has no cell state", type(d_c_last).__name__)
    checked = {
        name: floating(name, value, dims, **dict(zip(dims, like.shape)))
        for name, (value, like, dims) in upstream.items()
        if value is not None
    }
    dtype = np.result_type(trace.y, *checked.values())
    arrays = {
        name: np.array(checked[name], dtype) if name in checked else np.zeros(like.shape, dtype)
        for name, (_, like, _) in upstream.items()
    }
    last = {"h": arrays["d_h_last"], "c": arrays.get("d_c_last")}

    K, R = len(options.directions), network.state_size
    flow = arrays["d_y"].swapaxes(0, 1) if options.layout == "batch_first" else arrays["d_y"]
    found = {}
    for n, k, _ in reversed(network.places()):
        if k == K - 1:
            d_outputs, flow = flow, None
        d_out = d_outputs[..., k * R : (k + 1) * R]
        ends = {name: d[n, k] for name, d in last.items() if d is not None}
        place = Place(n, options.directions[k], None)
        steps, start, d_x, share = run_backward(
            d_out, trace.tapes[n * K + k], network.layers[n][k], ends, place, options, trace.lengths, intervene
        )
        found[n, k] = share, start, tuple(steps)
        flow = d_x if flow is None else flow + d_x
    layers = tuple(tuple(found[n, k][0] for k in range(K)) for n in range(len(network.layers)))
    starts = {
        name: np.stack([found[n, k][1][name] for n, k, _ in network.places()]).reshape(d.shape)
        for name, d in last.items()
        if d is not None
    }
    d_x = np.ascontiguousarray(flow.swapaxes(0, 1) if options.layout == "batch_first" else flow)
    tapes = tuple(found[n, k][2] for n, k, _ in network.places())
    return RecurrentGradients(d_x, starts["h"], starts.get("c"), layers, tapes, trace)
