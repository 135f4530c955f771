"""A folder that somebody handed in: every defect that its files show."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from study.errors import StudyError
from study.manifest import sha256_file
from study.verify.all_tables import check_set
from study.verify.claim_file import read_claims
from study.verify.claims import verify_claims
from study.verify.concept_lists import WordList, known_lists
from study.verify.findings import Finding, causes_of
from study.verify.guard import read_pdf
from study.verify.one_table import check_table
from study.verify.picture_checks import check_embedded, check_pictures
from study.verify.scan import Found, scan
from study.verify.tables import Table, named, read_table, read_text
from study.verify.texts import check_cited, check_prose, check_stated, prose_findings
from study.verify.verdict import NOTE, OK, Cause, Check, Verdict, verdict_of

_OURS = "study-manifest/1"


@dataclass(slots=True)
class _Report:
    """What has been found so far."""

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
) -> Verdict:
    """Look through a folder and list every defect that can be seen from its files.

    Parameters
    ----------
    folder
        What was handed in. Links are not followed, archives not opened, weights not read.
    lists
        The concept lists that labels must come from.
    claims
        A file of claims to put to the tables as well.
    rerun
        The tables are a rerun of what texts and claims are about.

    Raises
    ------
    StudyError
        If there is no such folder, or the file of claims is none.
    """
    found = scan(folder)
    report = _Report(rerun)
    tables = _tables(found, report)
    for path, table in tables:
        report.findings += check_table(table, found.name(path), lists)
    report.findings += check_set([(found.name(path), table) for path, table in tables])
    names = [found.name(path) for path in found.pictures]
    report.findings += check_pictures(found.pictures, names)
    networks = named([table for _, table in tables])
    for path in found.texts:
        text = read_text(path)
        if path.name.casefold() in _list_files(lists) or _is_word_list(text):
            report.checks.append(_word_list(text, found.name(path)))
            continue
        report.findings += check_cited(text, path, found)
        _prose(text, found.name(path), networks, report)
    for path in found.pdfs:
        _pdf(path, found.name(path), networks, report)
    if claims is not None:
        verdict = verify_claims(read_claims(claims), networks, rerun=rerun)
        report.checks += verdict.checks
        report.causes += verdict.causes
    return _verdict(found, report)


def _tables(found: Found, report: _Report) -> list[tuple[Path, Table]]:
    tables = []
    for path in found.stubs:
        report.findings.append(Finding("empty_results", found.name(path), "a table without rows"))
    for path in found.tables:
        try:
            tables.append((path, read_table(path)))
        except StudyError as error:
            report.findings.append(Finding("defective_table", found.name(path), str(error)))
    if not found.tables and not found.stubs:
        where = found.name(found.root) or found.root.name
        report.findings.append(Finding("empty_results", where, "no table of descriptions"))
    elif len(tables) == 1:
        text = "one table of descriptions only: nothing to compare it with"
        report.findings.append(
            Finding("empty_results", found.name(tables[0][0]), text, note=not found.stubs)
        )
    return tables


def _prose(text: str, name: str, networks: Sequence[Table], report: _Report) -> None:
    report.findings += check_stated(text, name, networks)
    verdict = check_prose(text, name, networks, rerun=report.rerun)
    if verdict is None:
        return
    checks, causes = prose_findings(verdict, name)
    report.checks.append(
        Check("numbers in prose", OK if not checks else NOTE, verdict.verdict, name)
    )
    report.checks += checks
    report.causes += causes


def _pdf(path: Path, name: str, networks: Sequence[Table], report: _Report) -> None:
    try:
        document = read_pdf(path)
    except StudyError as error:
        report.findings.append(Finding("missing_evidence", name, str(error)))
        return
    if "results.json" in document["attachments"] and "manifest.json" in document["attachments"]:
        text = "a report of this program: verify report says whether it follows from its data"
        report.checks.append(Check("report with evidence", NOTE, text, name))
        report.findings += _carried(document["attachments"], name, networks)
        return
    report.findings += check_embedded(name, document["pictures"])
    text = "\n\n".join(document["texts"])
    if len(text.split()) < 20 and not document["pictures"]:
        report.findings.append(Finding("empty_results", name, "a PDF without text or pictures"))
    _prose(text, name, networks, report)


def _carried(attachments: dict[str, Any], name: str, networks: Sequence[Table]) -> list[Finding]:
    """Compare the tables inside a report with those that lie beside it."""
    inside = {
        one["sha256"] for key, one in attachments.items() if key.endswith("/descriptions.csv")
    }
    beside = {table.path: sha256_file(table.path) for table in networks}
    if not inside or not beside or inside & set(beside.values()):
        return []
    text = "the tables inside the report are not those that were handed in beside it"
    return [Finding("number_against_table", name, text)]


def _list_files(lists: Sequence[WordList]) -> set[str]:
    return {one.name.casefold() for one in lists}


def _is_word_list(text: str) -> bool:
    """Whether a text file is a list of concepts: many short lines of one or two words."""
    lines = [line for line in text.splitlines() if line.strip()]
    return len(lines) >= 100 and sum(len(line.split()) <= 3 for line in lines) >= 0.98 * len(lines)


def _word_list(text: str, name: str) -> Check:
    words = {line.strip() for line in text.splitlines() if line.strip()}
    for known in known_lists():
        if not known.outside(words) and abs(len(words) - known.count) <= 0.01 * known.count:
            return Check("concept list", NOTE, f"{len(words)} words: {known.name}", name)
    return Check("concept list", NOTE, f"{len(words)} words, no list that is known here", name)


def _verdict(found: Found, report: _Report) -> Verdict:
    listed = {
        "tables": len(found.tables),
        "PDFs": len(found.pdfs),
        "pictures": len(found.pictures),
        "texts": len(found.texts),
    }
    counted = ", ".join(f"{count} {kind}" for kind, count in listed.items())
    checks = [Check("files", NOTE, counted, found.root.name, facts=listed)]
    checks += [Check("left out", NOTE, text) for text in found.skipped[:20]]
    checks += [finding.check() for finding in report.findings] + report.checks
    causes = [*causes_of(report.findings), *report.causes]
    verdict = verdict_of("submission", "", checks, _joined(causes))
    defects = sorted({cause.cause for cause in verdict.causes})
    text = f"{found.root.name}: " + (
        f"defects found: {', '.join(one.replace('_', ' ') for one in defects)}"
        if defects
        else "no defect found in what can be seen from its files"
    )
    return Verdict("submission", verdict.exit, text, verdict.causes, verdict.checks)


def _joined(causes: Sequence[Cause]) -> list[Cause]:
    names = dict.fromkeys(cause.cause for cause in causes)
    return [
        Cause(
            name,
            max(cause.confidence for cause in causes if cause.cause == name),
            tuple(text for cause in causes if cause.cause == name for text in cause.evidence),
        )
        for name in names
    ]
