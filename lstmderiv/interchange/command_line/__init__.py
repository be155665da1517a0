"""`python -m lstmderiv`: golden vectors, traces, diagnosis, conversion and precision from a shell.

A user's mistake is one line on the standard error and the exit code 2, never a traceback.
"""

import errno
import os
import sys
from collections.abc import Sequence

import numpy as np

from lstmderiv.checks import ArgumentError, ArgumentTypeError
from lstmderiv.interchange.command_line.parser import Mistaken, parser

__all__ = ["main"]

_MISTAKE, _FAULT, _INTERRUPTED, _BROKEN_PIPE = 2, 3, 130, 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        What stands after `python -m lstmderiv`; that of this process if not given.

    Returns
    -------
    int
        Exit code: 0 when all is well, 1 when `diagnose` found a difference, 2 after a user's mistake, 3 after a fault
        of this program, 130 after Ctrl-C, 141 when the reader of the output has gone.

    Raises
    ------
    Exception
        A fault of this program, in Python's development mode (`python -X dev`) only.
    """
    program = parser()
    try:
        try:
            given = program.parse_args(arguments)
        except SystemExit as ended:  # --help and --version have printed what was asked for.
            if sys.stdout is not None:
                sys.stdout.flush()
            return ended.code or 0
        with np.errstate(all="ignore"):  # What overflows is in the numbers that are shown.
            text, code = given.run(given)
        _print(text)
        return code
    except Mistaken as mistake:
        return _refused(str(mistake))
    except BrokenPipeError:
        # Python flushes once more when it ends: that must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    except KeyboardInterrupt:
        return _INTERRUPTED
    except OSError as error:
        place = "" if error.filename is None else f"{error.filename}: "
        return _refused(f"{given.program}: {place}{error.strerror or error}")
    except (ArgumentError, ArgumentTypeError) as error:
        return _refused(f"{given.program}: {error}")
    except Exception as error:
        if sys.flags.dev_mode:
            raise
        _refused(f"{given.program}: a fault of this program, not of yours: {type(error).__name__}: {error}")
        return _FAULT


def _print(text):
    if text:
        if sys.stdout is None:  # It was closed before this program began.
            raise OSError(errno.EBADF, os.strerror(errno.EBADF), "standard output")
        encoding = sys.stdout.encoding or "utf-8"
        print(text.encode(encoding, "replace").decode(encoding), flush=True)


def _refused(message):
    print(" ".join(message.split()), file=sys.stderr)
    return _MISTAKE
