"""What the book proves: its subjects, its programs for JAX, and the checks that only its own functions need.

The checks themselves, numbers and evidence are `proveq`'s. Nothing in `lstmderiv` imports this package; it needs the
extra `lstmderiv[verify]`. The oracle "JAX" needs `jax`, the symbolic facts need `sympy`.
"""

from lstmderiv.verify.jacobian import prove_jacobian
from lstmderiv.verify.operator import prove_operator
from lstmderiv.verify.subjects import SUBJECTS
from lstmderiv.verify.symbolic import prove_symbolically

__all__ = ["SUBJECTS", "prove", "prove_jacobian", "prove_operator", "prove_symbolically"]

#: `proveq.prove` for the functions of `lstmderiv`: it finds the subject of each in `SUBJECTS`.
prove = SUBJECTS.prove
