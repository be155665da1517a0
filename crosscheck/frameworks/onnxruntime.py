"""ONNX Runtime on the CPU: float32 and forward only, as its kernels of LSTM, GRU and RNN are."""

import numpy as np
import onnxruntime

from crosscheck.frameworks.onnx_models import run_with

TITLE = "ONNX Runtime"
CONVENTION = "onnx"
PACKAGES = ("onnxruntime", "onnx")
DTYPE = "float32"
# The layout with the batch first is refused.
HOME = {"labels": ("time_first",), "finished": ("zero",)}


def _session(model, inputs):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, inputs)


def run(case, weights):
    """(outputs, None) of a case."""
    return run_with(_session, case, weights, np.float32), None
