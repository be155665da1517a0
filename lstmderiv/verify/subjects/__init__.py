"""What is proved: each pair of a forward and a backward function, with the glue that calls them on any numbers.

One module a chapter; a new chapter's subjects go into a module of their own and are gathered here.
"""

from lstmderiv.verify.subjects import language_model, layer_norm, layered, network, rnn, variations
from lstmderiv.verify.subjects.subject import Subject

__all__ = ["SUBJECTS", "Subject", "subject_of"]

SUBJECTS = {
    **network.SUBJECTS,
    **variations.SUBJECTS,
    **layer_norm.SUBJECTS,
    **rnn.SUBJECTS,
    **language_model.SUBJECTS,
    **layered.SUBJECTS,
}


def subject_of(backward):
    """The subject that a backward function, or an edited copy of it, belongs to.

    Parameters
    ----------
    backward : function

    Returns
    -------
    Subject

    Raises
    ------
    ValueError
        If there is none.
    """
    place = (getattr(backward, "__module__", None), getattr(backward, "__name__", None))
    for subject in SUBJECTS.values():
        if (subject.backward.__module__, subject.backward.__name__) == place:
            return subject
    known = ", ".join(sorted({s.backward.__name__ for s in SUBJECTS.values()}))
    raise ValueError(f"backward: expected one of {known}, got {getattr(backward, '__name__', backward)!r}")
