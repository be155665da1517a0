"""The cells of TensorFlow 1, as TensorFlow 2 still has them in tf.compat.v1, in float64 under dynamic_rnn."""

import os
import warnings

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_USE_LEGACY_KERAS"] = "1"

import tensorflow as tf

v1 = tf.compat.v1
v1.logging.set_verbosity(v1.logging.ERROR)
warnings.filterwarnings("ignore", message=".*is deprecated")

TITLE = "TensorFlow 1 cells (tf.compat.v1)"
CONVENTION = "tensorflow1"
PACKAGES = ("tensorflow", "tf-keras")
DTYPE = "float64"
HOME = {"labels": ("reset_before",), "finished": ("zero",)}

_CELLS = {"lstm": "LSTMCell", "gru": "GRUCell", "rnn": "BasicRNNCell"}
# Settings of dynamic_rnn, not of a cell.
_OF_RNN = ("time_major",)


def run(case, weights):
    """(outputs, gradients) of a case, by name."""
    with tf.Graph().as_default(), v1.Session(config=_as_written()) as session:
        given = {"x": case.x, "h0": case.h0} | ({} if case.c0 is None else {"c0": case.c0})
        given = {name: tf.constant(array) for name, array in given.items()}
        found = _outputs(case, weights.settings, given)
        variables = {variable.name.removesuffix(":0"): variable for variable in v1.global_variables()}
        if set(variables) != set(weights.arrays):
            raise AssertionError(f"expected {sorted(variables)}, got {sorted(weights.arrays)}")
        upstream = {"y": case.d_y, "h_last": case.d_h_last, "c_last": case.d_c_last}
        loss = tf.add_n([tf.reduce_sum(value * upstream[name]) for name, value in found.items()])
        sought = given | variables
        gradients = dict(zip(sought, tf.gradients(loss, list(sought.values()))))
        for name, variable in variables.items():
            variable.load(weights.arrays[name], session)
        return session.run((found, gradients))


def _as_written():
    """Graphs are run as they are: to optimize one takes longer than to run it."""
    config = v1.ConfigProto()
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    return config


def _outputs(case, settings, given):
    options, L = case.network.options, len(case.network.layers)
    of_rnn = {name: settings[name] for name in _OF_RNN if name in settings}
    if case.lengths is not None:
        of_rnn["sequence_length"] = case.lengths
    kind = _CELLS[options.cell]
    if options.reset == "after":
        raise NotImplementedError("tf.contrib.cudnn_rnn.CudnnCompatibleGRUCell went with tf.contrib")

    def cell():
        return getattr(v1.nn.rnn_cell, kind)(**{k: v for k, v in settings.items() if k not in _OF_RNN})

    def start(n, k):
        if "c0" not in given:
            return given["h0"][n, k]
        return v1.nn.rnn_cell.LSTMStateTuple(given["c0"][n, k], given["h0"][n, k])

    if options.direction == "forward" and L == 1:
        y, end = v1.nn.dynamic_rnn(cell(), given["x"], initial_state=start(0, 0), **of_rnn)
        ends = [(end,)]
    elif options.direction == "forward":
        cells = v1.nn.rnn_cell.MultiRNNCell([cell() for _ in range(L)])
        y, ends = v1.nn.dynamic_rnn(cells, given["x"], initial_state=tuple(start(n, 0) for n in range(L)), **of_rnn)
        ends = [(end,) for end in ends]
    else:
        y, ends = _both(cell, given["x"], start, L, of_rnn)
    found = {"y": y}
    for name in ("h", "c") if "c0" in given else ("h",):
        states = [[getattr(end, name) if "c0" in given else end for end in layer] for layer in ends]
        found[f"{name}_last"] = tf.stack([tf.stack(layer) for layer in states])
    return found


def _both(cell, x, start, L, of_rnn):
    """Both directions; a stack of them in the scopes of tf.contrib's stack_bidirectional_dynamic_rnn."""
    if L == 1:
        y, ends = v1.nn.bidirectional_dynamic_rnn(
            cell(), cell(), x, initial_state_fw=start(0, 0), initial_state_bw=start(0, 1), **of_rnn
        )
        return tf.concat(y, axis=-1), [ends]
    ends = []
    with v1.variable_scope("stack_bidirectional_rnn"):
        for n in range(L):
            with v1.variable_scope(f"cell_{n}"):
                y, end = v1.nn.bidirectional_dynamic_rnn(
                    cell(), cell(), x, initial_state_fw=start(n, 0), initial_state_bw=start(n, 1), **of_rnn
                )
            x = tf.concat(y, axis=-1)
            ends.append(end)
    return x, ends
