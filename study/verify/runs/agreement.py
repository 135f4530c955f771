"""Measure how far two tables of one network agree."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from study.verify.reading.descriptions import Part, Table
from study.verify.runs.flips import count_flips

Floats = npt.NDArray[np.float64]
REPEATED = 3
"""A word counts as repeated if at least this many units carry it."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairing:
    """The units that two tables both have, side by side; each field has one entry per unit."""

    layers: tuple[str, ...]
    labels_a: tuple[str, ...]
    labels_b: tuple[str, ...]
    similarities_a: Floats
    similarities_b: Floats
    margins: Floats

    def __len__(self) -> int:
        return len(self.layers)

    def only(self, names: Collection[str]) -> "Pairing":
        """Return the units of some layers."""
        units = [i for i, layer in enumerate(self.layers) if layer in names]
        return Pairing(
            tuple(self.layers[i] for i in units),
            tuple(self.labels_a[i] for i in units),
            tuple(self.labels_b[i] for i in units),
            self.similarities_a[units],
            self.similarities_b[units],
            self.margins[units],
        )


@dataclass(frozen=True, slots=True)
class Features:
    """The measurements that the diagnosis rests on; `None` where the tables do not allow one.

    Attributes
    ----------
    units
        Units that both tables have.
    agreement
        Share of them with equal labels, 0 to 1.
    chance
        Agreement that shuffling B's labels would give.
    beyond_chance
        (agreement - chance)/(1 - chance); the agreement itself where all labels are one.
    exact
        Share of units whose similarity is equal to the last digit.
    flipped_exactly
        Units whose label changed although their similarity is equal to the last digit.
    median_difference, high_difference, max_difference
        Of |similarity A - similarity B|: median, 95th percentile, maximum over all units.
    slope
        Of B's similarities on A's through the origin, over units with equal labels.
    fold
        The slope or its inverse, whichever is larger.
    tuning
        Correlation of the two tables' similarities over units, mean over layers weighted by
        units: do the same units stand out in both runs?
    tuning_sure
        The same less two standard errors of unrelated numbers, 2/sqrt(units): the part that
        chance does not explain.
    vocabulary
        Share of B's different labels that are in A's vocabulary.
    lost
        Of the words that at least three units carry in one table, the share that no unit carries
        in the other; the larger of both directions.
    flips
        Changed labels by kind (`study.verify.runs.flips.KINDS`).
    by_margin
        From the lowest margin quarter to the highest: highest margin, units, agreement.
    """

    units: int
    agreement: float
    chance: float
    beyond_chance: float
    exact: float | None
    flipped_exactly: int
    median_difference: float | None
    high_difference: float | None
    max_difference: float | None
    slope: float | None
    fold: float | None
    tuning: float | None
    tuning_sure: float | None
    vocabulary: float
    lost: float | None
    flips: Mapping[str, int]
    by_margin: tuple[tuple[float, int, float], ...]

    def to_json(self) -> dict[str, Any]:
        """Return the features by name."""
        return {name: getattr(self, name) for name in self.__slots__}


def pair_units(a: Table, b: Table) -> Pairing:
    """Return the units, by layer name and number, that two tables both have, in A's order."""
    rows = [
        (
            layer,
            part.labels[i],
            other.labels[j],
            float(part.similarities[i]),
            float(other.similarities[j]),
            a.margins.get((layer, int(part.units[i])), np.nan),
        )
        for layer, part in a.parts.items()
        if (other := b.parts.get(layer)) is not None
        for i, j in _common(part, other)
    ]
    layers, labels_a, labels_b, *numbers = zip(*rows, strict=True) if rows else [()] * 6
    return Pairing(layers, labels_a, labels_b, *(np.array(values, float) for values in numbers))


def _common(part: Part, other: Part) -> list[tuple[int, int]]:
    """Return the rows of each unit that both parts have."""
    _, in_a, in_b = np.intersect1d(part.units, other.units, return_indices=True)
    return list(zip(in_a.tolist(), in_b.tolist(), strict=True))


