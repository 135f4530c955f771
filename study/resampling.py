"""``resamples.csv``: the labels that resamples of the probe give, and the interval they yield."""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from study import csv_text
from study.intervals import LEVEL
from study.output import write_atomic
from study.overlap import Overlap

FILE = "resamples.csv"
LEAST = 20
"""Fewer resamples give no interval: their spread would be too uncertain itself."""

Drawn = Mapping[str, Sequence[Sequence[str]]]
"""Layer to one list of labels per resample, unit 0 first; "" where a unit has no label."""


def read(path: Path) -> Drawn | None:
    """Read the labels of all resamples; `None` if there is no such file.

    The table has the columns layer and unit, then one for each resample of the probe; two
    networks of one study were shown the same resamples, in the same order.

    Raises
    ------
    StudyError
        If it is not such a table.
    """
    if not path.is_file():
        return None
    header, rows = csv_text.read(path, ("layer", "unit"))
    place = header.index("layer")
    drawn = [n for n, column in enumerate(header) if column not in ("layer", "unit")]
    layers: dict[str, list[list[str]]] = {}
    for row in rows:
        lists = layers.setdefault(row[place], [[] for _ in drawn])
        for labels, column in zip(lists, drawn, strict=True):
            labels.append(row[column])
    return layers


def write(drawn: Drawn, path: Path) -> None:
    """Write the labels of all resamples; the columns are numbered from 1."""
    resamples = max((len(lists) for lists in drawn.values()), default=0)
    header = ["layer", "unit", *(str(n) for n in range(1, resamples + 1))]
    rows = [
        (layer, unit, *labels)
        for layer, lists in drawn.items()
        for unit, labels in enumerate(zip(*lists, strict=True))
    ]
    write_atomic(path, csv_text.dumps([header, *rows]).encode())


def pooled(drawn: Drawn, layers: Sequence[str]) -> list[list[str]]:
    """Return one list of labels per resample, over some layers; empty if one is not there."""
    if not all(layer in drawn for layer in layers):
        return []
    lists = zip(*(drawn[layer] for layer in layers), strict=True)
    return [[label for part in parts for label in part if label] for parts in lists]


def interval(
    jaccard: float | None, a: Sequence[Sequence[str]], b: Sequence[Sequence[str]]
) -> dict[str, Any] | None:
    """Return the 95 % interval of an overlap, from the same resamples of the probe for both sides.

    It is the index plus and minus 1.96 standard deviations of the index over the resamples, cut
    at 0 and 1. What it covers is the index that other probes of this size and kind give on
    average. The percentiles of the resamples, or their mirror image, do not: a resample loses
    images, and set overlap is biased by that. It says nothing of another kind of probe, concept
    set or training run, and nothing of the index that endless images would give.

    Parameters
    ----------
    jaccard
        The index of the whole probe.
    a, b
        One label list per resample for each network.

    Returns
    -------
    dict or None
        ``low``, ``high``, ``level``, ``source``; `None` if there are fewer than 20 resamples, the
        networks do not have the same number, or an index is not defined.
    """
    found = [Overlap.of(x, y).jaccard for x, y in zip(a, b, strict=False)]
    known = [value for value in found if value is not None]
    if jaccard is None or len(a) != len(b) or len(known) < LEAST or len(known) < len(found):
        return None
    reach = statistics.NormalDist().inv_cdf((1 + LEVEL) / 2) * statistics.stdev(known)
    return {
        "low": max(0.0, jaccard - reach),
        "high": min(1.0, jaccard + reach),
        "level": LEVEL,
        "source": f"{len(known)} resamples of the probe",
    }
