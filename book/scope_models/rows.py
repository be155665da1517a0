"""Rows of scopes that several chapters have: (title, numbers, model)."""

import numpy as np
from proveq import ComplexStep, Exact, FiftyDigits, Scope

from lstmderiv.checks import real_scalar
from lstmderiv.tape import Tape
from lstmderiv.types import Computed

__all__ = ["computed", "example", "proved", "run_step", "step", "unwatched"]


def proved(name, model):
    """A model on exact numbers, and by the complex step."""
    return [(name, numbers(), model) for numbers in (Exact, ComplexStep)]


def computed(name, model):
    """For identities that need the functions themselves, which the exact numbers do not know."""
    return [(name, numbers(), model) for numbers in (FiftyDigits, ComplexStep)]


def step(model, **options):
    """A model of the running example: drawn numbers with two examples and with one, and its own numbers."""
    return [
        ("two examples", Exact(), model(True, 2, **options)),
        ("one example", Exact(), model(True, 1, **options)),
        ("running example", ComplexStep(), model(False, **options)),
    ]


def example(rows):
    """The scope of the running example, as the drawings show it."""
    return next(Scope(*row) for row in rows() if row[0] == "running example")


def run_step(cell_step, parameters, probe, t, known, **options):
    """A cell's step t, of which everything that its lines read and write is a value of the page.

    Parameters
    ----------
    cell_step : function
        Called as cell_step(tape, w, **options).
    parameters : Parameters
    probe : callable
        As a model's `run` gets it.
    t : int
        The time step.
    known : dict
        What is on the tape at the beginning.
    **options
        Numbers.

    Returns
    -------
    Tape
    """
    tape = Tape(intervene=lambda place, name, value, tape: probe(name, value, t))
    for name, value in known.items():
        setattr(tape, name, value)
    names = [
        *parameters.arrays(),
        *(name for name, kind in vars(type(parameters)).items() if isinstance(kind, Computed)),
    ]
    weights = {name: probe(name, getattr(parameters, name), t) for name in names}
    dtype = np.result_type(*tape.values(), *parameters.arrays().values())
    options = {name: probe(name, real_scalar(name, number, dtype=dtype), t) for name, number in options.items()}
    cell_step(tape, _Weights(parameters, weights), **options)
    return tape


def unwatched(name, value, step=None):
    """In place of a probe, for a step that is run apart from the scope's own."""
    return value


class _Weights:
    """The parameters of a cell, some of them as they were probed."""

    def __init__(self, parameters, probed):
        vars(self).update(probed)
        self._parameters = parameters

    def __getattr__(self, name):
        return getattr(self._parameters, name)
