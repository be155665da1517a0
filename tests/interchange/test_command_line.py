"""`python -m lstmderiv`: what it prints and writes, its exit codes, and how it says no."""

import contextlib
import json
import os
import pickle
import re
import shlex
import shutil
import subprocess
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lstmderiv import ArgumentError, ArgumentTypeError
from lstmderiv.interchange import (
    FRAMEWORKS,
    case_names,
    convention,
    from_framework,
    golden_case,
    gradients_to_framework,
    precision,
    read_arrays,
    read_case,
    recurrent,
    smallest_fixed_point,
    write_case,
)
from lstmderiv.interchange.command_line import main
from lstmderiv.interchange.command_line.inputs import settings
from lstmderiv.interchange.command_line.parser import parser
from lstmderiv.interchange.diagnosis import search

COMMANDS = ("cases", "trace", "vectors", "diagnose", "convert", "conventions", "precision")
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Every test runs in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(capsys):
    """Run a command line in this process: (exit code, standard output, standard error)."""

    def call(line):
        code = main(shlex.split(line))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def outside(line, **settings):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings.pop("env", {})}
    command = [sys.executable, "-m", "lstmderiv", *shlex.split(line)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, **settings)


def torch_arrays(layers=2, directions=("", "_reverse"), D=3, H=4):
    rng = np.random.default_rng(5)
    shapes = {"weight_ih": lambda n: (4 * H, D if n == 0 else len(directions) * H), "weight_hh": lambda n: (4 * H, H)}
    shapes |= {"bias_ih": lambda n: (4 * H,), "bias_hh": lambda n: (4 * H,)}
    return {
        f"{name}_l{n}{direction}": rng.normal(size=shape(n))
        for n in range(layers)
        for direction in directions
        for name, shape in shapes.items()
    }


def listed(folder):
    return sorted(path.name for path in Path(folder).rglob("*"))


# Help


def test_help_names_every_command(run):
    code, out, err = run("--help")
    assert code == 0 and err == ""
    assert re.findall(r"^    (\w+)", out, re.MULTILINE) == list(COMMANDS)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_teaches(run, command):
    code, out, err = run(f"{command} --help")
    assert code == 0 and err == ""
    assert "\nexample" in out and f"  python -m lstmderiv {command}" in out
    for exit_code in (0, 1, 2, 3, 130):
        assert re.search(rf"^  {exit_code}\b", out, re.MULTILINE)
    assert max(map(len, out.splitlines())) <= 110


def examples():
    texts = [parser().epilog]
    (choices,) = [action.choices for action in parser()._actions if isinstance(action.choices, dict)]
    texts += [one.epilog for one in choices.values()]
    return sorted({line.strip() for text in texts for line in text.splitlines() if line.startswith("  python -m")})


# Writing the suite takes ten seconds; it has a test of its own.
@pytest.mark.parametrize("example", [example for example in examples() if " vectors " not in example])
def test_the_examples_of_the_help_run(run, example):
    case = golden_case("lstm-plain")
    np.savez("mine.npz", y=case.run()[0].y)
    np.savez("torch.npz", **torch_arrays())
    code, out, err = run(example.removeprefix("python -m lstmderiv "))
    assert (code, err) == (0, "") and out


def test_a_fault_of_the_program_is_told_from_a_mistake(run, monkeypatch):
    def wrong(*arguments):
        raise TypeError("unsupported operand")

    monkeypatch.setattr("lstmderiv.interchange.command_line.commands.golden_case", wrong)
    code, out, err = run("cases")
    assert (code, out) == (3, "") and "a fault of this program" in err and err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ArgumentError("x", "a number", "none"), 2),
        (ArgumentTypeError("x", "a number", "none"), 2),
        (OSError(2, "No such file or directory", "x"), 2),
        # A fault in the words of a refusal stays a fault.
        (ValueError("x: expected a number, got none"), 3),
        (TypeError("x: expected a number, got none"), 3),
    ],
)
def test_a_mistake_is_known_by_the_type_of_the_error(run, monkeypatch, error, expected):
    def wrong(*arguments):
        raise error

    monkeypatch.setattr("lstmderiv.interchange.command_line.commands.golden_case", wrong)
    code, out, err = run("cases")
    assert (code, out) == (expected, "") and ("a fault of this program" in err) == (expected == 3)


