"""What explains the numbers of an implementation, in words."""

from dataclasses import dataclass

from lstmderiv.interchange.diagnosis.attempt import Attempt
from lstmderiv.interchange.diagnosis.mistakes.kind import Mistake

__all__ = ["Explanation"]


@dataclass(frozen=True, eq=False)
class Explanation:
    """A mistake, or two at once, by which the reference gives what the implementation gave.

    Attributes
    ----------
    mistakes : tuple of Mistake
        Empty if only the precision of the numbers explains the difference.
    remarks : tuple of str
        How exactly they show.
    precision : str
        "" if it fits to the rounding of the given dtype, otherwise the dtype to whose rounding it fits.
    attempt : Attempt
        The reference with these mistakes, which can be run.
    """

    mistakes: tuple[Mistake, ...]
    remarks: tuple[str, ...] = ()
    precision: str = ""
    attempt: Attempt | None = None

    @property
    def what(self) -> str:
        """What the implementation does, in a sentence without its full stop."""
        parts = [mistake.what for mistake in self.mistakes]
        if not parts:
            return f"everything is right to the rounding of {self.precision}: the numbers went through {self.precision}"
        text = "; and ".join(parts)
        text += "".join(f" ({remark})" for remark in self.remarks)
        return text + (f", computed in {self.precision}" if self.precision else "")

    @property
    def arrays(self) -> tuple[str, ...]:
        """The arrays of `Weights`, or whose gradients, it is about, each once."""
        return tuple(dict.fromkeys(name for mistake in self.mistakes for name in mistake.arrays))

    @property
    def change(self) -> str:
        """What to change, in a sentence without its full stop."""
        if not self.mistakes:
            return f"keep every intermediate in the dtype of the results, or save the results as {self.precision}"
        return "; and ".join(mistake.change for mistake in self.mistakes)
