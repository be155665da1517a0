"""Settings of all tests: Hypothesis gives the same examples in every run; of large tables a sample is quick."""

import pytest
from hypothesis import settings

settings.register_profile("lstmderiv", deadline=None, derandomize=True, max_examples=25)
settings.load_profile("lstmderiv")


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
