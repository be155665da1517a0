"""The book's extensions are on the path while they are tested, as conf.py puts them there for a build."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "book" / "_ext"))
