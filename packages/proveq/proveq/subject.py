"""What a subject of a proof is: a forward and a backward function, and how to run both on any numbers."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

__all__ = ["Subject"]


@dataclass(frozen=True)
class Subject:
    """A forward function, its backward function, and how to call both.

    Attributes
    ----------
    forward, backward : function
    shapes : dict
        Shape of each argument that is a number, by name.
    fixed : dict
        Arguments that are not numbers to be varied: labels, lengths, flags.
    call : callable
        call(forward, arguments) -> its result.
    outputs : callable
        outputs(result) -> dict of the arrays that the loss sees.
    call_backward : callable
        call_backward(backward, upstream, result, arguments) -> its result.
    results : callable
        results(backward's result) -> dict of gradients by name, beside those that the function assigns by name.
    sequence : bool
        Whether it runs over several steps: rationals would grow too long there, so only the finite field is used.
    jax : callable, optional
        The forward function once more, for JAX: jax(arguments, at) -> dict of outputs, as `jax_gradients` takes it.
    names : mapping, optional
        Gradient's name in the backward function -> name in the forward function, where it is not `d_` and that name.
    parts : mapping, optional
        Name -> (argument, positions in it, counted along all axes): what is no argument of its own, but a part of one.
    sizes : mapping, optional
        Upper limits of sums, by the letters of the symbol table's shapes: {"B": 2}. For `SubjectModel`.
    """

    forward: Callable
    backward: Callable
    shapes: dict
    fixed: dict
    call: Callable
    outputs: Callable
    call_backward: Callable
    results: Callable
    sequence: bool = False
    jax: Callable | None = None
    names: Mapping = field(default_factory=dict)
    parts: Mapping = field(default_factory=dict)
    sizes: Mapping = field(default_factory=dict)

    @classmethod
    def by_name(cls, forward, backward, shapes, fixed=None, **more):
        """A subject of two functions of arrays, whose arguments say by their names how both are called.

        The forward function takes what `shapes` and `fixed` name. The backward function takes the gradients of the
        results, "d_y" for the result "y", and whatever else it reads: arguments and results. The forward function
        returns one result, or a tuple of them in the order of their gradients. The backward function assigns every
        gradient to a name.

        Parameters
        ----------
        forward, backward : function
        shapes : dict
        fixed : dict, optional
        **more
            Attributes of the subject that have a default: `jax`, `sizes`, `names` ...

        Returns
        -------
        Subject

        Raises
        ------
        TypeError
            If `forward` or `backward` cannot be called.
        ValueError
            If an argument of a function is none of these.
        """
        fixed = fixed or {}
        signatures = inspect.signature(forward), inspect.signature(backward)
        try:
            signatures[0].bind(**dict.fromkeys([*shapes, *fixed]))
        except TypeError:
            expected = f"a function of {[*shapes, *fixed]}"
            raise ValueError(f"forward: expected {expected}, got {forward.__name__}{signatures[0]}") from None
        read = list(signatures[1].parameters)
        results = [name.removeprefix("d_") for name in read if name.startswith("d_")]
        known = [*shapes, *fixed, *results]
        if not results or not {*known, *(f"d_{name}" for name in results)}.issuperset(read):
            expected = f"a function of gradients, and of names among {known}"
            raise ValueError(f"backward: expected {expected}, got {backward.__name__}{signatures[1]}")

        def outputs(result):
            return dict(zip(results, result if isinstance(result, tuple) else (result,), strict=True))

        def call_backward(function, upstream, result, arguments):
            every = arguments | outputs(result) | {f"d_{name}": value for name, value in upstream.items()}
            return function(*(every[name] for name in read))

        return cls(
            forward, backward, shapes, fixed,
            call=lambda function, arguments: function(**arguments),
            outputs=outputs,
            call_backward=call_backward,
            # What the function assigns is found by itself.
            results=lambda gradients: {},
            **more,
        )  # fmt: skip

    @property
    def name(self):
        """Name of the forward function."""
        return self.forward.__name__

    def forward_name(self, gradient):
        """The forward function's name of the value that a gradient belongs to."""
        return self.names.get(gradient, gradient.removeprefix("d_"))

    def moved(self, arguments, name, move):
        """The arguments with `move` added to one of them, or to a part of one; None if there is no such argument."""
        if name in arguments:
            return {**arguments, name: arguments[name] + move}
        if name not in self.parts:
            return None
        argument, positions = self.parts[name]
        whole = np.array(arguments[argument], np.result_type(arguments[argument], move))
        whole.reshape(-1)[positions] += move
        return {**arguments, argument: whole}