def test_the_version(run):
    code, out, _ = run("--version")
    assert code == 0 and re.fullmatch(r"lstmderiv \d+\.\d+\.\d+\n", out)


# Cases and traces


def test_cases_lists_the_golden_cases(run):
    code, out, _ = run("cases")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines() if not line.startswith(" ")] == list(case_names())
    assert max(map(len, out.splitlines())) <= 100
    _, out, _ = run("cases 'gru-*'")
    assert [line.split()[0] for line in out.splitlines() if not line.startswith(" ")] == [
        name for name in case_names() if name.startswith("gru-")
    ]


def parsed(out):
    """The numbers of a printed trace by tensor, flat, in the order of printing."""
    found, name = {}, None
    for line in out.splitlines():
        if re.match(r"[\w.]+  \d", line):
            name = line.split()[0]
            found[name] = []
        elif line.startswith("  ") and name is not None:
            text = re.sub(r"^  (t=\d+ b=\d+|[a-z]\[\d+\]|\[[\d, ]*\]|[a-z])? ", "", line)
            found[name] += [float(number) for number in text.split()]
    return found


@pytest.mark.parametrize("name", ["lstm-plain", "lstm-everything", "gru-everything", "rnn-bidirectional-lengths"])
def test_a_trace_prints_every_number_of_every_tensor(run, name):
    code, out, err = run(f"trace {name} --digits 17")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 100
    case = golden_case(name)
    tensors, found = case.tensors(), parsed(out)
    assert list(found) == list(tensors)
    for key, array in tensors.items():
        if array.ndim == 3 and case.network.options.layout == "batch_first":
            array = array.swapaxes(0, 1)
        assert np.array_equal(found[key], array.ravel()), key


def test_a_trace_shows_where_numbers_stand(run):
    _, out, _ = run("trace lstm-everything --tensor layer1.reverse.c --tensor layer0.forward.d_W_h --tensor lengths")
    case = golden_case("lstm-everything")
    assert list(parsed(out)) == ["lengths", "layer1.reverse.c", "layer0.forward.d_W_h"]
    c = case.tensors()["layer1.reverse.c"]
    line = next(line for line in out.splitlines() if "t=2 b=2" in line)
    assert np.allclose([float(v) for v in line.split()[2:]], c[2, 2], rtol=1e-6)
    line = next(line for line in out.splitlines() if "g[1]" in line)
    row = case.tensors()["layer0.forward.d_W_h"][2 * case.network.hidden_size + 1]
    assert np.allclose([float(v) for v in line.split()[1:]], row, rtol=1e-6)


def test_a_pattern_selects(run):
    tensors = golden_case("lstm-bidirectional").tensors()
    for pattern, expected in {
        "c": ["layer0.forward.c", "layer0.reverse.c"],
        "layer0.reverse.d_a_?": [name for name in tensors if re.fullmatch(r"layer0\.reverse\.d_a_.", name)],
        "*.d_W_*": [name for name in tensors if ".d_W_" in name],
    }.items():
        _, out, _ = run(f"trace lstm-bidirectional --tensor '{pattern}'")
        assert list(parsed(out)) == expected


def test_a_trace_in_another_type(run):
    _, out, _ = run("trace lstm-plain --tensor y --dtype float32 --digits 9")
    expected = golden_case("lstm-plain").astype(np.float32).run()[0].y
    assert np.array_equal(np.float32(parsed(out)["y"]), expected.swapaxes(0, 1).ravel())
    assert "float32" in out


@pytest.mark.parametrize("ending", ["npz", "json"])
def test_a_saved_trace_is_the_case(run, folder, ending):
    code, out, _ = run(f"trace gru-lengths --save trace.{ending}")
    assert code == 0 and out.startswith(f"written: trace.{ending}, ")
    assert listed(folder) == [f"trace.{ending}"]
    expected = golden_case("gru-lengths").tensors()
    for found in (read_arrays(f"trace.{ending}"), read_case(f"trace.{ending}").tensors()):
        assert set(found) == set(expected)
        assert all(np.array_equal(found[name], expected[name]) for name in expected)
    # A file can stand for a golden case everywhere.
    assert run(f"trace trace.{ending} --tensor y")[1] == run("trace gru-lengths --tensor y")[1]


