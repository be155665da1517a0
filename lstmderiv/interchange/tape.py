"""What one step writes down: every intermediate by name, each open to intervention where it is computed."""

from typing import Any, NamedTuple

__all__ = ["Place", "Tape"]


class Place(NamedTuple):
    """Where in a network a value is computed.

    Attributes
    ----------
    layer : int
    direction : str
        "forward" or "reverse".
    step : int or None
        0 for the step that runs first, whatever the direction; None for what is summed over all steps.
    """

    layer: int
    direction: str
    step: int | None


class Tape(dict):
    """The values of one step, in the order in which they were computed.

    Parameters
    ----------
    place : Place
    intervene : callable or None
        Called as intervene(place, name, value, tape) for each value; what it returns is used in its place. This is how
        a number format rounds every value, and how a mistake is tried without a second program.
    known : mapping
        What there is at the beginning; not passed through `intervene`.
    """

    def __init__(self, place, intervene, known=()):
        super().__init__(known)
        self.place, self.intervene = place, intervene

    def note(self, name, value: Any):
        """Write a value down, after intervention, and return it."""
        if self.intervene is not None:
            value = self.intervene(self.place, name, value, self)
        self[name] = value
        return value
