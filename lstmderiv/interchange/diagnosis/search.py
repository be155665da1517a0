"""The search for known mistakes that explain what an implementation computed."""

from collections.abc import Callable, Collection, Sequence

import numpy as np

from lstmderiv.interchange.case import Case
from lstmderiv.interchange.diagnosis.attempt import Attempt
from lstmderiv.interchange.diagnosis.closeness import Closeness, computed
from lstmderiv.interchange.diagnosis.explanation import Explanation
from lstmderiv.interchange.diagnosis.mistakes import known_mistakes
from lstmderiv.types import Array, Tensors

__all__ = ["WORK", "Search"]

# Pairs of mistakes are tried until this many steps of a cell have been run, forward and backward counted apart.
WORK = 40_000
# A tensor differs clearly from another if it does so by more than this many times what rounding explains.
CLEARLY = 4.0


class Search:
    """What is tried, and what fits.

    Parameters
    ----------
    case : Case
    mine : dict
        Tensors by their full names.
    tensors : dict
        The same and all others as they should be.
    close : Closeness
    forward_names : collection of str
        The tensors that are known before the backward pass.
    view : callable, optional
        What the tensors of an attempt are turned into before they are compared.
    framework : str, optional
        Whose names of gates are used.
    """

    def __init__(
        self,
        case: Case,
        mine: Tensors,
        tensors: Tensors,
        close: Closeness,
        forward_names: Collection[str],
        view: Callable[[dict[str, Array]], dict[str, Array]] | None = None,
        framework: str | None = None,
    ) -> None:
        self.case, self.mine, self.tensors, self.close = case, mine, tensors, close
        self.view, self.framework = view or (lambda found: found), framework
        self.forward_names = [name for name in mine if name in forward_names]
        self.backward_names = [name for name in mine if name not in forward_names]
        self.right = Attempt.of(case)
        # The last pass each way: the variants of a mistake often differ only in what they show of it.
        self.last, self.last_backward = None, None
        self.right_trace = self._run(self.right)
        found = self._run_backward(self.right, self.right_trace)
        self.inner = self.right_trace.tensors.keys() | (found.tensors.keys() - found.totals().keys())
        self.forward_score = close.score(mine, tensors, self.forward_names)
        self.total_score = max(self.forward_score, close.score(mine, tensors, self.backward_names))
        self.precisions = self._precisions()
        self.coarsest = max(ratio for _, ratio in self.precisions)
        self.fits_forward, self.found = [], []
        self.singles = self.pairs = self.skipped = self.work = 0
        network = case.network
        self.steps = max(1, self.right_trace.x.shape[1 if network.options.layout == "batch_first" else 0])
        self.steps *= len(network.places())

    def _precisions(self):
        """(dtype, its unit in units of the given one): the given one first, then those that are coarser."""
        # Only what differs clearly can be explained at a coarser precision.
        coarser = [(name, ratio) for name, ratio in self._coarser() if CLEARLY * ratio < self.total_score]
        return [("", 1.0), *coarser]

    def _coarser(self):
        units = [self.close.epsilon[name] for name in self.mine if self.close.epsilon[name] > 0]
        unit = max(units, default=np.finfo(np.float64).eps)
        # The bound of float16 is so wide that other mistakes hide in it: the numbers themselves must be such.
        names = ("float32", "float16") if self._halves() else ("float32",)
        ratios = [(name, float(np.finfo(name).eps) / unit) for name in names]
        return [(name, ratio) for name, ratio in ratios if ratio > 1]

    def _halves(self):
        """Whether a float16 holds every number that was computed."""
        given = {*self.right.given, *self.case.network.arrays()}
        computed = [array for name, array in self.mine.items() if name not in given]
        return all(np.array_equal(array, array.astype(np.float16)) for array in computed)

    def _fit(self, score):
        """The precision to which a score fits; None if it does not."""
        return next((name for name, ratio in self.precisions if score <= ratio), None)

    def _run(self, attempt):
        if self.last is None or not attempt.same_pass(self.last[0]):
            self.last = attempt, attempt.run()
        return self.last[1]

    def _run_backward(self, attempt, trace):
        last = self.last_backward
        if last is None or last[1] is not trace or not attempt.same_pass(last[0]):
            self.last_backward = last = attempt, trace, attempt.run_backward(trace)
        return last[2]

    def _forward(self, attempt):
        self.work += self.steps
        trace = self._run(attempt)
        return trace, self._score(self.forward_names, lambda inner: attempt.shown(trace, intermediates=inner))

    def _backward(self, attempt, trace):
        self.work += self.steps
        if not self.backward_names:
            return 0.0
        found = self._run_backward(attempt, trace)
        return self._score(
            self.backward_names, lambda inner: self.view(attempt.shown_backward(found, intermediates=inner))
        )

    def _score(self, names, shown):
        """The score of what is shown: first without intermediates, as most attempts fail there already."""
        score = 0.0
        for inner in (False, True):
            group = [name for name in names if (name in self.inner) == inner]
            if group and score <= self.coarsest:
                tensors = shown(inner)
                # What a mistake makes impossible to compute, it does not explain.
                seen = {name: tensors.get(name, _NOTHING) for name in group}
                score = max(score, self.close.score(self.mine, seen, group, self.coarsest))
        return score

    def _try(self, mistakes, attempt, trace=None, score=None, remarks=()):
        """Compare an attempt; its trace and score are given if its forward pass is known."""
        if trace is None:
            trace, score = self._forward(attempt)
        if score > self.coarsest:
            return False
        if not self.backward_names or (total := max(score, self._backward(attempt, trace))) <= self.coarsest:
            precision = self._fit(score if not self.backward_names else total)
            self.found.append(Explanation(mistakes, remarks, precision, attempt))
            return True
        self.fits_forward.append((mistakes, attempt, trace, score, remarks))
        return False

    def run(self) -> list[Explanation]:
        """Try single mistakes, then two at once.

        Returns
        -------
        list of Explanation
            All that fit, the most exact first.
        """
        if not all(np.isfinite(array).all() for array in self.mine.values()) or self.total_score <= CLEARLY:
            return []
        inputs = [name for name in self.right.given if name in self.mine]
        if self.close.score(self.mine, self.tensors, inputs) > 1:
            return []
        self.known = known_mistakes(self.case, self.framework)
        for mistake in self.known:
            self._single(mistake)
        if all(one.precision for one in self.found):
            for name, ratio in self._coarser():
                if self.total_score <= ratio:
                    return [Explanation((), (), name, self.right)]
        if not self.found:
            self._pairs()
        exact = [one for one in self.found if not one.precision]
        return exact or self.found

    def _relevant(self, mistake):
        given = [name for name in self.forward_names if name in self.case.network.arrays()]
        if self.forward_score <= 1 or self.close.score(self.mine, self.tensors, given) > 1:
            return True
        return mistake.forward and (mistake.places is None or not mistake.places <= self._clean())

    def _clean(self):
        """Layers and directions whose hidden states are right: no mistake in the forward pass is there."""
        if not hasattr(self, "_clean_places"):
            self._clean_places = set()
            for n, k, prefix in self.case.network.places():
                name = f"{prefix}h"
                if name in self.mine and self.close.score(self.mine, self.tensors, [name]) <= 1:
                    self._clean_places.add((n, k))
                if "h_last" in self.mine:
                    error = np.abs(self.mine["h_last"][n, k] - self.tensors["h_last"][n, k])
                    if (error <= self.close.bound("h_last")).all() and error.size:
                        self._clean_places.add((n, k))
        return self._clean_places

    def _single(self, mistake):
        if not self._relevant(mistake):
            return
        self.singles += 1
        for remark, edit in mistake.variants:
            attempt = edit(self.right)
            known = (None, None) if mistake.forward else (self.right_trace, self.forward_score)
            if self._try((mistake,), attempt, *known, remarks=(remark,) if remark else ()):
                return

    def _pairs(self):
        """Two mistakes at once, until the bound on work."""
        self.work = 0
        forward = [m for m in self.known if m.forward and self._relevant(m)]
        backward = [m for m in self.known if not m.forward]
        if self.forward_score > 1 and self.fits_forward:
            # The forward pass is explained: what is left is in the backward pass.
            pairs = [(one, other) for one in list(self.fits_forward) for other in backward]
            for (mistakes, attempt, trace, score, remarks), other in pairs:
                if mistakes[0].family != other.family and not self._spent():
                    self._pair_on(mistakes, attempt, trace, score, remarks, other)
            return
        if self.forward_score > 1:
            groups = [(forward, forward)]
        elif self.forward_names:
            groups = [(backward, backward)]
        else:
            groups = [(backward, backward), (forward, backward), (forward, forward)]
        order = [
            (one.common + other.common, k, one, other)
            for group in groups
            for k, (one, other) in enumerate(_two(*group))
        ]
        first = None
        for _, _, one, other in sorted(order, key=lambda row: -row[0]):
            if self._spent():
                continue
            if first is None or first[0] is not one:
                attempts = [(remark, edit(self.right)) for remark, edit in one.variants]
                first = (
                    one,
                    [
                        (remark, a, *((None, None) if one.forward else (self.right_trace, self.forward_score)))
                        for remark, a in attempts
                    ],
                )
            for remark, attempt, trace, score in first[1]:
                self._pair_on((one,), attempt, trace, score, (remark,) if remark else (), other)

    def _spent(self):
        spent = self.work > WORK
        self.skipped += spent
        return spent

    def _pair_on(self, mistakes, attempt, trace, score, remarks, other):
        self.pairs += 1
        for remark, edit in other.variants:
            try:
                both = edit(attempt)
                known = (None, None) if other.forward else (trace, score)
                if other.forward is False and trace is None:
                    known = self._forward(attempt)
                if self._try((*mistakes, other), both, *known, remarks=(*remarks, *([remark] if remark else []))):
                    return
            except (ValueError, KeyError):
                # Some mistakes exclude one another: options contradict, or one reads what the other never computes.
                return

    def deciding(self, found: Sequence[Explanation]) -> tuple[str | None, int]:
        """The tensor not given that tells the most explanations apart; None if none does."""
        every = [self.view(computed(one.attempt)) for one in found]
        best, best_count = None, 1
        for name in self.tensors:
            if name in self.mine:
                continue
            kinds = []
            for tensors in every:
                value = tensors.get(name, _NOTHING)
                if not any(self._same(name, value, other) for other in kinds):
                    kinds.append(value)
            if len(kinds) > best_count:
                best, best_count = name, len(kinds)
        return best, best_count

    def _same(self, name, one, other):
        if one.shape != other.shape:
            return False
        error = float(np.max(np.abs(one - other), initial=0))
        return error <= CLEARLY * self.close.bound(name, one)


_NOTHING = np.zeros((0, 0, 0, 0, 0))


def _two(one_group, other_group):
    same = one_group is other_group
    for k, one in enumerate(one_group):
        for other in other_group[k + 1 :] if same else other_group:
            if one.family != other.family:
                yield one, other
