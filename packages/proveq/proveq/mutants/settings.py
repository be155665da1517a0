"""What mutants are made of, said in `pyproject.toml` under `[tool.proveq.mutants]`; `conf.py` says the rest."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """The settings; paths are relative to the project.

    Attributes
    ----------
    package, pages, tests : str
        The folders of the package, of the pages and of the tests.
    equivalents : str
        The list of mutants that change nothing, see `equivalents`.
    """

    package: str
    pages: str
    tests: str
    equivalents: str

    @classmethod
    def read(cls, project: Path) -> Settings:
        """The settings of a project.

        Raises
        ------
        ValueError
            If there are none, if one is missing, or if one is not known.
        """
        table = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
        found = table.get("tool", {}).get("proveq", {}).get("mutants")
        if found is None:
            raise ValueError("pyproject.toml: expected a table [tool.proveq.mutants], got none")
        known = {one.name for one in fields(cls)}
        if unknown := sorted(found.keys() - known):
            raise ValueError(f"[tool.proveq.mutants]: expected settings among {sorted(known)}, got {unknown}")
        try:
            return cls(**found)
        except TypeError as error:
            raise ValueError(f"[tool.proveq.mutants]: {error}") from None
