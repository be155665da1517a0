"""Times of several functions, in rounds in which each has its turn: what disturbs the machine disturbs all of them."""

import time

import numpy as np

#: Seconds that a function runs for at least, in one turn: far above the resolution of the clock.
TURN = 0.01


def times(functions, budget, rounds=3, clock=time.process_time):
    """Seconds of one call, a row for each function and a column for each round.

    Parameters
    ----------
    functions : sequence of callable
        Called once before the first round.
    budget : float
        Seconds after which no further round begins.
    rounds : int, optional
        The fewest that are run.
    clock : callable, optional
        The seconds that count: CPU time, user and system, if not given.

    Returns
    -------
    ndarray (functions, rounds)
    """
    calls = [_calls(function, clock) for function in functions]
    found, end = [], time.perf_counter() + budget
    while len(found) < rounds or time.perf_counter() < end:
        found.append([_turn(function, count, clock) for function, count in zip(functions, calls)])
    return np.array(found).T


def _turn(function, count, clock):
    start = clock()
    for _ in range(count):
        function()
    return (clock() - start) / count


def _calls(function, clock):
    function()
    count = 1
    while (taken := count * _turn(function, count, clock)) < TURN:
        count = count * 2 if taken == 0 else max(count + 1, int(count * TURN / taken * 1.1))
    return count


def summary(found):
    """Of the times of one function and those of what it is compared with: the best, the median, and both as ratios.

    Parameters
    ----------
    found : tuple of ndarray (rounds,)
        The function's, and those of the other.

    Returns
    -------
    dict of float
        Seconds "best" and "median"; "best_ratio" of the two best, "median_ratio" the median of each round's ratio.
    """
    own, other = found
    return {
        "best": float(own.min()),
        "median": float(np.median(own)),
        "best_ratio": float(own.min() / other.min()),
        "median_ratio": float(np.median(own / other)),
    }
