"""Verdicts: checks, causes and an exit code, written as a table, as JSON or as JUnit XML."""

import re
import textwrap
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from study.errors import Exit
from study.files import documents

SCHEMA = "study-verdict/1"
OK, FAILED, UNDECIDED, NOTE = "ok", "failed", "undecided", "note"
_ORDER = (FAILED, UNDECIDED, NOTE, OK)
_PAINT: Mapping[str, str] = {
    FAILED: "\x1b[31m{}\x1b[0m",
    UNDECIDED: "\x1b[33m{}\x1b[0m",
    OK: "\x1b[32m{}\x1b[0m",
}
_JUNIT: Mapping[str, str] = {FAILED: "failure", UNDECIDED: "skipped"}
_UNPRINTABLE = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Cause:
    """One explanation of a verdict."""

    cause: str
    confidence: float
    """From 0 to 1: ranks the causes of one verdict; it is no probability."""
    evidence: tuple[str, ...] = ()
    """Sentences that a person can check."""


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check."""

    check: str
    status: str
    """`OK`, `FAILED`, `UNDECIDED` or `NOTE`."""
    detail: str
    place: str = ""
    """A file, a page, a key, the id of a claim."""
    advice: str = ""
    """What to do about it."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Numbers and names for programs to read."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of one verb: exit code, one sentence, causes most likely first, every check."""

    verb: str
    exit: Exit
    verdict: str
    causes: tuple[Cause, ...] = ()
    checks: tuple[Check, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the document of schema ``study-verdict/1``; checks lack their empty fields."""
        keys = ("check", "status", "place", "detail", "advice", "facts")
        checks = [{key: getattr(check, key) for key in keys} for check in self.checks]
        document: dict[str, Any] = _plain(
            {
                "schema": SCHEMA,
                "verb": self.verb,
                "exit": int(self.exit),
                "verdict": self.verdict,
                "causes": [
                    {**asdict(c), "confidence": round(c.confidence, 3)} for c in self.causes
                ],
                "checks": [{key: text for key, text in c.items() if text} for c in checks],
            }
        )
        return document

    def about(self, subject: str) -> "Verdict":
        """Return the verdict with a subject before every place and every line of evidence."""
        checks = [
            replace(check, place=f"{subject}: {check.place}" if check.place else subject)
            for check in self.checks
        ]
        causes = [
            replace(cause, evidence=tuple(f"{subject}: {text}" for text in cause.evidence))
            for cause in self.causes
        ]
        return replace(self, causes=tuple(causes), checks=tuple(checks))

    def dumps(self) -> str:
        """Return the document as JSON text, equal for equal verdicts."""
        return documents.dumps(self.to_json())

    def junit(self) -> str:
        """Return the checks as JUnit XML: a failed check fails, an undecided one is skipped."""
        counts = {status: sum(c.status == status for c in self.checks) for status in _JUNIT}
        suite = ET.Element(
            "testsuite",
            name=f"study.verify {self.verb}",
            tests=str(len(self.checks)),
            failures=str(counts[FAILED]),
            skipped=str(counts[UNDECIDED]),
            errors="0",
        )
        for check in self.checks:
            name = printable(" ".join(filter(None, (check.check, check.place))))
            case = ET.SubElement(suite, "testcase", classname=f"verify.{self.verb}", name=name)
            if tag := _JUNIT.get(check.status):
                element = ET.SubElement(case, tag, message=printable(check.detail))
                element.text = printable(check.advice)
        properties = ET.SubElement(suite, "system-out")
        properties.text = printable("\n".join([self.verdict, *map(_cause_line, self.causes)]))
        return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"

    def table(self, *, color: bool = False) -> str:
        """Return the verdict for people: the sentence, the causes, the checks, failures first.

        Lines have at most 100 columns. `color` paints the statuses, for a terminal.
        """
        lines = _wrapped(f"{self.verdict} (exit {int(self.exit)})", "")
        if self.causes:
            lines += ["", "Causes, most likely first"]
            for cause in self.causes:
                lines.append(printable(_cause_line(cause)))
                lines += [line for text in cause.evidence for line in _wrapped(text, " " * 8)]
        if self.checks:
            lines += ["", "Checks"]
            for check in sorted(self.checks, key=lambda check: _ORDER.index(check.status)):
                place = f" [{check.place}]" if check.place else ""
                first, *rest = _wrapped(f"{check.check}{place}", " " * 12)
                shown = check.status.upper() if check.status in _JUNIT else check.status
                paint = _PAINT.get(check.status, "{}") if color else "{}"
                lines += [f"  {paint.format(shown)}{' ' * (10 - len(shown))}{first[12:]}", *rest]
                texts = [text for text in (check.detail, check.advice) if text]
                lines += [line for text in texts for line in _wrapped(text, " " * 12)]
        return "\n".join(lines) + "\n"


def verdict_of(
    verb: str, sentence: str, checks: Sequence[Check], causes: Sequence[Cause] = ()
) -> Verdict:
    """Return the verdict whose exit code follows from its checks.

    One failed check makes it 1; else one undecided check makes it 3; else it is 0. Causes are
    sorted by confidence; equal ones keep their order.
    """
    statuses = {check.status for check in checks}
    code = Exit.UNDECIDED if UNDECIDED in statuses else Exit.OK
    code = Exit.FAILED if FAILED in statuses else code
    return Verdict(verb, code, sentence, ranked(causes), tuple(checks))


def ranked(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    """Return causes by falling confidence; equal ones keep their order."""
    return tuple(sorted(causes, key=lambda cause: -cause.confidence))


def joined(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    """Join causes of one name, with the highest confidence and all evidence, and rank them."""
    by_name: dict[str, Cause] = {}
    for cause in causes:
        name, before = cause.cause, by_name.get(cause.cause, Cause(cause.cause, 0.0))
        strength = max(before.confidence, cause.confidence)
        by_name[name] = Cause(name, strength, (*before.evidence, *cause.evidence))
    return ranked(by_name.values())


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the first of the most severe verdicts: failed, then undecided, then ok."""
    severity = (Exit.OK, Exit.UNDECIDED, Exit.FAILED)
    return max(verdicts, key=lambda verdict: severity.index(verdict.exit))


def flat(text: str) -> str:
    """Return a text as one line: a name with a line end must not pass for a line of the output."""
    return " ".join(text.split())


def _wrapped(text: str, indent: str) -> list[str]:
    """Return a text as lines of at most 100 columns."""
    inner = f"{indent}  "
    return textwrap.wrap(
        printable(flat(text)),
        100,
        initial_indent=indent,
        subsequent_indent=inner,
        break_on_hyphens=False,
    ) or [indent]


def printable(text: str) -> str:
    """Return a text without the characters that neither XML nor a terminal should see."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _cause_line(cause: Cause) -> str:
    return f"  {cause.confidence:4.2f}  {cause.cause}"


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it: mappings as dictionaries, no NaN, clean text."""
    if isinstance(value, Mapping):
        return {printable(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    if value is None or isinstance(value, bool | int):
        return value
    return printable(str(value))
