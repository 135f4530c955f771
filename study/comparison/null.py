"""The null of a comparison: the units of two networks redealt, and what the labels then give.

A *hand* deals the units of a layer to two networks of the sizes that there are, and looks at the
labels that they then have. Where scores are at hand, every hand is scored anew
(`study.comparison.rescoring`); from tables alone, units keep their labels (`labels_redealt`). All
that a hand gives is counted in one table, from which every p value of a comparison is taken.
"""

import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from study.comparison import hand_counts
from study.comparison.hand_counts import Codes, Counts
from study.comparison.statistics import LEVEL, holm
from study.dissection import word_forms
from study.dissection.families import UNKNOWN
from study.dissection.null_table import Tally

UNITS, LABELS = "units rescored", "labels redealt"
"""The two kinds of null: units redealt and scored anew, and labels redealt."""
TOTAL = ""
"""The key of all layers together."""
JACCARD, MERGED, LEAST_P, CATEGORY = "jaccard", "merged", "least_p", "category "
"""The statistics of a hand.

`JACCARD` and `MERGED` are shared concepts and their union, as spelt and with word forms merged;
`LEAST_P` is the smallest of the concepts' Fisher p values, of all layers together; `CATEGORY` and a
name are the units of A and of B whose label is of that category.
"""
_KINDS = 13
"""Kinds of concept in the project's table, the unknown included."""
_CELLS = 1 << 21
"""Counts in memory at a time, (hands, words); does not affect the numbers."""

Floats = npt.NDArray[np.float64]
Deal = tuple[Codes, Codes]
"""Labels of the units in the hands of A and of B, (hands, units) each, as indices of words."""
Labels = Mapping[str, Sequence[str]]
"""The labels of one network's units by layer; two networks share the layer keys."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words that units of either network may be labelled with.

    Parameters
    ----------
    words
        Each once.
    categories
        Word to category, of those that have one; empty if there are no categories.
    """

    words: tuple[str, ...]
    categories: Mapping[str, str] = field(default_factory=dict)

    def groups(self) -> dict[str, tuple[list[str], Codes]]:
        """Return names of merged forms and of categories, and the index of each word's."""
        kinds = {MERGED: list(word_forms.merged(self.words))}
        if self.categories:
            kinds[CATEGORY] = [self.categories.get(word) or UNKNOWN for word in self.words]
        grouped = {}
        for kind, of_word in kinds.items():
            names = sorted(set(of_word))
            index = {name: number for number, name in enumerate(names)}
            grouped[kind] = names, np.array([index[name] for name in of_word], np.int32)
        return grouped


def labels_redealt(
    a: Labels, b: Labels, *, hands: int, seed: int
) -> tuple[tuple[str, ...], dict[str, Deal]]:
    """Redeal the labels of two networks within each layer.

    A hand depends on the layer's name, on how often each word occurs in the layers and on the
    numbers of units; not on which network is which, nor on the order of units, nor on the spelling.

    Returns
    -------
    words : tuple of str
        The words of both networks.
    deals : dict
        Layer to the labels in every hand.
    """
    occurrences = {layer: Counter([*a[layer], *b[layer]]) for layer in a}
    words = tuple(
        sorted(
            set().union(*occurrences.values()),
            key=lambda word: (*(each[word] for each in occurrences.values()), word),
        )
    )
    deals = {}
    for layer, counts in occurrences.items():
        generator = np.random.default_rng([seed, zlib.crc32(layer.encode())])
        # By their number of units here first: other layers must not change this layer's hands.
        order = sorted(range(len(words)), key=lambda index: counts[words[index]])
        times = [counts[words[index]] for index in order]
        pool = np.repeat(np.array(order, np.int32), times)
        dealt = generator.permuted(np.tile(pool, (hands, 1)), axis=1)
        smaller = min(len(a[layer]), len(b[layer]))
        first, rest = dealt[:, :smaller], dealt[:, smaller:]
        deals[layer] = (first, rest) if len(a[layer]) == smaller else (rest, first)
    return words, deals


