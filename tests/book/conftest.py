"""The book's extensions are on the path while they are tested, as conf.py puts them there for a build."""

import sys
from pathlib import Path

import pytest
from sphinx.config import Config

sys.path.insert(0, str(Path(__file__).parents[2] / "book" / "_ext"))


@pytest.fixture(autouse=True)
def _own_source_suffixes(monkeypatch):
    """Sphinx extends the default of `source_suffix` in place: one tiny book's parser would leak into the next."""
    option = Config.config_values["source_suffix"]
    fresh = type(option)(dict(option.default), option.rebuild, option.valid_types)
    monkeypatch.setitem(Config.config_values, "source_suffix", fresh)
