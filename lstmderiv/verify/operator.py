"""The recurrent operator against the oracles: every gradient that it names, under whatever options a case has."""

from collections.abc import Mapping

import numpy as np
from proveq import (
    FreeFunctions,
    lift,
    prove_derivation,
    small_fractions,
)

from lstmderiv.checks import ArgumentError, instance
from lstmderiv.interchange import Case, recurrent
from lstmderiv.interchange.names import kind_of
from lstmderiv.verify.automatic.recurrent import recurrent_tensors

__all__ = ["movable_gradients", "prove_operator"]

_DRAWS = 2


def prove_operator(case, equations, rng, *, oracles=None):
    """Check named gradients of a recurrent operator against independent derivatives of its forward pass.

    Every value is moved where it is computed, in every layer, direction and step, each by a random number of its own.
    What the loss changes by must be the sum of these numbers, each times its gradient. The loss is the case's: a linear
    function of outputs and last states.

    Parameters
    ----------
    case : lstmderiv.interchange.Case
        In float64. The exact oracle keeps options, shapes and lengths, and draws numbers of its own. Where activations
        are rational, every step of every layer multiplies the digits of these: keep such a case to three of them.
    equations : dict
        From a gradient's name, without layer and direction ("d_m", "d_W_p", "d_x"), to the book's label.
    rng : numpy.random.Generator
        The only source of randomness.
    oracles : sequence of str, optional
        Of "exact", "complex step", "JAX"; by default all.

    Returns
    -------
    Evidence
        One record for each equation and oracle.

    Raises
    ------
    CheckFailed
        If a gradient is wrong; names equation, oracle, place, value and expected value.
    TypeError, ValueError
        If an argument is not as described.
    """
    known = movable_gradients(case)
    for name in instance("equations", equations, Mapping):
        if name not in known:
            raise ArgumentError("equations", f"names among {known}", repr(name))
    return prove_derivation(_Operator(case), equations, rng, oracles)


def movable_gradients(case):
    """The gradients of a case that `prove_operator` can check: those of what is given, and of every value noted.

    Parameters
    ----------
    case : lstmderiv.interchange.Case

    Returns
    -------
    list of str

    Raises
    ------
    TypeError
        If it is no case.
    """
    return list(dict.fromkeys(_last(name) for name in _Run(case).gradients))


class _Run:
    """A case run once, and what every value was when it was computed: by place and step, before any alignment in time.

    `gradients` has names as "d_x", "layer0.forward.d_W_x", "layer0.forward.d_m" (one array a step).
    """

    def __init__(self, case):
        instance("case", case, Case)
        self.case, noted, found = case, {}, {}

        def keep(place, name, value, tape):
            wanted = found if kind_of(name) == "gradients" else noted
            wanted.setdefault(f"layer{place.layer}.{place.direction}.{name}", {})[place.step] = value
            return value

        self.trace, results = case.run(keep)
        self.gradients = {_of(name): getattr(results, name) for name in self._given()}
        for name in case.network.arrays():
            (self.gradients[_of(name)],) = found[_of(name)].values()
        for name, steps in noted.items():
            if _of(name) in found:
                self.gradients[_of(name)] = np.stack([found[_of(name)][step] for step in sorted(steps)])

    def _given(self):
        return [name for name in ("x", "h0", "c0") if getattr(self.case, name) is not None]

    def outputs(self, moves):
        """(upstream gradient, output) pairs of a forward pass with some values moved where they are computed."""

        def move(place, name, value, tape):
            moved = moves.get(_of(f"layer{place.layer}.{place.direction}.{name}"))
            return value if moved is None else value + moved[place.step]

        def given(name, array):
            return array + moves[_of(name)] if _of(name) in moves else array

        case = self.case
        network = case.network.replace({name: given(name, a) for name, a in case.network.arrays().items()})
        arrays = {name: given(name, getattr(case, name)) for name in self._given()}
        trace = recurrent(network=network, **arrays, lengths=case.lengths, intervene=move)
        pairs = [(case.d_y, trace.y), (case.d_h_last, trace.h_last), (case.d_c_last, trace.c_last)]
        return [pair for pair in pairs if pair[1] is not None]


def _of(name):
    """The gradient's name for a value's: "layer0.forward.d_m" for "layer0.forward.m"."""
    prefix, dot, last = name.rpartition(".")
    return f"{prefix}{dot}d_{last}"


def _last(name):
    return name.rpartition(".")[2]


class _Functions(FreeFunctions):
    """exp and log as free unknowns, tanh in terms of exp: the slope of log(1 + e^x) is then exactly the sigmoid."""

    def __call__(self, name, argument):
        if name != "tanh":
            return super().__call__(name, argument)
        power = super().__call__("exp", 2 * argument)
        return (power - 1) / (power + 1)


class _Operator:
    """What `prove_derivation` asks for, of a case."""

    name, tolerance = "recurrent_backward", 1e-13
    oracles = ("exact", "complex step", "JAX")

    def __init__(self, case):
        self._case = case

    def exact_runs(self, rng):
        def draw(shape):
            return small_fractions(rng, shape)

        for _ in range(_DRAWS):
            functions = _Functions(lambda: abs(small_fractions(rng)))
            yield _Run(self._case.astype(lambda a, known=functions: lift(draw(a.shape), known))), functions, draw

    def float_run(self, rng):
        return _Run(self._case)

    def places(self, run, gradient):
        return [name for name in run.gradients if _last(name) == gradient]

    def foreign(self, rng, gradients):
        expected, got = recurrent_tensors(self._case), self._case.sections()["backward"]

        def places(gradient):
            # What each layer hands to the one below has the name that the gradient of the input has.
            named = [gradient] if gradient in expected else []
            return named or [name for name in expected if name.endswith(f".{gradient}")]

        return {gradient: [(name, got[name], expected[name]) for name in places(gradient)] for gradient in gradients}
