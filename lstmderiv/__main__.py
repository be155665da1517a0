"""`python -m lstmderiv`: the command line."""

import signal
import sys

from lstmderiv.interchange.command_line import main


def _end(number, _frame):
    """End as after an exception, so that what was begun to be written is deleted."""
    sys.exit(128 + number)


if __name__ == "__main__":
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        if signal.getsignal(number) is signal.SIG_DFL:  # not where the caller has said to ignore it, as `nohup` does
            signal.signal(number, _end)
    sys.exit(main())
