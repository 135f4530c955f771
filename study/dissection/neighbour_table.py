"""``neighbours.csv``: the units whose activations are most like those of each unit."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from types import MappingProxyType

from study.errors import StudyError
from study.files import csv_text
from study.files.output import write_atomic

FILE = "neighbours.csv"
RANKS = 3
"""Neighbours of a unit in each network; all where it has fewer other live units."""
DIGITS = 4
"""Decimals of a correlation: the last digits of a product depend on the threads."""
COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "layer": "name of the layer",
        "unit": "number of a live unit in its layer, from 0",
        "other": "the network of the neighbour, which may be the unit's own: the first 16 digits "
        "of the sha256 of its descriptions.csv",
        "rank": "rank of the neighbour by correlation, from 1; of equal ones, the first unit",
        "other_layer": "layer of the neighbour, any that was dissected",
        "other_unit": "number of the neighbour, a live unit, in its layer",
        "correlation": "correlation of both units' activations over the probe",
    }
)
"""The columns of ``neighbours.csv`` and their meaning."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A live unit, and one of the units of a network that are most correlated with it."""

    layer: str
    unit: int
    other: str
    rank: int
    other_layer: str
    other_unit: int
    correlation: float


def dumps(rows: Sequence[Neighbour]) -> str:
    """Return ``neighbours.csv`` as text, columns as in `COLUMNS`."""
    return csv_text.dumps([tuple(COLUMNS), *map(astuple, rows)])


def write(rows: Sequence[Neighbour], path: Path) -> None:
    """Write ``neighbours.csv``, whole or not at all."""
    write_atomic(path, dumps(rows).encode())


def parse(data: bytes, *, name: str) -> tuple[Neighbour, ...]:
    """Read ``neighbours.csv``, as `csv_text.parse` does, in the order of the file.

    Raises
    ------
    StudyError
        Also if the ranks of a unit's neighbours in one network are not 1, 2 and so on, or their
        correlations rise or are none.
    """
    rows: list[Neighbour] = []
    ranks: Counter[tuple[str, int, str]] = Counter()
    least: dict[tuple[str, int, str], float] = {}
    for line, row in csv_text.parse(data, COLUMNS, name=name).rows():
        where = f"{name}: line {line}"
        other = row["other"]
        if not re.fullmatch("[0-9a-f]{16}", other):
            raise StudyError(
                f"{where}: other: expected 16 digits of a sha256, found {other[:80]!r}"
            )
        key = row["layer"], csv_text.whole(row["unit"], f"{where}: unit"), other
        ranks[key] += 1
        rank = csv_text.whole(row["rank"], f"{where}: rank", least=1, most=RANKS)
        if rank != ranks[key]:
            raise StudyError(f"{where}: rank: expected {ranks[key]}, found {rank}")
        value = csv_text.number(row["correlation"], f"{where}: correlation")
        most = least.get(key, 1.0)
        if not -1 <= value <= most:
            raise StudyError(
                f"{where}: correlation: expected a number from -1 to {most}, "
                f"found {row['correlation'][:80]!r}"
            )
        least[key] = value
        their = csv_text.whole(row["other_unit"], f"{where}: other_unit")
        rows.append(Neighbour(*key, rank, row["other_layer"], their, value))
    return tuple(rows)
