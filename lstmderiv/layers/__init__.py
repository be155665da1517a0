"""The series' object form, thin over the functions, with debug output.

A layer holds its parameters and nothing else. A forward pass returns its trace, a backward pass takes that trace: no
state is left behind between two calls. `debug=True` logs every intermediate of the forward pass, `backpassdebug=True`
of the backward pass, through the logger "lstmderiv.layers" at level INFO; the program that wants to read them
configures `logging`.
"""

from lstmderiv.layers.bidirectional import BidirectionalLSTM
from lstmderiv.layers.cell import LSTMCell
from lstmderiv.layers.dense import Dense, DenseTrace
from lstmderiv.layers.initializers import Constant, Uniform
from lstmderiv.layers.stack import MultiRNNCell

__all__ = ["BidirectionalLSTM", "Constant", "Dense", "DenseTrace", "LSTMCell", "MultiRNNCell", "Uniform"]
