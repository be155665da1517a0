"""`python -m crosscheck`: runs every framework on every case, writes results.json, and says whether all is as known."""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from crosscheck.frameworks import NAMES
from crosscheck.results import RESULTS, lost, written

__all__ = ["main"]


def main(arguments=None):
    """Run the frameworks and return the exit code: 0 if everything is as known, 1 if not."""
    parser = argparse.ArgumentParser(prog="python -m crosscheck", description=__doc__)
    parser.add_argument("frameworks", nargs="*", metavar="FRAMEWORK", help=f"some of {', '.join(NAMES)}; all if none")
    chosen = parser.parse_args(arguments).frameworks or list(NAMES)
    for name in chosen:
        if name not in NAMES:
            parser.error(f"FRAMEWORK: expected one of {', '.join(NAMES)}, got {name!r}")
    before = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {"frameworks": {}}
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        ran = dict(zip(chosen, pool.map(_run, chosen)))
    faults, found = [], dict(before["frameworks"])
    for name, (result, problems) in ran.items():
        faults += [f"{name}: {problem}" for problem in problems]
        if isinstance(result, str):
            print(f"{name}: could not be run: {result}")
        elif result is not None:
            faults += [f"{name}: {case}" for case in lost(before["frameworks"].get(name), result)]
            found[name] = result
            print(_line(result))
    if faults:
        print("\nNot as known (crosscheck/known.toml) or worse than before; results.json is left as it was:")
        print("\n".join(faults))
        return 1
    RESULTS.write_text(written({name: found[name] for name in NAMES if name in found}), encoding="utf-8")
    print(f"\nEverything is as known. Written: {RESULTS.relative_to(Path.cwd())}")
    return 0


def _run(name):
    """(found, faults) of one framework, run in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "found.json")
        command = [sys.executable, "-m", "crosscheck.worker", name, str(path)]
        ended = subprocess.run(command, capture_output=True, text=True, errors="replace")
        missing = re.search(r"ModuleNotFoundError: (No module named .*)", ended.stderr)
        if ended.returncode and missing:
            return missing[1], []
        if ended.returncode:
            return None, [f"the run ended with code {ended.returncode}:\n{ended.stderr[-2000:]}"]
        result = json.loads(path.read_text(encoding="utf-8"))
        return result["found"], result["faults"]


def _line(result):
    outcomes = [case["outcome"] for case in result["cases"].values()]
    counted = ", ".join(
        f"{outcomes.count(outcome)} {outcome}" for outcome in ("agrees", "differs", "refuses", "cannot")
    )
    versions = ", ".join(f"{package} {version}" for package, version in result["versions"].items())
    return f"{result['title']} ({versions}), {result['dtype']}: {len(outcomes)} cases: {counted}"


if __name__ == "__main__":
    sys.exit(main())
