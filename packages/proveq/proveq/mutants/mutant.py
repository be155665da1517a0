"""One small mistake: an edit of one file."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Edit", "Mutant"]


@dataclass(frozen=True)
class Edit:
    """A piece of a text, from `start` to `end`, replaced by `new`; `change` says in words what that does."""

    start: int
    end: int
    new: str
    change: str

    @classmethod
    def between(cls, text: str, changed: str, change: str, offset: int = 0) -> Edit:
        """The smallest edit that makes one text of another, which stands at `offset` in its file."""
        shorter = min(len(text), len(changed))
        start = next((k for k in range(shorter) if text[k] != changed[k]), shorter)
        tail = next((k for k in range(shorter - start) if text[-1 - k] != changed[-1 - k]), shorter - start)
        return cls(offset + start, offset + len(text) - tail, changed[start : len(changed) - tail], change)


@dataclass(frozen=True)
class Mutant:
    """An edit of a file.

    Attributes
    ----------
    kind, path : str
        Its kind, and its file, relative to the project.
    edit : Edit
    line, column : int
        Where the edit begins, from 1.
    before, after : str
        The lines that it changes, without the space around them: by these a mutant is known when others have moved it.
    """

    kind: str
    path: str
    edit: Edit
    line: int
    column: int
    before: str
    after: str

    @classmethod
    def of(cls, kind: str, path: str, text: str, edit: Edit) -> Mutant:
        """The mutant that an edit of the text of a file makes."""
        begins = text.rfind("\n", 0, edit.start) + 1
        ends = text.find("\n", edit.end)
        ends = len(text) if ends < 0 else ends
        after = text[begins : edit.start] + edit.new + text[edit.end : ends]
        place = text.count("\n", 0, edit.start) + 1, edit.start - begins + 1
        return cls(kind, path, edit, *place, text[begins:ends].strip(), after.strip())

    def applied(self, text: str) -> str:
        """The text of its file with the mistake in it."""
        return text[: self.edit.start] + self.edit.new + text[self.edit.end :]

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}:{self.column}"
        return f"{where}: {self.kind}, {self.edit.change}\n    - {_one(self.before)}\n    + {_one(self.after)}"


def _one(lines: str) -> str:
    return "\n      ".join(line.strip() for line in lines.splitlines())
