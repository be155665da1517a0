"""Checks of a derivation against the oracles. Each raises `CheckFailed`, or returns the evidence that it held."""

from collections.abc import Mapping

import numpy as np

from .checks import instance
from .comparison import relative_difference, shown
from .complex_step import complex_step
from .evidence import Evidence, Record, failure
from .intervene import instrumented, named_values
from .jax_oracle import jax_gradients
from .numbers import FreeFunctions, fractions, lift, modulars, tangents
from .subject import Subject

__all__ = ["ORACLES", "gathered", "moved_at", "prove"]


def prove(backward, equations, rng, *, subject, oracles=None):
    """Check named gradients of a backward function against independent derivatives of its forward function.

    The forward function is run with the named value changed where it is assigned; the loss is a random linear
    function of its outputs; arguments are random.

    Parameters
    ----------
    backward : function
        The subject's backward function, or an edited copy of it.
    equations : dict
        From the gradient's name in the code ("d_a_o") to the label of the book's equation.
    rng : numpy.random.Generator
        The only source of randomness.
    subject : Subject
        The forward function, and how both are called.
    oracles : sequence of str, optional
        Of "exact", "complex step", "JAX"; by default all, the last where the subject has a program for it.

    Returns
    -------
    Evidence
        One record for each equation and oracle.

    Raises
    ------
    CheckFailed
        If a gradient is wrong; names equation, oracle, element, value and expected value.
    TypeError, ValueError
        If an argument is not as described.
    """
    instance("rng", rng, np.random.Generator)
    instance("equations", equations, Mapping)
    instance("subject", subject, Subject)
    if oracles is None:
        oracles = [oracle for oracle in ORACLES if oracle != "JAX" or subject.jax]
    return gathered(oracles, ORACLES, equations, rng, subject, backward)


def gathered(oracles, known, equations, rng, *subject):
    """The records of several oracles, in the order of the equations.

    Parameters
    ----------
    oracles : str or sequence of str
        Those asked for.
    known : dict
        Name -> oracle(subject, ..., equations, rng, seed), which yields records or raises `CheckFailed`.
    equations : dict
        From a gradient's name to a label.
    rng : numpy.random.Generator
    subject : positional
        What every oracle takes before `equations`, one or more.

    Returns
    -------
    Evidence

    Raises
    ------
    CheckFailed
        If a check does not hold.
    ValueError
        If an oracle is not known.
    """
    oracles = [oracles] if isinstance(oracles, str) else oracles
    unknown = [oracle for oracle in oracles if oracle not in known]
    if unknown:
        raise ValueError(f"oracles: expected some of {sorted(known)}, got {unknown}")
    seed, records = _seed(rng), []
    for oracle in oracles:
        records += known[oracle](*subject, equations, rng, seed)
    order = list(equations.values())
    return Evidence(tuple(sorted(records, key=lambda record: order.index(record.label))))


def _exact(subject, backward, equations, rng, seed):
    """Adjoint test over the rationals, then modulo 2^61 - 1: <d_out, J v> = <J^T d_out, v> with no rounding at all."""
    if subject.sequence:
        draws = [modulars, modulars]  # over several steps the rationals grow too long
    else:
        draws = [fractions, modulars]
    shapes = {}
    for draw in draws:
        functions = FreeFunctions(lambda draw=draw: draw(rng))
        values = {name: draw(rng, shape) for name, shape in subject.shapes.items()}
        plain = {name: lift(value, functions) for name, value in values.items()} | subject.fixed
        result = subject.call(subject.forward, plain)
        upstream = {name: draw(rng, np.shape(out)) for name, out in subject.outputs(result).items()}
        gradients = _gradients(subject, backward, upstream, result, plain)
        for name, label in equations.items():
            gradient, _ = tangents(_named(gradients, name))
            shapes[name] = gradient.shape
            along = _exact_derivative(subject, plain, functions, upstream, subject.forward_name(name))
            direction = draw(rng, gradient.shape)
            if along(direction) == (gradient * direction).sum():
                continue
            for index in np.ndindex(gradient.shape):
                unit = np.zeros(gradient.shape, dtype=object)
                unit[index] = 1
                expected = along(unit)
                if expected != gradient[index]:
                    _fail(label, "exact", backward, name, index, gradient[index], expected)
            raise failure(label, "exact", f"{backward.__name__}: {name}", "adjoint test failed")
    for name, label in equations.items():
        subject_text = f"{backward.__name__}: {name}"
        yield Record(label, "exact", "0", 0.0, len(draws), str(shapes[name]), "rational", seed, subject_text)


