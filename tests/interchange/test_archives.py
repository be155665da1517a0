"""Arrays from strangers: read as data, within limits, or refused with one clear error."""

import io
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from lstmderiv.interchange import golden_case, read_arrays, write_case
from lstmderiv.interchange.vectors import archives

both = pytest.mark.parametrize("ending", [".json", ".npz"])

WRONG_JSON = {
    "": r"expected JSON, got .* at line 1, column 1",
    "[1, 2]": r"expected a JSON object, got list",
    '{"y": [1, NaN]}': r"expected finite numbers, got NaN",
    '{"y": [1, -Infinity]}': r"expected finite numbers, got -Infinity",
    '{"y": [1, 1e999]}': r"expected finite numbers, got 1e999",
    '{"y": [1], "y": [2]}': r"expected every name once, got 'y' twice",
    '{"y": [[1, 2], [3]]}': r"expected numbers in lists of equal length as 'y'",
    '{"y": [true]}': r"expected numbers in lists of equal length as 'y'",
    '{"y": "one"}': r"expected numbers in lists of equal length as 'y'",
    '{"y": {"shape": [1]}}': r"expected 'shape' and 'data' as 'y', got \['shape'\]",
    '{"y": [' + "9" * 30 + "]}": r"expected numbers within float64 or int64 as 'y'",
    '{"y": ' + "9" * 5000 + "}": r"expected JSON, got an integer of too many digits",
    '{"y": ' + "[" * 100_000 + "]" * 100_000 + "}": r"expected JSON of little depth|expected numbers in lists",
    '{"y": ' + "[" * 200 + "]" * 200 + "}": r"expected numbers in lists of equal length as 'y'",
}


@pytest.mark.parametrize("text", WRONG_JSON, ids=lambda text: text[:24])
def test_json_of_strangers_is_refused_with_one_clear_error(tmp_path, text):
    path = tmp_path / "mine.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=WRONG_JSON[text]) as caught:
        read_arrays(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_json_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "mine.json").write_bytes(b'{"\xff": 1}')
    with pytest.raises(ValueError, match="expected JSON in UTF-8, got another byte at 2"):
        read_arrays(tmp_path / "mine.json")


def member(array, **kwargs):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, **kwargs)
    return stream.getvalue()


def header(text, data=b""):
    text = text.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