def tally(deals: Mapping[str, Deal], words: Words) -> dict[str, Tally]:
    """Count what the labels in every hand give, by layer and, under `TOTAL`, over all layers."""
    groups = words.groups()
    tallies: dict[str, dict[str, Counter[tuple[float, ...]]]] = {
        key: defaultdict(Counter) for key in (*deals, TOTAL)
    }
    hands = min((len(first) for first, _ in deals.values()), default=0)
    block = max(1, _CELLS // max(1, len(words.words)))
    for start in range(0, hands, block):
        rows = slice(start, min(start + block, hands))
        counted: dict[str, list[Counts]] = {
            layer: [hand_counts.counts(side[rows], len(words.words)) for side in deal]
            for layer, deal in deals.items()
        }
        counted[TOTAL] = [np.sum(sides, axis=0) for sides in zip(*counted.values(), strict=True)]
        for key, (a, b) in counted.items():
            found = hand_counts.overlaps(a, b, groups[MERGED][1])
            for kind, overlap in zip((JACCARD, MERGED), found, strict=True):
                _add(tallies[key][kind], *overlap)
            names, group = groups.get(CATEGORY, ([], np.zeros(0, np.int32)))
            grouped = [hand_counts.grouped(side, group, len(names)).T for side in (a, b) if names]
            for name, *sides in zip(names, *grouped, strict=True):
                _add(tallies[key][CATEGORY + name], *sides)
        _add(tallies[TOTAL][LEAST_P], hand_counts.least_p(*counted[TOTAL]))
    return {key: dict(statistics) for key, statistics in tallies.items()}


def _add(counter: Counter[tuple[float, ...]], *columns: npt.NDArray[Any]) -> None:
    values, hands = np.unique(np.stack(columns, axis=1), axis=0, return_counts=True)
    for value, count in zip(values.tolist(), hands.tolist(), strict=True):
        counter[tuple(value)] += count


@dataclass(frozen=True, slots=True)
class Null:
    """The Jaccard index when labels do not depend on the network.

    ``low`` and ``high`` bound the middle 95 % of the hands; ``p_low`` = P(null <= J) and ``p_high``
    = P(null >= J), each (b + 1)/(n + 1).

    Parameters
    ----------
    kind
        `UNITS` or `LABELS`.
    jaccard
        The index that it is compared with.
    indices
        The index in every hand, sorted.
    """

    mean: float
    low: float
    high: float
    p_low: float
    p_high: float
    permutations: int
    kind: str
    jaccard: float
    indices: Floats = field(repr=False, compare=False)

    @classmethod
    def of(
        cls, jaccard: float | None, overlaps: Mapping[tuple[float, ...], int], *, kind: str
    ) -> "Null | None":
        """Compare an index with the overlaps of the hands: shared concepts and their union.

        `None` if the index is undefined, or there is no hand.
        """
        pairs = np.array(list(overlaps), dtype=np.float64).reshape(-1, 2)
        if jaccard is None or not len(pairs):
            return None
        hands = np.array(list(overlaps.values()))
        indices = np.sort(np.repeat(pairs[:, 0] / pairs[:, 1], hands))
        n = len(indices)
        low, high = np.quantile(indices, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return cls(
            mean=float(indices.mean()),
            low=float(low),
            high=float(high),
            p_low=(int((indices <= jaccard).sum()) + 1) / (n + 1),
            p_high=(int((indices >= jaccard).sum()) + 1) / (n + 1),
            permutations=n,
            kind=kind,
            jaccard=jaccard,
            indices=indices,
        )

    @property
    def p(self) -> float:
        """The two-sided p value: twice the smaller of the two, at most 1."""
        return min(1.0, 2 * min(self.p_low, self.p_high))

    def detectable(self, statements: int) -> dict[str, float | None]:
        """Return the bounds outside which an index would have been called different.

        In a family of so many statements a two-sided p must reach (1 - level)/statements, the
        first and strictest step of Holm's rule. A bound is `None` where no index could.
        """
        n = self.permutations
        most = int((1 - LEVEL) / 2 / statements * (n + 1) + 1e-9) - 1
        if most < 0:
            return {"low": None, "high": None}
        low, high = float(self.indices[most]), float(self.indices[n - 1 - most])
        return {"low": low if low > 0 else None, "high": high if high < 1 else None}

    def to_json(self) -> dict[str, Any]:
        """Return the null's numbers under their keys in the results, not yet adjusted."""
        names = ("mean", "low", "high", "p_low", "p_high", "permutations", "kind", "p")
        ratio = self.jaccard / self.mean if self.mean else None
        return {**{name: getattr(self, name) for name in names}, "ratio": ratio}


def hands_for(statements: int, layers: int = 0) -> int:
    """Return how many hands a family of so many statements needs.

    The smallest p value, adjusted for all of them, must lie well below 1 - level; that of a kind of
    concept in one of so many layers, adjusted for all kinds and layers of a pair, below it.
    """
    return max(2000, 100 * statements, 25 * _KINDS * layers)


def adjust(nulls: Sequence[tuple[Null, dict[str, Any]]]) -> None:
    """Add to each null's entry in the results what depends on all statements of its family.

    These are ``p_adjusted``, by Holm's rule, and ``detectable``.
    """
    adjusted = holm(np.array([null.p for null, _ in nulls]))
    for (null, entry), p in zip(nulls, adjusted.tolist(), strict=True):
        entry |= {"p_adjusted": p, "detectable": null.detectable(len(nulls))}


def share_p(
    a: int, b: int, counts: Mapping[tuple[float, ...], int], units: tuple[int, int]
) -> float:
    """Return the two-sided p value of a difference of shares, a / units of A - b / units of B.

    Parameters
    ----------
    a, b
        The observed counts.
    counts
        Counts of A and B in the hands, each with the number of hands.
    units
        Units of A and of B, at least 1 each.

    Returns
    -------
    float
        (b + 1)/(n + 1), where b hands differ from the mean over hands by at least as much.
    """
    pairs, hands = np.array(list(counts), dtype=np.float64), np.array(list(counts.values()))
    shares = pairs[:, 0] / units[0] - pairs[:, 1] / units[1]
    middle = float(np.average(shares, weights=hands))
    reach = abs(a / units[0] - b / units[1] - middle)
    extreme = np.abs(shares - middle) >= reach - 1e-12
    return (int(hands[extreme].sum()) + 1) / (int(hands.sum()) + 1)
