"""The recurrent operator against the oracles: every gradient that it names, under whatever options a case has."""

from collections.abc import Mapping

import numpy as np
from proveq import (
    STEP,
    FreeFunctions,
    Record,
    failure,
    gathered,
    lift,
    relative_difference,
    shown,
    small_fractions,
    tangents,
)

from lstmderiv.checks import ArgumentError, instance
from lstmderiv.interchange import Case, recurrent
from lstmderiv.interchange.names import kind_of
from lstmderiv.verify.automatic.recurrent import recurrent_tensors

__all__ = ["movable_gradients", "prove_operator"]

_INPUTS = ("x", "h0", "c0")
_DRAWS = 2


def prove_operator(case, equations, rng, *, oracles=("exact", "complex step", "JAX")):
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
        Of "exact", "complex step", "JAX".

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
    instance("rng", rng, np.random.Generator)
    instance("equations", equations, Mapping)
    known = movable_gradients(case)
    for name in equations:
        if name not in known:
            raise ArgumentError("equations", f"names among {known}", repr(name))
    return gathered(oracles, {"exact": _exact, "complex step": _complex_step, "JAX": _jax}, equations, rng, case)


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
    return list(dict.fromkeys(f"d_{name.rsplit('.', 1)[-1]}" for name in _Run(case).gradients))


class _Run:
    """A case run once, and what every value was when it was computed: by place and step, before any alignment in time.

    `gradients` has the names of values: "x", "layer0.forward.W_x", "layer0.forward.m" (one array a step).
    """

    def __init__(self, case):
        instance("case", case, Case)
        self.case, noted, found = case, {}, {}

        def keep(place, name, value, tape):
            wanted = found if kind_of(name) == "gradients" else noted
            wanted.setdefault(f"layer{place.layer}.{place.direction}.{name}", {})[place.step] = value
            return value

        self.trace, results = case.run(keep)
        self.gradients = {name: getattr(results, name) for name in _INPUTS if getattr(results, name) is not None}
        for name in case.network.arrays():
            (self.gradients[name],) = found[_of(name)].values()
        for name, steps in noted.items():
            if _of(name) in found:
                self.gradients[name] = np.stack([found[_of(name)][step] for step in sorted(steps)])

    def outputs(self, moves):
        """(upstream gradient, output) pairs of a forward pass with some values moved where they are computed."""

        def move(place, name, value, tape):
            moved = moves.get(f"layer{place.layer}.{place.direction}.{name}")
            return value if moved is None else value + moved[place.step]

        def given(name, array):
            return array + moves[name] if name in moves else array

        case = self.case
        network = case.network.replace({name: given(name, a) for name, a in case.network.arrays().items()})
        arrays = [None if getattr(case, name) is None else given(name, getattr(case, name)) for name in _INPUTS]
        trace = recurrent(arrays[0], network, *arrays[1:], lengths=case.lengths, intervene=move)
        pairs = [(case.d_y, trace.y), (case.d_h_last, trace.h_last), (case.d_c_last, trace.c_last)]
        return [pair for pair in pairs if pair[1] is not None]


def _of(name):
    """The gradient's name for a value's: "layer0.forward.d_m" for "layer0.forward.m"."""
    prefix, dot, last = name.rpartition(".")
    return f"{prefix}{dot}d_{last}"


class _Functions(FreeFunctions):
    """exp and log as free unknowns, tanh in terms of exp: the slope of log(1 + e^x) is then exactly the sigmoid."""

    def __call__(self, name, argument):
        if name != "tanh":
            return super().__call__(name, argument)
        power = super().__call__("exp", 2 * argument)
        return (power - 1) / (power + 1)


def _asked(gradients, equations):
    """The values whose gradients are asked for, by equation."""
    return {
        gradient: [name for name in gradients if f"d_{name.rsplit('.', 1)[-1]}" == gradient] for gradient in equations
    }


