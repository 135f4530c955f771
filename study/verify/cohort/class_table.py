"""A class as a table: for a terminal, and as CSV for a spreadsheet."""

import textwrap
import unicodedata
from collections.abc import Mapping

from study.files import csv_text
from study.progress import plain_line
from study.verify.cohort.class_verdict import ClassVerdict, Entry
from study.verify.cohort.record import UNREAD

_WIDTH = 100
_NAME = 34
_SHOWN = 12
"""Names, and likenesses, that the terminal shows of a list."""
_COLUMNS = (
    *("name", "slug", "exit", "verdict", "findings", "findings_by_kind", "first_cause"),
    *("claims_hold", "claims_differ", "claims_undecided", "detail"),
)
_PAINT: Mapping[str, str] = {
    "defects": "\x1b[31m{}\x1b[0m",
    UNREAD: "\x1b[33m{}\x1b[0m",
    "undecided": "\x1b[33m{}\x1b[0m",
    "ok": "\x1b[32m{}\x1b[0m",
}
_WORDS: Mapping[str, str] = {
    "defects": "DEFECTS",
    UNREAD: "NOT READ",
    "undecided": "UNDECIDED",
    "ok": "ok",
}


def text(verdict: ClassVerdict, *, color: bool = False) -> str:
    """Return a class for a terminal: submissions with defects first, at most 100 columns."""
    everyone = [entry.name for entry in verdict.entries]
    width = min(_NAME, max(map(_wide, ("submission", *everyone))))
    lines = _cut(plain_line(f"{verdict.verdict} (exit {int(verdict.exit)})"), _WIDTH)
    lines += ["", f"  {'verdict':<9}  {_cell('submission', width)}  findings  causes"]
    for entry in verdict.ordered():
        lines += _lines(entry, width, color=color)
    if verdict.likenesses:
        lines += ["", "In common"]
        for likeness in verdict.likenesses[:_SHOWN]:
            names = [verdict.entries[member].name for member in likeness.members]
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            who = f"{', '.join(names[:_SHOWN])}{more}"
            lines += _wrapped(f"{likeness.sentence(len(verdict.entries))}: {who}", 2)
        if (more_of := len(verdict.likenesses) - _SHOWN) > 0:
            lines.append(f"  and {more_of} more, see class.html")
    if verdict.notes:
        lines += ["", "Left out"]
        lines += [line for note in verdict.notes for line in _wrapped(note, 2)]
    return "\n".join(lines) + "\n"


def csv(verdict: ClassVerdict) -> str:
    """Return a class as CSV, one row for each submission by name.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    rows: list[tuple[str | int, ...]] = [_COLUMNS]
    for entry in verdict.entries:
        record = entry.record
        findings = record.findings()
        listed = "; ".join(f"{kind} {count}" for kind, count in findings.items())
        rows.append(
            (
                _inert(entry.name),
                entry.slug,
                int(record.verdict.exit),
                record.status,
                sum(findings.values()),
                listed,
                record.first_cause(),
                *record.claims,
                _inert(plain_line(record.verdict.verdict)),
            )
        )
    return csv_text.dumps(rows)


def _lines(entry: Entry, width: int, *, color: bool) -> list[str]:
    record = entry.record
    word = _WORDS[record.status]
    paint = _PAINT[record.status] if color else "{}"
    causes = ", ".join(dict.fromkeys(cause.cause for cause in record.verdict.causes))
    if record.status == UNREAD:
        causes = record.verdict.checks[0].detail
    count = sum(record.findings().values())
    start = f"{_cell(entry.name, width)}  {count or '':>8}  "
    room = _WIDTH - 13 - width - 12
    first, *rest = _cut(plain_line(causes), room) or [""]
    indent = " " * (13 + width + 12)
    padded = f"{paint.format(word)}{' ' * (9 - len(word))}"
    return [f"  {padded}  {start}{first}".rstrip(), *(f"{indent}{line}" for line in rest)]


def _cell(name: str, width: int) -> str:
    """Return a name cut and padded to a width in columns of a terminal."""
    shown = name
    while _wide(shown) > width:
        shown = f"{shown.removesuffix('…')[:-1]}…"
    return f"{shown}{' ' * (width - _wide(shown))}"


def _wide(text: str) -> int:
    """Return the columns that a text takes on a terminal."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def _cut(text: str, room: int) -> list[str]:
    """Return a text in lines of a number of columns, wide letters counted twice."""
    lines = textwrap.wrap(text, room, break_on_hyphens=False)
    return [part for line in lines for part in (_halves(line) if _wide(line) > room else [line])]


def _halves(line: str) -> list[str]:
    middle = len(line) // 2
    return [line[:middle], line[middle:]]


def _wrapped(text: str, indent: int) -> list[str]:
    first, *rest = _cut(plain_line(text), _WIDTH - indent - 2) or [""]
    return [f"{' ' * indent}{first}", *(f"{' ' * (indent + 2)}{line}" for line in rest)]


def _inert(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
