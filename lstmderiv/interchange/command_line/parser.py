"""What the command line takes, and the help that teaches it."""

import argparse
from argparse import ArgumentParser
from typing import Any, NoReturn

from lstmderiv.interchange.command_line import commands, exchange

__all__ = ["Mistaken", "parser"]

_PROGRAM = "python -m lstmderiv"
_CODES = """\
exit codes:
  0    all is well; for diagnose: everything given agrees
  1    diagnose found a difference
  2    a mistake in the command or in a file: one line on the standard error says which
  3    a fault of this program; with `python -X dev -m lstmderiv` it shows its traceback
  130, 141    stopped with Ctrl-C; the program that read the output has ended
"""
_CASE = "a golden case's name (see `cases`), or a file that ends in .json or .npz"
_PATTERN = (
    "only tensors that fit: a name, whole (layer0.forward.c) or without its place (c), "
    "with * and ? for any letters; may be repeated"
)


class Mistaken(Exception):
    """A mistake in the arguments, in one line."""


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help of the same width everywhere, in paragraphs as they are written."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=16, width=96)


class _Once(argparse.Action):
    """An option with one value: given twice, neither is meant more than the other."""

    def __call__(self, parser, namespace, values, option_string=None):
        seen = vars(namespace).setdefault("seen", set())
        if option_string is not None and self.dest in seen:
            parser.error(f"argument {option_string}: expected once, got twice")
        seen.add(self.dest)
        setattr(namespace, self.dest, values)


class _Parser(argparse.ArgumentParser):
    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        for kind in (None, "store"):
            self.register("action", kind, _Once)

    def error(self, message: str) -> NoReturn:
        raise Mistaken(f"{self.prog}: {message}; see {self.prog} --help")


def parser() -> ArgumentParser:
    """The parser of all commands; what it returns has `run`, the command's function, and `program`, its name."""
    top = _Parser(
        prog=_PROGRAM,
        description=(
            "A reference to check an LSTM, GRU or plain recurrent network against, forward and backward.\n"
            "A case is an operator with all its options, weights, inputs and upstream gradients."
        ),
        epilog=_example(
            "which inputs there are, what comes out, and whether yours is the same",
            "cases",
            "trace lstm-plain --tensor c --tensor y",
            "diagnose mine.npz --case lstm-plain",
        ),
        formatter_class=_Help,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=commands.version())
    subparsers = top.add_subparsers(metavar="COMMAND", title="commands", required=True, parser_class=_Parser)
    for add in (_cases, _trace, _vectors, _diagnose, _convert, _conventions, _precision):
        add(subparsers)
    return top


def _example(what, *lines):
    shown = "\n".join(f"  {_PROGRAM} {line}" for line in lines)
    return f"example, {what}:\n{shown}\n\n{_CODES}"


def _command(subparsers, run, summary, more, example):
    name = run.__name__
    made = subparsers.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.\n{more}".rstrip(),
        epilog=_example(*example),
        formatter_class=_Help,
        allow_abbrev=False,
    )
    made.set_defaults(run=run, program=f"{_PROGRAM} {name}")
    return made


def _tensor(made):
    made.add_argument("--tensor", metavar="PATTERN", action="append", default=[], help=_PATTERN)


def _cases(subparsers):
    made = _command(
        subparsers,
        commands.cases,
        "list the golden cases",
        "Every line is a name that other commands take as CASE, and what sets the case apart.",
        ("the cases of the GRU", "cases 'gru-*'"),
    )
    made.add_argument("pattern", metavar="PATTERN", nargs="?", default="*", help="only names that fit, with * and ?")


def _trace(subparsers):
    made = _command(
        subparsers,
        commands.trace,
        "print or save every intermediate of a case, forward and backward",
        "Numbers stand by step t and row b, both counted from 0; those of weights by their indices.\n"
        "Blocks of weights stand in the order f, i, g, o (LSTM) or r, u, g (GRU).",
        (
            "the cell states and their gradients; then all tensors in single precision as a file",
            "trace lstm-plain --tensor c --tensor d_c",
            "trace lstm-plain --dtype float32 --save trace.npz",
        ),
    )
    made.add_argument("case", metavar="CASE", help=_CASE)
    _tensor(made)
    made.add_argument("--dtype", choices=("float64", "float32", "float16"), help="compute in this type, not the case's")
    made.add_argument("--digits", type=int, default=7, metavar="N", help="significant digits, 1 to 17 (default: 7)")
    made.add_argument(
        "--save",
        metavar="FILE",
        help="write to this file, .json or .npz, in place of printing; without --tensor a whole case, readable as CASE",
    )


