"""Oracles for the derivations, and the evidence that the book collects.

Nothing in `lstmderiv` imports this package. It runs on NumPy alone, but for what is foreign on purpose: the oracle
"JAX" needs `jax`, the symbolic facts need `sympy`, arithmetic of many digits needs `mpmath`.
"""

from lstmderiv.verify.comparison import agree, between, compare, published
from lstmderiv.verify.complex_step import complex_step
from lstmderiv.verify.evidence import MIME_TYPE, CheckFailed, Evidence, Record, must_fail
from lstmderiv.verify.finite_difference import finite_difference
from lstmderiv.verify.intervene import edited, instrumented, named_values
from lstmderiv.verify.jacobian import prove_jacobian
from lstmderiv.verify.operator import prove_operator
from lstmderiv.verify.prove import ORACLES, prove
from lstmderiv.verify.subjects import SUBJECTS, Subject, subject_of
from lstmderiv.verify.symbolic import prove_symbolically

__all__ = [
    "MIME_TYPE",
    "ORACLES",
    "SUBJECTS",
    "CheckFailed",
    "Evidence",
    "Record",
    "Subject",
    "agree",
    "between",
    "compare",
    "complex_step",
    "edited",
    "finite_difference",
    "instrumented",
    "must_fail",
    "named_values",
    "prove",
    "prove_jacobian",
    "prove_operator",
    "prove_symbolically",
    "published",
    "subject_of",
]
