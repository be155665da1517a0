"""Cases and named arrays as files, .json or .npz by the ending of the name."""

import json
import os
from collections.abc import Mapping
from dataclasses import fields
from os import PathLike
from pathlib import Path

import numpy as np

from lstmderiv.checks import ArgumentError, ArgumentTypeError, flag, instance, shown
from lstmderiv.interchange.arrays import ARRAYS
from lstmderiv.interchange.case import SECTIONS, Case
from lstmderiv.interchange.names import own_name
from lstmderiv.interchange.network import Network
from lstmderiv.interchange.options import Options
from lstmderiv.interchange.vectors.archives import (
    MAX_ARRAYS,
    json_bytes,
    json_object,
    npz_bytes,
    read_json,
    read_npz,
    written,
)
from lstmderiv.interchange.vectors.decimals import exact_sections
from lstmderiv.types import Array, DTypeLike, Tensors

__all__ = ["FORMAT", "VERSION", "case_bytes", "read_arrays", "read_case", "sizes_of", "write_case"]

FORMAT, VERSION = "lstmderiv-case", 1
_DTYPES = ("float64", "float32", "float16")
# In an .npz archive: the array with everything that is no array of numbers.
_HEAD = "case"
# What stands in these sections and in no other.
_NAMES = {"inputs": ("x", "h0", "c0", "lengths"), "upstream": ("d_y", "d_h_last", "d_c_last")}
_HEAD_KEYS = ("format", "version", "name", "description", "dtype", "values", "sizes", "options")


def _ending(path):
    if not isinstance(path, (str, os.PathLike)):
        raise ArgumentTypeError("path", "the name of a file", type(path).__name__)
    try:
        name = os.fsencode(path)
    except UnicodeEncodeError:
        raise ArgumentError("path", "a name that the file system can have", shown(path)) from None
    if b"\0" in name:
        raise ArgumentError("path", "a name that the file system can have", shown(path))
    path = Path(os.fsdecode(path))
    if path.suffix not in (".json", ".npz"):
        raise ArgumentError("path", "a name that ends in .json or .npz", repr(str(path)))
    return path


def sizes_of(case: Case) -> dict[str, int]:
    """The sizes of a case by their letters: layers, directions, rows, steps, inputs, units, entries of a state."""
    network = case.network
    batch, steps = case.x.shape[:2] if network.options.layout == "batch_first" else case.x.shape[1::-1]
    counts = (len(network.layers), len(network.options.directions), batch, steps)
    return dict(zip("LKBTDHR", (*counts, network.input_size, network.hidden_size, network.state_size)))


def _head(case, dtype, exact):
    values = "exact" if exact else "computed"
    options = case.network.options.as_dict()
    found = (FORMAT, VERSION, case.name, case.description, dtype, values, sizes_of(case), options)
    return dict(zip(_HEAD_KEYS, found))


def _dtype_of(case):
    dtype = np.result_type(case.x, case.network.dtype, case.h0, case.d_y).name
    if dtype not in _DTYPES:
        raise ArgumentTypeError("case", "floating-point numbers of 16, 32 or 64 bits", f"dtype {dtype}")
    return dtype


def case_bytes(case: Case, ending: str, sections: Mapping[str, Tensors], dtype: DTypeLike, *, exact: bool) -> bytes:
    """What the file of a case holds, ".json" or ".npz"."""
    head = _head(case, dtype, exact)
    if ending == ".npz":
        arrays = {name: array for tensors in sections.values() for name, array in tensors.items()}
        return npz_bytes({_HEAD: np.array(json.dumps(head, ensure_ascii=False)), **arrays})
    parts = {
        section: {name: {"shape": list(a.shape), "data": a.ravel().tolist()} for name, a in tensors.items()}
        for section, tensors in sections.items()
    }
    return json_bytes({**head, **parts})


