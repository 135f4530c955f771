"""``resamples.csv`` and ``halves.csv``: the labels from resamples and from halves of the probe."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from study.errors import StudyError
from study.files import csv_text
from study.files.output import write_atomic

FILE, HALVES = "resamples.csv", "halves.csv"

KEYS = ("layer", "unit")
COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "layer": "name of the layer",
        "unit": "number of the unit in its layer, from 0",
        "1, 2, ...": "the label from this resample of the probe; empty if the unit has none",
    }
)
"""The columns of ``resamples.csv`` and their meaning; the last stands for any number of them."""
OF_HALVES: Mapping[str, str] = MappingProxyType(
    {
        **{key: COLUMNS[key] for key in KEYS},
        "1a, 1b, 2a, ...": "the label from each half of each split; empty if the unit has none",
    }
)
"""The columns of ``halves.csv``, alike."""

Drawn = Mapping[str, Sequence[Sequence[str]]]
"""Layer to one list of labels per resample, unit 0 first; "" where a unit has no label."""


def parse(data: bytes, *, name: str) -> Drawn:
    """Read the labels of all resamples, as `csv_text.parse` does.

    Two networks of one study were shown the same resamples, in the same order.
    """
    table = csv_text.parse(data, KEYS, name=name)
    drawn = [column for column in table.columns if column not in KEYS]
    units: dict[str, dict[str, list[str]]] = {}
    for _, row in table.rows():
        units.setdefault(row["layer"], {})[row["unit"]] = [row[column] for column in drawn]
    for layer, rows in units.items():
        if missing := [n for n in range(len(rows)) if str(n) not in rows]:
            fault = f"expected units 0, 1, ..., found no unit {missing[0]}"
            raise StudyError(f"{name}: {layer}: {fault}")
    return {
        layer: [[rows[str(n)][i] for n in range(len(rows))] for i in range(len(drawn))]
        for layer, rows in units.items()
    }


def write(drawn: Drawn, path: Path, *, halves: bool = False) -> None:
    """Write the labels of all resamples, numbered from 1, or those of the `halves` of splits."""
    count = max((len(lists) for lists in drawn.values()), default=0)
    names = [f"{n // 2 + 1}{'ab'[n % 2]}" if halves else str(n + 1) for n in range(count)]
    header = [*KEYS, *names]
    rows = [
        (layer, unit, *labels)
        for layer, lists in drawn.items()
        for unit, labels in enumerate(zip(*lists, strict=True))
    ]
    write_atomic(path, csv_text.dumps([header, *rows]).encode())


def pooled(drawn: Drawn, layers: Sequence[str]) -> list[list[str]]:
    """Return one list of labels per resample, over some layers; empty if one is missing."""
    if not all(layer in drawn for layer in layers):
        return []
    lists = zip(*(drawn[layer] for layer in layers), strict=True)
    return [[label for part in parts for label in part if label] for parts in lists]
