"""Overlap of two label lists (Jaccard), its permutation null, its interval and its ceiling."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist, stdev
from typing import Any

import numpy as np
import numpy.typing as npt

from study.comparison.statistics import LEVEL

Labels = Sequence[str]
PROBE_HALVES = "probe halves"
SECOND_RUN = "second run"
LEAST = 20
"""The fewest resamples for an interval; the spread of fewer is too uncertain itself."""
_CELLS = 1 << 24
"""Labels shuffled at a time: bounds the memory, does not affect the numbers."""


@dataclass(frozen=True, slots=True)
class Null:
    """The Jaccard index under the null hypothesis, from pooled and redealt labels.

    ``low`` and ``high`` bound the middle 95 % of the permutations; ``p_low`` = P(null <= J) and
    ``p_high`` = P(null >= J), each (b + 1)/(n + 1).
    """

    mean: float
    low: float
    high: float
    p_low: float
    p_high: float
    permutations: int


@dataclass(frozen=True, slots=True)
class Overlap:
    """The concepts that two label lists share and those of only one, each part sorted."""

    shared: tuple[str, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]

    @classmethod
    def of(cls, a: Labels, b: Labels) -> "Overlap":
        """Compare the concepts of two label lists, ignoring how often each occurs."""
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
        """Shared over union, from 0 to 1; undefined (`None`) if both lists are empty."""
        return len(self.shared) / self.union if self.union else None

    def counts(self) -> dict[str, Any]:
        """Return the five numbers under their keys in the results."""
        parts = {name: len(words) for name, words in self.sets().items()}
        return {**parts, "union": self.union, "jaccard": self.jaccard}

    def sets(self) -> dict[str, list[str]]:
        """Return the concepts of each part under their keys in the results."""
        return {name: list(words) for name, words in asdict(self).items()}


def chance(a: Labels, b: Labels, *, permutations: int = 2000, seed: int = 0) -> Null | None:
    """Return the null of an overlap: pool both label lists and redeal them to the same sizes.

    The draw depends only on the two sizes and on how often each label occurs, not on the order of
    units or networks, nor on the words. The union is that of the pool and never changes, so
    permutations, at least 1, are compared by their number of shared concepts. `None` if both lists
    are empty: the Jaccard index is then undefined.
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
    """Return how many labels occur in both hands when a pool of labels is redealt.

    Parameters
    ----------
    counts
        Shape (labels,): how often each label occurs in the pool, at least once.
    size
        Cards in the first hand; the second gets the rest.

    Returns
    -------
    numpy.ndarray
        int64 (permutations,).
    """
    generator = np.random.default_rng(seed)
    pool = np.repeat(np.arange(len(counts)), counts)
    block = max(1, _CELLS // len(pool))
    shared = np.empty(permutations, np.int64)
    for start in range(0, permutations, block):
        rows = min(block, permutations - start)
        dealt = generator.permuted(np.tile(pool, (rows, 1)), axis=1)
        dealt += np.arange(rows)[:, None] * len(counts)
        in_hand = np.zeros((2, rows * len(counts)), bool)
        in_hand[0, dealt[:, :size].ravel()] = True
        in_hand[1, dealt[:, size:].ravel()] = True
        shared[start : start + rows] = in_hand.all(axis=0).reshape(rows, -1).sum(axis=1)
    return shared


def interval(
    jaccard: float | None, a: Sequence[Labels], b: Sequence[Labels]
) -> dict[str, Any] | None:
    """Return the 95 % interval of an overlap from paired resamples of the probe.

    The interval is the index plus and minus 1.96 standard deviations over the resamples, clipped
    to 0 and 1. It covers the mean index of other probes of this size and kind. Percentiles of the
    resamples, or their mirror image, do not: a resample loses images, which biases set overlap.
    It says nothing about other kinds of probe, concept sets or training runs, nor about the index
    in the limit of infinitely many images.

    Parameters
    ----------
    jaccard
        The index on the whole probe.
    a, b
        One label list per resample for each network, from the same resamples. `None` is returned
        if there are fewer than 20, their numbers differ, or an index is undefined.
    """
    indices = [Overlap.of(x, y).jaccard for x, y in zip(a, b, strict=False)]
    known = [index for index in indices if index is not None]
    if jaccard is None or len(a) != len(b) or len(known) < LEAST or len(known) < len(indices):
        return None
    reach = NormalDist().inv_cdf((1 + LEVEL) / 2) * stdev(known)
    return {
        "low": max(0.0, jaccard - reach),
        "high": min(1.0, jaccard + reach),
        "level": LEVEL,
        "source": f"{len(known)} resamples of the probe",
    }


def ceiling(kind: str, a: tuple[Labels, Labels], b: tuple[Labels, Labels]) -> dict[str, Any]:
    """Return the noise ceiling of an overlap: how far each network agrees with itself.

    Parameters
    ----------
    kind
        `PROBE_HALVES` or `SECOND_RUN`.
    a, b
        Each network's two label lists, from two halves of the probe or from two runs. Empty
        labels (of dead units) are ignored.

    Returns
    -------
    dict
        ``a`` and ``b`` are the indices of each network's two lists, ``low`` and ``high`` the
        smaller and the larger of them (two values give no sampling interval). ``across``, the mean
        index of a list of A and the list of B from the other half or run, is what to compare them
        with. An undefined index is `None`.
    """
    (a1, a2), (b1, b2) = ([list(filter(None, labels)) for labels in pair] for pair in (a, b))
    within_a, within_b, *crossed = (
        Overlap.of(x, y).jaccard for x, y in ((a1, a2), (b1, b2), (a1, b2), (a2, b1))
    )
    within = [index for index in (within_a, within_b) if index is not None]
    across = [index for index in crossed if index is not None]
    return {
        "kind": kind,
        "a": within_a,
        "b": within_b,
        "across": sum(across) / len(across) if across else None,
        "low": min(within, default=None),
        "high": max(within, default=None),
    }
