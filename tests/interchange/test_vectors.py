"""The suite of golden vectors: complete, described, the same bytes everywhere, all or nothing, and read by others."""

import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator

import lstmderiv
from lstmderiv.interchange import case_names, exact_sections, golden_case, read_arrays, read_case, write_suite
from lstmderiv.interchange.vectors import suite as writer

EXAMPLE = Path(__file__).parents[2] / "book" / "implementers" / "check_lstm.c"
# Writing all takes seconds: at every turn a suite of these cases is looked at, by CI that of all cases, too.
FEW = (
    *("lstm-plain", "lstm-square", "lstm-states", "lstm-two-layers", "lstm-peepholes", "lstm-projection"),
    *("lstm-everything", "gru-lengths", "gru-before", "rnn-plain"),
)
# Of the digests of the cases in all formats: another number if a single bit of a value is another one.
DIGESTS = {
    FEW: "fdc67e84eca0aa462711538ea23627e937a36664f76984723b1a502e5ed0229f",
    case_names(): "24f6fed765081e8f1a4c77a6a799be3067f86c451386e606a0475de9d1f38021",
}
ALL = pytest.param(case_names(), id="all", marks=pytest.mark.slow)
few_and_all = pytest.mark.parametrize("names", [pytest.param(FEW, id="few"), ALL], scope="module")
of_all = pytest.mark.parametrize("names", [ALL], scope="module")


@pytest.fixture(scope="module")
def names():
    """The cases of the suite; some tests choose others."""
    return FEW


@pytest.fixture(scope="module")
def suite(tmp_path_factory, names):
    folder = tmp_path_factory.mktemp("vectors") / "suite"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "case_names", lambda: names)
        return folder, write_suite(folder)


