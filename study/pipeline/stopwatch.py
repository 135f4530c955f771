"""How long work takes on this machine."""

import statistics
import time
from collections.abc import Callable

_ENOUGH, _REPEATS = 0.2, 9
"""Seconds after which work was timed long enough, and how often it is timed at most."""
_LONG = 1.0
"""Seconds of work that is timed once."""


def seconds_of(work: Callable[[], object]) -> float:
    """Return the time of some work: the median of runs after a first one, which warms up.

    Short work is timed several times, so that a pause of the machine does not count as its own;
    of long work the warming up is a small part, and the first run is enough.
    """
    first = _once(work)
    if first > _LONG:
        return first
    runs: list[float] = []
    while not runs or (sum(runs) < _ENOUGH and len(runs) < _REPEATS):
        runs.append(_once(work))
    return statistics.median(runs)


def _once(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
