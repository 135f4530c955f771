"""``profiles.csv``: how each unit's activation is distributed, and where the unit lies.

A unit's place is on the two principal axes of its layer's live units: each unit is its activations
over the probe, centred and of length 1, so that the units' Gram matrix is that of their
correlations; its two leading eigenvectors, once centred over the units, give the coordinates.

References
----------
I. T. Jolliffe, "Principal Component Analysis" (2nd edition, Springer 2002), chapter 3; that the
Gram matrix gives the same coordinates as the covariance: J. C. Gower, "Some distance properties of
latent root and vector methods used in multivariate analysis", Biometrika 53 (1966).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from types import MappingProxyType

from study.errors import StudyError
from study.files import csv_text
from study.files.output import write_atomic

FILE = "profiles.csv"
BINS = 20
"""Equal bins of a unit's histogram."""
LEAST = 3
"""Live units of a layer from which they have places."""
DIGITS = 4
"""Decimals of a place: the last digits of a product depend on the threads."""
COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "layer": "name of the layer",
        "unit": "number of a live unit in its layer, from 0",
        "low": "the unit's smallest activation over the probe",
        "high": "its largest",
        "counts": "images in each of 20 equal bins from low to high, as JSON",
        "x": "its place on the first principal axis of the layer's live units, each its "
        "activations centred and of length 1; empty for fewer than three",
        "y": "its place on the second",
    }
)
"""The columns of ``profiles.csv`` and their meaning."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A live unit's histogram over the probe, and its place; `None` where it has none."""

    layer: str
    unit: int
    low: float
    high: float
    counts: tuple[int, ...]
    x: float | None
    y: float | None


def dumps(rows: Sequence[Profile]) -> str:
    """Return ``profiles.csv`` as text, columns as in `COLUMNS`."""
    return csv_text.dumps([tuple(COLUMNS), *map(_cells, rows)])


def _cells(row: Profile) -> tuple[str | int | float, ...]:
    place = ("" if value is None else value for value in (row.x, row.y))
    return row.layer, row.unit, row.low, row.high, json.dumps(row.counts), *place


def write(rows: Sequence[Profile], path: Path) -> None:
    """Write ``profiles.csv``, whole or not at all."""
    write_atomic(path, dumps(rows).encode())


def parse(data: bytes, *, name: str) -> tuple[Profile, ...]:
    """Read ``profiles.csv``, as `csv_text.parse` does, in the order of the file.

    Raises
    ------
    StudyError
        Also if a unit stands twice, its low is not below its high, it has half a place, or two
        histograms are of different numbers of images.
    """
    rows: dict[tuple[str, int], Profile] = {}
    images = None
    for line, row in csv_text.parse(data, COLUMNS, name=name).rows():
        where = f"{name}: line {line}"
        unit = row["layer"], csv_text.whole(row["unit"], f"{where}: unit")
        low, high, x, y = (
            csv_text.number(row[column], f"{where}: {column}")
            for column in ("low", "high", "x", "y")
        )
        if unit in rows:
            raise StudyError(f"{where}: expected each unit once, found {unit[0]} {unit[1]} again")
        if not low < high:
            found = f"{row['low'][:40]!r} and {row['high'][:40]!r}"
            raise StudyError(f"{where}: expected low below high, as of a live unit, found {found}")
        if isnan(x) != isnan(y):
            raise StudyError(f"{where}: expected x and y or neither, found one")
        counts = _counts(row["counts"], f"{where}: counts")
        images = images or sum(counts)
        if sum(counts) != images:
            raise StudyError(f"{where}: counts: expected {images} images, found {sum(counts)}")
        place = (None, None) if isnan(x) else (x, y)
        rows[unit] = Profile(*unit, low, high, counts, *place)
    return tuple(rows.values())


def _counts(text: str, where: str) -> tuple[int, ...]:
    try:
        counts = json.loads(text) if len(text) <= 1000 else None
    except (ValueError, RecursionError):
        counts = None
    if (
        not isinstance(counts, list)
        or len(counts) != BINS
        or not all(type(count) is int and 0 <= count < 2**53 for count in counts)
    ):
        raise StudyError(f"{where}: expected {BINS} whole numbers as JSON, found {text[:80]!r}")
    return tuple(counts)
