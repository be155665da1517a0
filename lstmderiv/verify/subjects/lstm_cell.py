"""The LSTM's step."""

from lstmderiv.lstm_cell import LSTMParameters, lstm_cell_step, lstm_cell_step_backward
from lstmderiv.verify.automatic import network
from lstmderiv.verify.subjects.cell_subject import cell
from lstmderiv.verify.subjects.sizes import WEIGHTS

__all__ = ["SUBJECTS", "lstm_parameters"]


def lstm_parameters(v):
    return LSTMParameters(v["W"], v["b"])


SUBJECTS = {
    "lstm_cell": cell(
        lstm_cell_step, lstm_cell_step_backward, ("h", "c"), WEIGHTS, lstm_parameters, network.lstm_cell,
        forget_bias=1,
    ),
}  # fmt: skip
