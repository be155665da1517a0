"""Keras layers of a case, in float64, on whichever backend the process has chosen."""

import keras
import numpy as np

__all__ = ["Stack", "inputs"]

keras.config.set_floatx("float64")

_LAYERS = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "rnn": keras.layers.SimpleRNN}
_NAMES = {"lstm": "lstm", "gru": "gru", "rnn": "simple_rnn"}


class Stack:
    """The layers of a case with its weights; `variables` are theirs, by Keras's own paths."""

    def __init__(self, case, weights):
        self.options, self.layers, self.variables = case.network.options, [], {}
        self.mask = None
        if case.lengths is not None:
            self.mask = keras.ops.convert_to_tensor(np.arange(case.x.shape[1]) < case.lengths[:, None])
        both = self.options.direction == "bidirectional"
        for n, layer in enumerate(case.network.layers):
            number = f"_{n}" if n else ""
            one = _LAYERS[self.options.cell](
                **weights.settings,
                name=_NAMES[self.options.cell] + number,
                return_sequences=True,
                return_state=True,
            )
            if both:
                one = keras.layers.Bidirectional(one, name=f"bidirectional{number}")
            one.build((*case.x.shape[:2], layer[0].W_x.shape[1]))
            self.layers.append(one)
            self.variables |= {variable.path: variable for variable in one.trainable_variables}
        if set(self.variables) != set(weights.arrays):
            raise AssertionError(f"expected {sorted(self.variables)}, got {sorted(weights.arrays)}")
        for path, variable in self.variables.items():
            variable.assign(weights.arrays[path])

    def outputs(self, given):
        """Outputs by name from tensors x, h0 and c0."""
        K = len(self.options.directions)
        starts = [given[name] for name in ("h0", "c0") if name in given]
        y, ends = given["x"], []
        for n, layer in enumerate(self.layers):
            # Keras lists the states by direction, h before c.
            y, *last = layer(y, mask=self.mask, initial_state=[start[n, k] for k in range(K) for start in starts])
            if self.options.direction == "reverse":
                y = keras.ops.flip(y, axis=1)
            ends.append(last)
        found = {"y": y}
        for k, name in enumerate(("h_last", "c_last")[: len(starts)]):
            states = [keras.ops.stack(last[k :: len(starts)]) for last in ends]
            found[name] = keras.ops.stack(states)
        return found

    def loss(self, found, case):
        """The sum of outputs and last states, each multiplied by its upstream gradient."""
        upstream = {"y": case.d_y, "h_last": case.d_h_last, "c_last": case.d_c_last}
        return sum(keras.ops.sum(value * keras.ops.convert_to_tensor(upstream[name])) for name, value in found.items())


def inputs(case):
    """x, h0 and c0, where the case has them."""
    given = {"x": case.x, "h0": case.h0, "c0": case.c0}
    return {name: array for name, array in given.items() if array is not None}
