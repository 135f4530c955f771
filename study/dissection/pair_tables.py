"""``matches.csv`` and ``alignment.csv``: units and layers of two networks beside each other.

Both lie in the folder of the first network of each pair that was dissected together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from types import MappingProxyType

from study.errors import StudyError
from study.files import csv_text
from study.files.csv_text import number
from study.files.output import write_atomic

MATCHES_FILE, ALIGNMENT_FILE = "matches.csv", "alignment.csv"
NETWORKS, OWN_HALVES, OTHER_HALVES = "networks", "own halves", "other halves"

_OTHER = "the other network: the first 16 digits of the sha256 of its descriptions.csv"
MATCHES: Mapping[str, str] = MappingProxyType(
    {
        "other": _OTHER,
        "layer": "name of the layer",
        "unit": "number of a live unit of this network, from 0",
        "match": "the live unit of the other network that it is matched with",
        "correlation": "correlation of their activations over the probe",
    }
)
"""The columns of ``matches.csv`` and their meaning."""
ALIGNMENT: Mapping[str, str] = MappingProxyType(
    {
        "other": _OTHER,
        "layer": "name of the layer",
        "of": "networks: the two networks' units; own halves, other halves: two random halves of "
        "the units of this network, or of the other",
        "split": "number of the split into halves, from 1; 0 for the networks",
        "cka": "unbiased linear CKA; empty if it is undefined",
    }
)
"""The columns of ``alignment.csv`` and their meaning."""


@dataclass(frozen=True, slots=True)
class Match:
    """A unit of one network and the unit of another that it is matched with."""

    other: str
    layer: str
    unit: int
    match: int
    correlation: float


@dataclass(frozen=True, slots=True)
class Alignment:
    """How alike two sets of units are; see `ALIGNMENT`. `cka` is NaN where it is undefined."""

    other: str
    layer: str
    of: str
    split: int
    cka: float


def parse_matches(data: bytes, *, name: str) -> tuple[Match, ...]:
    """Read ``matches.csv``, as `csv_text.parse` does."""
    rows = csv_text.parse(data, MATCHES, name=name).rows()
    return tuple(
        Match(
            row["other"],
            row["layer"],
            _whole(row["unit"], f"{name}: line {line}: unit"),
            _whole(row["match"], f"{name}: line {line}: match"),
            number(row["correlation"], f"{name}: line {line}: correlation"),
        )
        for line, row in rows
    )


def parse_alignment(data: bytes, *, name: str) -> tuple[Alignment, ...]:
    """Read ``alignment.csv``, as `csv_text.parse` does."""
    rows = csv_text.parse(data, ALIGNMENT, name=name).rows()
    return tuple(
        Alignment(
            row["other"],
            row["layer"],
            row["of"],
            _whole(row["split"], f"{name}: line {line}: split"),
            number(row["cka"], f"{name}: line {line}: cka"),
        )
        for line, row in rows
    )


def _whole(text: str, where: str) -> int:
    value = number(text, where, whole=True)
    if not value >= 0:
        raise StudyError(f"{where}: expected a whole number, found {text[:80]!r}")
    return int(value)


def write(rows: Sequence[Match] | Sequence[Alignment], path: Path) -> None:
    """Write ``matches.csv`` or ``alignment.csv``, by the kind of the rows."""
    columns = MATCHES if isinstance(rows[0], Match) else ALIGNMENT
    write_atomic(path, csv_text.dumps([list(columns), *(_cells(row) for row in rows)]).encode())


def _cells(row: Match | Alignment) -> Sequence[str | int | float]:
    return ["" if value != value else value for value in astuple(row)]  # noqa: PLR0124 - NaN
