"""The book's drawings.  ``DRAWINGS`` is what the ``{drawing}`` directive knows by name."""

from .cell import CELL
from .drawing import Drawing, Source
from .heat import JACOBIAN, STRIP
from .schemes import BACKWARDS, DATAFLOW, ORGANISATION
from .stack import STACK
from .template import TEMPLATE
from .unrolled import UNROLLED

__all__ = ["DRAWINGS", "Drawing", "Source"]

DRAWINGS: dict[str, Drawing] = {
    "cell": CELL,
    "unrolled": UNROLLED,
    "stack": STACK,
    "template": TEMPLATE,
    "strip": STRIP,
    "backwards": BACKWARDS,
    "organisations": ORGANISATION,
    "dataflow": DATAFLOW,
    "jacobian": JACOBIAN,
}