def _exact_derivative(subject, plain, functions, upstream, name):
    """A function from a direction to the derivative of the loss along it, the value `name` being moved."""
    moved = moved_at(subject, plain, name)

    def along(direction):
        result = moved(lift(np.zeros(direction.shape, dtype=object), functions, direction))
        return sum((upstream[key] * tangents(out)[1]).sum() for key, out in subject.outputs(result).items())

    return along


def moved_at(subject, arguments, name):
    """A function from `move` to the forward function's result with `move` added to the value `name`.

    The value may be one that the function assigns (at its first assignment), an argument, or a part of one.

    Parameters
    ----------
    subject : Subject
    arguments : dict
    name : str

    Returns
    -------
    function

    Raises
    ------
    ValueError
        When it is called, if the forward function neither takes nor assigns such a value.
    """
    pending = []

    def probe(assigned, value):
        return value + pending.pop() if assigned == name and pending else value

    forward = instrumented(subject.forward, probe)

    def result(move):
        pending[:] = [move]
        met = subject.call(forward, arguments)
        if not pending:
            return met
        moved = subject.moved(arguments, name, move)
        if moved is None:
            raise ValueError(f"equations: {subject.forward.__name__} has and assigns no value named {name!r}")
        return subject.call(subject.forward, moved)

    return result


def _complex_step(subject, backward, equations, rng, seed):
    values, upstream, gradients = _float_run(subject, backward, rng)
    for name, label in equations.items():
        gradient = np.asarray(_named(gradients, name))

        moved = moved_at(subject, values, subject.forward_name(name))

        def loss(move, moved=moved):
            return sum((upstream[key] * out).sum() for key, out in subject.outputs(moved(move)).items())

        expected = complex_step(loss, np.zeros(gradient.shape))
        yield _float_record(label, "complex step", backward, name, gradient, expected, 1e-14, seed)


def _jax(subject, backward, equations, rng, seed):
    values, upstream, gradients = _float_run(subject, backward, rng)
    names = [subject.forward_name(name) for name in equations]
    if subject.jax is None:
        raise ValueError(f"oracles: expected a subject with a program for JAX, got {subject.name} without one")
    expected = jax_gradients(subject.jax, values, upstream, names)
    for (name, label), forward_name in zip(equations.items(), names):
        gradient = np.asarray(_named(gradients, name))
        yield _float_record(label, "JAX", backward, name, gradient, expected[forward_name], 1e-13, seed)


ORACLES = {"exact": _exact, "complex step": _complex_step, "JAX": _jax}


def _float_run(subject, backward, rng):
    values = {name: rng.normal(size=shape) for name, shape in subject.shapes.items()} | subject.fixed
    result = subject.call(subject.forward, values)
    upstream = {name: rng.normal(size=np.shape(out)) for name, out in subject.outputs(result).items()}
    return values, upstream, _gradients(subject, backward, upstream, result, values)


def _gradients(subject, backward, upstream, result, arguments):
    returned = {}

    def call(*args):
        answer, assigned = named_values(backward, *args)
        returned.update(assigned)
        return answer

    answer = subject.call_backward(call, upstream, result, arguments)
    return returned | subject.results(answer)


def _named(gradients, name):
    if name not in gradients:
        known = sorted(key for key in gradients if key.startswith("d_"))
        raise ValueError(f"equations: expected names among {known}, got {name!r}")
    return gradients[name]


def _float_record(label, oracle, backward, name, gradient, expected, tolerance, seed):
    residual = relative_difference(gradient, expected)
    if not residual <= tolerance:
        index = np.unravel_index(np.argmax(np.abs(gradient - expected)), gradient.shape)
        index = tuple(int(k) for k in index)
        _fail(label, oracle, backward, name, index, gradient[index], expected[index], residual, tolerance)
    subject_text = f"{backward.__name__}: {name}"
    return Record(label, oracle, residual, tolerance, 1, str(gradient.shape), str(gradient.dtype), seed, subject_text)


def _fail(label, oracle, backward, name, index, got, expected, residual=None, tolerance=None):
    place = f"{name}[{', '.join(map(str, index))}]" if index else name
    details = [f"{place} = {shown(got)}", f"expected {shown(expected)}"]
    if residual is not None:
        details.append(f"residual {residual:.1e}, tolerance {tolerance:.0e}")
    raise failure(label, oracle, backward.__name__, *details)


def _seed(rng):
    entropy = getattr(rng.bit_generator.seed_seq, "entropy", None)
    return int(entropy) if isinstance(entropy, (int, np.integer)) and entropy < 2**63 else None
