"""How an LSTM learns: forward and backward passes in NumPy, with every intermediate by name.

A name is imported when it is first asked for. `__init__.pyi` says in which module each is.

What an argument cannot be is refused by an `ArgumentError` or `ArgumentTypeError` that begins with its name: NaN and
infinities where nothing else is said, arrays with masked entries, number objects that cannot be combined with floats
and Fractions, sizes for which there is no memory. Finite numbers are taken, however large: what is computed from them
may overflow, and is then infinite or NaN, as IEEE 754 has it. `numpy.errstate` says whether NumPy warns of it or
raises; products of matrices overflow without a word.
"""

from lstmderiv._lazy import lazily

__version__ = "0.1.0"

__all__ = lazily(__name__)
