"""What went wrong: where an implementation's numbers differ first, and which known mistake explains them exactly."""

from collections.abc import Mapping
from difflib import get_close_matches

import numpy as np

from lstmderiv.checks import ArgumentError, ArgumentTypeError, floating, instance
from lstmderiv.interchange.case import Case
from lstmderiv.interchange.diagnosis.attempt import Attempt
from lstmderiv.interchange.diagnosis.closeness import closeness
from lstmderiv.interchange.diagnosis.divergence import Disagreement, Order, ulps
from lstmderiv.interchange.diagnosis.mistakes.kind import gate_names
from lstmderiv.interchange.diagnosis.own_names import OwnNames
from lstmderiv.interchange.diagnosis.report import Diagnosis
from lstmderiv.interchange.diagnosis.search import Search
from lstmderiv.types import ArrayLike

__all__ = ["diagnose"]


def diagnose(mine: Mapping[str, ArrayLike], case: Case, *, framework: str | None = None) -> Diagnosis:
    """Compare what an implementation computed for a case, and name the mistake that explains it.

    Parameters
    ----------
    mine : mapping
        From names of the case's tensors (`Case.tensors`), any of them, to arrays: "y", "h_last", "d_x",
        "layer0.forward.a_f", "layer0.forward.d_W_x" and so on; "a_f" and "d_W_x" where the case has one layer and one
        direction. States are (L, K, B, R), or (L K, B, R) as in PyTorch. The dtype of an array says to what rounding it
        should be right. NaN and infinities are reported, not refused.
    case : Case
        Of real numbers.
    framework : str, optional
        One of `FRAMEWORKS`. Gradients of parameters may then bear the framework's own names, in its own shapes:
        "weight_ih_l0", "weight_ih_l0.grad", "d_weight_ih_l0" or "grad_weight_ih_l0" for instance. Gates are called by
        its names, and the report says which of its arrays are meant. PyTorch's "output", "h_n", "c_n" and "grad_input"
        are known, too.

    Returns
    -------
    Diagnosis

    Raises
    ------
    TypeError
        If `mine` is no mapping, an array does not hold real numbers, or `case` is none or holds complex numbers.
    ValueError
        If `mine` is empty, a name is unknown or given twice, a shape differs from that of the case's tensor, or the
        framework is unknown or cannot hold the case's network.
    """
    instance("case", case, Case)
    if any(array.dtype.kind not in "fO" for array in (case.x, *case.network.arrays().values())):
        raise ArgumentTypeError("case", "real numbers", "complex ones")
    case = case.astype(np.float64)
    with np.errstate(all="ignore"):
        right = Attempt.of(case)
        trace = right.run()
        forward = right.shown(trace)
        tensors = {**forward, **right.shown_backward(right.run_backward(trace))}
        own = None if framework is None else OwnNames(framework, case.network)
        view = None if own is None else own.view
        tensors = tensors if own is None else own.view(tensors)
        mine = _checked(mine, case, tensors, own)
        close = closeness(case, tensors, mine, view)
        wrong = {name: _wrong(array, tensors[name], close.bound(name)) for name, array in mine.items()}
        table = tuple(_disagreement(name, mine[name], tensors[name], wrong[name]) for name in tensors if name in mine)
        if not any(entries.any() for entries in wrong.values()):
            return Diagnosis(case.name, True, None, (), table)
        order = Order(case, tensors, own)
        first = order.first(mine, tensors, wrong)
        search = Search(case, mine, tensors, close, forward, view, framework)
        found = search.run()
        deciding = search.deciding(found) if len(found) > 1 else (None, 1)
    return Diagnosis(
        case.name,
        False,
        first,
        tuple(found),
        table,
        deciding=deciding[0],
        singles=search.singles,
        pairs=search.pairs,
        skipped=search.skipped,
        excess=search.total_score,
        given=first.tensor in order.given,
        names=gate_names(framework, case.network.options.cell),
        legends=() if own is None else tuple(_legend(own, one) for one in found),
    )


def _legend(own, one):
    """In which of a framework's arrays an explanation is to be looked for."""
    places = [mistake.places for mistake in one.mistakes]
    everywhere = None if None in places else frozenset().union(*places)
    return own.legend(one.arrays, everywhere)


def _wrong(array, expected, bound):
    """Where an array differs by more than the bound; NaN always does."""
    return ~(np.abs(array - expected) <= bound)


def _disagreement(name, array, expected, wrong):
    difference = np.abs(array - expected)
    size = array.size
    if not size:
        return Disagreement(name, True, 0.0, 0.0, 0, 0)
    error = float(np.max(difference))
    largest = float(np.max(np.abs(expected)))
    return Disagreement(name, not wrong.any(), error, ulps(error, largest, array.dtype), int(wrong.sum()), size)


def _checked(mine, case, tensors, own):
    """The arrays under their full names."""
    if not isinstance(mine, Mapping):
        raise ArgumentTypeError("mine", "a mapping from names to arrays", type(mine).__name__)
    if not mine:
        raise ArgumentError("mine", "at least one tensor of the case", "none")
    places, found = case.network.places(), {}
    for name, value in mine.items():
        full = _full_name(name, places, tensors, own)
        if full in found:
            parameter = own is not None and full in own.labels
            hint = "; a parameter's name means its gradient, so leave the weights out" if parameter else ""
            raise ArgumentError(name, "each tensor once", f"{full} twice{hint}")
        found[full] = _array(name, value, tensors[full])
    return found


def _full_name(name, places, tensors, own):
    if not isinstance(name, str):
        raise ArgumentTypeError("mine", "names of tensors", f"a key of type {type(name).__name__}")
    if name in tensors:
        return name
    if own is not None and own.ours(name) in tensors:
        return own.ours(name)
    if len(places) == 1 and places[0][2] + name in tensors:
        return places[0][2] + name
    close = get_close_matches(name, tensors, 3) or get_close_matches(f"{places[0][2]}{name}", tensors, 3)
    meant = f", perhaps {' or '.join(close)}" if close else f", {', '.join(list(tensors)[:3])} and so on"
    raise ArgumentError("mine", f"names of the case's tensors{meant}", repr(name))


def _array(name, value, expected):
    array = floating(name, value, ("...",), finite=False)
    if array.dtype.kind != "f":
        raise ArgumentTypeError(name, "real floating-point numbers", f"dtype {array.dtype}")
    if expected.ndim == 4 and array.shape == (expected.shape[0] * expected.shape[1], *expected.shape[2:]):
        return array.reshape(expected.shape)
    if array.shape != expected.shape:
        raise ArgumentError(name, f"shape {expected.shape}", f"{array.shape}{_turned(array, expected)}")
    return array


def _turned(array, expected):
    """What to do to an array whose axes are in another order."""
    if sorted(array.shape) != sorted(expected.shape) or array.ndim < 2:
        return ""
    if array.shape == expected.shape[::-1] and array.ndim == 2:
        return "; it may be transposed"
    if array.ndim == 3 and array.shape[:2] == expected.shape[1::-1]:
        return "; batch and time may be exchanged"
    return "; its axes may be in another order"