def archive(path, members, packed=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", packed) as file:
        for name, data in members:
            file.writestr(name, data)


ONE = member(np.ones(3))
WRONG_MEMBERS = {
    "objects": ([("y.npy", member(np.array([{}]), allow_pickle=True))], r"expected numbers as 'y', got dtype object"),
    "text": ([("y.npy", member(np.array("one")))], r"expected numbers as 'y', got text"),
    "several texts": ([("y.npy", member(np.array(["one"])))], r"expected numbers as 'y', got dtype <U3"),
    "complex": ([("y.npy", member(np.ones(2, complex)))], r"expected numbers as 'y', got dtype complex128"),
    "records": ([("y.npy", member(np.zeros(2, "i4,f8")))], r"expected numbers as 'y', got dtype"),
    "no header": ([("y.npy", b"hello")], r"expected an array of NumPy's format as 'y'"),
    "a script": ([("y.npy", header("__import__('os').abort()"))], r"expected an array of NumPy's format as 'y'"),
    "a huge header": ([("y.npy", header("{" + " " * 60_000 + "}"))], r"expected an array of NumPy's format as 'y'"),
    "a huge shape": (
        [("y.npy", header("{'descr': '<f8', 'fortran_order': False, 'shape': (9999999999999,)}"))],
        r"expected 79999999999992 bytes for 'y' of shape \(9999999999999,\), got 0",
    ),
    "a negative shape": (
        [("y.npy", header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, -2)}", bytes(16)))],
        r"expected a shape as that of 'y', got \(-1, -2\)",
    ),
    "bytes missing": ([("y.npy", ONE[:-1])], r"expected 24 bytes for 'y' of shape \(3,\), got 23"),
    "bytes too many": ([("y.npy", ONE + b"x")], r"expected 24 bytes for 'y' of shape \(3,\), got 25"),
    "another member": ([("readme.txt", b"hello")], r"expected arrays, members named <name>.npy, got 'readme.txt'"),
    "twice": ([("y.npy", ONE), ("y.npy", ONE)], r"expected every array once, got 'y' twice"),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("what", WRONG_MEMBERS)
def test_archives_of_strangers_are_refused_with_one_clear_error(tmp_path, what):
    members, message = WRONG_MEMBERS[what]
    archive(tmp_path / "mine.npz", members)
    with pytest.raises(ValueError, match=message) as caught:
        read_arrays(tmp_path / "mine.npz")
    assert str(caught.value).startswith(f"{tmp_path / 'mine.npz'}: ")


def test_packing_that_numpy_does_not_use_is_refused(tmp_path):
    archive(tmp_path / "mine.npz", [("y.npy", ONE)], zipfile.ZIP_LZMA)
    with pytest.raises(ValueError, match="expected members stored or deflated, got 'y' packed in another way"):
        read_arrays(tmp_path / "mine.npz")


def test_what_unpacks_to_too_much_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_BYTES", 2**20)
    archive(tmp_path / "bomb.npz", [("y.npy", member(np.zeros(2**18)))])
    assert (tmp_path / "bomb.npz").stat().st_size < 2**13
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    with pytest.raises(ValueError, match=r"expected at most 1048576 bytes in all, unpacked, got 2097280"):
        read_arrays(tmp_path / "bomb.npz")


def test_an_archive_that_lies_about_its_size_is_not_unpacked(tmp_path):
    archive(tmp_path / "bomb.npz", [("y.npy", member(np.zeros(2**22)))])
    data = (tmp_path / "bomb.npz").read_bytes()
    size = struct.pack("<I", 2**25 + 128)
    assert data.count(size) == 2
    (tmp_path / "bomb.npz").write_bytes(data.replace(size, struct.pack("<I", 100)))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"bomb.npz: expected a .npz archive, got .* CRC"):
            read_arrays(tmp_path / "bomb.npz")
        assert tracemalloc.get_traced_memory()[1] < 2**21
    finally:
        tracemalloc.stop()


@both
def test_too_large_a_file_and_too_many_arrays_are_refused(tmp_path, ending, monkeypatch):
    path = tmp_path / f"case{ending}"
    write_case(path, golden_case("rnn-plain"))
    monkeypatch.setattr(archives, "MAX_BYTES", 1000)
    with pytest.raises(ValueError, match=r"expected a(t most| file of at most) \d+ bytes"):
        read_arrays(path)
    monkeypatch.undo()
    monkeypatch.setattr("lstmderiv.interchange.vectors.archives.MAX_ARRAYS", 5)
    monkeypatch.setattr("lstmderiv.interchange.vectors.files.MAX_ARRAYS", 5)
    with pytest.raises(ValueError, match=r"expected at most 5 arrays, got \d+"):
        read_arrays(path)


def test_archives_of_numpy_are_read_whatever_their_order_and_byte_order(tmp_path):
    arrays = {
        "y": np.arange(6.0).reshape(2, 3),
        "by_column": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "big_endian": np.arange(3, dtype=">f4"),
        "empty": np.zeros((0, 3)),
        "whole": np.arange(3, dtype=np.int32),
        "flags": np.array([True, False]),
        "scalar": np.array(1.5),
        "broken": np.array([np.nan, np.inf]),
    }
    np.savez_compressed(tmp_path / "mine.npz", **arrays)
    found = read_arrays(tmp_path / "mine.npz")
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert found[name].shape == array.shape and found[name].dtype == array.dtype.newbyteorder("=")
        assert np.array_equal(found[name], array, equal_nan=True)


def test_json_of_strangers_is_read(tmp_path):
    (tmp_path / "mine.json").write_text('{"y": [[1, 2.5], [3, 4]], "n": [1, 2], "z": {"shape": [0, 3], "data": []}}')
    found = read_arrays(tmp_path / "mine.json")
    assert np.array_equal(found["y"], [[1, 2.5], [3, 4]]) and found["y"].dtype == np.float64
    assert found["n"].dtype == np.int64 and found["z"].shape == (0, 3)
