"""One module a framework: what it is, and how it runs a case. A module is imported only in a process of its own."""

# In the order in which results are shown.
NAMES = (
    "pytorch",
    "keras_torch",
    "keras_jax",
    "keras_tensorflow",
    "tensorflow1",
    "flax",
    "onnxruntime",
    "onnx_reference",
    "tflite",
)
