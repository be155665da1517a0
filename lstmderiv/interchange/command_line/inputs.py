"""What commands take from their arguments: cases, chosen tensors, settings, and files to write."""

import difflib
import json
import os
from argparse import Namespace
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from lstmderiv.checks import ArgumentError
from lstmderiv.interchange.case import Case
from lstmderiv.interchange.names import own_name
from lstmderiv.interchange.vectors.archives import json_bytes, npz_bytes, written
from lstmderiv.interchange.vectors.cases import case_names, golden_case
from lstmderiv.interchange.vectors.files import read_case
from lstmderiv.types import Tensors

__all__ = ["chosen_names", "given_case", "settings", "writable", "write_arrays"]

ENDINGS = (".json", ".npz")


def given_case(text: str) -> Case:
    """The case that an argument names: a file by its ending, otherwise a golden case."""
    if text.endswith(ENDINGS):
        return read_case(text)
    if text not in case_names():
        near = difflib.get_close_matches(text, case_names(), 3, 0.5)
        hint = f" such as {', '.join(near)}" if near else " (see the command `cases`)"
        raise ArgumentError("case", f"a golden case{hint}, or a file that ends in .json or .npz", repr(text))
    return golden_case(text)


def chosen_names(names: Iterable[str], patterns: Sequence[str]) -> list[str]:
    """The names that fit one of the patterns, in their order; all if there is no pattern."""
    names = list(names)
    for pattern in patterns:
        if not any(_fits(name, pattern) for name in names):
            near = difflib.get_close_matches(
                pattern, {**dict.fromkeys(names), **dict.fromkeys(map(own_name, names))}, 3, 0.5
            )
            hint = f" such as {', '.join(near)}" if near else f" such as {names[0]}"
            raise ArgumentError("tensor", f"a tensor of the case{hint}", repr(pattern))
    return [name for name in names if not patterns or any(_fits(name, pattern) for pattern in patterns)]


def _fits(name, pattern):
    return fnmatchcase(name, pattern) or fnmatchcase(own_name(name), pattern)


_WORDS = {"true": True, "false": False, "none": None, "null": None}


def settings(given: Namespace) -> dict[str, Any]:
    """The prefix and the NAME=VALUE arguments as keyword arguments."""
    found = {} if given.prefix is None else {"prefix": given.prefix}
    for text in given.settings:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise ArgumentError("set", "NAME=VALUE", repr(text))
        if name in found:
            raise ArgumentError("set", "every name once", f"{name!r} twice")
        found[name] = _value(value)
    return found


def _value(text):
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def writable(path: str) -> Path:
    """Refuse the name of an output file that has another ending, or no folder to stand in, before work is done."""
    path = Path(path)
    if path.suffix not in ENDINGS:
        raise ArgumentError(path, "a name that ends in .json or .npz", repr(path.suffix))
    if path.is_dir() or not path.parent.is_dir():
        given = "that of a folder" if path.is_dir() else f"one in {str(path.parent)!r}"
        raise ArgumentError(path, "the name of a file in a folder that exists", given)
    if path.exists() and not path.is_file():
        raise ArgumentError(path, "the name of a file", "that of a pipe or a device")
    if not os.access(path.parent, os.W_OK):
        raise ArgumentError(path, "a folder that can be written to", repr(str(path.parent)))
    return path


def write_arrays(path: Path, arrays: Tensors) -> None:
    """Write named arrays to a .json or .npz file, whole or not at all."""
    if path.suffix == ".npz":
        data = npz_bytes(arrays)
    else:
        data = json_bytes({name: {"shape": list(a.shape), "data": a.ravel().tolist()} for name, a in arrays.items()})
    with written(path) as file:
        file.write(data)
