"""How two networks differ: the concepts that separate them, label quality, and categories."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from study.comparison.statistics import (
    LEVEL,
    difference_of_means,
    difference_of_shares,
    fisher,
    holm,
)

if TYPE_CHECKING:
    from study.dissection.run import Run

METHOD = (
    "Fisher's exact test of each concept's units in A and B, two-sided, "
    "p adjusted by Holm for every concept of either network"
)
MEASURES = ("precision", "pearson", "auprc")
Numbers = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Separating:
    """One concept with its units in network A and in B, and its p value before and after Holm."""

    concept: str
    a: int
    b: int
    p: float
    p_adjusted: float

    def to_json(self) -> dict[str, Any]:
        """Return the concept's entry in the results."""
        return {name: getattr(self, name) for name in self.__slots__}


def separating(a: Sequence[str], b: Sequence[str]) -> tuple[Separating, ...]:
    """Test for each concept whether its share of units differs between two lists of labels.

    Returns
    -------
    tuple of Separating
        All concepts, by p, then by difference of the counts, then by word; none if a list is empty.
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
    a: "Run",
    b: "Run",
    numbers_a: Numbers,
    numbers_b: Numbers,
    layers: Mapping[str, tuple[str, str]],
) -> dict[str, Any] | None:
    """Return how label quality and categories differ by layer, A - B, with intervals.

    The intervals of a layer's measures hold jointly at 95 % (Bonferroni), and so do those of its
    categories, so that picking the clearest difference does not raise the error rate.

    Parameters
    ----------
    a, b
        The runs.
    numbers_a, numbers_b
        Their networks' entries in the results.
    layers
        The pair's layer keys, each with the layer of A and that of B.

    Returns
    -------
    dict or None
        ``layers``: key to ``truth`` (measure to ``mean``, ``low``, ``high``, or `None`) and
        ``categories`` (category to ``share``, ``low``, ``high``, or `None`); `None` if neither
        is known for both networks.
    """
    entries = {
        key: {
            "truth": _truth(a, b, names),
            "categories": _categories(numbers_a, numbers_b, names),
        }
        for key, names in layers.items()
    }
    known = any(part is not None for entry in entries.values() for part in entry.values())
    return {"layers": entries} if known else None


def _truth(a: "Run", b: "Run", names: tuple[str, str]) -> dict[str, Any] | None:
    sides = [
        {measure: _column(run, layer, measure) for measure in MEASURES}
        for run, layer in zip((a, b), names, strict=True)
    ]
    known = [name for name in MEASURES if all((~np.isnan(side[name])).any() for side in sides)]
    if not known:
        return None
    level = 1 - (1 - LEVEL) / len(known)
    return {
        measure: difference_of_means(*(side[measure] for side in sides), level=level)
        for measure in known
    }


def _column(run: "Run", layer: str, column: str) -> npt.NDArray[np.float64]:
    if run.labels is None or column not in run.labels:
        return np.full(0, np.nan)
    rows = run.labels[run.labels["layer"] == layer]
    return rows[column].to_numpy(dtype=np.float64, na_value=np.nan)


def _categories(a: Numbers, b: Numbers, names: tuple[str, str]) -> dict[str, Any] | None:
    if a["categories"] is None or b["categories"] is None:
        return None
    counts = [
        {kind: entry["count"] for kind, entry in numbers["categories"]["layers"][layer].items()}
        for numbers, layer in zip((a, b), names, strict=True)
    ]
    units = [sum(side.values()) for side in counts]
    kinds = list(dict.fromkeys([*counts[0], *counts[1]]))
    level = 1 - (1 - LEVEL) / max(len(kinds), 1)
    return {
        kind: difference_of_shares(
            *((side.get(kind, 0), total) for side, total in zip(counts, units, strict=True)),
            level=level,
        )
        for kind in kinds
    }
