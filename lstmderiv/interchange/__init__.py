"""For implementers: recurrent operators with all their options, weights of every framework, golden vectors, diagnosis.

Nothing in the derivations imports this package. It runs on NumPy alone.
"""

from lstmderiv.interchange.activations import ACTIVATIONS, Activation
from lstmderiv.interchange.case import SECTIONS, Case
from lstmderiv.interchange.conventions import FRAMEWORKS, Convention, convention
from lstmderiv.interchange.convert import (
    FrameworkWeights,
    convert,
    from_framework,
    gradients_to_framework,
    to_framework,
)
from lstmderiv.interchange.forms import Form
from lstmderiv.interchange.network import Network, Weights
from lstmderiv.interchange.options import Options
from lstmderiv.interchange.recurrent import RecurrentGradients, RecurrentTrace, recurrent, recurrent_backward
from lstmderiv.interchange.tape import Place, Tape

__all__ = [
    "ACTIVATIONS",
    "FRAMEWORKS",
    "SECTIONS",
    "Activation",
    "Case",
    "Convention",
    "Form",
    "FrameworkWeights",
    "Network",
    "Options",
    "Place",
    "RecurrentGradients",
    "RecurrentTrace",
    "Tape",
    "Weights",
    "convention",
    "convert",
    "from_framework",
    "gradients_to_framework",
    "recurrent",
    "recurrent_backward",
    "to_framework",
]
