"""Named arrays in .npz and JSON files: written so that the bytes depend on the contents alone, read without trust.

A file from a stranger is data: nothing in it is executed, and its own statements of size are checked, not believed.
"""

import io
import json
import math
import os
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from lstmderiv.checks import ArgumentError
from lstmderiv.types import Array, ArrayLike

try:
    import fcntl
except ModuleNotFoundError:  # Windows
    fcntl = None

__all__ = [
    "MAX_ARRAYS",
    "MAX_BYTES",
    "beside",
    "json_bytes",
    "json_object",
    "lock_folder",
    "npz_bytes",
    "read_json",
    "read_npz",
    "written",
]

MAX_BYTES = 64 * 2**20
MAX_ARRAYS = 10_000

# The earliest date that a zip archive can state: no archive says when it was written.
_STAMP = (1980, 1, 1, 0, 0, 0)


@contextmanager
def written(path: str | PathLike[str]) -> Iterator[BinaryIO]:
    """A file open for writing bytes that takes its name only when all is written; otherwise nothing is left."""
    # Of a link it is the file that is written, not the link.
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_dir() and not path.is_file():
        raise ArgumentError(path, "the name of a file", _kind(os.stat(path).st_mode))
    with beside(path) as part:
        with open(part, "xb") as file:
            _lock(file.fileno())
            yield file
        os.replace(part, path)


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """The name of what is written in place of `path` until it is complete; deleted unless it has taken that name.

    What a process that was killed has left there is deleted, too: it is no longer locked.
    """
    for stale in _parts(path):
        if not _locked(stale):
            _delete(stale)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
    except BaseException:
        _delete(part)
        raise


def lock_folder(folder: Path) -> int | None:
    """Lock a folder that is being written, for as long as this process lives or the descriptor is open."""
    if fcntl is None:
        return None
    descriptor = os.open(folder, os.O_RDONLY)
    _lock(descriptor)
    return descriptor


def _lock(descriptor):
    if fcntl is not None:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _locked(part):
    """Whether a process is writing what stands there; where nobody can tell, one may be."""
    if fcntl is None:
        return True
    try:
        descriptor = os.open(part, os.O_RDONLY)
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _parts(path):
    """What was begun in place of a file or folder."""
    with suppress(OSError):
        start, end = f".{path.name}.", ".part"
        names = [name for name in os.listdir(path.parent) if name.startswith(start) and name.endswith(end)]
        return [path.with_name(name) for name in names if name[len(start) : -len(end)].isdigit()]
    return []


def _delete(part):
    if part.is_dir():
        shutil.rmtree(part, ignore_errors=True)
    else:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def npz_bytes(arrays: Mapping[str, ArrayLike]) -> bytes:
    """The bytes of an uncompressed .npz archive of named arrays."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as file:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asarray(array, order="C"), version=(1, 0), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", _STAMP)
            # What the archive says of the system that wrote it: always the same.
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            file.writestr(entry, member.getvalue())
    return archive.getvalue()


def json_bytes(value: Any, indent: int | None = None) -> bytes:
    """JSON text of plain values; floats in the shortest form that reads back as the same float."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    return (text + "\n").encode()


# What zipfile raises for archives that are damaged, encrypted, or none at all.
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError,
    OverflowError,
)  # fmt: skip


def _refuse(path, expected, given):
    raise ArgumentError(path, expected, given) from None


def _content(path, limit):
    # A pipe that nobody writes to would be waited for without end.
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0))) as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            _refuse(path, "a file", _kind(found.st_mode))
        if found.st_size > limit:
            _refuse(path, f"a file of at most {limit} bytes", f"{found.st_size}")
        return file.read(found.st_size)


def _kind(mode):
    """What stands under a name that is no file."""
    kinds = {stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFDIR: "a folder"}
    return kinds.get(stat.S_IFMT(mode), "a device")


