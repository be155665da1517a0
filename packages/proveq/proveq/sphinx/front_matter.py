"""What stands between the dashes at the beginning of a page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

__all__ = ["front_matter", "front_matter_of"]


def front_matter(path: str | Path) -> dict[str, Any]:
    """The front matter of a file; empty where there is none."""
    return front_matter_of(Path(path).read_text(encoding="utf-8"))


def front_matter_of(source: str) -> dict[str, Any]:
    """The front matter of a text; empty where there is none, or none that can be read, which myst reports."""
    opening, _, rest = source.partition("\n")
    if opening.strip() != "---":
        return {}
    try:
        found = yaml.safe_load(re.split(r"^---\s*$", rest, maxsplit=1, flags=re.MULTILINE)[0])
    except yaml.YAMLError:
        return {}
    return found if isinstance(found, dict) else {}
