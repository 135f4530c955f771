"""Read ``descriptions.csv`` and list its defects, without raising on any."""

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from study.files import csv_text
from study.files.spelling import hidden, plain

COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "layer": "name of the layer, in network order",
        "unit": "number of the unit in its layer, from 0",
        "description": "the concept that describes the unit best",
        "similarity": "similarity of the unit and its description",
    }
)
"""The columns of ``descriptions.csv`` and their meaning."""
MAX_BYTES = 64 << 20
"""Larger tables are refused, not read."""
MAX_SIMILARITY = 1e9
"""No similarity function gives more; what does is another column, or damage."""
_UNIT = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: `line` is where it begins, `similarity` is NaN if unreadable."""

    line: int
    layer: str
    unit: int
    description: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Defect:
    """One fault of a table: its kind, its line, and what was expected and found there."""

    kind: str
    line: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """A file's readable rows in file order, its defects, and the names of further columns.

    Without a column of similarities it is not ``scored``, and the rows' similarities are NaN.
    """

    rows: tuple[Row, ...]
    defects: tuple[Defect, ...]
    extra_columns: tuple[str, ...] = ()
    scored: bool = True


def inspect(data: bytes, *, partial: bool = False) -> Inspection:
    """Read a table of descriptions and list everything that is wrong with it.

    Columns may be in any order and further ones are ignored; no word is read as missing.
    Never raises on the content. Rows without a readable layer or unit are left out. Where the
    table may be `partial`, it needs no similarities, and its units may be some of a layer's.

    Returns
    -------
    Inspection
        Its defects are of the kinds ``not_utf8``, ``empty_file``, ``missing_column``,
        ``duplicate_column``, ``unreadable_row``, ``ragged_row``, ``empty_layer``, ``bad_unit``,
        ``empty_description``, ``control_character``, ``bad_similarity``, ``duplicate_unit`` and
        ``missing_unit``.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"line {line}: expected UTF-8, found byte 0x{data[error.start]:02x}"
        return _broken("not_utf8", line, message)
    records = csv_text.records(text)
    header = next(records, csv_text.Record(1, [])).fields
    expected = f"the columns {','.join(COLUMNS)}"
    scored = not partial or "similarity" in header
    if not header:
        return _broken("empty_file", 1, f"expected {expected}, found an empty file")
    for column in COLUMNS if scored else tuple(COLUMNS)[:-1]:
        if header.count(column) != 1:
            kind = "duplicate_column" if column in header else "missing_column"
            return _broken(kind, 1, f"line 1: expected {expected}, found {','.join(header)[:200]}")
    rows: list[Row] = []
    defects: list[Defect] = []
    for record in records:
        row, row_defects = _row(record, header)
        defects += row_defects
        rows += [] if row is None else [row]
    if not rows and not defects:
        defects.append(Defect("empty_file", None, "expected one row per unit, found none"))
    found = _unit_defects(rows)
    defects += [one for one in found if not partial or one.kind != "missing_unit"]
    extra = tuple(column for column in header if column not in COLUMNS)
    return Inspection(tuple(rows), tuple(defects), extra, scored)


def _broken(kind: str, line: int | None, message: str) -> Inspection:
    return Inspection((), (Defect(kind, line, message),))


def _row(record: csv_text.Record, header: Sequence[str]) -> tuple[Row | None, list[Defect]]:
    def defect(kind: str, expected: str, value: str) -> Defect:
        message = f"line {record.line}: expected {expected}, found {value[:200]}"
        return Defect(kind, record.line, message)

    if record.failure is not None:
        return None, [defect("unreadable_row", "a row of CSV", record.failure)]
    if len(record.fields) != len(header):
        return None, [defect("ragged_row", f"{len(header)} fields", str(len(record.fields)))]
    named = dict(zip(header, record.fields, strict=True))
    layer, unit, description = (named[name] for name in ("layer", "unit", "description"))
    text = named.get("similarity")
    similarity = math.nan if text is None else _number(text)
    names = "names without control characters and marks that nobody sees"
    rules = (
        ("empty_layer", not layer, "the name of a layer", layer),
        ("bad_unit", not _UNIT.fullmatch(unit), "a unit's number from 0", unit),
        ("empty_description", not description.strip(), "a description", description),
        *(
            ("control_character", hidden(plain(name)) is not None, names, name)
            for name in (layer, description)
        ),
        (
            "bad_similarity",
            text is not None and math.isnan(similarity),
            "a similarity within 1e9",
            text,
        ),
    )
    defects = [defect(kind, expected, repr(value)) for kind, bad, expected, value in rules if bad]
    if not layer or not _UNIT.fullmatch(unit):
        return None, defects
    return Row(record.line, layer, int(unit), description, similarity), defects


def _number(text: str) -> float:
    """Return a number that can be a similarity, or NaN for anything else."""
    try:
        value = float(text) if "_" not in text else math.nan
    except ValueError:
        return math.nan
    return value if abs(value) <= MAX_SIMILARITY else math.nan


def _unit_defects(rows: Sequence[Row]) -> list[Defect]:
    """List repeated units, and layers whose units are not 0, 1, 2 and so on."""
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
