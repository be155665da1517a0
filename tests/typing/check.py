"""The types as a user's tools see them: mypy on `user.py`, and how complete pyright finds the package's.

    python tests/typing/check.py

Fails if mypy finds another mistake in `user.py` than those marked there, or not all of them, or if fewer than
95 of 100 public symbols have a known type.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PACKAGE = HERE.parents[1] / "lstmderiv"
TOOLS = Path(sys.executable).parent
USER = HERE / "user.py"
LEAST = 95.0


def marked(source):
    """The mistakes that a source is marked with, as (line, code of mypy)."""
    lines = enumerate(source.splitlines(), 1)
    return {(number, found[1]) for number, line in lines if (found := re.search(r"# error: ([a-z-]+)$", line))}


def mistakes():
    """The mistakes that mypy finds in `user.py`, and what it said."""
    command = [TOOLS / "mypy", "--strict", "--follow-imports=silent", "--no-error-summary", USER]
    said = subprocess.run(command, capture_output=True, text=True, cwd=PACKAGE.parent)
    text = said.stdout + said.stderr
    return {
        (int(line), code) for line, code in re.findall(r"user\.py:(\d+): error: .*\[([a-z-]+)\]$", text, re.M)
    }, text


def completeness(package, *, without=()):
    """How many of 100 public symbols of a package have a known type, and what pyright said."""
    with tempfile.TemporaryDirectory() as folder:
        # Pyright looks for a package only where one is installed.
        ignore = shutil.ignore_patterns("__pycache__", *without)
        shutil.copytree(package, Path(folder) / package.name, ignore=ignore)
        environment = {**os.environ, "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": folder}
        command = [TOOLS / "basedpyright", "--verifytypes", package.name, "--ignoreexternal"]
        said = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)
    score = re.search(r"^Type completeness score: ([\d.]+)%", said.stdout, re.M)
    return float(score[1]) if score else 0.0, said.stdout + said.stderr


def main():
    expected = marked(USER.read_text(encoding="utf-8"))
    found, said = mistakes()
    if found != expected:
        for line, code in sorted(expected ^ found):
            word = "not found" if (line, code) in expected else "found, not marked"
            print(f"{USER.name}:{line}: {code}: {word}")
        print(said)
        return 1
    # The proving machine is no part of what implementers import.
    score, said = completeness(PACKAGE, without=("verify",))
    if score < LEAST:
        print(f"{said}\npublic types of {PACKAGE.name}: expected at least {LEAST} % complete, got {score} %")
        return 1
    print(f"Types: {len(found)} marked mistakes found, {score} % of the public symbols known.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
