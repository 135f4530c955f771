"""Defects of a submission's texts: what they say against the tables and files beside them."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice, product
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from study.comparison.word_lists import source_of
from study.errors import StudyError
from study.files.output import read_bytes
from study.verify.claims import verify_claims
from study.verify.claims.claim_file import claims_of
from study.verify.reading.descriptions import MAX_TEXT_BYTES, Table, read_text
from study.verify.reading.known import Known
from study.verify.submission.all_tables import stated_subject
from study.verify.submission.findings import Finding, Result
from study.verify.submission.numbers_in_text import claims_in
from study.verify.submission.scan import Files
from study.verify.verdict import FAILED, NOTE, OK, Cause, Check, Verdict

_MAX_NOTEBOOK, _MAX_PARTS, _MAX_PAIRS = 20 << 20, 2000, 9
_IMAGE = re.compile(
    r"!\[[^\]\n]{0,200}\]\(([^)\s]{1,300})[^)\n]{0,200}\)|<img[^>\n]+src=[\"']([^\"'\n]+)"
)
_ABOUT_PROBE = re.compile(r"\bprob(?:e|es|ed|ing)\b")
_SENTENCE = re.compile(r"(?<=[.!?;])\s|\n\s*\n")
_LIST = re.compile(r"\b(\d{1,3}(?:[ ,.]?\d{3})*k?)\b[- ](?:concept|word)", re.IGNORECASE)


def text_of(path: Path) -> str:
    """Return a text file's content; of a notebook, what its cells say and its outputs print."""
    if path.suffix.casefold() != ".ipynb":
        return read_text(path)
    try:
        cells = json.loads(read_bytes(path, most=_MAX_NOTEBOOK)).get("cells", [])
        return "\n\n".join(islice(_of_cells(cells), _MAX_PARTS))[:MAX_TEXT_BYTES]
    except (StudyError, ValueError, AttributeError, TypeError, RecursionError):
        return ""


def _of_cells(cells: Sequence[dict[str, Any]]) -> Iterator[str]:
    for cell in cells:
        if cell.get("cell_type") == "markdown":
            yield _joined(cell.get("source", ""))
        for output in cell.get("outputs", []):
            yield _joined(output.get("text") or output.get("data", {}).get("text/plain") or "")


def _joined(lines: str | Sequence[str]) -> str:
    return lines if isinstance(lines, str) else "".join(map(str, lines))


def is_word_list(text: str) -> bool:
    """Whether a text file is a concept list: many lines of at most three words."""
    lines = [line for line in text.splitlines() if line.strip()]
    return len(lines) >= 100 and sum(len(line.split()) <= 3 for line in lines) >= 0.98 * len(lines)


def check_prose(
    text: str, place: str, tables: Sequence[Table], known: Known, *, rerun: bool
) -> Iterator[Result]:
    """Compare what a text states, and the numbers in it, with the tables."""
    yield from _probe(text.casefold(), place, tables, known)
    yield from _list(text, place, tables, known)
    verdicts = list(_put_to(text, place, tables, known, rerun=rerun))
    if not verdicts:
        return
    # of several runs of one network, the texts may describe any
    verdict = min(verdicts, key=lambda one: sum(c.status == FAILED for c in one.checks))
    failed = [check for check in verdict.checks if check.status == FAILED]
    yield Check("numbers in prose", NOTE if failed else OK, verdict.verdict, place)
    for check in failed:
        yield replace(check, check="number_against_table", place=place)
    yield from verdict.about(place).causes
    if failed:
        evidence = tuple(f"{place}: {check.detail}" for check in failed)
        yield Cause("number_against_table", 0.5, evidence)


def _put_to(
    text: str, place: str, tables: Sequence[Table], known: Known, *, rerun: bool
) -> Iterator[Verdict]:
    """Yield the verdicts on a text's numbers, for each two tables that it may be about."""
    for pair in islice(_pairs(tables, known), _MAX_PAIRS):
        try:  # no claims are refused, as are numbers that cannot be read
            claimed = claims_of({"title": place, "claims": claims_in(text, pair, known)}, place)
            yield verify_claims(claimed, pair, rerun=rerun)
        except StudyError:
            return


def _pairs(tables: Sequence[Table], known: Known) -> Iterator[Sequence[Table]]:
    """Yield the two tables, or of more tables each two of different networks, if those are two."""
    if len(tables) == 2:
        yield tables
        return
    of: dict[str, list[Table]] = {}
    for table in tables:
        network = stated_subject(table, known, table.name)
        of.setdefault(network.subject if network else "", []).append(table)
    if len(of) == 2 and "" not in of:
        yield from product(*of.values())


def check_cited(text: str, path: Path, files: Files) -> Iterator[Finding]:
    """Find pictures that a page shows and the folder does not contain."""
    for match in islice(_IMAGE.finditer(text), 200):
        target = unquote(match[1] or match[2])
        beyond = ":" in target or target.startswith(("#", "/", ".."))
        if not beyond and not _exists(path.parent / target):
            evidence = f"shows {target}, which does not exist"
            yield Finding("missing_evidence", files.name(path), evidence)


def _exists(path: Path) -> bool:
    """Whether a file is there; a name that no file system takes is not."""
    try:
        return path.exists()
    except OSError:
        return False


def _list(text: str, place: str, tables: Sequence[Table], known: Known) -> Iterator[Finding]:
    """Compare the concept list that a text names with those that the labels come from."""
    numbers = {re.sub(r"[ ,.]", "", number.casefold()) for number in _LIST.findall(text)}
    named = {words.count for words in known.lists if numbers & set(words.called)}
    sources = (source_of(table.labels(), known.lists) for table in tables)
    fitting = {source.count for source in sources if source is not None}
    if len(named) == 1 and fitting and not named & fitting:
        fits = f"the labels fit one of {fitting.pop():,}"
        evidence = f"names a list of {named.pop():,} concepts; {fits}"
        yield Finding("other_concept_set", place, evidence)


def _probe(text: str, place: str, tables: Sequence[Table], known: Known) -> Iterator[Finding]:
    """Compare the probes that a text names, as settings do or in plain words, with those used."""
    used = {str(table.args.get("d_probe") or "").casefold() for table in tables} - {""}
    values = [value for probe in known.probes for value in probe.settings]
    named = {value for value in values if re.search(rf"\b{re.escape(value)}\b", text)}
    about = "\n".join(part for part in _SENTENCE.split(text) if _ABOUT_PROBE.search(part))
    parts = set()
    for probe in known.probes:
        phrases = "|".join(re.escape(phrase).replace(r"\ ", "[- ]") for phrase in probe.phrases)
        if phrases and re.search(rf"\b(?:{phrases})\b", about):
            parts.add(probe.name.casefold())
    fits = used & named or any(part in probe for part in parts for probe in used)
    if used and named | parts and not fits:
        shown = ", ".join(sorted(named | parts))
        evidence = f"names the probe {shown}; the runs used {', '.join(sorted(used))}"
        yield Finding("other_probe", place, evidence)
