"""Evidence: the record that a check leaves when it passes, and the exception when it does not."""

from dataclasses import asdict, dataclass
from html import escape

__all__ = ["MIME_TYPE", "CheckFailed", "Evidence", "Record", "must_fail"]

MIME_TYPE = "application/vnd.proveq.evidence+json"


class CheckFailed(AssertionError):
    """A check did not hold. Raised, not asserted, so that `python -O` cannot switch it off."""


def failure(label, oracle, subject, *details):
    """The exception for a check that did not hold: one line for what was checked, one for each detail."""
    return CheckFailed("\n  ".join([f"{label}: {oracle}: {subject}", *details]))


@dataclass(frozen=True)
class Record:
    """One check that passed.

    Attributes
    ----------
    label : str
        Label of the book's equation.
    oracle : str
        What it was compared with.
    residual : float or str
        "0" where the arithmetic is exact.
    tolerance : float
    draws : int
        Number of random points, or of given cases.
    shapes, dtype : str
    seed : int or None
    subject : str
        What was checked.
    """

    label: str
    oracle: str
    residual: float | str
    tolerance: float
    draws: int
    shapes: str
    dtype: str
    seed: int | None
    subject: str


@dataclass(frozen=True)
class Evidence:
    """Records to be shown under a cell and collected from its output. `+` joins two.

    Attributes
    ----------
    records : tuple of Record
    """

    records: tuple

    def __add__(self, other):
        if not isinstance(other, Evidence):
            return NotImplemented
        return Evidence(self.records + other.records)

    def _table(self):
        """Head and rows: a row for what was checked, a column for each oracle, residuals in the cells."""
        oracles = list(dict.fromkeys((r.oracle, r.tolerance) for r in self.records))
        subjects = {r.subject.partition(": ")[0] for r in self.records if ": " in r.subject}
        # A function that every row would name stands once, in the head.
        common = subjects.pop() if len(subjects) == 1 and all(": " in r.subject for r in self.records) else ""
        head = [common or "checked", *(f"{oracle} (at most {_short(bound)})" for oracle, bound in oracles)]
        rows = {}
        for r in self.records:
            subject = r.subject.removeprefix(f"{common}: ") if common else r.subject
            rows.setdefault(subject, {})[r.oracle, r.tolerance] = _short(r.residual)
        return head, [[subject, *(row.get(oracle, "") for oracle in oracles)] for subject, row in rows.items()]

    def __repr__(self):
        head, rows = self._table()
        widths = [max(len(row[k]) for row in [head, *rows]) for k in range(len(head))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in [head, *rows]]
        return "\n".join(line.rstrip() for line in lines)

    def _repr_mimebundle_(self, include=None, exclude=None):
        head, rows = self._table()
        columns = "".join(f"<th scope='col'>{escape(cell)}</th>" for cell in head)
        body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
        return {
            "text/plain": repr(self),
            "text/html": f"<table class='evidence'><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>",
            MIME_TYPE: {"records": [asdict(r) for r in self.records]},
        }


def must_fail(check):
    """Call a check that is expected to fail, and return what it says.

    Parameters
    ----------
    check : callable
        Without arguments.

    Returns
    -------
    str
        The message of its CheckFailed.

    Raises
    ------
    CheckFailed
        If the check passes.
    """
    try:
        check()
    except CheckFailed as failure:
        return str(failure)
    raise CheckFailed("expected this check to fail, but it passed")


def _short(number):
    return number if isinstance(number, str) else f"{number:.0e}" if number else "0"
