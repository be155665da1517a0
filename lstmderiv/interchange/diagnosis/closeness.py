"""What counts as equal: how far two correct computations of a case may lie apart by rounding alone."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from lstmderiv.interchange.case import Case
from lstmderiv.interchange.diagnosis.attempt import Attempt
from lstmderiv.types import Array, Tensors

__all__ = ["Closeness", "closeness", "computed"]


# What a pass gives that is no sum over all steps, apart from intermediates.
_WHOLE = {"y", "h_last", "c_last", "d_x", "d_h0", "d_c0"}


def computed(attempt: Attempt) -> dict[str, Array]:
    """Every tensor of an attempt, forward and backward."""
    trace = attempt.run()
    return {**attempt.shown(trace), **attempt.shown_backward(attempt.run_backward(trace))}


def _largest(array):
    return float(np.max(np.abs(array), initial=0))


@dataclass(frozen=True, eq=False)
class Closeness:
    """Bounds for the difference of two tensors.

    Attributes
    ----------
    relative : dict
        By tensor: the bound as a multiple of the rounding unit and of the tensor's largest entry.
    scale : dict
        By tensor: its largest entry, where it is right.
    epsilon : dict
        By tensor: the rounding unit of the numbers that are compared.
    """

    relative: dict[str, float]
    scale: dict[str, float]
    epsilon: dict[str, float]

    def bound(self, name: str, other: Array | None = None) -> float:
        """The largest difference that rounding explains; `other` is what the tensor would be by a mistake."""
        scale = self.scale[name] if other is None else max(self.scale[name], _largest(other))
        return self.epsilon[name] * self.relative[name] * scale

    def score(self, mine: Tensors, tensors: Tensors, names: Iterable[str], limit: float = np.inf) -> float:
        """The largest difference in units of its bound: up to 1 the tensors are equal, as far as rounding lets see.

        What lies beyond `limit` is not looked for: it is certain then that the score is larger.
        """
        worst = 0.0
        for name in names:
            expected = tensors[name]
            if expected.shape != mine[name].shape:
                return np.inf
            error, bound = _largest(mine[name] - expected), self.bound(name, expected)
            ratio = error / bound if bound > 0 else np.inf if error else 0.0
            # NaN is equal to nothing.
            worst = max(worst, np.inf if np.isnan(ratio) else ratio)
            if worst > limit:
                break
        return worst


def closeness(
    case: Case, tensors: Tensors, mine: Tensors, view: Callable[[dict[str, Array]], dict[str, Array]] | None = None
) -> Closeness:
    """The bounds for comparing `mine`, whose dtypes count, with tensors of a case.

    The bound of a tensor has two parts. One grows with the number of terms in the sums, those over all steps among them
    for the gradients of weights. The other is measured: by how much the tensor moves when the case is computed with
    numbers of 24 bits. Right programs that round as badly as they can stay below a third of it.
    """
    options, (size, state) = case.network.options, (case.network.hidden_size, case.network.state_size)
    steps = case.x.shape[0] * case.x.shape[1]
    terms = 8 + case.x.shape[-1] + size + len(options.directions) * state
    attempt = Attempt.of(case.astype(np.float32))
    trace = attempt.run()
    gradients = attempt.run_backward(trace)
    rough = {**attempt.shown(trace), **attempt.shown_backward(gradients)}
    rough = rough if view is None else view(rough)
    one_step = (trace.tensors.keys() | gradients.tensors.keys() | _WHOLE) - gradients.totals().keys()
    unit = float(np.finfo(np.float32).eps)
    relative, scale = {}, {}
    for name, expected in tensors.items():
        scale[name] = _largest(expected)
        moved = _largest(rough[name] - expected) / unit if name in rough else 0.0
        summed = terms if name in one_step else terms + steps
        relative[name] = 2 * (summed + (moved / scale[name] if scale[name] else 0.0))
    epsilon = {name: _epsilon(mine[name]) if name in mine else np.finfo(np.float64).eps for name in tensors}
    return Closeness(relative, scale, epsilon)


def _epsilon(array):
    if array.dtype.kind != "f":
        return 0.0
    # What is computed here is no more exact than float64.
    return float(max(np.finfo(array.dtype).eps, np.finfo(np.float64).eps))
