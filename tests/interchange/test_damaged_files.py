"""Damaged case files and odd things under the names of files: one clear error each, in an instant, and nothing left."""

import json
import os
import signal
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmderiv import ArgumentError
from lstmderiv.interchange import golden_case, read_arrays, read_case, write_case, write_suite
from lstmderiv.interchange.command_line import main
from lstmderiv.interchange.vectors import archives

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "tests" / "data" / "damaged"
EXPECTED = tomllib.loads((CORPUS / "expected.toml").read_text())
WHOLE = {ending: (CORPUS / f"whole{ending}").read_bytes() for ending in (".json", ".npz")}
both = pytest.mark.parametrize("ending", WHOLE)
on_posix = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and locks are those of POSIX")


def test_the_corpus_is_whole():
    kept = {path.name for path in CORPUS.iterdir()} - {"expected.toml", *(f"whole{ending}" for ending in WHOLE)}
    assert kept == set(EXPECTED)


@both
def test_what_was_damaged_is_a_case(ending):
    assert read_case(CORPUS / f"whole{ending}").name == "small"


@pytest.mark.parametrize("name", EXPECTED)
def test_a_damaged_file_is_refused(name):
    with pytest.raises(ArgumentError) as caught:
        read_case(CORPUS / name)
    assert str(caught.value).startswith(f"{CORPUS / name}: ") and EXPECTED[name] in str(caught.value)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_damaged_file_is_a_line_of_the_command_line(capsys, name):
    assert main(["trace", str(CORPUS / name)]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1


# Of any value in the place of any part: the file is read, or refused by its name.

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def places(value, at=()):
    """The way to every part of a JSON value."""
    yield at
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from places(value[key], (*at, key))


PLACES = [place for place in places(json.loads(WHOLE[".json"])) if place]


def read_or_refused(path):
    for read in (read_case, read_arrays):
        try:
            read(path)
        except ArgumentError as error:
            assert str(error).startswith(f"{path}: ")


@pytest.mark.parametrize("examples", [60, pytest.param(1000, marks=pytest.mark.slow)])
def test_any_value_in_the_place_of_any_part(tmp_path_factory, examples):
    path = tmp_path_factory.mktemp("changed") / "case.json"

    @settings(max_examples=examples, deadline=None)
    @given(st.data())
    def check(data):
        value = json.loads(WHOLE[".json"])
        for _ in range(data.draw(st.integers(1, 2))):
            *way, last = data.draw(st.sampled_from(PLACES))
            part = value
            try:
                for key in way:
                    part = part[key]
                if data.draw(st.booleans()):
                    part[last] = data.draw(JSON)
                else:
                    del part[last]
            except (KeyError, IndexError, TypeError):  # what stood there has just been changed
                continue
        path.write_text(json.dumps(value), encoding="utf-8")
        read_or_refused(path)

    check()


@both
@pytest.mark.parametrize("examples", [60, pytest.param(1000, marks=pytest.mark.slow)])
def test_any_bytes_in_the_place_of_any_others(tmp_path_factory, ending, examples):
    path = tmp_path_factory.mktemp("changed") / f"case{ending}"

    @settings(max_examples=examples, deadline=None)
    @given(st.data())
    def check(data):
        whole = bytearray(WHOLE[ending])
        for _ in range(data.draw(st.integers(1, 3))):
            start = data.draw(st.integers(0, len(whole)))
            whole[start : start + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
        path.write_bytes(whole)
        read_or_refused(path)

    check()


HEADER = st.fixed_dictionaries(
    {
        "descr": st.sampled_from(["<f8", ">f8", "<i8", "|b1", "<U1", "|O", "<f16", "|V8", [("a", "<f8")], "", None, 8]),
        "fortran_order": st.sampled_from([True, False, 1, None]),
        "shape": st.lists(st.sampled_from([0, 1, 2, -1, True, 1.0, None, 2**70, "1", (1,)]), max_size=5).map(tuple)
        | st.sampled_from([1, True, [1], None, (1,) * 40]),
    }
)


@settings(max_examples=200, deadline=None)
@given(header=HEADER, data=st.binary(max_size=16))
def test_any_header_of_an_array(tmp_path_factory, header, data):
    path = tmp_path_factory.mktemp("header") / "mine.npz"
    text = repr(header).encode() + b"\n"
    with archives.zipfile.ZipFile(path, "w") as file:
        file.writestr("y.npy", b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data)
    read_or_refused(path)


# What is no file, and files that somebody else is writing.


@on_posix
@pytest.mark.parametrize("read", [read_case, read_arrays])
@both
def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path, read, ending):
    path = tmp_path / f"pipe{ending}"
    os.mkfifo(path)
    with pytest.raises(ArgumentError, match=r"expected a file, got a pipe$"):
        read(path)
    device = tmp_path / f"device{ending}"
    device.symlink_to("/dev/zero")
    with pytest.raises(ArgumentError, match=r"expected a file, got a device$"):
        read(device)
    folder = tmp_path / f"folder{ending}"
    folder.mkdir()
    with pytest.raises(IsADirectoryError):
        read(folder)
    with socket.socket(socket.AF_UNIX) as server:
        place = tmp_path / f"s{ending}"
        if len(str(place)) < 100:
            server.bind(str(place))
            with pytest.raises((OSError, ArgumentError)):
                read(place)


@on_posix
@pytest.mark.parametrize("command", ["trace pipe.npz", "diagnose pipe.json --case rnn-plain", "diagnose folder.npz"])
def test_what_is_no_file_is_a_line_of_the_command_line(tmp_path, monkeypatch, capsys, command):
    monkeypatch.chdir(tmp_path)
    for ending in WHOLE:
        os.mkfifo(f"pipe{ending}")
    os.mkdir("folder.npz")
    assert main(command.split()) == 2
    assert capsys.readouterr().err.count("\n") == 1


@on_posix
def test_a_pipe_is_not_written_over(tmp_path, capsys):
    pipe = tmp_path / "pipe.npz"
    os.mkfifo(pipe)
    with pytest.raises(ArgumentError, match=r"expected the name of a file, got a pipe$"):
        write_case(pipe, golden_case("rnn-plain"))
    assert main(["trace", "rnn-plain", "--save", str(pipe)]) == 2
    assert pipe.is_fifo() and list(tmp_path.iterdir()) == [pipe]


@on_posix
def test_a_link_to_a_file_stays_one(tmp_path):
    (tmp_path / "there").mkdir()
    link = tmp_path / "case.npz"
    link.symlink_to(tmp_path / "there" / "case.npz")
    for _ in range(2):
        write_case(link, golden_case("rnn-plain"))
        assert link.is_symlink() and read_case(tmp_path / "there" / "case.npz").name == "rnn-plain"


@on_posix
@both
def test_a_full_disk_leaves_the_file_that_was_there(tmp_path, ending):
    """The limit on a file's size stands for the disk's: the write fails in its middle."""
    path = tmp_path / f"case{ending}"
    path.write_bytes(b"before")
    program = (
        "import resource, signal, sys\n"
        "from lstmderiv.interchange.command_line import main\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))\n"
        f"sys.exit(main(['trace', 'lstm-plain', '--save', {str(path)!r}]))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert ended.returncode == 2 and ended.stderr.count("\n") == 1 and "too large" in ended.stderr
    assert path.read_bytes() == b"before" and list(tmp_path.iterdir()) == [path]


BEGINS_AND_WAITS = """
import runpy, signal, sys, time
from lstmderiv.interchange.vectors import suite

# What runs in the background of a shell ignores the signal, and so would its children.
signal.signal(signal.SIGINT, signal.default_int_handler)
names, started = suite.case_names, suite.golden_case


def golden_case(name):
    if name == names()[2]:
        print("begun", flush=True)
        time.sleep(60)
    return started(name)


suite.golden_case = golden_case
runpy.run_module("lstmderiv", run_name="__main__")
"""


def begun(folder):
    """A run of `vectors suite` in a folder, waiting in its middle, and what it has begun."""
    command = [sys.executable, "-c", BEGINS_AND_WAITS, "vectors", str(folder / "suite"), "--no-onnx"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.readline() == b"begun\n", process.communicate()[1]
    (part,) = folder.glob(".suite.*.part")
    assert any(part.rglob("*.json"))
    return process, part


@on_posix
def test_control_c_is_quiet_and_leaves_nothing(tmp_path):
    process, _ = begun(tmp_path)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130 and process.stderr.read() == b""
    assert not list(tmp_path.iterdir())


@on_posix
def test_a_suite_that_is_ended_leaves_nothing(tmp_path):
    process, _ = begun(tmp_path)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 128 + signal.SIGTERM and process.stderr.read() == b""
    assert not list(tmp_path.iterdir())


@on_posix
def test_what_a_killed_suite_leaves_is_deleted_by_the_next(tmp_path, monkeypatch):
    process, part = begun(tmp_path)
    monkeypatch.setattr("lstmderiv.interchange.vectors.suite.case_names", lambda: ("rnn-no-biases",))
    write_suite(tmp_path / "suite", onnx=False)
    assert part.is_dir()  # the other is still at it
    process.kill()
    process.wait(60)
    assert part.is_dir()
    for path in (tmp_path / "suite").rglob("*"):
        if path.is_file():
            path.unlink()
    for path in sorted((tmp_path / "suite").rglob("*"), reverse=True):
        path.rmdir()
    write_suite(tmp_path / "suite", onnx=False)
    assert [path.name for path in tmp_path.iterdir()] == ["suite"]


@on_posix
def test_what_a_killed_write_leaves_is_deleted_by_the_next(tmp_path):
    stale, own = (tmp_path / f".case.npz.{number}.part" for number in (1, os.getpid()))
    other = tmp_path / ".case.npz.mine.part"
    for path in (stale, own, other):
        path.write_bytes(b"begun")
    write_case(tmp_path / "case.npz", golden_case("rnn-plain"))
    assert {path.name for path in tmp_path.iterdir()} == {"case.npz", other.name}


@pytest.mark.parametrize(
    ("line", "option"),
    [
        ("trace rnn-plain --save a.npz --save b.npz", "--save"),
        ("trace rnn-plain --save a.npz --save a.npz", "--save"),
        ("trace rnn-plain --digits 3 --digits 7", "--digits"),
        ("trace rnn-plain --dtype float32 --dtype float16", "--dtype"),
        ("diagnose mine.npz --case a --case b", "--case"),
        ("convert a.npz b.npz --from keras --from pytorch --to keras --cell lstm", "--from"),
        ("precision rnn-plain --smallest 1e-3 --smallest 1e-2", "--smallest"),
    ],
)
def test_an_option_that_can_be_given_once(tmp_path, monkeypatch, capsys, line, option):
    monkeypatch.chdir(tmp_path)
    assert main(line.split()) == 2
    err = capsys.readouterr().err
    assert f"argument {option}: expected once, got twice" in err and err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_options_that_may_be_repeated_still_may(capsys):
    assert main("trace rnn-plain --tensor y --tensor x".split()) == 0
    assert main("precision rnn-plain --format float16 --format float32 --tensor y".split()) == 0


@on_posix
@pytest.mark.parametrize(("command", "code"), [("cases > /dev/full", 2), ("cases >&-", 2), ("trace rnn-plain >&-", 2)])
def test_an_output_that_cannot_be_written_is_a_line(command, code):
    shell = ["sh", "-c", f"exec '{sys.executable}' -m lstmderiv {command}"]
    ended = subprocess.run(shell, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == code and ended.stderr.count("\n") == 1 and "Traceback" not in ended.stderr


@on_posix
@pytest.mark.parametrize("locale", ["C", "tr_TR.UTF-8"])
def test_names_of_any_letters_in_any_locale(tmp_path, locale):
    name = "of letters: naïve Grüße"
    folder = tmp_path / name
    folder.mkdir()
    around = {**os.environ, "LC_ALL": locale, "LANG": locale}
    around.pop("PYTHONUTF8", None)
    for ending in WHOLE:
        path = folder / f"{name}{ending}"
        for arguments in (["trace", "rnn-plain", "--save", str(path)], ["trace", str(path), "--tensor", "y"]):
            command = [sys.executable, "-m", "lstmderiv", *arguments]
            ended = subprocess.run(command, cwd=ROOT, env=around, capture_output=True, check=False)
            assert ended.returncode == 0 and ended.stderr == b""
    assert len(list(folder.iterdir())) == 2 and np.isfinite(read_case(path).x).all()
