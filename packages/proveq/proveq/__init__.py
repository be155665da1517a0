"""Equations that answer for themselves: derivations proved by running the code that they are set from.

This package needs NumPy alone. `proveq.sphinx` sets equations from code, evaluates them as they are printed, and
refuses a book in which one lacks evidence; it needs the extra `proveq[sphinx]`. The oracle "JAX" needs
`jax`, fifty decimal digits need `mpmath`.
"""

from .comparison import agree, between, compare, published, relative_difference, shown
from .complex_step import STEP, complex_step
from .derivation import Derivation, Forward
from .evidence import MIME_TYPE, CheckFailed, Evidence, Record, failure, must_fail
from .finite_difference import finite_difference
from .intervene import edited, instrumented, named_values
from .jax_oracle import COMPILER, jax_gradients
from .linear_algebra import inverse, squared_norm
from .model import Model
from .numbers import (
    PRIME,
    Dual,
    FreeFunctions,
    HighPrecision,
    Modular,
    fractions,
    lift,
    modulars,
    small_fractions,
    tangents,
)
from .prove import ORACLES, prove, prove_derivation
from .scope_numbers import ComplexStep, Exact, FiftyDigits, OrderedExact
from .scopes import NotApplicable, Scope
from .subject import Subject
from .subject_model import SubjectModel
from .subjects import Subjects

__version__ = "0.1.0"

__all__ = [
    "COMPILER",
    "MIME_TYPE",
    "ORACLES",
    "PRIME",
    "STEP",
    "CheckFailed",
    "ComplexStep",
    "Derivation",
    "Dual",
    "Evidence",
    "Exact",
    "FiftyDigits",
    "Forward",
    "FreeFunctions",
    "HighPrecision",
    "Model",
    "Modular",
    "NotApplicable",
    "OrderedExact",
    "Record",
    "Scope",
    "Subject",
    "SubjectModel",
    "Subjects",
    "agree",
    "between",
    "compare",
    "complex_step",
    "edited",
    "failure",
    "finite_difference",
    "fractions",
    "instrumented",
    "inverse",
    "jax_gradients",
    "lift",
    "modulars",
    "must_fail",
    "named_values",
    "prove",
    "prove_derivation",
    "published",
    "relative_difference",
    "shown",
    "small_fractions",
    "squared_norm",
    "tangents",
]
