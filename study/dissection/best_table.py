"""``best.csv``: the concepts with the highest similarity of each live unit."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from types import MappingProxyType

from study.dissection.inspection import MAX_SIMILARITY
from study.dissection.table import Dissection
from study.errors import StudyError
from study.files import csv_text
from study.files.output import write_atomic

FILE = "best.csv"
RANKS = 5
"""Concepts of each unit; all of them where the list is shorter."""
COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "layer": "name of the layer",
        "unit": "number of a live unit in its layer, from 0",
        "rank": "rank of the concept by similarity, from 1; of equal ones, the first in the list",
        "label": "the concept; that of rank 1 is the unit's description",
        "similarity": "similarity of the unit and the concept",
    }
)
"""The columns of ``best.csv`` and their meaning."""


@dataclass(frozen=True, slots=True)
class Best:
    """One of the concepts with the highest similarity of a unit."""

    layer: str
    unit: int
    rank: int
    label: str
    similarity: float


def dumps(rows: Sequence[Best]) -> str:
    """Return ``best.csv`` as text, columns as in `COLUMNS`."""
    return csv_text.dumps([tuple(COLUMNS), *map(astuple, rows)])


def write(rows: Sequence[Best], path: Path) -> None:
    """Write ``best.csv``, whole or not at all."""
    write_atomic(path, dumps(rows).encode())


def parse(data: bytes, *, name: str) -> tuple[Best, ...]:
    """Read ``best.csv``, as `csv_text.parse` does, in the order of the file.

    Raises
    ------
    StudyError
        Also if a unit's ranks are not 1, 2 and so on, or its similarities rise.
    """
    rows: list[Best] = []
    ranks: Counter[tuple[str, int]] = Counter()
    least: dict[tuple[str, int], float] = {}
    for line, row in csv_text.parse(data, COLUMNS, name=name).rows():
        where = f"{name}: line {line}"
        unit = row["layer"], csv_text.whole(row["unit"], f"{where}: unit")
        ranks[unit] += 1
        rank = csv_text.whole(row["rank"], f"{where}: rank", least=1, most=RANKS)
        if rank != ranks[unit]:
            raise StudyError(f"{where}: rank: expected {ranks[unit]}, found {rank}")
        value = csv_text.number(row["similarity"], f"{where}: similarity")
        most = least.get(unit, MAX_SIMILARITY)
        if not -MAX_SIMILARITY <= value <= most:
            raise StudyError(
                f"{where}: similarity: expected a number up to {most:g}, "
                f"found {row['similarity'][:80]!r}"
            )
        least[unit] = value
        if not row["label"].strip():
            raise StudyError(f"{where}: label: expected a concept, found {row['label']!r}")
        rows.append(Best(*unit, rank, row["label"], value))
    return tuple(rows)


def check(rows: Sequence[Best], dissection: Dissection, *, name: str) -> None:
    """Raise `StudyError` unless the concepts of rank 1 are the descriptions of their units."""
    described = {
        (layer.name, unit): label for layer in dissection.layers for unit, label, _ in layer.rows()
    }
    for row in rows:
        label = described.get((row.layer, row.unit))
        if label is None or (row.rank == 1 and row.label != label):
            expected = "a unit" if label is None else repr(label)
            raise StudyError(
                f"{name}: expected {expected} as in descriptions.csv, found {row.label!r} for "
                f"{row.layer} unit {row.unit}"
            )
