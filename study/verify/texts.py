"""What a submission's prose says against its own tables and files."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from urllib.parse import unquote

from study.errors import StudyError
from study.verify.claim_file import claims_of
from study.verify.claims import verify_claims
from study.verify.concept_lists import known_lists, source_of
from study.verify.findings import Finding
from study.verify.numbers_in_text import claims_in
from study.verify.scan import Found
from study.verify.tables import Table
from study.verify.verdict import FAILED, Cause, Check, Verdict

_IMAGE = re.compile(
    r"!\[[^\]\n]{0,200}\]\(([^)\s]{1,300})[^)\n]{0,200}\)|<img[^>\n]+src=[\"']([^\"'\n]+)"
)
_PROBES = ("imagenet_broden", "cifar100_train", "cifar100_val", "imagenet_val", "broden")
_SPOKEN: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "broden": re.compile(r"\bbroden\b"),
        "cifar": re.compile(r"\bcifar[- ]?100?\b"),
        "imagenet": re.compile(r"\bimagenet(?:[- ]1k)?[- ]val(?:idation)?\b"),
        "places": re.compile(r"\bplaces(?:365)?[- ]val(?:idation)?\b"),
    }
)
"""How a sentence about the probe names well-known sets of images, by a part of their names."""
_OF_PROBE = re.compile(r"\bprob(?:e|es|ed|ing)\b")
_LIST = re.compile(r"\b(20[ ,.]?000|20k|10[ ,.]?000|10k)\b[- ](?:concept|word)", re.IGNORECASE)
_LIST_COUNTS = {"20": 20_000, "10": 9_894}


def check_prose(
    text: str, name: str, tables: Sequence[Table], *, rerun: bool = False
) -> Verdict | None:
    """Hold the numbers in a text against two tables; `None` if it states none that is certain."""
    if len(tables) != 2 or len({table.name for table in tables}) != 2:
        return None
    items = claims_in(text, tables)
    if not items:
        return None
    try:
        return verify_claims(claims_of({"title": name, "claims": items}, name), tables, rerun=rerun)
    except StudyError:
        return None


def prose_findings(verdict: Verdict, name: str) -> tuple[list[Check], list[Cause]]:
    """Return the failed checks of a text's claims, and the mistakes that explain them."""
    failed = [check for check in verdict.checks if check.status == FAILED]
    checks = [
        Check("number_against_table", FAILED, check.detail, name, check.advice, check.facts)
        for check in failed
    ]
    causes = [
        Cause(cause.cause, cause.confidence, tuple(f"{name}: {text}" for text in cause.evidence))
        for cause in verdict.causes
    ]
    if failed:
        told = tuple(f"{name}: {check.detail}" for check in failed)
        causes.append(Cause("number_against_table", 0.5, told))
    return checks, causes


def check_cited(text: str, path: Path, found: Found) -> Iterator[Finding]:
    """Find pictures that a page shows and the folder does not hold."""
    for match in list(_IMAGE.finditer(text))[:200]:
        target = unquote(match[1] or match[2])
        if ":" in target or target.startswith(("#", "/", "..")):
            continue
        if not (path.parent / target).exists():
            yield Finding(
                "missing_evidence", found.name(path), f"shows {target}, which is not there"
            )


def check_stated(text: str, name: str, tables: Sequence[Table]) -> Iterator[Finding]:
    """Compare the probe and the concept list that a text names with those of the tables."""
    plain = text.casefold()
    used = {str(table.args.get("d_probe") or "").casefold() for table in tables} - {""}
    named = {probe for probe in _PROBES if re.search(rf"\b{probe}\b", plain)}
    spoken = _spoken(plain)
    fits = used & named or any(part in probe for part in spoken for probe in used)
    if used and named | spoken and not fits:
        shown = ", ".join(sorted(named | spoken))
        told = f"names the probe {shown}; the runs used {', '.join(sorted(used))}"
        yield Finding("other_probe", name, told)
    counts = {_LIST_COUNTS[match[:2]] for match in _LIST.findall(text)}
    sources = {source_of(table.labels(), known_lists()) for table in tables}
    known = {source.count for source in sources if source is not None}
    if len(counts) == 1 and known and not counts & known:
        told = f"names a list of {counts.pop():,} concepts; the labels fit one of {known.pop():,}"
        yield Finding("other_concept_set", name, told)


def _spoken(plain: str) -> set[str]:
    """Return the probes that sentences about the probe name in plain words."""
    about = [one for one in re.split(r"(?<=[.!?;])\s|\n\s*\n", plain) if _OF_PROBE.search(one)]
    return {name for name, words in _SPOKEN.items() if any(words.search(one) for one in about)}
