"""A scope's computation that comes from the subject of a proof: for a chapter whose forward function says it all."""

from fractions import Fraction
from numbers import Number

import numpy as np

from .checks import instance
from .intervene import instrumented
from .model import Model
from .subject import Subject

__all__ = ["SubjectModel"]


class SubjectModel(Model):
    """A subject's forward function on drawn numbers, and a loss that reads every entry of what it gives.

    Every argument is a value of the page, and so is every value that the function assigns, and every output. A name
    means what it stood for first: an argument that the function checks, converts and assigns again is one value.

    Parameters
    ----------
    subject : Subject
        Of one step: over several, a name has no single value. Its `sizes` are the upper limits of sums.
    chapter : str
        Whose symbols its equations are read with.

    Raises
    ------
    TypeError
        If `subject` is none, or the source of its forward function cannot be read.
    ValueError
        If it runs over several steps, or an argument of its own is called "loss": so is the scope's.
    """

    def __init__(self, subject, chapter):
        self.subject = instance("subject", subject, Subject)
        if subject.sequence:
            raise ValueError(f"subject: expected one of a single step, got {subject.name}, which runs over several")
        for name in subject.shapes:
            self._refuse_loss(name)
        self.chapter, self.sizes = chapter, dict(subject.sizes)
        self.meaning = {gradient: (value, 0) for gradient, value in subject.names.items()}
        # Copied once: a scope runs it once for every entry of what it differentiates by.
        self._forward = instrumented(subject.forward, lambda name, value: self._named(name, value))

    def inputs(self, numbers):
        """Arguments, and the loss's gradient by each output: "upstream_y" for the output "y".

        Parameters
        ----------
        numbers : ComplexStep, Exact, OrderedExact or FiftyDigits

        Returns
        -------
        dict of ndarray
        """
        subject = self.subject
        drawn = {name: numbers.draw(shape) for name, shape in subject.shapes.items()}
        arguments = {name: numbers.start(array) for name, array in drawn.items()} | self._fixed(numbers)
        results = subject.outputs(subject.call(subject.forward, arguments))
        return drawn | {f"upstream_{name}": numbers.draw(np.shape(result)) for name, result in results.items()}

    def run(self, v, probe, numbers):
        """Run the forward function, and name its values.

        Parameters
        ----------
        v : dict
            As `inputs` gives them, named already.
        probe : callable
            Called as probe(name, value); the run goes on with what it returns.
        numbers : ComplexStep, Exact, OrderedExact or FiftyDigits

        Raises
        ------
        ValueError
            If a value of the function is called "loss", or what is fixed is to be moved.
        """
        subject, met = self.subject, set(self.subject.shapes)

        def named(name, value):
            self._refuse_loss(name)
            if name in met:
                return value
            met.add(name)
            return probe(name, value)

        self._named = named
        arguments = {name: v[name] for name in subject.shapes}
        for name, value in self._fixed(numbers).items():
            if isinstance(value, Number | np.ndarray) and named(name, value) is not value:
                raise ValueError(f"subject: expected {name} among its shapes, to differentiate by it, got it fixed")
            arguments[name] = value
        for name, (argument, positions) in subject.parts.items():
            whole = arguments[argument]
            part = named(name, whole.reshape(-1)[positions])
            arguments[argument] = whole = np.array(whole, np.result_type(whole, part))
            whole.reshape(-1)[positions] = part
        results = subject.outputs(subject.call(self._forward, arguments))
        # An output that is returned without a name has a value of its own all the same.
        results = {name: named(name, result) for name, result in results.items()}
        probe("loss", sum(np.sum(v[f"upstream_{name}"] * result) for name, result in results.items()))

    def _refuse_loss(self, name):
        if name == "loss":
            got = f"{self.subject.name}, which has one of its own"
            raise ValueError(f"subject: expected no value named 'loss' beside the scope's, got {got}")

    def _fixed(self, numbers):
        """What is not varied: a fraction among floats is one of them, everything else stays as it is."""
        floats = numbers.dtype is not object
        fixed = self.subject.fixed.items()
        return {name: float(value) if floats and isinstance(value, Fraction) else value for name, value in fixed}
