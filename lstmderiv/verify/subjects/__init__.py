"""What is proved: each pair of a forward and a backward function, with the glue that calls them on any numbers.

One module a chapter; a new chapter's subjects go into a module of their own and are gathered here.
"""

from proved import Subjects

from lstmderiv.verify.subjects import language_model, layer_norm, layered, network, operator, rnn, variations

__all__ = ["SUBJECTS"]

SUBJECTS = Subjects(
    network.SUBJECTS,
    variations.SUBJECTS,
    layer_norm.SUBJECTS,
    rnn.SUBJECTS,
    language_model.SUBJECTS,
    layered.SUBJECTS,
    operator.SUBJECTS,
)
