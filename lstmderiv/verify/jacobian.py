"""Checks of Jacobians, block by block, against derivatives of the forward function that know nothing of them."""

from collections.abc import Mapping

import numpy as np
from proveq import (
    STEP,
    Evidence,
    Forward,
    FreeFunctions,
    compare,
    fractions,
    jax_gradients,
    lift,
    modulars,
    named_values,
    tangents,
)

from lstmderiv.checks import ArgumentError, instance
from lstmderiv.lstm_cell import LSTMCellTrace, LSTMParameters
from lstmderiv.rnn import RNNCellTrace, RNNParameters
from lstmderiv.vanishing_gradients import lstm_state_jacobian, rnn_state_jacobian
from lstmderiv.verify.subjects import SUBJECTS

__all__ = ["prove_jacobian"]

_CELLS = {
    lstm_state_jacobian.__name__: ("lstm_cell", LSTMParameters, LSTMCellTrace),
    rnn_state_jacobian.__name__: ("rnn_cell", RNNParameters, RNNCellTrace),
}


def prove_jacobian(jacobian, equations, rng):
    """Check named blocks of a step's Jacobian: exactly, by complex step, by JAX.

    The forward function is run with the value below the bar changed where it is assigned, one entry at a time.

    Parameters
    ----------
    jacobian : function
        `lstm_state_jacobian` or `rnn_state_jacobian`, or an edited copy of one.
    equations : dict
        From the block's name in the code ("c_by_h_prev": the derivative of c by h_prev) to the label of the book's
        equation.
    rng : numpy.random.Generator
        The only source of randomness.

    Returns
    -------
    Evidence
        One record for each equation and oracle.

    Raises
    ------
    CheckFailed
        If an entry is wrong; names equation, oracle, element, value and expected value.
    TypeError, ValueError
        If an argument is not as described.
    """
    instance("rng", rng, np.random.Generator)
    instance("equations", equations, Mapping)
    name = getattr(jacobian, "__name__", None)
    if name not in _CELLS:
        raise ArgumentError("jacobian", f"one of {sorted(_CELLS)}", repr(name))
    subject = SUBJECTS[_CELLS[name][0]]
    evidence = Evidence(())
    for oracle in (_exact, _complex_step, _jax):
        evidence += oracle(subject, jacobian, equations, rng)
    return evidence


def _blocks(subject, jacobian, arguments, equations):
    """(label, block of the code, its names above and below the bar), in turn."""
    _, parameters, trace = _CELLS[jacobian.__name__]
    trace = trace(subject.call(subject.forward, arguments))
    _, assigned = named_values(jacobian, trace, parameters(arguments["W"], arguments["b"]))
    for name, label in equations.items():
        if "_by_" not in name or name not in assigned:
            known = sorted(key for key in assigned if "_by_" in key)
            raise ArgumentError("equations", f"names among {known}", repr(name))
        yield label, f"{jacobian.__name__}: {name}", assigned[name], *name.split("_by_")


def _exact(subject, jacobian, equations, rng):
    evidence = Evidence(())
    for draw in (fractions, modulars):
        functions = FreeFunctions(lambda draw=draw: draw(rng))
        values = {name: draw(rng, shape) for name, shape in subject.shapes.items()}
        plain = {name: lift(value, functions) for name, value in values.items()} | subject.fixed
        forward = Forward(subject, plain)
        for label, name, block, above, below in _blocks(subject, jacobian, plain, equations):

            def column(direction, above=above, below=below, forward=forward, functions=functions):
                move = lift(np.zeros(direction.shape, dtype=object), functions, direction)
                return tangents(subject.outputs(forward.moved({below: move}))[above])[1]

            expected = _by_columns(column, block.shape, object)
            evidence += compare(label, "exact", tangents(block)[0], expected, tolerance=0.0, subject=name)
    return evidence


def _complex_step(subject, jacobian, equations, rng):
    evidence = Evidence(())
    values = {name: rng.normal(size=shape) for name, shape in subject.shapes.items()} | subject.fixed
    forward = Forward(subject, values)
    for label, name, block, above, below in _blocks(subject, jacobian, values, equations):

        def column(direction, above=above, below=below):
            return subject.outputs(forward.moved({below: 1j * STEP * direction}))[above].imag / STEP

        expected = _by_columns(column, block.shape, np.float64)
        evidence += compare(label, "complex step", block, expected, tolerance=1e-14, subject=name)
    return evidence


def _jax(subject, jacobian, equations, rng):
    evidence = Evidence(())
    values = {name: rng.normal(size=shape) for name, shape in subject.shapes.items()} | subject.fixed
    outputs = subject.outputs(subject.call(subject.forward, values))
    for label, name, block, above, below in _blocks(subject, jacobian, values, equations):
        expected = np.empty(block.shape)
        for row in range(block.shape[1]):
            upstream = {key: np.zeros(np.shape(out)) for key, out in outputs.items()}
            upstream[above][:, row] = 1
            expected[:, row] = jax_gradients(subject.jax, values, upstream, [below])[below]
        evidence += compare(label, "JAX", block, expected, tolerance=1e-13, subject=name)
    return evidence


def _by_columns(column, shape, dtype):
    """The Jacobian (B, M, N) from its columns: one entry moves at a time, in every row of the batch at once."""
    found = np.empty(shape, dtype)
    B, _, N = shape
    for k in range(N):
        direction = np.zeros((B, N), dtype)
        direction[:, k] = 1
        found[:, :, k] = column(direction)
    return found