@pytest.mark.parametrize("ending", ["npz", "json"])
def test_chosen_tensors_are_saved_alone(run, ending):
    run(f"trace lstm-plain --tensor y --tensor 'd_W_*' --save some.{ending} --dtype float32")
    found = read_arrays(f"some.{ending}")
    expected = golden_case("lstm-plain").astype(np.float32).tensors()
    assert list(found) == ["y", "layer0.forward.d_W_x", "layer0.forward.d_W_h"]
    assert all(np.array_equal(np.float32(found[name]), expected[name]) for name in found)


# Diagnosis


def test_what_agrees_is_zero(run):
    trace, gradients = golden_case("lstm-plain").run()
    np.savez("mine.npz", y=trace.y, d_x=gradients.x)
    code, out, err = run("diagnose mine.npz --case lstm-plain")
    assert (code, err) == (0, "") and out


def swapped_gates(case):
    """The outputs of an LSTM that takes the input gate's weights for the forget gate's."""
    blocks = {name: np.split(array, 4) for name, array in case.network.arrays().items()}
    network = case.network.replace({name: np.concatenate([i, f, g, o]) for name, (f, i, g, o) in blocks.items()})
    return recurrent(case.x, network).y


@pytest.fixture
def no_search(monkeypatch):
    """That something differs is known before the search for what explains it."""
    monkeypatch.setattr(search.Search, "run", lambda self: [])


@pytest.mark.parametrize("how", ["option", "within the archive", "within the json", "a case's file", "a case as mine"])
def test_what_differs_is_one(run, how, no_search):
    case = golden_case("lstm-plain")
    y, line = swapped_gates(case), "diagnose mine.npz"
    if how == "option":
        np.savez("mine.npz", y=y)
        line += " --case lstm-plain"
    elif how == "within the archive":
        np.savez("mine.npz", y=y, case="lstm-plain")
    elif how == "within the json":
        Path("mine.json").write_text(json.dumps({"case": "lstm-plain", "y": y.tolist()}))
        line = "diagnose mine.json"
    elif how == "a case's file":
        write_case("reference.npz", case)
        np.savez("mine.npz", y=y)
        line += " --case reference.npz"
    else:
        write_case("mine.json", case)
        changed = json.loads(Path("mine.json").read_text())
        changed["forward"]["y"]["data"] = y.ravel().tolist()
        Path("mine.json").write_text(json.dumps(changed))
        line = "diagnose mine.json"
    code, out, err = run(line)
    assert (code, err) == (1, "") and "y" in out


def test_a_swapped_pair_of_gates_is_named(run):
    np.savez("mine.npz", y=swapped_gates(golden_case("lstm-plain")), case="lstm-plain")
    code, out, _ = run("diagnose mine.npz")
    assert code == 1 and re.search(r"\bexchanged\b", out)


def test_gradients_may_bear_a_frameworks_names(run):
    case = golden_case("lstm-two-layers-bidirectional")
    trace, gradients = case.run()
    arrays = gradients_to_framework("pytorch", case.network, gradients)
    np.savez("mine.npz", y=trace.y, case=case.name, **arrays)
    code, out, _ = run("diagnose mine.npz --framework pytorch")
    assert code == 0 and "weight_hh_l1_reverse" in out
    assert run("diagnose mine.npz")[0] == 2


# Conversion and conventions


def test_convert_writes_what_the_target_stores(run):
    arrays = torch_arrays()
    np.savez("torch.npz", **arrays)
    code, out, err = run("convert torch.npz keras.npz --from pytorch --to keras --cell lstm --set batch_first=true")
    assert (code, err) == (0, "") and out.startswith("written: keras.npz")
    x = np.random.default_rng(6).normal(size=(2, 5, 3))
    ours = from_framework("pytorch", arrays, "lstm", batch_first=True)
    theirs = from_framework("keras", read_arrays("keras.npz"), "lstm")
    assert np.allclose(recurrent(x, ours).y, recurrent(x, theirs).y, rtol=1e-14)
    assert all(name in out for name in read_arrays("keras.npz"))
    assert "units = 4" in out


