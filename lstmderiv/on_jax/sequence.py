"""One step of an LSTM and the steps of a sequence on JAX, with the derived backward step as JAX's rule.

`lstm_cell_step` and `lstm_cell_step_backward` themselves run here; what is written anew is the loop over time, which
JAX compiles once for all steps.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from lstmderiv.checks import ArgumentError, flag, real_scalar
from lstmderiv.lstm_cell import LSTMParameters, lstm_cell_step, lstm_cell_step_backward
from lstmderiv.on_jax._arguments import Backward, Given, common, real, step_backward, whole
from lstmderiv.on_jax.lines import rebound
from lstmderiv.tape import Tape
from lstmderiv.types import Real

__all__ = ["LSTMOutputs", "lstm", "lstm_cell"]

#: What the backward step reads of what the forward step wrote or was given.
KEPT = ("z", "f", "i", "g", "o", "c_prev", "tanh_c")

_step = rebound(lstm_cell_step)


class _Weights(LSTMParameters):
    """The blocks of JAX's arrays: they have been checked, and are not to become NumPy's."""

    def __post_init__(self) -> None:
        pass


class LSTMOutputs(NamedTuple):
    """What an LSTM hands on, of one sequence.

    Attributes
    ----------
    h : Array (B, T, H)
        State after each step, zero at padded steps.
    h_last, c_last : Array (B, H)
        States after the last step of each row.
    """

    h: jax.Array
    h_last: jax.Array
    c_last: jax.Array


def lstm_cell(
    x: Given,
    h: Given,
    c: Given,
    W: Given,
    b: Given,
    *,
    forget_bias: Real = 0.0,
    backward: Backward = lstm_cell_step_backward,
) -> tuple[jax.Array, jax.Array]:
    """One step of an LSTM, Equations :eq:`eq:lstm-cell-z` to :eq:`eq:lstm-cell-h`.

    JAX differentiates it by `lstm_cell_step_backward`, Equations :eq:`eq:d-o-value` to :eq:`eq:d-c-prev-recurrence`.

    Parameters
    ----------
    x : array_like (B, D)
        Input.
    h, c : array_like (B, H)
        Hidden and cell state of the step before.
    W : array_like (4H, D + H)
        As in `LSTMParameters`.
    b : array_like (4H,)
    forget_bias : float, optional
        Added to the forget gate's pre-activation. A number that is known when the program is compiled.
    backward : function, optional
        The backward step that is JAX's rule. None: JAX differentiates the forward step itself.

    Returns
    -------
    h, c : Array (B, H)
        The new states. Dtype: JAX's promotion of all arguments.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold floating-point numbers.
    ValueError
        If shapes do not fit, or an argument is float64 and JAX is not set to it. NaN and infinities are not looked for:
        under `jit` there are no numbers to look at.
    """
    forget_bias, backward = float(real_scalar("forget_bias", forget_bias)), step_backward(backward)
    W, b, sizes = _weights(W, b)
    x = real("x", x, ("B", "D"), D=sizes["D"])
    h, c = (real(name, state, ("B", "H"), B=x.shape[0], H=sizes["H"]) for name, state in (("h", h), ("c", c)))
    arrays = common(x, h, c, W, b)
    if backward is None:
        return _cell_forward(forget_bias, backward, *arrays)[0]
    return _cell(forget_bias, backward, *arrays)


def lstm(
    x: Given,
    W: Given,
    b: Given,
    h0: Given | None = None,
    c0: Given | None = None,
    *,
    forget_bias: Real = 0.0,
    lengths: Given | None = None,
    reverse: bool = False,
    backward: Backward = lstm_cell_step_backward,
) -> LSTMOutputs:
    """LSTM over a sequence, Equation :eq:`eq:lstm-recurrence`.

    JAX differentiates it by `lstm_cell_step_backward`, through time, Equations :eq:`eq:through-time-d-h` to
    :eq:`eq:through-time-d-w`. To be called under `jax.jit`: outside of it the loop is compiled at every call.

    Parameters
    ----------
    x : array_like (B, T, D)
        Inputs. B and T may be 0.
    W : array_like (4H, D + H)
        As in `LSTMParameters`.
    b : array_like (4H,)
    h0, c0 : array_like (B, H), optional
        Initial states; zeros if not given.
    forget_bias : float, optional
        As for `lstm_cell`.
    lengths : array_like of integers (B,), optional
        Steps of each row, 0..T. Later steps are padding: outputs there are zero and the states are handed on.
    reverse : bool, optional
        Run from each row's own last step to its first. Outputs stay aligned in time with the inputs.
    backward : function, optional
        As for `lstm_cell`.

    Returns
    -------
    LSTMOutputs
        `.h` (B, T, H), `.h_last` and `.c_last` (B, H). Dtype: JAX's promotion of all arguments.

    Raises
    ------
    TypeError, ValueError
        As for `lstm_cell`; a length that is out of range is an error, too, unless it is traced.
    """
    forget_bias, backward = float(real_scalar("forget_bias", forget_bias)), step_backward(backward)
    reverse = flag("reverse", reverse)
    W, b, sizes = _weights(W, b)
    H = sizes["H"]
    x = real("x", x, ("B", "T", "D"), D=sizes["D"])
    B, T, _ = x.shape
    h0, c0 = (
        jnp.zeros((B, H), x.dtype) if state is None else real(name, state, ("B", "H"), B=B, H=H)
        for name, state in (("h0", h0), ("c0", c0))
    )
    on = None
    if lengths is not None:
        lengths = whole("lengths", lengths, ("B",), 0, T + 1, bounds=f"in 0..T with T = {T}", B=B)
        on = (jnp.arange(T)[:, None] < lengths)[..., None]
    x, h0, c0, W, b = common(x, h0, c0, W, b)
    order = slice(None, None, -1 if reverse else 1)
    arguments = jnp.swapaxes(x, 0, 1)[order], h0, c0, W, b, None if on is None else on[order]
    if backward is None:
        (h, *last), _ = _sequence_forward(forget_bias, backward, *arguments)
    else:
        h, *last = _sequence(forget_bias, backward, *arguments)
    return LSTMOutputs(jnp.swapaxes(h[order], 0, 1), *last)


def _weights(W, b):
    """W and b, checked, and the sizes that they have."""
    W = real("W", W, ("4H", "D + H"))
    rows, columns = W.shape
    H = rows // 4
    if rows == 0 or rows % 4 or columns <= H:
        raise ArgumentError("W", "(4H, D + H) with H >= 1 and D >= 1", W.shape)
    return W, real("b", b, ("4H",), **{"4H": rows}), {"D": columns - H, "H": H}


# For JAX, a function with a derivative of its own: the forward rule returns, beside the results, what the backward rule
# is to have. The forget bias and the backward step are no arrays and have no gradient.


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _cell(forget_bias, backward, x, h, c, W, b):
    return _cell_forward(forget_bias, backward, x, h, c, W, b)[0]


def _cell_forward(forget_bias, backward, x, h, c, W, b):
    t = Tape(known={"x": x, "h_prev": h, "c_prev": c})
    _step(t, _Weights(W, b), forget_bias)
    return (t.h, t.c), (dict(t), W, b)


def _cell_backward(forget_bias, backward, kept, upstream):
    trace, W, b = kept
    d_h, d_c_next = upstream
    t = Tape(known=trace | {"d_h": d_h, "d_c_next": d_c_next})
    rebound(backward)(t, _Weights(W, b))
    return t.d_x, t.d_h_prev, t.d_c_prev, t.d_W, t.d_b


_cell.defvjp(_cell_forward, _cell_backward)


# Over time: x (T, B, D) and the mask of steps `on` (T, B, 1), or None, in the order in which the steps run.


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _sequence(forget_bias, backward, x, h0, c0, W, b, on):
    return _sequence_forward(forget_bias, backward, x, h0, c0, W, b, on)[0]


def _sequence_forward(forget_bias, backward, x, h0, c0, W, b, on):
    w = _Weights(W, b)

    def one(states, read):
        x_t, on_t = read
        t = Tape(known={"x": x_t, **states})
        _step(t, w, forget_bias)
        if on_t is not None:  # a padded step hands on what it was handed
            t["h"], t["c"] = jnp.where(on_t, t.h, t.h_prev), jnp.where(on_t, t.c, t.c_prev)
        return {"h_prev": t.h, "c_prev": t.c}, (t.h, {name: t[name] for name in KEPT})

    last, (h, trace) = jax.lax.scan(one, {"h_prev": h0, "c_prev": c0}, (x, on))
    return (_where(on, h), last["h_prev"], last["c_prev"]), (trace, W, b, on)


def _sequence_backward(forget_bias, backward, kept, upstream):
    trace, W, b, on = kept
    d_h, d_h_last, d_c_last = upstream
    w, step_backward = _Weights(W, b), rebound(backward)

    def one(handed_back, read):
        values, d_h_t, on_t = read
        upstream = {"d_h": d_h_t + handed_back["d_h_prev"], "d_c_next": handed_back["d_c_prev"]}
        upstream = {name: _where(on_t, d) for name, d in upstream.items()}
        t = Tape(known=values | upstream)
        step_backward(t, w)
        if on_t is not None:  # and hands back what it was handed back
            for name, d in handed_back.items():
                t[name] = jnp.where(on_t, t[name], d)
        return {name: t[name] for name in handed_back}, (upstream, t.d_x)

    last = {"d_h_prev": d_h_last, "d_c_prev": d_c_last}
    first, (upstream, d_x) = jax.lax.scan(one, last, (trace, d_h, on), reverse=True)
    # The recursion is done. For the rest, every step of every row is one row of a batch, and the step's own lines sum
    # over it: one product for each gate, not one for each gate and step. What is not asked for is not computed.
    T, B, _ = d_h.shape
    t = Tape(known={name: value.reshape(T * B, value.shape[-1]) for name, value in (trace | upstream).items()})
    step_backward(t, w)
    return d_x, first["d_h_prev"], first["d_c_prev"], t.d_W, t.d_b, None


_sequence.defvjp(_sequence_forward, _sequence_backward)


def _where(on, value):
    """`value` at the steps that count, zero at padded ones."""
    return value if on is None else jnp.where(on, value, 0)
