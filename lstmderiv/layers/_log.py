"""What the layers log, through one logger for all of them."""

import logging

import numpy as np

from lstmderiv.lstm import LSTMGradients, LSTMTrace
from lstmderiv.types import Tensors

logger = logging.getLogger("lstmderiv.layers")


def log_forward(title: str, trace: LSTMTrace) -> None:
    """Log every intermediate of an LSTM's forward pass, in the order of its run."""
    names = ("x", "h_prev", "c_prev", "a_f", "a_i", "a_g", "a_o", "f", "i", "g", "o", "c", "tanh_c", "h")
    _log_steps(f"{title} forward", trace, names, trace._order)


def log_backward(title: str, trace: LSTMTrace, gradients: LSTMGradients) -> None:
    """Log every gradient of an LSTM's backward pass, in the order of its run, and then those of all steps."""
    names = ("d_h", "d_o", "d_a_o", "d_c", "d_g", "d_a_g", "d_f", "d_a_f", "d_i", "d_a_i")
    names += ("d_h_prev", "d_c_prev")
    _log_steps(f"{title} backward", gradients, names, slice(None, None, -trace._order.step))
    log(f"{title} backward, all steps", {"d_W": gradients.W, "d_b": gradients.b, "d_x": gradients.x})


def _log_steps(title, tape, names, order):
    values = {name: getattr(tape, name) for name in names}
    for t in range(values[names[0]].shape[1])[order]:
        log(f"{title}, step {t + 1}", {name: value[:, t] for name, value in values.items()})


def log(title: str, arrays: Tensors) -> None:
    """Log one block: name, shape and values of each array, in aligned columns."""
    name_width = max(map(len, arrays))
    shapes = {name: " x ".join(map(str, array.shape)) for name, array in arrays.items()}
    shape_width = max(map(len, shapes.values()))
    lines = [title]
    for name, array in arrays.items():
        head = f"  {name:<{name_width}}  {shapes[name]:<{shape_width}}  "
        values = np.array2string(array, precision=6, threshold=60, max_line_width=120 - len(head))
        lines.append(head + values.replace("\n", "\n" + " " * len(head)))
    logger.info("\n".join(lines))
