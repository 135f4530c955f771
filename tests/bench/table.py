"""One line of the benchmark table, and the table as text or Markdown."""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Two figures, one from a plain path and one from `study`, and what they say of each other.

    Attributes
    ----------
    row, case
        What was measured.
    plain, ours
        Both in `unit`.
    unit
        ``"s"`` and ``"min"`` are better low, ``"images/s"`` and ``"GFLOP/s"`` better high.
    ratio
        How many times better `ours` is; what a row says otherwise stands in its note.
    peak
        Bytes in memory above the inputs, of `ours`; None where not measured.
    aim
        What the ratio, or the figure named here, was hoped to be.
    note
        Samples, linear scaling, agreement of the two results.
    """

    row: str
    case: str
    plain: float
    ours: float
    unit: str
    ratio: float
    peak: int | None = None
    aim: str = ""
    note: str = ""

    def cells(self) -> list[str]:
        """Return the line as one text for each column of `COLUMNS`."""
        return [
            self.row,
            self.case,
            f"{number(self.plain)} {self.unit}",
            f"{number(self.ours)} {self.unit}",
            f"{number(self.ratio)} x",
            "" if self.peak is None else megabytes(self.peak),
            self.aim,
            self.note,
        ]


COLUMNS = ("row", "case", "plain", "study", "ratio", "peak", "aim", "note")


def number(value: float) -> str:
    """Return a number with three significant digits, never in powers of ten."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def megabytes(size: float) -> str:
    """Return a size as MB or GB."""
    return f"{size / 1e6:.0f} MB" if size < 1e9 else f"{size / 1e9:.2f} GB"


def plain_text(lines: Sequence[Line]) -> str:
    """Return the table with columns padded by spaces; notes stand below their lines."""
    rows = [list(COLUMNS[:-1]), *(line.cells()[:-1] for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    padded = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    notes = ["", *(f"    {line.note}" if line.note else "" for line in lines)]
    return "\n".join(text for pair in zip(padded, notes, strict=True) for text in pair if text)


def markdown(lines: Sequence[Line]) -> str:
    """Return the table in GitHub's Markdown."""
    rows = [COLUMNS, ["---"] * len(COLUMNS), *(line.cells() for line in lines)]
    escaped = [[cell.replace("|", r"\|") for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in escaped)


_MARKS = re.compile(r"(^<!-- bench -->\n).*?(^<!-- /bench -->$)", re.DOTALL | re.MULTILINE)


def between_marks(page: str, text: str) -> str:
    """Return a page with a text in place of what stood between its two marks.

    Raises
    ------
    ValueError
        If the page has not exactly one pair of them, each on a line of its own.
    """
    found = len(_MARKS.findall(page))
    if found != 1:
        raise ValueError(f"expected the lines <!-- bench --> and <!-- /bench --> once, got {found}")
    return _MARKS.sub(lambda marks: f"{marks[1]}\n{text}\n\n{marks[2]}", page)
