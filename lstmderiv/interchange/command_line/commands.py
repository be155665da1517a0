"""What each command does: from parsed arguments to (text, exit code). Files are written whole or not at all."""

import textwrap
from argparse import Namespace
from fnmatch import fnmatchcase

import numpy as np

import lstmderiv
from lstmderiv.checks import ArgumentError
from lstmderiv.interchange.command_line.inputs import chosen_names, given_case, writable, write_arrays
from lstmderiv.interchange.command_line.tables import case_heading, tensor_text
from lstmderiv.interchange.precision.report import precision as run_in_formats
from lstmderiv.interchange.precision.word_length import smallest_fixed_point
from lstmderiv.interchange.vectors.cases import case_names, golden_case
from lstmderiv.interchange.vectors.files import write_case

__all__ = ["cases", "precision", "trace", "version"]

_TITLES = {
    "inputs": "inputs",
    "parameters": "parameters",
    "forward": "forward pass",
    "upstream": "gradients of the loss that the case gives",
    "backward": "backward pass",
}


def version() -> str:
    """The package's name and version."""
    return f"lstmderiv {lstmderiv.__version__}"


def cases(given: Namespace) -> tuple[str, int]:
    """List the golden cases that fit a pattern."""
    names = [name for name in case_names() if fnmatchcase(name, given.pattern)]
    if not names:
        raise ArgumentError("pattern", "one that fits a golden case", repr(given.pattern))
    width = max(map(len, names))
    lines = [
        line
        for name in names
        for line in textwrap.wrap(
            f"{name:{width}}  {golden_case(name).description}", 100, subsequent_indent=" " * (width + 2)
        )
    ]
    return "\n".join(lines), 0


def trace(given: Namespace) -> tuple[str, int]:
    """Print or save the tensors of a case."""
    if not 1 <= given.digits <= 17:
        raise ArgumentError("digits", "an integer in 1..17", given.digits)
    target = None if given.save is None else writable(given.save)
    case = given_case(given.case)
    if given.dtype is not None:
        case = case.astype(np.dtype(given.dtype))
    sections = case.sections()
    tensors = {name: array for part in sections.values() for name, array in part.items()}
    names = chosen_names(tensors, given.tensor)
    if target is None:
        parts = [case_heading(case)]
        for section, title in _TITLES.items():
            found = [name for name in sections[section] if name in names]
            shown = [tensor_text(name, tensors[name], case.network.options, given.digits) for name in found]
            parts += ["\n".join([f"# {title}", *shown])] if shown else []
        return "\n\n".join(parts), 0
    if given.tensor:
        write_arrays(target, {name: tensors[name] for name in names})
    else:
        write_case(target, case)
    return f"written: {target}, {len(names)} tensor{'s' if len(names) > 1 else ''} of {case.name}", 0


def precision(given: Namespace) -> tuple[str, int]:
    """Print ranges and errors of a case in number formats, or the smallest word."""
    case = given_case(given.case)
    if given.smallest is not None:
        if given.by_step:
            raise ArgumentError("by-step", "--format", "--smallest")
        names = chosen_names((name for name in case.tensors() if name != "lengths"), given.tensor or ["y"])
        found = smallest_fixed_point(case, given.smallest, tensors=names)
        return f"{found}", 0
    parts = []
    for one in given.formats:
        report = run_in_formats(case, one)
        names = chosen_names(report.tensors, given.tensor)
        parts += [report.steps_text(name) for name in names] if given.by_step else [report.text(names)]
    return "\n\n".join(parts), 0
