"""The steps of `lstmderiv.lstm` compiled: everything but the matrix products, in one pass over the rows of a batch.

It needs Numba, the extra `lstmderiv[fast]`: so the package stays pure Python, with nothing to build, and Numba, which
is released every month or two, has wheels for each Python, from 3.11 to 3.14, and takes each NumPy, that it names.
Only `lstm` and `lstm_backward` import this module, when they are called with `compiled=True`.

The lines are those of the derivation, a loop over a row for each, so that the compiler takes several entries of the row
at a time. Sums and products are rounded one by one, as NumPy rounds them: a backward pass gives the same bits. The
curves are made of one series, and exact to three units in the last place; in float64, NumPy's would take longer than
all the loops together.
"""

from functools import cache
from importlib.util import find_spec
from math import factorial, log
from typing import TYPE_CHECKING, Any

import numpy as np

if find_spec("numba") is None:
    raise ImportError("lstmderiv.compiled needs the package `numba`: pip install lstmderiv[fast]", name="numba")

from numba import njit

from lstmderiv.types import Array

if TYPE_CHECKING:
    from lstmderiv.lstm import LSTMTrace

__all__ = ["backward", "forward"]

#: log(2) as a sum. The first part has so few digits that its product with an exponent is exact (Cody and Waite, 1980).
LOG_2 = {"float64": (6.93147180369123816490e-01, 1.90821492927058770002e-10), "float32": (355 / 512, -2.12194440e-4)}
#: The last term of the series that counts where |x| <= log(2) / 2.
TERMS = {"float64": 13, "float32": 7}
#: exp of it is finite, and 1 / (1 + exp(x)) of what is greater is taken for 0.
LARGEST = {"float64": 709, "float32": 88}


@cache
def curves(dtype: np.dtype[Any]) -> tuple[Any, Any]:
    """The sigmoid of -x and the tanh of x, compiled for numbers of `dtype`.

    With x = k log(2) + r, exp(x) is 2^k (1 + p), where p = exp(r) - 1 is the series of exp without its first term.
    NaN remains NaN.
    """
    number, integer = dtype.type, np.dtype(f"i{dtype.itemsize}").type
    digits, bias = integer(np.finfo(dtype).nmant), integer(np.finfo(dtype).maxexp - 1)
    # A number to which this is added is rounded to an integer, which then stands in its last bits.
    rounding = number(1.5 * 2.0 ** int(digits))
    per_log_2, (most, rest) = number(1 / log(2)), map(number, LOG_2[dtype.name])
    last, *others = (number(1 / factorial(n)) for n in range(TERMS[dtype.name], 1, -1))
    others, largest = tuple(others), number(LARGEST[dtype.name])
    zero, one, two, forty = map(number, (0, 1, 2, 40))

    # A product and the sum that it goes into may be rounded together here: that only makes it more exact.
    @njit(fastmath={"contract"})
    def power_and_rest(x):
        shifted = x * per_log_2 + rounding
        k = shifted - rounding
        r = (x - k * most) - k * rest
        series = last
        for term in others:
            series = series * r + term
        exponent = integer((number(shifted).view(integer) + bias) << digits)
        return exponent.view(number), series * r * r + r

    @njit(fastmath={"contract"})
    def sigmoid_of_negative(x):
        within = largest if x > largest else -largest if x < -largest else x
        power, p = power_and_rest(within)
        return zero if x > largest else one / (power * p + (power + one))

    @njit(fastmath={"contract"})
    def tanh(x):
        twice = two * x
        within = forty if twice > forty else -forty if twice < -forty else twice
        power, p = power_and_rest(within)
        e = power * p + (power - one)
        return e / (e + two)

    return sigmoid_of_negative, tanh


@cache
def _forward_step(dtype):
    sigmoid_of_negative, tanh = curves(dtype)

    @njit(error_model="numpy")
    def step(t, before, after, a, gates, tanh_c, c, z):
        _, _, B, H = a.shape
        D = z.shape[2] - 1 - H
        o, f, i, g = gates[t]
        for n in range(B):
            for k in range(3):
                for j in range(H):
                    gates[t, k, n, j] = sigmoid_of_negative(a[t, k, n, j])
            for j in range(H):
                g[n, j] = tanh(a[t, 3, n, j])
            for j in range(H):
                c[after, n, j] = f[n, j] * c[before, n, j] + i[n, j] * g[n, j]
            for j in range(H):
                tanh_c[t, n, j] = tanh(c[after, n, j])
            for j in range(H):
                z[after, n, D + j] = o[n, j] * tanh_c[t, n, j]

    return step


