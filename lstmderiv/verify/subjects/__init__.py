"""What is proved: each pair of a forward and a backward function, with the glue that calls them on any numbers.

One module a chapter, named as the module of its functions. What it calls `SUBJECTS` are its subjects by name. It is
found by its name, and imported when one of its functions is to be proved.
"""

from proveq import Subjects

__all__ = ["SUBJECTS", "prove"]

SUBJECTS = Subjects.found_in(__name__, __path__)

#: `proveq.prove` for the functions of `lstmderiv`: it finds the subject of each in `SUBJECTS`.
prove = SUBJECTS.prove