def test_settings_and_prefix_reach_the_converter(run):
    np.savez(
        "torch.npz", **{f"encoder.{name}": array for name, array in torch_arrays(1, ("",)).items()}, other=np.ones(2)
    )
    line = "convert torch.npz back.json --from pytorch --to onnx --cell lstm --prefix encoder. --set batch_first=true"
    code, out, _ = run(line)
    assert code == 0 and "layout = 1" in out
    code, _, err = run(line.replace("batch_first=true", "batch_first=no"))
    assert code == 2 and "batch_first: expected" in err


@pytest.mark.parametrize(
    "text, expected",
    [
        ("true", True), ("False", False), ("none", None), ("3", 3), ("0.5", 0.5), ("tanh", "tanh"),
        ('["tanh", 1]', ["tanh", 1]), ("1e-3", 1e-3), ("", ""), ("a=b", "a=b"), ('"true"', "true"),
    ],
)  # fmt: skip
def test_values_of_settings(text, expected):
    found = settings(Namespace(settings=[f"name={text}"], prefix=None))["name"]
    assert found == expected and type(found) is type(expected)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_conventions_of_every_framework(run, framework):
    code, out, _ = run(f"conventions {framework}")
    assert code == 0
    lines = out.splitlines()
    # A name of many parts cannot be broken.
    assert max(map(len, lines)) <= 100 or all(len(line.split()) == 1 for line in lines if len(line) > 100)
    found = convention(framework)
    assert found.title in out
    for form in found.cells.values():
        assert form.class_name in out and all(rule.name in out for rule in form.arrays)


def test_conventions_lists_the_frameworks(run):
    _, out, _ = run("conventions")
    assert [line.split()[0] for line in out.splitlines()] == list(FRAMEWORKS)


# Precision


def test_precision_prints_the_report(run):
    case = golden_case("lstm-lengths")
    code, out, err = run("precision lstm-lengths --format float16 --format weights=fixed:8:6,default=fixed:16:12")
    texts = [precision(case, one).text() for one in ("float16", {"weights": "fixed:8:6", "default": "fixed:16:12"})]
    assert (code, err, out) == (0, "", "\n\n".join(texts) + "\n")


def test_precision_by_step_and_of_chosen_tensors(run):
    report = precision(golden_case("lstm-plain"), "fixed:12:9")
    _, out, _ = run("precision lstm-plain --format fixed:12:9 --tensor c --tensor y")
    assert out == report.text(["layer0.forward.c", "y"]) + "\n"
    _, out, _ = run("precision lstm-plain --format fixed:12:9 --tensor c --by-step")
    assert out == report.steps_text("layer0.forward.c") + "\n"


def test_the_smallest_word(run):
    case = golden_case("lstm-plain")
    assert run("precision lstm-plain --smallest 1e-3")[1] == f"{smallest_fixed_point(case, 1e-3)}\n"
    expected = smallest_fixed_point(case, 0.05, tensors=["layer0.forward.d_W_x", "layer0.forward.d_W_h"])
    assert run("precision lstm-plain --smallest 0.05 --tensor 'd_W_*'")[1] == f"{expected}\n"


# Vectors


@pytest.mark.slow
def test_vectors_writes_the_suite(run, folder):
    code, out, err = run("vectors suite --no-onnx")
    assert (code, err) == (0, "") and out.startswith("written: suite")
    assert [path.name for path in folder.iterdir()] == ["suite"]
    for name in case_names():
        assert np.array_equal(read_case(f"suite/float64/{name}.npz").x, golden_case(name).x)


# Mistakes


