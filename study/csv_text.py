"""Comma-separated text as this project writes it: minimal quoting, LF, floats by ``repr``."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from study.errors import StudyError

_SPECIAL = re.compile(r'[,"\r\n]')


def dumps(rows: Iterable[Sequence[str | int | float]]) -> str:
    """Return rows as text, one line each.

    A field is quoted only where it must be. (The standard library's writer leaves a lone carriage
    return bare when lines end in LF, and no reader then gets the field back.)
    """
    return "".join(",".join(map(_field, row)) + "\n" for row in rows)


def read(path: Path, columns: Iterable[str]) -> tuple[list[str], list[list[str]]]:
    """Read a table as texts: its header and its rows, blank lines left out.

    Parameters
    ----------
    path
        A UTF-8 file, with or without byte order mark.
    columns
        The columns that it must have, each once; in any order, among others.

    Raises
    ------
    StudyError
        Naming file, row, expected and found.
    """
    name = f"{path.parent.name}/{path.name}"
    expected = list(columns)
    try:
        text = path.read_bytes().decode("utf-8-sig")
        header, *rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row] or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise StudyError(f"{name}: expected a CSV file in UTF-8, found {reason}") from None
    if any(header.count(column) != 1 for column in expected):
        raise StudyError(
            f"{name}: line 1: expected the columns {','.join(expected)}, "
            f"found {','.join(header)[:200]}"
        )
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise StudyError(
                f"{name}: row {number}: expected {len(header)} fields, found {len(row)}"
            )
    return header, rows


def _field(value: str | int | float) -> str:
    text = value if isinstance(value, str) else repr(value)
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.search(text) else text
