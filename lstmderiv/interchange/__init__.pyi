from lstmderiv.interchange.activations import ACTIVATIONS, Activation
from lstmderiv.interchange.case import SECTIONS, Case
from lstmderiv.interchange.conversion.conventions import FRAMEWORKS, Convention, convention
from lstmderiv.interchange.conversion.convert import (
    FrameworkWeights,
    convert,
    from_framework,
    gradients_to_framework,
    to_framework,
)
from lstmderiv.interchange.conversion.forms import Form
from lstmderiv.interchange.diagnosis.diagnose import diagnose
from lstmderiv.interchange.diagnosis.divergence import Difference, Disagreement
from lstmderiv.interchange.diagnosis.explanation import Explanation
from lstmderiv.interchange.diagnosis.report import Diagnosis
from lstmderiv.interchange.network import Network, Weights
from lstmderiv.interchange.options import Options
from lstmderiv.interchange.precision.formats import FixedPoint, Float, number_format, number_formats
from lstmderiv.interchange.precision.report import PrecisionReport, TensorPrecision, precision
from lstmderiv.interchange.precision.word_length import smallest_fixed_point
from lstmderiv.interchange.recurrent import RecurrentGradients, RecurrentTrace, recurrent, recurrent_backward
from lstmderiv.interchange.vectors.cases import case_names, golden_case, golden_numbers
from lstmderiv.interchange.vectors.decimals import exact_sections
from lstmderiv.interchange.vectors.files import read_arrays, read_case, write_case
from lstmderiv.interchange.vectors.suite import write_suite
from lstmderiv.tape import Place, Tape

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
