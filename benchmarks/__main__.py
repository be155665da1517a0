"""`make bench`: measures, prints, and writes results.json, which the book's page of benchmarks reads."""

import argparse
import json
import os
import platform
from datetime import date
from pathlib import Path

import numpy as np

from benchmarks import memory
from benchmarks.contenders import CONTENDERS, agreed, installed
from benchmarks.problem import SIZES, necessary_products, problem
from benchmarks.rounds import summary, times
from lstmderiv import __version__

RESULTS = Path(__file__).with_name("results.json")
DTYPES = ("float64", "float32")
#: What each axis grows through, while the others stay as they are in GROWN.
GROWN = {"B": 16, "T": 64, "D": 64, "H": 128}
GROWTH = {"T": (16, 32, 64, 128, 256, 512), "B": (1, 4, 16, 64, 256), "H": (16, 32, 64, 128, 256, 512)}


def measured(names, sizes, dtype, budget):
    """One row of results: every contender and the products, in turn."""
    p = problem(*sizes, np.dtype(dtype))
    functions = {"products": necessary_products(p)} | {
        name: agreed(CONTENDERS[name].make, p) for name in names if dtype in CONTENDERS[name].dtypes
    }
    found = times(list(functions.values()), budget)
    row = {**dict(zip("BTDH", sizes)), "dtype": dtype, "rounds": found.shape[1]}
    return row | {"times": {name: summary((own, found[0])) for name, own in zip(functions, found)}}


def machine():
    """The processor, and what of it this process may use."""
    processor = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        found = (line.split(":", 1)[1].strip() for line in information.read_text().splitlines() if "model name" in line)
        processor = next(found, processor)
    simd = np.show_config(mode="dicts")["SIMD Extensions"]["found"]
    return {"processor": processor, "cores": os.cpu_count(), "system": platform.system(), "simd": simd}


def show(title, row):
    """Print one row of results."""
    cells = (f"{name} {t['best_ratio']:.2f} / {t['median_ratio']:.2f}" for name, t in row["times"].items())
    sizes = ", ".join(f"{axis} {row[axis]}" for axis in "BTDH")
    print(f"{title} ({sizes}, {row['dtype']}, {row['rounds']} rounds):", ", ".join(list(cells)[1:]), flush=True)


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--sizes", default="".join(SIZES), help="letters of the sizes (default: %(default)s)")
    parser.add_argument("--dtypes", nargs="+", default=DTYPES, choices=DTYPES)
    parser.add_argument("--only", nargs="+", default=list(CONTENDERS), choices=list(CONTENDERS), metavar="NAME")
    parser.add_argument("--budget", type=float, default=8.0, help="seconds for each size (default: %(default)s)")
    parser.add_argument("--memory", default="d", help="letters of the sizes whose memory is measured")
    parser.add_argument("--no-growth", action="store_true", help="leave the growth with T, B and H out")
    parser.add_argument("--out", type=Path, default=RESULTS, help="the file to write (default: beside this module)")
    chosen = parser.parse_args()
    if unknown := set(chosen.sizes + chosen.memory) - set(SIZES):
        parser.error(f"unknown sizes: {', '.join(sorted(unknown))}; known are {', '.join(SIZES)}")

    versions, left_out = installed(chosen.only)
    for one in left_out:
        print(f"left out: {one['title']}: {one['reason']}")
    results = {
        "date": date.today().isoformat(),
        "machine": machine(),
        "versions": {"Python": platform.python_version(), "NumPy": np.__version__, "lstmderiv": __version__}
        | {CONTENDERS[name].title.split(",")[0]: found for name, found in versions.items()},
        "titles": {name: CONTENDERS[name].title for name in versions},
        "left_out": left_out,
        "sizes": [],
        "growth": [],
        "memory": [],
    }
    for letter in chosen.sizes:
        for dtype in chosen.dtypes:
            row = {"size": letter, **measured(versions, SIZES[letter], dtype, chosen.budget)}
            results["sizes"].append(row)
            show(letter, row)
    for axis, values in {} if chosen.no_growth else GROWTH.items():
        for value in values:
            sizes = tuple((GROWN | {axis: value})[name] for name in "BTDH")
            row = {"axis": axis, **measured(versions, sizes, chosen.dtypes[0], chosen.budget / 4)}
            results["growth"].append(row)
            show(f"growth with {axis}", row)
    for letter in chosen.memory:
        for name in versions:
            if chosen.dtypes[0] not in CONTENDERS[name].dtypes:
                continue
            row = {"size": letter, "dtype": chosen.dtypes[0], "name": name}
            row |= memory.in_a_process(name, letter, chosen.dtypes[0])
            results["memory"].append(row)
            print(f"memory at {letter}, {name}: {row['six_arrays']}", flush=True)
    chosen.out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(f"Written: {chosen.out}")


if __name__ == "__main__":
    main()
