"""A report as PDF: whether everything printed follows from the data inside it."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from study import __version__
from study.errors import Exit, StudyError
from study.manifest import SCHEMA as MANIFEST
from study.manifest import sha256_bytes
from study.results import SCHEMA as RESULTS
from study.verify.evidence import Evidence, attached, take
from study.verify.pages import Maker, check_pages, make
from study.verify.recomputing import check_provenance, check_results
from study.verify.verdict import FAILED, NOTE, OK, UNDECIDED, Cause, Check, Verdict, verdict_of

_LIMITS = (
    "a report whose data, results and pages were all changed together and made again looks whole: "
    "that is not detectable from the file, only by running the study again (verify rerun)",
    "only a rerun can check the per-unit measurements themselves: labels, similarities, margins, "
    "stability, precision and the pictures of the cards",
)
_CAUSES = {
    "attachments": "attachment_changed",
    "tables": "attachment_changed",
    "manifest": "manifest_changed",
    "results follow from the tables": "results_changed",
    "text": "text_changed",
    "figures": "figure_changed",
    "pages": "pages_changed",
    "evidence": "evidence_unusable",
}


def verify_report(path: Path, *, maker: Maker = make) -> Verdict:
    """Check a report against the data inside it.

    The attachments' digests are compared with the manifest, the results computed again from the
    attached tables, the manifest compared with what the runs state of themselves, and the pages
    made again from the evidence and compared.

    Parameters
    ----------
    path
        The PDF.
    maker
        Makes the pages again; who checks many copies of one report may give one that remembers.

    Raises
    ------
    StudyError
        If it is no PDF of this program, or damaged.
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
    text = (
        f"{path.name}: {len(failed)} things printed or attached do not follow from the data inside"
        if failed
        else f"{path.name}: everything printed follows from the data inside"
    )
    return verdict_of("report", text, checks, _causes(failed))


def check_digests(evidence: Evidence) -> Iterator[Check]:
    """Compare attached files with the digests that the manifest states for the runs' tables."""
    stated = evidence.manifest.get("files")
    stated = stated if isinstance(stated, dict) else {}
    wrong, absent = 0, []
    for name, digest in stated.items():
        content = evidence.files.get(name)
        if content is None:
            absent.append(name)
        elif sha256_bytes(content) != digest:
            wrong += 1
            text = f"expected the SHA-256 {str(digest)[:16]}…, found {sha256_bytes(content)[:16]}…"
            yield Check("attachments", FAILED, text, str(name))
    present = len(stated) - len(absent)
    if not stated:
        text = "the manifest states no digests: the tables came from elsewhere"
        yield Check("attachments", NOTE, text)
    elif not wrong:
        yield Check("attachments", OK, f"{present} attached files have the digests stated")
    tables = [name for name in absent if str(name).endswith("descriptions.csv")]
    for name in tables:
        yield Check("attachments", FAILED, "stated in the manifest, not attached", str(name))
    if len(absent) > len(tables):
        text = f"{len(absent) - len(tables)} files stated in the manifest do not travel inside"
        yield Check("attachments", NOTE, text)


def _check_runs(evidence: Evidence) -> Iterator[Check]:
    runs = attached(evidence)
    yield from check_results(evidence, runs)
    yield from check_provenance(evidence, runs)


def _guarded(look: Callable[[], Iterable[Check]]) -> list[Check]:
    """Return what a check yields; evidence that makes it stumble is a finding, not a crash."""
    done: list[Check] = []
    try:
        for check in look():
            done.append(check)
    except StudyError as error:
        done.append(Check("evidence", FAILED, str(error)))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        text = " ".join(str(error).split())[:200]
        done.append(Check("evidence", FAILED, f"it cannot be used: {type(error).__name__}: {text}"))
    except (RecursionError, MemoryError, OSError) as error:
        done.append(Check("evidence", FAILED, f"it cannot be used: {type(error).__name__}"))
    return done


def _other_schema(path: Path, evidence: Evidence) -> Verdict:
    stated = ", ".join(evidence.schemas)
    text = (
        f"expected the schemas {RESULTS} and {MANIFEST}, found {stated}; study {evidence.version} "
        f"made and reads it, this is study {__version__}"
    )
    check = Check("schema", UNDECIDED, text, path.name)
    sentence = f"{path.name}: of another schema; read it with study {evidence.version}"
    return Verdict("report", Exit.UNDECIDED, sentence, (), (check,))


def _causes(failed: list[Check]) -> list[Cause]:
    """Name what was changed. Changed results or tables change pages too: they come first."""
    names = dict.fromkeys(_CAUSES[check.check] for check in failed)
    weight = {"attachment_changed": 0.95, "results_changed": 0.9, "evidence_unusable": 0.85}
    return [
        Cause(
            name,
            weight.get(name, 0.8),
            tuple(
                f"{check.place}: {check.detail}" if check.place else check.detail
                for check in failed
                if _CAUSES[check.check] == name
            )[:20],
        )
        for name in names
    ]
