"""Counts of words in hands, and what they give: overlaps, groups of words, the least p value."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from study.comparison.statistics import fisher

Codes = npt.NDArray[np.int32]
Counts = npt.NDArray[np.int32]
"""How often each word occurs in each hand, (hands, words)."""
Floats = npt.NDArray[np.float64]
_TABLE = 1 << 20
"""Pairs of counts up to which p values are looked up by the pair itself."""
Column = npt.NDArray[np.int64]
"""A number of each hand, (hands,)."""


def counts(codes: Codes, words: int) -> Counts:
    """Return how often each of so many words occurs in each hand, from the words' indices."""
    flat = codes + words * np.arange(len(codes), dtype=np.int64)[:, None]
    found = np.bincount(flat.ravel(), minlength=len(codes) * words)
    return found.reshape(len(codes), words).astype(np.int32)


def grouped(counted: Counts, group: Codes, groups: int) -> Counts:
    """Add up the counts of words that are in one group, (hands, groups); no group is empty."""
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(groups))
    return np.asarray(np.add.reduceat(counted[:, order], starts, axis=1))


def overlaps(a: Counts, b: Counts, group: Codes) -> Iterator[tuple[Column, Column]]:
    """Yield shared words and their union in each hand, then those of groups of words."""
    dealt = np.flatnonzero(a.any(axis=0) | b.any(axis=0))
    in_a, in_b, group = a[:, dealt] > 0, b[:, dealt] > 0, group[dealt]
    both, either = in_a & in_b, in_a | in_b
    shared, union = both.sum(axis=1), either.sum(axis=1)
    yield shared, union
    several = np.bincount(group)[group] > 1  # a word alone in its group counts as it did
    if several.any():
        order = np.flatnonzero(several)[np.argsort(group[several], kind="stable")]
        starts = np.flatnonzero(np.diff(group[order], prepend=-1))
        of_a, of_b = (
            np.logical_or.reduceat(side[:, order], starts, axis=1) for side in (in_a, in_b)
        )
        shared = shared - both[:, several].sum(axis=1) + (of_a & of_b).sum(axis=1)
        union = union - either[:, several].sum(axis=1) + (of_a | of_b).sum(axis=1)
    yield shared, union


def least_p(a: Counts, b: Counts) -> Floats:
    """Return the smallest Fisher p value over the words of each hand; 1 if a hand is empty."""
    units_a, units_b = int(a[0].sum()), int(b[0].sum())
    if not units_a or not units_b:
        return np.ones(len(a))
    width = int(b.max()) + 1
    pairs = a.astype(np.int64) * width + b
    if (int(a.max()) + 1) * width > _TABLE:
        kinds, pairs = np.unique(pairs, return_inverse=True)
        pairs = pairs.reshape(a.shape)
    else:
        kinds = np.arange(int(pairs.max()) + 1)
    p = np.ones(len(kinds))  # of a word that no unit has, too: no p is larger
    for place in np.flatnonzero(np.bincount(pairs.ravel(), minlength=len(kinds))):
        of_a, of_b = divmod(int(kinds[place]), width)
        if of_a + of_b:
            p[place] = fisher(of_a, of_b, units_a, units_b)
    return np.asarray(p[pairs].min(axis=1))
