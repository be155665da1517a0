"""The reference evaluator of ONNX: float64, forward only."""

import numpy as np
from onnx.reference import ReferenceEvaluator

from crosscheck.frameworks.onnx_models import run_with

TITLE = "ONNX reference evaluator"
CONVENTION = "onnx"
PACKAGES = ("onnx",)
DTYPE = "float64"
HOME = {"labels": ("time_first",), "finished": ("zero",)}


def _session(model, inputs):
    return ReferenceEvaluator(model).run(None, inputs)


def run(case, weights):
    """(outputs, None) of a case."""
    return run_with(_session, case, weights, np.float64), None
