"""The commands that exchange numbers with other programs: vectors, diagnose, convert, conventions."""

import textwrap

from lstmderiv.interchange.archives import read_json, read_npz
from lstmderiv.interchange.command_line.conventions import framework_text, frameworks_text
from lstmderiv.interchange.command_line.inputs import given_case, settings, writable, write_arrays
from lstmderiv.interchange.command_line.tables import WIDTH
from lstmderiv.interchange.convert import convert as convert_arrays
from lstmderiv.interchange.files import read_arrays

__all__ = ["conventions", "convert", "diagnose", "vectors"]


def vectors(given):
    """Write the suite of golden vectors."""
    from lstmderiv.interchange.vectors import write_suite

    write_suite(given.out, onnx=not given.no_onnx)
    return f"written: {given.out}", 0


def diagnose(given):
    """Compare arrays of a file with a case."""
    from lstmderiv.interchange.diagnose import diagnose as compare

    name = _case_within(given.mine) if given.case is None else given.case
    if name is None:
        raise ValueError(f'case: expected --case, or a string named "case" in {given.mine}, got neither')
    found = compare(read_arrays(given.mine), given_case(name), framework=given.framework)
    return found.text(), 0 if found.agrees else 1


def _case_within(path):
    """The name of the case that stands in a file of arrays, or None."""
    value = (read_json(path) if path.endswith(".json") else read_npz(path)).get("case")
    if isinstance(value, str):
        return value
    return str(value) if getattr(value, "dtype", None) is not None and value.dtype.kind == "U" else None


def convert(given):
    """Convert a file of weights."""
    target = writable(given.target)
    found = convert_arrays(
        read_arrays(given.source), given.source_framework, given.target_framework, given.cell, **settings(given)
    )
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


def conventions(given):
    """Show a framework's conventions, or the frameworks."""
    return frameworks_text() if given.framework is None else framework_text(given.framework), 0
