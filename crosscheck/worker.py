"""Runs all cases of one framework, in a process of its own: `python -m crosscheck` starts one for each."""

import importlib
import json
import sys
import traceback
from importlib.metadata import version

from crosscheck import variations
from crosscheck.compare import compared
from crosscheck.known import known_of
from lstmderiv.interchange import to_framework

__all__ = ["Runner", "main"]


class Runner:
    """The cases of one framework, as they are run: `cases` by name, and `faults`, what nothing explains."""

    def __init__(self, name, module):
        self.module, self.cases, self.faults = module, {}, []
        self.known = dict.fromkeys(known_of(name), 0)

    def all(self):
        """Run every case: the framework's home, each variation alone, and what agrees alone in combination."""
        for cell in variations.CELLS:
            base = variations.home(cell, self.module.HOME["labels"])
            self.one(cell, base, ())
            alone = [v for v in variations.singles(cell, base) if self.one(cell, base, (v,)) == "agrees"]
            pairs = variations.pairs(alone) if self.module.HOME.get("pairs", True) else []
            for several in (*pairs, *variations.full(cell, base, alone)):
                self.one(cell, base, several)
        for entry, times in self.known.items():
            if not times:
                self.faults.append(f"known.toml: no case is explained by: {entry.reason}")

    def one(self, cell, base, chosen):
        """Run one case, note what came of it, and return the outcome."""
        labelled = variations.joined(base, chosen)
        case = variations.build(cell, labelled, self.module.HOME["finished"][0])
        if case is None:
            return None
        if case.name not in self.cases:
            self.cases[case.name] = self._outcome(cell, case, labelled)
            if len(chosen) < 2:
                # What is varied alone: the label of a feature, or none for what all cases of the framework have.
                self.cases[case.name]["alone"] = chosen[0].label if chosen else ""
        return self.cases[case.name]["outcome"]

    def _outcome(self, cell, case, varied):
        finished, layout = case.network.options.finished, case.network.options.layout
        if layout not in self.module.HOME.get("layouts", (layout,)):
            return {"outcome": "cannot", "reason": f"layout: expected batch_first, got {layout}"}
        if case.lengths is not None and not self.module.HOME.get("lengths", True):
            return {"outcome": "cannot", "reason": "lengths: expected None, as its operators have none"}
        if case.lengths is not None and finished not in self.module.HOME["finished"]:
            puts_out = " or ".join(self.module.HOME["finished"])
            return {"outcome": "cannot", "reason": f"finished: expected {puts_out}, got {finished}"}
        try:
            weights = to_framework(self.module.CONVENTION, case.network)
        except ValueError as error:
            return {"outcome": "cannot", "reason": str(error)}
        error = ""
        try:
            outputs, gradients = self.module.run(case, weights)
        except Exception as raised:
            result, error = {"outcome": "refuses"}, f"{type(raised).__name__}: {raised}"
            trace = traceback.format_exc(limit=-3)
        else:
            result = compared(case, weights, self.module.DTYPE, outputs, gradients)
        entries = [entry for entry in self.known if entry.explains(cell, varied)]
        for entry in entries:
            self.known[entry] += 1
            if entry.fits(result, error):
                numbers = result if entry.measured else {"outcome": result["outcome"]}
                return {**numbers, "reason": entry.reason}
        if entries:
            self.faults.append(f"{case.name}: expected to be otherwise ({entries[0].reason}), got {result} {error}")
        elif result["outcome"] != "agrees":
            self.faults.append(f"{case.name}: {trace if error else result}")
        return result


def main(name, path):
    """Run the cases of a framework and write to `path` what was found, and what is at fault."""
    module = importlib.import_module(f"crosscheck.frameworks.{name}")
    runner = Runner(name, module)
    runner.all()
    found = {
        "title": module.TITLE,
        "dtype": module.DTYPE,
        "pairs": module.HOME.get("pairs", True),
        "versions": {package: version(package).split("+")[0] for package in module.PACKAGES},
        "cases": dict(sorted(runner.cases.items())),
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"found": found, "faults": runner.faults}, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
