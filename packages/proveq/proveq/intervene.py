"""Reaching into a function of the package by the names in its source: to perturb a value, read one, or edit a line."""

import ast
import functools
import inspect
import itertools
import linecache
import textwrap

__all__ = ["edited", "instrumented", "named_values"]

_serial = itertools.count(1)


def instrumented(function, probe):
    """A copy of `function` in which every assignment to a name, or to an attribute of one, passes through `probe`.

    This gives "the derivative with respect to `o`" its literal meaning: change `o` where the function assigns it, and
    let the rest of the function run on.

    Parameters
    ----------
    function : function
        Its source must be readable.
    probe : callable
        Called as probe(name, value) after each assignment; what it returns is assigned in turn. Of `t.f = ...` the
        name is "f".

    Returns
    -------
    function

    Raises
    ------
    TypeError
        If the source cannot be read.
    """
    return _defined(function, *_instrumented(function), {"__probe__": probe})


def named_values(function, *args, **kwargs):
    """Call `function` and return every value that it assigned to a name, or to an attribute of one.

    Parameters
    ----------
    function : function
        Its source must be readable.
    *args, **kwargs
        Its arguments.

    Returns
    -------
    result : object
        What the function returned.
    values : dict
        Last value of each name.

    Raises
    ------
    TypeError
        If the source cannot be read.
    """
    values = {}

    def keep(name, value):
        values[name] = value
        return value

    return instrumented(function, keep)(*args, **kwargs), values


def edited(function, old, new, *, inside=None):
    """A copy of `function` with one piece of its source replaced: for seeing a check fail.

    Parameters
    ----------
    function : function
        Its source must be readable.
    old, new : str
        `old` must occur exactly once.
    inside : function, optional
        One that `function` calls by its name: the piece is in that one's source, and the copy calls the edited one.

    Returns
    -------
    function

    Raises
    ------
    ValueError
        If `old` does not occur exactly once, or `function` does not call `inside`.
    TypeError
        If the source cannot be read.
    """
    if inside is not None:
        if function.__globals__.get(inside.__name__) is not inside:
            raise ValueError(f"inside: expected a function that {function.__name__} calls, got {inside.__name__}")
        code = _compiled(function.__module__, function.__name__, _source(function))
        return _defined(function, *code, {inside.__name__: edited(inside, old, new)})
    source = _source(function)
    if source.count(old) != 1:
        raise ValueError(f"old: expected exactly one {old!r} in {function.__name__}, got {source.count(old)}")
    return _defined(function, *_compiled(function.__module__, function.__name__, source.replace(old, new)), {})


class _Probe(ast.NodeTransformer):
    def visit_Assign(self, node):
        places = [part for target in node.targets for part in _parts(target)]
        return [node, *(_probed(place) for place in places)]


def _parts(target):
    """The names and the attributes of names that a target consists of; a part of an array is none."""
    if isinstance(target, ast.Tuple | ast.List):
        return [part for element in target.elts for part in _parts(element)]
    named = isinstance(target, ast.Name) or (isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name))
    return [target] if named else []


def _probed(place):
    name = place.id if isinstance(place, ast.Name) else place.attr
    return ast.parse(f"{ast.unparse(place)} = __probe__({name!r}, {ast.unparse(place)})").body[0]


def _source(function):
    try:
        return textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        raise TypeError(f"function: expected one with readable source, got {function!r}") from None


def _instrumented(function):
    """The compiled copy in which every assignment passes through `__probe__`, and its name."""
    code = getattr(function, "__code__", None)
    return _instrumented_code(code, function.__module__) if code else _instrument(function, "")


@functools.lru_cache(maxsize=256)
def _instrumented_code(code, module):
    # A scope runs one function some hundred times, with another probe each time.
    return _instrument(code, module)


def _instrument(source, module):
    tree = ast.parse(_source(source))
    body = tree.body[0]
    body.decorator_list = []
    _Probe().visit(body)
    return _compiled(module, body.name, ast.unparse(ast.fix_missing_locations(tree)))


def _compiled(module, name, source):
    # Registered with linecache, so that the copy's own source can be read, printed and edited again.
    filename = f"<{module}.{name}, copy {next(_serial)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    return compile(source, filename, "exec"), name


def _defined(function, code, name, extra):
    namespace = {**function.__globals__, **extra}
    exec(code, namespace)
    copy = namespace[name]
    copy.__module__ = function.__module__
    return copy
