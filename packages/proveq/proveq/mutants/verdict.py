"""What a judge says of a mutant."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Unusable", "Verdict"]


class Unusable(Exception):
    """A check fails without any mutant, so that it can tell nothing of one."""


@dataclass(frozen=True)
class Verdict:
    """Who has noticed a mutant: "build", "tests", or "" for nobody; where, and what was said."""

    by: str = ""
    where: str = ""
    said: str = ""
