"""Cases and arrays as files: what is written is read again, and what is no case is refused with one clear error."""

import functools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmderiv import ArgumentError
from lstmderiv.interchange import case_names, exact_sections, golden_case, read_arrays, read_case, write_case
from lstmderiv.interchange.vectors import archives
from lstmderiv.interchange.vectors.files import case_bytes

ENDINGS = (".json", ".npz")
both = pytest.mark.parametrize("ending", ENDINGS)


def assert_same(one, other):
    assert one.name == other.name and one.description == other.description
    assert one.network.options == other.network.options
    ours, theirs = one.tensors(), other.tensors()
    assert list(ours) == list(theirs)
    for name, array in ours.items():
        assert theirs[name].dtype == array.dtype
        assert np.array_equal(theirs[name], array), name


@both
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("name", ["lstm-everything", "gru-lengths", "rnn-plain"])
def test_a_case_is_read_as_it_was_written(tmp_path, ending, dtype, name):
    case, path = golden_case(name).astype(dtype), tmp_path / f"case{ending}"
    write_case(path, case)
    assert_same(case, read_case(path))


@pytest.mark.sampled(9)
@both
@pytest.mark.parametrize("name", case_names())
def test_every_golden_case_can_be_a_file(tmp_path, ending, name):
    case, path = golden_case(name), tmp_path / f"case{ending}"
    path.write_bytes(case_bytes(case, ending, case.sections(), "float64", exact=False))
    assert_same(case, read_case(path))


@both
@pytest.mark.parametrize("exact", [False, True])
def test_files_hold_every_tensor(tmp_path, ending, exact):
    case, path = golden_case("gru-lengths").astype(np.float32), tmp_path / f"case{ending}"
    write_case(path, case, exact=exact)
    sections = exact_sections(case, np.float32) if exact else case.sections()
    expected = {name: array for tensors in sections.values() for name, array in tensors.items()}
    found = read_arrays(path)
    assert list(found) == list(expected)
    for name, array in expected.items():
        # JSON has numbers, not their types; a float32 is read as the float64 of the same value.
        assert found[name].shape == array.shape and np.array_equal(found[name], array)
        assert ending == ".json" or found[name].dtype == array.dtype


@both
def test_equal_cases_give_equal_bytes_and_nothing_else_is_left(tmp_path, ending):
    for name in ("one", "two"):
        write_case(tmp_path / f"{name}{ending}", golden_case("lstm-states"))
    assert (tmp_path / f"one{ending}").read_bytes() == (tmp_path / f"two{ending}").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"one{ending}", f"two{ending}"]


def test_numpy_reads_an_archive_without_pickle(tmp_path):
    write_case(tmp_path / "case.npz", golden_case("lstm-plain"))
    with np.load(tmp_path / "case.npz", allow_pickle=False) as archive:
        assert json.loads(str(archive["case"]))["options"] == golden_case("lstm-plain").network.options.as_dict()
        assert archive["layer0.forward.a_f"].shape == (3, 5, 4)


