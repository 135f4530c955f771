"""One line of the benchmark table, and the table in Markdown, whole or in short."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One measurement: a figure of a plain path, one of `study`, and their ratio."""

    row: str
    case: str
    ours: float
    plain: float | None = None  # None where there is no plain path
    unit: str = "s"  # "s" and "min" are better low, all others better high
    growth: bool = False  # the ratio is how many times more `ours` is, not how many times better
    peak: int | None = None  # bytes above the inputs, or of the whole process, of `ours`
    aim: str = ""  # of the ratio, or of the figure named here
    note: str = ""  # samples, linear scaling, agreement of the two results

    @property
    def ratio(self) -> float:
        """How many times better `ours` is than `plain`."""
        lower_is_better = self.unit in {"s", "min"} and not self.growth
        above, below = (self.plain, self.ours) if lower_is_better else (self.ours, self.plain)
        return (above or 0) / max(below or 0, 1e-9)  # so little work may take no visible memory

    def cells(self) -> list[str]:
        """Return the line as one text for each column of `COLUMNS`."""
        plain, ratio, peak = "", "", ""
        if self.plain is not None:
            plain, ratio = f"{_number(self.plain)} {self.unit}", f"{_number(self.ratio)} x"
        if self.peak is not None:
            peak = f"{self.peak / 1e6:.0f} MB" if self.peak < 1e9 else f"{self.peak / 1e9:.2f} GB"
        ours = f"{_number(self.ours)} {self.unit}"
        return [self.row, self.case, plain, ours, ratio, peak, self.aim, self.note]


COLUMNS = ("row", "case", "plain", "study", "ratio", "peak", "aim", "note")


def _number(value: float) -> str:
    """Return a number with three significant digits, never in powers of ten."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def markdown(lines: Sequence[Line]) -> str:
    """Return the whole table in GitHub's Markdown."""
    return _first_columns(len(COLUMNS), lines)


SUMMARY = (
    "miniature",
    "busy",
    "runs",
    "similarity-1000 soft_wpmi",
    "similarity-20000",
    "text",
    "images ResNet18 1",
    "images ViT",
    "images all three, bfloat16",
    "whole",
)
"""How rows and cases begin that a user asks about: the short table of the project's README."""


def summary(lines: Sequence[Line]) -> str:
    """Return the short table: the lines of `SUMMARY`, without their aims and notes."""
    chosen = [line for line in lines if f"{line.row} {line.case}".startswith(SUMMARY)]
    return (
        f"{_first_columns(len(COLUMNS) - 2, chosen)}\n\n"
        "Plain: the published code or a plain loop, for `whole` on another machine; `miniature` "
        "and `runs` have none. Notes and all rows: [tests/bench/README.md](tests/bench/README.md)."
    )


def _first_columns(count: int, lines: Sequence[Line]) -> str:
    body = [[cell.replace("|", r"\|") for cell in line.cells()[:count]] for line in lines]
    rows = (COLUMNS[:count], ["---"] * count, *body)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


TABLES: Mapping[str, Callable[[Sequence[Line]], str]] = {"bench": markdown, "summary": summary}
"""What a pair of marks in a page holds: ``<!-- bench -->`` or ``<!-- summary -->``."""
_MARKS = re.compile(
    r"(^<!-- (?P<kind>bench|summary) -->\n).*?(^<!-- /(?P=kind) -->$)", re.DOTALL | re.MULTILINE
)


def fill(page: str, lines: Sequence[Line], measured: str) -> str:
    """Return a page with the table that its marks name in place of what stood between them.

    Raises
    ------
    ValueError
        If the page has not exactly one pair of marks, each on a line of its own.
    """
    if len(_MARKS.findall(page)) != 1:
        pairs = " or ".join(f"<!-- {kind} --> and <!-- /{kind} -->" for kind in TABLES)
        raise ValueError(f"expected the lines {pairs} once")
    return _MARKS.sub(
        lambda marks: f"{marks[1]}\n{TABLES[marks['kind']](lines)}\n\n{measured}\n\n{marks[3]}",
        page,
    )
