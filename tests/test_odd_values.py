"""Odd values for one argument at a time: every public function takes them, or refuses them by the argument's name."""

import copy
import re
from zlib import crc32

import numpy as np
import pytest
from odd_calls import ODD, calls

from lstmderiv import ArgumentError, ArgumentTypeError

CALLS = {name: call for name, *call in calls()}
#: Of the pairs of an argument and a value one in so many is tried at every turn.
QUICK = 20
#: What errors call an argument that has a name of its own for them, or whose parts have.
CALLED = {
    "interchange.network:Network layers": r"layer\d+\.\w+",
    "interchange.precision.formats:number_format given": "format",
    "interchange.precision.formats:number_formats given": "formats",
    "interchange.diagnosis.diagnose:diagnose mine": r"\w+",
    "layers.initializers:Constant.__call__ shape": "value",
}
#: So many epochs end, but not while anybody waits.
ENDLESS = {
    ("language_training:train", "epochs", odd) for odd in ODD if "integer beyond" in odd or odd == "a large size"
}


def unlike(function):
    """The function, or that of a copy of its object: layers make their parameters at the first call."""
    try:
        return copy.deepcopy(function)
    except TypeError:
        return function


def fault(name, argument, error):
    """What is wrong with the refusal of an argument; None if nothing is."""
    if not isinstance(error, (ArgumentError, ArgumentTypeError)):
        return f"{type(error).__name__}: {error}"
    called = CALLED.get(f"{name.rstrip('+')} {argument}")
    if any(re.match(rf"{one}(?!\w)", error.name) for one in (argument, called) if one is not None):
        return None
    # Where two arguments do not fit each other, the one that is named need not be the odd one: the message must then
    # say what it has to fit, by name or by a size.
    fits = re.search(rf"\b{argument}\b|\b[A-Z] = \d|^the keys ", error.expected)
    return None if fits else str(error)


def faults(name, chosen):
    function, arguments = CALLS[name]
    found = []
    for argument, value in arguments.items():
        for odd, make in ODD.items():
            if (name, argument, odd) in ENDLESS or not chosen(argument, odd):
                continue
            given = {**arguments, argument: make(value)}
            try:
                with np.errstate(all="ignore"):  # of finite numbers sums may overflow, see `checks.floating`
                    unlike(function)(**given)
            except Exception as error:
                if (wrong := fault(name, argument, error)) is not None:
                    found.append(f"{argument}, {odd}: {wrong}")
    return found


@pytest.mark.parametrize("name", CALLS)
def test_the_arguments_are_good_ones(name):
    function, arguments = CALLS[name]
    unlike(function)(**arguments)


@pytest.mark.parametrize("name", CALLS)
def test_a_sample_of_odd_values(name):
    assert not faults(name, lambda argument, odd: crc32(f"{name} {argument} {odd}".encode()) % QUICK == 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLS)
def test_every_odd_value(name):
    assert not faults(name, lambda argument, odd: True)