@both
def test_a_failure_leaves_the_file_that_was_there(tmp_path, ending, monkeypatch):
    path = tmp_path / f"case{ending}"
    path.write_bytes(b"before")

    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(archives.os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        write_case(path, golden_case("rnn-plain"))
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def changed(case, change, dtype="float64"):
    """The JSON of a case after `change` was made to its value."""
    value = json.loads(case_bytes(case, ".json", case.sections(), dtype, exact=False))
    change(value)
    return value


WRONG_CASES = {
    "no options": (lambda v: v.pop("options"), r"expected a case with 'options', got none"),
    "another format": (lambda v: v.update(format="x"), r"expected 'lstmderiv-case', version 1, got 'x', version 1"),
    "a later version": (lambda v: v.update(version=2), r"got 'lstmderiv-case', version 2"),
    "another dtype": (lambda v: v.update(dtype="object"), r"expected a dtype among .*, got 'object'"),
    "a dtype that is a list": (lambda v: v.update(dtype=["float64"]), r"expected a dtype among"),
    "an unknown option": (
        lambda v: v["options"].update(zoneout=0.1),
        r"options: expected names among .*, got 'zoneout'",
    ),
    "options in a list": (lambda v: v.update(options=[]), r"options: expected an object, got list"),
    "a choice that is a list": (lambda v: v["options"].update(cell=["lstm"]), r"cell: expected .*, got list"),
    "contradictory options": (lambda v: v["options"].update(projection_clip=1.0), r"projection_clip: expected None"),
    "a name that is a number": (lambda v: v.update(name=3), r"name: expected str, got int"),
    "no inputs": (lambda v: v["inputs"].pop("x"), r"x: expected an array, got none"),
    "no weight": (lambda v: v["parameters"].pop("layer0.forward.W_x"), r"arrays: expected the keys"),
    "a weight too many": (
        lambda v: v["parameters"].update({"layer7.forward.W_x": {"shape": [1], "data": [1.0]}}),
        r"arrays: expected the keys",
    ),
    "another shape": (
        lambda v: v["inputs"]["x"].update(shape=[3, 6, 5]),
        r"x: expected \(B, T, D\) with D = 6, got \(3, 6, 5\)",
    ),
    "a size too few": (lambda v: v["inputs"]["x"].update(shape=[3, 5]), r"expected numbers of shape \[3, 5\] as 'x'"),
    "a negative size": (
        lambda v: v["inputs"]["x"].update(shape=[-1, 5, 6]),
        r"expected a list of sizes as shape of 'x'",
    ),
    "text for numbers": (lambda v: v["inputs"]["x"].update(data=["1"] * 90), r"expected numbers of shape .* as 'x'"),
    "an array that is a number": (lambda v: v["inputs"].update(x=1.5), r"x: expected \(B, T, D\)"),
    "an array that is null": (lambda v: v["inputs"].update(x=None), r"expected numbers .* as 'x', got other values"),
    "a section in a list": (lambda v: v.update(inputs=[]), r"expected objects as inputs, parameters"),
    "a length too long": (
        lambda v: v["inputs"]["lengths"].update(data=[3, 5, 6]),
        r"lengths: expected integers in 0\.\.T with T = 5, got 6 at index \(2,\)",
    ),
    "fractional lengths": (
        lambda v: v["inputs"]["lengths"].update(data=[5.0, 0.5, 3.0]),
        r"lengths: expected integers",
    ),
}


@pytest.mark.parametrize("what", WRONG_CASES)
def test_what_is_no_case_is_refused_with_one_clear_error(tmp_path, what):
    change, message = WRONG_CASES[what]
    path = tmp_path / "case.json"
    path.write_text(json.dumps(changed(golden_case("lstm-lengths"), change)))
    with pytest.raises(ValueError, match=message) as caught:
        read_case(path)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize(("text", "given"), [(np.array("a"), "text"), (np.full((2, 3), "a"), "dtype <U1")])
def test_an_archive_with_text_for_numbers_is_refused(tmp_path, text, given):
    path = tmp_path / "case.npz"
    write_case(path, golden_case("rnn-plain"))
    with np.load(path) as archive:
        arrays = dict(archive)
    (inputs,) = [name for name in arrays if name.rsplit("/", 1)[-1] == "x"]
    np.savez(path, **{**arrays, inputs: text})
    with pytest.raises(ArgumentError) as caught:
        read_case(path)
    assert str(caught.value) == f"{path}: expected numbers as {inputs!r}, got {given}"


def test_a_number_too_large_for_its_dtype_is_refused(tmp_path):
    value = changed(golden_case("rnn-plain"), lambda v: v["inputs"]["x"]["data"].__setitem__(0, 1e300), "float32")
    (tmp_path / "case.json").write_text(json.dumps(value))
    with pytest.raises(ValueError, match=r"x: expected finite numbers, got inf at index \(0, 0, 0\)"):
        read_case(tmp_path / "case.json")


@pytest.mark.parametrize("call", [read_case, read_arrays, lambda path: write_case(path, golden_case("rnn-plain"))])
def test_names_are_refused_that_say_no_format(call):
    with pytest.raises(ValueError, match=r"path: expected a name that ends in .json or .npz, got 'case.txt'"):
        call("case.txt")
    with pytest.raises(TypeError, match=r"path: expected the name of a file, got int"):
        call(3)


def test_what_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(TypeError, match="case: expected Case, got dict"):
        write_case(tmp_path / "case.json", {})
    with pytest.raises(TypeError, match="exact: expected True or False, got int"):
        write_case(tmp_path / "case.json", golden_case("rnn-plain"), exact=1)
    with pytest.raises(TypeError, match="case: expected floating-point numbers of 16, 32 or 64 bits, got"):
        write_case(tmp_path / "case.json", golden_case("rnn-plain").astype(complex))
    assert not list(tmp_path.iterdir())


@functools.cache
def undamaged(ending):
    case = golden_case("rnn-no-biases")
    return case_bytes(case, ending, case.sections(), "float64", exact=False)


@both
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_damage_anywhere_gives_the_case_or_one_clear_error(tmp_path_factory, ending, data):
    whole = bytearray(undamaged(ending))
    for _ in range(data.draw(st.integers(1, 4))):
        # Mostly where the structure is: at both ends.
        place = data.draw(st.one_of(st.integers(-2500, 1500), st.integers(0, len(whole) - 1)))
        whole[place] = data.draw(st.integers(0, 255))
    whole = whole[: data.draw(st.one_of(st.just(len(whole)), st.integers(0, len(whole))))]
    path = tmp_path_factory.mktemp("damaged") / f"case{ending}"
    path.write_bytes(whole)
    for read in (read_case, read_arrays):
        try:
            read(path)
        except ValueError as error:
            assert str(error).startswith(f"{path}: ")
