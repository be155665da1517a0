"""The numbers on which the page's equations are evaluated.

A scope runs one computation forward and names its values. A gradient symbol is then taken by what it means: the
derivative of the loss with respect to the value of that name, changed where it arises. No backward pass of the package
is used here: an equation for a gradient is compared with derivatives that know nothing of it.
"""

from proved import Scope
from scope_models import ROWS

__all__ = ["SCOPES"]

SCOPES = {name: lambda make=make: [Scope(*row) for row in make()] for name, make in ROWS.items()}
