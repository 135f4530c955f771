"""Overlap of two label lists (Jaccard), its interval and its ceiling."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist, stdev
from typing import Any

from study.comparison.statistics import LEVEL

Labels = Sequence[str]
PROBE_HALVES = "probe halves"
SECOND_RUN = "second run"
LEAST = 20
"""The fewest resamples for an interval; the spread of fewer is too uncertain itself."""


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


def independent(a: int, b: int, words: int) -> float | None:
    """Return the expected Jaccard index of two sets drawn independently from a list.

    This is an anchor, not a null: networks that see the same images share far more.

    Parameters
    ----------
    a, b
        Concepts of each set.
    words
        Concepts in the list, at least as many as in either set; `None` is returned otherwise, and
        for two empty sets.

    Examples
    --------
    >>> round(independent(374, 428, 20_000), 4)
    0.0101
    """
    if max(a, b) > words or a + b == 0:
        return None
    total = _choices(words, b)
    return sum(
        math.exp(_choices(a, shared) + _choices(words - a, b - shared) - total)
        * shared
        / (a + b - shared)
        for shared in range(max(0, a + b - words), min(a, b) + 1)
    )


def _choices(n: int, k: int) -> float:
    """Return the logarithm of the number of ways to choose k of n."""
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


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


def ceiling(
    kind: str, a: Sequence[tuple[Labels, Labels]], b: Sequence[tuple[Labels, Labels]]
) -> dict[str, Any]:
    """Return the repeatability of an overlap: how far each network agrees with itself.

    A network beside itself has the same units, so its two lists overlap more than those of two
    networks do even if nothing distinguishes these; the index says how much noise labels hold.

    Parameters
    ----------
    kind
        `PROBE_HALVES` or `SECOND_RUN`.
    a, b
        Each network's pairs of label lists: one of two runs, or one for each split of the probe.
        Empty labels (of dead units) are ignored.

    Returns
    -------
    dict
        ``a`` and ``b`` are the mean indices of each network's two lists, ``a_sd`` and ``b_sd``
        their standard deviations over splits (`None` for one), ``low`` and ``high`` the smaller and
        the larger mean. ``across`` is the mean index of a list of A and the list of B from the
        other half or run; ``splits`` their number. An undefined index is `None`.
    """
    indices: dict[str, list[float]] = {"a": [], "b": [], "across": []}
    for pair_a, pair_b in zip(a, b, strict=False):
        (a1, a2), (b1, b2) = ([list(filter(None, x)) for x in pair] for pair in (pair_a, pair_b))
        for name, x, y in (("a", a1, a2), ("b", b1, b2), ("across", a1, b2), ("across", a2, b1)):
            index = Overlap.of(x, y).jaccard
            if index is not None:
                indices[name].append(index)
    means = {name: sum(found) / len(found) if found else None for name, found in indices.items()}
    within = [mean for mean in (means["a"], means["b"]) if mean is not None]
    return {
        "kind": kind,
        **means,
        "low": min(within, default=None),
        "high": max(within, default=None),
        **{f"{name}_sd": _sd(indices[name]) for name in ("a", "b")},
        "splits": min(len(a), len(b)),
    }


def _sd(values: Sequence[float]) -> float | None:
    return stdev(values) if len(values) > 1 else None
