from lstmderiv.verify.jacobian import prove_jacobian
from lstmderiv.verify.operator import prove_operator
from lstmderiv.verify.subjects import SUBJECTS, prove
from lstmderiv.verify.symbolic import prove_symbolically

__all__ = ["SUBJECTS", "prove", "prove_jacobian", "prove_operator", "prove_symbolically"]