def in_folder(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@few_and_all
def test_the_manifest_names_every_file_and_its_digest(suite):
    folder, manifest = suite
    assert json.loads((folder / "manifest.json").read_text()) == manifest
    assert in_folder(folder) == sorted([*manifest["files"], "manifest.json"])
    for name, entry in manifest["files"].items():
        data = (folder / name).read_bytes()
        assert (entry["bytes"], entry["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert manifest["package"] == f"lstmderiv {lstmderiv.__version__}"


@few_and_all
def test_the_bytes_are_those_of_every_other_machine(suite, names):
    lines = [f"{entry['sha256']} {name}\n" for name, entry in suite[1]["files"].items() if "/" in name]
    assert len(lines) > 8 * len(names)
    assert hashlib.sha256("".join(lines).encode()).hexdigest() == DIGESTS[names]


@few_and_all
def test_every_case_is_there_in_every_format(suite, names):
    folder, manifest = suite
    assert [case["name"] for case in manifest["cases"]] == list(names)
    for case in manifest["cases"]:
        name, golden = case["name"], golden_case(case["name"])
        assert case["options"] == golden.network.options.as_dict() and case["description"] == golden.description
        for path in (f"float64/{name}.json", f"float32/{name}.npz", f"c/{name}.h"):
            assert (folder / path).is_file()
        assert (folder / f"onnx/{name}/model.onnx").is_file() == case["onnx"]["covered"]
        assert case["onnx"]["covered"] == (case["onnx"]["because"] is None)


@functools.cache
def true_values(name, dtype):
    return exact_sections(golden_case(name).astype(dtype), dtype)


@pytest.mark.parametrize("name", ["lstm-everything", "gru-lengths", "rnn-plain"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("ending", [".json", ".npz"])
def test_files_hold_the_true_values_of_the_case(suite, name, dtype, ending):
    path = suite[0] / dtype / f"{name}{ending}"
    case = golden_case(name).astype(dtype)
    read = read_case(path)
    assert read.network.options == case.network.options and read.x.dtype == dtype
    arrays = read_arrays(path)
    for tensors in true_values(name, dtype).values():
        for place, array in tensors.items():
            assert np.array_equal(arrays.pop(place), array)
    assert not arrays


@few_and_all
def test_every_json_file_follows_the_schema(suite, names):
    folder, manifest = suite
    schema = json.loads((folder / "schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    files = [name for name in manifest["files"] if re.match(r"float\d\d/.*\.json", name)]
    assert len(files) == 2 * len(names)
    for name in files:
        # Of long lists of numbers a few entries: the rest is of the same kind, and checking it takes a minute.
        value = json.loads((folder / name).read_text())
        for section in ("inputs", "parameters", "forward", "upstream", "backward"):
            for array in value[section].values():
                array["data"] = array["data"][:2]
        validator.validate(value)


CHANGES = {
    "no options": lambda v: v.pop("options"),
    "an unknown key": lambda v: v.update(extra=1),
    "an unknown option": lambda v: v["options"].update(dropout=0.5),
    "a missing option": lambda v: v["options"].pop("clip"),
    "an unknown cell": lambda v: v["options"].update(cell="qrnn"),
    "a gate of another cell": lambda v: v["options"]["activations"].update(r=["tanh"]),
    "a negative clip": lambda v: v["options"].update(clip=-1),
    "text for numbers": lambda v: v["inputs"]["x"].update(data=["1"]),
    "no input": lambda v: v["inputs"].pop("x"),
    "fractional lengths": lambda v: v["inputs"].update(lengths={"shape": [1], "data": [0.5]}),
    "an unknown parameter": lambda v: v["parameters"].update({"layer0.forward.W_z": {"shape": [0], "data": []}}),
    "a negative size": lambda v: v["inputs"]["x"].update(shape=[-1]),
}


@pytest.mark.parametrize("what", CHANGES)
def test_the_schema_refuses_what_is_no_case(suite, what):
    folder, _ = suite
    validator = jsonschema.Draft202012Validator(json.loads((folder / "schema.json").read_text()))
    value = json.loads((folder / "float64" / "lstm-plain.json").read_text())
    CHANGES[what](value)
    assert not validator.is_valid(value)


def onnx_arrays(folder, kind):
    files = sorted((folder / "test_data_set_0").glob(f"{kind}_*.pb"), key=lambda path: int(path.stem.split("_")[1]))
    tensors = [onnx.load_tensor(path) for path in files]
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in tensors}


# What the evaluator of the package `onnx` passes over without a word: lengths of rows, clipping, coupled gates, and the
# activations of LSTM and GRU. It refuses those of RNN but for tanh and the affine one.
IGNORED = ("lengths", "clip", "coupled", "hard-sigmoid", "relu", "layers-bidirectional")
REFUSED = ("sigmoid", "relu", "softsign", "softplus", "elu", "scaled-tanh", "hard-sigmoid", "leaky", "threshold")


@of_all
def test_most_cases_have_onnx_models_and_the_others_a_reason(suite):
    cases = suite[1]["cases"]
    assert sum(case["onnx"]["covered"] for case in cases) > 50
    reasons = {case["name"]: case["onnx"]["because"] for case in cases if not case["onnx"]["covered"]}
    assert {"lstm-projection", "lstm-cell-clip", "lstm-coupled-i", "gru-finished-last", "rnn-empty-row"} <= set(reasons)


@few_and_all
def test_onnx_models_are_valid_and_their_folders_those_of_backend_tests(suite):
    folder, manifest = suite
    covered = [case["name"] for case in manifest["cases"] if case["onnx"]["covered"]]
    assert 0 < len(covered) < len(manifest["cases"])
    for name in covered:
        model = onnx.load(folder / "onnx" / name / "model.onnx")
        onnx.checker.check_model(model, full_check=True)
        for kind, declared in (("input", model.graph.input), ("output", model.graph.output)):
            arrays = onnx_arrays(folder / "onnx" / name, kind)
            assert [value.name for value in declared] == list(arrays)
            for value in declared:
                shape = tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)
                assert shape == arrays[value.name].shape


@few_and_all
def test_the_reference_evaluator_gives_the_outputs_where_it_has_the_options(suite, names):
    folder, manifest = suite
    agreed = set()
    for case in manifest["cases"]:
        name, place = case["name"], folder / "onnx" / case["name"]
        if not case["onnx"]["covered"] or (name.startswith("rnn") and any(part in name for part in REFUSED)):
            continue
        expected = onnx_arrays(place, "output")
        found = ReferenceEvaluator(str(place / "model.onnx")).run(list(expected), onnx_arrays(place, "input"))
        close = all(np.allclose(one, true, rtol=0, atol=1e-6) for one, true in zip(found, expected.values()))
        assert close != any(part in name for part in IGNORED), name
        agreed |= {name} if close else set()
    among = {"lstm-two-layers", "lstm-peepholes", "gru-before", "gru-bidirectional", "rnn-reverse"} & set(names)
    assert among and among <= agreed


def test_without_the_package_onnx_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    monkeypatch.delitem(sys.modules, "lstmderiv.interchange.vectors.onnx_cases", raising=False)
    with pytest.raises(ValueError, match=r"onnx: expected the package `onnx` \(pip install lstmderiv\[onnx\]\) or"):
        write_suite(tmp_path / "suite")
    assert not list(tmp_path.iterdir())


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(writer, "case_names", lambda: ("rnn-plain",))


def test_without_onnx_the_rest_is_the_same(suite, tmp_path, few):
    manifest = write_suite(tmp_path / "suite", onnx=False)
    assert not (tmp_path / "suite" / "onnx").exists() and "onnx" not in manifest["cases"][0]
    for name, entry in manifest["files"].items():
        assert entry == suite[1]["files"][name]


def test_a_folder_that_holds_something_is_refused(tmp_path, few):
    (tmp_path / "suite").mkdir()
    write_suite(tmp_path / "suite", onnx=False)
    with pytest.raises(ValueError, match=r"folder: expected one that is empty or not there yet, got '.*suite'"):
        write_suite(tmp_path / "suite", onnx=False)
    with pytest.raises(ValueError, match=r"folder: expected one that is empty or not there yet, got '.*README.txt'"):
        write_suite(tmp_path / "suite" / "README.txt", onnx=False)
    with pytest.raises(ValueError, match=r"folder: expected a folder within one that is there, got '.*none/suite'"):
        write_suite(tmp_path / "none" / "suite", onnx=False)
    with pytest.raises(TypeError, match="folder: expected the name of a folder, got int"):
        write_suite(3)
    with pytest.raises(TypeError, match="onnx: expected True or False, got int"):
        write_suite(tmp_path / "other", onnx=1)
    assert [path.name for path in tmp_path.iterdir()] == ["suite"]


def test_a_failure_leaves_nothing(tmp_path, few, monkeypatch):
    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(writer, "header_text", full)
    with pytest.raises(OSError, match="no space"):
        write_suite(tmp_path / "suite", onnx=False)
    assert not list(tmp_path.iterdir())


compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")


def compiled(source, suite, case, folder):
    program = folder / "check"
    flags = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-O1"]
    include = ["-I", str(suite[0] / "c"), f'-DGOLDEN="{case}.h"']
    subprocess.run(["cc", *flags, *include, str(source), "-o", str(program), "-lm"], check=True)
    return subprocess.run([program], capture_output=True, text=True)


@compiler
@pytest.mark.parametrize("case", ["lstm-plain", "lstm-square", "lstm-states"])
def test_the_example_in_c_agrees(suite, tmp_path, case):
    run = compiled(EXAMPLE, suite, case, tmp_path)
    assert run.returncode == 0, run.stdout
    assert re.search(r"^y +agrees: .*\nd_W_x +agrees: ", run.stdout)


WRONG_C = {
    "two gates swapped": ("enum { F, I, G, O, GATES }", "enum { I, F, G, O, GATES }", "y"),
    "a carry lost": ("d_c[b][n] = d_cell * f;", "d_c[b][n] = 0;", "d_W_x"),
    "a cell state that is no number": ("* tanh(c[t + 1][b][n]);", "* tanh(c[t + 1][b][n] / (t < 4) * 0);", "y"),
}


@compiler
@pytest.mark.parametrize("what", WRONG_C)
def test_the_example_in_c_fails_when_it_is_wrong(suite, tmp_path, what):
    right, wrong, tensor = WRONG_C[what]
    source = tmp_path / "wrong.c"
    assert EXAMPLE.read_text().count(right) == 1
    source.write_text(EXAMPLE.read_text().replace(right, wrong))
    run = compiled(source, suite, "lstm-states", tmp_path)
    assert run.returncode == 1 and re.search(rf"^{tensor} +DIFFERS", run.stdout, re.MULTILINE)


PRINT = """
#include <stdio.h>
#include GOLDEN
int main(void)
{
    for (unsigned n = 0; n < sizeof golden_y / sizeof *golden_y; n++)
        printf("%a\\n", golden_y[n]);
    return 0;
}
"""


@compiler
@of_all
def test_every_header_compiles_and_holds_the_values(suite, tmp_path):
    (tmp_path / "print.c").write_text(PRINT)
    for name in case_names():
        true = exact_sections(golden_case(name))["forward"]["y"]
        run = compiled(tmp_path / "print.c", suite, name, tmp_path)
        assert [float.fromhex(line) for line in run.stdout.split()] == true.ravel().tolist()


def test_the_suite_needs_no_clock_and_no_name_of_the_user(suite):
    words = {os.environ.get("USER", ""), os.environ.get("HOSTNAME", ""), str(suite[0])} - {"", "root"}
    manifest = (suite[0] / "manifest.json").read_text()
    assert not any(word in manifest for word in words)
