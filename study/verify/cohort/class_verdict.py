"""`ClassVerdict`: the verdict on a class, with the record of every submission."""

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from study.errors import Exit
from study.progress import counted, plain_line
from study.verify.cohort.in_common import Likeness
from study.verify.cohort.members import Member
from study.verify.cohort.record import UNREAD, Record
from study.verify.verdict import FAILED, NOTE, OK, UNDECIDED, Cause, Check, Verdict, verdict_of

SCHEMA = "study-class/1"
STATUSES = ("defects", UNREAD, "undecided", "ok")
"""What a submission may be, in the order of every list."""
_CHECKS: Mapping[str, str] = {
    "defects": FAILED,
    UNREAD: UNDECIDED,
    "undecided": UNDECIDED,
    "ok": OK,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One submission of a class: its name as printed, its folder in the products, its record."""

    name: str
    slug: str
    record: Record


@dataclass(frozen=True, slots=True)
class ClassVerdict(Verdict):
    """The verdict on a class; ``entries`` are its submissions by name."""

    title: str = ""
    entries: tuple[Entry, ...] = ()
    notes: tuple[str, ...] = ()
    likenesses: tuple[Likeness, ...] = ()

    def ordered(self) -> list[Entry]:
        """Return the submissions with those first that need a look, then by name."""
        return sorted(self.entries, key=lambda entry: STATUSES.index(entry.record.status))

    def counts(self) -> dict[str, int]:
        """Return the number of submissions by status."""
        return {
            status: sum(entry.record.status == status for entry in self.entries)
            for status in STATUSES
        }

    def document(self) -> dict[str, Any]:
        """Return the class as JSON can hold it, with every verdict."""
        names = [entry.name for entry in self.entries]
        return {
            "schema": SCHEMA,
            "title": self.title,
            "exit": int(self.exit),
            "verdict": self.verdict,
            "counts": self.counts(),
            "left_out": list(self.notes),
            "in_common": [likeness.to_json(names) for likeness in self.likenesses],
            "submissions": [
                {
                    "name": entry.name,
                    "slug": entry.slug,
                    "status": entry.record.status,
                    "findings": dict(entry.record.findings()),
                    "claims": dict(
                        zip(("hold", "differ", "undecided"), entry.record.claims, strict=True)
                    ),
                    "verdict": entry.record.verdict.to_json(),
                }
                for entry in self.entries
            ],
        }

    def junit(self) -> str:
        """Return the class as JUnit XML: a suite for each submission, a case for each check."""
        suites = ET.Element("testsuites", name=f"study.verify class {self.title}")
        for entry in self.entries:
            suite = ET.fromstring(entry.record.verdict.junit())  # noqa: S314 - our own text
            suite.set("name", entry.name)
            suites.append(suite)
        for key in ("tests", "failures", "skipped", "errors"):
            suites.set(key, str(sum(int(suite.get(key, "0")) for suite in suites)))
        return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"

    def table(self, *, color: bool = False) -> str:
        """Return the class for people: a line for each submission, those with defects first."""
        from study.verify.cohort.class_table import text

        return text(self, color=color)


def class_verdict(
    title: str,
    members: Sequence[Member],
    records: Sequence[Record],
    notes: Sequence[str],
    likenesses: Sequence[Likeness],
) -> ClassVerdict:
    """Return the verdict on a class: 1 if a submission has a defect, else 3 if one is undecided."""
    entries = [
        Entry(member.name, member.slug, record)
        for member, record in zip(members, records, strict=True)
    ]
    counts = Counter(record.status for record in records)
    parts = [f"{counts[status]} {_SAID[status]}" for status in STATUSES if counts[status]]
    title = plain_line(title)
    sentence = f"{title}: {counted(len(entries), 'submissions')}: {', '.join(parts)}"
    checks = [_check(entry) for entry in entries]
    checks += [Check("left out", NOTE, note) for note in notes]
    names = [entry.name for entry in entries]
    for likeness in likenesses:
        who = ", ".join(names[member] for member in likeness.members)
        checks.append(Check("in common", NOTE, likeness.sentence(len(names)), who))
    verdict = verdict_of("class", sentence, checks, _causes(entries))
    return ClassVerdict(
        verdict.verb,
        Exit(verdict.exit),
        verdict.verdict,
        verdict.causes,
        verdict.checks,
        title,
        tuple(entries),
        tuple(notes),
        tuple(likenesses),
    )


_SAID: Mapping[str, str] = {
    "defects": "with defects",
    UNREAD: UNREAD,
    "undecided": "undecided",
    "ok": "without a finding",
}


def _check(entry: Entry) -> Check:
    record = entry.record
    facts = {
        "slug": entry.slug,
        "exit": int(record.verdict.exit),
        "findings": dict(record.findings()),
    }
    return Check(
        "submission", _CHECKS[record.status], record.verdict.verdict, entry.name, "", facts
    )


def _causes(entries: Sequence[Entry]) -> list[Cause]:
    """Return how many submissions have each cause, as the evidence of one cause."""
    names: dict[str, list[str]] = {}
    strength: dict[str, float] = {}
    for entry in entries:
        for cause in entry.record.verdict.causes:
            names.setdefault(cause.cause, []).append(entry.name)
            strength[cause.cause] = max(strength.get(cause.cause, 0.0), cause.confidence)
    ranked = sorted(names, key=lambda cause: (-len(names[cause]), cause))
    return [
        Cause(
            cause,
            strength[cause],
            (f"{counted(len(names[cause]), 'submissions')}: {', '.join(names[cause])}",),
        )
        for cause in ranked
    ]