def _exact(case, equations, rng, seed):
    shapes = {}
    for _ in range(_DRAWS):
        functions = _Functions(lambda: abs(small_fractions(rng)))
        run = _Run(case.astype(lambda array, known=functions: lift(small_fractions(rng, array.shape), known)))
        gradients = {name: tangents(array)[0] for name, array in run.gradients.items()}
        asked = _asked(gradients, equations)
        moved = {name: small_fractions(rng, gradients[name].shape) for names in asked.values() for name in names}
        shapes |= {gradient: str(gradients[names[0]].shape) for gradient, names in asked.items()}

        def change(moves, run=run, functions=functions):
            moves = {name: lift(np.zeros(d.shape, dtype=object), functions, d) for name, d in moves.items()}
            return sum((tangents(d)[0] * tangents(out)[1]).sum() for d, out in run.outputs(moves))

        # All at once; where this fails, one by one, to say which.
        if change(moved) == sum((gradients[name] * d).sum() for name, d in moved.items()):
            continue
        for gradient, names in asked.items():
            for name in names:
                _find(equations[gradient], name, gradients[name], change)
        raise failure("operator", "exact", "recurrent_backward", "adjoint test failed for all values moved together")
    for gradient, label in equations.items():
        subject = f"recurrent_backward: {gradient}"
        yield Record(label, "exact", "0", 0.0, _DRAWS, shapes[gradient], "rational", seed, subject)


def _find(label, name, gradient, change):
    """Raise if an element of an exact gradient is wrong."""
    for index in np.ndindex(gradient.shape):
        unit = np.zeros(gradient.shape, dtype=object)
        unit[index] = 1
        expected = change({name: unit})
        if expected != gradient[index]:
            details = f"{_of(name)}{_place(index)} = {shown(gradient[index])}", f"expected {shown(expected)}"
            raise failure(label, "exact", "recurrent_backward", *details)


def _complex_step(case, equations, rng, seed):
    run = _Run(case)
    for gradient, names in _asked(run.gradients, equations).items():
        found = np.array([0.0] * len(names)), np.array([0.0] * len(names))
        for k, name in enumerate(names):
            along = rng.normal(size=run.gradients[name].shape)
            found[0][k] = (run.gradients[name] * along).sum()
            found[1][k] = sum((d * out.imag).sum() for d, out in run.outputs({name: 1j * STEP * along})) / STEP
        size = np.sqrt(sum(np.square(run.gradients[name]).sum() for name in names))
        difference = np.abs(found[0] - found[1])
        # Along a random direction the terms of the sum may cancel: measured against the gradient's own norm.
        residual = float(difference.max() / size) if size else float(difference.max())
        if not residual <= 1e-13:
            k = int(difference.argmax())
            details = f"along a random direction {shown(float(found[0][k]))}", f"expected {shown(float(found[1][k]))}"
            details += (f"residual {residual:.1e}, tolerance 1e-13",)
            raise failure(equations[gradient], "complex step", "recurrent_backward", _of(names[k]), *details)
        shape, subject = str(run.gradients[names[0]].shape), f"recurrent_backward: {gradient}"
        yield Record(equations[gradient], "complex step", residual, 1e-13, 1, shape, "float64", seed, subject)


def _jax(case, equations, rng, seed):
    expected, sections = recurrent_tensors(case), case.sections()
    for gradient, label in equations.items():
        names = [name for name in expected if name == gradient or name.endswith(f".{gradient}")]
        # What each layer hands to the one below has the name that the gradient of the input has.
        names = [gradient] if gradient in expected else names
        residuals = [relative_difference(sections["backward"][name], expected[name]) for name in names]
        worst = int(np.argmax(residuals))
        got, wanted = sections["backward"][names[worst]], expected[names[worst]]
        if not residuals[worst] <= 1e-13:
            index = np.unravel_index(np.argmax(np.abs(got - wanted)), got.shape)
            details = f"{names[worst]}{_place(index)} = {shown(got[index])}", f"expected {shown(wanted[index])}"
            details += (f"residual {residuals[worst]:.1e}, tolerance 1e-13",)
            raise failure(label, "JAX", "recurrent_backward", *details)
        subject = f"recurrent_backward: {gradient}"
        yield Record(label, "JAX", residuals[worst], 1e-13, 1, str(got.shape), "float64", None, subject)


def _place(index):
    return f"[{', '.join(str(int(k)) for k in index)}]" if index else ""
