"""The derived backward pass on JAX beside JAX's own differentiation of the same forward pass.

`python -m benchmarks.on_jax` measures on the first of JAX's devices and writes on_jax.json, which a chapter of the book
reads. What the file holds of other devices stays.
"""

import argparse
import json
import os
import platform
import time
from datetime import date
from functools import partial
from pathlib import Path

import jax
import numpy as np

from benchmarks.__main__ import machine
from benchmarks.problem import SIZES, problem
from benchmarks.rounds import summary, times
from lstmderiv import __version__, on_jax
from lstmderiv.language_model import initial_parameters
from lstmderiv.lstm_cell import lstm_cell_step_backward

RESULTS = Path(__file__).with_name("on_jax.json")
DTYPES = ("float64", "float32")
B, T, D, H = SIZES["e"]
#: (B, T, D, H), or (B, T, D, H, V) of a language model: that of the book's chapter, and one with many words.
PROBLEMS = {name: SIZES[name] for name in "cde"} | {
    "10e": (B, 10 * T, D, H),
    "fable": (4, 24, 16, 32, 109),
    "text": (32, 100, 128, 256, 5000),
}
#: Who gives JAX the backward pass.
BACKWARD = {"derived": lstm_cell_step_backward, "automatic": None}


def sequence(sizes, dtype):
    """Forward and backward pass over a sequence, as a function of the backward step, and its arguments."""
    p = problem(*sizes, np.dtype(dtype))

    def both(backward, x, W, b, d_h):
        h, back = jax.vjp(lambda *arguments: on_jax.lstm(*arguments, backward=backward).h, x, W, b)
        return h, *back(d_h)

    return both, (p.x, p.W, p.b, p.d_h)


def model(sizes, dtype):
    """Mean loss of a language model and its gradients, likewise."""
    rng = np.random.default_rng(0)
    B, T, D, H, V = sizes
    parameters = jax.tree.map(lambda a: a.astype(dtype), on_jax.tree(initial_parameters(V, D, H, rng)))

    def both(backward, *arguments):
        return on_jax.language_model_gradients(*arguments, backward=backward)

    return both, (parameters, *rng.integers(0, V, (2, B, T)))


def compiled(sizes, dtype):
    """The two programs by name, and a function that runs each once."""
    both, arguments = (sequence if len(sizes) == 4 else model)(sizes, dtype)
    arguments = jax.device_put(arguments)
    programs = {
        name: jax.jit(partial(both, backward)).lower(*arguments).compile() for name, backward in BACKWARD.items()
    }
    return programs, {name: partial(_run, program, arguments) for name, program in programs.items()}


def _run(program, arguments):
    return jax.block_until_ready(program(*arguments))


def agreed(runs, dtype):
    """Raise RuntimeError unless the two programs' results are the same to rounding."""
    tolerance = 2e-3 if dtype == "float32" else 1e-10
    for mine, theirs in zip(*(jax.tree.leaves(run()) for run in runs.values()), strict=True):
        difference = np.abs(np.asarray(mine) - np.asarray(theirs)).max() / np.abs(np.asarray(theirs)).max()
        if not difference <= tolerance:
            raise RuntimeError(f"the two backward passes differ: {difference}")


def measured(sizes, dtype, budget):
    """One row of results."""
    programs, runs = compiled(sizes, dtype)
    agreed(runs, dtype)
    found = times(list(runs.values()), budget, clock=time.perf_counter)
    row = {**dict(zip("BTDHV", sizes)), "dtype": dtype, "rounds": found.shape[1]}
    row["times"] = {name: summary((own, found[-1])) for name, own in zip(runs, found)}
    row["bytes"] = {name: _memory(program.memory_analysis()) for name, program in programs.items()}
    return row


def _memory(analysis):
    """What the compiler lays out: arguments, results, and what lies between a forward and a backward pass."""
    return {kind: getattr(analysis, f"{kind}_size_in_bytes") for kind in ("argument", "output", "temp")}


def device():
    """The device's name, and how many cores its host has."""
    first = jax.devices()[0]
    name = machine()["processor"] if first.platform == "cpu" else first.device_kind
    return {"device": name, "platform": first.platform, "cores": os.cpu_count()}


def kept(path, name):
    """What a file holds of other devices."""
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return [one for one in found if one["device"] != name]


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.on_jax", description=__doc__)
    parser.add_argument("--problems", nargs="+", default=list(PROBLEMS), choices=list(PROBLEMS), metavar="NAME")
    parser.add_argument("--dtypes", nargs="+", default=DTYPES, choices=DTYPES)
    parser.add_argument("--budget", type=float, default=8.0, help="seconds for each problem (default: %(default)s)")
    parser.add_argument("--note", default="", help="what a reader of the figures should know")
    parser.add_argument("--out", type=Path, default=RESULTS, help="the file to write (default: beside this module)")
    chosen = parser.parse_args()
    # Single precision shall be that: some devices round the factors of a product further.
    jax.config.update("jax_default_matmul_precision", "highest")
    jax.config.update("jax_enable_x64", True)
    versions = {"Python": platform.python_version(), "JAX": jax.__version__, "lstmderiv": __version__}
    results = {**device(), "date": date.today().isoformat(), "versions": versions, "note": chosen.note, "rows": []}
    for name in chosen.problems:
        for dtype in chosen.dtypes:
            row = {"problem": name, **measured(PROBLEMS[name], dtype, chosen.budget)}
            results["rows"].append(row)
            own, other = (row["bytes"][who]["temp"] for who in BACKWARD)
            ratio = row["times"]["derived"]
            print(f"{name} {dtype}, {row['rounds']} rounds, derived / automatic:", end=" ")
            print(f"time {ratio['best_ratio']:.2f} / {ratio['median_ratio']:.2f}, memory {own / other:.2f}", flush=True)
    everything = [*kept(chosen.out, results["device"]), results]
    chosen.out.write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")
    print(f"Written: {chosen.out}")


if __name__ == "__main__":
    main()
