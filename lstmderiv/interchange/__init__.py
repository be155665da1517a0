"""For implementers: recurrent operators with all their options, weights of every framework, golden vectors, diagnosis.

Nothing in the derivations imports this package. It runs on NumPy alone.
"""

from lstmderiv.interchange.activations import ACTIVATIONS, Activation
from lstmderiv.interchange.case import SECTIONS, Case
from lstmderiv.interchange.cases import case_names, golden_case, golden_numbers
from lstmderiv.interchange.conventions import FRAMEWORKS, Convention, convention
from lstmderiv.interchange.convert import (
    FrameworkWeights,
    convert,
    from_framework,
    gradients_to_framework,
    to_framework,
)
from lstmderiv.interchange.decimals import exact_sections
from lstmderiv.interchange.diagnose import diagnose
from lstmderiv.interchange.diagnosis import Diagnosis
from lstmderiv.interchange.divergence import Difference, Disagreement
from lstmderiv.interchange.files import read_arrays, read_case, write_case
from lstmderiv.interchange.formats import FixedPoint, Float, number_format, number_formats
from lstmderiv.interchange.forms import Form
from lstmderiv.interchange.network import Network, Weights
from lstmderiv.interchange.options import Options
from lstmderiv.interchange.precision import PrecisionReport, TensorPrecision, precision
from lstmderiv.interchange.recurrent import RecurrentGradients, RecurrentTrace, recurrent, recurrent_backward
from lstmderiv.interchange.search import Explanation
from lstmderiv.interchange.tape import Place, Tape
from lstmderiv.interchange.vectors import write_suite
from lstmderiv.interchange.word_length import smallest_fixed_point

__all__ = [
    "ACTIVATIONS",
    "FRAMEWORKS",
    "SECTIONS",
    "Activation",
    "Case",
    "Convention",
    "Diagnosis",
    "Difference",
    "Disagreement",
    "Explanation",
    "FixedPoint",
    "Float",
    "Form",
    "FrameworkWeights",
    "Network",
    "Options",
    "Place",
    "PrecisionReport",
    "RecurrentGradients",
    "RecurrentTrace",
    "Tape",
    "TensorPrecision",
    "Weights",
    "case_names",
    "convention",
    "convert",
    "diagnose",
    "exact_sections",
    "from_framework",
    "golden_case",
    "golden_numbers",
    "gradients_to_framework",
    "number_format",
    "number_formats",
    "precision",
    "read_arrays",
    "read_case",
    "recurrent",
    "recurrent_backward",
    "smallest_fixed_point",
    "to_framework",
    "write_case",
    "write_suite",
]
