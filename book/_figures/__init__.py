"""The book's drawings.  ``DRAWINGS`` is what the ``{drawing}`` directive knows by name."""

from .cell import CELL
from .drawing import Drawing, Source
from .gru import GRU
from .heat import JACOBIAN, STRIP
from .key import KEY
from .normalisation import NORMALISATION
from .peephole import PEEPHOLE
from .schemes import BACKWARDS, DATAFLOW, ORGANISATION
from .sequence import INPUTS, LOOP
from .stack import STACK
from .steps import NORMS, STEPS, VECTORS
from .template import TEMPLATE
from .unrolled import UNROLLED
from .weights import GATE_EQUATIONS, JOINED

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
    "steps": STEPS,
    "norms": NORMS,
    "vectors": VECTORS,
    "loop": LOOP,
    "inputs": INPUTS,
    "joined": JOINED,
    "gates": GATE_EQUATIONS,
    "key": KEY,
    "peephole": PEEPHOLE,
    "gru": GRU,
    "normalisation": NORMALISATION,
}
