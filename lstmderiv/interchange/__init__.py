"""For implementers: recurrent operators with all their options, weights of every framework, golden vectors, diagnosis.

Nothing in the derivations imports this package. It runs on NumPy alone.
"""

from lstmderiv._lazy import lazily

__all__ = lazily(__name__)