def read_npz(path: str | PathLike[str]) -> dict[str, Array]:
    """Every array of an .npz archive by name. Numbers and booleans in native byte order, or one string (0-d)."""
    data = _content(path, 2 * MAX_BYTES)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _members(path, archive)
    except ArgumentError:  # What is refused within.
        raise
    except _DAMAGE as error:
        _refuse(path, "a .npz archive", f"a file that cannot be read as one ({error})")


def _members(path, archive):
    entries = archive.infolist()
    if len(entries) > MAX_ARRAYS:
        _refuse(path, f"at most {MAX_ARRAYS} arrays", f"{len(entries)}")
    declared = sum(entry.file_size for entry in entries)
    if declared > MAX_BYTES:
        _refuse(path, f"at most {MAX_BYTES} bytes in all, unpacked", f"{declared}")
    found = {}
    for entry in entries:
        name = entry.filename.removesuffix(".npy")
        if name == entry.filename:
            _refuse(path, "arrays, members named <name>.npy", repr(entry.filename))
        if name in found:
            _refuse(path, "every array once", f"{name!r} twice")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            _refuse(path, "members stored or deflated", f"{name!r} packed in another way")
        with archive.open(entry) as member:
            # What is packed beyond the size that is stated is not unpacked, and the checksum tells.
            data = member.read(entry.file_size)
        found[name] = _array(path, name, data)
    return found


def _array(path, name, data):
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        reader = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
        shape, by_column, dtype = reader(stream)
    except (ValueError, KeyError, TypeError, SyntaxError, EOFError, RecursionError, MemoryError):
        _refuse(path, f"an array of NumPy's format as {name!r}", "another header")
    if not (dtype.kind in "fiub" and dtype.itemsize <= 8) and not (dtype.kind == "U" and shape == ()):
        _refuse(path, f"numbers as {name!r}", f"dtype {dtype}")
    if any(type(size) is not int or size < 0 for size in shape) or len(shape) > 32:
        _refuse(path, f"a shape as that of {name!r}", f"{shape}")
    count, start = math.prod(shape), stream.tell()
    if len(data) - start != count * dtype.itemsize:
        _refuse(path, f"{count * dtype.itemsize} bytes for {name!r} of shape {shape}", f"{len(data) - start}")
    if dtype.itemsize == 0:
        return np.zeros(shape, dtype)
    try:
        flat = np.frombuffer(data, dtype, count, start)
        array = flat.reshape(shape, order="F" if by_column else "C").astype(dtype.newbyteorder("="))
        # Text is read here: a code point beyond Unicode is found now and not where it is used.
        return np.array(str(array)) if dtype.kind == "U" else array
    except (ValueError, OverflowError):
        _refuse(path, f"values of dtype {dtype} as {name!r}", "others")


def read_json(path: str | PathLike[str]) -> Any:
    """The value that a JSON file holds: an object at the top, every key once, numbers that are finite."""
    data = _content(path, MAX_BYTES)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse(path, "JSON in UTF-8", f"another byte at {error.start}")
    return json_object(path, text)


def json_object(path: str | PathLike[str], text: str) -> dict[str, Any]:
    """The object that a text from the file `path` holds, as `read_json`."""

    def no_constant(token):
        _refuse(path, "finite numbers", token)

    def number(text):
        value = float(text)
        if math.isinf(value):
            _refuse(path, "finite numbers", text[:40])
        return value

    def once(pairs):
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            _refuse(path, "every name once", f"{next(name for name in names if names.count(name) > 1)!r} twice")
        return found

    try:
        value = json.loads(text, parse_constant=no_constant, parse_float=number, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        _refuse(path, "JSON", f"{error.msg} at line {error.lineno}, column {error.colno}")
    except RecursionError:
        _refuse(path, "JSON of little depth", "values nested too deeply")
    except ArgumentError:  # What is refused within.
        raise
    except ValueError:
        _refuse(path, "JSON", "an integer of too many digits")
    if not isinstance(value, dict):
        _refuse(path, "a JSON object", type(value).__name__)
    return value
