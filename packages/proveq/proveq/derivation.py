"""What `prove` takes: something that runs forward with named values moved, and hands back gradients to be checked.

A forward and a backward function are one (`Derivation`, made from a `Subject`). A book that has larger machines, a
network of cells, writes another class with the same methods: the oracles are the same for all.
"""

import numpy as np

from .intervene import instrumented, named_values
from .jax_oracle import jax_gradients
from .numbers import FreeFunctions, fractions, lift, modulars

__all__ = ["Derivation", "Forward"]


class Forward:
    """A subject's forward function on given arguments: its result, and what it is with named values moved.

    Attributes
    ----------
    result : object
        What the function returns.
    """

    def __init__(self, subject, arguments):
        self._subject, self._arguments, self._moves = subject, arguments, {}
        self._assigned = set()
        self._function = instrumented(subject.forward, self._move)
        self.result = subject.call(self._function, arguments)

    def _move(self, name, value):
        self._assigned.add(name)
        return value + self._moves.pop(name) if name in self._moves else value

    def moved(self, moves):
        """The function's result with something added to values: where it assigns them first, or in arguments.

        Parameters
        ----------
        moves : dict
            By the names of the forward function: of a value that it assigns, an argument, or a part of one.

        Returns
        -------
        object

        Raises
        ------
        ValueError
            If the function neither takes nor assigns such a value.
        """
        subject, arguments = self._subject, self._arguments
        for name in moves:
            if name in self._assigned:
                continue
            arguments = subject.moved(arguments, name, moves[name])
            if arguments is None:
                raise ValueError(f"equations: {subject.forward.__name__} has and assigns no value named {name!r}")
        self._moves = {name: move for name, move in moves.items() if name in self._assigned}
        return subject.call(self._function, arguments)


class Run:
    """A forward and a backward function run once on given arguments.

    Attributes
    ----------
    gradients : dict
        By the names of the backward function: what it assigns and what it returns.
    upstream : dict
        Gradient of the loss with respect to each output of the forward function.
    """

    def __init__(self, subject, backward, arguments, draw):
        self._subject, self._forward = subject, Forward(subject, arguments)
        result = self._forward.result
        self.upstream = {name: draw(np.shape(out)) for name, out in subject.outputs(result).items()}
        assigned = {}

        def call(*args):
            answer, found = named_values(backward, *args)
            assigned.update(found)
            return answer

        answer = subject.call_backward(call, self.upstream, result, arguments)
        self.gradients = assigned | subject.results(answer)

    def outputs(self, moves):
        """(upstream gradient, output) pairs with values moved; `moves` has the gradients' names."""
        total = {}
        for name, move in moves.items():
            value = self._subject.forward_name(name)
            total[value] = total[value] + move if value in total else move
        outputs = self._subject.outputs(self._forward.moved(total))
        return [(self.upstream[name], out) for name, out in outputs.items()]


class Derivation:
    """A subject's forward function, and a backward function to be checked against it.

    Attributes
    ----------
    name : str
        Name of the backward function.
    tolerance : float
        Of the complex step; relative.
    """

    tolerance = 1e-14

    def __init__(self, subject, backward):
        self._subject, self._backward, self.name = subject, backward, backward.__name__

    @property
    def oracles(self):
        """Those that can be asked."""
        return ["exact", "complex step", *(["JAX"] if self._subject.jax else [])]

    def exact_runs(self, rng):
        """Yield runs on exact numbers, with their functions and with what draws such numbers: draw(shape)."""
        subject = self._subject
        # Over several steps the rationals grow too long; modulo 2^61 - 1 they do not.
        for kind in [modulars, modulars] if subject.sequence else [fractions, modulars]:

            def draw(shape, kind=kind):
                return kind(rng, shape)

            functions = FreeFunctions(lambda kind=kind: kind(rng))
            arguments = {name: lift(draw(shape), functions) for name, shape in subject.shapes.items()} | subject.fixed
            yield Run(subject, self._backward, arguments, draw), functions, draw

    def float_run(self, rng):
        """A run in float64."""
        return Run(self._subject, self._backward, self._floats(rng), lambda shape: rng.normal(size=shape))

    def places(self, run, gradient):
        """The names in `run.gradients` that a gradient stands for.

        Raises
        ------
        ValueError
            If there is no such gradient.
        """
        if gradient not in run.gradients:
            known = sorted(name for name in run.gradients if name.startswith("d_"))
            raise ValueError(f"equations: expected names among {known}, got {gradient!r}")
        return [gradient]

    def foreign(self, rng, gradients):
        """What the backward function says, and what JAX says: for each gradient a list of (place, got, expected).

        Raises
        ------
        ValueError
            If the subject has no program for JAX, or a gradient is not known.
        """
        subject = self._subject
        if subject.jax is None:
            raise ValueError(f"oracles: expected a subject with a program for JAX, got {subject.name} without one")
        arguments = self._floats(rng)
        run = Run(subject, self._backward, arguments, lambda shape: rng.normal(size=shape))
        names = {name: subject.forward_name(name) for gradient in gradients for name in self.places(run, gradient)}
        expected = jax_gradients(subject.jax, arguments, run.upstream, list(names.values()))
        return {name: [(name, np.asarray(run.gradients[name]), expected[value])] for name, value in names.items()}

    def _floats(self, rng):
        subject = self._subject
        return {name: rng.normal(size=shape) for name, shape in subject.shapes.items()} | subject.fixed
