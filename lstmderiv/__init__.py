"""How an LSTM learns: forward and backward passes in NumPy, with every intermediate by name.

A name is imported when it is first asked for. `__init__.pyi` says in which module each is.
"""

from lstmderiv._lazy import lazily

__version__ = "0.1.0"

__all__ = lazily(__name__)
