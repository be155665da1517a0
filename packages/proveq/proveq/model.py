"""What a computation behind a scope is, and on which numbers it is run."""

__all__ = ["Model"]


class Model:
    """One computation: its inputs, its values by name, its loss.

    Attributes
    ----------
    chapter : str
        Whose symbols its equations are read with: a chapter of `symbols.toml`.
    sizes : dict
        Upper limits of sums.
    t : int or None
        The time step that symbols without one mean.
    shared : set
        Values that arise at every step and are the same there: parameters.
    meaning : dict
        Gradient symbol -> (value, steps later) where it is not simply the derivative by the value of that name.
    columns : dict
        Gradient symbol -> (gradient symbol, slice) where it is a block of columns of another.
    random : bool
        Whether its numbers are drawn.
    functions : dict
        Functions of whole arrays that its equations name with \\operatorname.
    """

    chapter = ""
    sizes, t, shared, meaning, columns, random, functions = {}, None, frozenset(), {}, {}, True, {}

    def inputs(self, numbers):
        raise NotImplementedError

    def run(self, v, probe, numbers):
        raise NotImplementedError

    def steps(self):
        """Functions of several arguments that its equations name with \\operatorname: a step of its own cell.

        Name, as `equations.evaluate` describes it, -> function of the inputs and of these arguments, which returns an
        array or a tuple of arrays. What it runs is the derivation's own code, as in `run`.
        """
        return {}

    def sigma(self, numbers):
        tanh = numbers.function("tanh")
        return lambda x: (1 + tanh(x / 2)) / 2

    def tanh(self, numbers):
        return numbers.function("tanh")
