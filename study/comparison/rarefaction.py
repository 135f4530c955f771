"""Distinct labels at equal numbers of units: what layers of other widths would show."""

import math
from collections.abc import Sequence


def rarefied(counts: Sequence[int], size: int) -> float | None:
    """Return the expected number of distinct labels among `size` units drawn at random.

    Distinct labels per unit fall with the number of units by themselves; at one size they can be
    set beside each other.

    Parameters
    ----------
    counts
        Units of each label, at least 1 each.
    size
        Units to draw without replacement; `None` is returned if there are fewer.

    References
    ----------
    S. H. Hurlbert, Ecology 52 (1971), 577-586: the sum over labels of 1 - C(N - n, m) / C(N, m).

    Examples
    --------
    >>> rarefied([2, 1, 1], 2)
    1.8333333333333335
    """
    units = sum(counts)
    if size > units:
        return None
    ways = math.comb(units, size)
    return math.fsum(1 - math.comb(units - count, size) / ways for count in counts)
