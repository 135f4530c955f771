"""Verify a report's PDF: everything printed must follow from the data inside it."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from study import __version__
from study.comparison.results import SCHEMA as RESULTS
from study.errors import Exit, StudyError
from study.files.documents import SCHEMA as MANIFEST
from study.files.documents import sha256_bytes
from study.verify.report.evidence import Evidence, attached, take
from study.verify.report.pages import Maker, check_pages, make
from study.verify.report.recomputing import check_provenance, check_results
from study.verify.verdict import (
    FAILED,
    NOTE,
    OK,
    UNDECIDED,
    Cause,
    Check,
    Verdict,
    joined,
    verdict_of,
)

_LIMITS = (
    "a report whose data, results and pages were all changed consistently looks intact; that is "
    "not detectable from the file, only by running the study again (verify rerun)",
    "only a rerun can check the per-unit measurements: labels, similarities, margins, stability, "
    "precision and the pictures on the cards",
)
_CAUSES = {
    "attachments": ("attachment_changed", 0.95),
    "tables": ("attachment_changed", 0.95),
    "manifest": ("manifest_changed", 0.8),
    "results follow from the tables": ("results_changed", 0.9),
    "text": ("text_changed", 0.8),
    "figures": ("figure_changed", 0.8),
    "pages": ("pages_changed", 0.8),
    "evidence": ("evidence_unusable", 0.85),
}
"""What a failed check means, and how sure that is: changed data change pages too."""


def verify_report(path: Path, *, maker: Maker = make) -> Verdict:
    """Check a report against the data inside it.

    Attachments are compared with the digests in the manifest, results with results recomputed from
    the attached tables, the manifest with what the runs state, and pages with pages rendered again
    from the evidence.

    Parameters
    ----------
    path
        The PDF.
    maker
        Renders the pages again; to check many copies of one report, pass one with a cache.

    Raises
    ------
    StudyError
        If it is damaged, or not a PDF of this program.
    """
    with tempfile.TemporaryDirectory(prefix="study-verify-") as place:
        folder = Path(place)
        (folder / "files").mkdir()
        evidence = take(path, folder / "files")
        if not evidence.readable:
            return _other_schema(path, evidence)
        checks = list(check_digests(evidence))
        checks += _guarded(lambda: _check_runs(evidence))
        checks += _guarded(lambda: check_pages(path, evidence, folder, maker=maker))
    checks += [Check("limits", NOTE, text) for text in _LIMITS]
    failed = [check for check in checks if check.status == FAILED]
    text = "everything printed follows from the data inside"
    if failed:
        text = f"{len(failed)} things printed or attached contradict the data inside"
    causes = joined([Cause(*_CAUSES[check.check], (_located(check),)) for check in failed])
    causes = tuple(replace(cause, evidence=cause.evidence[:20]) for cause in causes)
    return verdict_of("report", f"{path.name}: {text}", checks, causes)


def _located(check: Check) -> str:
    return f"{check.place}: {check.detail}" if check.place else check.detail


def check_digests(evidence: Evidence) -> Iterator[Check]:
    """Compare the attached files with the digests in the manifest."""
    stated = evidence.manifest.get("files")
    if not isinstance(stated, dict) or not stated:
        text = "the manifest states no digests: the tables are from another program"
        yield Check("attachments", NOTE, text)
        return
    digests = {name: sha256_bytes(data) for name, data in evidence.files.items() if name in stated}
    changed = [name for name, digest in digests.items() if digest != stated[name]]
    for name in changed:
        text = f"expected the SHA-256 {str(stated[name])[:16]}…, found {digests[name][:16]}…"
        yield Check("attachments", FAILED, text, name)
    if not changed:
        yield Check("attachments", OK, f"{len(digests)} attached files have the stated digests")
    absent = [str(name) for name in stated if name not in digests]
    tables = [name for name in absent if name.endswith("descriptions.csv")]
    for name in tables:
        yield Check("attachments", FAILED, "stated in the manifest, but not attached", name)
    if len(absent) > len(tables):
        text = f"{len(absent) - len(tables)} files stated in the manifest are not attached"
        yield Check("attachments", NOTE, text)


def _check_runs(evidence: Evidence) -> Iterator[Check]:
    runs = attached(evidence)
    yield from check_results(evidence, runs)
    yield from check_provenance(evidence, runs)


_UNUSABLE = (
    *(ArithmeticError, AttributeError, LookupError, TypeError, ValueError),
    *(RecursionError, MemoryError, OSError),
)


def _guarded(look: Callable[[], Iterable[Check]]) -> list[Check]:
    """Run a check; evidence that it cannot handle is a finding, not a crash."""
    checks: list[Check] = []
    try:
        for check in look():
            checks.append(check)
    except StudyError as error:
        checks.append(Check("evidence", FAILED, str(error)))
    except _UNUSABLE as error:
        text = f"unusable: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
        checks.append(Check("evidence", FAILED, text))
    return checks


def _other_schema(path: Path, evidence: Evidence) -> Verdict:
    text = (
        f"this is study {__version__}, which reads the schemas {RESULTS} and {MANIFEST}; found "
        f"{', '.join(evidence.schemas)}, which study {evidence.version} made and reads"
    )
    check = Check("schema", UNDECIDED, text, path.name)
    sentence = f"{path.name}: another schema; verify it with study {evidence.version}"
    return Verdict("report", Exit.UNDECIDED, sentence, (), (check,))
