"""The settings: under one prefix, and refused by name where they are wrong."""

import pytest
from proveq.sphinx.settings import PREFIX, TYPES, Settings
from sphinx.errors import ConfigError


def test_every_setting_has_types_and_a_default_that_fits():
    assert set(Settings.__dataclass_fields__) == set(TYPES)
    assert all(isinstance(getattr(Settings(), name), types) for name, types in TYPES.items())


@pytest.mark.parametrize("name", TYPES)
def test_a_wrong_type_is_named(name):
    with pytest.raises(ConfigError, match=rf"^proveq_{name}: expected .*, got 3$"):
        Settings.of({PREFIX + name: 3})


def test_parts_that_are_not_loaded_keep_their_defaults():
    assert Settings.of({"proveq_symbols": "symbols.toml"}) == Settings(symbols="symbols.toml")
