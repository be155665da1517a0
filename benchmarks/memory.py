"""How much memory a pass takes at its peak: `python -m benchmarks.memory package d float64` prints bytes as JSON.

It is the peak of the process over what it held before the pass, so each pass has a process of its own.
"""

import json
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np

from benchmarks.contenders import CONTENDERS
from benchmarks.problem import SIZES, problem

_STATUS = Path("/proc/self/status")


def _peak():
    """The most memory that this process has held, in bytes."""
    if _STATUS.exists():  # on Linux, where the other number begins with that of the process which started this one
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    # In bytes on macOS.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def peaks(name, size, dtype):
    """The peak of a first pass over what was held before it, and of a second over that; the first result is kept."""
    p = problem(*SIZES[size], np.dtype(dtype))
    run = CONTENDERS[name].make(p)
    before = _peak()
    results = [run()]
    first = _peak()
    results.append(run())
    return {"first": first - before, "second": _peak() - first}


def in_a_process(name, size, dtype):
    """`peaks` of a fresh process, and the same as multiples of six arrays (T, B, H)."""
    command = [sys.executable, "-m", "benchmarks.memory", name, size, dtype]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    B, T, _, H = SIZES[size]
    array = B * T * H * np.dtype(dtype).itemsize
    return {"bytes": found, "six_arrays": {when: value / (6 * array) for when, value in found.items()}}


if __name__ == "__main__":
    print(json.dumps(peaks(*sys.argv[1:])))
