"""What the tests on tiny books share."""

import pytest
from proveq.sphinx.kernels import session
from sphinx.config import Config


@pytest.fixture(scope="session", autouse=True)
def _one_server_of_kernels():
    """The tiny books of a process have their kernels from one server."""
    opened = session.open_session([])
    yield
    if opened:
        session.close()


@pytest.fixture(autouse=True)
def _own_source_suffixes(monkeypatch):
    """Sphinx extends the default of `source_suffix` in place: one tiny book's parser would leak into the next."""
    option = Config.config_values["source_suffix"]
    fresh = type(option)(dict(option.default), option.rebuild, option.valid_types)
    monkeypatch.setitem(Config.config_values, "source_suffix", fresh)
