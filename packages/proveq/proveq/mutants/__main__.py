"""Put small mistakes into the book and its package, and say which of them nothing notices: `python -m proveq.mutants`.

Run it in the folder of `conf.py`, after a build. Nothing is written there: mutants are put into copies.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path

from .kinds import KINDS
from .run import Result, run
from .verdict import Unusable

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Judge mutants; return 0 if all that were tried are noticed or excused, 1 if not, 2 if nothing can be said."""
    parser = argparse.ArgumentParser(prog="python -m proveq.mutants", description=__doc__.partition("\n")[0])
    parser.add_argument("--kind", default="", help=f"some of {', '.join(KINDS)}; by default all")
    parser.add_argument("--only", default="", help="files whose path begins so")
    parser.add_argument("--seconds", type=float, default=180, help="for how long mutants are drawn (180)")
    parser.add_argument("--all", action="store_true", help="every mutant, however long it takes")
    parser.add_argument("--seed", type=int, default=1, help="of the order in which they are drawn (1)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--record", type=Path, help="a file for every verdict, as JSON")
    chosen = parser.parse_args(arguments)
    kinds = chosen.kind.replace(",", " ").split() or list(KINDS)
    if unknown := sorted(set(kinds) - KINDS.keys()):
        print(f"--kind: expected some of {', '.join(KINDS)}, got {', '.join(unknown)}")
        return 2
    if not Path("build", "cells").is_dir():
        print("There is no build whose cells have run: build the book first.")
        return 2
    seconds = None if chosen.all else chosen.seconds
    lasting = "all of them" if chosen.all else f"for {chosen.seconds:g} s"
    print(f"Mutants, {lasting}, on {chosen.processes} processes, seed {chosen.seed}.", flush=True)
    result = None
    try:
        for result in run(Path.cwd(), kinds, chosen.seed, seconds, chosen.processes, chosen.only):
            if chosen.record:
                _record(result, chosen.record)
    except (ValueError, Unusable) as error:
        print(error)
        return 2
    except KeyboardInterrupt:
        print("Interrupted: what was known until then.")
    return _report(result) if result else 2


def _report(result: Result) -> int:
    print(result.table())
    for mutant in result.alive:
        print(f"alive: {mutant}")
    excused = [(mutant, reason) for mutant, verdict, reason in result.verdicts if reason and not verdict.by]
    for mutant, reason in excused:
        print(f"equivalent, {reason}: {mutant}")
    for problem in result.problems:
        print(f"problem: {problem}")
    if not (result.verdicts or result.problems):
        print("None could be tried in that time.")
        return 2
    if not (result.alive or result.problems):
        print("Every mutant that was tried is noticed, or changes nothing.")
    return 1 if result.alive or result.problems else 0


def _record(result: Result, path: Path) -> None:
    entries = [asdict(mutant) | asdict(verdict) | {"reason": reason} for mutant, verdict, reason in result.verdicts]
    path.write_text(json.dumps(entries, indent=1), encoding="utf-8")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends it, the copies go too
    sys.exit(main())
