"""``resamples.csv``: the labels that each resample of the probe gives."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from study import csv_text
from study.output import write_atomic

FILE = "resamples.csv"

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
