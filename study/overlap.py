"""How much two lists of labels have in common, and how much chance alone would give."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

LEVEL = 0.95
_CELLS = 1 << 24
"""How many labels are shuffled at a time: bounds the memory, changes no number."""


@dataclass(frozen=True, slots=True)
class Null:
    """The Jaccard index that chance gives: labels pooled and redealt.

    ``low`` and ``high`` bound the middle 95 % of the permutations; ``p_low`` = P(null <= J) and
    ``p_high`` = P(null >= J), each (b + 1)/(n + 1).
    """

    mean: float
    low: float
    high: float
    p_low: float
    p_high: float
    permutations: int

    def to_json(self) -> dict[str, Any]:
        """Return the null as it stands in the results."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Overlap:
    """Which concepts two label lists share and which only one holds; each part sorted."""

    shared: tuple[str, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]

    @classmethod
    def of(cls, a: Sequence[str], b: Sequence[str]) -> "Overlap":
        """Compare the concepts of two label lists; how often each occurs plays no part."""
        in_a, in_b = set(a), set(b)
        return cls(
            tuple(sorted(in_a & in_b)), tuple(sorted(in_a - in_b)), tuple(sorted(in_b - in_a))
        )

    @property
    def union(self) -> int:
        """The number of concepts in either list."""
        return len(self.shared) + len(self.only_a) + len(self.only_b)

    @property
    def jaccard(self) -> float | None:
        """Shared over union, from 0 to 1; undefined (`None`) when both lists are empty."""
        return len(self.shared) / self.union if self.union else None

    def counts(self) -> dict[str, Any]:
        """Return the five numbers as they stand in the results."""
        return {
            "shared": len(self.shared),
            "only_a": len(self.only_a),
            "only_b": len(self.only_b),
            "union": self.union,
            "jaccard": self.jaccard,
        }

    def sets(self) -> dict[str, list[str]]:
        """Return the concepts as they stand in the results."""
        return {
            "shared": list(self.shared),
            "only_a": list(self.only_a),
            "only_b": list(self.only_b),
        }


def chance(
    a: Sequence[str], b: Sequence[str], *, permutations: int = 2000, seed: int = 0
) -> Null | None:
    """Pool two label lists, redeal them to lists of the same sizes, and measure the overlap.

    The draw depends on the two sizes and on how often each label occurs, on nothing else: not on
    the order of units or networks, nor on the words. The union is the pool's and never changes,
    so permutations are compared by their whole number of shared concepts.

    Parameters
    ----------
    a, b
        The labels of the units of the two networks.
    permutations
        At least 1.
    seed
        Of the generator.

    Returns
    -------
    Null or None
        `None` when both lists are empty: the Jaccard index is then undefined.
    """
    observed = Overlap.of(a, b)
    if not observed.union:
        return None
    _, counts = np.unique(np.array([*a, *b], dtype=object), return_counts=True)
    shared = redealt(np.sort(counts), min(len(a), len(b)), permutations=permutations, seed=seed)
    low, high = np.quantile(shared, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) / observed.union
    below = int((shared <= len(observed.shared)).sum())
    above = int((shared >= len(observed.shared)).sum())
    return Null(
        mean=float(shared.mean()) / observed.union,
        low=float(low),
        high=float(high),
        p_low=(below + 1) / (permutations + 1),
        p_high=(above + 1) / (permutations + 1),
        permutations=permutations,
    )


def redealt(
    counts: npt.NDArray[np.int64], size: int, *, permutations: int, seed: int
) -> npt.NDArray[np.int64]:
    """Return how many labels both hands hold when a pool is dealt out anew.

    Parameters
    ----------
    counts
        Shape (labels,): how often each label lies in the pool, at least once.
    size
        The number of cards in the first hand; the second takes the rest.
    permutations, seed
        As in `chance`.

    Returns
    -------
    numpy.ndarray
        Shape (permutations,).
    """
    generator = np.random.default_rng(seed)
    pool = np.repeat(np.arange(len(counts)), counts)
    block = max(1, _CELLS // len(pool))
    shared = np.empty(permutations, np.int64)
    for start in range(0, permutations, block):
        rows = min(block, permutations - start)
        dealt = generator.permuted(np.tile(pool, (rows, 1)), axis=1)
        dealt += np.arange(rows)[:, None] * len(counts)
        held = np.zeros((2, rows * len(counts)), bool)
        held[0, dealt[:, :size].ravel()] = True
        held[1, dealt[:, size:].ravel()] = True
        shared[start : start + rows] = held.all(axis=0).reshape(rows, -1).sum(axis=1)
    return shared
