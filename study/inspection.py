"""What a CSV of descriptions holds, and everything that is wrong with it."""

import csv
import io
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

COLUMNS = ("layer", "unit", "description", "similarity")
MAX_BYTES = 64 * 1024 * 1024
MAX_SIMILARITY = 1e9
"""No similarity function gives more; what does is another column, or damage."""
_UNIT = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table as found: `line` is where it begins, `similarity` is NaN if unreadable."""

    line: int
    layer: str
    unit: int
    description: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing wrong with a table: its kind, where it stands, and what was expected and found."""

    kind: str
    line: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a file holds: its readable rows in file order, its defects, columns not asked for."""

    rows: tuple[Row, ...]
    defects: tuple[Defect, ...]
    extra_columns: tuple[str, ...] = ()


def inspect(path: Path) -> Inspection:
    """Read a table of descriptions and list everything that is wrong with it.

    Columns may stand in any order and further ones are ignored; no word is read as missing.
    Never raises on a file's content. Rows without a readable layer or unit are left out.

    Returns
    -------
    Inspection
        Its defects are of the kinds ``unreadable_file``, ``too_large``, ``not_utf8``,
        ``empty_file``, ``missing_column``, ``duplicate_column``, ``unreadable_row``,
        ``ragged_row``, ``empty_layer``, ``bad_unit``, ``empty_description``,
        ``bad_similarity``, ``duplicate_unit`` and ``missing_unit``.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            return _broken("too_large", None, f"expected at most 64 MB, found {size:,} bytes")
        data = path.read_bytes()
    except OSError as error:
        return _broken("unreadable_file", None, f"expected a CSV file, found {error.strerror}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"line {line}: expected UTF-8, found byte 0x{data[error.start]:02x}"
        return _broken("not_utf8", line, found)
    records = _records(text)
    _, header, _ = next(records, (1, [], None))
    expected = f"the columns {','.join(COLUMNS)}"
    if not header:
        return _broken("empty_file", 1, f"expected {expected}, found an empty file")
    for column in COLUMNS:
        if header.count(column) != 1:
            kind = "duplicate_column" if column in header else "missing_column"
            return _broken(kind, 1, f"line 1: expected {expected}, found {','.join(header)[:200]}")
    rows: list[Row] = []
    defects: list[Defect] = []
    places = [header.index(column) for column in COLUMNS]
    for line, record, failure in records:
        row, found_defects = _row(line, record, failure, places, len(header))
        defects += found_defects
        if row is not None:
            rows.append(row)
    if not rows and not defects:
        defects.append(Defect("empty_file", None, "expected one row per unit, found none"))
    defects += _unit_defects(rows)
    extra = tuple(column for column in header if column not in COLUMNS)
    return Inspection(tuple(rows), tuple(defects), extra)


def _broken(kind: str, line: int | None, message: str) -> Inspection:
    return Inspection((), (Defect(kind, line, message),))


def _records(text: str) -> Iterator[tuple[int, list[str], str | None]]:
    """Yield the line where a record begins, its fields, and why it cannot be read."""
    reader = csv.reader(io.StringIO(text, newline=""))
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, [], str(error)
            continue
        if record:
            yield line, record, None


def _row(
    line: int, record: list[str], failure: str | None, places: Sequence[int], width: int
) -> tuple[Row | None, list[Defect]]:
    def defect(kind: str, expected: str, found: str) -> Defect:
        return Defect(kind, line, f"line {line}: expected {expected}, found {found[:200]}")

    if failure is not None:
        return None, [defect("unreadable_row", "a row of CSV", failure)]
    if len(record) != width:
        return None, [defect("ragged_row", f"{width} fields", str(len(record)))]
    layer, unit, description, similarity = (record[place] for place in places)
    value = _number(similarity)
    defects = [
        defect(kind, expected, repr(found))
        for kind, wrong, expected, found in (
            ("empty_layer", not layer, "the name of a layer", layer),
            ("bad_unit", not _UNIT.fullmatch(unit), "a unit's number from 0", unit),
            ("empty_description", not description.strip(), "a description", description),
            ("bad_similarity", math.isnan(value), "a similarity within 1e9", similarity),
        )
        if wrong
    ]
    if not layer or not _UNIT.fullmatch(unit):
        return None, defects
    return Row(line, layer, int(unit), description, value), defects


def _number(text: str) -> float:
    """Return a number that can be a similarity, or NaN for anything else."""
    try:
        value = float(text) if "_" not in text else math.nan
    except ValueError:
        return math.nan
    return value if abs(value) <= MAX_SIMILARITY else math.nan


def _unit_defects(rows: Sequence[Row]) -> list[Defect]:
    """List units that stand twice, and layers whose units are not 0, 1, 2 and so on."""
    lines: dict[str, dict[int, int]] = defaultdict(dict)
    defects = []
    for row in rows:
        first = lines[row.layer].setdefault(row.unit, row.line)
        if first != row.line:
            message = f"line {row.line}: expected each unit once, found {row.layer} unit {row.unit}"
            defects.append(Defect("duplicate_unit", row.line, f"{message} as in line {first}"))
    for layer, units in lines.items():
        missing = max(units) + 1 - len(units)
        if missing:
            gap = next(unit for unit in range(len(units) + 1) if unit not in units)
            message = f"{layer}: expected units 0 to {max(units)}, found {missing} missing"
            defects.append(Defect("missing_unit", None, f"{message}, the first of them {gap}"))
    return defects
