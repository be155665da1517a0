"""What the book proves: its subjects, its programs for JAX, and the checks that only its own functions need.

The checks themselves, numbers and evidence are `proveq`'s. Nothing in `lstmderiv` imports this package; it needs the
extra `lstmderiv[verify]`. The oracle "JAX" needs `jax`, the symbolic facts need `sympy`.
"""

from lstmderiv._lazy import lazily

__all__ = lazily(__name__)
