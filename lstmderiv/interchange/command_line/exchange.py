"""The commands that exchange numbers with other programs: vectors, diagnose, convert, conventions."""

from pathlib import Path

from lstmderiv.interchange.archives import read_json, read_npz
from lstmderiv.interchange.command_line.inputs import given_case, settings, writable, write_arrays
from lstmderiv.interchange.files import read_arrays

__all__ = ["conventions", "convert", "diagnose", "vectors"]
