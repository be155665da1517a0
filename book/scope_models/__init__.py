"""The computations behind the scopes: each runs forward once and names its values. No backward pass of the package.

One module a chapter; a new chapter's model goes into a module of its own and is named here.
"""

from .activations import Activations
from .adding_problem import Adam
from .gru import GRU
from .language_model import LanguageModel, Tempered
from .layer_norm import LayerNorm, LayerNormLSTM
from .lstm import LSTM, Embedded
from .peephole import Peephole
from .recurrent import Finished, Operator
from .rnn import RNN
from .softmax import Softmax
from .stacked import Bidirectional, Stacked
from .vanishing_gradients import HeldGates, State

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "Activations",
    "Adam",
    "Bidirectional",
    "Embedded",
    "Finished",
    "HeldGates",
    "LanguageModel",
    "LayerNorm",
    "LayerNormLSTM",
    "Operator",
    "Peephole",
    "Softmax",
    "Stacked",
    "State",
    "Tempered",
]
