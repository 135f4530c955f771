"""Verify a submitted folder: every defect that its files show."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from study.errors import StudyError
from study.files.documents import sha256_file
from study.verify.claims import verify_claims
from study.verify.claims.claim_file import read_claims
from study.verify.reading.concept_lists import WordList
from study.verify.reading.descriptions import Table, named, read_table, read_text
from study.verify.reading.guard import read_pdf
from study.verify.reading.known import Known, assignment
from study.verify.submission.all_tables import check_set
from study.verify.submission.findings import Finding, causes_of
from study.verify.submission.one_table import check_table
from study.verify.submission.picture_checks import check_embedded, check_pictures
from study.verify.submission.scan import Files, scan
from study.verify.submission.texts import check_cited, check_prose, check_stated, prose_findings
from study.verify.verdict import NOTE, OK, Cause, Check, Verdict, joined, verdict_of


@dataclass(slots=True)
class _Report:
    """The results so far, and what the checks of texts need."""

    known: Known
    rerun: bool = False
    findings: list[Finding] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)


def verify_submission(
    folder: Path,
    *,
    lists: Sequence[WordList] = (),
    claims: Path | None = None,
    rerun: bool = False,
    known: Known | None = None,
) -> Verdict:
    """List every defect of a submitted folder that can be seen from its files.

    Parameters
    ----------
    folder
        The submission. Links are not followed, archives not opened, weights not read.
    lists
        The concept lists that labels must come from.
    claims
        A file of claims to check against the tables as well.
    rerun
        The tables are a rerun of what the texts and claims describe.
    known
        What is known of the assignment; by default the one that comes with the program.

    Raises
    ------
    StudyError
        If there is no such folder, or the file of claims cannot be read.
    """
    files = scan(folder)
    report = _Report(known or assignment(), rerun)
    tables = _tables(files, report)
    for path, table in tables:
        report.findings += check_table(table, files.name(path), lists, report.known)
    report.findings += check_set(
        [(files.name(path), table) for path, table in tables], report.known
    )
    report.findings += check_pictures(files.pictures, [files.name(path) for path in files.pictures])
    networks = named([table for _, table in tables])
    for path in files.texts:
        _text(path, files, networks, lists, report)
    for path in files.pdfs:
        _pdf(path, files.name(path), networks, report)
    if claims is not None:
        verdict = verify_claims(read_claims(claims), networks, rerun=rerun)
        report.checks += verdict.checks
        report.causes += verdict.causes
    return _verdict(files, report)


def _tables(files: Files, report: _Report) -> list[tuple[Path, Table]]:
    """Read the tables; those that cannot be read, and too few of them, are findings."""
    findings, tables = report.findings, []
    for path in files.stubs:
        findings.append(Finding("empty_results", files.name(path), "a table without rows"))
    for path in files.tables:
        try:
            tables.append((path, read_table(path)))
        except StudyError as error:
            findings.append(Finding("defective_table", files.name(path), str(error)))
    if not files.tables and not files.stubs:
        findings.append(Finding("empty_results", files.root.name, "no table of descriptions"))
    elif len(tables) == 1:
        place, text = files.name(tables[0][0]), "only one table: nothing to compare it with"
        findings.append(Finding("empty_results", place, text, note=not files.stubs))
    return tables


def _text(
    path: Path,
    files: Files,
    networks: Sequence[Table],
    lists: Sequence[WordList],
    report: _Report,
) -> None:
    text, name = read_text(path), files.name(path)
    if path.name.casefold() in {words.name.casefold() for words in lists} or _is_word_list(text):
        report.checks.append(_word_list(text, name, report.known))
        return
    report.findings += check_cited(text, path, files)
    _prose(text, name, networks, report)


def _is_word_list(text: str) -> bool:
    """Whether a text file is a concept list: many lines of at most three words."""
    lines = [line for line in text.splitlines() if line.strip()]
    return len(lines) >= 100 and sum(len(line.split()) <= 3 for line in lines) >= 0.98 * len(lines)


def _word_list(text: str, name: str, known: Known) -> Check:
    words = {line.strip() for line in text.splitlines() if line.strip()}
    for listed in known.lists:
        if not listed.outside(words) and abs(len(words) - listed.count) <= 0.01 * listed.count:
            return Check("concept list", NOTE, f"{len(words)} words: {listed.name}", name)
    return Check("concept list", NOTE, f"{len(words)} words, not a known list", name)


def _prose(text: str, name: str, networks: Sequence[Table], report: _Report) -> None:
    """Check what a text states, and the numbers in it."""
    report.findings += check_stated(text, name, networks, report.known)
    verdict = check_prose(text, name, networks, report.known, rerun=report.rerun)
    if verdict is None:
        return
    checks, causes = prose_findings(verdict, name)
    status = NOTE if checks else OK
    report.checks += [Check("numbers in prose", status, verdict.verdict, name), *checks]
    report.causes += causes


def _pdf(path: Path, name: str, networks: Sequence[Table], report: _Report) -> None:
    try:
        document = read_pdf(path)
    except StudyError as error:
        report.findings.append(Finding("missing_evidence", name, str(error)))
        return
    attachments = document["attachments"]
    if {"results.json", "manifest.json"} <= set(attachments):
        text = "a report of this program; check it against its data with: verify report"
        report.checks.append(Check("report with evidence", NOTE, text, name))
        report.findings += _attached(attachments, name, networks)
        return
    report.findings += check_embedded(name, document["pictures"])
    text = "\n\n".join(document["texts"])
    if len(text.split()) < 20 and not document["pictures"]:
        report.findings.append(Finding("empty_results", name, "a PDF without text or pictures"))
    _prose(text, name, networks, report)


def _attached(attachments: dict[str, Any], name: str, networks: Sequence[Table]) -> list[Finding]:
    """Compare the tables attached to a report with those beside it."""
    attached = {
        file["sha256"] for key, file in attachments.items() if key.endswith("/descriptions.csv")
    }
    submitted = {sha256_file(table.path) for table in networks}
    if not attached or not submitted or attached & submitted:
        return []
    text = "the tables attached to the report are not those submitted with it"
    return [Finding("number_against_table", name, text)]


def _verdict(files: Files, report: _Report) -> Verdict:
    counts = {
        "tables": len(files.tables),
        "PDFs": len(files.pdfs),
        "pictures": len(files.pictures),
        "texts": len(files.texts),
    }
    listed = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    checks = [Check("files", NOTE, listed, files.root.name, facts=counts)]
    checks += [Check("left out", NOTE, text) for text in files.skipped[:20]]
    checks += [finding.check() for finding in report.findings] + report.checks
    causes = joined([*causes_of(report.findings), *report.causes])
    defects = ", ".join(sorted({cause.cause.replace("_", " ") for cause in causes}))
    text = f"defects found: {defects}" if defects else "no defect found in what its files show"
    return verdict_of("submission", f"{files.root.name}: {text}", checks, causes)
