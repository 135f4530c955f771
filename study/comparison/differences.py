"""How two networks differ: the concepts that separate them, label quality, and categories."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import compress
from typing import Any

import numpy as np

from study.comparison.network import MEASURES
from study.comparison.null import CATEGORY, share_p
from study.comparison.statistics import (
    LEVEL,
    difference_of_means,
    difference_of_shares,
    fisher,
    holm,
)
from study.dissection.families import FAMILIES, RULES, UNKNOWN, own
from study.dissection.null_table import Tallies, Tally
from study.dissection.run import Run

METHOD = (
    "Fisher's exact test of each concept's share of units in A and B, two-sided; adjusted p: the "
    "share of permutations in which any concept has a p value as small"
)
Numbers = Mapping[str, Any]
_MOST = 2048
"""The largest count that `detectable` tries."""


@dataclass(frozen=True, slots=True)
class Separating:
    """One concept with its units in network A and in B, and its p value, raw and adjusted."""

    concept: str
    a: int
    b: int
    p: float
    p_adjusted: float


def separating(
    a: Sequence[str], b: Sequence[str], least_p: Mapping[tuple[float, ...], int]
) -> tuple[Separating, ...]:
    """Test for each concept whether its share of units differs between two lists of labels.

    Concepts are sorted by p, then by difference of the shares, then by word; none if a list is
    empty.

    Parameters
    ----------
    a, b
        The labels.
    least_p
        The smallest p value over all concepts in each redealing, with how many gave it; at least
        one. The adjusted p, (b + 1)/(n + 1) of it, controls the family-wise error over concepts.

    References
    ----------
    P. H. Westfall and S. S. Young, Resampling-Based Multiple Testing (1993), single-step min P.
    """
    in_a, in_b = Counter(a), Counter(b)
    words = sorted(in_a | in_b)
    if not in_a or not in_b:
        return ()
    least = np.array(list(least_p), dtype=np.float64).ravel()
    hands = np.array(list(least_p.values()), dtype=np.int64)
    concepts = []
    for word in words:
        p = fisher(in_a[word], in_b[word], len(a), len(b))
        extreme = int(hands[least <= p * (1 + 1e-9)].sum())
        adjusted = max(p, (extreme + 1) / (int(hands.sum()) + 1))
        concepts.append(Separating(word, in_a[word], in_b[word], p, adjusted))
    size = {c: abs(c.a / len(a) - c.b / len(b)) for c in concepts}
    return tuple(sorted(concepts, key=lambda c: (c.p, -size[c], c.concept)))


def tests_of_concepts(
    a: Sequence[str], b: Sequence[str], least_p: Mapping[tuple[float, ...], int]
) -> dict[str, Any]:
    """Return the tests of `separating` under their keys in the results."""
    concepts = [asdict(concept) for concept in separating(a, b, least_p)]
    return {
        "tested": len(concepts),
        "method": METHOD,
        "detectable": detectable((len(a), len(b)), least_p),
        "concepts": concepts,
    }


def detectable(
    units: tuple[int, int], least_p: Mapping[tuple[float, ...], int], level: float = LEVEL
) -> dict[str, int | None]:
    """Return how many units of one network, against none of the other, would differ significantly.

    Parameters
    ----------
    units
        The units of A and of B.
    least_p
        As for `separating`.
    level
        Level of confidence.

    Returns
    -------
    dict
        ``a``: the fewest units of A, against none of B, whose adjusted p is significant, and ``b``
        the other way round; `None` where no number of up to 2,048 would be.
    """
    least = np.array(list(least_p), dtype=np.float64).ravel()
    hands = np.array(list(least_p.values()), dtype=np.int64)

    def differs(count: int, side: int) -> bool:
        split = (count, 0) if side == 0 else (0, count)
        p = fisher(*split, *units)
        extreme = int(hands[least <= p * (1 + 1e-9)].sum())
        return max(p, (extreme + 1) / (int(hands.sum()) + 1)) <= 1 - level

    found: list[int | None] = []
    for side in (0, 1):
        most = min(_MOST, units[side]) if len(least) and min(units) else 0
        high = 1  # p falls as the count grows, and takes longer to compute
        while high <= most and not differs(high, side):
            high *= 2
        low, high = high // 2 + 1, min(high, most + 1)
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if differs(middle, side) else (middle + 1, high)
        found.append(low if low <= most else None)
    return dict(zip(("a", "b"), found, strict=True))


def differences(
    a: Run,
    b: Run,
    numbers: Sequence[Numbers],
    layers: Mapping[str, tuple[str, str]],
    tallies: Tallies,
) -> dict[str, Any] | None:
    """Return how label quality and categories differ by layer, A - B, with intervals.

    The intervals of a layer's measures hold jointly at 95 % (Bonferroni), and so do those of its
    categories, so that picking the clearest difference does not raise the error rate. Where the
    categories are the project's own families, their differences by other rules stand beside them.

    Parameters
    ----------
    a, b
        The runs.
    numbers
        Their networks' entries in the results.
    layers
        The pair's layer keys, each with the layer of A and that of B.
    tallies
        What redealing the units gave, by layer key: the null of the categories. Their adjusted p
        values are for all categories of all layers (Holm).

    Returns
    -------
    dict or None
        `None` if neither is known for both networks.
    """
    entries = {
        key: {
            "truth": _truth((a, b), names),
            "categories": _categories(numbers, names, tallies.get(key, {})),
        }
        for key, names in layers.items()
    }
    tested = [
        entry
        for categories in entries.values()
        for entry in (categories["categories"] or {}).values()
        if entry is not None and entry["p"] is not None
    ]
    adjusted = holm(np.array([entry["p"] for entry in tested]))
    for entry, p in zip(tested, adjusted.tolist(), strict=True):
        entry["p_adjusted"] = p
    known = any(part is not None for entry in entries.values() for part in entry.values())
    return {"layers": entries, "rules": _rules((a, b), numbers, layers)} if known else None


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


def _categories(
    numbers: Sequence[Numbers], names: Sequence[str], tally: Tally
) -> dict[str, Any] | None:
    sources = [(network["categories"] or {}).get("source") for network in numbers]
    if None in sources or len(set(sources)) > 1:
        return None
    counts = [
        {kind: entry["count"] for kind, entry in network["categories"]["layers"][layer].items()}
        for network, layer in zip(numbers, names, strict=True)
    ]
    kinds = list(dict.fromkeys([*counts[0], *counts[1]]))
    level = 1 - (1 - LEVEL) / max(len(kinds), 1)
    units = [sum(side.values()) for side in counts]
    entries: dict[str, Any] = {}
    for kind in kinds:
        a, b = (side.get(kind, 0) for side in counts)
        difference = difference_of_shares((a, units[0]), (b, units[1]), level=level)
        if difference is not None:
            hands = tally.get(CATEGORY + kind)
            p = share_p(a, b, hands, (units[0], units[1])) if hands else None
            difference |= {"p": p, "p_adjusted": None}
        entries[kind] = difference
    return entries


def _rules(
    runs: Sequence[Run], numbers: Sequence[Numbers], layers: Mapping[str, tuple[str, str]]
) -> list[dict[str, Any]] | None:
    """Return the differences of families by other rules; `None` without the project's own table."""
    table = own()
    kinds = [network["categories"] or {} for network in numbers]
    if any((one.get("source"), one.get("sha256")) != (table.name, table.sha256) for one in kinds):
        return None
    shown = {name for one in kinds for name in one["names"]}
    labels = {
        key: [
            Counter(compress(run.dissection.layer(name).descriptions, run.live(name)))
            for run, name in zip(runs, names, strict=True)
        ]
        for key, names in layers.items()
    }
    words = {word for sides in labels.values() for side in sides for word in side}
    entries = []
    for rule, families_of in RULES.items():
        families = {word: set(families_of(table, word)) for word in words}
        of_layers = {key: _by_rule(sides, families, shown) for key, sides in labels.items()}
        entries.append({"rule": rule, "layers": of_layers})
    return entries


def _by_rule(
    sides: Sequence[Mapping[str, int]], families: Mapping[str, set[str]], shown: set[str]
) -> dict[str, Any]:
    """Return the difference of shares of each family shown by the main rule or found by this one.

    A label of several families counts for each of them.
    """
    counts: list[Counter[str]] = []
    for side in sides:
        counts.append(Counter())
        for word, units in side.items():
            counts[-1].update(dict.fromkeys(families[word], units))
    known = shown.union(*counts)
    names = [name for name in (*FAMILIES, UNKNOWN) if name in known]
    level = 1 - (1 - LEVEL) / max(len(names), 1)
    units_a, units_b = (sum(side.values()) for side in sides)
    entries: dict[str, Any] = {}
    for name in names:
        a, b = (count[name] for count in counts)
        difference = difference_of_shares((a, units_a), (b, units_b), level=level)
        entries[name] = difference and {"a": a / units_a, "b": b / units_b, **difference}
    return entries
