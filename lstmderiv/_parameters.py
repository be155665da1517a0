"""What the parameters of every layer have in common."""

__all__ = ["Parameters"]


class Parameters:
    """Base of the parameters of a layer: a frozen dataclass of arrays, each of which learning changes."""
