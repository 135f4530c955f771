"""Which concepts tell two networks apart: counts, an exact test, and its correction."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import comb
from typing import Any

import numpy as np
import numpy.typing as npt

METHOD = (
    "Fisher's exact test of each concept's units in A and B, two-sided, "
    "p adjusted by Holm for every concept of either network"
)


@dataclass(frozen=True, slots=True)
class Separating:
    """One concept: its units in network A and in B, the test's p, and p after correction."""

    concept: str
    a: int
    b: int
    p: float
    p_adjusted: float

    def to_json(self) -> dict[str, Any]:
        """Return the concept as it stands in the results."""
        return {name: getattr(self, name) for name in self.__slots__}


def separating(a: Sequence[str], b: Sequence[str]) -> tuple[Separating, ...]:
    """Test for each concept of either list whether its share of units differs between the lists.

    Returns
    -------
    tuple of Separating
        All concepts, by p, then by difference of the counts, then by word. Empty when a list is.
    """
    in_a, in_b = Counter(a), Counter(b)
    words = sorted(in_a | in_b)
    if not in_a or not in_b:
        return ()
    p = np.array([fisher(in_a[word], in_b[word], len(a), len(b)) for word in words])
    adjusted = holm(p)
    found = [
        Separating(word, in_a[word], in_b[word], float(raw), float(corrected))
        for word, raw, corrected in zip(words, p, adjusted, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: (one.p, -abs(one.a - one.b), one.concept)))


@cache
def fisher(a: int, b: int, units_a: int, units_b: int) -> float:
    """Return the two-sided p of Fisher's exact test, from whole numbers, so truly exact.

    Under the null the ``a + b`` units of a concept are drawn from all units; p sums the
    probability of every split that is no likelier than the one seen.

    Parameters
    ----------
    a, b
        Units with the concept, 0 to ``units_a`` and 0 to ``units_b``.
    units_a, units_b
        Units in all.

    References
    ----------
    R. A. Fisher, Statistical Methods for Research Workers (1934), section 21.02.
    """
    total = a + b
    ways = [comb(units_a, split) * comb(units_b, total - split) for split in range(total + 1)]
    seen = comb(units_a, a) * comb(units_b, b)
    return sum(way for way in ways if way <= seen) / sum(ways)


def holm(p: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return p values adjusted so that the chance of any false finding stays below the level.

    The i-th smallest of n (from 0) is multiplied by n - i, kept at most 1 and never decreasing.

    Parameters
    ----------
    p
        Shape (tests,), each from 0 to 1.

    References
    ----------
    S. Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6 (1979).
    """
    order = np.argsort(p, kind="stable")
    stepped = p[order] * (len(p) - np.arange(len(p)))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return adjusted