def measure(pairing: Pairing, *, words: Collection[str] | None = None) -> Features:
    """Measure what the two sides of a pairing have in common.

    Parameters
    ----------
    pairing
        At least one unit.
    words
        A's vocabulary; default: A's labels in the pairing. For one layer of several, pass A's
        labels in all layers, as a single layer has too few.
    """
    a, b = pairing.labels_a, pairing.labels_b
    equal = np.array([x == y for x, y in zip(a, b, strict=True)])
    agreement = float(equal.mean())
    chance = _chance(pairing)
    known = np.isfinite(pairing.similarities_a) & np.isfinite(pairing.similarities_b)
    x, y = pairing.similarities_a[known], pairing.similarities_b[known]
    gaps = np.abs(x - y)
    slope = _slope(x[equal[known]], y[equal[known]])
    words_a, words_b = set(words or a), set(b)
    tuning = _tuning(pairing, known)
    return Features(
        units=len(pairing),
        agreement=agreement,
        chance=chance,
        beyond_chance=(agreement - chance) / (1 - chance) if chance < 1 else agreement,
        exact=float((gaps == 0).mean()) if len(gaps) else None,
        flipped_exactly=int(((gaps == 0) & ~equal[known]).sum()),
        median_difference=float(np.median(gaps)) if len(gaps) else None,
        high_difference=float(np.quantile(gaps, 0.95)) if len(gaps) else None,
        max_difference=float(gaps.max()) if len(gaps) else None,
        slope=slope,
        fold=max(slope, 1 / slope) if slope else None,
        tuning=tuning,
        tuning_sure=None if tuning is None else tuning - 2 / float(np.sqrt(known.sum())),
        vocabulary=len(words_a & words_b) / len(words_b),
        lost=_lost(a, b),
        flips=count_flips(zip(a, b, strict=True)),
        by_margin=_by_margin(pairing.margins, equal),
    )


def _chance(pairing: Pairing) -> float:
    """Return the agreement expected when B's labels are shuffled within their layers."""
    total = 0.0
    for layer in dict.fromkeys(pairing.layers):
        part = pairing.only({layer})
        counts_a, counts_b = Counter(part.labels_a), Counter(part.labels_b)
        total += sum(n * counts_b[word] for word, n in counts_a.items()) / len(part)
    return total / len(pairing)


def _slope(x: Floats, y: Floats) -> float | None:
    """Return the slope through the origin: the median of the ratios, robust to a few rows.

    Undefined for fewer than ten units, or if similarities are too close to zero to divide by.
    """
    usable = (np.abs(x) > 1e-3) & (np.sign(x) == np.sign(y))
    if usable.sum() < 10:
        return None
    return float(np.median(y[usable] / x[usable]))


def _tuning(pairing: Pairing, known: npt.NDArray[np.bool_]) -> float | None:
    total, units = 0.0, 0
    names = np.array(pairing.layers)
    for layer in dict.fromkeys(pairing.layers):
        chosen = known & (names == layer)
        x, y = pairing.similarities_a[chosen], pairing.similarities_b[chosen]
        if len(x) >= 10 and np.ptp(x) > 0 and np.ptp(y) > 0:
            total += float(np.corrcoef(x, y)[0, 1]) * len(x)
            units += len(x)
    return total / units if units else None


def _lost(a: Sequence[str], b: Sequence[str]) -> float | None:
    shares = []
    for labels, others in ((a, set(b)), (b, set(a))):
        repeated = [word for word, count in Counter(labels).items() if count >= REPEATED]
        if len(repeated) >= 5:
            shares.append(sum(word not in others for word in repeated) / len(repeated))
    return max(shares, default=None)


def _by_margin(
    margins: Floats, equal: npt.NDArray[np.bool_]
) -> tuple[tuple[float, int, float], ...]:
    known = np.flatnonzero(np.isfinite(margins))
    if len(known) < 4:
        return ()
    order = known[np.argsort(margins[known], kind="stable")]
    return tuple(
        (float(margins[quarter[-1]]), len(quarter), float(equal[quarter].mean()))
        for quarter in np.array_split(order, 4)
    )
