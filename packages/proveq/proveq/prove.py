"""Checks of a derivation against the oracles. Each raises `CheckFailed`, or returns the evidence that it held."""

from collections.abc import Mapping

import numpy as np

from .checks import instance
from .comparison import relative_difference, shown
from .complex_step import STEP
from .derivation import Derivation
from .evidence import Evidence, Record, failure
from .numbers import lift, tangents
from .subject import Subject

__all__ = ["ORACLES", "prove", "prove_derivation"]


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
    return prove_derivation(Derivation(instance("subject", subject, Subject), backward), equations, rng, oracles)


def prove_derivation(derivation, equations, rng, oracles=None):
    """As `prove`, of anything that can be run like a `Derivation`.

    Parameters
    ----------
    derivation : Derivation
        Or what has its attributes and methods.
    equations : dict
        From a gradient's name to the label of the book's equation.
    rng : numpy.random.Generator
        The only source of randomness.
    oracles : str or sequence of str, optional
        By default all that the derivation can be asked.

    Returns
    -------
    Evidence
        One record for each equation and oracle, in the order of the equations.

    Raises
    ------
    CheckFailed
        If a gradient is wrong; names equation, oracle, place, value and expected value.
    TypeError, ValueError
        If an argument is not as described.
    """
    instance("rng", rng, np.random.Generator)
    instance("equations", equations, Mapping)
    oracles = derivation.oracles if oracles is None else [oracles] if isinstance(oracles, str) else oracles
    unknown = [oracle for oracle in oracles if oracle not in ORACLES]
    if unknown:
        raise ValueError(f"oracles: expected some of {sorted(ORACLES)}, got {unknown}")
    seed, records = _seed(rng), []
    for oracle in oracles:
        records += ORACLES[oracle](derivation, equations, rng, seed)
    order = list(equations.values())
    return Evidence(tuple(sorted(records, key=lambda record: order.index(record.label))))


def _exact(derivation, equations, rng, seed):
    """Adjoint test in exact numbers: <d_out, J v> = <J^T d_out, v> with no rounding at all."""
    shapes, draws = {}, 0
    for run, functions, draw in derivation.exact_runs(rng):
        draws += 1
        asked = {gradient: derivation.places(run, gradient) for gradient in equations}
        gradients = {place: tangents(run.gradients[place])[0] for places in asked.values() for place in places}
        shapes |= {gradient: str(gradients[places[0]].shape) for gradient, places in asked.items()}

        def change(moves, run=run, functions=functions):
            moves = {place: lift(np.zeros(d.shape, dtype=object), functions, d) for place, d in moves.items()}
            return sum((tangents(d)[0] * tangents(out)[1]).sum() for d, out in run.outputs(moves))

        # All at once; where this fails, one by one, to say which.
        along = {place: draw(gradient.shape) for place, gradient in gradients.items()}
        if change(along) == sum((gradients[place] * d).sum() for place, d in along.items()):
            continue
        for gradient, places in asked.items():
            for place in places:
                _find_exact(derivation, equations[gradient], place, gradients[place], change)
        raise failure(derivation.name, "exact", derivation.name, "adjoint test failed for all values moved together")
    for gradient, label in equations.items():
        subject = f"{derivation.name}: {gradient}"
        yield Record(label, "exact", "0", 0.0, draws, shapes[gradient], "rational", seed, subject)


def _find_exact(derivation, label, place, gradient, change):
    """Raise if an element of an exact gradient is wrong."""
    for index in np.ndindex(gradient.shape):
        unit = np.zeros(gradient.shape, dtype=object)
        unit[index] = 1
        expected = change({place: unit})
        if expected != gradient[index]:
            raise _wrong(derivation, label, "exact", place, index, gradient[index], expected)


def _complex_step(derivation, equations, rng, seed):
    """Along a random direction for each place, so that one run forward sees all of its elements."""
    run = derivation.float_run(rng)
    for gradient, label in equations.items():
        places = derivation.places(run, gradient)
        found, expected = np.zeros(len(places)), np.zeros(len(places))
        for k, place in enumerate(places):
            along = rng.normal(size=np.shape(run.gradients[place]))
            found[k], expected[k] = (run.gradients[place] * along).sum(), _derivative(run, place, along)
        # The terms of such a sum may cancel: measured against the gradient's own norm.
        size = np.sqrt(sum(np.square(run.gradients[place]).sum() for place in places))
        difference = np.abs(found - expected)
        residual = float(difference.max() / size) if size else float(difference.max())
        if not residual <= derivation.tolerance:
            worst = places[int(difference.argmax())]
            gradients = np.asarray(run.gradients[worst])
            elements = np.empty(gradients.shape)
            for index in np.ndindex(gradients.shape):
                unit = np.zeros(gradients.shape)
                unit[index] = 1
                elements[index] = _derivative(run, worst, unit)
            bounds = residual, derivation.tolerance
            raise _worst(derivation, label, "complex step", worst, gradients, elements, *bounds)
        shape, subject = str(np.shape(run.gradients[places[0]])), f"{derivation.name}: {gradient}"
        dtype = str(np.asarray(run.gradients[places[0]]).dtype)
        yield Record(label, "complex step", residual, derivation.tolerance, 1, shape, dtype, seed, subject)


def _derivative(run, place, along):
    # The imaginary part of the sum: an array of Python's numbers has none of its own.
    return complex(sum((d * out).sum() for d, out in run.outputs({place: 1j * STEP * along}))).imag / STEP


def _jax(derivation, equations, rng, seed):
    tolerance = 1e-13
    answers = derivation.foreign(rng, list(equations))
    for gradient, label in equations.items():
        residuals = [relative_difference(got, expected) for _, got, expected in answers[gradient]]
        k = int(np.argmax(residuals))
        place, got, expected = answers[gradient][k]
        if not residuals[k] <= tolerance:
            raise _worst(derivation, label, "JAX", place, got, expected, residuals[k], tolerance)
        subject = f"{derivation.name}: {gradient}"
        yield Record(label, "JAX", residuals[k], tolerance, 1, str(got.shape), str(got.dtype), seed, subject)


ORACLES = {"exact": _exact, "complex step": _complex_step, "JAX": _jax}


def _worst(derivation, label, oracle, place, got, expected, residual, tolerance):
    """The failure at the element that is furthest from what was expected."""
    index = np.unravel_index(np.argmax(np.abs(got - expected)), got.shape)
    bound = f"residual {residual:.1e}, tolerance {tolerance:.0e}"
    return _wrong(derivation, label, oracle, place, index, got[index], expected[index], bound)


def _wrong(derivation, label, oracle, place, index, got, expected, *more):
    element = f"{place}[{', '.join(str(int(k)) for k in index)}]" if index else place
    details = f"{element} = {shown(got)}", f"expected {shown(expected)}", *more
    return failure(label, oracle, derivation.name, *details)


def _seed(rng):
    entropy = getattr(rng.bit_generator.seed_seq, "entropy", None)
    return int(entropy) if isinstance(entropy, (int, np.integer)) and entropy < 2**63 else None
