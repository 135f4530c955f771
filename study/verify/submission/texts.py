"""Defects of a submission's texts: what they say against the tables and files beside them."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from urllib.parse import unquote

from study.errors import StudyError
from study.verify.claims import verify_claims
from study.verify.claims.claim_file import claims_of
from study.verify.reading.concept_lists import source_of
from study.verify.reading.descriptions import Table
from study.verify.reading.known import Known
from study.verify.submission.findings import Finding
from study.verify.submission.numbers_in_text import claims_in
from study.verify.submission.scan import Files
from study.verify.verdict import FAILED, Cause, Check, Verdict

_IMAGE = re.compile(
    r"!\[[^\]\n]{0,200}\]\(([^)\s]{1,300})[^)\n]{0,200}\)|<img[^>\n]+src=[\"']([^\"'\n]+)"
)
_ABOUT_PROBE = re.compile(r"\bprob(?:e|es|ed|ing)\b")
_SENTENCE = re.compile(r"(?<=[.!?;])\s|\n\s*\n")
_LIST = re.compile(r"\b(\d{1,3}(?:[ ,.]?\d{3})*k?)\b[- ](?:concept|word)", re.IGNORECASE)


def check_prose(
    text: str, name: str, tables: Sequence[Table], known: Known, *, rerun: bool = False
) -> Verdict | None:
    """Check the numbers in a text against two tables; `None` if none can be checked."""
    if len(tables) != 2 or len({table.name for table in tables}) != 2:
        return None
    items = claims_in(text, tables, known)
    if not items:
        return None
    try:
        return verify_claims(claims_of({"title": name, "claims": items}, name), tables, rerun=rerun)
    except StudyError:
        return None


def prose_findings(verdict: Verdict, name: str) -> tuple[list[Check], list[Cause]]:
    """Return the failed checks of a text's claims, and the mistakes that explain them."""
    checks = [
        Check("number_against_table", FAILED, check.detail, name, check.advice, check.facts)
        for check in verdict.checks
        if check.status == FAILED
    ]
    causes = list(verdict.about(name).causes)
    if checks:
        evidence = tuple(f"{name}: {check.detail}" for check in checks)
        causes.append(Cause("number_against_table", 0.5, evidence))
    return checks, causes


def check_cited(text: str, path: Path, files: Files) -> Iterator[Finding]:
    """Find pictures that a page shows and the folder does not contain."""
    for match in islice(_IMAGE.finditer(text), 200):
        target = unquote(match[1] or match[2])
        if ":" in target or target.startswith(("#", "/", "..")):
            continue
        if not (path.parent / target).exists():
            evidence = f"shows {target}, which does not exist"
            yield Finding("missing_evidence", files.name(path), evidence)


def check_stated(text: str, name: str, tables: Sequence[Table], known: Known) -> Iterator[Finding]:
    """Compare the probe and the concept list that a text names with those of the tables."""
    yield from _probe(text.casefold(), name, tables, known)
    numbers = {re.sub(r"[ ,.]", "", number.casefold()) for number in _LIST.findall(text)}
    named = {words.count for words in known.lists if numbers & set(words.called)}
    sources = {source_of(table.labels(), known.lists) for table in tables}
    fitting = {source.count for source in sources if source is not None}
    if len(named) == 1 and fitting and not named & fitting:
        fits = f"the labels fit one of {fitting.pop():,}"
        evidence = f"names a list of {named.pop():,} concepts; {fits}"
        yield Finding("other_concept_set", name, evidence)


def _probe(text: str, name: str, tables: Sequence[Table], known: Known) -> Iterator[Finding]:
    """Compare the probes that a text names, as settings do or in plain words, with those used."""
    used = {str(table.args.get("d_probe") or "").casefold() for table in tables} - {""}
    values = [value for probe in known.probes for value in probe.settings]
    named = {value for value in values if re.search(rf"\b{re.escape(value)}\b", text)}
    about = [sentence for sentence in _SENTENCE.split(text) if _ABOUT_PROBE.search(sentence)]
    parts = {probe.name.casefold() for probe in known.probes if any(map(probe.named_in, about))}
    fits = used & named or any(part in probe for part in parts for probe in used)
    if used and named | parts and not fits:
        shown = ", ".join(sorted(named | parts))
        evidence = f"names the probe {shown}; the runs used {', '.join(sorted(used))}"
        yield Finding("other_probe", name, evidence)