def write_case(path: str | PathLike[str], case: Case, *, exact: bool = False) -> None:
    """Write a case to a file: options, inputs, parameters, upstream gradients, and every intermediate both ways.

    The file takes its name only when it is complete. Equal arguments give equal bytes.

    Parameters
    ----------
    path : path-like
        Ends in .json or .npz. A file that is there is replaced.
    case : Case
        Of float64, float32 or float16.
    exact : bool, optional
        Whether the intermediates are the true values, each rounded once to the case's dtype, in place of what NumPy
        computes in that dtype. See `exact_sections`.

    Returns
    -------
    None

    Raises
    ------
    TypeError
        If an argument is of the wrong type, or the case of another dtype.
    ValueError
        If the name has another ending.
    OSError
        If the file cannot be written.
    """
    path = _ending(path)
    instance("case", case, Case)
    exact = flag("exact", exact)
    dtype = _dtype_of(case)
    sections = exact_sections(case, dtype) if exact else case.sections()
    data = case_bytes(case, path.suffix, sections, dtype, exact=exact)
    with written(path) as file:
        file.write(data)


def read_case(path: str | PathLike[str]) -> Case:
    """Read a case from a file that `write_case` has written, or another program in this format.

    Options, inputs, parameters and upstream gradients are read and checked, all of which the file must state, and the
    sizes against them. Intermediates in the file are passed over, and may be left out: `Case.sections` computes them.
    `read_arrays` reads them. Nothing in the file is executed.

    Parameters
    ----------
    path : path-like
        Ends in .json or .npz. At most 64 MiB unpacked, and 10,000 arrays.

    Returns
    -------
    Case

    Raises
    ------
    TypeError
        If `path` is no path.
    ValueError
        If the file is none of a case, is damaged or too large, or what it holds is no valid case; the message begins
        with the file's name.
    OSError
        If the file cannot be read.
    """
    path = _ending(path)
    if path.suffix == ".npz":
        arrays = read_npz(path)
        head = _parsed(path, arrays.pop(_HEAD, None))
        _refuse_text(path, arrays)
    else:
        head = read_json(path)
        arrays = _flat(path, head)
    for key in _HEAD_KEYS:
        if key not in head:
            raise ArgumentError(path, f"a case with {key!r}", "none")
    if unknown := [key for key in head if key not in (*_HEAD_KEYS, *SECTIONS)]:
        raise ArgumentError(path, f"names among {', '.join((*_HEAD_KEYS, *SECTIONS))}", shown(unknown[0]))
    if head["format"] != FORMAT or type(head["version"]) is not int or head["version"] != VERSION:
        given = f"{head['format']!r}, version {head['version']!r}"
        raise ArgumentError(path, f"{FORMAT!r}, version {VERSION}", given)
    if head["dtype"] not in _DTYPES:
        raise ArgumentError(path, f"a dtype among {', '.join(_DTYPES)}", shown(head["dtype"]))
    if head["values"] not in ("exact", "computed"):
        raise ArgumentError(path, "'exact' or 'computed' as 'values'", shown(head["values"]))
    try:
        return _case(head, arrays)
    except (ArgumentError, ArgumentTypeError) as error:
        raise ArgumentError(f"{path}: {error.name}", error.expected, error.got) from None


def _case(head, arrays):
    given = head["options"]
    known = [field.name for field in fields(Options)]
    if not isinstance(given, dict):
        raise ArgumentError("options", "an object", type(given).__name__)
    for name in given:
        if name not in known:
            raise ArgumentError("options", f"names among {', '.join(known)}", shown(name))
    for name in known:
        if name not in given:
            raise ArgumentError("options", "every option", f"no {name!r}")
    options = Options(**given)
    _refuse_short_forms(given["activations"], options)
    with np.errstate(over="ignore"):  # Too large for the dtype is infinite, and refused with the rest.
        arrays = {name: array if name == "lengths" else array.astype(head["dtype"]) for name, array in arrays.items()}
    parameters = {name: array for name, array in arrays.items() if "." in name and own_name(name) in ARRAYS}
    names = ("x", "h0", "c0", "lengths", "d_y", "d_h_last", "d_c_last")
    cell_state = ("c0", "d_c_last") if options.cell == "lstm" else ()
    for name in ("x", "h0", "d_y", "d_h_last", *cell_state):
        if name not in arrays:
            raise ArgumentError(name, "an array", "none")
    case = Case(
        head["name"],
        Network.from_arrays(options, parameters),
        **{name: arrays.get(name) for name in names},
        description=head["description"],
    )
    sizes, stated = sizes_of(case), head["sizes"]
    if stated != sizes or any(type(size) is not int for size in stated.values()):
        raise ArgumentError("sizes", f"{sizes}, as the arrays have them", shown(stated))
    return case


