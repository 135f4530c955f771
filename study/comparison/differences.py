"""How two networks differ: the concepts that separate them, label quality, and categories."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from study.comparison.statistics import (
    LEVEL,
    difference_of_means,
    difference_of_shares,
    fisher,
    holm,
)
from study.dissection.labels import TRUTH
from study.dissection.run import Run

METHOD = (
    "Fisher's exact test of each concept's units in A and B, two-sided, "
    "p adjusted by Holm for every concept of either network"
)
MEASURES = tuple(name for name in TRUTH if "_" not in name)
"""The measures of label quality without their controls."""
Numbers = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Separating:
    """One concept with its units in network A and in B, and its p value before and after Holm."""

    concept: str
    a: int
    b: int
    p: float
    p_adjusted: float


def separating(a: Sequence[str], b: Sequence[str]) -> tuple[Separating, ...]:
    """Test for each concept whether its share of units differs between two lists of labels.

    Concepts are sorted by p, then by difference of the counts, then by word; none if a list is
    empty.
    """
    in_a, in_b = Counter(a), Counter(b)
    words = sorted(in_a | in_b)
    if not in_a or not in_b:
        return ()
    p = np.array([fisher(in_a[word], in_b[word], len(a), len(b)) for word in words])
    concepts = [
        Separating(word, in_a[word], in_b[word], float(raw), float(adjusted))
        for word, raw, adjusted in zip(words, p, holm(p), strict=True)
    ]
    return tuple(sorted(concepts, key=lambda c: (c.p, -abs(c.a - c.b), c.concept)))


def differences(
    a: Run, b: Run, numbers: Sequence[Numbers], layers: Mapping[str, tuple[str, str]]
) -> dict[str, Any] | None:
    """Return how label quality and categories differ by layer, A - B, with intervals.

    The intervals of a layer's measures hold jointly at 95 % (Bonferroni), and so do those of its
    categories, so that picking the clearest difference does not raise the error rate.

    Parameters
    ----------
    a, b
        The runs.
    numbers
        Their networks' entries in the results.
    layers
        The pair's layer keys, each with the layer of A and that of B.

    Returns
    -------
    dict or None
        `None` if neither is known for both networks.
    """
    entries = {
        key: {"truth": _truth((a, b), names), "categories": _categories(numbers, names)}
        for key, names in layers.items()
    }
    known = any(part is not None for entry in entries.values() for part in entry.values())
    return {"layers": entries} if known else None


def _truth(runs: Sequence[Run], names: Sequence[str]) -> dict[str, Any] | None:
    sides = {
        measure: [run.measured(measure, layer) for run, layer in zip(runs, names, strict=True)]
        for measure in MEASURES
    }
    known = {
        measure: pair for measure, pair in sides.items() if not any(np.isnan(x).all() for x in pair)
    }
    level = 1 - (1 - LEVEL) / max(len(known), 1)
    return {
        measure: difference_of_means(*pair, level=level) for measure, pair in known.items()
    } or None


def _categories(numbers: Sequence[Numbers], names: Sequence[str]) -> dict[str, Any] | None:
    if any(network["categories"] is None for network in numbers):
        return None
    counts = [
        {kind: entry["count"] for kind, entry in network["categories"]["layers"][layer].items()}
        for network, layer in zip(numbers, names, strict=True)
    ]
    kinds = list(dict.fromkeys([*counts[0], *counts[1]]))
    level = 1 - (1 - LEVEL) / max(len(kinds), 1)
    return {
        kind: difference_of_shares(
            *((side.get(kind, 0), sum(side.values())) for side in counts), level=level
        )
        for kind in kinds
    }
