"""`python -m lstmderiv`: the command line."""

import sys

from lstmderiv.interchange.command_line import main

if __name__ == "__main__":
    sys.exit(main())
