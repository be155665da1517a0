"""The suite of golden vectors: a folder of every golden case in every format, for use without this package."""

import hashlib
import os
from importlib import resources
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

import lstmderiv
from lstmderiv.checks import ArgumentError, ArgumentTypeError, flag
from lstmderiv.interchange.vectors.archives import beside, json_bytes, lock_folder
from lstmderiv.interchange.vectors.cases import case_names, golden_case
from lstmderiv.interchange.vectors.decimals import numbers_of, rounded_sections
from lstmderiv.interchange.vectors.files import case_bytes, sizes_of
from lstmderiv.interchange.vectors.headers import header_text

__all__ = ["write_suite"]


def write_suite(folder: str | PathLike[str], *, onnx: bool = True) -> dict[str, Any]:
    """Write the golden vectors to a folder: every golden case as JSON, .npz, C header, and ONNX test case.

    All is written to a folder beside it, which takes the name when it is complete; what a run that was killed has left
    there is deleted. The bytes are the same on every machine.

    Parameters
    ----------
    folder : path-like
        A folder that is empty or not there yet.
    onnx : bool, optional
        Whether to write the ONNX test cases, which takes the package `onnx`: `pip install lstmderiv[onnx]`.

    Returns
    -------
    dict
        The manifest that the folder holds as manifest.json: "cases", a list, and "files", from names to size and
        SHA-256.

    Raises
    ------
    TypeError
        If an argument is of the wrong type.
    ValueError
        If the folder is there and not empty, its parent is missing, or the package `onnx` is.
    OSError
        If the folder cannot be written.
    """
    folder = _free(folder)
    onnx_files = _onnx_writer() if flag("onnx", onnx) else None
    with beside(folder) as part:
        part.mkdir()
        lock = lock_folder(part)
        try:
            manifest = _write(part, onnx_files)
            if folder.exists():
                folder.rmdir()
            part.rename(folder)
        finally:
            if lock is not None:
                os.close(lock)
    return manifest


def _free(folder):
    if not isinstance(folder, (str, os.PathLike)):
        raise ArgumentTypeError("folder", "the name of a folder", type(folder).__name__)
    folder = Path(folder).absolute()
    if not folder.parent.is_dir():
        raise ArgumentError("folder", "a folder within one that is there", repr(str(folder)))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ArgumentError("folder", "one that is empty or not there yet", repr(str(folder)))
    return folder


def _onnx_writer():
    try:
        from lstmderiv.interchange.vectors.onnx_cases import onnx_files
    except ModuleNotFoundError as error:
        if error.name != "onnx":
            raise
        raise ArgumentError(
            "onnx", "the package `onnx` (pip install lstmderiv[onnx]) or onnx=False", "no such package"
        ) from None
    return onnx_files


def _write(folder, onnx_files):
    files, cases = {}, []

    def write(name, data):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        files[name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}

    for name in ("README.txt", "schema.json"):
        write(name, resources.files("lstmderiv.interchange.vectors").joinpath(name).read_bytes())
    for name in case_names():
        case = golden_case(name)
        numbers, of_type = numbers_of(case), {}
        for dtype in ("float64", "float32"):
            of_type[dtype] = rounded_sections(numbers, np.dtype(dtype).type)
            for ending in (".json", ".npz"):
                data = case_bytes(case, ending, of_type[dtype], dtype, exact=True)
                write(f"{dtype}/{name}{ending}", data)
        write(f"c/{name}.h", header_text(case, of_type["float64"]).encode())
        entry = {
            "name": name,
            "description": case.description,
            "sizes": sizes_of(case),
            "options": case.network.options.as_dict(),
        }
        if onnx_files is not None:
            found, entry["onnx"] = onnx_files(case, of_type["float32"])
            for file, data in found.items():
                write(f"onnx/{name}/{file}", data)
        cases.append(entry)
    manifest = {
        "format": "lstmderiv-suite",
        "version": 1,
        "package": f"lstmderiv {lstmderiv.__version__}",
        "cases": cases,
        "files": dict(sorted(files.items())),
    }
    (folder / "manifest.json").write_bytes(json_bytes(manifest, indent=1))
    return manifest
