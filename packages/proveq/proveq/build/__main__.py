"""Build a book: `python -m proveq.build FOLDER`, with `conf.py` in the current folder.

Says at once if nothing has changed since the last clean build, and otherwise what it does as long as it runs. The site
is in build/html. A build that fails leaves none: its pages are then in build/rejected, and the next build goes on from
there.
"""

from __future__ import annotations

import argparse
import io
import locale
import os
import shutil
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path

from .stamp import Stamp, environment, tree

__all__ = ["main"]

#: Pages read at a time, for each core: they differ much in what they take, and wait for their kernels.
TASKS = 3


def main(arguments: list[str] | None = None) -> int:
    """Build; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m proveq.build", description="Build a book.")
    parser.add_argument("folder", help="the folder of its pages")
    parser.add_argument("--output", default="build", help="where everything that is built goes (build)")
    chosen = parser.parse_args(arguments)
    root, output = Path.cwd(), Path(chosen.output)
    site, rejected, stamp = output / "html", output / "rejected", Stamp(output / "stamp.json")

    if refused := impossible(root, output):
        print(refused)
        return 2
    have_a_locale()
    around, inputs = environment(), tree(root, (chosen.output,))
    found = tree(site) if site.is_dir() else {}
    if found and stamp.holds(inputs, around, found):
        print(f"{stamp.said}\nNothing has changed since the book was built: open {site / 'index.html'}")
        return 0
    if rejected.is_dir() and not site.exists():
        rejected.rename(site)
    for name in stamp.strays(found) if stamp.said else ():
        (site / name).unlink()
    stamp.forget()

    forget_compiled(root, output)
    print("Building the book: cells are run and equations checked where anything has changed.", flush=True)
    start = time.monotonic()
    status, said = run(root, Path(chosen.folder), output)
    if status:
        shutil.rmtree(rejected, ignore_errors=True)
        if site.exists():
            site.rename(rejected)
        print("\nThe book was NOT built: see the errors above. They stay until they are mended.")
        print(f"There is no site; the pages, for finding the faults, are in {rejected}.")
        return status
    # What was changed while the book was built may or may not be in it: the next build will look.
    if (environment(), tree(root, (chosen.output,))) == (around, inputs):
        stamp.keep(inputs, around, tree(site), said)
    print(f"{said}\nThe book is built in {time.monotonic() - start:.1f} s: open {site / 'index.html'}")
    return 0


def impossible(root: Path, output: Path) -> str:
    """Why no book can be built here, in a line; empty if nothing is against it."""
    if os.pathsep in str(root):
        return f"No book is built below a name with {os.pathsep!r}, which separates search paths; move it: {root}"
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return f"The folder for what is built cannot be made ({error.strerror}): {output}"
    return "" if os.access(output, os.W_OK) else f"The folder for what is built cannot be written to: {output}"


def have_a_locale() -> None:
    """Sphinx asks for the user's locale, and ends where it is not installed: then it is one that is."""
    for name in ("", "C.UTF-8", "C"):
        try:
            locale.setlocale(locale.LC_ALL, name)
        except locale.Error:
            continue
        if name:
            print(f"The locale of the environment is not installed; the book is built in {name}.")
            os.environ["LC_ALL"] = name
        return


def forget_compiled(root: Path, output: Path) -> None:
    """Delete compiled modules of the project: Python takes one for fresh whose source has its old time and length."""
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    apart = {Path(sys.prefix).resolve(), output.resolve()}
    for folder, inner, _files in os.walk(root):
        inner[:] = [name for name in inner if not name.startswith(".") and Path(folder, name).resolve() not in apart]
        if Path(folder).name == "__pycache__":
            shutil.rmtree(folder)


def run(root: Path, folder: Path, output: Path) -> tuple[int, str]:
    """Run Sphinx; returns its exit status, and what the book says of itself."""
    from sphinx.cmd.build import main as sphinx

    options = ["-q", "-c", str(root), "-d", str(output / "doctrees"), "-b", "html"]
    options += ["-n", "-W", "--keep-going", "-j", str(TASKS * (os.cpu_count() or 1))]
    os.environ["PROVEQ_PROGRESS"] = "1"
    said = io.StringIO()
    with redirect_stdout(said):
        status = sphinx([*options, str(folder), str(output / "html")])
    return status, said.getvalue().strip()


if __name__ == "__main__":
    sys.exit(main())
