"""The file of results: one line a case, sorted, so that two runs can be compared line by line."""

import json
from pathlib import Path

from crosscheck.compare import TOLERANCE
from crosscheck.known import not_run
from crosscheck.variations import features

__all__ = ["RESULTS", "lost", "written"]

RESULTS = Path(__file__).with_name("results.json")


def lost(before, now):
    """What agreed in earlier results of a framework and does not any more."""
    if before is None:
        return []
    agreed = [name for name, case in before["cases"].items() if case["outcome"] == "agrees"]
    return [
        f"{name}: agreed before, now {now['cases'].get(name, {'outcome': 'not run'})}"
        for name in agreed
        if now["cases"].get(name, {}).get("outcome") != "agrees"
    ]


def written(frameworks):
    """The text of the file."""
    lines = ["{", f'"tolerance": {json.dumps(TOLERANCE)},', f'"features": {json.dumps(features())},']
    lines += [f'"not_run": {json.dumps(not_run())},', '"frameworks": {']
    for name, found in frameworks.items():
        head = {key: value for key, value in found.items() if key != "cases"}
        lines.append(f'{json.dumps(name)}: {json.dumps(head)[:-1]}, "cases": {{')
        lines += [f"{json.dumps(case)}: {json.dumps(result)}," for case, result in found["cases"].items()]
        lines[-1] = lines[-1].removesuffix(",")
        lines.append("}},")
    lines[-1] = lines[-1].removesuffix(",")
    return "\n".join([*lines, "}", "}", ""])
