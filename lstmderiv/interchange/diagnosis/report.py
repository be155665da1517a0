"""The result of a diagnosis, and the report that says it in words."""

from dataclasses import dataclass, field
from textwrap import wrap

from lstmderiv.interchange.diagnosis.divergence import Difference, Disagreement
from lstmderiv.interchange.diagnosis.explanation import Explanation
from lstmderiv.interchange.diagnosis.search import WORK
from lstmderiv.interchange.names import TENSORS

__all__ = ["Diagnosis"]

# The report lists no more explanations, and no more tensors, than this.
_SHOWN = 8
_ROWS = 20
_WIDTH = 76


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """What a comparison with a case found.

    Attributes
    ----------
    case : str
        The case's name.
    agrees : bool
        Whether rounding explains every difference.
    first : Difference or None
        The entry that differs and is computed first.
    explanations : tuple of Explanation
        Every known mistake, or pair of mistakes, by which the reference gives the same numbers.
    table : tuple of Disagreement
        The largest error of each tensor, in the order of computation.
    deciding : str or None
        The tensor that would tell several explanations apart.
    singles, pairs, skipped : int
        Mistakes and pairs that were tried, and pairs that were not, for the bound on work.
    excess : float
        The largest error as a multiple of what rounding explains.
    given : bool
        Whether what differs first is not computed but an input, a weight or an upstream gradient.
    names : dict
        From gates to what they are called in the report.
    legends : tuple of str
        For each explanation, in which arrays of the framework it is to be looked for; empty without a framework.
    """

    case: str
    agrees: bool
    first: Difference | None
    explanations: tuple[Explanation, ...]
    table: tuple[Disagreement, ...]
    deciding: str | None = None
    singles: int = 0
    pairs: int = 0
    skipped: int = 0
    excess: float = 0.0
    given: bool = False
    names: dict[str, str] = field(default_factory=dict)
    legends: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.text()

    def text(self) -> str:
        """The report: what agrees, where it differs first, what explains it, and what to change.

        Returns
        -------
        str
            Lines without a final newline.
        """
        agreeing = [row.tensor for row in self.table if row.agrees]
        if self.agrees:
            count = len(self.table)
            which = f"All {count} tensors agree" if count > 1 else "The tensor that was given agrees"
            return f"{which} with the case {self.case}, to rounding.\n" + self._rows()
        lines = [f"{len(self.table) - len(agreeing)} of {len(self.table)} tensors differ from the case {self.case}."]
        if agreeing:
            lines += wrap(f"Right, to rounding: {_some(agreeing)}.", _WIDTH)
        lines += ["", "First difference, in the order of computation", *_first(self.first, self.names), ""]
        lines += [*self._explained(), "", self._rows()]
        return "\n".join(lines)

    def _explained(self):
        found = self.explanations
        if not found:
            return self._unexplained()
        if len(found) == 1:
            two = "Two mistakes at once explain" if len(found[0].mistakes) > 1 else "One mistake explains"
            if not found[0].mistakes:
                two = "The precision of the numbers explains"
            return [f"{two} every number that was given", *_explanation("  ", found[0], *self.legends[:1])]
        lines = [f"{len(found)} explanations fit every number that was given: they cannot be told apart by it"]
        for k, one in enumerate(found[:_SHOWN], 1):
            lines += _explanation(f"  {k}. ", one, *self.legends[k - 1 : k])
        if len(found) > _SHOWN:
            lines.append(f"  and {len(found) - _SHOWN} more")
        if self.deciding is None:
            lines.append("No tensor of this case tells them apart.")
        else:
            lines.append(f"To tell them apart, add {self.deciding}.")
        return lines

    def _unexplained(self):
        if not self.singles and self.given:
            return ["What differs first is not computed but given: begin with the case's own numbers."]
        if not self.singles:
            if self.first.error == self.first.error and self.excess < float("inf"):
                return [
                    f"No mistake was looked for: the largest error is {self.excess:.1f} times what rounding explains,",
                    "too little for a mistake. Look at the order of sums or at the accuracy of exp and tanh.",
                ]
            return ["No mistake was looked for: NaN and infinities have no more digits to compare."]
        tried = f"{self.singles} mistakes" + (f" and {self.pairs} pairs of mistakes" if self.pairs else "")
        lines = [f"No known mistake explains it: {tried} were tried, and none gives these numbers."]
        if self.skipped:
            lines.append(f"{self.skipped} more pairs were not tried: the search ends after {WORK} steps of a cell.")
            lines.append("A case with fewer steps, layers or directions lets more of them be tried.")
        if self.given:
            lines.append("What differs first is not computed but given: begin with the case's own numbers.")
        else:
            lines.append("Look at the first difference: all that is computed before it, and was given, is right.")
            lines.append("Give more intermediates of that step to narrow it down.")
        return lines

    def _rows(self):
        """The table of largest errors as text."""
        rows = [row for row in self.table if not row.agrees] or list(self.table)
        width = max(len(row.tensor) for row in rows)
        lines = [f"{'tensor':{width}}  largest error       ULP  wrong entries"]
        for row in rows[:_ROWS]:
            wrong = f"{row.wrong} of {row.size}"
            lines.append(f"{row.tensor:{width}}  {row.error:13.3g}  {row.ulp:8.2g}  {wrong}")
        if len(rows) > _ROWS:
            lines.append(f"and {len(rows) - _ROWS} more")
        return "\n".join(lines)


def _some(names):
    shown = ", ".join(names[:_SHOWN])
    return shown + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def _explanation(indent, one, legend=""):
    what, change = one.what, one.change
    # A symbol keeps its case.
    if what.split()[0] not in TENSORS:
        what = what[0].upper() + what[1:]
    pad = " " * len(indent)
    return [
        *wrap(f"{what}.", _WIDTH, initial_indent=indent, subsequent_indent=pad),
        *wrap(f"To change: {change}.", _WIDTH, initial_indent=pad, subsequent_indent=pad),
        *(wrap(f"{legend}.", _WIDTH, initial_indent=pad, subsequent_indent=pad) if legend else ()),
    ]


def _first(first, names):
    place = []
    if first.layer is not None:
        place.append(f"layer {first.layer}")
    if first.direction is not None:
        place.append(first.direction)
    if first.step is not None:
        ran = f" (step {first.run} of those that ran)" if first.direction == "reverse" else ""
        place.append(f"time step {first.step}{ran}")
    for name in ("row", "gate", "unit"):
        if getattr(first, name) is not None:
            value = getattr(first, name)
            place.append(f"{name} {names.get(value, value) if name == 'gate' else value}")
    index = ", ".join(str(k) for k in first.index)
    return [
        f"  tensor    {first.tensor}[{index}]",
        f"  place     {', '.join(place)}",
        f"  mine      {first.mine!r}",
        f"  expected  {first.expected!r}",
        f"  error     {first.error:.3g}, {first.ulp:.2g} ULP",
    ]
