"""What `make bench` writes: who ran, who did not, and times of functions that compute the same."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import contenders, on_jax
from benchmarks.contenders import CONTENDERS, agreed, installed
from benchmarks.problem import problem
from benchmarks.rounds import summary, times

ROOT = Path(__file__).parents[1]
#: What a row must hold for the page.
ROW = {"B", "T", "D", "H", "dtype", "rounds", "times"}


@pytest.mark.slow
def test_a_short_run(tmp_path):
    out = tmp_path / "results.json"
    held = np.ones(10**8)  # what the process that starts another one holds is not counted
    run = [sys.executable, "-m", "benchmarks", "--sizes", "a", "--dtypes", "float64", "--only", "package"]
    run += ["package_again", "--budget", "0.1", "--no-growth", "--memory", "c", "--out", str(out)]
    printed = subprocess.run(run, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert "a (B 1, T 3, D 10, H 5, float64" in printed
    results = json.loads(out.read_text())
    (row,) = results["sizes"]
    assert row.keys() == ROW | {"size"} and row["rounds"] >= 3
    assert list(row["times"]) == ["products", "package", "package_again"]
    for time in row["times"].values():
        assert 0 < time["best"] <= time["median"]
    assert row["times"]["products"]["best_ratio"] == row["times"]["products"]["median_ratio"] == 1
    new, again = (one["six_arrays"] for one in results["memory"])
    assert 2.5 < new["first"] < 4.5 and 2.5 < new["second"] < 4.5
    assert again["second"] < 1 and held.all()


def test_the_results_of_the_book_are_whole():
    results = json.loads((ROOT / "benchmarks" / "results.json").read_text())
    assert set(results) == {"date", "machine", "versions", "titles", "left_out", "sizes", "growth", "memory"}
    assert {(row["size"], row["dtype"]) for row in results["sizes"]} == {
        (size, dtype) for size in "abcde" for dtype in ("float64", "float32")
    }
    assert {row["axis"] for row in results["growth"]} == set("BTH")
    for row in results["sizes"] + results["growth"]:
        assert row.keys() >= ROW and {"products", "package", "package_again"} <= row["times"].keys()
        assert row["times"].keys() <= {"products", *results["titles"]}


def test_who_is_not_there_is_left_out(monkeypatch):
    def missing(p):
        import no_such_framework  # noqa: F401

    monkeypatch.setitem(contenders.CONTENDERS, "pytorch", CONTENDERS["pytorch"]._replace(make=missing))
    versions, left_out = installed(["package", "pytorch"])
    assert list(versions) == ["package"]
    assert left_out == [{"title": "PyTorch", "reason": "No module named 'no_such_framework'"}]


@pytest.mark.sampled(5)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", ["package", "package_again", "package_compiled", "jax"])
def test_contenders_compute_the_same(name, dtype):
    h, d_x, _ = agreed(CONTENDERS[name].make, problem(2, 3, 4, 5, dtype))()
    assert h.shape == (2, 3, 5) and d_x.shape == (2, 3, 4) and h.dtype == d_x.dtype == dtype


def test_what_computes_something_else_is_refused():
    def wrong(p):
        h, d_x, rest = contenders.package(p)()
        return lambda: (h, d_x * (1 + 1e-9), rest)

    with pytest.raises(RuntimeError, match="wrong computes something else"):
        agreed(wrong, problem(2, 3, 4, 5, np.float64))


def test_times_are_in_turn():
    calls = []
    found = times([lambda: calls.append("a"), lambda: calls.append("b")], budget=0.0, rounds=4)
    assert found.shape == (2, 4) and (found > 0).all()
    turns = "".join(calls).replace("aa", "a")
    while "aa" in turns or "bb" in turns:
        turns = turns.replace("aa", "a").replace("bb", "b")
    assert turns.endswith("abababab")


def test_a_summary_is_of_best_and_median():
    found = summary((np.array([2.0, 4.0, 9.0]), np.array([1.0, 1.0, 3.0])))
    assert found == {"best": 2.0, "median": 4.0, "best_ratio": 2.0, "median_ratio": 3.0}


def test_both_backward_passes_on_jax_are_measured():
    row = on_jax.measured((2, 3, 4, 5), "float32", budget=0.0)
    assert row.keys() == ROW | {"bytes"} and row["times"].keys() == row["bytes"].keys() == on_jax.BACKWARD.keys()
    for name in on_jax.BACKWARD:
        assert 0 < row["times"][name]["best"] <= row["times"][name]["median"]
        # x, W, b and d_h in, h and three gradients out.
        assert row["bytes"][name]["argument"] >= 4 * (24 + 180 + 20 + 30) and row["bytes"][name]["temp"] > 0
    assert row["times"]["automatic"]["best_ratio"] == 1


def test_what_the_two_find_on_jax_is_compared():
    run = {"derived": lambda: (np.ones(2), np.ones(3)), "automatic": lambda: (np.ones(2), np.ones(3) + 1e-8)}
    on_jax.agreed(run, "float32")
    with pytest.raises(RuntimeError, match="the two backward passes differ"):
        on_jax.agreed(run, "float64")


def test_figures_of_other_devices_stay(tmp_path):
    file = tmp_path / "on_jax.json"
    assert on_jax.kept(file, "one") == []
    file.write_text(json.dumps([{"device": "one"}, {"device": "other"}]))
    assert on_jax.kept(file, "one") == [{"device": "other"}]


def test_the_figures_on_jax_are_whole():
    records = json.loads(on_jax.RESULTS.read_text())
    assert len({record["device"] for record in records}) == len(records) > 0
    for record in records:
        assert record.keys() == {"device", "platform", "cores", "date", "versions", "note", "rows"}
        assert {row["problem"] for row in record["rows"]} == on_jax.PROBLEMS.keys()
        for row in record["rows"]:
            assert row["times"].keys() == row["bytes"].keys() == on_jax.BACKWARD.keys()
