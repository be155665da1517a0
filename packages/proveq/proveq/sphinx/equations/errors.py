"""What the evaluation of an equation can end in, other than a residual."""

from ...scopes import NotApplicable

__all__ = ["EquationError", "NotApplicable"]

_EXCERPT = 90


class EquationError(Exception):
    """An equation that cannot be read, cannot be evaluated, or does not hold.

    Parameters
    ----------
    message : str
        What is wrong; it may take several lines.
    tex : str, optional
        The equation.
    position : int, optional
        Offset in `tex` of what is wrong; the message then begins with line and column and ends in an excerpt.
    unreadable : bool, optional
        Whether the notation or the symbol table is at fault, not the numbers.

    Attributes
    ----------
    line, column : int or None
        Counted from 1, within the TeX.
    unreadable : bool
    """

    def __init__(self, message, tex="", position=None, unreadable=False):
        self.position, self.line, self.column, self.unreadable = position, None, None, unreadable
        if position is not None:
            before = tex[:position]
            self.line = before.count("\n") + 1
            self.column = position - (before.rfind("\n") + 1) + 1
            shown = tex.split("\n")[self.line - 1]
            start = max(0, self.column - 1 - _EXCERPT // 2)
            excerpt = shown[start : start + _EXCERPT].rstrip()
            message = f"line {self.line}, column {self.column} of the TeX: {message}"
            message += f"\n    {excerpt}\n    {' ' * (self.column - 1 - start)}^"
        super().__init__(message)
