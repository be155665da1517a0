"""What a user writes, for `mypy --strict`: it must find each mistake that is marked `# error:`, and no other."""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

import lstmderiv
from lstmderiv.interchange import Network, Options, Place, Tape, Weights, recurrent, recurrent_backward

x = np.zeros((2, 3, 4))
rng = np.random.default_rng(0)


def lstm() -> None:
    parameters = lstmderiv.LSTMParameters(np.zeros((20, 9)), [0.0] * 20)
    trace = lstmderiv.lstm(x, parameters, forget_bias=Fraction(1), lengths=[3, 2])
    h: NDArray[np.float64] = trace.h
    h = trace.step(0).tanh_c + trace.f[:, 0] + parameters.W_f[0, :5] + parameters.b[:5]
    size: int = parameters.hidden_size
    print(trace.hh)  # error: attr-defined
    bad: str = trace.h  # error: assignment
    bad = trace.c_prev  # error: assignment
    bad = trace.step(0).f  # error: assignment
    bad = parameters.W  # error: assignment
    lstmderiv.lstm(x, parameters, None, None, 1.0)  # error: misc
    lstmderiv.lstm(x, parameters, forget_bias="1")  # error: arg-type
    lstmderiv.lstm(x, parameters, compiled="numba")  # error: arg-type
    gradients = lstmderiv.lstm_backward(h, trace)
    print(gradients.d_a_x)  # error: attr-defined
    bad = gradients.d_a_o  # error: assignment
    lstmderiv.lstm_backward(h, h)  # error: arg-type
    new: lstmderiv.LSTMParameters = lstmderiv.gradient_descent(parameters, gradients, 0.1)
    state: lstmderiv.AdamState
    new, state = lstmderiv.adam(new, gradients, 0.1)
    del size, bad, state


def gru() -> None:
    parameters = lstmderiv.GRUParameters(np.zeros((15, 9)), np.zeros(15), reset="before")
    lstmderiv.GRUParameters(np.zeros((15, 9)), np.zeros(15), reset="between")  # error: arg-type
    trace = lstmderiv.gru(x, parameters, reverse=True)
    print(trace.hh)  # error: attr-defined
    bad: str = trace.u  # error: assignment
    trace.v.sum()  # error: union-attr
    step: lstmderiv.GRUCellTrace = trace.steps[0]
    bad = step.r  # error: assignment
    gradients = lstmderiv.gru_backward(None, trace, d_h_last=trace.h_last)
    bad = gradients.steps[0].d_a_g  # error: assignment
    del bad


def cells() -> None:
    parameters = lstmderiv.LSTMParameters(np.zeros((20, 9)), np.zeros(20))
    trace = lstmderiv.lstm_cell(x[:, 0], np.zeros((2, 5)), np.zeros((2, 5)), parameters)
    print(trace.a_x)  # error: attr-defined
    bad: str = trace.h  # error: assignment
    bad = lstmderiv.lstm_cell_backward(trace.h, trace.c, trace, parameters).d_tanh_c  # error: assignment
    stack = lstmderiv.stacked_lstm(x, [parameters])
    bad = stack.h_last  # error: assignment
    both = lstmderiv.bidirectional_lstm(x, parameters, [parameters])
    bad = both.c_last  # error: assignment
    plain = lstmderiv.LSTMCell(5, kernel_initializer=lstmderiv.Uniform(0.1, rng)).forward(x)
    bad = plain.o  # error: assignment
    del bad


def operator() -> None:
    weights = Weights(np.zeros((15, 4)), np.zeros((15, 5)), np.zeros(15), np.zeros(15))
    network = Network(Options(cell="gru", biases=2, activations={"g": "relu"}), [[weights]])
    Options(cell="elman")  # error: arg-type
    Options(direction="backward")  # error: arg-type
    Options(layout="batch")  # error: arg-type
    Options(finished="first")  # error: arg-type

    def double(place: Place, name: str, value: NDArray[np.float64], tape: Tape) -> NDArray[np.float64]:
        return 2 * value if name == "u" and place.step == 0 else value

    trace = recurrent(x, network, intervene=double)
    print(trace.hh)  # error: attr-defined
    bad: str = trace.y  # error: assignment
    bad = trace.tensors["layer0.forward.u"]  # error: assignment
    gradients = recurrent_backward(trace.y, trace)
    bad = gradients.layers[0][0].W_x  # error: assignment
    del bad
