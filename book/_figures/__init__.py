"""The book's drawings.  ``DRAWINGS`` is what the ``{drawing}`` directive knows by name."""

from .cell import CELL
from .drawing import Drawing, Source
from .heat import JACOBIAN, STRIP
from .normalisation import NORMALISATION
from .schemes import BACKWARDS, DATAFLOW, ORGANISATION
from .template import TEMPLATE
from .unrolled import UNROLLED

__all__ = ["DRAWINGS", "Drawing", "Source"]

DRAWINGS: dict[str, Drawing] = {
    "cell": CELL,
    "unrolled": UNROLLED,
    "template": TEMPLATE,
    "strip": STRIP,
    "backwards": BACKWARDS,
    "organisations": ORGANISATION,
    "dataflow": DATAFLOW,
    "jacobian": JACOBIAN,
    "normalisation": NORMALISATION,
}
