"""For implementers: recurrent operators with all their options, weights of every framework, golden vectors, diagnosis.

Nothing in the derivations imports this package. It runs on NumPy alone.
"""

from lstmderiv.interchange.activations import ACTIVATIONS, Activation
from lstmderiv.interchange.case import SECTIONS, Case
from lstmderiv.interchange.formats import FixedPoint, Float, number_format, number_formats
from lstmderiv.interchange.network import Network, Weights
from lstmderiv.interchange.options import Options
from lstmderiv.interchange.precision import PrecisionReport, TensorPrecision, precision, smallest_fixed_point
from lstmderiv.interchange.recurrent import RecurrentGradients, RecurrentTrace, recurrent, recurrent_backward
from lstmderiv.interchange.tape import Place, Tape

__all__ = [
    "ACTIVATIONS",
    "SECTIONS",
    "Activation",
    "Case",
    "FixedPoint",
    "Float",
    "Network",
    "Options",
    "Place",
    "PrecisionReport",
    "RecurrentGradients",
    "RecurrentTrace",
    "Tape",
    "TensorPrecision",
    "Weights",
    "number_format",
    "number_formats",
    "precision",
    "recurrent",
    "recurrent_backward",
    "smallest_fixed_point",
]
