"""Verify a report's PDF: everything printed must follow from the data inside it."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from study import __version__
from study.comparison.results import SCHEMA as RESULTS
from study.comparison.results import members
from study.dissection.loaded import attached_runs
from study.errors import StudyError
from study.files.documents import SCHEMA as MANIFEST
from study.report.browser.reading import read_browser
from study.verify.report.browsing import check_browser
from study.verify.report.evidence import Evidence, check_digests, check_names, take
from study.verify.report.pages import Maker, check_pages, make
from study.verify.report.recomputing import check_provenance, check_results
from study.verify.verdict import FAILED, NOTE, UNDECIDED, Cause, Check, Verdict, joined, verdict_of

_LIMITS = (
    "a report whose data, results and pages were all changed consistently looks intact; that is "
    "not detectable from the file, only by running the study again (verify rerun)",
    "only a rerun can check what needs images or scores: labels, those of halves and resamples, "
    "similarities, margins, significance, stability, precision, what redealing units and scoring "
    "them anew gave (null.csv), matched units, CKA, the best concepts, profiles and "
    "neighbours of units, and the pictures on the cards",
)
_CAUSES = {
    "attachments": ("attachment_changed", 0.95),
    "tables": ("attachment_changed", 0.95),
    "manifest": ("manifest_changed", 0.8),
    "results follow from the tables": ("results_changed", 0.9),
    "text": ("text_changed", 0.8),
    "figures": ("figure_changed", 0.8),
    "pages": ("pages_changed", 0.8),
    "browser": ("browser_changed", 0.85),
    "structure": ("structure_changed", 0.85),
    "evidence": ("evidence_unusable", 0.85),
}
"""What a failed check means, and how sure that is: changed data change pages too."""


def verify_report(path: Path, *, html: Path | None = None, maker: Maker = make) -> Verdict:
    """Check a report against the data inside it.

    Attachments are compared with the digests in the manifest, results with results recomputed from
    the attached tables, the manifest with what the runs state, and pages with pages that `maker`
    renders again from the evidence; and so is the browser of units `html`, if one is given.

    Raises
    ------
    StudyError
        If it is damaged, or not a PDF of this program, or `html` is no browser of units.
    """
    browser = read_browser(html) if html else None
    with tempfile.TemporaryDirectory(prefix="study-verify-") as place:
        folder = Path(place)
        (folder / "files").mkdir()
        evidence = take(path, folder / "files")
        if not evidence.readable:
            return _other_schema(path, evidence)
        checks = list(check_digests(evidence))
        checks += _guarded(lambda: check_names(evidence))
        checks += _guarded(lambda: _check_runs(evidence))
        checks += _guarded(lambda: check_pages(path, evidence, folder, maker=maker))
        if html and browser:
            checks += _guarded(lambda: check_browser(html.name, *browser, evidence))
    checks += [Check("limits", NOTE, text) for text in _LIMITS]
    failed = [check for check in checks if check.status == FAILED]
    text = "everything printed follows from the data inside"
    if failed:
        text = f"{len(failed)} things printed or attached contradict the data inside"
    elif unknown := [check for check in checks if check.status == UNDECIDED]:
        text = f"{len(unknown)} things could not be checked; nothing contradicts the data inside"
    causes = joined([Cause(*_CAUSES[check.check], (_located(check),)) for check in failed])
    causes = tuple(replace(cause, evidence=cause.evidence[:20]) for cause in causes)
    return verdict_of("report", f"{path.name}: {text}", checks, causes)


def _located(check: Check) -> str:
    return f"{check.place}: {check.detail}" if check.place else check.detail


def _check_runs(evidence: Evidence) -> Iterator[Check]:
    networks = members(evidence.results)
    runs = attached_runs(evidence.files, networks)
    yield from check_results(evidence, runs)
    yield from check_provenance(evidence, runs)


def _guarded(look: Callable[[], Iterable[Check]]) -> list[Check]:
    """Run a check; evidence that it cannot handle is a finding, not a crash."""
    checks: list[Check] = []
    try:
        checks.extend(look())  # keeps what was yielded before an error
    except StudyError as error:
        checks.append(Check("evidence", FAILED, str(error)))
    except Exception as error:  # changed documents may hold any value at any key
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
    return verdict_of("report", sentence, [check])