def _refuse_short_forms(activations, options):
    """A file states every activation as [name, alpha, beta]; what is left out elsewhere has a default, not here."""
    for gate, one in options.activations.items():
        given = activations.get(gate) if isinstance(activations, dict) else None
        if not isinstance(given, list) or any(type(value) not in (int, float) for value in given[1:]):
            raise ArgumentError(f"activations[{gate!r}]", f"a list like {one.as_list()}", shown(given))
        if len(given) != len(one.as_list()):
            raise ArgumentError(f"activations[{gate!r}]", f"every constant of {one.name}", shown(given))


def _parsed(path, head):
    if head is None or head.dtype.kind != "U":
        raise ArgumentError(path, f"a case, with a string named {_HEAD!r}", "none")
    return json_object(f"{path}: {_HEAD}", str(head))


def read_arrays(path: str | PathLike[str]) -> dict[str, Array]:
    """Read named arrays from a file: what an implementation computed, to be compared with a case.

    Nothing in the file is executed.

    Parameters
    ----------
    path : path-like
        Ends in .npz, as `numpy.savez` writes it, or in .json: an object of nested lists, of {"shape", "data"}, or a
        whole case. At most 64 MiB unpacked, and 10,000 arrays.

    Returns
    -------
    dict of ndarray
        By name. NaN and infinities are kept in an archive; JSON has none. Numbers in JSON are float64, or int64 where
        all are whole and written so.

    Raises
    ------
    TypeError
        If `path` is no path.
    ValueError
        If the file is damaged, too large, or holds anything but numbers; the message begins with the file's name.
    OSError
        If the file cannot be read.
    """
    path = _ending(path)
    if path.suffix == ".json":
        return _flat(path, read_json(path))
    arrays = read_npz(path)
    if _HEAD in arrays and arrays[_HEAD].dtype.kind == "U":  # Which case the arrays are of.
        del arrays[_HEAD]
    _refuse_text(path, arrays)
    return arrays


def _refuse_text(path, arrays):
    for name, array in arrays.items():
        if array.dtype.kind == "U":
            raise ArgumentError(path, f"numbers as {name!r}", "text")


def _flat(path, value):
    """The arrays of a JSON object: by name, or by section and name as in a case."""
    if "format" in value:
        parts = [value.get(section) for section in SECTIONS]
        if not all(isinstance(part, dict) for part in parts):
            raise ArgumentError(path, f"objects as {', '.join(SECTIONS)}", "other values, or none")
        for section, names in _NAMES.items():
            for name in value[section]:
                if name not in names:
                    raise ArgumentError(path, f"names among {', '.join(names)} in {section!r}", shown(name))
    else:
        parts = [value]
    found = {}
    for part in parts:
        for name, array in part.items():
            if name == _HEAD and isinstance(array, str):  # Which case the arrays are of, as in an archive.
                continue
            if name in found:
                raise ArgumentError(path, "every array once", f"{name!r} twice")
            found[name] = _from_json(path, name, array)
    if len(found) > MAX_ARRAYS:
        raise ArgumentError(path, f"at most {MAX_ARRAYS} arrays", len(found))
    return found


def _from_json(path, name, value):
    shape = None
    if isinstance(value, dict):
        if set(value) != {"shape", "data"}:
            raise ArgumentError(path, f"'shape' and 'data' as {name!r}", sorted(value)[:5])
        shape, value = value["shape"], value["data"]
        if not isinstance(shape, list) or not all(type(size) is int and size >= 0 for size in shape):
            raise ArgumentError(path, f"a list of sizes as shape of {name!r}", str(shape)[:40])
    try:
        _only_numbers(value)
        # An empty list has no numbers that could give it a dtype.
        array = np.asarray(value)
        array = array if shape is None else array.reshape(shape)
    except (TypeError, ValueError, OverflowError, RecursionError):
        wanted = "numbers in lists of equal length" if shape is None else f"numbers of shape {shape}"
        raise ArgumentError(path, f"{wanted} as {name!r}", "other values") from None
    if array.dtype.kind not in "fi":
        raise ArgumentError(path, f"numbers within float64 or int64 as {name!r}", "other values")
    return array


def _only_numbers(value):
    if isinstance(value, list):
        for part in value:
            _only_numbers(part)
    elif type(value) not in (int, float):
        raise TypeError
