"""The settings of all parts, under one prefix: `proveq_symbols` in `conf.py` is `symbols` here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ConfigError

__all__ = ["Settings", "register"]

PREFIX = "proveq_"
#: The types of each setting.
TYPES = {
    "symbols": (str,),
    "scopes": (str,),
    "default_scope": (str,),
    "every_symbol": (bool,),
    "partial": (bool,),
    "typed": (dict,),
    "examples": (dict,),
    "drawings_package": (str,),
    "drawings_values": (dict,),
    "drawings_math": (type(None), str, Callable),
    "drawings_equations": (dict, str),
    "freshness_sources": (list,),
    "freshness_traced": (list,),
    "freshness_cells": (list,),
    "preload": (list,),
}
#: Callables cannot be compared between builds, and files are compared by their digest: no page is read again for these.
NOT_COMPARED = {
    "drawings_values",
    "drawings_math",
    "freshness_sources",
    "freshness_traced",
    "freshness_cells",
    "preload",
}


@dataclass(frozen=True)
class Settings:
    """What a book sets.

    Attributes
    ----------
    symbols : str
        Path of the symbol table (TOML), relative to the configuration.
    scopes : str
        "module:ATTRIBUTE" of a mapping from scope names to lists of scopes, or to functions returning them.
    default_scope : str
        The scope of equations for which neither directive nor page (front matter `given`) names one.
    every_symbol : bool
        Whether every symbol of the table must be read on some page.
    partial : bool
        One page is built alone, so what other pages hold is not asked for. For the command line, `-D proveq_partial=1`;
        in `conf.py` the gate refuses it.
    typed : dict
        Numbers that sentences write, by the words around them, and their kinds: "between 0 and 1" -> "(bound)".
    examples : dict
        Head of a column of sizes -> letter -> size: "in the running example" -> {"H": 5}.
    drawings_package : str
        Importable name of the package of drawings.
    drawings_values : dict
        Name -> provider, for `:values:`: a callable without arguments or its address, "module:function".
    drawings_math : callable or str, optional
        From TeX to MathML, or its address.
    drawings_equations : dict or str
        Name -> TeX, in forward order, or the address of a function that returns it.
    freshness_sources : list of str
        Files, folders and patterns on which the results depend, relative to the configuration.
    freshness_traced : list of str
        Those of them of which each page is held by what it has read alone; a page rests on all others. Modules only:
        what they import is found by reading them.
    freshness_cells : list of str
        Those of them on which the cells of every page rest; of the others only what the cells have read. Empty: all.
    preload : list of str
        Modules that every kernel finds imported: such as start no thread.
    """

    symbols: str = ""
    scopes: str = ""
    default_scope: str = ""
    every_symbol: bool = False
    partial: bool = False
    typed: dict[str, str] = field(default_factory=dict)
    examples: dict[str, dict[str, int]] = field(default_factory=dict)
    drawings_package: str = ""
    drawings_values: dict[str, Any] = field(default_factory=dict)
    drawings_math: Any = None
    drawings_equations: Any = field(default_factory=dict)
    freshness_sources: list[str] = field(default_factory=list)
    freshness_traced: list[str] = field(default_factory=list)
    freshness_cells: list[str] = field(default_factory=list)
    preload: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, config: Any) -> Settings:
        """The settings in a configuration, checked; those of parts that are not loaded keep their defaults.

        Raises
        ------
        ConfigError
            Naming the setting, the types that it may have, and what it is.
        """
        given = {name: config[PREFIX + name] for name in TYPES if PREFIX + name in config}
        for name, value in given.items():
            if not isinstance(value, TYPES[name]):
                expected = " or ".join("None" if kind is type(None) else kind.__name__ for kind in TYPES[name])
                raise ConfigError(f"{PREFIX}{name}: expected {expected}, got {value!r}")
        return cls(**given)


def register(app: Sphinx, *names: str) -> None:
    """Let `conf.py` set some of the settings, and check them before anything reads them."""
    for name in names:
        rebuild = "" if name in NOT_COMPARED else "env"
        # Sphinx itself only warns of a wrong type, and knows no type of callables.
        types = () if Callable in TYPES[name] else TYPES[name]
        app.add_config_value(PREFIX + name, getattr(Settings(), name), rebuild, types=types)
    app.connect("config-inited", lambda _app, config: Settings.of(config), priority=1)
