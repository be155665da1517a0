"""How an LSTM learns: forward and backward passes in NumPy, with every intermediate by name."""

from lstmderiv.activations import sigmoid, sigmoid_backward, tanh, tanh_backward
from lstmderiv.bidirectional import (
    BidirectionalLSTMGradients,
    BidirectionalLSTMTrace,
    bidirectional_lstm,
    bidirectional_lstm_backward,
)
from lstmderiv.checks import ArgumentError, ArgumentTypeError
from lstmderiv.cross_entropy import cross_entropy, cross_entropy_backward, one_hot
from lstmderiv.dense import DenseGradients, dense, dense_backward
from lstmderiv.embedding import embedding, embedding_backward
from lstmderiv.gru import (
    GRUCellGradients,
    GRUCellTrace,
    GRUGradients,
    GRUParameters,
    GRUTrace,
    gru,
    gru_backward,
    gru_cell,
    gru_cell_backward,
)
from lstmderiv.language_model import LanguageModelGradients, LanguageModelTrace, language_model, language_model_backward
from lstmderiv.layer_norm import LayerNormGradients, LayerNormTrace, layer_norm, layer_norm_backward
from lstmderiv.layer_norm_lstm import (
    LayerNormLSTMGradients,
    LayerNormLSTMTrace,
    layer_norm_lstm,
    layer_norm_lstm_backward,
)
from lstmderiv.layer_norm_lstm_cell import (
    LayerNormLSTMCellGradients,
    LayerNormLSTMCellTrace,
    LayerNormLSTMParameters,
    layer_norm_lstm_cell,
    layer_norm_lstm_cell_backward,
)
from lstmderiv.layers import BidirectionalLSTM, Constant, Dense, LSTMCell, MultiRNNCell, Uniform
from lstmderiv.lstm import LSTMGradients, LSTMTrace, lstm, lstm_backward
from lstmderiv.lstm_cell import LSTMCellGradients, LSTMCellTrace, LSTMParameters, lstm_cell, lstm_cell_backward
from lstmderiv.optimize import AdamState, adam, clip_by_global_norm, global_norm, gradient_descent
from lstmderiv.peephole import (
    PeepholeCellGradients,
    PeepholeCellTrace,
    PeepholeGradients,
    PeepholeParameters,
    PeepholeTrace,
    peephole_lstm,
    peephole_lstm_backward,
    peephole_lstm_cell,
    peephole_lstm_cell_backward,
)
from lstmderiv.rnn import RNNGradients, RNNTrace, rnn, rnn_backward
from lstmderiv.rnn_cell import RNNCellGradients, RNNCellTrace, RNNParameters, rnn_cell, rnn_cell_backward
from lstmderiv.softmax import log_softmax, softmax, softmax_backward, softmax_jacobian
from lstmderiv.stacked import StackedLSTMGradients, StackedLSTMTrace, stacked_lstm, stacked_lstm_backward
from lstmderiv.vanishing_gradients import lstm_state_jacobian, rnn_state_jacobian, state_jacobian_products

__version__ = "0.1.0"

__all__ = [
    "AdamState",
    "ArgumentError",
    "ArgumentTypeError",
    "BidirectionalLSTM",
    "BidirectionalLSTMGradients",
    "BidirectionalLSTMTrace",
    "Constant",
    "Dense",
    "DenseGradients",
    "GRUCellGradients",
    "GRUCellTrace",
    "GRUGradients",
    "GRUParameters",
    "GRUTrace",
    "LSTMCell",
    "LSTMCellGradients",
    "LSTMCellTrace",
    "LSTMGradients",
    "LSTMParameters",
    "LSTMTrace",
    "LanguageModelGradients",
    "LanguageModelTrace",
    "LayerNormGradients",
    "LayerNormLSTMCellGradients",
    "LayerNormLSTMCellTrace",
    "LayerNormLSTMGradients",
    "LayerNormLSTMParameters",
    "LayerNormLSTMTrace",
    "LayerNormTrace",
    "MultiRNNCell",
    "PeepholeCellGradients",
    "PeepholeCellTrace",
    "PeepholeGradients",
    "PeepholeParameters",
    "PeepholeTrace",
    "RNNCellGradients",
    "RNNCellTrace",
    "RNNGradients",
    "RNNParameters",
    "RNNTrace",
    "StackedLSTMGradients",
    "StackedLSTMTrace",
    "Uniform",
    "adam",
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
    "gru",
    "gru_backward",
    "gru_cell",
    "gru_cell_backward",
    "language_model",
    "language_model_backward",
    "layer_norm",
    "layer_norm_backward",
    "layer_norm_lstm",
    "layer_norm_lstm_backward",
    "layer_norm_lstm_cell",
    "layer_norm_lstm_cell_backward",
    "log_softmax",
    "lstm",
    "lstm_backward",
    "lstm_cell",
    "lstm_cell_backward",
    "lstm_state_jacobian",
    "one_hot",
    "peephole_lstm",
    "peephole_lstm_backward",
    "peephole_lstm_cell",
    "peephole_lstm_cell_backward",
    "rnn",
    "rnn_backward",
    "rnn_cell",
    "rnn_cell_backward",
    "rnn_state_jacobian",
    "sigmoid",
    "sigmoid_backward",
    "softmax",
    "softmax_backward",
    "softmax_jacobian",
    "stacked_lstm",
    "stacked_lstm_backward",
    "state_jacobian_products",
    "tanh",
    "tanh_backward",
]
