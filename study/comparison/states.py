"""Two states of one network, unit by unit: which labels a checkpoint, probe or list changed."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from study.comparison.pairing import Mapped
from study.dissection.run import Run

MOVES = 20
"""How many of the commonest changes of label are listed."""


@dataclass(frozen=True, slots=True)
class Change:
    """A unit whose label differs between two states of a network."""

    layer: str
    unit: int
    a: str
    b: str
    similarity_a: float | None
    similarity_b: float | None


def changes(a: Run, b: Run, mapping: Mapped) -> Iterator[Change]:
    """Yield the units that have another label in B than in A, in order."""
    for key, (x, y) in mapping.items():
        first, second = a.dissection.layer(x), b.dissection.layer(y)
        for (unit, one, similarity), (_, other, another) in zip(
            first.rows(), second.rows(), strict=True
        ):
            if one != other:
                known = [None if math.isnan(value) else value for value in (similarity, another)]
                yield Change(key, unit, one, other, *known)


def same_labels(a: Run, b: Run) -> bool:
    """Whether two tables hold the same layers, units, labels and similarities, in any order."""
    first, second = ({layer.name: layer for layer in run.dissection.layers} for run in (a, b))
    return first.keys() == second.keys() and all(
        layer.units == second[name].units
        and layer.descriptions == second[name].descriptions
        and np.array_equal(layer.similarities, second[name].similarities, equal_nan=True)
        for name, layer in first.items()
    )


def states(a: Run, b: Run, mapping: Mapped) -> dict[str, Any] | None:
    """Return how many units keep their label, by layer and overall, and the commonest changes.

    Chance is the share of equal labels if those of B were dealt to its units at random, layer by
    layer. `None` if a layer has other units in B, or no layers are paired: units then do not
    correspond.
    """
    if not mapping:
        return None
    pairs = [(a.dissection.layer(x), b.dissection.layer(y)) for x, y in mapping.values()]
    if any(first.units != second.units for first, second in pairs):
        return None
    entries = {}
    for key, (first, second) in zip(mapping, pairs, strict=True):
        same = sum(map(str.__eq__, first.descriptions, second.descriptions))
        expected = _by_chance(first.descriptions, second.descriptions)
        entries[key] = _entry(len(first), same, expected)
    total = (
        sum(entry[name] for entry in entries.values()) for name in ("units", "same", "expected")
    )
    moves = Counter((change.a, change.b) for change in changes(a, b, mapping))
    commonest = sorted(moves.items(), key=lambda item: (-item[1], item[0]))[:MOVES]
    return {
        "layers": entries,
        "overall": _entry(*total),
        "similarity": _correlation(a, b, mapping),
        "changes": [[*words, count] for words, count in commonest],
    }


def _entry(units: int, same: int, expected: float) -> dict[str, Any]:
    shares: Mapping[str, float | None] = {"share": None, "chance": None}
    if units:
        shares = {"share": same / units, "chance": expected / units}
    return {"units": units, "same": same, "changed": units - same, "expected": expected, **shares}


def _by_chance(a: tuple[str, ...], b: tuple[str, ...]) -> float:
    """Return the expected number of equal labels with those of B in random order."""
    in_a, in_b = Counter(a), Counter(b)
    return sum(count * in_b[word] for word, count in in_a.items()) / max(len(b), 1)


def _correlation(a: Run, b: Run, mapping: Mapped) -> float | None:
    """Return the correlation of the units' similarities; `None` if it is undefined."""
    first, second = (
        np.concatenate([run.dissection.layer(pair[side]).similarities for pair in mapping.values()])
        for side, run in enumerate((a, b))
    )
    if len(first) < 2 or np.isnan(first + second).any() or not np.ptp(first) or not np.ptp(second):
        return None
    return round(float(np.corrcoef(first, second)[0, 1]), 8)
