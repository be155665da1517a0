"""Settings of all tests: Hypothesis gives the same examples in every run; of large tables a sample is quick."""

import pytest
from hypothesis import settings

settings.register_profile("lstmderiv", deadline=None, derandomize=True, max_examples=25)
settings.register_profile("quick", settings.get_profile("lstmderiv"), max_examples=10)


def pytest_configure(config):
    """Where slow tests are left out, fewer examples are made, too."""
    settings.load_profile("quick" if "not slow" in config.option.markexpr else "lstmderiv")


def pytest_collection_modifyitems(items):
    """`sampled(n)`: of a test's cases one in n runs at every turn, all of them where slow tests run."""
    seen = {}
    for item in items:
        marker = item.get_closest_marker("sampled")
        if marker is not None:
            place = (item.path, item.originalname)
            seen[place] = seen.get(place, -1) + 1
            if seen[place] % marker.args[0]:
                item.add_marker(pytest.mark.slow)