class Trap:
    """What unpickling it would do is to write a file."""

    def __reduce__(self):
        return Path.touch, (Path("executed"),)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder of files of many kinds, good and bad."""
    folder = tmp_path_factory.mktemp("made")
    with contextlib.chdir(folder):
        case = golden_case("lstm-plain")
        write_case("case.json", case)
        np.savez("y.npz", y=case.run()[0].y)
        np.savez("torch.npz", **torch_arrays())
        Path("empty.npz").touch()
        Path("empty.json").touch()
        Path("text.npz").write_text("no archive")
        Path("list.json").write_text("[1, 2]")
        Path("nan.json").write_text('{"y": [NaN]}')
        Path("words.json").write_text('{"y": "none"}')
        np.savez("pickled.npz", y=np.array([Trap()], dtype=object))
        Path("pickle.npz").write_bytes(pickle.dumps(Trap()))
        np.savez("wrong_case.npz", y=np.ones(3), case="lstm-plane")
        Path("half.npz").write_bytes(Path("y.npz").read_bytes()[:200])
        Path("latin.json").write_bytes(b'{"\xe9": [1]}')
        Path("full").mkdir()
        Path("full/file").touch()
    return folder


@pytest.fixture
def files(made, folder):
    """Files of many kinds, in the folder of the test."""
    shutil.copytree(made, folder, dirs_exist_ok=True)
    return folder


PYTORCH_TO_KERAS = "convert torch.npz out.npz --from pytorch --to keras --cell lstm"
MISTAKES = {
    "": "required: COMMAND",
    "tracee lstm-plain": "invalid choice: 'tracee'",
    "cases 'x*'": "pattern: expected .* got 'x*'",
    "cases a b": "unrecognized arguments: b",
    "trace": "required: CASE",
    "trace lstm-plane": "case: expected a golden case such as lstm-plain.*got 'lstm-plane'",
    "trace zzz": "case: expected a golden case .*cases.*got 'zzz'",
    "trace none.npz": "none.npz: No such file or directory",
    "trace y.npz": "y.npz: expected a case",
    "trace empty.npz": "empty.npz: expected",
    "trace empty.json": "empty.json: expected JSON",
    "trace list.json": "list.json: expected a JSON object, got list",
    "trace pickled.npz": "pickled.npz: expected numbers",
    "trace pickle.npz": "pickle.npz: expected",
    "trace full": "case: expected a golden case",
    "trace lstm-plain --tensor cc": "tensor: expected a tensor of the case such as c.*got 'cc'",
    "trace lstm-plain --tens c": "unrecognized arguments",
    "trace lstm-plain --dtype float8": "invalid choice: 'float8'",
    "trace lstm-plain --digits 0": "digits: expected an integer in 1..17, got 0",
    "trace lstm-plain --digits x": "invalid int value: 'x'",
    "trace lstm-plain --save trace.txt": r"trace.txt: expected a name that ends in .json or .npz",
    "trace lstm-plain --save none/trace.npz": "none/trace.npz: expected the name of a file in a folder that exists",
    "trace lstm-plain --tensor cc --save new.npz": "tensor: expected",
    "vectors": "required: OUT",
    "vectors full --no-onnx": "folder: expected one that is empty or not there yet",
    "vectors none/out --no-onnx": "folder: expected a folder within one that is there",
    "diagnose": "required: MINE",
    "diagnose y.npz": "case: expected --case, or a string named .case. in y.npz, got neither",
    "diagnose y.npz --case lstm-plane": "case: expected a golden case",
    "diagnose y.npz --case lstm-bidirectional": "y.?: expected",
    "diagnose y.npz --case lstm-plain --framework torsh": "framework: expected one of .* got 'torsh'",
    "diagnose wrong_case.npz": "case: expected a golden case such as .* got 'lstm-plane'",
    "diagnose none.npz --case lstm-plain": "none.npz: No such file or directory",
    "diagnose text.npz --case lstm-plain": "text.npz: expected a .npz archive",
    "diagnose half.npz --case lstm-plain": "half.npz: expected a .npz archive",
    "diagnose nan.json --case lstm-plain": "nan.json: expected finite numbers, got NaN",
    "diagnose words.json --case lstm-plain": "words.json: expected numbers",
    "diagnose latin.json --case lstm-plain": "latin.json: expected JSON in UTF-8",
    "diagnose pickled.npz --case lstm-plain": "pickled.npz: expected numbers",
    "diagnose torch.npz --case lstm-plain": "expected .* got 'weight_ih_l0'",
    "diagnose mine.csv --case lstm-plain": "path: expected a name that ends in .json or .npz, got 'mine.csv'",
    "convert torch.npz": "required: OUT, --from, --to, --cell",
    "convert torch.npz out.npz --from torsh --to keras --cell lstm": "from: expected one of .* got 'torsh'",
    "convert torch.npz out.npz --from pytorch --to keros --cell lstm": "to: expected one of .* got 'keros'",
    "convert torch.npz out.npz --from pytorch --to keras --cell lstn": "invalid choice: 'lstn'",
    "convert torch.npz out.npz --from pytorch --to keras --cell gru": "expected .* got",
    f"{PYTORCH_TO_KERAS} --set batch": "set: expected NAME=VALUE, got 'batch'",
    f"{PYTORCH_TO_KERAS} --set a=1 --set a=2": "set: expected every name once",
    f"{PYTORCH_TO_KERAS} --set bach=1": "expected .*bach",
    "convert torch.npz out.txt --from pytorch --to keras --cell lstm": "out.txt: expected a name that ends",
    "convert torch.npz full --from pytorch --to keras --cell lstm": "full: expected a name that ends",
    "convert none.npz out.npz --from pytorch --to keras --cell lstm": "none.npz: No such file or directory",
    "convert pickled.npz out.npz --from pytorch --to keras --cell lstm": "pickled.npz: expected numbers",
    "conventions torsh": "framework: expected one of .* got 'torsh'",
    "precision lstm-plain": "one of the arguments --format --smallest is required",
    "precision lstm-plain --format q16.12": "formats: expected .*fixed:WORD:FRACTION.* got 'q16.12'",
    "precision lstm-plain --format fixed:99:1": "formats: expected word an integer in 2..32, got 'fixed:99:1'",
    "precision lstm-plain --format weigths=float16": "formats: expected .*kind.* got 'weigths'",
    "precision lstm-plain --format float16 --format zzz": "formats: expected .* got 'zzz'",
    "precision lstm-plain --format float16 --tensor cc": "tensor: expected",
    "precision lstm-plain --smallest 0": "tolerance: expected",
    "precision lstm-plain --smallest nan": "tolerance: expected",
    "precision lstm-plain --smallest x": "invalid float value: 'x'",
    "precision lstm-plain --smallest 1e-3 --format float16": "not allowed with argument",
    "precision lstm-plain --smallest 1e-3 --by-step": "by-step: expected --format, got --smallest",
    "precision lstm-plain --smallest 1e-15": "tolerance: expected one that a word of 32 bits keeps",
}


@pytest.mark.parametrize("line", MISTAKES)
def test_mistakes_are_one_line_and_leave_nothing(run, files, line):
    before = listed(files)
    code, out, err = run(line)
    assert code == 2 and out == ""
    assert err.startswith("python -m lstmderiv") and err.count("\n") == 1, err
    assert re.search(MISTAKES[line].replace("*'", r"\*'"), err), err
    assert listed(files) == before


def test_a_file_that_is_there_survives_a_failed_command(run, files):
    before = Path("torch.npz").read_bytes()
    assert run("convert y.npz torch.npz --from pytorch --to keras --cell lstm")[0] == 2
    assert Path("torch.npz").read_bytes() == before


def test_overflow_is_shown_and_not_warned_of(run, folder):
    case = golden_case("rnn-relu")
    large = {name: 60.0 * array for name, array in case.network.arrays().items()}
    write_case("large.json", replace(case, network=case.network.replace(large)))
    code, out, err = run("trace large.json --dtype float16 --tensor d_x")
    assert (code, err) == (0, "") and re.search(r"\b(inf|nan)\b", out)
    code, out, err = run("precision large.json --format float16 --tensor d_x")
    assert (code, err) == (0, "")


# As a program


def test_as_a_program():
    done = outside("trace lstm-plain --tensor y")
    assert (done.returncode, done.stderr) == (0, "") and "t=4 b=2" in done.stdout
    done = outside("trace lstm-plane")
    assert done.returncode == 2 and done.stdout == "" and done.stderr.count("\n") == 1


def test_letters_that_the_terminal_lacks_are_replaced():
    done = outside("conventions", env={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and signals of POSIX")
def test_a_reader_that_leaves_is_no_error():
    command = [sys.executable, "-m", "lstmderiv", "trace", "lstm-everything"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        program.stdout.close()
        assert program.stderr.read() == b""
    assert program.returncode == 141
