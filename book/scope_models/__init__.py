"""The computations behind the scopes: each runs forward once and names its values. No backward pass of the package.

One module a chapter; a new chapter's model goes into a module of its own and is named here.
"""

from .activations import Activations
from .lstm import LSTM, Embedded
from .model import Model
from .softmax import Softmax
from .stacked import Bidirectional, Stacked

__all__ = ["LSTM", "Activations", "Bidirectional", "Embedded", "Model", "Softmax", "Stacked"]
