"""Measure how far two tables of one network agree."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from study.verify.reading.descriptions import Table
from study.verify.runs.flips import count_flips

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.object_]
Mask = npt.NDArray[np.bool_]
REPEATED = 3
"""A word counts as repeated if at least this many units carry it."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairing:
    """The units that two tables both have, side by side; each field has one entry per unit."""

    layers: Labels
    units: Labels
    labels_a: Labels
    labels_b: Labels
    similarities_a: Floats
    similarities_b: Floats
    margins: Floats
    margins_b: Floats

    def __len__(self) -> int:
        return len(self.layers)

    def where(self, mask: Mask) -> "Pairing":
        """Return the units that a mask marks."""
        return Pairing(*(getattr(self, column)[mask] for column in self.__slots__))

    def by_layer(self) -> dict[str, "Pairing"]:
        """Return the units of each layer."""
        return {layer: self.where(self.layers == layer) for layer in dict.fromkeys(self.layers)}


@dataclass(frozen=True, slots=True)
class Features:
    """The measurements that the diagnosis rests on; `None` where the tables do not allow one."""

    units: int
    """Units that both tables have."""
    agreement: float
    """Share of them with equal labels, 0 to 1."""
    chance: float
    """Agreement that shuffling B's labels within their layers would give."""
    beyond_chance: float
    """(agreement - chance)/(1 - chance); the agreement itself where all labels are one."""
    exact: float | None
    """Share of units whose similarity is equal to the last digit."""
    flipped_exactly: int
    """Units whose label changed although their similarity is equal to the last digit."""
    median_difference: float | None
    high_difference: float | None
    max_difference: float | None
    """Median, 95th percentile and maximum of |similarity A - similarity B| over all units."""
    slope: float | None
    """Of B's similarities on A's through the origin, over units with equal labels."""
    fold: float | None
    """The slope or its inverse, whichever is larger."""
    tuning: float | None
    """Correlation of both tables' similarities over units, mean over layers weighted by units."""
    tuning_sure: float | None
    """The same less two standard errors of unrelated numbers, 2/sqrt(units)."""
    vocabulary: float
    """Share of B's different labels that are in A's vocabulary."""
    lost: float | None
    """Share of the words repeated in one table that the other lacks, larger of both directions."""
    flips: Mapping[str, int]
    """Changed labels by kind (`study.verify.runs.flips.KINDS`)."""
    by_margin: tuple[tuple[float, int, float], ...]
    """From the lowest margin quarter to the highest: highest margin, units, agreement."""


def pair_units(a: Table, b: Table) -> Pairing:
    """Return the units, by layer name and number, that two tables both have, in A's order."""
    rows: list[tuple[Any, ...]] = []
    for layer, part in a.parts.items():
        if (other := b.parts.get(layer)) is None:
            continue
        units, in_a, in_b = np.intersect1d(part.units, other.units, return_indices=True)
        for unit, i, j in zip(units.tolist(), in_a.tolist(), in_b.tolist(), strict=True):
            words = part.labels[i], other.labels[j]
            values = part.similarities[i], other.similarities[j]
            leads = (table.margins.get((layer, unit)) for table in (a, b))
            rows.append((layer, unit, *words, *values, *leads))
    columns = list(zip(*rows, strict=True)) or [()] * 8
    texts = (np.array(column, object) for column in columns[:4])
    return Pairing(*texts, *(np.array(column, float) for column in columns[4:]))


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
    a, b = pairing.labels_a.tolist(), pairing.labels_b.tolist()
    equal = pairing.labels_a == pairing.labels_b
    agreement, chance = float(equal.mean()), _chance(pairing)
    finite = np.isfinite(pairing.similarities_a) & np.isfinite(pairing.similarities_b)
    known = pairing.where(finite)
    x, y, same = known.similarities_a, known.similarities_b, equal[finite]
    gaps = np.abs(x - y)
    slope, tuning = _slope(x[same], y[same]), _tuning(known)
    words_a, words_b = set(a if words is None else words), set(b)
    return Features(
        units=len(pairing),
        agreement=agreement,
        chance=chance,
        beyond_chance=(agreement - chance) / (1 - chance) if chance < 1 else agreement,
        exact=float((gaps == 0).mean()) if len(gaps) else None,
        flipped_exactly=int(((gaps == 0) & ~same).sum()),
        median_difference=float(np.median(gaps)) if len(gaps) else None,
        high_difference=float(np.quantile(gaps, 0.95)) if len(gaps) else None,
        max_difference=float(gaps.max()) if len(gaps) else None,
        slope=slope,
        fold=max(slope, 1 / slope) if slope else None,
        tuning=tuning,
        tuning_sure=None if tuning is None else tuning - 2 / float(np.sqrt(len(known))),
        vocabulary=len(words_a & words_b) / len(words_b),
        lost=_lost(a, b),
        flips=count_flips(zip(a, b, strict=True)),
        by_margin=_by_margin(pairing.margins, equal),
    )


def _chance(pairing: Pairing) -> float:
    total = 0.0
    for part in pairing.by_layer().values():
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


def _tuning(known: Pairing) -> float | None:
    total, units = 0.0, 0
    for part in known.by_layer().values():
        x, y = part.similarities_a, part.similarities_b
        if len(part) >= 10 and np.ptp(x) > 0 and np.ptp(y) > 0:
            total += float(np.corrcoef(x, y)[0, 1]) * len(part)
            units += len(part)
    return total / units if units else None


def _lost(a: Sequence[str], b: Sequence[str]) -> float | None:
    shares = []
    for labels, others in ((a, set(b)), (b, set(a))):
        repeated = [word for word, count in Counter(labels).items() if count >= REPEATED]
        if len(repeated) >= 5:
            shares.append(sum(word not in others for word in repeated) / len(repeated))
    return max(shares, default=None)


def _by_margin(margins: Floats, equal: Mask) -> tuple[tuple[float, int, float], ...]:
    known = np.flatnonzero(np.isfinite(margins))
    if len(known) < 4:
        return ()
    order = known[np.argsort(margins[known], kind="stable")]
    return tuple(
        (float(margins[quarter[-1]]), len(quarter), float(equal[quarter].mean()))
        for quarter in np.array_split(order, 4)
    )
