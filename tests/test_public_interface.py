"""The names that others rely on: what they are called, what they take, and what they say of themselves."""

import dataclasses
import importlib
import inspect
import json
import pkgutil
import re
from pathlib import Path

import numpy as np
import pytest

import lstmderiv
from lstmderiv import interchange, on_jax, running_example, verify
from lstmderiv.tape import Trace

#: Every public name: its signature, and of what holds values their names. `python tests/test_public_interface.py`
#: writes it anew; the difference is then read like any other change.
SNAPSHOT = Path(__file__).with_suffix(".json")
MODULES = [
    importlib.import_module(info.name) for info in pkgutil.walk_packages(lstmderiv.__path__, f"{lstmderiv.__name__}.")
]


def exported(kind):
    places = (lstmderiv, running_example, verify, interchange, on_jax)
    found = {(place.__name__, name): getattr(place, name) for place in places for name in place.__all__}
    return [pytest.param(value, id=".".join(key)) for key, value in found.items() if kind(value)]


def values_of(cls):
    """The names of what an object holds: fields, values of a trace, and properties."""
    if issubclass(cls, Trace):
        own = cls._declared()
    elif issubclass(cls, tuple):
        own = list(cls._fields)
    else:
        own = [field.name for field in dataclasses.fields(cls)] if dataclasses.is_dataclass(cls) else []
    own += [name for name, value in inspect.getmembers(cls, lambda value: isinstance(value, property))]
    return sorted({name for name in own if not name.startswith("_")})


def interface():
    found = {}
    for name in lstmderiv.__all__:
        value = getattr(lstmderiv, name)
        found[name] = {"values": values_of(value)} if inspect.isclass(value) else {}
        if not (inspect.isclass(value) and issubclass(value, (Trace, Exception))):
            # The arguments' types are not part of the promise.
            arguments = [p.replace(annotation=p.empty) for p in inspect.signature(value).parameters.values()]
            found[name] |= {"signature": str(inspect.Signature(arguments))}
    return found


def test_the_public_interface_is_as_it_was_written_down():
    assert interface() == json.loads(SNAPSHOT.read_text()), f"if this is meant: python {Path(__file__).name}"
    assert lstmderiv.__all__ == sorted(lstmderiv.__all__)
    assert re.fullmatch(r"\d+\.\d+\.\d+", lstmderiv.__version__)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_modules_say_what_they_export(module):
    assert module.__doc__
    assert all(hasattr(module, name) for name in getattr(module, "__all__", ()))


@pytest.mark.parametrize("name", [name for name, found in interface().items() if found.get("values")])
def test_values_are_described(name):
    described = getattr(lstmderiv, name).__doc__
    if step := getattr(getattr(lstmderiv, name), "_step", None):
        described += step.__doc__  # every value of a step is one of the sequence
    for value in values_of(getattr(lstmderiv, name)):
        own = getattr(getattr(lstmderiv, name), value, None)
        assert re.search(rf"\b{value}\b", described) or getattr(own, "__doc__", None), f"{value} is not described"


@pytest.mark.parametrize("name", sorted(interchange.__all__))
def test_fields_for_implementers(name):
    container = getattr(interchange, name)
    if dataclasses.is_dataclass(container):
        for field in dataclasses.fields(container):
            assert re.search(rf"\b{field.name}\b", container.__doc__), f"{field.name} is not described"


def section(documentation, title):
    match = re.search(rf"^{title}\n-+\n(.*?)(?=^\w[\w ]*\n-+\n|\Z)", documentation, re.MULTILINE | re.DOTALL)
    assert match, f"no section {title}"
    return match[1]


@pytest.mark.parametrize("function", exported(inspect.isfunction))
def test_docstrings(function):
    documentation = inspect.getdoc(function)
    summary = documentation.split("\n", 1)[0]
    assert summary.endswith("."), summary
    section(documentation, "Returns")
    parameters = inspect.signature(function).parameters
    if parameters:
        section(documentation, "Raises")
        described = re.findall(r"^(\S[^:\n]*)(?: :|$)", section(documentation, "Parameters"), re.MULTILINE)
        described = [name.strip().lstrip("*") for names in described for name in names.split(",")]
        assert described == list(parameters)


@pytest.mark.parametrize("cls", exported(inspect.isclass))
def test_docstrings_of_classes(cls):
    documentation = inspect.getdoc(cls)
    assert documentation and documentation.split("\n", 1)[0].rstrip().endswith(".")
    if not issubclass(cls, BaseException):
        assert re.search(r"^(Parameters|Attributes)\n-+\n", documentation, re.MULTILINE)


def containers():
    found = {
        cls
        for module in MODULES
        for cls in vars(module).values()
        if inspect.isclass(cls) and cls.__module__ == module.__name__ and dataclasses.is_dataclass(cls)
    }
    return sorted(found, key=lambda cls: cls.__name__)


@pytest.mark.parametrize("cls", containers())
def test_containers_are_frozen(cls):
    assert cls.__dataclass_params__.frozen
    container = object.__new__(cls)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(container, dataclasses.fields(cls)[0].name, None)


def test_containers_compare_by_identity():
    # Comparing arrays field by field would give an array where a truth value is asked for.
    parameters = lstmderiv.LSTMParameters(np.ones((4, 2)), np.ones(4))
    assert parameters == parameters
    assert parameters != lstmderiv.LSTMParameters(np.ones((4, 2)), np.ones(4))
    assert len({parameters, parameters}) == 1


@pytest.mark.parametrize("cls", [value for value in vars(lstmderiv).values() if inspect.isclass(value)])
def test_traces_are_closed(cls):
    if issubclass(cls, Trace):
        trace = cls({})
        with pytest.raises(dataclasses.FrozenInstanceError):
            trace.h = None
        with pytest.raises(dataclasses.FrozenInstanceError):
            del trace.h


if __name__ == "__main__":
    SNAPSHOT.write_text(json.dumps(interface(), indent=1) + "\n")
