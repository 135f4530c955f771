"""Verify a class: every submission below a folder, in parallel, and what submissions share."""

from collections.abc import Iterator
from pathlib import Path

from study import machine
from study.errors import StudyError
from study.files import documents
from study.files.output import check_apart, check_replaceable, output_folder
from study.files.resolving import resolved
from study.progress import Progress
from study.verify.cohort import class_page, class_table, gradescope
from study.verify.cohort.class_verdict import ClassVerdict, class_verdict
from study.verify.cohort.in_common import likenesses
from study.verify.cohort.judging import Judge, Settings
from study.verify.cohort.kept import Finished, fingerprint
from study.verify.cohort.members import Member, find_members
from study.verify.cohort.record import Record, unread
from study.verify.cohort.workers import Lost, spread

SECONDS = 120
"""Processor time that one submission may take; PDFs are read in processes of their own."""


def verify_class(
    folder: Path,
    *,
    out: Path | None = None,
    settings: Settings | None = None,
    points: Path | None = None,
    jobs: int | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> ClassVerdict:
    """Verify every submission below a folder, and list what submissions have in common.

    Parameters
    ----------
    folder
        Each folder directly in it is one submission, whatever lies below. Links are not followed,
        archives not opened.
    out
        Where the table, the page and each submission's verdict are written, as a whole once all
        is done. What is finished is kept in a hidden folder beside it, so that the same call goes
        on after a kill, and repeats only what changed. Without it nothing is written.
    settings
        How each submission is verified.
    points
        A TOML file with points, for Gradescope; see `study.verify.cohort.gradescope`.
    jobs
        Processes; by default as many as this process has cores.
    force
        Write into a folder that holds other files.
    progress
        Where progress is shown.

    Raises
    ------
    StudyError
        If there is no such folder, no submission in it, or an option's file cannot be read.
    """
    settings, progress = settings or Settings(), progress or Progress()
    members, notes = find_members(folder)
    marks = gradescope.read_points(points) if points else {}
    settings.check()
    if out is not None:
        _check_out(folder, out, settings, force=force)
    state = Finished.beside(out, fingerprint(settings)) if out is not None else None
    records = _judged(members, settings, state, jobs or machine.cores(), progress)
    verdict = class_verdict(resolved(folder).name, members, records, notes, likenesses(records))
    if out is not None:
        with output_folder(out, force=force) as place:
            for name, data in _products(verdict, members, marks, folder, out):
                (place / name).parent.mkdir(parents=True, exist_ok=True)
                (place / name).write_bytes(data)
    if state is not None:
        state.forget_others()
    return verdict


def _check_out(folder: Path, out: Path, settings: Settings, *, force: bool) -> None:
    check_replaceable(out, force=force)
    check_apart(out, (folder, *settings.files()))
    if resolved(folder) in resolved(out).parents:
        raise StudyError(
            f"cannot write to {out.name}: it lies in {folder.name or resolved(folder).name}, where "
            "every folder is a submission: choose another --out"
        )


def _judged(
    members: list[Member],
    settings: Settings,
    state: Finished | None,
    jobs: int,
    progress: Progress,
) -> list[Record]:
    """Return the record of every submission, in order; one that breaks its process is unread."""
    tasks = [(member.path, member.name) for member in members]
    judge = Judge(settings, state)
    records: list[Record] = []
    with progress.stage("submissions", len(tasks), "submissions") as advance:
        for member, result in zip(
            members, spread(judge, tasks, jobs=jobs, seconds=SECONDS, advance=advance), strict=True
        ):
            lost = isinstance(result, Lost)
            records.append(unread(member.name, result.reason) if lost else Record.of(result))
    return records


def _products(
    verdict: ClassVerdict,
    members: list[Member],
    marks: gradescope.Points,
    folder: Path,
    out: Path,
) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a class by name."""
    yield "class.csv", class_table.csv(verdict).encode("utf-8", "replace")
    yield "class.json", documents.dumps(verdict.document()).encode("utf-8", "replace")
    yield "class.xml", verdict.junit().encode("utf-8", "replace")
    yield "class.txt", verdict.table().encode("utf-8", "replace")
    yield "class.html", class_page.html(verdict, members, folder, out).encode("utf-8", "replace")
    for entry in verdict.entries:
        place = f"submissions/{entry.slug}"
        yield f"{place}/verdict.json", entry.record.verdict_json().encode("utf-8", "replace")
        results = gradescope.results(entry.record, marks)
        yield f"{place}/results.json", documents.dumps(results).encode("utf-8", "replace")
