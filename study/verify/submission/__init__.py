"""Verify a submitted folder: every defect that its files show."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from study.comparison.word_lists import WordList
from study.errors import StudyError
from study.files.documents import sha256_file
from study.verify.claims import verify_claims
from study.verify.claims.claim_file import read_claims
from study.verify.reading.descriptions import MAX_TABLE_BYTES, Table, named, read_table
from study.verify.reading.guard import read_pdf
from study.verify.reading.known import Known, unasked
from study.verify.submission.all_tables import check_set
from study.verify.submission.expectation import check_expected, check_list_file
from study.verify.submission.findings import Finding, Result
from study.verify.submission.looked_for import looked_for
from study.verify.submission.one_table import check_table
from study.verify.submission.picture_checks import check_embedded, check_pictures
from study.verify.submission.scan import Files, scan
from study.verify.submission.texts import check_cited, check_prose, is_word_list, text_of
from study.verify.verdict import NOTE, Cause, Check, Verdict, joined, verdict_of


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
        What is known of the assignment, and what it asks for; by default the facts that come with
        the program, and nothing asked for.

    Raises
    ------
    StudyError
        If there is no such folder, or the file of claims cannot be read.
    """
    files, known = scan(folder), known or unasked()
    results: list[Result] = []
    tables = _read_tables(files, results)
    for place, table in tables.items():
        results += check_table(table, place, lists, known)
    results += check_set(list(tables.items()), known)
    results += check_expected(list(tables.items()), known)
    results += check_pictures(files)
    networks = named(list(tables.values()))
    names = {words.name.casefold() for words in lists}
    for path in files.texts:
        text, place = text_of(path), files.name(path)
        if path.name.casefold() in names or is_word_list(text):
            results.append(check_list_file(text, path.name, place, known.lists))
        else:
            results += check_cited(text, path, files)
            results += check_prose(text, place, networks, known, rerun=rerun)
    for path in files.pdfs:
        results += _pdf(path, files.name(path), networks, known, rerun=rerun)
    if claims is not None:
        verdict = verify_claims(read_claims(claims), networks, rerun=rerun)
        results += [*verdict.checks, *verdict.causes]
    sought = list(looked_for(files, list(tables.items()), lists, known))
    return _verdict(files, results, sought)


def _read_tables(files: Files, results: list[Result]) -> dict[str, Table]:
    """Read the tables by place; those that cannot be read, and too few of them, are findings."""
    tables = {}
    for path in files.stubs:
        results.append(Finding("empty_results", files.name(path), "a table without rows"))
    for path in files.tables:
        try:
            tables[files.name(path)] = read_table(path)
        except StudyError as error:
            results.append(Finding("defective_table", files.name(path), str(error)))
    if not files.tables and not files.stubs:
        results.append(Finding("empty_results", files.root.name, "no table of descriptions"))
    elif len(tables) == 1:
        place, text = next(iter(tables)), "only one table: nothing to compare it with"
        results.append(Finding("empty_results", place, text, note=not files.stubs))
    return tables


def _pdf(
    path: Path, place: str, networks: Sequence[Table], known: Known, *, rerun: bool
) -> Iterator[Result]:
    try:
        document = read_pdf(path)
    except StudyError as error:
        yield Finding("missing_evidence", place, str(error))
        return
    attachments = document["attachments"]
    if {"results.json", "manifest.json"} <= set(attachments):
        text = "a report of this program; check it against its data with: verify report"
        yield Check("report with evidence", NOTE, text, place)
        tables = [file for name, file in attachments.items() if name.endswith("/descriptions.csv")]
        attached = {file["sha256"] for file in tables}
        submitted = {sha256_file(table.path) for table in networks}
        if attached and submitted and not attached & submitted:
            text = "the tables attached to the report are not those submitted with it"
            yield Finding("number_against_table", place, text)
        return
    yield from check_embedded(place, document["pictures"])
    text = "\n\n".join(document["texts"])
    if len(text.split()) < 20 and not document["pictures"]:
        yield Finding("empty_results", place, "a PDF without text or pictures")
    yield from check_prose(text, place, networks, known, rerun=rerun)


def _verdict(files: Files, results: Sequence[Result], sought: Sequence[Check]) -> Verdict:
    counts = {
        "tables": len(files.tables),
        "PDFs": len(files.pdfs),
        "pictures": len(files.pictures),
        "texts": len(files.texts),
    }
    listed = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    findings = [result for result in results if isinstance(result, Finding)]
    for path in files.oversized:
        text = f"larger than {MAX_TABLE_BYTES >> 20} MB, so it was not read; no table of units is"
        findings.append(Finding("defective_table", files.name(path), text))
    checks = [Check("files", NOTE, listed, files.root.name, facts=counts), *sought]
    checks += [Check("left out", NOTE, text) for text in files.skipped[:20]]
    checks += files.clones.notes(files.root)
    checks += [finding.check() for finding in findings]
    checks += [result for result in results if isinstance(result, Check)]
    causes = [finding.cause() for finding in findings if not finding.note]
    causes += [result for result in results if isinstance(result, Cause)]
    ranked = joined(causes)
    defects = ", ".join(sorted({cause.cause.replace("_", " ") for cause in ranked}))
    text = f"defects found: {defects}" if defects else "no defect found in what its files show"
    return verdict_of("submission", f"{files.root.name}: {text}", checks, ranked)
