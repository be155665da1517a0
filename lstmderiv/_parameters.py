"""What the parameters of every layer have in common."""

from dataclasses import fields
from typing import Any

import numpy as np

from lstmderiv.types import Array

__all__ = ["Parameters"]


class Parameters:
    """Base of the parameters of a layer: a frozen dataclass of arrays, each of which learning changes."""

    def arrays(self) -> dict[str, Array]:
        """The arrays by name, in the order of the fields; what is no array is left out.

        Returns
        -------
        dict of ndarray
        """
        found: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        return {name: value for name, value in found.items() if isinstance(value, np.ndarray)}
