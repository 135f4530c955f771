"""The program's one reader and one writer of comma-separated text.

The writer quotes only where it must, ends lines with LF and prints floats by ``repr``.
"""

import base64
import binascii
import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from study.errors import StudyError

LONGEST = 131_072
"""Characters that a field of any table may have, the standard library's own limit."""
_SPECIAL = re.compile(r'[,"\r\n]')


@dataclass(frozen=True, slots=True)
class Record:
    """One record: the line where it begins, its fields, and why it cannot be read."""

    line: int
    fields: list[str]
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table as texts, every record as long as the header; `name` is what messages call it."""

    name: str
    columns: tuple[str, ...]
    records: tuple[Record, ...]

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield each record's line and its fields by column."""
        for record in self.records:
            yield record.line, dict(zip(self.columns, record.fields, strict=True))


def dumps(rows: Iterable[Sequence[str | int | float]]) -> str:
    """Return rows as text, one line each.

    The standard library's writer would leave a lone carriage return bare when lines end in LF, and
    no reader then gets the field back.
    """
    return "".join(",".join(map(_field, row)) + "\n" for row in rows)


def records(text: str, *, strict: bool = False) -> Iterator[Record]:
    """Yield the records of a text, blank lines left out; never raises on its content.

    If `strict`, misplaced and unclosed quotes are failures, instead of being read on.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=strict)
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Record(line, [], str(error))
            continue
        if fields:
            yield Record(line, fields)


def number(text: str, where: str, *, whole: bool = False) -> float:
    """Return the number in a field, NaN for an empty one; `where` is what messages call the field.

    Raises
    ------
    StudyError
        If it is no finite number, or no integer of 64 bits where `whole`.
    """
    try:
        value = math.nan if not text else int(text) if whole else float(text)
    except ValueError:
        value = math.inf
    if text and not abs(value) < (2**63 if whole else math.inf):
        raise StudyError(f"{where}: expected a number, found {text[:80]!r}")
    return value


def whole(text: str, where: str, *, least: int = 0, most: int = 2**63 - 1) -> int:
    """Return the whole number in a field; `where` is what messages call the field.

    Raises
    ------
    StudyError
        If it is none from `least` to `most`.
    """
    value = number(text, where, whole=True)
    if not least <= value <= most:
        limits = f" from {least} to {most:,}" if most < 2**63 - 1 else f" from {least}"
        raise StudyError(f"{where}: expected a whole number{limits}, found {text[:80]!r}")
    return int(value)


def blob(text: str, where: str, *, most: int) -> bytes:
    """Return the bytes that a field holds as base64; `where` is what messages call the field.

    Raises
    ------
    StudyError
        If it is no base64, or holds nothing or more than `most` bytes.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise StudyError(f"{where}: expected base64, found {text[:40]!r}") from None
    if not 0 < len(data) <= most:
        raise StudyError(f"{where}: expected 1 to {most:,} bytes, found {len(data):,}")
    return data


def parse(data: bytes, required: Iterable[str], *, name: str, longest: int = LONGEST) -> Table:
    """Read a whole table in UTF-8, strictly; `name` is what messages call it.

    It must have each of the `required` columns once, in any order, among others. A field may be as
    long as `longest` characters at least.

    Raises
    ------
    StudyError
        Naming the table, the line, what was expected and what was found.
    """
    expected = list(required)
    if csv.field_size_limit() < longest:
        # The standard library has one limit for all readers: it is only ever raised.
        csv.field_size_limit(longest)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StudyError(f"{name}: expected a table in CSV, in UTF-8, found {error}") from None
    header, *body = list(records(text, strict=True)) or [Record(1, [])]
    for record in (header, *body):
        if record.failure is not None:
            raise StudyError(
                f"{name}: expected a table in CSV, found {record.failure} in line {record.line}"
            )
    columns = tuple(header.fields)
    if any(columns.count(column) != 1 for column in expected):
        raise StudyError(
            f"{name}: line 1: expected the columns {','.join(expected)}, "
            f"found {','.join(columns)[:200]}"
        )
    for record in body:
        if len(record.fields) != len(columns):
            raise StudyError(
                f"{name}: line {record.line}: expected {len(columns)} fields, "
                f"found {len(record.fields)}"
            )
    return Table(name, columns, tuple(body))


def _field(value: str | int | float) -> str:
    text = value if isinstance(value, str) else repr(value)
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.search(text) else text
