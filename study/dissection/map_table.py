"""``maps.csv``: each unit's activation maps for its top images, and where their cells look."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from math import isnan
from pathlib import Path
from types import MappingProxyType

from study.errors import StudyError
from study.files import csv_text
from study.files.output import write_atomic

FILE = "maps.csv"
LEVELS = 255
"""The largest step of a map's scale."""
MAX_VALUES = 1 << 20
"""The most values of a unit's maps."""
MAX_BYTES = 1 << 30
"""The most bytes of ``maps.csv``."""
COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "layer": "name of the layer",
        "unit": "number of a unit with a card in its layer, from 0",
        "images": "how many maps: one for each image of its card, strongest first",
        "rows": "rows of a map",
        "columns": "columns of a map",
        "low": "the smallest value of all maps of the card",
        "high": "the largest",
        "top": "where the centres of the first row's cells lie, as a share of the picture's height",
        "down": "how far further down each next row lies, as such a share",
        "left": "where the centres of the first column's cells lie, as a share of its width",
        "right": "how far further right each next column lies, as such a share",
        "values": "for each image, row and column a byte, round(255 (value - low)/(high - low)), "
        "as base64",
    }
)
"""The columns of ``maps.csv`` and their meaning."""
_COUNTS, _NUMBERS = tuple(COLUMNS)[2:5], tuple(COLUMNS)[5:11]


@dataclass(frozen=True, slots=True, kw_only=True)
class Maps:
    """The maps of one unit's card.

    The field of cell (i, j) is centred at ``top + i * down`` of the picture's height and at
    ``left + j * right`` of its width, both from the upper left corner; a share may lie outside 0
    to 1. ``values`` are bytes, (images, rows, columns); that of byte b is
    ``low + b / 255 * (high - low)``.
    """

    layer: str
    unit: int
    images: int
    rows: int
    columns: int
    low: float
    high: float
    top: float
    down: float
    left: float
    right: float
    values: bytes


def dumps(rows: Sequence[Maps]) -> str:
    """Return ``maps.csv`` as text, columns as in `COLUMNS`."""
    return csv_text.dumps([tuple(COLUMNS), *map(_cells, rows)])


def _cells(row: Maps) -> list[str | int | float]:
    *cells, values = astuple(row)
    return [*cells, base64.b64encode(values).decode()]


def write(rows: Sequence[Maps], path: Path) -> None:
    """Write ``maps.csv``, whole or not at all."""
    write_atomic(path, dumps(rows).encode())


def parse(data: bytes, *, name: str) -> tuple[Maps, ...]:
    """Read ``maps.csv``, as `csv_text.parse` does, in the order of the file.

    Raises
    ------
    StudyError
        Also if a unit stands twice, a number is missing, low is above high, or there are other
        values than ``images * rows * columns``, at most `MAX_VALUES`.
    """
    found: dict[tuple[str, int], Maps] = {}
    table = csv_text.parse(data, COLUMNS, name=name, longest=MAX_VALUES * 4 // 3 + 1024)
    for line, row in table.rows():
        where = f"{name}: line {line}"
        unit = row["layer"], csv_text.whole(row["unit"], f"{where}: unit")
        if unit in found:
            raise StudyError(f"{where}: expected each unit once, found {unit[0]} {unit[1]} again")
        images, rows, columns = (
            csv_text.whole(row[column], f"{where}: {column}", least=1, most=MAX_VALUES)
            for column in _COUNTS
        )
        numbers = {c: csv_text.number(row[c], f"{where}: {c}") for c in _NUMBERS}
        if absent := [column for column, value in numbers.items() if isnan(value)]:
            raise StudyError(f"{where}: {absent[0]}: expected a number, found ''")
        if numbers["low"] > numbers["high"]:
            raise StudyError(f"{where}: expected low up to high, found {row['low'][:40]!r}")
        values = csv_text.blob(row["values"], f"{where}: values", most=MAX_VALUES)
        if len(values) != images * rows * columns:
            raise StudyError(
                f"{where}: values: expected {images} x {rows} x {columns}, found {len(values):,}"
            )
        found[unit] = Maps(
            layer=unit[0],
            unit=unit[1],
            images=images,
            rows=rows,
            columns=columns,
            values=values,
            **numbers,
        )
    return tuple(found.values())