def _vectors(subparsers):
    made = _command(
        subparsers,
        exchange.vectors,
        "write the suite of golden vectors",
        "OUT becomes a folder of all golden cases as JSON and .npz, in float64 and float32, with a schema,\n"
        "a manifest of digests, and ONNX test cases. It must not exist, or be empty.",
        ("the suite, without the ONNX test cases, which need the package onnx", "vectors suite --no-onnx"),
    )
    made.add_argument("out", metavar="OUT", help="the folder to make")
    made.add_argument("--no-onnx", action="store_true", help="without ONNX test cases")


def _diagnose(subparsers):
    made = _command(
        subparsers,
        exchange.diagnose,
        "say where your numbers differ from a case, and which known mistake explains it",
        "MINE holds arrays that your implementation computed from the case's inputs and weights, under the names\n"
        "that `trace` prints; any of them will do, y, h_last and the gradients of the weights for a start.\n"
        'The case\'s name may also stand in MINE, as a string named "case".',
        ("from Python", "diagnose mine.npz --case lstm-plain"),
    )
    made.add_argument("mine", metavar="MINE", help="a file that ends in .npz (as numpy.savez writes) or .json")
    made.add_argument("--case", metavar="CASE", help=_CASE)
    made.add_argument("--framework", metavar="NAME", help="gradients of weights bear this framework's names")


def _convert(subparsers):
    made = _command(
        subparsers,
        exchange.convert,
        "convert the weights of a framework to another's",
        "IN and OUT hold arrays under the frameworks' own parameter names. The settings that the target needs beside\n"
        "its weights are printed.",
        (
            "a PyTorch LSTM, saved with numpy.savez, for Keras",
            "convert torch.npz keras.npz --from pytorch --to keras --cell lstm --set batch_first=true",
        ),
    )
    made.add_argument("source", metavar="IN", help="a file that ends in .npz (as numpy.savez writes) or .json")
    made.add_argument("target", metavar="OUT", help="the file to write, .npz or .json")
    made.add_argument("--from", dest="source_framework", metavar="FRAMEWORK", required=True, help="see `conventions`")
    made.add_argument("--to", dest="target_framework", metavar="FRAMEWORK", required=True, help="see `conventions`")
    made.add_argument("--cell", choices=("lstm", "gru", "rnn"), required=True)
    made.add_argument(
        "--prefix", metavar="TEXT", help="what the names of the source begin with; arrays of other names are left alone"
    )
    made.add_argument(
        "--set",
        dest="settings",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="what the source's arrays do not say, in its own terms; true, false, none, numbers, JSON lists or words; "
        "may be repeated",
    )


def _conventions(subparsers):
    made = _command(
        subparsers,
        exchange.conventions,
        "show the conventions of a framework, or list the frameworks",
        "Order of the gates, names and axes of the arrays, biases, forget bias, what it cannot express, and sources.",
        ("what Keras stores", "conventions keras"),
    )
    made.add_argument("framework", metavar="FRAMEWORK", nargs="?")


def _precision(subparsers):
    made = _command(
        subparsers,
        commands.precision,
        "show ranges, and what a number format costs, tensor by tensor",
        "A FORMAT is float16, float32, float64, or fixed:WORD:FRACTION (fixed:16:12 has 16 bits, 12 after the point;\n"
        "fixed:16:12:wrap wraps around where others saturate); or formats by kind of tensor (inputs, weights,\n"
        "pre_activations, gates, states, gradients), by name, or for the rest (default):\n"
        "weights=fixed:8:6,c=fixed:32:20,default=fixed:16:12.",
        (
            "two formats; one of them step by step; the smallest word for an error of the outputs",
            "precision lstm-plain --format float16 --format fixed:16:12",
            "precision lstm-plain --format fixed:16:12 --tensor c --by-step",
            "precision lstm-plain --smallest 1e-3 --tensor y",
        ),
    )
    made.add_argument("case", metavar="CASE", help=_CASE)
    asked = made.add_mutually_exclusive_group(required=True)
    asked.add_argument("--format", dest="formats", metavar="FORMAT", action="append", help="may be repeated")
    asked.add_argument(
        "--smallest",
        type=float,
        metavar="ERROR",
        help="print the fixed-point format of the fewest bits whose error, in norm and relative, is at most this in "
        "every --tensor (default: y)",
    )
    _tensor(made)
    made.add_argument("--by-step", action="store_true", help="a table for each tensor, with a line for each step")
