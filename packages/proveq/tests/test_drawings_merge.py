"""What parallel readers of drawings report."""

from types import SimpleNamespace

import pytest
from proveq.sphinx import drawings


def test_errors_of_a_parallel_reader_are_kept():
    env, other = SimpleNamespace(), SimpleNamespace(drawings_failed={"a", "b"})
    drawings.merge(None, env, ["a"], other)
    assert drawings.failed(env) == {"a"}
    drawings.purge(None, env, "a")
    assert drawings.failed(env) == set()
    with pytest.raises(ValueError, match="cannot import 'nowhere:thing'"):
        drawings.resolve("nowhere:thing")