@cache
def _backward_step(dtype):
    one = dtype.type(1)

    @njit(error_model="numpy")
    def step(t, before, active, gates, tanh_c, c, d_h_ext, d_h_next, d_c_next, d_h, d_c, d_a):
        _, _, B, H = gates.shape
        o, f, i, g = gates[t]
        for n in range(B):
            if not active[t, n, 0]:
                d_h[t, n], d_c[t, n], d_a[t, n] = 0, 0, 0
                continue
            for j in range(H):
                d_h[t, n, j] = d_h_ext[n, t, j] + d_h_next[n, j]
            for j in range(H):
                d_c[t, n, j] = d_h[t, n, j] * ((one - tanh_c[t, n, j] * tanh_c[t, n, j]) * o[n, j]) + d_c_next[n, j]
            for j in range(H):
                d_c_next[n, j] = d_c[t, n, j] * f[n, j]
            for j in range(H):
                d_a[t, n, j] = d_c[t, n, j] * ((one - f[n, j]) * f[n, j] * c[before, n, j])
            for j in range(H):
                d_a[t, n, H + j] = d_c[t, n, j] * ((one - i[n, j]) * i[n, j] * g[n, j])
            for j in range(H):
                d_a[t, n, 2 * H + j] = d_c[t, n, j] * ((one - g[n, j] * g[n, j]) * i[n, j])
            for j in range(H):
                d_a[t, n, 3 * H + j] = d_h[t, n, j] * ((one - o[n, j]) * o[n, j] * tanh_c[t, n, j])

    return step


def forward(trace: "LSTMTrace", weights: Array) -> None:
    """Run all steps of a trace that holds inputs and initial states; write what they compute.

    Parameters
    ----------
    trace : LSTMTrace
        Of float32 or float64.
    weights : ndarray (4, D + H + 1, H)
        Of the gates in the order of the tape, those of the sigmoids times -1.
    """
    a, gates, z, c = trace.a_steps, trace.gate_steps, trace.z_steps, trace.c_steps
    step, h = _forward_step(a.dtype), trace._h_steps
    T = len(trace.tanh_c_steps)
    for t in range(T)[trace._order]:
        before, after = (t + 1, t) if trace.reverse else (t, t + 1)
        np.matmul(z[before], weights, out=a[t])
        step(t, before, after, a, gates, trace.tanh_c_steps, c, z)
        if trace.active is not None:
            for states in (h, c):
                np.copyto(states[after], states[before], where=~trace.active[t])


def backward(
    trace: "LSTMTrace",
    d_h_ext: Array,
    d_h: Array,
    d_c: Array,
    d_a: Array,
    d_h_prev: Array,
    d_h_next: Array,
    d_c_next: Array,
) -> Array:
    """Run all steps back.

    Parameters
    ----------
    trace : LSTMTrace
        Of float32 or float64.
    d_h_ext : ndarray (B, T, H)
        Gradient with respect to the outputs.
    d_h, d_c, d_h_prev : ndarray (T, B, H)
        Written.
    d_a : ndarray (T, B, 4H)
        Written.
    d_h_next, d_c_next : ndarray (B, H)
        Gradients with respect to the last states. `d_c_next` is overwritten by that of the initial cell state.

    Returns
    -------
    ndarray (B, H)
        Gradient with respect to the initial hidden state, a view of `d_h_prev`.
    """
    gates, tanh_c, c, step = trace.gate_steps, trace.tanh_c_steps, trace.c_steps, _backward_step(trace.gate_steps.dtype)
    W_h = trace.parameters.W[:, trace.parameters.input_size :]
    d_h_ext = np.ascontiguousarray(d_h_ext)  # for any other layout Numba would compile once more
    active = np.ones((*tanh_c.shape[:2], 1), bool) if trace.active is None else trace.active
    for t in range(len(tanh_c))[trace._order][::-1]:
        before = t + 1 if trace.reverse else t
        step(t, before, active, gates, tanh_c, c, d_h_ext, d_h_next, d_c_next, d_h, d_c, d_a)
        np.matmul(d_a[t], W_h, out=d_h_prev[t])
        if trace.active is not None:
            np.copyto(d_h_prev[t], d_h_next, where=~active[t])
        d_h_next = d_h_prev[t]
    return d_h_next
