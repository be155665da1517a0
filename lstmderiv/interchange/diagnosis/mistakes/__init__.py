"""The mistakes that implementations make, as changes of the reference operator."""

from lstmderiv.interchange.case import Case
from lstmderiv.interchange.diagnosis.mistakes.backward import backward_mistakes
from lstmderiv.interchange.diagnosis.mistakes.kind import Mistake
from lstmderiv.interchange.diagnosis.mistakes.operator import operator_mistakes
from lstmderiv.interchange.diagnosis.mistakes.sequences import sequence_mistakes, upstream_mistakes
from lstmderiv.interchange.diagnosis.mistakes.totals import total_mistakes
from lstmderiv.interchange.diagnosis.mistakes.weights import weight_mistakes

__all__ = ["Mistake", "known_mistakes"]


def known_mistakes(case: Case, framework: str | None = None) -> list[Mistake]:
    """Every known mistake that an implementation of a case can make.

    Parameters
    ----------
    case : Case
    framework : str, optional
        One of `FRAMEWORKS`: gates and the order of their blocks are then put in its words.

    Returns
    -------
    list of Mistake
        First those that affect the forward pass, then those of the backward pass alone; in both, those that come first
        when two mistakes at once are looked for.
    """
    network = case.network
    found = [*operator_mistakes(network, framework), *sequence_mistakes(case), *weight_mistakes(network, framework)]
    found += [*backward_mistakes(network, framework), *upstream_mistakes(case), *total_mistakes(case, framework)]
    return sorted(found, key=lambda mistake: (not mistake.forward, not mistake.common))
