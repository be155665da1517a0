"""The commands that exchange numbers with other programs: vectors, diagnose, convert, conventions."""

import textwrap
from argparse import Namespace
from importlib.util import find_spec

from lstmderiv.checks import ArgumentError, ArgumentTypeError
from lstmderiv.interchange.command_line.conventions import framework_text, frameworks_text
from lstmderiv.interchange.command_line.inputs import given_case, settings, writable, write_arrays
from lstmderiv.interchange.command_line.tables import WIDTH
from lstmderiv.interchange.conversion.convert import convert as convert_arrays
from lstmderiv.interchange.diagnosis.diagnose import diagnose as compare
from lstmderiv.interchange.vectors.archives import read_json, read_npz
from lstmderiv.interchange.vectors.files import read_arrays, read_case
from lstmderiv.interchange.vectors.suite import write_suite

__all__ = ["conventions", "convert", "diagnose", "vectors"]


def vectors(given: Namespace) -> tuple[str, int]:
    """Write the suite of golden vectors."""
    if not given.no_onnx and find_spec("onnx") is None:
        raise ArgumentError("onnx", "the package onnx (pip install lstmderiv[onnx]) or --no-onnx", "neither")
    manifest = write_suite(given.out, onnx=not given.no_onnx)
    size = sum(entry["bytes"] for entry in manifest["files"].values())
    return f"written: {given.out}, {len(manifest['cases'])} cases, {len(manifest['files'])} files, {size} bytes", 0


def diagnose(given: Namespace) -> tuple[str, int]:
    """Compare arrays of a file with a case."""
    mine = read_arrays(given.mine)
    case = _case_within(given.mine) if given.case is None else given_case(given.case)
    found = compare(mine, case, framework=given.framework)
    return found.text(), 0 if found.agrees else 1


def _case_within(path):
    """The case that a file of arrays names, or that it is."""
    value = (read_json if path.endswith(".json") else read_npz)(path)
    if "format" in value:
        return read_case(path)
    name = value.get("case")
    if name is None:
        raise ArgumentError("case", f'--case, or a string named "case" in {path}', "neither")
    return read_case(path) if str(name).startswith("{") else given_case(str(name))


def convert(given: Namespace) -> tuple[str, int]:
    """Convert a file of weights."""
    target = writable(given.target)
    arrays = read_arrays(given.source)
    try:
        found = convert_arrays(arrays, given.source_framework, given.target_framework, given.cell, **settings(given))
    except (ArgumentError, ArgumentTypeError) as error:
        # What the function calls its arguments are the files here.
        raise error.renamed({"source": "from", "target": "to"}.get(error.name, error.name)) from None
    write_arrays(target, found.arrays)
    width = max(map(len, found.arrays))
    lines = [f"written: {target}, arrays of {found.framework}"]
    lines += [
        f"  {name:{width}}  {' x '.join(map(str, array.shape))}  {array.dtype}" for name, array in found.arrays.items()
    ]
    if found.settings:
        lines += [f"settings of {found.framework}:", *(f"  {name} = {v!r}" for name, v in found.settings.items())]
    lines += [line for note in found.notes for line in textwrap.wrap(f"note: {note}", WIDTH, subsequent_indent="  ")]
    return "\n".join(lines), 0


def conventions(given: Namespace) -> tuple[str, int]:
    """Show a framework's conventions, or the frameworks."""
    return frameworks_text() if given.framework is None else framework_text(given.framework), 0
