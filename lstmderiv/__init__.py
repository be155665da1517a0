"""How an LSTM learns: forward and backward passes in NumPy, with every intermediate by name."""

from lstmderiv.activations import sigmoid, sigmoid_backward, tanh, tanh_backward
from lstmderiv.bidirectional import (
    BidirectionalLSTMGradients,
    BidirectionalLSTMTrace,
    bidirectional_lstm,
    bidirectional_lstm_backward,
)
from lstmderiv.cross_entropy import cross_entropy, cross_entropy_backward, one_hot
from lstmderiv.dense import DenseGradients, dense, dense_backward
from lstmderiv.embedding import embedding, embedding_backward
from lstmderiv.layers import BidirectionalLSTM, Constant, Dense, LSTMCell, MultiRNNCell, Uniform
from lstmderiv.lstm import LSTMGradients, LSTMTrace, lstm, lstm_backward
from lstmderiv.lstm_cell import LSTMCellGradients, LSTMCellTrace, LSTMParameters, lstm_cell, lstm_cell_backward
from lstmderiv.optimize import clip_by_global_norm, global_norm, gradient_descent
from lstmderiv.softmax import log_softmax, softmax, softmax_backward, softmax_jacobian
from lstmderiv.stacked import StackedLSTMGradients, StackedLSTMTrace, stacked_lstm, stacked_lstm_backward

__version__ = "0.1.0"

__all__ = [
    "BidirectionalLSTM",
    "BidirectionalLSTMGradients",
    "BidirectionalLSTMTrace",
    "Constant",
    "Dense",
    "DenseGradients",
    "LSTMCell",
    "LSTMCellGradients",
    "LSTMCellTrace",
    "LSTMGradients",
    "LSTMParameters",
    "LSTMTrace",
    "MultiRNNCell",
    "StackedLSTMGradients",
    "StackedLSTMTrace",
    "Uniform",
    "bidirectional_lstm",
    "bidirectional_lstm_backward",
    "clip_by_global_norm",
    "cross_entropy",
    "cross_entropy_backward",
    "dense",
    "dense_backward",
    "embedding",
    "embedding_backward",
    "global_norm",
    "gradient_descent",
    "log_softmax",
    "lstm",
    "lstm_backward",
    "lstm_cell",
    "lstm_cell_backward",
    "one_hot",
    "sigmoid",
    "sigmoid_backward",
    "softmax",
    "softmax_backward",
    "softmax_jacobian",
    "stacked_lstm",
    "stacked_lstm_backward",
    "tanh",
    "tanh_backward",
]
